use aws_config::SdkConfig;
use lambda_http::Error;
use tokio::sync::OnceCell;

static SIGNING_KEY: OnceCell<String> = OnceCell::const_new();

/// The text that the operators can change.
pub async fn greeting(config: &SdkConfig) -> Result<String, Error> {
    let client = aws_sdk_ssm::Client::new(config);
    let output = client.get_parameter().name("/hotel/greeting").send().await?;
    let parameter = output.parameter.and_then(|parameter| parameter.value);
    parameter.ok_or_else(|| "the greeting has no value".into())
}

pub async fn signing_key(config: &SdkConfig) -> Result<&'static str, Error> {
    let key = SIGNING_KEY.get_or_try_init(|| fetch(config)).await?;
    Ok(key)
}

async fn fetch(config: &SdkConfig) -> Result<String, Error> {
    let client = aws_sdk_secretsmanager::Client::new(config);
    let output = client.get_secret_value().secret_id("hotel/signing-key").send().await?;
    output.secret_string.ok_or_else(|| "the key is no text".into())
}
