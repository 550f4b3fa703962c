use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::StatusCode;

#[derive(Clone)]
pub struct Store {
    client: Client,
    table: String,
    owner_index: String,
    label: String,
}

pub struct StoreBuilder {
    client: Client,
    table: String,
    owner_index: String,
    label: String,
}

impl StoreBuilder {
    pub fn new(client: Client) -> Self {
        Self { client, table: "unnamed".to_owned(), owner_index: "by-owner".to_owned(), label: String::new() }
    }

    pub fn table(mut self, table: impl Into<String>) -> Self {
        self.table = table.into();
        self
    }

    pub fn owner_index(mut self, index: impl Into<String>) -> Self {
        self.owner_index = index.into();
        self
    }

    pub fn label(self, label: &str) -> Self {
        Self { label: label.to_owned(), ..self }
    }

    pub fn build(self) -> Store {
        Store { client: self.client, table: self.table, owner_index: self.owner_index, label: self.label }
    }
}

impl Store {
    pub fn builder(client: Client) -> StoreBuilder {
        StoreBuilder::new(client)
    }

    pub fn label(&self) -> &str {
        &self.label
    }

    pub async fn size_of(&self, id: &str) -> Result<usize, StatusCode> {
        let key = AttributeValue::S(id.to_owned());
        let output = self.client.get_item().table_name(&self.table).key("id", key).send().await;
        let item = output.map_err(|_| StatusCode::BAD_GATEWAY)?.item;
        item.map(|item| item.len()).ok_or(StatusCode::NOT_FOUND)
    }

    pub async fn count_by_owner(&self, owner: &str) -> Result<i32, StatusCode> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(&self.owner_index)
            .key_condition_expression("owner = :owner")
            .expression_attribute_values(":owner", AttributeValue::S(owner.to_owned()));
        query.send().await.map(|page| page.count).map_err(|_| StatusCode::BAD_GATEWAY)
    }
}
