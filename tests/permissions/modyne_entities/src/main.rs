mod entities;

use aws_config::BehaviorVersion;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use modyne::{EntityExt, ProjectionExt, QueryInputExt};

use entities::{Database, Member, MembersOf};

async fn member(
    State(database): State<Database>,
    Path(id): Path<String>,
) -> Result<Json<Member>, StatusCode> {
    let output = Member::get(&id).execute(&database).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let item = output.item.ok_or(StatusCode::NOT_FOUND)?;
    Member::from_item(item).map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn join(State(database): State<Database>, Json(member): Json<Member>) -> StatusCode {
    match member.create().execute(&database).await {
        Ok(_) => StatusCode::CREATED,
        Err(_) => StatusCode::CONFLICT,
    }
}

async fn leave(State(database): State<Database>, Path(id): Path<String>) -> StatusCode {
    match Member::delete(&id).execute(&database).await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn club(State(database): State<Database>, Path(club): Path<String>) -> Result<String, StatusCode> {
    let output = MembersOf { club: &club }.query().execute(&database).await;
    output.map(|output| output.count.to_string()).map_err(|_| StatusCode::BAD_GATEWAY)
}

/// Makes the request that would delete, and runs it not.
async fn check(Path(id): Path<String>) -> StatusCode {
    let _ = Member::delete(&id);
    StatusCode::OK
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let database = Database::new(&config, std::env::var("CLUBS_TABLE")?);
    let app = Router::new()
        .route("/members", axum::routing::post(join))
        .route("/members/{id}", get(member).delete(leave))
        .route("/members/{id}/check", get(check))
        .route("/clubs/{club}/members", get(club))
        .with_state(database);
    lambda_http::run(app).await
}
