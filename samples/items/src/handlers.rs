//! One function per route.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::AppState;
use crate::error::AppError;
use crate::model::{Item, ItemUpdate};

/// `GET /items`
pub async fn list_items(State(state): State<AppState>) -> Result<Json<Vec<Item>>, AppError> {
    Ok(Json(state.items.list().await?))
}

/// `POST /items`
pub async fn create_item(
    State(state): State<AppState>,
    Json(item): Json<Item>,
) -> Result<(StatusCode, Json<Item>), AppError> {
    check(&item.id, &item.name)?;
    state.items.put(&item).await?;
    Ok((StatusCode::CREATED, Json(item)))
}

/// `GET /items/{id}`
pub async fn get_item(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Item>, AppError> {
    match state.items.get(&id).await? {
        Some(item) => Ok(Json(item)),
        None => Err(AppError::NotFound(id)),
    }
}

/// `PUT /items/{id}`
pub async fn update_item(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Json(update): Json<ItemUpdate>,
) -> Result<Json<Item>, AppError> {
    check(&id, &update.name)?;
    // An update never creates: that is what POST is for.
    if state.items.get(&id).await?.is_none() {
        return Err(AppError::NotFound(id));
    }
    let item = Item {
        id,
        name: update.name,
        quantity: update.quantity,
    };
    state.items.put(&item).await?;
    Ok(Json(item))
}

/// `DELETE /items/{id}`
pub async fn delete_item(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, AppError> {
    if state.items.delete(&id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(AppError::NotFound(id))
    }
}

/// Both writing handlers want an id and a name that say something.
fn check(id: &str, name: &str) -> Result<(), AppError> {
    if id.trim().is_empty() {
        return Err(AppError::Invalid("an item needs an id"));
    }
    if name.trim().is_empty() {
        return Err(AppError::Invalid("an item needs a name"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_ids_and_names_are_refused() {
        assert!(check("lamp", "Desk lamp").is_ok());
        assert!(check(" ", "Desk lamp").is_err());
        assert!(check("lamp", "").is_err());
    }
}
