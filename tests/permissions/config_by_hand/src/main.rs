mod config;

use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};

use config::Config;

struct Context {
    config: Config,
    dynamo: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
}

type Shared = State<Arc<Context>>;

async fn film(State(context): Shared, Path(id): Path<String>) -> Result<String, StatusCode> {
    let output = context
        .dynamo
        .get_item()
        .table_name(&context.config.tables.films)
        .key("id", AttributeValue::S(id))
        .send()
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;
    output.item.map(|item| format!("{} attributes", item.len())).ok_or(StatusCode::NOT_FOUND)
}

async fn ratings(State(context): Shared) -> Result<String, StatusCode> {
    let page = context.dynamo.scan().table_name(context.config.tables.ratings.clone()).send().await;
    page.map(|page| page.count.to_string()).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn poster(State(context): Shared, bytes: Bytes) -> StatusCode {
    let put = context.s3.put_object().bucket(&context.config.media.bucket).key("posters/latest.jpg");
    match put.body(bytes.into()).send().await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn limits(State(context): Shared) -> String {
    format!("{} bytes in {}", context.config.media.limit, context.config.media.region)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let context = Context {
        config: Config::from_env()?,
        dynamo: aws_sdk_dynamodb::Client::new(&sdk),
        s3: aws_sdk_s3::Client::new(&sdk),
    };
    let app = Router::new()
        .route("/films/{id}", get(film))
        .route("/ratings", get(ratings))
        .route("/poster", put(poster))
        .route("/limits", get(limits))
        .with_state(Arc::new(context));
    lambda_http::run(app).await
}
