mod users;

use axum::Router;
use axum::routing::get;

fn app() -> Router {
    Router::new().route("/", get(root)).nest("/api", Router::new().nest("/users", users::router()))
}

async fn root() -> &'static str {
    "root"
}

/// Mounted nowhere.
#[allow(dead_code)]
fn unused() -> Router {
    Router::new().route("/unused", get(root))
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda_http::run(app()).await
}
