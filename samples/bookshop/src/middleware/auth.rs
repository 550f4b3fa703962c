//! Doors that only some callers pass.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::db::sessions::SessionStore;
use crate::error::{AppError, Result};
use crate::extract::find_session;

/// Lets staff pass and tells the handlers who it is.
pub async fn require_staff(
    State(sessions): State<SessionStore>,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    let session = find_session(&sessions, request.headers()).await?;
    if !session.staff {
        return Err(AppError::Forbidden);
    }
    // Handlers behind this door may ask for `Extension<Session>`.
    request.extensions_mut().insert(session);
    Ok(next.run(request).await)
}
