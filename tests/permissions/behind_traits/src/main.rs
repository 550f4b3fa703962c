use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use enum_dispatch::enum_dispatch;

/// Where pictures lie.
#[enum_dispatch]
trait Keep {
    async fn fetch(&self, name: &str) -> Option<Vec<u8>>;
    async fn forget(&self, name: &str) -> bool;
}

struct Folder {
    path: String,
}

impl Keep for Folder {
    async fn fetch(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(format!("{}/{name}", self.path)).ok()
    }

    async fn forget(&self, name: &str) -> bool {
        std::fs::remove_file(format!("{}/{name}", self.path)).is_ok()
    }
}

struct Bucket {
    s3: aws_sdk_s3::Client,
    name: String,
}

impl Keep for Bucket {
    async fn fetch(&self, name: &str) -> Option<Vec<u8>> {
        let object = self.s3.get_object().bucket(&self.name).key(name).send().await.ok()?;
        Some(object.body.collect().await.ok()?.to_vec())
    }

    async fn forget(&self, name: &str) -> bool {
        self.s3.delete_object().bucket(&self.name).key(name).send().await.is_ok()
    }
}

#[enum_dispatch(Keep)]
enum Keeper {
    Folder,
    Bucket,
}

/// What is kept of birds.
trait Birds {
    async fn one(&self, id: String) -> bool;
}

/// What is kept of nests.
trait Nests {
    async fn leave(&self, id: String) -> bool;
}

struct Table {
    dynamodb: aws_sdk_dynamodb::Client,
    name: String,
}

impl Birds for Table {
    async fn one(&self, id: String) -> bool {
        let found = self.dynamodb.get_item().table_name(&self.name).key("id", AttributeValue::S(id)).send();
        found.await.is_ok_and(|found| found.item.is_some())
    }
}

struct NestTable(Table);

impl Nests for NestTable {
    async fn leave(&self, id: String) -> bool {
        let Table { dynamodb, name } = &self.0;
        dynamodb.delete_item().table_name(name).key("id", AttributeValue::S(id)).send().await.is_ok()
    }
}

/// All that is kept, as services see it.
trait Repositories {
    type Birds: Birds;
    type Nests: Nests;

    fn birds(&self) -> &Self::Birds;
    fn nests(&self) -> &Self::Nests;
}

struct Tables {
    birds: Table,
    nests: NestTable,
}

impl Repositories for Tables {
    type Birds = Table;
    type Nests = NestTable;

    fn birds(&self) -> &Self::Birds {
        &self.birds
    }

    fn nests(&self) -> &Self::Nests {
        &self.nests
    }
}

struct Service<R: Repositories> {
    repositories: R,
}

impl<R: Repositories> Service<R> {
    async fn knows(&self, id: String) -> bool {
        self.repositories.birds().one(id).await
    }

    async fn leave(&self, id: String) -> bool {
        self.repositories.nests().leave(id).await
    }
}

struct App {
    pictures: Keeper,
    service: Service<Tables>,
}

async fn picture(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Vec<u8>, StatusCode> {
    app.pictures.fetch(&id).await.ok_or(StatusCode::NOT_FOUND)
}

async fn forget(State(app): State<Arc<App>>, Path(id): Path<String>) -> StatusCode {
    if app.pictures.forget(&id).await { StatusCode::NO_CONTENT } else { StatusCode::BAD_GATEWAY }
}

async fn bird(State(app): State<Arc<App>>, Path(id): Path<String>) -> StatusCode {
    if app.service.knows(id).await { StatusCode::OK } else { StatusCode::NOT_FOUND }
}

async fn leave(State(app): State<Arc<App>>, Path(id): Path<String>) -> StatusCode {
    if app.service.leave(id).await { StatusCode::NO_CONTENT } else { StatusCode::BAD_GATEWAY }
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let pictures = Bucket { s3: aws_sdk_s3::Client::new(&config), name: std::env::var("PICTURES_BUCKET")? };
    let dynamodb = aws_sdk_dynamodb::Client::new(&config);
    let birds = Table { dynamodb: dynamodb.clone(), name: std::env::var("BIRDS_TABLE")? };
    let nests = NestTable(Table { dynamodb, name: std::env::var("NESTS_TABLE")? });
    let service = Service { repositories: Tables { birds, nests } };
    let app = Arc::new(App { pictures: pictures.into(), service });
    let router = Router::new()
        .route("/birds/{id}", get(bird))
        .route("/birds/{id}/picture", get(picture).delete(forget))
        .route("/nests/{id}/leave", post(leave))
        .with_state(app);
    lambda_http::run(router).await
}
