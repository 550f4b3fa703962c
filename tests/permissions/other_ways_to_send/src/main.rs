use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

#[derive(Clone)]
struct Depot {
    client: Client,
    table: String,
}

/// The header shows up in the traces.
async fn stock(State(depot): State<Depot>, Path(id): Path<String>) -> StatusCode {
    let put = depot
        .client
        .put_item()
        .table_name(&depot.table)
        .item("id", AttributeValue::S(id))
        .customize()
        .mutate_request(|request| {
            request.headers_mut().insert("x-depot", "main");
        });
    put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
}

async fn item(State(depot): State<Depot>, Path(id): Path<String>) -> StatusCode {
    let input = GetItemInput::builder().table_name(&depot.table).key("id", AttributeValue::S(id));
    match input.send_with(&depot.client).await {
        Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn ready(State(depot): State<Depot>) -> StatusCode {
    let wait = depot.client.wait_until_table_exists().table_name(&depot.table);
    match wait.wait(Duration::from_secs(5)).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Customised, looked at, not sent.
async fn dry_run(State(depot): State<Depot>, Path(id): Path<String>) -> StatusCode {
    let delete = depot.client.delete_item().table_name(&depot.table).key("id", AttributeValue::S(id));
    let _unsent = delete.customize();
    StatusCode::OK
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let depot = Depot { client, table: std::env::var("STOCK_TABLE")? };
    let app = Router::new()
        .route("/stock/{id}", get(item).put(stock))
        .route("/stock/{id}/dry-run", post(dry_run))
        .route("/ready", get(ready))
        .with_state(depot);
    lambda_http::run(app).await
}
