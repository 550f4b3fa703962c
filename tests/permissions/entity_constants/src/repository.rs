use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::StatusCode;

use crate::entities::Entity;

#[derive(Clone)]
pub struct Repository {
    client: Client,
}

impl Repository {
    pub fn new(config: &aws_config::SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }

    pub async fn find<E: Entity>(&self, id: &str) -> Result<Option<E>, StatusCode> {
        let output = self
            .client
            .get_item()
            .table_name(E::TABLE)
            .key(E::KEY, AttributeValue::S(id.to_string()))
            .send()
            .await
            .map_err(|_| StatusCode::BAD_GATEWAY)?;
        let item = output.item.map(serde_dynamo::from_item).transpose();
        item.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub async fn save<E>(&self, entity: &E) -> Result<(), StatusCode>
    where
        E: Entity,
    {
        let item = serde_dynamo::to_item(entity).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        let put = self.client.put_item().table_name(E::TABLE).set_item(Some(item));
        put.send().await.map(drop).map_err(|_| StatusCode::BAD_GATEWAY)
    }
}
