//! A lending library: books, members and loans in PostgreSQL, behind one Axum router in one Lambda function.

mod app;
mod books;
mod catalogue;
mod desk;
mod loans;
mod members;
mod reports;

use std::sync::Arc;

use app::App;
use axum::Router;
use axum::routing::{delete, get, post, put};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let url = std::env::var("DATABASE_URL")?;
    let pool = sqlx::PgPool::connect_lazy(&url)?;
    let desk = Arc::new(desk::connect(&url).await?);
    lambda_http::run(router(App { pool, desk })).await
}

fn router(app: App) -> Router {
    Router::new()
        .route("/books", get(books::list).post(books::create))
        .route("/books/count", get(books::count))
        .route("/books/languages", get(catalogue::languages))
        .route("/books/search", get(catalogue::search))
        .route("/books/import", post(catalogue::import))
        .route("/books/by-isbn/{isbn}", put(books::upsert))
        .route(
            "/books/{id}",
            get(books::page).put(books::rename).delete(books::remove),
        )
        .route("/authors", post(catalogue::add_author))
        .route("/authors/{id}/books", get(catalogue::of_author))
        .route("/categories/{id}/path", get(catalogue::path))
        .route("/members", get(members::dump).post(members::create))
        .route("/members/late", get(members::late))
        .route("/members/{id}", get(members::show).delete(members::remove))
        .route("/loans", post(loans::lend))
        .route("/loans/returned", delete(loans::clear))
        .route("/loans/{id}", get(loans::show))
        .route("/loans/{id}/return", post(loans::give_back))
        .route(
            "/reports/counts",
            post(reports::refresh).delete(reports::reset),
        )
        .route("/reports/counts/freeze", post(reports::freeze))
        .route("/reports/counts/strays", delete(reports::drop_strays))
        .route("/reports/receipts", post(reports::restart_receipts))
        .route("/reports/ranking", get(reports::ranking))
        .route("/reports/export", get(reports::export))
        .route("/reports/snapshot", post(reports::snapshot))
        .route("/desk/members", get(desk::members))
        .route("/desk/loans", post(desk::lend))
        .route("/desk/categories", post(desk::import).delete(desk::clear))
        .with_state(app)
}
