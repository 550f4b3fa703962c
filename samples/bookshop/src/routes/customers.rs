//! `/customers`: people look after themselves under `me`, staff look after everyone.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{delete, get, post};
use axum::{Json, Router};

use crate::error::{AppError, Result};
use crate::extract::SignedIn;
use crate::middleware::auth::require_staff;
use crate::models::customer::{Customer, CustomerUpdate, validate_contact};
use crate::models::order::Order;
use crate::state::AppState;

pub fn router(state: &AppState) -> Router<AppState> {
    let staff = Router::new()
        .route("/{id}", get(get_customer).delete(delete_customer))
        .route("/{id}/orders", get(orders_of_customer))
        .route_layer(from_fn_with_state(state.clone(), require_staff));

    Router::new()
        .route("/", post(register))
        .route("/me", get(get_me).put(update_me))
        .route("/me/session", delete(sign_out))
        .merge(staff)
}

async fn register(
    State(state): State<AppState>,
    Json(customer): Json<Customer>,
) -> Result<impl IntoResponse> {
    customer.validate()?;
    state.customers.insert(&customer).await?;
    Ok((StatusCode::CREATED, Json(customer)))
}

async fn get_me(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
) -> Result<Json<Customer>> {
    find(&state, &session.customer_id).await
}

async fn update_me(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Json(update): Json<CustomerUpdate>,
) -> Result<Json<Customer>> {
    validate_contact(&update.name, &update.email)?;
    let customer = state
        .customers
        .update(&session.customer_id, &update)
        .await?;
    Ok(Json(customer))
}

async fn sign_out(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
) -> Result<impl IntoResponse> {
    state.sessions.end(&session).await?;
    // The browser forgets the cookie as well.
    let cookie = [(SET_COOKIE, "session=; Path=/; Max-Age=0; HttpOnly")];
    Ok((StatusCode::NO_CONTENT, cookie))
}

async fn get_customer(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Customer>> {
    find(&state, &id).await
}

async fn delete_customer(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    if state.customers.remove(&id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(AppError::NotFound("customer"))
    }
}

async fn orders_of_customer(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Vec<Order>>> {
    Ok(Json(state.orders.of_customer(&id).await?))
}

async fn find(state: &AppState, id: &str) -> Result<Json<Customer>> {
    let customer = state.customers.find(id).await?;
    Ok(Json(customer.ok_or(AppError::NotFound("customer"))?))
}
