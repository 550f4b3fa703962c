use std::future::Future;
use std::pin::Pin;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

pub type JobFuture = Pin<Box<dyn Future<Output = bool> + Send>>;

/// What can be asked for by name.
pub const JOBS: [(&str, fn(Client, String) -> JobFuture); 2] = [("archive", archive), ("purge", purge)];

pub fn text(id: String) -> AttributeValue {
    AttributeValue::S(id)
}

fn archive(client: Client, id: String) -> JobFuture {
    Box::pin(async move { client.put_item().table_name("archive").item("id", text(id)).send().await.is_ok() })
}

fn purge(client: Client, id: String) -> JobFuture {
    Box::pin(async move { client.delete_item().table_name("inbox").key("id", text(id)).send().await.is_ok() })
}

pub fn requeue(client: Client, id: String) -> JobFuture {
    Box::pin(async move { client.put_item().table_name("inbox").item("id", text(id)).send().await.is_ok() })
}

/// In no table any more.
#[allow(dead_code)]
fn reindex(client: Client, id: String) -> JobFuture {
    Box::pin(async move { client.update_item().table_name("index").key("id", text(id)).send().await.is_ok() })
}
