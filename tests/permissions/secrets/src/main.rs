mod secrets;

use aws_config::BehaviorVersion;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use secrets::Secrets;

/// A keyed checksum, so that the secret itself is shown to nobody.
fn checksum(text: &str) -> String {
    text.bytes().fold(0u32, |sum, byte| sum.rotate_left(5) ^ u32::from(byte)).to_string()
}

async fn partner(State(secrets): State<Secrets>) -> Result<String, StatusCode> {
    secrets.text("shop/partner-token").await.map(|text| checksum(&text))
}

async fn mailer(State(secrets): State<Secrets>) -> Result<String, StatusCode> {
    let credentials = secrets.mailer().await?;
    Ok(checksum(&credentials.password) + &credentials.user)
}

async fn bank(State(secrets): State<Secrets>) -> Result<String, StatusCode> {
    secrets.text(secrets::BANK).await.map(|text| checksum(&text))
}

async fn both(State(secrets): State<Secrets>) -> Result<String, StatusCode> {
    secrets.keys().await.map(|keys| keys.len().to_string())
}

async fn names() -> &'static str {
    "shop/partner-token, shop/key-a, shop/key-b"
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let secrets = Secrets::new(&config, std::env::var("MAILER_SECRET_ID")?);
    let app = Router::new()
        .route("/partner", get(partner))
        .route("/mailer", get(mailer))
        .route("/bank", get(bank))
        .route("/keys", get(both))
        .route("/names", get(names))
        .with_state(secrets);
    lambda_http::run(app).await
}
