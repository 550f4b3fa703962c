use std::env;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;

const APP: &str = "parcel";

#[derive(Clone)]
struct Tables {
    parcels: String,
    routes: String,
    drivers: String,
    depots: String,
}

impl Tables {
    fn of(stage: &str) -> Self {
        let mut drivers = String::from(APP);
        drivers.push_str("-drivers-");
        drivers.push_str(stage);
        Self {
            parcels: format!("{stage}-parcels"),
            routes: stage.to_owned() + "-" + "routes",
            drivers,
            depots: [APP, "depots", stage].join("-"),
        }
    }
}

#[derive(Clone)]
struct AppState {
    client: Client,
    tables: Tables,
}

impl AppState {
    async fn has(&self, table: &str, id: String) -> StatusCode {
        let get = self.client.get_item().table_name(table).key("id", AttributeValue::S(id));
        match get.send().await {
            Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
            Err(_) => StatusCode::BAD_GATEWAY,
        }
    }
}

async fn parcel(State(state): State<AppState>, Path(id): Path<String>) -> StatusCode {
    state.has(&state.tables.parcels, id).await
}

async fn route(State(state): State<AppState>, Path(id): Path<String>) -> StatusCode {
    state.has(&state.tables.routes, id).await
}

async fn driver(State(state): State<AppState>, Path(id): Path<String>) -> StatusCode {
    state.has(&state.tables.drivers, id).await
}

async fn depot(State(state): State<AppState>, Path(id): Path<String>) -> StatusCode {
    state.has(&state.tables.depots, id).await
}

async fn label(Path(id): Path<String>) -> String {
    format!("{APP}-{id}")
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let stage = env::var("STAGE")?;
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/parcels/{id}", get(parcel))
        .route("/routes/{id}", get(route))
        .route("/drivers/{id}", get(driver))
        .route("/depots/{id}", get(depot))
        .route("/labels/{id}", get(label))
        .with_state(AppState { client, tables: Tables::of(&stage) });
    lambda_http::run(app).await
}
