use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;

struct Naming {
    prefix: String,
}

impl Naming {
    fn races(&self) -> String {
        self.named("races")
    }

    fn runners(&self) -> String {
        self.named("runners")
    }

    fn named(&self, what: &str) -> String {
        format!("{}-{what}", self.prefix)
    }
}

trait Stored {
    fn table() -> &'static str;

    fn display_name() -> String {
        Self::table().replace('-', " ")
    }
}

struct Medal;
struct Sponsor;

impl Stored for Medal {
    fn table() -> &'static str {
        "medals"
    }
}

impl Stored for Sponsor {
    fn table() -> &'static str {
        "sponsors"
    }
}

struct Event {
    client: Client,
    naming: Naming,
}

impl Event {
    async fn status(&self, table: impl Into<String>, id: String) -> StatusCode {
        let get = self.client.get_item().table_name(table).key("id", AttributeValue::S(id));
        match get.send().await {
            Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
            Err(_) => StatusCode::BAD_GATEWAY,
        }
    }
}

async fn race(State(event): State<Arc<Event>>, Path(id): Path<String>) -> StatusCode {
    event.status(event.naming.races(), id).await
}

async fn runner(State(event): State<Arc<Event>>, Path(id): Path<String>) -> StatusCode {
    event.status(event.naming.runners(), id).await
}

async fn medal(State(event): State<Arc<Event>>, Path(id): Path<String>) -> StatusCode {
    event.status(Medal::table(), id).await
}

async fn sponsors() -> String {
    Sponsor::display_name()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let naming = Naming { prefix: std::env::var("TABLE_PREFIX")? };
    let app = Router::new()
        .route("/races/{id}", get(race))
        .route("/runners/{id}", get(runner))
        .route("/medals/{id}", get(medal))
        .route("/sponsors", get(sponsors))
        .with_state(Arc::new(Event { client, naming }));
    lambda_http::run(app).await
}
