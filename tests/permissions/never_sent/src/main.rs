use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::operation::scan::ScanInput;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};

#[derive(Clone)]
struct Office {
    dynamo: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
}

/// Dry run: says which request would be sent.
async fn plan(State(state): State<Office>, Path(id): Path<String>) -> String {
    let request = state.dynamo.delete_item().table_name("orders").key("id", AttributeValue::S(id));
    format!("{:?}", request.get_table_name())
}

/// A validated input, kept for its checks.
async fn validate(Path(limit): Path<i32>) -> StatusCode {
    match ScanInput::builder().table_name("orders").limit(limit).build() {
        Ok(input) if input.limit().is_some_and(|limit| limit > 0) => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// A transaction that is counted only.
async fn count(Path(ids): Path<String>) -> Result<String, StatusCode> {
    let mut items = Vec::new();
    for id in ids.split(',') {
        let delete =
            Delete::builder().table_name("orders").key("id", AttributeValue::S(id.to_owned())).build();
        let delete = delete.map_err(|_| StatusCode::BAD_REQUEST)?;
        items.push(TransactWriteItem::builder().delete(delete).build());
    }
    Ok(items.len().to_string())
}

/// The message is made first and dropped when there is nothing to say.
async fn notify(State(state): State<Office>, body: String) -> StatusCode {
    let message =
        state.sqs.send_message().queue_url("https://sqs.eu-west-1.amazonaws.com/123456789012/notices");
    let object = state.s3.put_object().bucket("notices").key("last.txt");
    if body.is_empty() {
        return StatusCode::NO_CONTENT;
    }
    drop(object);
    match message.message_body(body).send().await {
        Ok(_) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let state = Office {
        dynamo: aws_sdk_dynamodb::Client::new(&config),
        s3: aws_sdk_s3::Client::new(&config),
        sqs: aws_sdk_sqs::Client::new(&config),
    };
    let app = Router::new()
        .route("/orders/{id}/plan", delete(plan))
        .route("/limits/{limit}", get(validate))
        .route("/counts/{ids}", get(count))
        .route("/notices", post(notify))
        .with_state(state);
    lambda_http::run(app).await
}
