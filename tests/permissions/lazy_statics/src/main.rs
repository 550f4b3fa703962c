use std::env;
use std::sync::LazyLock;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use once_cell::sync::Lazy;
use tokio::sync::OnceCell;

static BOOKINGS: LazyLock<String> = LazyLock::new(|| env::var("BOOKINGS_TABLE").expect("BOOKINGS_TABLE"));
static WORK_QUEUE: Lazy<String> = Lazy::new(|| env::var("WORK_QUEUE_URL").expect("WORK_QUEUE_URL"));
/// Nothing reads it any more.
#[allow(dead_code)]
static OLD_QUEUE: Lazy<String> = Lazy::new(|| env::var("OLD_QUEUE_URL").expect("OLD_QUEUE_URL"));

static DYNAMO: OnceCell<aws_sdk_dynamodb::Client> = OnceCell::const_new();
static SQS: OnceCell<aws_sdk_sqs::Client> = OnceCell::const_new();

async fn dynamo() -> &'static aws_sdk_dynamodb::Client {
    DYNAMO
        .get_or_init(|| async {
            aws_sdk_dynamodb::Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await)
        })
        .await
}

async fn sqs() -> &'static aws_sdk_sqs::Client {
    SQS.get_or_init(connect).await
}

async fn connect() -> aws_sdk_sqs::Client {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    aws_sdk_sqs::Client::new(&config)
}

async fn booking(Path(id): Path<String>) -> StatusCode {
    let request = dynamo().await.get_item().table_name(BOOKINGS.as_str()).key("id", AttributeValue::S(id));
    match request.send().await {
        Ok(output) if output.item.is_some() => StatusCode::OK,
        Ok(_) => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn confirm(Path(id): Path<String>) -> StatusCode {
    let sent = sqs().await.send_message().queue_url(&*WORK_QUEUE).message_body(id).send().await;
    sent.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::ACCEPTED)
}

/// Makes the client, so that the first real request is fast; makes no call.
async fn warm() -> StatusCode {
    let _ = (dynamo().await, sqs().await);
    StatusCode::NO_CONTENT
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let app = Router::new()
        .route("/bookings/{id}", get(booking))
        .route("/bookings/{id}/confirmation", post(confirm))
        .route("/warm", get(warm));
    lambda_http::run(app).await
}
