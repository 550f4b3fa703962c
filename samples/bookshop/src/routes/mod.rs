//! All routes of the API, one module per area.

mod admin;
mod catalogue;
mod customers;
mod orders;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderValue, Method};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tower_http::cors::CorsLayer;
use tower_http::trace::TraceLayer;

use crate::error::AppError;
use crate::state::AppState;

/// The whole application, ready to be served.
pub fn router(state: AppState, allowed_origin: HeaderValue) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(allowed_origin)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .allow_credentials(true);

    Router::new()
        .route("/health", get(health))
        .nest("/books", catalogue::router(&state))
        .nest("/orders", orders::router())
        .nest("/customers", customers::router(&state))
        .nest("/admin", admin::router(&state))
        .fallback(not_found)
        // The last layer is the outermost: every request is traced, also one that CORS answers.
        .layer(cors)
        .layer(TraceLayer::new_for_http())
        .with_state(state)
}

/// `GET /health`: says that the function runs, and nothing about what is behind it.
async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Whatever no route takes.
async fn not_found() -> AppError {
    AppError::NotFound("page")
}
