//! Single books.

use axum::extract::{Path, State};

use crate::app::{Answer, App};

pub struct Title {
    pub id: i64,
    pub title: String,
}

#[derive(sqlx::FromRow)]
pub struct Page {
    pub title: String,
    pub author: String,
}

pub async fn list(State(app): State<App>) -> Answer {
    let books = sqlx::query_as!(Title, "SELECT id, title FROM books ORDER BY title LIMIT 50")
        .fetch_all(&app.pool)
        .await?;
    Ok(books
        .iter()
        .map(|book| format!("{}: {}\n", book.id, book.title))
        .collect())
}

pub async fn create(State(app): State<App>, title: String) -> Answer {
    let id = sqlx::query_scalar!(
        "INSERT INTO books (author_id, isbn, title) VALUES ($1, $2, $3) RETURNING id",
        1i64,
        format!("isbn of {title}"),
        title
    )
    .fetch_one(&app.pool)
    .await?;
    Ok(id.to_string())
}

pub async fn count(State(app): State<App>) -> Answer {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM books")
        .fetch_one(&app.pool)
        .await?;
    Ok(count.to_string())
}

pub async fn upsert(State(app): State<App>, Path(isbn): Path<String>, title: String) -> Answer {
    sqlx::query(
        "INSERT INTO books (author_id, isbn, title) VALUES (1, $1, $2)
         ON CONFLICT (isbn) DO UPDATE SET title = excluded.title, copies = books.copies + 1",
    )
    .bind(&isbn)
    .bind(&title)
    .execute(&app.pool)
    .await?;
    Ok(isbn)
}

pub async fn page(State(app): State<App>, Path(id): Path<i64>) -> Answer {
    let page: Page = sqlx::query_as(
        "SELECT b.*, a.name AS author FROM books b JOIN authors a ON a.id = b.author_id WHERE b.id = $1",
    )
    .bind(id)
    .fetch_one(&app.pool)
    .await?;
    Ok(format!("{} by {}", page.title, page.author))
}

pub async fn rename(State(app): State<App>, Path(id): Path<i64>, title: String) -> Answer {
    sqlx::query!("UPDATE books SET title = $2 WHERE id = $1", id, title)
        .execute(&app.pool)
        .await?;
    Ok(title)
}

pub async fn remove(State(app): State<App>, Path(id): Path<i64>) -> Answer {
    let done = sqlx::query("DELETE FROM books WHERE id = $1 AND copies = 0")
        .bind(id)
        .execute(&app.pool)
        .await?;
    Ok(done.rows_affected().to_string())
}
