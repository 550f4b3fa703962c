mod queue;

use aws_config::BehaviorVersion;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};

use queue::Queue;

#[derive(Clone)]
struct Queues {
    orders: Queue,
    mails: Queue,
}

async fn order(State(queues): State<Queues>, body: String) -> Result<StatusCode, StatusCode> {
    queues.orders.send(body).await
}

async fn mails(State(queues): State<Queues>, body: String) -> Result<StatusCode, StatusCode> {
    queues.mails.send_all(body.lines()).await
}

async fn next(State(queues): State<Queues>) -> Result<String, StatusCode> {
    queues.orders.receive().await
}

async fn done(State(queues): State<Queues>, Path(receipt): Path<String>) -> Result<StatusCode, StatusCode> {
    queues.orders.remove(receipt).await
}

async fn later(State(queues): State<Queues>, Path(receipt): Path<String>) -> Result<StatusCode, StatusCode> {
    queues.orders.postpone(receipt).await
}

async fn address(State(queues): State<Queues>) -> Result<String, StatusCode> {
    queues.mails.find("dead-letters").await
}

async fn limit() -> String {
    queue::BATCH.to_string()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let sqs = aws_sdk_sqs::Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let account = std::env::var("ACCOUNT_ID")?;
    let queues = Queues {
        orders: Queue::new(&sqs, std::env::var("ORDERS_QUEUE_URL")?),
        mails: Queue::new(&sqs, format!("https://sqs.eu-west-1.amazonaws.com/{account}/mails")),
    };
    let app = Router::new()
        .route("/orders", post(order).get(next))
        .route("/orders/{receipt}", delete(done))
        .route("/orders/{receipt}/delay", post(later))
        .route("/mails", post(mails))
        .route("/dead-letters", get(address))
        .route("/limit", get(limit))
        .with_state(queues);
    lambda_http::run(app).await
}
