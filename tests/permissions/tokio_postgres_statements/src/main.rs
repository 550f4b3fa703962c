use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use tokio::sync::Mutex;
use tokio_postgres::{Client, NoTls};

type Db = State<Arc<Mutex<Client>>>;

const WORDS: &str = "SELECT word FROM words WHERE language = $1 ORDER BY word";

fn failed(_: tokio_postgres::Error) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

async fn words(State(db): Db, Path(language): Path<String>) -> Result<String, StatusCode> {
    let db = db.lock().await;
    let statement = db.prepare(WORDS).await.map_err(failed)?;
    let rows = db.query(&statement, &[&language]).await.map_err(failed)?;
    Ok(rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n"))
}

async fn translate(State(db): Db, Path(word): Path<String>) -> Result<String, StatusCode> {
    let sql = "SELECT t.text FROM translations t LEFT JOIN words w ON w.id = t.word_id WHERE w.word = $1";
    let row = db.lock().await.query_opt(sql, &[&word]).await.map_err(failed)?;
    row.map(|row| row.get(0)).ok_or(StatusCode::NOT_FOUND)
}

async fn learn(State(db): Db, Path(word): Path<String>) -> Result<StatusCode, StatusCode> {
    let mut db = db.lock().await;
    let transaction = db.transaction().await.map_err(failed)?;
    let row = transaction.query_one("INSERT INTO words (word) VALUES ($1) RETURNING id", &[&word]).await;
    let id: i64 = row.map_err(failed)?.get(0);
    transaction
        .execute("UPDATE progress SET learned = learned + 1 WHERE word_id = $1", &[&id])
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(StatusCode::CREATED)
}

async fn forget_all(State(db): Db) -> Result<StatusCode, StatusCode> {
    let script = "DELETE FROM progress; DELETE FROM words WHERE id > 0;";
    db.lock().await.batch_execute(script).await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn ping(State(db): Db) -> StatusCode {
    match db.lock().await.simple_query("SELECT 1").await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn languages() -> &'static str {
    "de, en, sw"
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let (client, connection) = tokio_postgres::connect(&std::env::var("DATABASE_URL")?, NoTls).await?;
    tokio::spawn(connection);
    let app = Router::new()
        .route("/languages/{language}/words", get(words))
        .route("/words/{word}", post(learn).get(translate))
        .route("/words", axum::routing::delete(forget_all))
        .route("/ping", get(ping))
        .route("/languages", get(languages))
        .with_state(Arc::new(Mutex::new(client)));
    lambda_http::run(app).await
}
