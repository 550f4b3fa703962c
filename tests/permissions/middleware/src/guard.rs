use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::App;

pub async fn require_session(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.ok_or(StatusCode::UNAUTHORIZED)?.to_owned();
    let get = app.dynamo.get_item().table_name("sessions").key("token", AttributeValue::S(token));
    let output = get.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    if output.item.is_none() {
        return Err(StatusCode::UNAUTHORIZED);
    }
    Ok(next.run(request).await)
}

pub async fn count_usage(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let _ = app.sqs.send_message().queue_url(app.usage_queue).message_body(path).send().await;
    response
}

pub async fn add_header(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert("x-frame-options", HeaderValue::from_static("DENY"));
    response
}
