mod database;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use tokio_postgres::Client;

async fn city(State(client): State<Arc<Client>>, Path(id): Path<i32>) -> Result<String, StatusCode> {
    let row = client.query_opt("SELECT name FROM cities WHERE id = $1", &[&id]).await;
    let row = row.map_err(|_| StatusCode::BAD_GATEWAY)?.ok_or(StatusCode::NOT_FOUND)?;
    row.try_get(0).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn health() -> &'static str {
    "ok"
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = database::connect().await?;
    let app = Router::new()
        .route("/cities/{id}", get(city))
        .route("/health", get(health))
        .with_state(Arc::new(client));
    lambda_http::run(app).await
}
