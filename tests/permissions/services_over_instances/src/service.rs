use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    pub fn open(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    async fn has(&self, id: &str) -> Result<bool, ()> {
        let key = AttributeValue::S(id.to_owned());
        let output = self.client.get_item().table_name(&self.name).key("id", key).send().await;
        output.map(|output| output.item.is_some()).map_err(|_| ())
    }

    async fn add(&self, id: &str, of: &str) -> Result<(), ()> {
        let put = self.client.put_item().table_name(&self.name);
        let put =
            put.item("id", AttributeValue::S(id.to_owned())).item("of", AttributeValue::S(of.to_owned()));
        put.send().await.map(drop).map_err(|_| ())
    }
}

pub struct Members {
    table: Table,
}

impl Members {
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    pub async fn is_known(&self, id: &str) -> Result<bool, ()> {
        self.table.has(id).await
    }
}

pub struct Loans {
    table: Table,
    members: Arc<Members>,
}

impl Loans {
    pub fn new(table: Table, members: Arc<Members>) -> Self {
        Self { table, members }
    }

    pub fn days(&self) -> u32 {
        28
    }

    pub async fn is_lent(&self, item: &str) -> Result<bool, ()> {
        self.table.has(item).await
    }

    pub async fn lend(&self, item: &str, member: &str) -> Result<bool, ()> {
        if !self.members.is_known(member).await? {
            return Ok(false);
        }
        self.table.add(item, member).await?;
        Ok(true)
    }
}
