use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use futures::future::join_all;
use tokio::task::JoinSet;

struct Farm {
    dynamo: aws_sdk_dynamodb::Client,
    sns: aws_sdk_sns::Client,
    topic: String,
}

impl Farm {
    async fn item(&self, table: &str, id: &str) -> Result<bool, StatusCode> {
        let key = AttributeValue::S(id.to_owned());
        let output = self.dynamo.get_item().table_name(table).key("id", key).send().await;
        output.map(|output| output.item.is_some()).map_err(|_| StatusCode::BAD_GATEWAY)
    }
}

async fn plant(State(farm): State<Arc<Farm>>, Path(id): Path<String>) -> StatusCode {
    let task = tokio::spawn(async move {
        let put = farm.dynamo.put_item().table_name("plants").item("id", AttributeValue::S(id));
        put.send().await.is_ok()
    });
    match task.await {
        Ok(true) => StatusCode::CREATED,
        _ => StatusCode::BAD_GATEWAY,
    }
}

async fn field(State(farm): State<Arc<Farm>>, Path(id): Path<String>) -> Result<String, StatusCode> {
    let (soil, weather) = tokio::join!(farm.item("soil", &id), farm.item("weather", &id));
    Ok(format!("{} {}", soil?, weather?))
}

async fn harvest(State(farm): State<Arc<Farm>>, fields: String) -> StatusCode {
    let mut tasks = JoinSet::new();
    for field in fields.lines().map(str::to_owned) {
        let farm = Arc::clone(&farm);
        tasks.spawn(
            async move { farm.sns.publish().topic_arn(&farm.topic).message(field).send().await.is_ok() },
        );
    }
    let sent = tasks.join_all().await;
    if sent.into_iter().all(|ok| ok) { StatusCode::ACCEPTED } else { StatusCode::BAD_GATEWAY }
}

async fn sheep(State(farm): State<Arc<Farm>>, Path(ids): Path<String>) -> String {
    let found = join_all(ids.split(',').map(|id| farm.item("sheep", id))).await;
    found.iter().filter(|found| matches!(found, Ok(true))).count().to_string()
}

/// The future is made and dropped: it is never polled.
async fn idle(State(farm): State<Arc<Farm>>) -> StatusCode {
    let waiting = async { farm.item("dogs", "rex").await };
    drop(waiting);
    StatusCode::NO_CONTENT
}

async fn count(Path(ids): Path<String>) -> String {
    ids.split(',').map(str::len).sum::<usize>().to_string()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let farm = Farm {
        dynamo: aws_sdk_dynamodb::Client::new(&config),
        sns: aws_sdk_sns::Client::new(&config),
        topic: std::env::var("HARVEST_TOPIC_ARN")?,
    };
    let app = Router::new()
        .route("/plants/{id}", post(plant))
        .route("/fields/{id}", get(field))
        .route("/harvest", post(harvest))
        .route("/sheep/{ids}", get(sheep))
        .route("/sheep/{ids}/count", get(count))
        .route("/idle", get(idle))
        .with_state(Arc::new(farm));
    lambda_http::run(app).await
}
