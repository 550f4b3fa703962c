//! Who has which book.

use axum::extract::{Path, State};

use crate::app::{Answer, App};

/// Lends a book that is there.
pub async fn lend(State(app): State<App>) -> Answer {
    let mut transaction = app.pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(7i64)
        .execute(&mut *transaction)
        .await?;
    let copies: i32 = sqlx::query_scalar("SELECT copies FROM books WHERE id = $1 FOR UPDATE")
        .bind(1i64)
        .fetch_one(&mut *transaction)
        .await?;
    sqlx::query(
        "INSERT INTO loans (book_id, member_id, receipt) VALUES ($1, $2, nextval('receipt_numbers'))
         ON CONFLICT ON CONSTRAINT one_loan DO NOTHING",
    )
    .bind(1i64)
    .bind(1i64)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(copies.to_string())
}

pub async fn show(State(app): State<App>, Path(id): Path<i64>) -> Answer {
    let table = "loans";
    let statement = format!(
        "SELECT receipt FROM {table} JOIN books ON books.id = book_id WHERE loans.id = {id} FOR SHARE OF books"
    );
    let receipt: i64 = sqlx::query_scalar(&statement).fetch_one(&app.pool).await?;
    Ok(receipt.to_string())
}

pub async fn give_back(State(app): State<App>, Path(id): Path<i64>) -> Answer {
    let title: String = sqlx::query_scalar(
        "UPDATE loans l SET returned_at = now() FROM books b WHERE b.id = l.book_id AND l.id = $1 RETURNING b.title",
    )
    .bind(id)
    .fetch_one(&app.pool)
    .await?;
    Ok(title)
}

pub async fn clear(State(app): State<App>) -> Answer {
    let done = sqlx::query(
        "DELETE FROM loans USING members m WHERE m.id = member_id AND returned_at IS NOT NULL AND m.full_name <> ''",
    )
    .execute(&app.pool)
    .await?;
    Ok(done.rows_affected().to_string())
}
