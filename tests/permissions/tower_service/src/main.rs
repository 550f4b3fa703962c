mod audit;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};

use audit::AuditLayer;

async fn pay(State(client): State<Client>, Path(id): Path<String>) -> StatusCode {
    let update = client
        .update_item()
        .table_name("bills")
        .key("id", AttributeValue::S(id))
        .update_expression("SET paid = :yes")
        .expression_attribute_values(":yes", AttributeValue::Bool(true));
    update.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::NO_CONTENT)
}

async fn bill(State(client): State<Client>, Path(id): Path<String>) -> StatusCode {
    let get = client.get_item().table_name("bills").key("id", AttributeValue::S(id));
    match get.send().await {
        Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn currency() -> &'static str {
    "EUR"
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let audit = AuditLayer::new(client.clone(), std::env::var("AUDIT_TABLE")?);
    let app = Router::new()
        .route("/bills/{id}", get(bill))
        .route("/bills/{id}/payment", put(pay).layer(audit))
        .route("/currency", get(currency))
        .with_state(client);
    lambda_http::run(app).await
}
