use std::env;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};

#[derive(Clone)]
struct AppState {
    client: Client,
    users: String,
    orders: String,
    carts: String,
    coupons: String,
    /// Shown on the status page.
    region: String,
}

impl AppState {
    async fn load() -> Result<Self, lambda_http::Error> {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        Ok(Self {
            client: Client::new(&config),
            users: env::var("USERS_TABLE").unwrap_or_else(|_| "users".to_string()),
            orders: env::var("ORDERS_TABLE").expect("ORDERS_TABLE is set"),
            carts: env::var("CARTS_TABLE")?,
            coupons: env::var("COUPONS_TABLE").ok().unwrap_or("coupons-dev".into()),
            region: env::var("AWS_REGION").unwrap_or_default(),
        })
    }
}

async fn exists(client: &Client, table: &str, id: String) -> Result<bool, StatusCode> {
    let output = client.get_item().table_name(table).key("id", AttributeValue::S(id)).send().await;
    output.map(|found| found.item.is_some()).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn user(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<bool>, StatusCode> {
    exists(&state.client, &state.users, id).await.map(Json)
}

async fn order(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<bool>, StatusCode> {
    exists(&state.client, &state.orders, id).await.map(Json)
}

async fn open_cart(State(state): State<AppState>, Path(id): Path<String>) -> StatusCode {
    let put = state.client.put_item().table_name(state.carts).item("id", AttributeValue::S(id));
    put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
}

async fn coupons(State(state): State<AppState>) -> Result<Json<i32>, StatusCode> {
    let page = state.client.scan().table_name(&state.coupons).limit(25).send().await;
    page.map(|page| Json(page.count)).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn status(State(state): State<AppState>) -> String {
    format!("up in {}", state.region)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let state = AppState::load().await?;
    let app = Router::new()
        .route("/users/{id}", get(user))
        .route("/orders/{id}", get(order))
        .route("/carts/{id}", post(open_cart))
        .route("/coupons", get(coupons))
        .route("/status", get(status))
        .with_state(state);
    lambda_http::run(app).await
}
