mod repository;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use sqlx::PgPool;

use repository::{Bike, Ride, Rides, SqlRides, exists, remove};

#[derive(Clone, FromRef)]
struct App {
    pool: PgPool,
    rides: Arc<dyn Rides>,
}

async fn bike(State(pool): State<PgPool>, Path(id): Path<i64>) -> StatusCode {
    match exists::<Bike>(&pool, id).await {
        Ok(true) => StatusCode::OK,
        Ok(false) => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

/// Removes a bike and one of its rides together.
async fn scrap(State(pool): State<PgPool>, Path((bike, ride)): Path<(i64, i64)>) -> StatusCode {
    let both = async {
        let mut transaction = pool.begin().await?;
        remove::<Ride>(&mut transaction, ride).await?;
        remove::<Bike>(&mut transaction, bike).await?;
        transaction.commit().await
    };
    both.await.map_or(StatusCode::BAD_GATEWAY, |()| StatusCode::NO_CONTENT)
}

async fn start(State(rides): State<Arc<dyn Rides>>, Path(bike): Path<i64>) -> StatusCode {
    if rides.start(bike).await { StatusCode::CREATED } else { StatusCode::BAD_GATEWAY }
}

async fn tariff() -> &'static str {
    "1 per minute"
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let pool = PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    let rides: Arc<dyn Rides> = Arc::new(SqlRides::new(pool.clone()));
    let app = Router::new()
        .route("/bikes/{id}", get(bike))
        .route("/bikes/{bike}/rides/{ride}", axum::routing::delete(scrap))
        .route("/bikes/{bike}/rides", post(start))
        .route("/tariff", get(tariff))
        .with_state(App { pool, rides });
    lambda_http::run(app).await
}
