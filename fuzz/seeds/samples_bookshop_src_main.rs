//! The API of a bookshop, as one Axum application in one Lambda function.

mod config;
mod covers;
mod db;
mod error;
mod extract;
mod middleware;
mod models;
mod queue;
mod routes;
mod state;

use lambda_http::{Error, run, tracing};

use crate::config::Config;
use crate::state::AppState;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();

    let config = Config::from_env()?;
    let sdk = aws_config::load_from_env().await;
    let state = AppState::new(&sdk, &config);

    run(routes::router(state, config.allowed_origin.parse()?)).await
}
