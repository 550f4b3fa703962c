use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;

#[derive(Clone)]
struct Zoo {
    client: Client,
    animals: &'static str,
}

#[derive(Deserialize)]
struct Page {
    after: Option<String>,
    newest_first: Option<bool>,
}

async fn animals(
    State(zoo): State<Zoo>,
    Path(house): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<i32>, StatusCode> {
    let mut query = zoo
        .client
        .query()
        .table_name(zoo.animals)
        .key_condition_expression("house = :house")
        .expression_attribute_values(":house", AttributeValue::S(house));
    if let Some(after) = page.after {
        query = query.exclusive_start_key("id", AttributeValue::S(after));
    }
    if page.newest_first.unwrap_or(false) {
        query = query.scan_index_forward(false);
    }
    let output = run(query).await?;
    Ok(Json(output.count))
}

async fn run(query: QueryFluentBuilder) -> Result<QueryOutput, StatusCode> {
    query.limit(50).send().await.map_err(|_| StatusCode::BAD_GATEWAY)
}

/// The request to mark an animal as fed; the caller sends it.
fn feeding(zoo: &Zoo, id: &str) -> UpdateItemFluentBuilder {
    zoo.client
        .update_item()
        .table_name(zoo.animals)
        .key("id", AttributeValue::S(id.to_owned()))
        .update_expression("SET fed = :true")
        .expression_attribute_values(":true", AttributeValue::Bool(true))
}

async fn feed(State(zoo): State<Zoo>, Path(id): Path<String>) -> StatusCode {
    let request = feeding(&zoo, &id);
    request.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::NO_CONTENT)
}

/// What feeding would do: the request is made, and looked at.
async fn preview(State(zoo): State<Zoo>, Path(id): Path<String>) -> String {
    feeding(&zoo, &id).get_update_expression().clone().unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/houses/{house}/animals", get(animals))
        .route("/animals/{id}/feeding", get(preview).post(feed))
        .with_state(Zoo { client, animals: "animals" });
    lambda_http::run(app).await
}
