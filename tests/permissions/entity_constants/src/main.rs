mod entities;
mod repository;

use aws_config::BehaviorVersion;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};

use entities::{Customer, Invoice};
use repository::Repository;

async fn customer(
    State(repository): State<Repository>,
    Path(id): Path<String>,
) -> Result<Json<Customer>, StatusCode> {
    repository.find::<Customer>(&id).await?.map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn invoice(
    State(repository): State<Repository>,
    Path(id): Path<String>,
) -> Result<Json<Invoice>, StatusCode> {
    let found: Option<Invoice> = repository.find(&id).await?;
    found.map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn add_invoice(
    State(repository): State<Repository>,
    Json(invoice): Json<Invoice>,
) -> Result<StatusCode, StatusCode> {
    repository.save(&invoice).await?;
    Ok(StatusCode::CREATED)
}

async fn check(Json(customer): Json<Customer>) -> StatusCode {
    if customer.name.is_empty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let app = Router::new()
        .route("/customers/{id}", get(customer))
        .route("/invoices/{id}", get(invoice))
        .route("/invoices", post(add_invoice))
        .route("/customers/check", post(check))
        .with_state(Repository::new(&config));
    lambda_http::run(app).await
}
