use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, put};

const INDEX: &str = "index.json";

#[derive(Clone)]
struct Exports {
    s3: Client,
    bucket: String,
}

struct Report {
    year: u16,
    name: String,
}

impl Report {
    fn key(&self) -> String {
        format!("reports/{}/{}.csv", self.year, self.name)
    }
}

impl Exports {
    async fn read(&self, key: &str) -> Result<Bytes, StatusCode> {
        let object = self.s3.get_object().bucket(&self.bucket).key(key).send().await;
        let object = object.map_err(|_| StatusCode::BAD_GATEWAY)?;
        object.body.collect().await.map(|body| body.into_bytes()).map_err(|_| StatusCode::BAD_GATEWAY)
    }
}

async fn index(State(exports): State<Exports>) -> Result<Bytes, StatusCode> {
    exports.read(INDEX).await
}

async fn report(
    State(exports): State<Exports>,
    Path((year, name)): Path<(u16, String)>,
) -> Result<Bytes, StatusCode> {
    exports.read(&Report { year, name }.key()).await
}

async fn store(
    State(exports): State<Exports>,
    Path((year, name)): Path<(u16, String)>,
    body: Bytes,
) -> StatusCode {
    let report = Report { year, name };
    let put = exports.s3.put_object().bucket(&exports.bucket).key(report.key()).body(body.into());
    put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
}

/// Removes a report and its picture.
async fn forget(State(exports): State<Exports>, Path(name): Path<String>) -> Result<StatusCode, StatusCode> {
    let keys = [format!("drafts/{name}.csv"), format!("pictures/{name}.png")];
    let mut objects = Vec::new();
    for key in keys {
        objects.push(ObjectIdentifier::builder().key(key).build().map_err(|_| StatusCode::BAD_REQUEST)?);
    }
    let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build();
    let delete = delete.map_err(|_| StatusCode::BAD_REQUEST)?;
    let sent = exports.s3.delete_objects().bucket(&exports.bucket).delete(delete).send().await;
    sent.map(|_| StatusCode::NO_CONTENT).map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn key_of(Path((year, name)): Path<(u16, String)>) -> String {
    Report { year, name }.key()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let s3 = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let bucket = format!("exports-{}", std::env::var("STAGE").unwrap_or_else(|_| "dev".into()));
    let app = Router::new()
        .route("/index", get(index))
        .route("/reports/{year}/{name}", put(store).get(report))
        .route("/reports/{year}/{name}/key", get(key_of))
        .route("/drafts/{name}", delete(forget))
        .with_state(Exports { s3, bucket });
    lambda_http::run(app).await
}
