use std::collections::HashMap;
use std::env;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::Router;
use derive_builder::Builder;
use derive_new::new;
use getset::{Getters, Setters};
use typed_builder::TypedBuilder;

/// Made by `new`, whose last argument is the table; the counter is not given.
#[derive(Clone, new)]
struct Kilns {
    client: Client,
    #[new(default)]
    seen: u64,
    table: String,
}

impl Kilns {
    async fn find(&self, id: &str) -> bool {
        let key = AttributeValue::S(format!("{id}-{}", self.seen));
        self.client.get_item().table_name(&self.table).key("id", key).send().await.is_ok()
    }

    async fn remove(&self, id: &str) -> bool {
        let key = AttributeValue::S(id.to_string());
        self.client.delete_item().table_name(&self.table).key("id", key).send().await.is_ok()
    }
}

/// Another type with a method of the same name, which reads nothing.
struct Shelf;

impl Shelf {
    async fn find(&self, id: &str) -> bool {
        !id.is_empty()
    }
}

#[derive(Clone, TypedBuilder)]
struct Glazes {
    client: Client,
    #[builder(setter(into), default = "glazes-default".to_string())]
    table: String,
}

impl Glazes {
    async fn find(&self, id: &str) -> bool {
        let key = AttributeValue::S(id.to_string());
        self.client.get_item().table_name(&self.table).key("id", key).send().await.is_ok()
    }

    async fn add(&self, id: &str) -> bool {
        let id = AttributeValue::S(id.to_string());
        self.client.put_item().table_name(&self.table).item("id", id).send().await.is_ok()
    }
}

#[derive(Clone, Builder)]
struct Clays {
    client: Client,
    #[builder(setter(into))]
    table: String,
}

#[derive(Clone, Getters, Setters)]
#[getset(get = "pub", set = "pub")]
struct Firings {
    client: Client,
    table: String,
}

#[derive(Clone, bon::Builder)]
struct Shards {
    client: Client,
    #[builder(into)]
    prefix: String,
}

#[derive(Clone, Getters)]
#[getset(get = "pub")]
struct Studio {
    client: Client,
    kilns: Kilns,
    glazes: Glazes,
}

fn status(found: bool) -> StatusCode {
    if found { StatusCode::OK } else { StatusCode::NOT_FOUND }
}

async fn kiln(State(studio): State<Studio>, Path(id): Path<String>) -> StatusCode {
    let kilns = Kilns::new(studio.client().clone(), "kilns".to_string());
    status(kilns.find(&id).await && Shelf.find(&id).await)
}

async fn remove_kiln(State(studio): State<Studio>, Path(id): Path<String>) -> StatusCode {
    status(studio.kilns().remove(&id).await)
}

async fn glaze(State(studio): State<Studio>, Path(id): Path<String>) -> StatusCode {
    status(studio.glazes().find(&id).await)
}

async fn add_glaze(State(studio): State<Studio>) -> StatusCode {
    let glazes = Glazes::builder().client(studio.client().clone()).build();
    status(glazes.add("clear").await)
}

async fn clays(State(studio): State<Studio>) -> StatusCode {
    let mut builder = ClaysBuilder::default();
    builder.client(studio.client().clone());
    builder.table("clays");
    let Ok(clays) = builder.build() else { return StatusCode::INTERNAL_SERVER_ERROR };
    // Another builder, which nobody builds.
    let _other = ClaysBuilder::default().table("unused");
    status(clays.client.scan().table_name(clays.table.as_str()).send().await.is_ok())
}

async fn firing(State(studio): State<Studio>, Path(id): Path<String>) -> StatusCode {
    let firings = latest(studio.client().clone(), "firings-new".to_string());
    let key = AttributeValue::S(id);
    let request = firings.client().get_item().table_name(firings.table());
    status(request.key("id", key).send().await.is_ok())
}

fn latest(client: Client, table: String) -> Firings {
    Firings { client, table }
}

async fn shards(State(studio): State<Studio>) -> StatusCode {
    let shards = Shards::builder().client(studio.client().clone()).prefix("shards").build();
    let endings: HashMap<&str, &str> = maplit::hashmap! { "old" => "a", "young" => "b" };
    let mut all = true;
    for (_, ending) in endings.values().enumerate() {
        let table = format!("{}-{ending}", shards.prefix);
        all &= shards.client.scan().table_name(table).send().await.is_ok();
    }
    status(all)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_from_env().await);
    let kilns = Kilns::new(client.clone(), env::var("KILNS_TABLE")?);
    let glazes = Glazes::builder().client(client.clone()).table(env::var("GLAZES_TABLE")?).build();
    let studio = Studio { client, kilns, glazes };
    let app = Router::new()
        .route("/kilns/{id}", get(kiln).delete(remove_kiln))
        .route("/glazes/{id}", get(glaze))
        .route("/glazes", post(add_glaze))
        .route("/clays", get(clays))
        .route("/firings/{id}", get(firing))
        .route("/shards", get(shards))
        .with_state(studio);
    lambda_http::run(app).await
}
