#[macro_use]
mod macros;
mod handlers;
mod state;

use axum::Router;
use axum::routing::get;

use state::AppState;

fn app() -> Router<AppState> {
    // A whole router as an expression.
    let items = listed!("/items", handlers::items);
    let mut app = Router::new().nest("/shop", items);
    // A statement that registers a route.
    add_route!(app, "/health" => handlers::health);
    app
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let state = AppState::from_env().await;
    lambda_http::run(app().with_state(state)).await
}
