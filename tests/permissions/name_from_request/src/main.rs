use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;

#[derive(Clone)]
struct Admin {
    dynamo: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
}

/// Shows any item of any table: for the people who run the service.
async fn any_item(State(admin): State<Admin>, Path((table, id)): Path<(String, String)>) -> StatusCode {
    let key = AttributeValue::S(id);
    match admin.dynamo.get_item().table_name(table).key("id", key).send().await {
        Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

/// Part of the name is known.
async fn backup(State(admin): State<Admin>, Path(day): Path<String>, headers: HeaderMap) -> StatusCode {
    let Some(tenant) = headers.get("x-tenant").and_then(|value| value.to_str().ok()) else {
        return StatusCode::BAD_REQUEST;
    };
    let bucket = format!("backups-{tenant}");
    match admin.s3.head_object().bucket(bucket).key(format!("{day}.tar")).send().await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

/// The caller chooses, but only among two.
async fn sizes(State(admin): State<Admin>, Path(table): Path<String>) -> Result<String, StatusCode> {
    let table = match table.as_str() {
        "people" => "people",
        "places" => "places",
        _ => return Err(StatusCode::NOT_FOUND),
    };
    let output = admin.dynamo.describe_table().table_name(table).send().await;
    let output = output.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let size = output.table.and_then(|table| table.item_count);
    size.map(|size| size.to_string()).ok_or(StatusCode::NOT_FOUND)
}

async fn echo(Path(table): Path<String>) -> String {
    table
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let admin =
        Admin { dynamo: aws_sdk_dynamodb::Client::new(&config), s3: aws_sdk_s3::Client::new(&config) };
    let app = Router::new()
        .route("/tables/{table}/items/{id}", get(any_item))
        .route("/backups/{day}", get(backup))
        .route("/tables/{table}/size", get(sizes))
        .route("/tables/{table}", get(echo))
        .with_state(admin);
    lambda_http::run(app).await
}
