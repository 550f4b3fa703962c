mod data;

use aws_config::BehaviorVersion;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

use data::Database;

async fn show(State(database): State<Database>, Path(id): Path<String>) -> Result<String, StatusCode> {
    database.run("SELECT title FROM shows WHERE id = :id", &id).await.map(|rows| rows.to_string())
}

async fn book(State(database): State<Database>, Path(id): Path<String>) -> Result<StatusCode, StatusCode> {
    let transaction = database.begin().await?;
    database.run_in(&transaction, "INSERT INTO bookings (show_id) VALUES (:id)", &id).await?;
    database.commit(transaction).await?;
    Ok(StatusCode::CREATED)
}

async fn name(State(database): State<Database>) -> &'static str {
    database.name()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let database =
        Database::new(&config, std::env::var("CLUSTER_ARN")?, std::env::var("CLUSTER_SECRET_ARN")?);
    let app = Router::new()
        .route("/shows/{id}", get(show))
        .route("/shows/{id}/bookings", post(book))
        .route("/name", get(name))
        .with_state(database);
    lambda_http::run(app).await
}
