use std::env;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

#[derive(Clone)]
struct Workshop {
    dynamo: aws_sdk_dynamodb::Client,
    sns: aws_sdk_sns::Client,
    repairs: String,
    audit: Option<String>,
    alarm_topic: Option<String>,
}

impl Workshop {
    async fn audit(&self, text: &str) -> Result<(), StatusCode> {
        let Some(table) = &self.audit else { return Ok(()) };
        let put = self.dynamo.put_item().table_name(table).item("text", AttributeValue::S(text.to_owned()));
        put.send().await.map(drop).map_err(|_| StatusCode::BAD_GATEWAY)
    }

    async fn alarm(&self, message: &str) {
        if let Some(topic) = self.alarm_topic.as_deref() {
            let _ = self.sns.publish().topic_arn(topic).message(message).send().await;
        }
    }
}

async fn start_repair(
    State(workshop): State<Workshop>,
    Path(bike): Path<String>,
) -> Result<StatusCode, StatusCode> {
    let put = workshop.dynamo.put_item().table_name(&workshop.repairs);
    let put = put.item("bike", AttributeValue::S(bike.clone()));
    if put.send().await.is_err() {
        workshop.alarm("repair not stored").await;
        return Err(StatusCode::BAD_GATEWAY);
    }
    workshop.audit(&format!("{bike} is being repaired")).await?;
    Ok(StatusCode::CREATED)
}

async fn repair(State(workshop): State<Workshop>, Path(bike): Path<String>) -> StatusCode {
    let get = workshop.dynamo.get_item().table_name(&workshop.repairs);
    let get = get.key("bike", AttributeValue::S(bike));
    match get.send().await {
        Ok(output) if output.item.is_some() => StatusCode::OK,
        _ => StatusCode::NOT_FOUND,
    }
}

async fn audited(State(workshop): State<Workshop>) -> &'static str {
    if workshop.audit.is_some() { "yes" } else { "no" }
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let workshop = Workshop {
        dynamo: aws_sdk_dynamodb::Client::new(&config),
        sns: aws_sdk_sns::Client::new(&config),
        repairs: env::var("REPAIRS_TABLE")?,
        audit: env::var("AUDIT_TABLE").ok().filter(|name| !name.is_empty()),
        alarm_topic: None,
    };
    let app = Router::new()
        .route("/repairs/{bike}", post(start_repair).get(repair))
        .route("/audited", get(audited))
        .with_state(workshop);
    lambda_http::run(app).await
}
