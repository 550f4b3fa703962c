use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::bb8::Pool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

diesel::table! {
    visitors (id) {
        id -> Int8,
        name -> Text,
    }
}

// Kept for a migration.
#[allow(unused)]
mod old {
    diesel::table! {
        guests (id) {
            id -> Int8,
        }
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

type DbPool = Pool<AsyncPgConnection>;

fn failed<E>(_: E) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

async fn busy_days(State(pool): State<DbPool>, Path(room): Path<String>) -> Result<String, StatusCode> {
    let mut connection = pool.get().await.map_err(failed)?;
    let query = diesel::sql_query(
        "SELECT count(*) AS count FROM reservations r JOIN rooms ON rooms.id = r.room_id WHERE rooms.name = $1",
    );
    let counts: Vec<Count> = query.bind::<Text, _>(room).load(&mut connection).await.map_err(failed)?;
    Ok(counts.iter().map(|row| row.count).sum::<i64>().to_string())
}

async fn sign(State(pool): State<DbPool>, name: String) -> Result<StatusCode, StatusCode> {
    let mut connection = pool.get().await.map_err(failed)?;
    let insert = diesel::insert_into(visitors::table).values(visitors::name.eq(name));
    insert.execute(&mut connection).await.map_err(failed)?;
    Ok(StatusCode::CREATED)
}

async fn clear(State(pool): State<DbPool>) -> Result<StatusCode, StatusCode> {
    let mut connection = pool.get().await.map_err(failed)?;
    diesel::delete(visitors::table).execute(&mut connection).await.map_err(failed)?;
    diesel::sql_query("DELETE FROM reservations").execute(&mut connection).await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn rooms() -> &'static str {
    "lake, hill"
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(std::env::var("DATABASE_URL")?);
    let pool: DbPool = Pool::builder().build(manager).await?;
    let app = Router::new()
        .route("/rooms/{room}/reservations", get(busy_days))
        .route("/visitors", post(sign).delete(clear))
        .route("/rooms", get(rooms))
        .with_state(pool);
    lambda_http::run(app).await
}
