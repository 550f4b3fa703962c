mod store;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;

use store::{Store, StoreBuilder};

#[derive(Clone)]
struct Stores {
    songs: Store,
    albums: Store,
}

async fn song(State(stores): State<Stores>, Path(id): Path<String>) -> Result<String, StatusCode> {
    stores.songs.size_of(&id).await.map(|size| size.to_string())
}

async fn album_songs(State(stores): State<Stores>, Path(id): Path<String>) -> Result<String, StatusCode> {
    stores.songs.count_by_owner(&id).await.map(|count| count.to_string())
}

async fn album(State(stores): State<Stores>, Path(id): Path<String>) -> Result<String, StatusCode> {
    stores.albums.size_of(&id).await.map(|size| size.to_string())
}

async fn label(State(stores): State<Stores>) -> String {
    stores.albums.label().to_owned()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let songs = StoreBuilder::new(client.clone()).table("songs").owner_index("by-album").build();
    // Configured, never built.
    let _drafts = StoreBuilder::new(client.clone()).table("drafts");
    let albums = Store::builder(client).label("Albums").table("albums").build();
    let app = Router::new()
        .route("/songs/{id}", get(song))
        .route("/albums/{id}/songs", get(album_songs))
        .route("/albums/{id}", get(album))
        .route("/label", get(label))
        .with_state(Stores { songs, albums });
    lambda_http::run(app).await
}
