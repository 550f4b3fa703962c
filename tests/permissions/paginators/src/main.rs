use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};

#[derive(Clone)]
struct Archive {
    dynamo: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
}

async fn by_author(
    State(archive): State<Archive>,
    Path(author): Path<String>,
) -> Result<Json<usize>, StatusCode> {
    let items = archive
        .dynamo
        .query()
        .table_name("documents")
        .index_name("by-author")
        .key_condition_expression("author = :author")
        .expression_attribute_values(":author", AttributeValue::S(author))
        .into_paginator()
        .page_size(100)
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(Json(items.len()))
}

async fn total(State(archive): State<Archive>) -> Result<Json<i32>, StatusCode> {
    let mut pages = archive.dynamo.scan().table_name("documents").into_paginator().send();
    let mut total = 0;
    while let Some(page) = pages.next().await {
        total += page.map_err(|_| StatusCode::BAD_GATEWAY)?.count;
    }
    Ok(Json(total))
}

async fn files(State(archive): State<Archive>) -> Result<Json<Vec<String>>, StatusCode> {
    let paginator = archive.s3.list_objects_v2().bucket("document-files").into_paginator();
    let mut pages = paginator.send();
    let mut keys = Vec::new();
    while let Some(page) = pages.try_next().await.map_err(|_| StatusCode::BAD_GATEWAY)? {
        keys.extend(page.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
    }
    Ok(Json(keys))
}

/// The paginator is made for its page size and never sent.
async fn page_size(State(archive): State<Archive>) -> &'static str {
    let paginator = archive.dynamo.scan().table_name("settings").into_paginator().page_size(25);
    drop(paginator);
    "25"
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let archive =
        Archive { dynamo: aws_sdk_dynamodb::Client::new(&config), s3: aws_sdk_s3::Client::new(&config) };
    let app = Router::new()
        .route("/authors/{author}/documents", get(by_author))
        .route("/documents/total", get(total))
        .route("/files", get(files))
        .route("/page-size", get(page_size))
        .with_state(archive);
    lambda_http::run(app).await
}
