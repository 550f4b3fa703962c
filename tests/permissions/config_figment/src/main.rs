use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Json, Router};
use figment::Figment;
use figment::providers::{Env, Serialized};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Settings {
    recipes_table: String,
    pantry_table: String,
    page_size: i32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { recipes_table: "recipes".into(), pantry_table: "pantry".into(), page_size: 20 }
    }
}

#[derive(Clone)]
struct Kitchen {
    client: Client,
    settings: Settings,
}

async fn recipes(State(kitchen): State<Kitchen>) -> Result<Json<i32>, StatusCode> {
    let scan = kitchen.client.scan().table_name(kitchen.settings.recipes_table);
    let page = scan.limit(kitchen.settings.page_size).send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(Json(page.count))
}

async fn stock(
    State(Kitchen { client, settings }): State<Kitchen>,
    Path(name): Path<String>,
    Json(amount): Json<u32>,
) -> StatusCode {
    let put = client
        .put_item()
        .table_name(settings.pantry_table)
        .item("name", AttributeValue::S(name))
        .item("amount", AttributeValue::N(amount.to_string()));
    put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::NO_CONTENT)
}

async fn page_size(State(kitchen): State<Kitchen>) -> Json<i32> {
    Json(kitchen.settings.page_size)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let settings: Settings = Figment::from(Serialized::defaults(Settings::default()))
        .merge(Env::prefixed("KITCHEN_"))
        .extract()?;
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/recipes", get(recipes))
        .route("/pantry/{name}", put(stock))
        .route("/page-size", get(page_size))
        .with_state(Kitchen { client, settings });
    lambda_http::run(app).await
}
