//! The people who buy books.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValue;

use crate::db::{Row, malformed, read_text, text};
use crate::error::{AppError, Result};
use crate::models::customer::{Customer, CustomerUpdate};

#[derive(Clone)]
pub struct CustomerStore {
    client: Client,
    table: String,
}

impl CustomerStore {
    pub fn new(client: Client, table: &str) -> Self {
        Self {
            client,
            table: table.to_owned(),
        }
    }

    pub async fn find(&self, id: &str) -> Result<Option<Customer>> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", text(id))
            .send()
            .await?;
        output.item().map(from_row).transpose()
    }

    /// Adds a customer; the id must be free.
    pub async fn insert(&self, customer: &Customer) -> Result<()> {
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("id", text(&customer.id))
            .item("name", text(&customer.name))
            .item("email", text(&customer.email))
            .condition_expression("attribute_not_exists(id)")
            .send()
            .await;
        match result {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Err(AppError::Conflict("this id is taken".to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Changes name and email, and leaves alone what other systems keep in the row.
    pub async fn update(&self, id: &str, update: &CustomerUpdate) -> Result<Customer> {
        let result = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", text(id))
            // Without the condition an update would bring back a customer that staff deleted.
            .condition_expression("attribute_exists(id)")
            .update_expression("SET #name = :name, email = :email")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":name", text(&update.name))
            .expression_attribute_values(":email", text(&update.email))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match result {
            Ok(output) => from_row(output.attributes().ok_or_else(|| malformed("id"))?),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Err(AppError::NotFound("customer"))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Forgets a customer; says whether there was one.
    pub async fn remove(&self, id: &str) -> Result<bool> {
        let output = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("id", text(id))
            .return_values(ReturnValue::AllOld)
            .send()
            .await?;
        Ok(output.attributes().is_some())
    }
}

fn from_row(row: &Row) -> Result<Customer> {
    Ok(Customer {
        id: read_text(row, "id")?,
        name: read_text(row, "name")?,
        email: read_text(row, "email")?,
    })
}
