mod store;

use aws_config::BehaviorVersion;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get};

use store::Store;

#[derive(Clone)]
struct Desk {
    notes: Store,
    scratch: Store,
}

async fn note(State(desk): State<Desk>, Path(id): Path<String>) -> Result<String, StatusCode> {
    desk.notes.read(&id).await.ok_or(StatusCode::NOT_FOUND)
}

async fn remove_note(State(desk): State<Desk>, Path(id): Path<String>) -> StatusCode {
    desk.notes.remove(&id).await;
    StatusCode::NO_CONTENT
}

async fn scratch(State(desk): State<Desk>, Path(id): Path<String>) -> Result<String, StatusCode> {
    desk.scratch.read(&id).await.ok_or(StatusCode::NOT_FOUND)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = aws_sdk_dynamodb::Client::new(&config);
    let desk = Desk {
        notes: Store::Dynamo { client, table: std::env::var("NOTES_TABLE")? },
        scratch: Store::Memory(Default::default()),
    };
    let app = Router::new()
        .route("/notes/{id}", get(note))
        .route("/notes/{id}/copy", delete(remove_note))
        .route("/scratch/{id}", get(scratch))
        .with_state(desk);
    lambda_http::run(app).await
}
