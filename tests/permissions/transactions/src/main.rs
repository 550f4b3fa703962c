mod items;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{TransactGetItem, TransactWriteItem};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

#[derive(Clone)]
struct Shop {
    client: Client,
    tables: items::Tables,
}

#[derive(Deserialize)]
struct Checkout {
    customer: String,
    lines: Vec<items::Line>,
}

async fn checkout(
    State(shop): State<Shop>,
    Path(order): Path<String>,
    Json(checkout): Json<Checkout>,
) -> Result<StatusCode, StatusCode> {
    let mut writes: Vec<TransactWriteItem> = Vec::with_capacity(checkout.lines.len() + 2);
    writes.push(items::customer_exists(&shop.tables, &checkout.customer)?);
    for line in &checkout.lines {
        writes.push(items::take_from_stock(&shop.tables, line)?);
    }
    writes.push(items::new_order(&shop.tables, &order, &checkout.customer)?);
    shop.client
        .transact_write_items()
        .set_transact_items(Some(writes))
        .client_request_token(order)
        .send()
        .await
        .map_err(|_| StatusCode::CONFLICT)?;
    Ok(StatusCode::CREATED)
}

async fn cancel(State(shop): State<Shop>, Path(order): Path<String>) -> Result<StatusCode, StatusCode> {
    let write = items::delete_order(&shop.tables, &order)?;
    let sent = shop.client.transact_write_items().transact_items(write).send().await;
    sent.map(|_| StatusCode::NO_CONTENT).map_err(|_| StatusCode::CONFLICT)
}

async fn overview(
    State(shop): State<Shop>,
    Path((order, customer)): Path<(String, String)>,
) -> Result<Json<usize>, StatusCode> {
    let order = TransactGetItem::builder().get(items::get(&shop.tables.orders, &order)?).build();
    let customer = TransactGetItem::builder().get(items::get(&shop.tables.customers, &customer)?).build();
    let request = shop.client.transact_get_items().transact_items(order).transact_items(customer);
    let output = request.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(Json(output.responses().len()))
}

async fn limit() -> Json<usize> {
    Json(items::LIMIT)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let shop = Shop { client, tables: items::Tables::from_env()? };
    let app = Router::new()
        .route("/orders/{order}", post(checkout).delete(cancel))
        .route("/orders/{order}/of/{customer}", get(overview))
        .route("/limit", get(limit))
        .with_state(shop);
    lambda_http::run(app).await
}
