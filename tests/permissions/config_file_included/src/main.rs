mod settings;

use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get};

use settings::Settings;

#[derive(Clone)]
struct Library {
    client: Client,
    settings: Arc<Settings>,
}

async fn book(State(library): State<Library>, Path(isbn): Path<String>) -> StatusCode {
    let request = library
        .client
        .get_item()
        .table_name(&library.settings.database.books)
        .key("isbn", AttributeValue::S(isbn));
    match request.send().await {
        Ok(output) if output.item.is_some() => StatusCode::OK,
        Ok(_) => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn give_back(State(library): State<Library>, Path(isbn): Path<String>) -> StatusCode {
    let request = library
        .client
        .delete_item()
        .table_name(&library.settings.database.loans)
        .key("isbn", AttributeValue::S(isbn));
    request.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::NO_CONTENT)
}

async fn opening_hours(State(library): State<Library>) -> String {
    library.settings.opening_hours.clone()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let library = Library { client, settings: Arc::new(Settings::embedded()?) };
    let app = Router::new()
        .route("/books/{isbn}", get(book))
        .route("/loans/{isbn}", delete(give_back))
        .route("/hours", get(opening_hours))
        .with_state(library);
    lambda_http::run(app).await
}
