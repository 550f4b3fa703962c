mod db;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;

const CATS: &str = "cats";
const DOGS: &str = "dogs";

async fn cat(State(client): State<Client>, Path(name): Path<String>) -> Result<String, StatusCode> {
    db::text_of(&client, CATS, &name).await
}

async fn dog(State(client): State<Client>, Path(name): Path<String>) -> Result<String, StatusCode> {
    db::text_of(&client, DOGS, &name).await
}

async fn put_dog(State(client): State<Client>, Path(name): Path<String>, text: String) -> StatusCode {
    db::write(&client, DOGS, &name, text).await
}

/// Asks for the name of a table, not for what is in it.
async fn kinds() -> String {
    [CATS, DOGS].map(describe).join("\n")
}

fn describe(table: &str) -> String {
    format!("{} are kept in {table}", table.to_uppercase())
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/cats/{name}", get(cat))
        .route("/dogs/{name}", get(dog).put(put_dog))
        .route("/kinds", get(kinds))
        .with_state(client);
    lambda_http::run(app).await
}
