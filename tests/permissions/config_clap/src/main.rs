use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use clap::{Args, Parser};

#[derive(Clone, Parser)]
struct Options {
    #[command(flatten)]
    tables: Tables,
    /// How much to say.
    #[arg(long, env, default_value = "info")]
    log_level: String,
}

#[derive(Clone, Args)]
struct Tables {
    /// Where trails are kept.
    #[arg(long, env)]
    trails_table: String,
    #[arg(long = "huts", env = "ALPINE_HUTS_TABLE", default_value = "huts")]
    huts: String,
}

#[derive(Clone)]
struct Server {
    options: Options,
    client: Client,
}

impl Server {
    fn tables(&self) -> &Tables {
        &self.options.tables
    }

    async fn lookup(&self, table: &str, id: &str) -> Result<usize, StatusCode> {
        let key = AttributeValue::S(id.to_owned());
        let output = self.client.get_item().table_name(table).key("id", key).send().await;
        let output = output.map_err(|_| StatusCode::BAD_GATEWAY)?;
        output.item.map(|item| item.len()).ok_or(StatusCode::NOT_FOUND)
    }
}

async fn trail(State(server): State<Server>, Path(id): Path<String>) -> Result<String, StatusCode> {
    server.lookup(&server.tables().trails_table, &id).await.map(|n| n.to_string())
}

async fn hut(State(server): State<Server>, Path(id): Path<String>) -> Result<String, StatusCode> {
    server.lookup(&server.tables().huts, &id).await.map(|n| n.to_string())
}

async fn level(State(server): State<Server>) -> String {
    server.options.log_level
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let options = Options::parse();
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/trails/{id}", get(trail))
        .route("/huts/{id}", get(hut))
        .route("/level", get(level))
        .with_state(Server { options, client });
    lambda_http::run(app).await
}
