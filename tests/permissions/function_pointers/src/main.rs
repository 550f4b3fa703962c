mod jobs;

use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

use jobs::{JOBS, JobFuture};

type Check = Box<dyn Fn(Client, String) -> JobFuture + Send + Sync>;

struct Runner {
    client: Client,
    check: Check,
}

async fn run(State(runner): State<Arc<Runner>>, Path((name, id)): Path<(String, String)>) -> StatusCode {
    let Some((_, job)) = JOBS.iter().find(|(known, _)| *known == name) else { return StatusCode::NOT_FOUND };
    status(job(runner.client.clone(), id).await)
}

async fn check(State(runner): State<Arc<Runner>>, Path(id): Path<String>) -> StatusCode {
    status((runner.check)(runner.client.clone(), id).await)
}

async fn retry(State(runner): State<Arc<Runner>>, Path(id): Path<String>) -> StatusCode {
    twice(jobs::requeue, &runner.client, &id).await
}

async fn twice(job: fn(Client, String) -> JobFuture, client: &Client, id: &str) -> StatusCode {
    if job(client.clone(), id.to_owned()).await {
        return StatusCode::OK;
    }
    status(job(client.clone(), id.to_owned()).await)
}

fn status(done: bool) -> StatusCode {
    if done { StatusCode::OK } else { StatusCode::BAD_GATEWAY }
}

async fn names() -> String {
    JOBS.map(|(name, _)| name).join("\n")
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let is_known: Check = Box::new(|client, id| {
        Box::pin(async move {
            let key = jobs::text(id);
            client.get_item().table_name("job-states").key("id", key).send().await.is_ok()
        })
    });
    let app = Router::new()
        .route("/jobs/{name}/{id}", post(run))
        .route("/states/{id}", get(check))
        .route("/retries/{id}", post(retry))
        .route("/jobs", get(names))
        .with_state(Arc::new(Runner { client, check: is_known }));
    lambda_http::run(app).await
}
