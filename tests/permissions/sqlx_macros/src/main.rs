mod authors;

use axum::Router;
use axum::routing::get;
use sqlx::postgres::PgPoolOptions;

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let pool = PgPoolOptions::new().max_connections(2).connect(&std::env::var("DATABASE_URL")?).await?;
    let app = Router::new()
        .route("/authors/{id}", get(authors::show).put(authors::rename).delete(authors::remove))
        .route("/authors", get(authors::count).post(authors::add))
        .route("/authors/{id}/books", get(authors::books))
        .route("/version", get(authors::version))
        .with_state(pool);
    lambda_http::run(app).await
}
