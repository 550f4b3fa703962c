use std::ops::Deref;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;

/// The database under a name for the logs.
#[derive(Clone)]
pub struct Database {
    client: aws_sdk_dynamodb::Client,
    name: String,
}

impl Database {
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Deref for Database {
    type Target = aws_sdk_dynamodb::Client;

    fn deref(&self) -> &Self::Target {
        &self.client
    }
}

#[derive(Clone)]
struct Objects(aws_sdk_s3::Client, String);

#[derive(Clone)]
pub struct Aws {
    pub db: Database,
    objects: Objects,
}

impl Aws {
    pub fn new(config: &SdkConfig, bucket: String) -> Self {
        let client = aws_sdk_dynamodb::Client::new(config);
        Self {
            db: Database { client, name: "main".to_owned() },
            objects: Objects(aws_sdk_s3::Client::new(config), bucket),
        }
    }

    pub fn s3(&self) -> &aws_sdk_s3::Client {
        &self.objects.0
    }

    pub fn bucket(&self) -> &str {
        &self.objects.1
    }
}

/// What the program does with single items.
pub trait ItemExt {
    fn touch(&self, table: &str, id: &str) -> impl Future<Output = bool> + Send;
}

impl ItemExt for aws_sdk_dynamodb::Client {
    async fn touch(&self, table: &str, id: &str) -> bool {
        let update = self
            .update_item()
            .table_name(table)
            .key("id", AttributeValue::S(id.to_owned()))
            .update_expression("SET closed = :true")
            .expression_attribute_values(":true", AttributeValue::Bool(true));
        update.send().await.is_ok()
    }
}
