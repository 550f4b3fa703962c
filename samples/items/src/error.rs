//! What can go wrong, and how the API says so.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lambda_http::tracing;
use serde_json::json;

/// The one error type of the handlers.
#[derive(Debug)]
pub enum AppError {
    /// There is no item with this id.
    NotFound(String),
    /// The request is well formed but makes no sense.
    Invalid(&'static str),
    /// A row lacks an attribute or has it in another type.
    BadRow(String),
    /// The table did not answer as it should.
    Table(String),
}

impl AppError {
    /// Keeps the whole chain of causes, for the log.
    pub fn table(error: impl std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        Self::Table(text)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::NotFound(id) => (StatusCode::NOT_FOUND, format!("no item {id}")),
            Self::Invalid(why) => (StatusCode::UNPROCESSABLE_ENTITY, why.to_owned()),
            // The caller learns nothing about the table; the log does.
            Self::BadRow(key) => {
                tracing::error!(key, "bad row");
                (StatusCode::INTERNAL_SERVER_ERROR, "internal error".into())
            }
            Self::Table(cause) => {
                tracing::error!(cause, "table error");
                (StatusCode::INTERNAL_SERVER_ERROR, "internal error".into())
            }
        };
        (status, Json(json!({ "error": message }))).into_response()
    }
}
