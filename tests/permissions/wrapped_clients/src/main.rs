mod aws;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

use aws::{Aws, ItemExt};

async fn ticket(State(aws): State<Aws>, Path(id): Path<String>) -> StatusCode {
    // Through `Deref`, to the client of the database.
    let get = aws.db.get_item().table_name("tickets").key("id", AttributeValue::S(id));
    match get.send().await {
        Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn close(State(aws): State<Aws>, Path(id): Path<String>) -> StatusCode {
    if aws.db.touch("tickets", &id).await { StatusCode::NO_CONTENT } else { StatusCode::BAD_GATEWAY }
}

async fn attach(State(aws): State<Aws>, Path(id): Path<String>, body: String) -> StatusCode {
    let key = format!("tickets/{id}/attachment");
    let put = aws.s3().put_object().bucket(aws.bucket()).key(key).body(body.into_bytes().into());
    put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
}

/// `name` is the wrapper's own.
async fn name(State(aws): State<Aws>) -> String {
    aws.db.name().to_owned()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let app = Router::new()
        .route("/tickets/{id}", get(ticket))
        .route("/tickets/{id}/closing", post(close))
        .route("/tickets/{id}/attachment", post(attach))
        .route("/name", get(name))
        .with_state(Aws::new(&config, std::env::var("ATTACHMENTS_BUCKET")?));
    lambda_http::run(app).await
}
