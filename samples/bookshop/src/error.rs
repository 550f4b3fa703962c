//! The one error type of the application.

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub type Result<T, E = AppError> = std::result::Result<T, E>;

#[derive(Debug)]
pub enum AppError {
    /// There is no such thing; the text says what.
    NotFound(&'static str),
    /// No session, or one that is over.
    Unauthorized,
    /// A session that may not do this.
    Forbidden,
    /// The request does not fit the state of things.
    Conflict(String),
    /// The request is well formed but makes no sense.
    Invalid(String),
    /// Nothing that a caller could mend. The text is for the log only.
    Internal(String),
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::NotFound(what) => (StatusCode::NOT_FOUND, format!("no such {what}")),
            Self::Unauthorized => {
                // Browsers and command line tools want to know how to sign in.
                let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"bookshop\"")];
                let body = Json(json!({ "error": "sign in first" }));
                return (StatusCode::UNAUTHORIZED, challenge, body).into_response();
            }
            Self::Forbidden => (StatusCode::FORBIDDEN, "staff only".to_owned()),
            Self::Conflict(message) => (StatusCode::CONFLICT, message),
            Self::Invalid(message) => (StatusCode::UNPROCESSABLE_ENTITY, message),
            Self::Internal(cause) => {
                tracing::error!(cause, "internal error");
                let message = "something went wrong".to_owned();
                (StatusCode::INTERNAL_SERVER_ERROR, message)
            }
        };
        (status, Json(json!({ "error": message }))).into_response()
    }
}

/// Any AWS call that fails for a reason its caller does not handle.
impl<E> From<SdkError<E>> for AppError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        let code = error.code().unwrap_or("no code");
        let message = error.message().unwrap_or("no message");
        Self::Internal(format!("{error}: {code}: {message}"))
    }
}

/// A request to AWS that lacks a required field.
impl From<BuildError> for AppError {
    fn from(error: BuildError) -> Self {
        Self::Internal(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_session_says_how_to_sign_in() {
        let response = AppError::Unauthorized.into_response();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert!(response.headers().contains_key(header::WWW_AUTHENTICATE));
    }

    #[test]
    fn the_cause_of_an_internal_error_stays_inside() {
        let response = AppError::Internal("secret".to_owned()).into_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        // The body is as long as the message for callers, whatever the cause.
        let other = AppError::Internal("a much longer secret".to_owned()).into_response();
        assert_eq!(
            format!("{:?}", response.headers()),
            format!("{:?}", other.headers())
        );
    }
}
