use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgPool, Postgres, QueryBuilder};

#[derive(Deserialize)]
struct Filter {
    city: Option<String>,
    with_owner: Option<bool>,
}

#[derive(FromRow, Serialize)]
struct House {
    id: i64,
    city: String,
}

#[derive(Deserialize)]
struct Visit {
    house: i64,
    day: String,
}

async fn houses(
    State(pool): State<PgPool>,
    Query(filter): Query<Filter>,
) -> Result<Json<Vec<House>>, StatusCode> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT h.id, h.city FROM houses h");
    if filter.with_owner.unwrap_or(false) {
        query.push(" JOIN owners o ON o.house_id = h.id");
    }
    query.push(" WHERE true");
    if let Some(city) = filter.city {
        query.push(" AND h.city = ").push_bind(city);
    }
    let houses = query.build_query_as().fetch_all(&pool).await;
    houses.map(Json).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn visits(State(pool): State<PgPool>, Json(visits): Json<Vec<Visit>>) -> StatusCode {
    let mut insert: QueryBuilder<Postgres> = QueryBuilder::new("INSERT INTO visits (house_id, day) ");
    insert.push_values(&visits, |mut row, visit| {
        row.push_bind(visit.house).push_bind(&visit.day);
    });
    match insert.build().execute(&pool).await {
        Ok(_) => StatusCode::CREATED,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

/// The statement that would be run.
async fn preview() -> String {
    let mut delete = QueryBuilder::<Postgres>::new("DELETE FROM visits WHERE day < ");
    delete.push_bind("2020-01-01");
    delete.sql().to_owned()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let pool = PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    let app = Router::new()
        .route("/houses", get(houses))
        .route("/visits", post(visits))
        .route("/preview", get(preview))
        .with_state(pool);
    lambda_http::run(app).await
}
