use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use sqlx::PgPool;

#[derive(Serialize)]
pub struct Author {
    id: i32,
    name: String,
}

#[derive(Serialize)]
pub struct Book {
    title: String,
    publisher: String,
}

fn failed(_: sqlx::Error) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

pub async fn show(State(pool): State<PgPool>, Path(id): Path<i32>) -> Result<Json<Author>, StatusCode> {
    let author = sqlx::query_as!(Author, "SELECT id, name FROM authors WHERE id = $1", id);
    author.fetch_optional(&pool).await.map_err(failed)?.map(Json).ok_or(StatusCode::NOT_FOUND)
}

pub async fn count(State(pool): State<PgPool>) -> Result<Json<i64>, StatusCode> {
    let count = sqlx::query_scalar!("SELECT count(*) FROM authors").fetch_one(&pool).await.map_err(failed)?;
    Ok(Json(count.unwrap_or_default()))
}

pub async fn add(State(pool): State<PgPool>, name: String) -> Result<Json<i32>, StatusCode> {
    let row =
        sqlx::query!("INSERT INTO authors (name) VALUES ($1) RETURNING id", name).fetch_one(&pool).await;
    row.map(|row| Json(row.id)).map_err(failed)
}

pub async fn rename(State(pool): State<PgPool>, Path(id): Path<i32>, name: String) -> Result<(), StatusCode> {
    sqlx::query!("UPDATE authors SET name = $1 WHERE id = $2", name, id)
        .execute(&pool)
        .await
        .map_err(failed)?;
    Ok(())
}

pub async fn remove(State(pool): State<PgPool>, Path(id): Path<i32>) -> Result<StatusCode, StatusCode> {
    let done = sqlx::query!("DELETE FROM authors WHERE id = $1", id).execute(&pool).await.map_err(failed)?;
    Ok(if done.rows_affected() == 0 { StatusCode::NOT_FOUND } else { StatusCode::NO_CONTENT })
}

pub async fn books(State(pool): State<PgPool>, Path(id): Path<i32>) -> Result<Json<Vec<Book>>, StatusCode> {
    let books = sqlx::query_file_as!(Book, "queries/books_of_author.sql", id).fetch_all(&pool).await;
    books.map(Json).map_err(failed)
}

/// A question about the server, not about a table.
pub async fn version(State(pool): State<PgPool>) -> Result<String, StatusCode> {
    let version = sqlx::query_scalar!("SELECT version()").fetch_one(&pool).await.map_err(failed)?;
    version.ok_or(StatusCode::BAD_GATEWAY)
}
