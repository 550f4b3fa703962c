//! Extractors of our own.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};

use crate::db::sessions::SessionStore;
use crate::error::AppError;
use crate::models::session::Session;

/// The session of whoever sent the request. A handler that asks for it runs for signed-in callers only.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Session);

impl<S> FromRequestParts<S> for SignedIn
where
    SessionStore: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let sessions = SessionStore::from_ref(state);
        find_session(&sessions, &parts.headers).await.map(Self)
    }
}

/// The session that a request's headers name.
pub async fn find_session(
    sessions: &SessionStore,
    headers: &HeaderMap,
) -> Result<Session, AppError> {
    let token = session_token(headers).ok_or(AppError::Unauthorized)?;
    sessions.find(token).await?.ok_or(AppError::Unauthorized)
}

/// The token from `Authorization: Bearer ...`, or else from the cookie that browsers send.
fn session_token(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(text)
        .and_then(|value| value.strip_prefix("Bearer "));
    let cookie = || {
        let cookies = headers.get_all(COOKIE).iter().filter_map(text);
        cookies
            .flat_map(|line| line.split(';'))
            .find_map(|cookie| cookie.trim().strip_prefix("session="))
    };
    bearer.or_else(cookie).filter(|token| !token.is_empty())
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: axum::http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_token_comes_from_either_header() {
        assert_eq!(
            session_token(&headers(AUTHORIZATION, "Bearer abc")),
            Some("abc")
        );
        assert_eq!(
            session_token(&headers(COOKIE, "theme=dark; session=abc")),
            Some("abc")
        );
    }

    #[test]
    fn an_empty_token_is_no_token() {
        assert_eq!(session_token(&headers(AUTHORIZATION, "Bearer ")), None);
        assert_eq!(session_token(&headers(COOKIE, "session=")), None);
        assert_eq!(session_token(&HeaderMap::new()), None);
    }
}
