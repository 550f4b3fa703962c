use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::{PresigningConfig, PresigningConfigError};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

#[derive(Clone)]
struct Files {
    client: Client,
    bucket: String,
}

fn for_minutes(minutes: u64) -> Result<PresigningConfig, PresigningConfigError> {
    PresigningConfig::expires_in(Duration::from_secs(60 * minutes))
}

impl Files {
    async fn download_url(&self, name: &str) -> Result<String, StatusCode> {
        let config = for_minutes(5).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        let request = self.client.get_object().bucket(&self.bucket).key(format!("shared/{name}"));
        let signed = request.presigned(config).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        Ok(signed.uri().to_string())
    }

    async fn upload_url(&self, name: &str) -> Result<String, StatusCode> {
        let config = for_minutes(15).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(format!("inbox/{name}"))
            .content_type("application/pdf");
        let signed = request.presigned(config).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        Ok(signed.uri().to_owned())
    }

    /// A plain address: nothing is signed.
    fn public_url(&self, name: &str) -> String {
        format!("https://{}.s3.amazonaws.com/public/{name}", self.bucket)
    }
}

async fn download(State(files): State<Files>, Path(name): Path<String>) -> Result<String, StatusCode> {
    files.download_url(&name).await
}

async fn upload(State(files): State<Files>, Path(name): Path<String>) -> Result<String, StatusCode> {
    files.upload_url(&name).await
}

async fn public(State(files): State<Files>, Path(name): Path<String>) -> String {
    files.public_url(&name)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let files = Files { client, bucket: std::env::var("FILES_BUCKET")? };
    let app = Router::new()
        .route("/downloads/{name}", get(download))
        .route("/uploads/{name}", post(upload))
        .route("/public/{name}", get(public))
        .with_state(files);
    lambda_http::run(app).await
}
