mod identity;

use aws_config::BehaviorVersion;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};

use identity::{Locale, Signed, User};

#[derive(Clone)]
pub struct App {
    pub dynamo: aws_sdk_dynamodb::Client,
    pub kms: aws_sdk_kms::Client,
}

async fn profile(user: User) -> String {
    user.name
}

async fn greeting(user: Option<User>, Locale(locale): Locale) -> String {
    match user {
        Some(user) => format!("{locale}: {}", user.name),
        None => locale,
    }
}

async fn vote(Path(_poll): Path<String>, signed: Signed) -> Result<String, StatusCode> {
    if signed.text.is_empty() {
        return Err(StatusCode::BAD_REQUEST);
    }
    Ok(signed.user.name)
}

async fn locale(locale: Locale) -> String {
    locale.0
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let app = App { dynamo: aws_sdk_dynamodb::Client::new(&config), kms: aws_sdk_kms::Client::new(&config) };
    let router = Router::new()
        .route("/profile", get(profile))
        .route("/greeting", get(greeting))
        .route("/polls/{poll}/votes", post(vote))
        .route("/locale", get(locale))
        .with_state(app);
    lambda_http::run(router).await
}
