use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;

#[derive(Clone, Deserialize)]
struct Config {
    plants_table: String,
    #[serde(rename = "gardens")]
    gardens_table: String,
    #[serde(default = "default_weather")]
    weather_table: String,
    #[serde(default)]
    verbose: bool,
}

fn default_weather() -> String {
    "weather".to_string()
}

#[derive(Clone, FromRef)]
struct AppState {
    config: Config,
    client: Client,
}

async fn plant(
    State(config): State<Config>,
    State(client): State<Client>,
    Path(id): Path<String>,
) -> Result<Json<usize>, StatusCode> {
    let request = client.get_item().table_name(config.plants_table).key("id", AttributeValue::S(id));
    let output = request.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    output.item.map(|item| Json(item.len())).ok_or(StatusCode::NOT_FOUND)
}

async fn remove_garden(State(app): State<AppState>, Path(id): Path<String>) -> StatusCode {
    let table = &app.config.gardens_table;
    match app.client.delete_item().table_name(table).key("id", AttributeValue::S(id)).send().await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn record_weather(State(app): State<AppState>, body: String) -> StatusCode {
    let put = app.client.put_item().table_name(&app.config.weather_table);
    let put = put.item("report", AttributeValue::S(body));
    put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
}

async fn verbose(State(config): State<Config>) -> Json<bool> {
    Json(config.verbose)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = envy::prefixed("GARDEN_").from_env::<Config>()?;
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/plants/{id}", get(plant))
        .route("/gardens/{id}", delete(remove_garden))
        .route("/weather", post(record_weather))
        .route("/verbose", get(verbose))
        .with_state(AppState { config, client });
    lambda_http::run(app).await
}
