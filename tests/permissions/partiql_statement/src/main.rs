use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Json, Router};

#[derive(Clone)]
struct Ledger {
    client: Client,
    accounts: String,
}

impl Ledger {
    async fn run(&self, statement: &str, parameters: Vec<AttributeValue>) -> Result<usize, StatusCode> {
        let request = self.client.execute_statement().statement(statement);
        let output = request.set_parameters(Some(parameters)).send().await;
        output.map(|output| output.items().len()).map_err(|_| StatusCode::BAD_GATEWAY)
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

async fn account(State(ledger): State<Ledger>, Path(id): Path<String>) -> Result<Json<usize>, StatusCode> {
    let statement = format!("SELECT owner, balance FROM \"{}\" WHERE id = ?", ledger.accounts);
    ledger.run(&statement, vec![text(&id)]).await.map(Json)
}

async fn accounts_of(
    State(ledger): State<Ledger>,
    Path(owner): Path<String>,
) -> Result<Json<usize>, StatusCode> {
    let statement = format!(r#"SELECT * FROM "{}"."by-owner" WHERE owner = ?"#, ledger.accounts);
    ledger.run(&statement, vec![text(&owner)]).await.map(Json)
}

async fn open(
    State(ledger): State<Ledger>,
    Path(id): Path<String>,
    owner: String,
) -> Result<StatusCode, StatusCode> {
    let statement = format!("INSERT INTO \"{}\" VALUE {{'id': ?, 'owner': ?}}", ledger.accounts);
    ledger.run(&statement, vec![text(&id), text(&owner)]).await?;
    Ok(StatusCode::CREATED)
}

async fn rename(
    State(ledger): State<Ledger>,
    Path(id): Path<String>,
    owner: String,
) -> Result<StatusCode, StatusCode> {
    let statement = format!("UPDATE \"{}\" SET owner = ? WHERE id = ?", ledger.accounts);
    ledger.run(&statement, vec![text(&owner), text(&id)]).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn forget(State(ledger): State<Ledger>, Path(day): Path<String>) -> Result<StatusCode, StatusCode> {
    ledger.run("DELETE FROM \"postings\" WHERE day = ?", vec![text(&day)]).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows a statement; runs none.
async fn help() -> String {
    format!("try: SELECT * FROM \"{}\"", "postings")
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let ledger = Ledger { client, accounts: std::env::var("ACCOUNTS_TABLE")? };
    let app = Router::new()
        .route("/accounts/{id}", get(account).post(open))
        .route("/accounts/{id}/owner", put(rename))
        .route("/owners/{owner}/accounts", get(accounts_of))
        .route("/postings/{day}", axum::routing::delete(forget))
        .route("/help", get(help))
        .with_state(ledger);
    lambda_http::run(app).await
}
