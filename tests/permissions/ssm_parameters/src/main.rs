use aws_config::BehaviorVersion;
use aws_sdk_ssm::Client;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};

#[derive(Clone)]
struct Settings {
    ssm: Client,
    prefix: String,
}

fn failed<E>(_: E) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

impl Settings {
    async fn one(&self, name: impl Into<String>) -> Result<String, StatusCode> {
        let output = self.ssm.get_parameter().name(name).send().await.map_err(failed)?;
        output.parameter.and_then(|parameter| parameter.value).ok_or(StatusCode::NOT_FOUND)
    }
}

async fn banner(State(settings): State<Settings>) -> Result<String, StatusCode> {
    settings.one("/site/banner").await
}

async fn flag(State(settings): State<Settings>, Path(flag): Path<String>) -> Result<String, StatusCode> {
    settings.one(format!("{}/flags/{flag}", settings.prefix)).await
}

async fn pair(State(settings): State<Settings>) -> Result<String, StatusCode> {
    let request = settings.ssm.get_parameters().names("min-version").names("max-version");
    let output = request.send().await.map_err(failed)?;
    Ok(output.parameters().iter().filter_map(|parameter| parameter.value()).collect::<Vec<_>>().join("-"))
}

async fn all(State(settings): State<Settings>) -> Result<String, StatusCode> {
    let request = settings.ssm.get_parameters_by_path().path("/site/texts").recursive(true);
    let mut pages = request.into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.try_next().await.map_err(failed)? {
        count += page.parameters().len();
    }
    Ok(count.to_string())
}

async fn set_banner(State(settings): State<Settings>, text: String) -> Result<StatusCode, StatusCode> {
    let put = settings.ssm.put_parameter().name("/site/banner").value(text).overwrite(true);
    put.send().await.map(|_| StatusCode::NO_CONTENT).map_err(failed)
}

async fn prefix(State(settings): State<Settings>) -> String {
    settings.prefix
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let ssm = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/banner", put(set_banner).get(banner))
        .route("/flags/{flag}", get(flag))
        .route("/versions", get(pair))
        .route("/texts", get(all))
        .route("/prefix", get(prefix))
        .with_state(Settings { ssm, prefix: std::env::var("PARAMETER_PREFIX")? });
    lambda_http::run(app).await
}
