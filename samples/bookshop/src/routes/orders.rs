//! `/orders`: what the signed-in customer has bought.

use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::error::{AppError, Result};
use crate::extract::SignedIn;
use crate::models::customer::Customer;
use crate::models::order::{NewOrder, Order, OrderLine, OrderStatus};
use crate::models::session::Session;
use crate::state::AppState;

pub fn router() -> Router<AppState> {
    Router::new()
        .route("/", get(list_orders).post(place_order))
        .route("/{id}", get(get_order))
        .route("/{id}/cancel", post(cancel_order))
        .route("/{id}/invoice", get(get_invoice))
}

async fn list_orders(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
) -> Result<Json<Vec<Order>>> {
    Ok(Json(state.orders.of_customer(&session.customer_id).await?))
}

async fn place_order(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Json(new): Json<NewOrder>,
) -> Result<impl IntoResponse> {
    new.validate()?;
    let mut lines = Vec::with_capacity(new.lines.len());
    for line in new.lines {
        let book = state.books.find(&line.book_id).await?;
        let book =
            book.ok_or_else(|| AppError::Invalid(format!("we do not sell {}", line.book_id)))?;
        lines.push(OrderLine {
            book_id: line.book_id,
            quantity: line.quantity,
            price: book.price,
        });
    }
    // A number is lost when the stock does not suffice. That is fine, it only has to be unique.
    let number = state.counters.next("orders").await?;
    let order = Order::place(number, &session.customer_id, lines);
    state.orders.place(&order).await?;
    state.queue.send(&order.id, order.status).await?;
    let location = [(LOCATION, format!("/orders/{}", order.id))];
    Ok((StatusCode::CREATED, location, Json(order)))
}

async fn get_order(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Order>> {
    Ok(Json(own_order(&state, &session, &id).await?))
}

async fn cancel_order(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Order>> {
    let order = own_order(&state, &session, &id).await?;
    // Once packed it is too late. The warehouse puts the books back when it hears of it.
    let order = state
        .orders
        .set_status(
            &order.id,
            &[OrderStatus::Placed],
            OrderStatus::Cancelled,
            &session.customer_id,
        )
        .await?;
    state.queue.send(&order.id, order.status).await?;
    Ok(Json(order))
}

async fn get_invoice(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Path(id): Path<String>,
) -> Result<String> {
    let order = own_order(&state, &session, &id).await?;
    let customer = state.customers.find(&order.customer_id).await?;
    let customer = customer.ok_or(AppError::NotFound("customer"))?;
    Ok(invoice(&order, &customer))
}

/// The order, if it is the caller's. Someone else's looks like none at all.
async fn own_order(state: &AppState, session: &Session, id: &str) -> Result<Order> {
    let order = state.orders.find(id).await?;
    order
        .filter(|order| order.customer_id == session.customer_id)
        .ok_or(AppError::NotFound("order"))
}

/// An invoice as plain text.
fn invoice(order: &Order, customer: &Customer) -> String {
    let mut text = format!(
        "Invoice for {}\n{} <{}>\n\n",
        order.id, customer.name, customer.email
    );
    for line in &order.lines {
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "{:>3} x {:<30} {:>8}",
            line.quantity,
            line.book_id,
            euros(line.price * line.quantity)
        );
    }
    let _ = writeln!(text, "\n{:<36} {:>8}", "Total", euros(order.total));
    text
}

/// Cents as people read them.
fn euros(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_have_two_digits() {
        assert_eq!(euros(5), "0.05");
        assert_eq!(euros(123_456), "1234.56");
    }

    #[test]
    fn an_invoice_names_the_customer_and_the_total() {
        let customer = Customer {
            id: "ada".to_owned(),
            name: "Ada".to_owned(),
            email: "ada@example.com".to_owned(),
        };
        let lines = vec![OrderLine {
            book_id: "emma".to_owned(),
            quantity: 2,
            price: 950,
        }];
        let text = invoice(&Order::place(1, "ada", lines), &customer);
        assert!(text.contains("Ada <ada@example.com>"));
        assert!(text.trim_end().ends_with("19.00"));
    }
}
