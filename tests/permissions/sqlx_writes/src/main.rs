use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use sqlx::PgPool;

const UPSERT: &str = "INSERT INTO counters (name, value) VALUES ($1, 1) \
                      ON CONFLICT (name) DO UPDATE SET value = counters.value + 1";
const MERGE: &str = "MERGE INTO stock s USING deliveries d ON s.article = d.article \
                     WHEN MATCHED THEN UPDATE SET amount = s.amount + d.amount \
                     WHEN NOT MATCHED THEN INSERT (article, amount) VALUES (d.article, d.amount)";

type Done = Result<StatusCode, StatusCode>;

async fn run(pool: &PgPool, sql: &'static str) -> Done {
    sqlx::query(sql).execute(pool).await.map(|_| StatusCode::NO_CONTENT).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn count(State(pool): State<PgPool>, Path(name): Path<String>) -> Done {
    let done = sqlx::query(UPSERT).bind(name).execute(&pool).await;
    done.map(|_| StatusCode::NO_CONTENT).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn log(State(pool): State<PgPool>, line: String) -> Done {
    let insert = sqlx::query("INSERT INTO log (line) VALUES ($1) ON CONFLICT DO NOTHING").bind(line);
    insert.execute(&pool).await.map(|_| StatusCode::CREATED).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn deliver(State(pool): State<PgPool>) -> Done {
    run(&pool, MERGE).await
}

async fn discount(State(pool): State<PgPool>) -> Done {
    run(&pool, "UPDATE prices SET amount = amount * 0.9 FROM sales WHERE sales.article = prices.article")
        .await
}

async fn reset(State(pool): State<PgPool>) -> Done {
    run(&pool, "UPDATE counters SET value = 0").await
}

async fn clean(State(pool): State<PgPool>) -> Done {
    run(&pool, "DELETE FROM carts USING users WHERE users.id = carts.user_id AND users.gone").await
}

async fn archive(State(pool): State<PgPool>) -> Done {
    run(&pool, "INSERT INTO old_orders SELECT * FROM orders WHERE placed < now() - interval '1 year'").await
}

async fn expire(State(pool): State<PgPool>) -> Result<String, StatusCode> {
    let sql = "WITH gone AS (DELETE FROM sessions WHERE expires < now() RETURNING user_id) SELECT count(*) FROM gone";
    let count: Result<i64, _> = sqlx::query_scalar(sql).fetch_one(&pool).await;
    count.map(|count| count.to_string()).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn reserve(State(pool): State<PgPool>, Path(id): Path<i64>) -> Result<String, StatusCode> {
    let failed = |_| StatusCode::CONFLICT;
    let mut transaction = pool.begin().await.map_err(failed)?;
    let seats: i32 = sqlx::query_scalar("SELECT free FROM flights WHERE id = $1 FOR UPDATE")
        .bind(id)
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(seats.to_string())
}

async fn hours() -> &'static str {
    "UPDATE your watch: 8 to 20"
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let pool = PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    let app = Router::new()
        .route("/counters/{name}", post(count))
        .route("/counters", axum::routing::delete(reset))
        .route("/log", post(log))
        .route("/deliveries", post(deliver))
        .route("/discounts", post(discount))
        .route("/carts", axum::routing::delete(clean))
        .route("/orders/archive", post(archive))
        .route("/sessions/expired", axum::routing::delete(expire))
        .route("/flights/{id}/lock", post(reserve))
        .route("/hours", get(hours))
        .with_state(pool);
    lambda_http::run(app).await
}
