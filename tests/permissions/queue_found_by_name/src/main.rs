use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};

#[derive(Clone)]
struct Outbox {
    sqs: Client,
    name: String,
}

impl Outbox {
    async fn url(&self) -> Result<String, StatusCode> {
        let output = self.sqs.get_queue_url().queue_name(&self.name).send().await;
        output.ok().and_then(|output| output.queue_url).ok_or(StatusCode::BAD_GATEWAY)
    }
}

async fn send(State(outbox): State<Outbox>, body: String) -> Result<StatusCode, StatusCode> {
    let url = outbox.url().await?;
    let sent = outbox.sqs.send_message().queue_url(url).message_body(body).send().await;
    sent.map(|_| StatusCode::ACCEPTED).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn name(State(outbox): State<Outbox>) -> String {
    outbox.name
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let sqs = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/messages", post(send))
        .route("/name", get(name))
        .with_state(Outbox { sqs, name: std::env::var("OUTBOX_QUEUE_NAME")? });
    lambda_http::run(app).await
}
