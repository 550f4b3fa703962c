mod events;

use aws_config::BehaviorVersion;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};

use events::{Events, OrderPlaced};

async fn place(State(events): State<Events>, Json(order): Json<OrderPlaced>) -> StatusCode {
    events.order_placed(&order).await.map_or(StatusCode::BAD_GATEWAY, |()| StatusCode::CREATED)
}

async fn cancel(State(events): State<Events>, Path(id): Path<String>) -> StatusCode {
    events.order_cancelled(&id).await.map_or(StatusCode::BAD_GATEWAY, |()| StatusCode::NO_CONTENT)
}

async fn refresh(State(events): State<Events>) -> StatusCode {
    events.refresh().await.map_or(StatusCode::BAD_GATEWAY, |()| StatusCode::ACCEPTED)
}

/// What an event would look like.
async fn sample() -> Result<String, StatusCode> {
    let order = OrderPlaced { id: "1".to_owned(), total: 100 };
    let entry = events::entry("OrderPlaced", &order).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(format!("{:?}", entry.event_bus_name("samples").build()))
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let events = Events::new(&config, std::env::var("ORDERS_BUS")?);
    let app = Router::new()
        .route("/orders", post(place))
        .route("/orders/{id}/cancellation", post(cancel))
        .route("/refresh", post(refresh))
        .route("/sample", get(sample))
        .with_state(events);
    lambda_http::run(app).await
}
