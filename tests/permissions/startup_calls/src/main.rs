mod start;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;

#[derive(Clone)]
struct App {
    dynamo: aws_sdk_dynamodb::Client,
    config: SdkConfig,
    greeting: String,
}

async fn guest(State(app): State<App>, Path(id): Path<String>) -> StatusCode {
    let get = app.dynamo.get_item().table_name("guests").key("id", AttributeValue::S(id));
    match get.send().await {
        Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

/// The key is fetched when it is first needed.
async fn token(State(app): State<App>) -> Result<String, StatusCode> {
    let key = start::signing_key(&app.config).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(format!("{:x}", key.len()))
}

async fn greeting(State(app): State<App>) -> String {
    app.greeting
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let text = start::greeting(&config).await?;
    let app = App { dynamo: aws_sdk_dynamodb::Client::new(&config), config, greeting: text };
    let router = Router::new()
        .route("/guests/{id}", get(guest))
        .route("/token", get(token))
        .route("/greeting", get(greeting))
        .with_state(app);
    lambda_http::run(router).await
}
