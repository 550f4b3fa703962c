use std::env;

use aws_config::BehaviorVersion;
use lambda_http::Error;
use serde::Deserialize;
use tokio_postgres::{Client, Config, NoTls};

/// As Secrets Manager keeps the credentials of a database.
#[derive(Deserialize)]
struct Credentials {
    host: String,
    username: String,
    password: String,
}

async fn credentials() -> Result<Credentials, Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = aws_sdk_secretsmanager::Client::new(&config);
    let secret = client.get_secret_value().secret_id(env::var("DB_SECRET_ARN")?).send().await?;
    let text = secret.secret_string().ok_or("the secret is no text")?;
    Ok(serde_json::from_str(text)?)
}

pub async fn connect() -> Result<Client, Error> {
    let credentials = credentials().await?;
    let (client, connection) = Config::new()
        .host(credentials.host)
        .user(credentials.username)
        .password(credentials.password)
        .dbname("atlas")
        .connect(NoTls)
        .await?;
    tokio::spawn(connection);
    Ok(client)
}
