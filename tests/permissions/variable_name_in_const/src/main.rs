mod settings;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, patch};

use settings::Settings;

#[derive(Clone)]
struct App {
    db: Client,
    settings: Settings,
}

async fn rename(State(app): State<App>, Path(id): Path<String>, name: String) -> StatusCode {
    let update = app
        .db
        .update_item()
        .table_name(&app.settings.members)
        .key("id", AttributeValue::S(id))
        .update_expression("SET #n = :n")
        .condition_expression("attribute_exists(id)")
        .expression_attribute_names("#n", "name")
        .expression_attribute_values(":n", AttributeValue::S(name));
    match update.send().await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
            StatusCode::NOT_FOUND
        }
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn log_of(State(app): State<App>, Path(id): Path<String>) -> Result<String, StatusCode> {
    let page = app
        .db
        .query()
        .table_name(app.settings.journal.as_str())
        .key_condition_expression("member = :m")
        .expression_attribute_values(":m", AttributeValue::S(id))
        .send()
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(page.count.to_string())
}

async fn limits(State(app): State<App>) -> String {
    app.settings.max_members.to_string()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let settings = Settings::read()?;
    let db = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/members/{id}/name", patch(rename))
        .route("/members/{id}/log", get(log_of))
        .route("/limits", get(limits))
        .with_state(App { db, settings });
    lambda_http::run(app).await
}
