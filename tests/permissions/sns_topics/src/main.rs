use aws_config::BehaviorVersion;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::PublishBatchRequestEntry;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

const ALERTS: &str = "arn:aws:sns:eu-central-1:123456789012:alerts";

#[derive(Clone)]
struct Notifier {
    sns: Client,
    news: String,
}

impl Notifier {
    async fn to_topic(&self, topic: &str, text: &str) -> Result<StatusCode, StatusCode> {
        let publish = self.sns.publish().topic_arn(topic).subject("News").message(text);
        publish.send().await.map(|_| StatusCode::ACCEPTED).map_err(|_| StatusCode::BAD_GATEWAY)
    }
}

async fn news(State(notifier): State<Notifier>, body: String) -> Result<StatusCode, StatusCode> {
    notifier.to_topic(&notifier.news, &body).await
}

async fn alert(State(notifier): State<Notifier>, body: String) -> Result<StatusCode, StatusCode> {
    notifier.to_topic(ALERTS, &body).await
}

async fn digest(State(notifier): State<Notifier>, body: String) -> Result<StatusCode, StatusCode> {
    let entries = body.lines().take(10).enumerate().map(|(number, line)| {
        PublishBatchRequestEntry::builder().id(number.to_string()).message(line).build()
    });
    let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|_| StatusCode::BAD_REQUEST)?;
    let batch = notifier
        .sns
        .publish_batch()
        .topic_arn(notifier.news)
        .set_publish_batch_request_entries(Some(entries));
    batch.send().await.map(|_| StatusCode::ACCEPTED).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn text_message(
    State(notifier): State<Notifier>,
    Path(number): Path<String>,
    body: String,
) -> Result<StatusCode, StatusCode> {
    let publish = notifier.sns.publish().phone_number(number).message(body);
    publish.send().await.map(|_| StatusCode::ACCEPTED).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn topics(State(notifier): State<Notifier>) -> String {
    format!("{}\n{ALERTS}", notifier.news)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let sns = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/news", post(news))
        .route("/alerts", post(alert))
        .route("/digests", post(digest))
        .route("/telephones/{number}", post(text_message))
        .route("/topics", get(topics))
        .with_state(Notifier { sns, news: std::env::var("NEWS_TOPIC_ARN")? });
    lambda_http::run(app).await
}
