use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};

fn app() -> Router {
    let echo = |text: String| async move { text };
    Router::new()
        .route("/ping", get(|| async { "pong" }))
        .route("/echo", post(echo))
        .route("/hello/{name}", get(|Path(name): Path<String>| async move { format!("hello {name}") }))
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda_http::run(app()).await
}
