use std::fs;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::Deserialize;

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tables {
    match_results: String,
    player_ratings: String,
}

#[derive(Clone)]
struct League {
    client: Client,
    tables: Tables,
}

fn read_tables() -> Result<Tables, lambda_http::Error> {
    let text = fs::read_to_string("config/tables.json")?;
    Ok(serde_json::from_str(&text)?)
}

async fn report(State(league): State<League>, Path(id): Path<String>, score: String) -> StatusCode {
    let put = league
        .client
        .put_item()
        .table_name(&league.tables.match_results)
        .item("id", AttributeValue::S(id))
        .item("score", AttributeValue::S(score));
    put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
}

async fn rating(State(league): State<League>, Path(player): Path<String>) -> Result<String, StatusCode> {
    let get = league
        .client
        .get_item()
        .table_name(&league.tables.player_ratings)
        .key("player", AttributeValue::S(player))
        .projection_expression("rating");
    let output = get.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let rating = output.item.as_ref().and_then(|item| item.get("rating")).and_then(|value| value.as_n().ok());
    rating.cloned().ok_or(StatusCode::NOT_FOUND)
}

async fn rules() -> &'static str {
    "three points for a win"
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let tables = read_tables()?;
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/matches/{id}", post(report))
        .route("/players/{player}", get(rating))
        .route("/rules", get(rules))
        .with_state(League { client, tables });
    lambda_http::run(app).await
}
