mod local;

use aws_config::BehaviorVersion;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

#[derive(Clone)]
struct Work {
    lambda: aws_sdk_lambda::Client,
    sfn: aws_sdk_sfn::Client,
    local: local::Client,
    resize_function: String,
    refund_machine: String,
}

async fn resize(State(work): State<Work>, body: Bytes) -> Result<Vec<u8>, StatusCode> {
    let invoke = work.lambda.invoke().function_name(&work.resize_function).payload(Blob::new(body));
    let output = invoke.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    output.payload.map(Blob::into_inner).ok_or(StatusCode::BAD_GATEWAY)
}

async fn report(State(work): State<Work>) -> StatusCode {
    let invoke = work.lambda.invoke().function_name("nightly-report").invocation_type(InvocationType::Event);
    invoke.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::ACCEPTED)
}

async fn refund(State(work): State<Work>, Path(order): Path<String>) -> StatusCode {
    let input = serde_json::json!({ "order": order }).to_string();
    let start = work.sfn.start_execution().state_machine_arn(work.refund_machine).name(order).input(input);
    start.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::ACCEPTED)
}

/// A machine of the short kind, called and waited for.
async fn quote(State(work): State<Work>, input: String) -> Result<String, StatusCode> {
    let machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:quote";
    let output = work.sfn.start_sync_execution().state_machine_arn(machine).input(input).send().await;
    output.ok().and_then(|output| output.output).ok_or(StatusCode::BAD_GATEWAY)
}

/// The worker's answer to a task that waits for its token.
async fn approve(State(work): State<Work>, token: String) -> StatusCode {
    let answer = work.sfn.send_task_success().task_token(token).output("{}");
    answer.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::NO_CONTENT)
}

async fn echo(State(work): State<Work>, text: String) -> String {
    work.local.invoke().function_name("echo").payload(text).send()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let work = Work {
        lambda: aws_sdk_lambda::Client::new(&config),
        sfn: aws_sdk_sfn::Client::new(&config),
        local: local::Client,
        resize_function: std::env::var("RESIZE_FUNCTION")?,
        refund_machine: std::env::var("REFUND_MACHINE_ARN")?,
    };
    let app = Router::new()
        .route("/pictures", post(resize))
        .route("/reports", post(report))
        .route("/refunds/{order}", post(refund))
        .route("/quotes", post(quote))
        .route("/approvals", post(approve))
        .route("/echo", get(echo))
        .with_state(work);
    lambda_http::run(app).await
}
