mod service;

use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};

use service::{Loans, Members, Table};

#[derive(Clone)]
struct Services {
    loans: Arc<Loans>,
    members: Arc<Members>,
}

async fn lend(State(services): State<Services>, Path((item, member)): Path<(String, String)>) -> StatusCode {
    match services.loans.lend(&item, &member).await {
        Ok(true) => StatusCode::CREATED,
        Ok(false) => StatusCode::NOT_FOUND,
        Err(()) => StatusCode::BAD_GATEWAY,
    }
}

async fn loan(State(services): State<Services>, Path(item): Path<String>) -> StatusCode {
    match services.loans.is_lent(&item).await {
        Ok(true) => StatusCode::OK,
        Ok(false) => StatusCode::NOT_FOUND,
        Err(()) => StatusCode::BAD_GATEWAY,
    }
}

async fn member(State(services): State<Services>, Path(member): Path<String>) -> StatusCode {
    match services.members.is_known(&member).await {
        Ok(true) => StatusCode::OK,
        Ok(false) => StatusCode::NOT_FOUND,
        Err(()) => StatusCode::BAD_GATEWAY,
    }
}

async fn days(State(services): State<Services>) -> String {
    services.loans.days().to_string()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let loans = Table::open(client.clone(), "loans");
    let members = Arc::new(Members::new(Table::open(client, "members")));
    let services = Services { loans: Arc::new(Loans::new(loans, members.clone())), members };
    let app = Router::new()
        .route("/loans/{item}", get(loan))
        .route("/loans/{item}/to/{member}", put(lend))
        .route("/members/{member}", get(member))
        .route("/days", get(days))
        .with_state(services);
    lambda_http::run(app).await
}
