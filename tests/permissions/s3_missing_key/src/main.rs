use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectError;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, head};

#[derive(Clone)]
struct Avatars {
    s3: Client,
    bucket: String,
}

async fn avatar(State(avatars): State<Avatars>, Path(id): Path<String>) -> Result<Bytes, StatusCode> {
    let get = avatars.s3.get_object().bucket(&avatars.bucket).key(format!("avatars/{id}"));
    let object = get.send().await.map_err(|error| match error.into_service_error() {
        GetObjectError::NoSuchKey(_) => StatusCode::NOT_FOUND,
        _ => StatusCode::BAD_GATEWAY,
    })?;
    object.body.collect().await.map(|body| body.into_bytes()).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn has_banner(State(avatars): State<Avatars>, Path(id): Path<String>) -> StatusCode {
    match avatars.s3.head_object().bucket(&avatars.bucket).key(format!("banners/{id}")).send().await {
        Ok(_) => StatusCode::OK,
        Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => {
            StatusCode::NOT_FOUND
        }
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

/// Any error is one answer, so a refusal and a missing object look alike.
async fn logo(State(avatars): State<Avatars>) -> Result<Bytes, StatusCode> {
    let get = avatars.s3.get_object().bucket(&avatars.bucket).key("logo.svg");
    let object = get.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    object.body.collect().await.map(|body| body.into_bytes()).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn style() -> &'static str {
    "round"
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let s3 = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/avatars/{id}", get(avatar))
        .route("/banners/{id}", head(has_banner))
        .route("/logo", get(logo))
        .route("/style", get(style))
        .with_state(Avatars { s3, bucket: std::env::var("AVATARS_BUCKET")? });
    lambda_http::run(app).await
}
