//! Who is signed in. The sign-in page is another system; it writes these rows, we read and end them.

use aws_sdk_dynamodb::Client;

use crate::db::{read_flag, read_text, text};
use crate::error::Result;
use crate::models::session::Session;

#[derive(Clone)]
pub struct SessionStore {
    client: Client,
    table: String,
}

impl SessionStore {
    pub fn new(client: Client, table: &str) -> Self {
        Self {
            client,
            table: table.to_owned(),
        }
    }

    pub async fn find(&self, token: &str) -> Result<Option<Session>> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("token", text(token))
            .send()
            .await?;
        let Some(row) = output.item() else {
            return Ok(None);
        };
        Ok(Some(Session {
            token: token.to_owned(),
            customer_id: read_text(row, "customer_id")?,
            staff: read_flag(row, "staff"),
        }))
    }

    pub async fn end(&self, session: &Session) -> Result<()> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key("token", text(&session.token))
            .send()
            .await?;
        Ok(())
    }
}
