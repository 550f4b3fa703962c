use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::AttributeValue;

#[derive(Clone)]
pub enum Store {
    Dynamo {
        client: aws_sdk_dynamodb::Client,
        table: String,
    },
    /// Not used by this service yet.
    #[allow(dead_code)]
    Bucket(aws_sdk_s3::Client, String),
    Memory(Arc<Mutex<HashMap<String, String>>>),
}

impl Store {
    pub async fn read(&self, id: &str) -> Option<String> {
        match self {
            Store::Dynamo { client, table } => {
                let key = AttributeValue::S(id.to_owned());
                let output = client.get_item().table_name(table).key("id", key).send().await.ok()?;
                output.item?.get("text")?.as_s().ok().cloned()
            }
            Store::Bucket(client, bucket) => {
                let object = client.get_object().bucket(bucket).key(id).send().await.ok()?;
                let bytes = object.body.collect().await.ok()?;
                String::from_utf8(bytes.to_vec()).ok()
            }
            Store::Memory(notes) => notes.lock().ok()?.get(id).cloned(),
        }
    }

    pub async fn remove(&self, id: &str) {
        match self {
            Self::Dynamo { client, table } => {
                let key = AttributeValue::S(id.to_owned());
                let _ = client.delete_item().table_name(table).key("id", key).send().await;
            }
            Self::Bucket(client, bucket) => {
                let _ = client.delete_object().bucket(bucket).key(id).send().await;
            }
            Self::Memory(notes) => {
                notes.lock().expect("no one panics with the lock").remove(id);
            }
        }
    }
}
