use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};

#[derive(Clone)]
struct Repository {
    client: Client,
    table: String,
}

impl Repository {
    fn new(client: &Client, table: &str) -> Self {
        Repository { client: client.clone(), table: table.to_owned() }
    }

    async fn get(&self, id: String) -> StatusCode {
        let get = self.client.get_item().table_name(&self.table).key("id", AttributeValue::S(id));
        match get.send().await {
            Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
            Err(_) => StatusCode::BAD_GATEWAY,
        }
    }

    async fn put(&self, id: String) -> StatusCode {
        let put = self.client.put_item().table_name(&self.table).item("id", AttributeValue::S(id));
        put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::NO_CONTENT)
    }
}

#[derive(Clone)]
struct Teachers(Repository);

#[derive(Clone)]
struct Pupils(Repository);

#[derive(Clone)]
struct School {
    pupils: Repository,
    teachers: Repository,
}

impl School {
    fn new(teachers: Repository, pupils: Repository) -> Self {
        Self { pupils, teachers }
    }
}

impl FromRef<School> for Teachers {
    fn from_ref(school: &School) -> Self {
        Teachers(school.teachers.clone())
    }
}

impl FromRef<School> for Pupils {
    fn from_ref(school: &School) -> Self {
        Pupils(school.pupils.clone())
    }
}

async fn teacher(State(Teachers(repository)): State<Teachers>, Path(id): Path<String>) -> StatusCode {
    repository.get(id).await
}

async fn pupil(State(pupils): State<Pupils>, Path(id): Path<String>) -> StatusCode {
    pupils.0.get(id).await
}

async fn enrol(State(Pupils(repository)): State<Pupils>, Path(id): Path<String>) -> StatusCode {
    repository.put(id).await
}

async fn motto(State(_): State<Teachers>) -> &'static str {
    "not for school"
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let school = School::new(
        Repository::new(&client, &std::env::var("TEACHERS_TABLE")?),
        Repository::new(&client, &std::env::var("PUPILS_TABLE")?),
    );
    let app = Router::new()
        .route("/teachers/{id}", get(teacher))
        .route("/pupils/{id}", get(pupil))
        .route("/pupils/{id}/enrolment", put(enrol))
        .route("/motto", get(motto))
        .with_state(school);
    lambda_http::run(app).await
}
