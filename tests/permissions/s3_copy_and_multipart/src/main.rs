mod upload;

use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

#[derive(Clone)]
pub struct Media {
    pub s3: Client,
    pub incoming: String,
    pub published: String,
}

/// Moves a clip to where the world can see it.
async fn publish(State(media): State<Media>, Path(name): Path<String>) -> StatusCode {
    let copy = media
        .s3
        .copy_object()
        .copy_source(format!("{}/clips/{name}", media.incoming))
        .bucket(&media.published)
        .key(format!("public/{name}"));
    if copy.send().await.is_err() {
        return StatusCode::BAD_GATEWAY;
    }
    let delete = media.s3.delete_object().bucket(&media.incoming).key(format!("clips/{name}"));
    delete.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::NO_CONTENT)
}

async fn upload(State(media): State<Media>, Path(name): Path<String>, body: Bytes) -> StatusCode {
    match upload::in_parts(&media.s3, &media.incoming, &format!("clips/{name}"), body).await {
        Ok(()) => StatusCode::CREATED,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn parts(Path(size): Path<usize>) -> String {
    upload::parts_of(size).to_string()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let s3 = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let media = Media {
        s3,
        incoming: std::env::var("INCOMING_BUCKET")?,
        published: std::env::var("PUBLISHED_BUCKET")?,
    };
    let app = Router::new()
        .route("/clips/{name}", post(upload))
        .route("/clips/{name}/publication", post(publish))
        .route("/parts/{size}", get(parts))
        .with_state(media);
    lambda_http::run(app).await
}
