mod clients;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb as db;
use aws_sdk_s3::Client as Db;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use axum::routing::get;

use clients::{Sheet, Table};

#[derive(Clone, FromRef)]
struct App {
    files: Db,
    items: Table,
}

/// `Db` is the object store here.
async fn sheet(State(store): State<Db>, Path(name): Path<String>) -> Result<Bytes, StatusCode> {
    let object = store.get_object().bucket("sheets").key(name).send().await;
    let object = object.map_err(|_| StatusCode::BAD_GATEWAY)?;
    object.body.collect().await.map(|bytes| bytes.into_bytes()).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn cell(State(table): State<Table>, Path((sheet, cell)): Path<(String, String)>) -> StatusCode {
    let get = table
        .get_item()
        .table_name("cells")
        .key("sheet", db::types::AttributeValue::S(sheet))
        .key("cell", db::types::AttributeValue::S(cell));
    match get.send().await {
        Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn title(Path(name): Path<String>) -> String {
    Sheet::new(name).get_object()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let app = App { files: Db::new(&config), items: db::Client::new(&config) };
    let router = Router::new()
        .route("/sheets/{name}", get(sheet))
        .route("/sheets/{name}/cells/{cell}", get(cell))
        .route("/sheets/{name}/title", get(title))
        .with_state(app);
    lambda_http::run(router).await
}
