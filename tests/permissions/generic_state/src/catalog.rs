use std::future::Future;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

pub trait Catalog: Clone + Send + Sync + 'static {
    fn title(&self, id: &str) -> impl Future<Output = Result<Option<String>, ()>> + Send;
}

/// Titles in a table.
#[derive(Clone)]
pub struct Stored {
    client: Client,
    table: &'static str,
}

impl Stored {
    pub fn new(config: &aws_config::SdkConfig, table: &'static str) -> Self {
        Self { client: Client::new(config), table }
    }
}

impl Catalog for Stored {
    async fn title(&self, id: &str) -> Result<Option<String>, ()> {
        let key = AttributeValue::S(id.to_owned());
        let output =
            self.client.get_item().table_name(self.table).key("id", key).send().await.map_err(|_| ())?;
        Ok(output.item.and_then(|item| item.get("title")?.as_s().ok().cloned()))
    }
}

/// Titles that everybody knows.
#[derive(Clone)]
pub struct Built;

impl Catalog for Built {
    async fn title(&self, id: &str) -> Result<Option<String>, ()> {
        Ok(matches!(id, "1" | "2").then(|| format!("Classic {id}")))
    }
}
