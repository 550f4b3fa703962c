//! Numbers that only ever grow.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValue;

use crate::db::{malformed, number, read_number, text};
use crate::error::Result;

#[derive(Clone)]
pub struct Counters {
    client: Client,
    table: String,
}

impl Counters {
    pub fn new(client: Client, table: &str) -> Self {
        Self {
            client,
            table: table.to_owned(),
        }
    }

    /// The next number of the counter, starting at 1. Two callers never get the same one.
    pub async fn next(&self, name: &str) -> Result<u64> {
        let output = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("name", text(name))
            // "value" is a reserved word.
            .update_expression("ADD #value :one")
            .expression_attribute_names("#value", "value")
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await?;
        let row = output.attributes().ok_or_else(|| malformed("value"))?;
        read_number(row, "value")
    }
}
