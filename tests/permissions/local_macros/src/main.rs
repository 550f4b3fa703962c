#[macro_use]
mod macros;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};

const STATIONS: &str = "stations";

async fn station(State(client): State<Client>, Path(id): Path<String>) -> StatusCode {
    match ddb_get!(client, STATIONS, "id" => id) {
        Ok(output) if output.item.is_some() => StatusCode::OK,
        Ok(_) => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn open_station(State(client): State<Client>, Path(id): Path<String>, name: String) -> StatusCode {
    let put = ddb_put!(client, STATIONS, { "id": id, "name": name });
    put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
}

removal!(remove_train, "trains");
removal!(remove_driver, "drivers");
// Nothing is mounted on it.
removal!(remove_line, "lines");

async fn tables() -> String {
    names!(STATIONS, "trains", "drivers")
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/stations/{id}", get(station).put(open_station))
        .route("/trains/{id}", axum::routing::delete(remove_train))
        .route("/drivers/{id}/contract", put(remove_driver))
        .route("/tables", get(tables))
        .with_state(client);
    lambda_http::run(app).await
}
