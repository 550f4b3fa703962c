use aws_config::BehaviorVersion;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use path_dependency_store::{Readings, StoreError};

fn status(error: StoreError) -> StatusCode {
    match error {
        StoreError::Missing => StatusCode::NOT_FOUND,
        StoreError::Unavailable => StatusCode::BAD_GATEWAY,
    }
}

async fn latest(State(readings): State<Readings>, Path(sensor): Path<String>) -> Result<String, StatusCode> {
    readings.latest(&sensor).await.map_err(status)
}

async fn record(
    State(readings): State<Readings>,
    Path(sensor): Path<String>,
    value: String,
) -> Result<StatusCode, StatusCode> {
    readings.record(&sensor, &value).await.map_err(status)?;
    Ok(StatusCode::CREATED)
}

async fn unit(State(readings): State<Readings>) -> &'static str {
    readings.unit()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let readings = Readings::connect(&config, std::env::var("READINGS_TABLE")?);
    let app = Router::new()
        .route("/sensors/{sensor}", get(latest))
        .route("/sensors/{sensor}/readings", post(record))
        .route("/unit", get(unit))
        .with_state(readings);
    lambda_http::run(app).await
}
