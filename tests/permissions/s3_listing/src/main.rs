use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};

#[derive(Clone)]
struct Photos {
    s3: Client,
    bucket: String,
}

impl Photos {
    fn prefix(&self, album: &str) -> String {
        format!("albums/{album}/")
    }

    async fn keys(&self, album: &str) -> Result<Vec<String>, StatusCode> {
        let mut keys = Vec::new();
        let mut token = None;
        loop {
            let page = self
                .s3
                .list_objects_v2()
                .bucket(&self.bucket)
                .prefix(self.prefix(album))
                .set_continuation_token(token)
                .send()
                .await
                .map_err(|_| StatusCode::BAD_GATEWAY)?;
            keys.extend(page.contents().iter().filter_map(|object| object.key.clone()));
            token = page.next_continuation_token;
            if token.is_none() {
                return Ok(keys);
            }
        }
    }
}

async fn album(
    State(photos): State<Photos>,
    Path(album): Path<String>,
) -> Result<Json<Vec<String>>, StatusCode> {
    photos.keys(&album).await.map(Json)
}

async fn history(State(photos): State<Photos>, Path(album): Path<String>) -> Result<Json<usize>, StatusCode> {
    let request = photos.s3.list_object_versions().bucket(&photos.bucket).prefix(photos.prefix(&album));
    let output = request.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(Json(output.versions().len()))
}

async fn ready(State(photos): State<Photos>) -> StatusCode {
    match photos.s3.head_bucket().bucket(&photos.bucket).send().await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn prefix(State(photos): State<Photos>, Path(album): Path<String>) -> String {
    format!("s3://{}/{}", photos.bucket, photos.prefix(&album))
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let s3 = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/albums/{album}", get(album))
        .route("/albums/{album}/history", get(history))
        .route("/albums/{album}/address", get(prefix))
        .route("/ready", get(ready))
        .with_state(Photos { s3, bucket: std::env::var("PHOTOS_BUCKET")? });
    lambda_http::run(app).await
}
