use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::types::ServerSideEncryption;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};

#[derive(Clone)]
struct Vault {
    s3: Client,
    key_id: String,
}

impl Vault {
    fn object(&self, area: &str, id: &str, body: Bytes) -> PutObjectFluentBuilder {
        self.s3.put_object().bucket("vault").key(format!("{area}/{id}")).body(body.into())
    }
}

async fn secret(State(vault): State<Vault>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    let put = vault
        .object("secret", &id, body)
        .server_side_encryption(ServerSideEncryption::AwsKms)
        .ssekms_key_id(&vault.key_id);
    put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
}

async fn plain(State(vault): State<Vault>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    let put = vault.object("plain", &id, body).server_side_encryption(ServerSideEncryption::Aes256);
    put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
}

async fn key(State(vault): State<Vault>) -> String {
    vault.key_id
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let s3 = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/secret/{id}", put(secret))
        .route("/plain/{id}", put(plain))
        .route("/key", get(key))
        .with_state(Vault { s3, key_id: std::env::var("VAULT_KEY_ID")? });
    lambda_http::run(app).await
}
