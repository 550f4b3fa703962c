mod catalog;

use aws_config::BehaviorVersion;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;

use catalog::{Built, Catalog, Stored};

#[derive(Clone)]
struct Shelf<C> {
    catalog: C,
}

impl<C: Catalog> Shelf<C> {
    async fn title(&self, id: &str) -> Result<String, StatusCode> {
        match self.catalog.title(id).await {
            Ok(Some(title)) => Ok(title),
            Ok(None) => Err(StatusCode::NOT_FOUND),
            Err(()) => Err(StatusCode::BAD_GATEWAY),
        }
    }
}

async fn title<C: Catalog>(
    State(shelf): State<Shelf<C>>,
    Path(id): Path<String>,
) -> Result<String, StatusCode> {
    shelf.title(&id).await
}

async fn length<C>(State(shelf): State<Shelf<C>>, Path(id): Path<String>) -> Result<String, StatusCode>
where
    C: Catalog,
{
    shelf.title(&id).await.map(|title| title.len().to_string())
}

fn shelf<C: Catalog>(catalog: C) -> Router {
    Router::new()
        .route("/{id}", get(title::<C>))
        .route("/{id}/length", get(length::<C>))
        .with_state(Shelf { catalog })
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let stored = Stored::new(&config, "maps");
    let app = Router::new().nest("/maps", shelf(stored)).nest("/classics", shelf(Built));
    lambda_http::run(app).await
}
