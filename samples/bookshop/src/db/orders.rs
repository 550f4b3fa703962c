//! Orders, and the one transaction of the shop.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValue, Select, TransactWriteItem, Update,
};

use crate::db::{Row, malformed, number, read_number, read_text, text};
use crate::error::{AppError, Result};
use crate::models::order::{Order, OrderLine, OrderStatus};

/// The index that finds a customer's orders.
const BY_CUSTOMER: &str = "by-customer";

#[derive(Clone)]
pub struct OrderStore {
    client: Client,
    orders_table: String,
    stock_table: String,
}

impl OrderStore {
    pub fn new(client: Client, orders_table: &str, stock_table: &str) -> Self {
        Self {
            client,
            orders_table: orders_table.to_owned(),
            stock_table: stock_table.to_owned(),
        }
    }

    /// Stores a fresh order and takes its books from the stock: both or neither.
    pub async fn place(&self, order: &Order) -> Result<()> {
        let put = Put::builder()
            .table_name(&self.orders_table)
            .set_item(Some(to_row(order)))
            .condition_expression("attribute_not_exists(id)")
            .build()?;
        let mut transaction = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(put).build());
        for line in &order.lines {
            let take = Update::builder()
                .table_name(&self.stock_table)
                .key("book_id", text(&line.book_id))
                .update_expression("SET quantity = quantity - :taken")
                // Holds for a book without a row too: nothing is not enough.
                .condition_expression("quantity >= :taken")
                .expression_attribute_values(":taken", number(line.quantity))
                .build()?;
            transaction =
                transaction.transact_items(TransactWriteItem::builder().update(take).build());
        }
        match transaction.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_transaction_canceled_exception()) =>
            {
                Err(AppError::Conflict("not enough in stock".to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    pub async fn find(&self, id: &str) -> Result<Option<Order>> {
        let output = self
            .client
            .get_item()
            .table_name(&self.orders_table)
            .key("id", text(id))
            .send()
            .await?;
        output.item().map(from_row).transpose()
    }

    /// The orders of one customer, the oldest first.
    pub async fn of_customer(&self, customer_id: &str) -> Result<Vec<Order>> {
        let mut rows = self
            .client
            .query()
            .table_name(&self.orders_table)
            .index_name(BY_CUSTOMER)
            .key_condition_expression("customer_id = :customer")
            .expression_attribute_values(":customer", text(customer_id))
            .into_paginator()
            .items()
            .send();
        let mut orders = Vec::new();
        while let Some(row) = rows.next().await {
            orders.push(from_row(&row?)?);
        }
        Ok(orders)
    }

    /// All orders, the oldest first.
    pub async fn list(&self) -> Result<Vec<Order>> {
        let mut rows = self
            .client
            .scan()
            .table_name(&self.orders_table)
            .into_paginator()
            .items()
            .send();
        let mut orders = Vec::new();
        while let Some(row) = rows.next().await {
            orders.push(from_row(&row?)?);
        }
        orders.sort_by(|a: &Order, b: &Order| a.id.cmp(&b.id));
        Ok(orders)
    }

    /// How many orders there are, without reading them.
    pub async fn count(&self) -> Result<u64> {
        let mut pages = self
            .client
            .scan()
            .table_name(&self.orders_table)
            .select(Select::Count)
            .into_paginator()
            .send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += u64::from(page?.count().unsigned_abs());
        }
        Ok(count)
    }

    /// Moves an order on. `from` lists the states in which that is allowed.
    pub async fn set_status(
        &self,
        id: &str,
        from: &[OrderStatus],
        to: OrderStatus,
        changed_by: &str,
    ) -> Result<Order> {
        let mut update = self
            .client
            .update_item()
            .table_name(&self.orders_table)
            .key("id", text(id))
            // "status" is a reserved word.
            .update_expression("SET #status = :to, changed_by = :who")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":to", text(to.as_str()))
            .expression_attribute_values(":who", text(changed_by))
            .return_values(ReturnValue::AllNew);
        let mut allowed = Vec::new();
        for (index, status) in from.iter().enumerate() {
            let name = format!(":from{index}");
            update = update.expression_attribute_values(&name, text(status.as_str()));
            allowed.push(name);
        }
        let condition = format!("#status IN ({})", allowed.join(", "));
        let result = update.condition_expression(condition).send().await;
        match result {
            Ok(output) => from_row(output.attributes().ok_or_else(|| malformed("id"))?),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Err(AppError::Conflict(format!("the order cannot be {to} now")))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn to_row(order: &Order) -> Row {
    let line = |line: &OrderLine| {
        AttributeValue::M(Row::from([
            ("book_id".to_owned(), text(&line.book_id)),
            ("quantity".to_owned(), number(line.quantity)),
            ("price".to_owned(), number(line.price)),
        ]))
    };
    let lines = order.lines.iter().map(line).collect();
    Row::from([
        ("id".to_owned(), text(&order.id)),
        ("customer_id".to_owned(), text(&order.customer_id)),
        ("status".to_owned(), text(order.status.as_str())),
        ("lines".to_owned(), AttributeValue::L(lines)),
        ("total".to_owned(), number(order.total)),
    ])
}

fn from_row(row: &Row) -> Result<Order> {
    let lines = row
        .get("lines")
        .and_then(|value| value.as_l().ok())
        .ok_or_else(|| malformed("lines"))?;
    let line = |value: &AttributeValue| {
        let row = value.as_m().map_err(|_| malformed("lines"))?;
        Ok(OrderLine {
            book_id: read_text(row, "book_id")?,
            quantity: read_number(row, "quantity")?,
            price: read_number(row, "price")?,
        })
    };
    let status = read_text(row, "status")?;
    Ok(Order {
        id: read_text(row, "id")?,
        customer_id: read_text(row, "customer_id")?,
        status: OrderStatus::parse(&status).ok_or_else(|| malformed("status"))?,
        lines: lines.iter().map(line).collect::<Result<_>>()?,
        total: read_number(row, "total")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_reads_back_from_its_row() {
        let lines = vec![OrderLine {
            book_id: "emma".to_owned(),
            quantity: 2,
            price: 900,
        }];
        let order = Order::place(1, "ada", lines);
        assert_eq!(from_row(&to_row(&order)).unwrap(), order);
    }
}
