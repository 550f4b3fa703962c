use std::env;
use std::sync::LazyLock;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use lazy_static::lazy_static;
use once_cell::sync::Lazy;
use tokio::sync::OnceCell;

static BOOKINGS: LazyLock<String> = LazyLock::new(|| env::var("BOOKINGS_TABLE").expect("BOOKINGS_TABLE"));
static WORK_QUEUE: Lazy<String> = Lazy::new(|| env::var("WORK_QUEUE_URL").expect("WORK_QUEUE_URL"));
lazy_static! {
    static ref WAITLIST: String = env::var("WAITLIST_TABLE").expect("WAITLIST_TABLE");
    /// A client of its own, in a region of its own.
    static ref ABROAD: aws_sdk_sqs::Client = abroad();
    /// Nothing reads it any more.
    static ref OLD_TABLE: String = env::var("OLD_TABLE").expect("OLD_TABLE");
}

fn abroad() -> aws_sdk_sqs::Client {
    let region = aws_sdk_sqs::config::Region::new("eu-west-1");
    aws_sdk_sqs::Client::from_conf(aws_sdk_sqs::Config::builder().region(region).build())
}

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

async fn wait(Path(id): Path<String>) -> StatusCode {
    let entry =
        dynamo().await.put_item().table_name(WAITLIST.as_str()).item("id", AttributeValue::S(id.clone()));
    if entry.send().await.is_err() {
        return StatusCode::BAD_GATEWAY;
    }
    let sent = ABROAD.send_message().queue_url(WORK_QUEUE.as_str()).message_body(id).send().await;
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
        .route("/waiting/{id}", post(wait))
        .route("/warm", get(warm));
    lambda_http::run(app).await
}
