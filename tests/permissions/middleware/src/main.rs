mod guard;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::get;

#[derive(Clone)]
pub struct App {
    pub dynamo: aws_sdk_dynamodb::Client,
    pub sqs: aws_sdk_sqs::Client,
    pub usage_queue: String,
}

impl App {
    async fn exists(&self, table: &str, id: String) -> StatusCode {
        let get = self.dynamo.get_item().table_name(table).key("id", AttributeValue::S(id));
        match get.send().await {
            Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
            Err(_) => StatusCode::BAD_GATEWAY,
        }
    }
}

async fn letter(State(app): State<App>, Path(id): Path<String>) -> StatusCode {
    app.exists("letters", id).await
}

async fn parcel(State(app): State<App>, Path(id): Path<String>) -> StatusCode {
    app.exists("parcels", id).await
}

async fn health() -> &'static str {
    "ok"
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let state = App {
        dynamo: aws_sdk_dynamodb::Client::new(&config),
        sqs: aws_sdk_sqs::Client::new(&config),
        usage_queue: std::env::var("USAGE_QUEUE_URL")?,
    };
    let letters = Router::new()
        .route("/letters/{id}", get(letter))
        .route_layer(from_fn_with_state(state.clone(), guard::require_session));
    let parcels = Router::new()
        .route("/parcels/{id}", get(parcel))
        .layer(from_fn_with_state(state.clone(), guard::count_usage))
        .route("/parcels", get(health));
    let dynamo = state.dynamo.clone();
    let postcards = get(health).layer(from_fn(move |request: Request, next: Next| {
        let dynamo = dynamo.clone();
        async move {
            let scan = dynamo.scan().table_name("postcards").send();
            if scan.await.is_err() {
                StatusCode::BAD_GATEWAY.into_response()
            } else {
                next.run(request).await
            }
        }
    }));
    let app = Router::new()
        .route("/postcards", postcards)
        .merge(letters)
        .merge(parcels)
        .route("/health", get(health))
        .layer(from_fn(guard::add_header))
        .with_state(state);
    lambda_http::run(app).await
}
