//! The desk, which still uses PostgreSQL's own client.

use axum::extract::State;
use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::{Client, NoTls};

use crate::app::{Answer, App};

pub async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

pub async fn members(State(app): State<App>) -> Answer {
    let statement = app
        .desk
        .prepare("SELECT id, email FROM members WHERE full_name <> $1 ORDER BY email")
        .await?;
    let rows = app.desk.query(&statement, &[&"nobody"]).await?;
    Ok(rows.iter().map(|row| row.get::<_, String>(1)).collect())
}

pub async fn lend(State(app): State<App>) -> Answer {
    let row = app
        .desk
        .query_one(
            "INSERT INTO loans (book_id, member_id, receipt) VALUES (1, 1, nextval('receipt_numbers')) RETURNING receipt",
            &[],
        )
        .await?;
    app.desk
        .execute(
            "UPDATE books SET copies = copies - 1 WHERE id = $1",
            &[&1i64],
        )
        .await?;
    Ok(row.get::<_, i64>(0).to_string())
}

pub async fn import(State(app): State<App>, body: String) -> Answer {
    let sink = app
        .desk
        .copy_in("COPY categories (id, label) FROM STDIN")
        .await?;
    let mut sink = Box::pin(sink);
    sink.send(Bytes::from(body)).await?;
    Ok(sink.as_mut().finish().await?.to_string())
}

pub async fn clear(State(app): State<App>) -> Answer {
    app.desk
        .batch_execute("BEGIN; DELETE FROM categories WHERE parent IS NOT NULL; COMMIT")
        .await?;
    Ok(String::new())
}
