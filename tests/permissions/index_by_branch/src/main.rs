use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;

const TABLE: &str = "trips";

#[derive(Deserialize)]
struct Order {
    by_date: Option<bool>,
}

async fn count(
    client: &Client,
    index: Option<&str>,
    attribute: &str,
    value: String,
) -> Result<Json<i32>, StatusCode> {
    let query = client
        .query()
        .table_name(TABLE)
        .set_index_name(index.map(str::to_owned))
        .key_condition_expression("#a = :v")
        .expression_attribute_names("#a", attribute)
        .expression_attribute_values(":v", AttributeValue::S(value));
    query.send().await.map(|page| Json(page.count)).map_err(|_| StatusCode::BAD_GATEWAY)
}

/// Sorted by date on demand: then the index answers.
async fn of_traveller(
    State(client): State<Client>,
    Path(traveller): Path<String>,
    Query(order): Query<Order>,
) -> Result<Json<i32>, StatusCode> {
    let index = if order.by_date.unwrap_or_default() { Some("by-date") } else { None };
    count(&client, index, "traveller", traveller).await
}

async fn of_city(State(client): State<Client>, Path(city): Path<String>) -> Result<Json<i32>, StatusCode> {
    count(&client, Some("by-city"), "city", city).await
}

async fn of_id(State(client): State<Client>, Path(id): Path<String>) -> Result<Json<i32>, StatusCode> {
    count(&client, None, "traveller", id).await
}

async fn indexes() -> Json<[&'static str; 2]> {
    Json(["by-date", "by-city"])
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/travellers/{traveller}/trips", get(of_traveller))
        .route("/cities/{city}/trips", get(of_city))
        .route("/trips/{id}", get(of_id))
        .route("/indexes", get(indexes))
        .with_state(client);
    lambda_http::run(app).await
}
