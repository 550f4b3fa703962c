use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, put};

async fn exists(client: Client, table: String, id: String) -> StatusCode {
    match client.get_item().table_name(table).key("id", AttributeValue::S(id)).send().await {
        Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

/// Reads and removes items of one table.
fn resource(client: &Client, table: &str) -> MethodRouter {
    let (reader, read_table) = (client.clone(), table.to_owned());
    let (writer, write_table) = (client.clone(), table.to_owned());
    get(move |Path(id): Path<String>| exists(reader, read_table, id)).delete(
        move |Path(id): Path<String>| async move {
            let key = AttributeValue::S(id);
            match writer.delete_item().table_name(write_table).key("id", key).send().await {
                Ok(_) => StatusCode::NO_CONTENT,
                Err(_) => StatusCode::BAD_GATEWAY,
            }
        },
    )
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let table = std::env::var("KEYS_TABLE")?;
    let rotate = {
        let client = client.clone();
        let table = table.clone();
        move |Path(id): Path<String>| async move {
            let put = client.put_item().table_name(table).item("id", AttributeValue::S(id));
            put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
        }
    };
    let where_kept = table.clone();
    let app = Router::new()
        .route("/doors/{id}", resource(&client, "doors"))
        .route("/gates/{id}", resource(&client, "gates"))
        .route("/keys/{id}", put(rotate))
        .route("/where", get(move || async move { where_kept }));
    lambda_http::run(app).await
}
