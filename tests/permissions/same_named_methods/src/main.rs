mod bus;
mod cache;
mod gateway;

use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

struct Market {
    bus: bus::Bus,
    cache: cache::Cache,
    gateway: gateway::Client,
    database: aws_sdk_dynamodb::Client,
}

type Shared = State<Arc<Market>>;

async fn announce(State(market): Shared, text: String) -> StatusCode {
    market.bus.publish().topic_arn("arn:aws:sns:eu-west-1:123456789012:prices").message(&text).send().await;
    StatusCode::ACCEPTED
}

async fn prices(State(market): Shared) -> String {
    market.cache.scan().table_name("prices").send().join("\n")
}

async fn order(State(market): Shared, Path(id): Path<String>) -> String {
    market.gateway.get_item().table_name("orders").key("id", &id).send().await
}

async fn store(State(market): Shared, Path(id): Path<String>) -> StatusCode {
    market.cache.put_item(&id);
    let put = market.database.put_item().table_name("orders").item("id", AttributeValue::S(id));
    put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let market = Market {
        bus: bus::Bus::default(),
        cache: cache::Cache::default(),
        gateway: gateway::Client::new("https://orders.example.org"),
        database: aws_sdk_dynamodb::Client::new(&config),
    };
    let app = Router::new()
        .route("/announcements", post(announce))
        .route("/prices", get(prices))
        .route("/orders/{id}", get(order).put(store))
        .with_state(Arc::new(market));
    lambda_http::run(app).await
}
