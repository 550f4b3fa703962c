use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use axum::http::StatusCode;
use serde::Deserialize;

pub const BANK: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/bank-AbCdEf";

#[derive(Deserialize)]
pub struct Credentials {
    pub user: String,
    pub password: String,
}

#[derive(Clone)]
pub struct Secrets {
    client: Client,
    mailer: String,
}

impl Secrets {
    pub fn new(config: &SdkConfig, mailer: String) -> Self {
        Self { client: Client::new(config), mailer }
    }

    pub async fn text(&self, id: &str) -> Result<String, StatusCode> {
        let output = self.client.get_secret_value().secret_id(id).send().await;
        output.ok().and_then(|output| output.secret_string).ok_or(StatusCode::BAD_GATEWAY)
    }

    pub async fn mailer(&self) -> Result<Credentials, StatusCode> {
        let text = self.text(&self.mailer).await?;
        serde_json::from_str(&text).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub async fn keys(&self) -> Result<Vec<String>, StatusCode> {
        let batch = self.client.batch_get_secret_value();
        let batch = batch.secret_id_list("shop/key-a").secret_id_list("shop/key-b");
        let output = batch.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
        Ok(output.secret_values().iter().filter_map(|value| value.secret_string.clone()).collect())
    }
}
