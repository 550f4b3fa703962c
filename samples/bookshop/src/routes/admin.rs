//! `/admin`: the back office. All of it is for staff.

use axum::extract::{Path, State};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, put};
use axum::{Extension, Json, Router};
use serde::{Deserialize, Serialize};

use crate::error::{AppError, Result};
use crate::middleware::auth::require_staff;
use crate::models::order::{Order, OrderStatus};
use crate::models::session::Session;
use crate::models::stock::{Stock, StockUpdate};
use crate::state::AppState;

pub fn router(state: &AppState) -> Router<AppState> {
    Router::new()
        .route("/stats", get(get_stats))
        .nest("/stock", stock_router())
        .route("/orders", get(list_all_orders))
        .route("/orders/{id}/status", put(set_order_status))
        .route_layer(from_fn_with_state(state.clone(), require_staff))
}

fn stock_router() -> Router<AppState> {
    Router::new()
        .route("/", get(list_stock))
        .route("/{id}", put(set_stock))
}

/// The answer of `GET /admin/stats`.
#[derive(Debug, Serialize)]
struct Stats {
    books: usize,
    orders: u64,
}

async fn get_stats(State(state): State<AppState>) -> Result<Json<Stats>> {
    Ok(Json(Stats {
        books: state.books.list().await?.len(),
        orders: state.orders.count().await?,
    }))
}

async fn list_stock(State(state): State<AppState>) -> Result<Json<Vec<Stock>>> {
    Ok(Json(state.stock.list().await?))
}

async fn set_stock(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Json(update): Json<StockUpdate>,
) -> Result<Json<Stock>> {
    if state.books.find(&id).await?.is_none() {
        return Err(AppError::NotFound("book"));
    }
    let stock = Stock {
        book_id: id,
        quantity: update.quantity,
    };
    state.stock.set(&stock).await?;
    Ok(Json(stock))
}

async fn list_all_orders(State(state): State<AppState>) -> Result<Json<Vec<Order>>> {
    Ok(Json(state.orders.list().await?))
}

/// The body of `PUT /admin/orders/{id}/status`.
#[derive(Debug, Deserialize)]
struct StatusUpdate {
    status: OrderStatus,
}

async fn set_order_status(
    State(state): State<AppState>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
    Json(update): Json<StatusUpdate>,
) -> Result<Json<Order>> {
    let before = allowed_before(update.status);
    if before.is_empty() {
        let message = format!("nobody can make an order {}", update.status);
        return Err(AppError::Invalid(message));
    }
    let order = state
        .orders
        .set_status(&id, before, update.status, &session.customer_id)
        .await?;
    state.queue.send(&order.id, order.status).await?;
    Ok(Json(order))
}

/// The states from which an order may move to `status`. Nothing moves back.
fn allowed_before(status: OrderStatus) -> &'static [OrderStatus] {
    match status {
        OrderStatus::Placed => &[],
        OrderStatus::Packed => &[OrderStatus::Placed],
        OrderStatus::Shipped => &[OrderStatus::Packed],
        OrderStatus::Cancelled => &[OrderStatus::Placed, OrderStatus::Packed],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_back() {
        assert!(allowed_before(OrderStatus::Placed).is_empty());
        assert!(!allowed_before(OrderStatus::Packed).contains(&OrderStatus::Shipped));
        assert!(!allowed_before(OrderStatus::Cancelled).contains(&OrderStatus::Shipped));
    }
}
