//! Who may borrow.

use axum::extract::{Path, State};

use crate::app::{Answer, App};

pub async fn create(State(app): State<App>, email: String) -> Answer {
    let done = sqlx::query(
        "INSERT INTO members (email, full_name, password_hash) VALUES ($1, $2, $3) ON CONFLICT (email) DO NOTHING",
    )
    .bind(&email)
    .bind("new")
    .bind("none")
    .execute(&app.pool)
    .await?;
    Ok(done.rows_affected().to_string())
}

pub async fn dump(State(app): State<App>) -> Answer {
    let rows: Vec<String> = sqlx::query_scalar("SELECT row_to_json(m)::text FROM members m")
        .fetch_all(&app.pool)
        .await?;
    Ok(rows.join("\n"))
}

pub async fn show(State(app): State<App>, Path(id): Path<i64>) -> Answer {
    let name: String = sqlx::query_scalar("SELECT full_name FROM members WHERE id = $1")
        .bind(id)
        .fetch_one(&app.pool)
        .await?;
    Ok(name)
}

/// Removes a member with all loans, and says so in the log.
pub async fn remove(State(app): State<App>, Path(id): Path<i64>) -> Answer {
    let mut transaction = app.pool.begin().await?;
    sqlx::query(
        "WITH gone AS (DELETE FROM loans WHERE member_id = $1 RETURNING receipt)
         INSERT INTO audit.events (what) SELECT 'dropped ' || receipt FROM gone",
    )
    .bind(id)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("DELETE FROM members WHERE id = $1")
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(String::new())
}

pub async fn late(State(app): State<App>) -> Answer {
    let emails: Vec<String> = sqlx::query_scalar(
        "SELECT m.email FROM members m
         CROSS JOIN LATERAL (SELECT count(*) AS open FROM loans WHERE member_id = m.id AND due < now()) l
         WHERE l.open > 0 AND NOT EXISTS (SELECT 1 FROM audit.events WHERE what = m.email)",
    )
    .fetch_all(&app.pool)
    .await?;
    Ok(emails.join("\n"))
}
