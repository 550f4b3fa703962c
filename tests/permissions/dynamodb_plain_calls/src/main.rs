use std::collections::HashMap;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, Select};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};

#[derive(Clone)]
struct Db {
    client: Client,
    table: String,
}

type Answer = Result<Json<i64>, StatusCode>;

fn failed<E>(_: E) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

fn key(id: String) -> HashMap<String, AttributeValue> {
    HashMap::from([("id".to_owned(), AttributeValue::S(id))])
}

async fn read(State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let get = db.client.get_item().table_name(&db.table).set_key(Some(key(id)));
    let output = get.projection_expression("id, seen").consistent_read(true).send().await.map_err(failed)?;
    Ok(Json(output.item.map_or(0, |item| item.len() as i64)))
}

async fn create(State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let put = db.client.put_item().table_name(&db.table).set_item(Some(key(id)));
    let put = put.condition_expression("attribute_not_exists(id)").return_values(ReturnValue::AllOld);
    put.send().await.map(|_| Json(1)).map_err(failed)
}

async fn count_view(State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let update = db.client.update_item().table_name(&db.table).set_key(Some(key(id)));
    let update = update
        .update_expression("ADD seen :one")
        .expression_attribute_values(":one", AttributeValue::N("1".into()))
        .return_values(ReturnValue::UpdatedNew);
    let output = update.send().await.map_err(failed)?;
    let seen = output.attributes.and_then(|new| new.get("seen")?.as_n().ok()?.parse().ok());
    seen.map(Json).ok_or(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn remove(State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let delete = db.client.delete_item().table_name(&db.table).set_key(Some(key(id)));
    let delete = delete.condition_expression("attribute_exists(id)").return_values(ReturnValue::AllOld);
    delete.send().await.map(|_| Json(1)).map_err(failed)
}

/// Reads one index of the table from end to end.
async fn count_marked(State(db): State<Db>) -> Answer {
    let scan = db.client.scan().table_name(&db.table).index_name("marked").select(Select::Count);
    scan.send().await.map(|page| Json(page.count.into())).map_err(failed)
}

async fn size(State(db): State<Db>) -> Answer {
    let output = db.client.describe_table().table_name(&db.table).send().await.map_err(failed)?;
    Ok(Json(output.table.and_then(|table| table.item_count).unwrap_or_default()))
}

async fn tables(State(db): State<Db>) -> Answer {
    let output = db.client.list_tables().send().await.map_err(failed)?;
    Ok(Json(output.table_names().len() as i64))
}

async fn name(State(db): State<Db>) -> String {
    db.table
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/pages/{id}", post(create).get(read).delete(remove))
        .route("/pages/{id}/views", post(count_view))
        .route("/marked", get(count_marked))
        .route("/size", get(size))
        .route("/tables", get(tables))
        .route("/name", get(name))
        .with_state(Db { client, table: std::env::var("PAGES_TABLE")? });
    lambda_http::run(app).await
}
