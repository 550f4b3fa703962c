use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::StatusCode;

type Item = HashMap<String, AttributeValue>;

pub async fn text_of(client: &Client, table: &str, name: &str) -> Result<String, StatusCode> {
    let item = fetch(client, table, key_of(name)).await?.ok_or(StatusCode::NOT_FOUND)?;
    let text = item.get("text").and_then(|value| value.as_s().ok());
    text.cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
}

pub async fn write(client: &Client, table: &str, name: &str, text: String) -> StatusCode {
    let mut item = key_of(name);
    item.insert("text".into(), AttributeValue::S(text));
    match client.put_item().table_name(table).set_item(Some(item)).send().await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn fetch(client: &Client, from: &str, key: Item) -> Result<Option<Item>, StatusCode> {
    let output = client.get_item().table_name(from).set_key(Some(key)).consistent_read(true).send().await;
    output.map(|output| output.item).map_err(|_| StatusCode::BAD_GATEWAY)
}

fn key_of(name: &str) -> Item {
    HashMap::from([("name".to_string(), AttributeValue::S(name.to_string()))])
}
