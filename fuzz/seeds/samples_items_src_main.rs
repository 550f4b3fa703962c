//! The items API: five routes over one DynamoDB table, in one Lambda function.

mod error;
mod handlers;
mod model;
mod store;

use axum::Router;
use axum::routing::get;
use lambda_http::{Error, run, tracing};

use crate::handlers::{create_item, delete_item, get_item, list_items, update_item};
use crate::store::ItemStore;

/// What every handler can ask for.
#[derive(Clone)]
pub struct AppState {
    pub items: ItemStore,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();

    // The template sets ITEMS_TABLE; without it the function must not start.
    let table = std::env::var("ITEMS_TABLE")?;
    let config = aws_config::load_from_env().await;
    let client = aws_sdk_dynamodb::Client::new(&config);
    let state = AppState {
        items: ItemStore::new(client, table),
    };

    run(app(state)).await
}

/// All routes of the API.
fn app(state: AppState) -> Router {
    Router::new()
        .route("/items", get(list_items).post(create_item))
        .route(
            "/items/{id}",
            get(get_item).put(update_item).delete(delete_item),
        )
        .with_state(state)
}
