//! Numbers about the whole library.

use axum::extract::State;
use futures_util::TryStreamExt;
use sqlx::Executor;
use sqlx::postgres::PgPoolCopyExt;

use crate::app::{Answer, App};

pub async fn refresh(State(app): State<App>) -> Answer {
    app.pool
        .execute(
            "MERGE INTO book_counts c
             USING (SELECT author_id, count(*) AS number FROM books GROUP BY author_id) b ON b.author_id = c.author_id
             WHEN MATCHED THEN UPDATE SET books = b.number
             WHEN NOT MATCHED THEN INSERT (author_id, books) VALUES (b.author_id, b.number)",
        )
        .await?;
    Ok(String::new())
}

pub async fn reset(State(app): State<App>) -> Answer {
    sqlx::raw_sql("LOCK TABLE book_counts IN SHARE MODE; TRUNCATE book_counts")
        .execute(&app.pool)
        .await?;
    Ok(String::new())
}

/// Waits until nobody changes the counts.
pub async fn freeze(State(app): State<App>) -> Answer {
    app.pool
        .execute("BEGIN; LOCK TABLE book_counts IN SHARE MODE; COMMIT")
        .await?;
    Ok(String::new())
}

/// Drops the counts of authors without books.
pub async fn drop_strays(State(app): State<App>) -> Answer {
    app.pool
        .execute(
            "MERGE INTO book_counts c USING authors a ON a.id = c.author_id
             WHEN MATCHED AND NOT EXISTS (SELECT FROM books b WHERE b.author_id = a.id) THEN DELETE
             WHEN MATCHED THEN DO NOTHING",
        )
        .await?;
    Ok(String::new())
}

pub async fn restart_receipts(State(app): State<App>) -> Answer {
    let last: i64 = sqlx::query_scalar("SELECT setval('receipt_numbers', max(receipt)) FROM loans")
        .fetch_one(&app.pool)
        .await?;
    Ok(last.to_string())
}

pub async fn ranking(State(app): State<App>) -> Answer {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM (
             SELECT a.name, rank() OVER w AS place FROM authors a JOIN book_counts c ON c.author_id = a.id
             WINDOW w AS (ORDER BY books DESC)
         ) ranked WHERE place <= 10
         UNION SELECT label FROM categories WHERE parent IS NULL
         ORDER BY name",
    )
    .fetch_all(&app.pool)
    .await?;
    Ok(names.join("\n"))
}

pub async fn export(State(app): State<App>) -> Answer {
    let mut rows = app
        .pool
        .copy_out_raw("COPY (SELECT isbn, title FROM books) TO STDOUT (FORMAT csv)")
        .await?;
    let mut out = String::new();
    while let Some(part) = rows.try_next().await? {
        out.push_str(&String::from_utf8_lossy(&part));
    }
    Ok(out)
}

pub async fn snapshot(State(app): State<App>) -> Answer {
    app.pool
        .execute("INSERT INTO audit.events (what) SELECT c.* FROM (VALUES ('books'), ('loans')) c (kind)")
        .await?;
    Ok(String::new())
}
