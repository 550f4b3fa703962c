use aws_config::SdkConfig;
use aws_sdk_rdsdata::Client;
use aws_sdk_rdsdata::types::{Field, SqlParameter};
use axum::http::StatusCode;

#[derive(Clone)]
pub struct Database {
    client: Client,
    cluster: String,
    secret: String,
}

fn failed<E>(_: E) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

fn id_parameter(id: &str) -> SqlParameter {
    SqlParameter::builder().name("id").value(Field::StringValue(id.to_owned())).build()
}

impl Database {
    pub fn new(config: &SdkConfig, cluster: String, secret: String) -> Self {
        Self { client: Client::new(config), cluster, secret }
    }

    pub fn name(&self) -> &'static str {
        "theatre"
    }

    pub async fn run(&self, sql: &str, id: &str) -> Result<usize, StatusCode> {
        let statement = self.client.execute_statement().resource_arn(&self.cluster).secret_arn(&self.secret);
        let statement = statement.database(self.name()).sql(sql).parameters(id_parameter(id));
        statement.send().await.map(|output| output.records().len()).map_err(failed)
    }

    pub async fn begin(&self) -> Result<String, StatusCode> {
        let begin = self.client.begin_transaction().resource_arn(&self.cluster).secret_arn(&self.secret);
        let output = begin.database(self.name()).send().await.map_err(failed)?;
        output.transaction_id.ok_or(StatusCode::BAD_GATEWAY)
    }

    pub async fn run_in(&self, transaction: &str, sql: &str, id: &str) -> Result<(), StatusCode> {
        let statement = self.client.execute_statement().resource_arn(&self.cluster).secret_arn(&self.secret);
        let statement = statement.transaction_id(transaction).sql(sql).parameters(id_parameter(id));
        statement.send().await.map(drop).map_err(failed)
    }

    pub async fn commit(&self, transaction: String) -> Result<(), StatusCode> {
        let commit = self.client.commit_transaction().resource_arn(&self.cluster).secret_arn(&self.secret);
        commit.transaction_id(transaction).send().await.map(drop).map_err(failed)
    }
}
