use aws_config::BehaviorVersion;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};

#[derive(Clone)]
struct Crypto {
    kms: Client,
    current: String,
    previous: String,
}

fn failed<E>(_: E) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

fn bytes(blob: Option<Blob>) -> Result<Vec<u8>, StatusCode> {
    blob.map(Blob::into_inner).ok_or(StatusCode::BAD_GATEWAY)
}

async fn encrypt(State(crypto): State<Crypto>, body: Bytes) -> Result<Vec<u8>, StatusCode> {
    let request = crypto.kms.encrypt().key_id(&crypto.current).plaintext(Blob::new(body));
    bytes(request.send().await.map_err(failed)?.ciphertext_blob)
}

async fn decrypt(State(crypto): State<Crypto>, body: Bytes) -> Result<Vec<u8>, StatusCode> {
    let request = crypto.kms.decrypt().key_id(&crypto.current).ciphertext_blob(Blob::new(body));
    bytes(request.send().await.map_err(failed)?.plaintext)
}

async fn data_key(State(crypto): State<Crypto>) -> Result<Vec<u8>, StatusCode> {
    let request = crypto.kms.generate_data_key().key_id(&crypto.current).key_spec(DataKeySpec::Aes256);
    bytes(request.send().await.map_err(failed)?.ciphertext_blob)
}

async fn renew(State(crypto): State<Crypto>, body: Bytes) -> Result<Vec<u8>, StatusCode> {
    let request = crypto
        .kms
        .re_encrypt()
        .ciphertext_blob(Blob::new(body))
        .source_key_id(&crypto.previous)
        .destination_key_id(&crypto.current);
    bytes(request.send().await.map_err(failed)?.ciphertext_blob)
}

async fn random(State(crypto): State<Crypto>) -> Result<Vec<u8>, StatusCode> {
    bytes(crypto.kms.generate_random().number_of_bytes(16).send().await.map_err(failed)?.plaintext)
}

async fn key(State(crypto): State<Crypto>) -> String {
    crypto.current
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let kms = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let crypto = Crypto { kms, current: std::env::var("KEY_ID")?, previous: std::env::var("OLD_KEY_ID")? };
    let app = Router::new()
        .route("/encrypted", post(encrypt))
        .route("/decrypted", post(decrypt))
        .route("/data-keys", post(data_key))
        .route("/renewed", post(renew))
        .route("/random", get(random))
        .route("/key", get(key))
        .with_state(crypto);
    lambda_http::run(app).await
}
