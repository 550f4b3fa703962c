use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use axum::http::StatusCode;

/// Most messages of one batch.
pub const BATCH: usize = 10;

#[derive(Clone)]
pub struct Queue {
    sqs: Client,
    url: String,
}

fn failed<E>(_: E) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

impl Queue {
    pub fn new(sqs: &Client, url: String) -> Self {
        Self { sqs: sqs.clone(), url }
    }

    pub async fn send(&self, body: String) -> Result<StatusCode, StatusCode> {
        let send = self.sqs.send_message().queue_url(&self.url).message_body(body);
        send.send().await.map(|_| StatusCode::ACCEPTED).map_err(failed)
    }

    pub async fn send_all(&self, bodies: impl Iterator<Item = &str>) -> Result<StatusCode, StatusCode> {
        let mut entries = Vec::new();
        for (number, body) in bodies.take(BATCH).enumerate() {
            let entry = SendMessageBatchRequestEntry::builder().id(number.to_string()).message_body(body);
            entries.push(entry.build().map_err(failed)?);
        }
        let batch = self.sqs.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
        batch.send().await.map(|_| StatusCode::ACCEPTED).map_err(failed)
    }

    pub async fn receive(&self) -> Result<String, StatusCode> {
        let receive = self.sqs.receive_message().queue_url(&self.url).max_number_of_messages(1);
        let output = receive.send().await.map_err(failed)?;
        let message = output.messages().first().and_then(|message| message.body());
        message.map(str::to_owned).ok_or(StatusCode::NOT_FOUND)
    }

    pub async fn remove(&self, receipt: String) -> Result<StatusCode, StatusCode> {
        let delete = self.sqs.delete_message().queue_url(&self.url).receipt_handle(receipt);
        delete.send().await.map(|_| StatusCode::NO_CONTENT).map_err(failed)
    }

    pub async fn postpone(&self, receipt: String) -> Result<StatusCode, StatusCode> {
        let change = self.sqs.change_message_visibility().queue_url(&self.url);
        let change = change.receipt_handle(receipt).visibility_timeout(600);
        change.send().await.map(|_| StatusCode::NO_CONTENT).map_err(failed)
    }

    pub async fn find(&self, name: &str) -> Result<String, StatusCode> {
        let output = self.sqs.get_queue_url().queue_name(name).send().await.map_err(failed)?;
        output.queue_url.ok_or(StatusCode::NOT_FOUND)
    }
}
