//! `/books`: everyone may look, staff may change.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;

use crate::covers::Cover;
use crate::db::books::BookRepository;
use crate::error::{AppError, Result};
use crate::middleware::auth::require_staff;
use crate::models::book::{Book, BookDetails};
use crate::models::stock::Stock;
use crate::state::AppState;

/// Covers are scans; they may be larger than any JSON that we take.
const MAX_COVER_BYTES: usize = 3 * 1024 * 1024;

pub fn router(state: &AppState) -> Router<AppState> {
    let public = Router::new()
        .route("/", get(list_books))
        .route("/featured", get(featured_books))
        .route("/search", post(search_books))
        .route("/{id}", get(get_book))
        .route("/{id}/stock", get(get_stock))
        .route("/{id}/cover", get(download_cover));

    let staff = Router::new()
        .route("/", post(create_book))
        .route("/{id}", put(update_book).delete(delete_book))
        .route(
            "/{id}/cover",
            put(upload_cover).layer(DefaultBodyLimit::max(MAX_COVER_BYTES)),
        )
        .route_layer(from_fn_with_state(state.clone(), require_staff));

    public.merge(staff)
}

/// The query of `GET /books`.
#[derive(Debug, Deserialize)]
struct ListBooks {
    category: Option<String>,
    limit: Option<usize>,
}

async fn list_books(
    State(state): State<AppState>,
    Query(query): Query<ListBooks>,
) -> Result<Json<Vec<Book>>> {
    let mut books = state.books.list().await?;
    if let Some(category) = &query.category {
        books.retain(|book| book.category == *category);
    }
    books.truncate(query.limit.unwrap_or(usize::MAX));
    Ok(Json(books))
}

async fn featured_books(State(state): State<AppState>) -> Result<Json<Vec<Book>>> {
    Ok(Json(state.books.featured().await?))
}

/// The body of `POST /books/search`. All that is given must hold.
#[derive(Debug, Default, Deserialize)]
struct Search {
    #[serde(default)]
    text: String,
    max_price: Option<u64>,
}

async fn search_books(
    State(state): State<AppState>,
    Json(search): Json<Search>,
) -> Result<Json<Vec<Book>>> {
    Ok(Json(find_books(state.books.as_ref(), &search).await?))
}

/// The search itself, apart from HTTP.
async fn find_books(books: &dyn BookRepository, search: &Search) -> Result<Vec<Book>> {
    let wanted = search.text.to_lowercase();
    let mut found = books.list().await?;
    found.retain(|book| {
        let named = book.title.to_lowercase().contains(&wanted)
            || book.author.to_lowercase().contains(&wanted);
        named && search.max_price.is_none_or(|max| book.price <= max)
    });
    Ok(found)
}

async fn get_book(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<Book>> {
    let book = state.books.find(&id).await?;
    Ok(Json(book.ok_or(AppError::NotFound("book"))?))
}

async fn get_stock(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<Stock>> {
    let stock = state.stock.find(&id).await?;
    Ok(Json(stock.ok_or(AppError::NotFound("book"))?))
}

async fn create_book(
    State(state): State<AppState>,
    Json(book): Json<Book>,
) -> Result<impl IntoResponse> {
    book.validate()?;
    state.books.insert(&book).await?;
    Ok((StatusCode::CREATED, Json(book)))
}

async fn update_book(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Json(details): Json<BookDetails>,
) -> Result<Json<Book>> {
    let book = details.with_id(id);
    book.validate()?;
    state.books.replace(&book).await?;
    Ok(Json(book))
}

async fn delete_book(State(state): State<AppState>, Path(id): Path<String>) -> Result<StatusCode> {
    if state.books.remove(&id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(AppError::NotFound("book"))
    }
}

async fn upload_cover(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    image: Bytes,
) -> Result<StatusCode> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .filter(|content_type| content_type.starts_with("image/"))
        .ok_or_else(|| AppError::Invalid("a cover is an image".to_owned()))?
        .to_owned();
    // A cover without a book would never be found again.
    if state.books.find(&id).await?.is_none() {
        return Err(AppError::NotFound("book"));
    }
    let cover = Cover {
        content_type,
        image,
    };
    state.covers.put(&id, cover).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn download_cover(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse> {
    let cover = state.covers.get(&id).await?;
    let cover = cover.ok_or(AppError::NotFound("cover"))?;
    let headers = [
        (CONTENT_TYPE, cover.content_type),
        (CACHE_CONTROL, "public, max-age=3600".to_owned()),
    ];
    Ok((headers, cover.image))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::books::in_memory::InMemoryBooks;

    fn book(id: &str, title: &str, author: &str, price: u64) -> Book {
        Book {
            id: id.to_owned(),
            title: title.to_owned(),
            author: author.to_owned(),
            category: "novel".to_owned(),
            price,
            featured: false,
        }
    }

    fn shelf() -> InMemoryBooks {
        InMemoryBooks::with([
            book("dune", "Dune", "Frank Herbert", 1200),
            book("emma", "Emma", "Jane Austen", 900),
            book("persuasion", "Persuasion", "Jane Austen", 800),
        ])
    }

    async fn ids(search: Search) -> Vec<String> {
        let found = find_books(&shelf(), &search).await.unwrap();
        found.into_iter().map(|book| book.id).collect()
    }

    #[tokio::test]
    async fn a_search_looks_at_titles_and_authors() {
        let search = Search {
            text: "AUSTEN".to_owned(),
            ..Search::default()
        };
        assert_eq!(ids(search).await, ["emma", "persuasion"]);
    }

    #[tokio::test]
    async fn a_search_may_be_limited_by_price() {
        let search = Search {
            max_price: Some(900),
            ..Search::default()
        };
        assert_eq!(ids(search).await, ["emma", "persuasion"]);
    }

    #[tokio::test]
    async fn a_book_is_added_once() {
        let shelf = shelf();
        let added = shelf
            .insert(&book("emma", "Emma", "Jane Austen", 900))
            .await;
        assert!(matches!(added, Err(AppError::Conflict(_))));
    }
}
