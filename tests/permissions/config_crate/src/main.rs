use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Extension, Path};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use config::{Config, ConfigError, Environment};
use serde::Deserialize;

#[derive(Deserialize)]
struct Tables {
    hotels: String,
    rooms: String,
}

#[derive(Deserialize)]
struct Settings {
    tables: Tables,
    city: String,
}

impl Settings {
    fn load() -> Result<Self, ConfigError> {
        Config::builder()
            .add_source(Environment::with_prefix("TRAVEL").separator("__"))
            .build()?
            .try_deserialize()
    }
}

async fn hotel(
    Extension(settings): Extension<Arc<Settings>>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> StatusCode {
    let table = settings.tables.hotels.as_str();
    match client.get_item().table_name(table).key("id", AttributeValue::S(id)).send().await {
        Ok(output) if output.item.is_some() => StatusCode::OK,
        Ok(_) => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn rooms(
    Extension(settings): Extension<Arc<Settings>>,
    Extension(client): Extension<Client>,
    Path(hotel): Path<String>,
) -> Result<Json<i32>, StatusCode> {
    let query = client
        .query()
        .table_name(&settings.tables.rooms)
        .key_condition_expression("hotel = :hotel")
        .expression_attribute_values(":hotel", AttributeValue::S(hotel));
    query.send().await.map(|page| Json(page.count)).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn city(Extension(settings): Extension<Arc<Settings>>) -> String {
    settings.city.clone()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let settings = Arc::new(Settings::load()?);
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/hotels/{id}", get(hotel))
        .route("/hotels/{id}/rooms", get(rooms))
        .route("/city", get(city))
        .layer(Extension(settings))
        .layer(Extension(client));
    lambda_http::run(app).await
}
