mod handlers;
mod models;
mod schema;

use axum::Router;
use axum::routing::{get, post};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::bb8::Pool;

pub type DbPool = Pool<AsyncPgConnection>;

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(std::env::var("DATABASE_URL")?);
    let pool = Pool::builder().max_size(2).build(manager).await?;
    let app = Router::new()
        .route("/trees/{id}", get(handlers::show).put(handlers::rename).delete(handlers::fell))
        .route("/trees", post(handlers::plant))
        .route("/forests/{id}/trees", get(handlers::of_forest))
        .route("/rangers/{name}/visits", post(handlers::visit))
        .route("/statement", get(handlers::statement))
        .with_state(pool);
    lambda_http::run(app).await
}
