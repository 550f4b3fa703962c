use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{ObjectAttributes, ObjectCannedAcl};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};

const BUCKET: &str = "contracts";

fn failed<E>(_: E) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

fn key(id: &str) -> String {
    format!("contracts/{id}.pdf")
}

async fn read(State(s3): State<Client>, Path(id): Path<String>) -> Result<Bytes, StatusCode> {
    let object = s3.get_object().bucket(BUCKET).key(key(&id)).send().await.map_err(failed)?;
    object.body.collect().await.map(|body| body.into_bytes()).map_err(failed)
}

async fn read_version(
    State(s3): State<Client>,
    Path((id, version)): Path<(String, String)>,
) -> Result<Bytes, StatusCode> {
    let object = s3.get_object().bucket(BUCKET).key(key(&id)).version_id(version).send().await;
    object.map_err(failed)?.body.collect().await.map(|body| body.into_bytes()).map_err(failed)
}

async fn size(State(s3): State<Client>, Path(id): Path<String>) -> Result<String, StatusCode> {
    let head = s3.head_object().bucket(BUCKET).key(key(&id)).send().await.map_err(failed)?;
    Ok(head.content_length().unwrap_or_default().to_string())
}

async fn checksum(State(s3): State<Client>, Path(id): Path<String>) -> Result<String, StatusCode> {
    let request = s3.get_object_attributes().bucket(BUCKET).key(key(&id));
    let output = request.object_attributes(ObjectAttributes::Etag).send().await.map_err(failed)?;
    output.e_tag.ok_or(StatusCode::NOT_FOUND)
}

async fn store(State(s3): State<Client>, Path(id): Path<String>, body: Bytes) -> Result<(), StatusCode> {
    let put = s3.put_object().bucket(BUCKET).key(key(&id)).body(body.into());
    put.send().await.map(drop).map_err(failed)
}

async fn store_tagged(
    State(s3): State<Client>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<(), StatusCode> {
    let put = s3.put_object().bucket(BUCKET).key(key(&id)).tagging("kind=signed").body(body.into());
    put.send().await.map(drop).map_err(failed)
}

async fn store_public(
    State(s3): State<Client>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<(), StatusCode> {
    let put = s3.put_object().bucket(BUCKET).key(key(&id)).acl(ObjectCannedAcl::PublicRead);
    put.body(body.into()).send().await.map(drop).map_err(failed)
}

async fn name(Path(id): Path<String>) -> String {
    key(&id)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let s3 = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/contracts/{id}", get(read).put(store))
        .route("/contracts/{id}/versions/{version}", get(read_version))
        .route("/contracts/{id}/size", get(size))
        .route("/contracts/{id}/checksum", get(checksum))
        .route("/contracts/{id}/signed", put(store_tagged))
        .route("/contracts/{id}/public", put(store_public))
        .route("/contracts/{id}/name", get(name))
        .with_state(s3);
    lambda_http::run(app).await
}
