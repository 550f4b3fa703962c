use std::env::{self, VarError};

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Get, Put, TransactWriteItem, Update};
use axum::http::StatusCode;
use serde::Deserialize;

/// Most items of one transaction.
pub const LIMIT: usize = 100;

#[derive(Clone)]
pub struct Tables {
    pub customers: String,
    pub orders: String,
    pub stock: String,
}

impl Tables {
    pub fn from_env() -> Result<Self, VarError> {
        Ok(Self {
            customers: env::var("CUSTOMERS_TABLE")?,
            orders: env::var("ORDERS_TABLE")?,
            stock: env::var("STOCK_TABLE")?,
        })
    }
}

#[derive(Deserialize)]
pub struct Line {
    pub article: String,
    pub amount: u32,
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub fn customer_exists(tables: &Tables, id: &str) -> Result<TransactWriteItem, StatusCode> {
    let check = ConditionCheck::builder()
        .table_name(&tables.customers)
        .key("id", text(id))
        .condition_expression("attribute_exists(id)")
        .build()
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(TransactWriteItem::builder().condition_check(check).build())
}

pub fn take_from_stock(tables: &Tables, line: &Line) -> Result<TransactWriteItem, StatusCode> {
    let update = Update::builder()
        .table_name(&tables.stock)
        .key("article", text(&line.article))
        .update_expression("ADD amount :less")
        .expression_attribute_values(":less", AttributeValue::N(format!("-{}", line.amount)))
        .build();
    let update = update.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

pub fn new_order(tables: &Tables, id: &str, customer: &str) -> Result<TransactWriteItem, StatusCode> {
    let put = Put::builder().table_name(&tables.orders).item("id", text(id)).item("customer", text(customer));
    let put = put.build().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(TransactWriteItem::builder().put(put).build())
}

pub fn delete_order(tables: &Tables, id: &str) -> Result<TransactWriteItem, StatusCode> {
    let delete = Delete::builder().table_name(&tables.orders).key("id", text(id)).build();
    let delete = delete.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}

pub fn get(table: &str, id: &str) -> Result<Get, StatusCode> {
    let get = Get::builder().table_name(table).key("id", text(id)).build();
    get.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
