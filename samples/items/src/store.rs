//! The table behind the API.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::error::AppError;
use crate::model::{Item, Row};

/// Reads and writes items. Cloning is cheap: the client is shared.
#[derive(Clone)]
pub struct ItemStore {
    client: Client,
    table: String,
}

impl ItemStore {
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Every item, ordered by id.
    pub async fn list(&self) -> Result<Vec<Item>, AppError> {
        let mut pages = self
            .client
            .scan()
            .table_name(&self.table)
            .into_paginator()
            .items()
            .send();
        let mut items = Vec::new();
        while let Some(row) = pages.next().await {
            items.push(Item::from_row(&row.map_err(AppError::table)?)?);
        }
        // A scan has no order of its own.
        items.sort_by(|a: &Item, b: &Item| a.id.cmp(&b.id));
        Ok(items)
    }

    pub async fn get(&self, id: &str) -> Result<Option<Item>, AppError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", AttributeValue::S(id.to_owned()))
            .send()
            .await
            .map_err(AppError::table)?;
        output.item().map(Item::from_row).transpose()
    }

    /// Stores the item, new or not.
    pub async fn put(&self, item: &Item) -> Result<(), AppError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.to_row()))
            .send()
            .await
            .map_err(AppError::table)?;
        Ok(())
    }

    /// Removes the item; says whether there was one.
    pub async fn delete(&self, id: &str) -> Result<bool, AppError> {
        let output = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("id", AttributeValue::S(id.to_owned()))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld)
            .send()
            .await
            .map_err(AppError::table)?;
        Ok(output.attributes().is_some_and(|old: &Row| !old.is_empty()))
    }
}
