//! What the warehouse hears about orders.

use aws_sdk_sqs::Client;
use serde::Serialize;

use crate::error::{AppError, Result};
use crate::models::order::OrderStatus;

/// One message on the queue.
#[derive(Debug, Serialize)]
pub struct OrderMessage<'a> {
    pub order_id: &'a str,
    pub status: OrderStatus,
}

#[derive(Clone)]
pub struct OrderQueue {
    client: Client,
    url: String,
}

impl OrderQueue {
    pub fn new(client: Client, url: &str) -> Self {
        Self {
            client,
            url: url.to_owned(),
        }
    }

    pub async fn send(&self, order_id: &str, status: OrderStatus) -> Result<()> {
        let message = OrderMessage { order_id, status };
        let body = serde_json::to_string(&message)
            .map_err(|error| AppError::Internal(error.to_string()))?;
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .send()
            .await?;
        Ok(())
    }
}
