mod statements;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use sqlx::{FromRow, PgPool, Row};

#[derive(FromRow, Serialize)]
struct Player {
    id: i64,
    name: String,
}

type Answer<T> = Result<Json<T>, StatusCode>;

fn failed(_: sqlx::Error) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

async fn player(State(pool): State<PgPool>, Path(id): Path<i64>) -> Answer<Player> {
    let query = sqlx::query_as::<_, Player>(statements::PLAYER).bind(id);
    query.fetch_optional(&pool).await.map_err(failed)?.map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn team(State(pool): State<PgPool>, Path(id): Path<i64>) -> Answer<Vec<Player>> {
    let sql = format!(
        "SELECT {} FROM players p JOIN team_members m ON m.player_id = p.id WHERE m.team_id = $1",
        "p.id, p.name"
    );
    sqlx::query_as(&sql).bind(id).fetch_all(&pool).await.map(Json).map_err(failed)
}

async fn idle(State(pool): State<PgPool>) -> Answer<Vec<Player>> {
    let query = sqlx::query_as(
        "SELECT id, name FROM players p WHERE NOT EXISTS (SELECT 1 FROM games g WHERE p.id IN (g.home, g.guest))",
    );
    query.fetch_all(&pool).await.map(Json).map_err(failed)
}

async fn ranking(State(pool): State<PgPool>) -> Answer<Vec<String>> {
    let rows = sqlx::query(statements::RANKING).fetch_all(&pool).await.map_err(failed)?;
    Ok(Json(rows.iter().filter_map(|row| row.try_get("name").ok()).collect()))
}

async fn archive_size(State(pool): State<PgPool>) -> Answer<i64> {
    let count = sqlx::query_scalar("SELECT count(*) FROM archive.games").fetch_one(&pool).await;
    count.map(Json).map_err(failed)
}

async fn alive(State(pool): State<PgPool>) -> StatusCode {
    match sqlx::query("SELECT 1").execute(&pool).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Shows the text of a query; runs none.
async fn help() -> String {
    format!("the ranking is: {}; see also DELETE FROM players", statements::RANKING)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let pool = PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    let app = Router::new()
        .route("/players/{id}", get(player))
        .route("/teams/{id}", get(team))
        .route("/idle", get(idle))
        .route("/ranking", get(ranking))
        .route("/archive/size", get(archive_size))
        .route("/alive", get(alive))
        .route("/help", get(help))
        .with_state(pool);
    lambda_http::run(app).await
}
