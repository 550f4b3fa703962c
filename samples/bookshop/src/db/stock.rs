//! How many copies there are.

use aws_sdk_dynamodb::Client;

use crate::db::{Row, number, read_number, read_text, text};
use crate::error::Result;
use crate::models::stock::Stock;

#[derive(Clone)]
pub struct StockStore {
    client: Client,
    table: String,
}

impl StockStore {
    pub fn new(client: Client, table: &str) -> Self {
        Self {
            client,
            table: table.to_owned(),
        }
    }

    pub async fn find(&self, book_id: &str) -> Result<Option<Stock>> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("book_id", text(book_id))
            .send()
            .await?;
        output.item().map(from_row).transpose()
    }

    /// The stock of every book, ordered by its id.
    pub async fn list(&self) -> Result<Vec<Stock>> {
        let mut rows = self
            .client
            .scan()
            .table_name(&self.table)
            .into_paginator()
            .items()
            .send();
        let mut stock = Vec::new();
        while let Some(row) = rows.next().await {
            stock.push(from_row(&row?)?);
        }
        stock.sort_by(|a: &Stock, b: &Stock| a.book_id.cmp(&b.book_id));
        Ok(stock)
    }

    /// What somebody counted in the warehouse.
    pub async fn set(&self, stock: &Stock) -> Result<()> {
        self.client
            .put_item()
            .table_name(&self.table)
            .item("book_id", text(&stock.book_id))
            .item("quantity", number(stock.quantity))
            .send()
            .await?;
        Ok(())
    }
}

fn from_row(row: &Row) -> Result<Stock> {
    Ok(Stock {
        book_id: read_text(row, "book_id")?,
        quantity: read_number(row, "quantity")?,
    })
}
