//! Readings of sensors in a table.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

pub enum StoreError {
    Missing,
    Unavailable,
}

#[derive(Clone)]
pub struct Readings {
    client: Client,
    table: String,
}

impl Readings {
    pub fn connect(config: &SdkConfig, table: String) -> Self {
        Self { client: Client::new(config), table }
    }

    pub fn unit(&self) -> &'static str {
        "K"
    }

    pub async fn latest(&self, sensor: &str) -> Result<String, StoreError> {
        let output = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("sensor = :sensor")
            .expression_attribute_values(":sensor", AttributeValue::S(sensor.to_owned()))
            .scan_index_forward(false)
            .limit(1)
            .send()
            .await
            .map_err(|_| StoreError::Unavailable)?;
        let value = output.items().first().and_then(|item| item.get("value")?.as_n().ok());
        value.cloned().ok_or(StoreError::Missing)
    }

    pub async fn record(&self, sensor: &str, value: &str) -> Result<(), StoreError> {
        #[cfg(feature = "history")]
        self.keep_history(sensor).await?;
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item("sensor", AttributeValue::S(sensor.to_owned()));
        let put = put.item("value", AttributeValue::N(value.to_owned()));
        put.send().await.map(drop).map_err(|_| StoreError::Unavailable)
    }

    #[cfg(feature = "history")]
    async fn keep_history(&self, sensor: &str) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name("readings-history");
        let put = put.item("sensor", AttributeValue::S(sensor.to_owned()));
        put.send().await.map(drop).map_err(|_| StoreError::Unavailable)
    }

    /// For the tool that retires sensors.
    pub async fn forget(&self, sensor: &str) -> Result<(), StoreError> {
        let key = AttributeValue::S(sensor.to_owned());
        let delete = self.client.delete_item().table_name(&self.table).key("sensor", key);
        delete.send().await.map(drop).map_err(|_| StoreError::Unavailable)
    }
}
