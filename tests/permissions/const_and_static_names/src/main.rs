mod tables;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};

use tables::{ARCHIVE, NOTES, Tags};

async fn note(State(client): State<Client>, Path(id): Path<String>) -> Result<String, StatusCode> {
    let found = client
        .get_item()
        .table_name(NOTES)
        .key("id", AttributeValue::S(id))
        .send()
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;
    let item = found.item.ok_or(StatusCode::NOT_FOUND)?;
    let text = item.get("text").and_then(|value| value.as_s().ok()).cloned();
    text.ok_or(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn archive(State(client): State<Client>, Path(id): Path<String>, text: String) -> StatusCode {
    let stored = client
        .put_item()
        .table_name(ARCHIVE)
        .item("id", AttributeValue::S(id))
        .item("text", AttributeValue::S(text))
        .send()
        .await;
    if stored.is_ok() { StatusCode::NO_CONTENT } else { StatusCode::BAD_GATEWAY }
}

async fn drop_tag(State(client): State<Client>, Path(tag): Path<String>) -> StatusCode {
    let key = AttributeValue::S(tag);
    match client.delete_item().table_name(Tags::TABLE).key("tag", key).send().await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

/// Says where things are kept; names tables without touching them.
async fn about() -> String {
    format!("notes are in {NOTES}, tags in {}, old ones in {}", Tags::TABLE, tables::RETIRED)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/notes/{id}", get(note))
        .route("/archive/{id}", put(archive))
        .route("/tags/{tag}", axum::routing::delete(drop_tag))
        .route("/about", get(about))
        .with_state(client);
    lambda_http::run(app).await
}
