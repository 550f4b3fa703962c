use aws_config::BehaviorVersion;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

#[derive(Clone)]
struct Hub {
    kinesis: aws_sdk_kinesis::Client,
    ses: aws_sdk_sesv2::Client,
    sts: aws_sdk_sts::Client,
    stream: String,
}

async fn click(State(hub): State<Hub>, Path(user): Path<String>, body: Bytes) -> StatusCode {
    let put = hub.kinesis.put_record().stream_name(&hub.stream).partition_key(user).data(Blob::new(body));
    put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::ACCEPTED)
}

async fn clicks(
    State(hub): State<Hub>,
    Path(user): Path<String>,
    body: String,
) -> Result<StatusCode, StatusCode> {
    let records = body
        .lines()
        .map(|line| PutRecordsRequestEntry::builder().partition_key(&user).data(Blob::new(line)).build());
    let records = records.collect::<Result<Vec<_>, _>>().map_err(|_| StatusCode::BAD_REQUEST)?;
    let put = hub.kinesis.put_records().stream_name("clicks-bulk").set_records(Some(records));
    put.send().await.map(|_| StatusCode::ACCEPTED).map_err(|_| StatusCode::BAD_GATEWAY)
}

fn text(text: &str) -> Result<Content, StatusCode> {
    Content::builder().data(text).build().map_err(|_| StatusCode::BAD_REQUEST)
}

async fn mail(
    State(hub): State<Hub>,
    Path(address): Path<String>,
    body: String,
) -> Result<StatusCode, StatusCode> {
    let body = Body::builder().text(text(&body)?).build();
    let message = Message::builder().subject(text("Hello")?).body(body).build();
    let send = hub
        .ses
        .send_email()
        .from_email_address("hello@example.org")
        .destination(Destination::builder().to_addresses(address).build())
        .content(EmailContent::builder().simple(message).build());
    send.send().await.map(|_| StatusCode::ACCEPTED).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn partner(State(hub): State<Hub>) -> Result<String, StatusCode> {
    let assume = hub.sts.assume_role().role_arn("arn:aws:iam::210987654321:role/partner-read");
    let output = assume.role_session_name("hub").send().await.map_err(|_| StatusCode::FORBIDDEN)?;
    output.assumed_role_user.map(|user| user.arn).ok_or(StatusCode::BAD_GATEWAY)
}

async fn account(State(hub): State<Hub>) -> Result<String, StatusCode> {
    let identity = hub.sts.get_caller_identity().send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    identity.account.ok_or(StatusCode::BAD_GATEWAY)
}

async fn stream(State(hub): State<Hub>) -> String {
    hub.stream
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let hub = Hub {
        kinesis: aws_sdk_kinesis::Client::new(&config),
        ses: aws_sdk_sesv2::Client::new(&config),
        sts: aws_sdk_sts::Client::new(&config),
        stream: std::env::var("CLICKS_STREAM")?,
    };
    let app = Router::new()
        .route("/users/{user}/click", post(click))
        .route("/users/{user}/clicks", post(clicks))
        .route("/mails/{address}", post(mail))
        .route("/partner", get(partner))
        .route("/account", get(account))
        .route("/stream", get(stream))
        .with_state(hub);
    lambda_http::run(app).await
}
