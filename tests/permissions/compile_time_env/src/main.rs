use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};

/// The package gives the table its name.
const SESSIONS: &str = concat!(env!("CARGO_PKG_NAME"), "-sessions");

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Set by the build of each stage.
fn devices_table() -> &'static str {
    option_env!("DEVICES_TABLE").unwrap_or("devices-dev")
}

async fn session(State(client): State<Client>, Path(id): Path<String>) -> StatusCode {
    let output = client.get_item().table_name(SESSIONS).key("id", AttributeValue::S(id)).send().await;
    match output {
        Ok(output) if output.item().is_some() => StatusCode::OK,
        Ok(_) => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn register(State(client): State<Client>, Path(id): Path<String>) -> StatusCode {
    let output = client
        .put_item()
        .table_name(devices_table())
        .item("id", AttributeValue::S(id))
        .condition_expression("attribute_not_exists(id)")
        .send()
        .await;
    match output {
        Ok(_) => StatusCode::CREATED,
        Err(_) => StatusCode::CONFLICT,
    }
}

async fn version() -> &'static str {
    VERSION
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/sessions/{id}", get(session))
        .route("/devices/{id}", put(register))
        .route("/version", get(version))
        .with_state(client);
    lambda_http::run(app).await
}
