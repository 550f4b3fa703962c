use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

#[derive(Clone, Deserialize, Serialize)]
struct Profile {
    key_id: Option<String>,
}

impl Profile {
    fn without_key() -> Self {
        Self { key_id: None }
    }

    fn normalize(&mut self) {
        if self.key_id.as_deref().is_some_and(str::is_empty) {
            self.key_id = None;
        }
    }

    fn store(&self, s3: &Client) -> Objects {
        Objects { s3: s3.clone(), key_id: self.key_id.clone() }
    }
}

#[derive(Clone)]
struct Objects {
    s3: Client,
    key_id: Option<String>,
}

impl Objects {
    async fn put(&self, id: &str) -> StatusCode {
        let mut put = self.s3.put_object().bucket("vault").key(id);
        if let Some(key_id) = &self.key_id {
            put = put.ssekms_key_id(key_id);
        }
        put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
    }
}

#[derive(Clone)]
struct Drafts {
    s3: Client,
}

impl Drafts {
    async fn put(&self, id: &str) -> StatusCode {
        let put = self.s3.put_object().bucket("drafts").key(id);
        put.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::CREATED)
    }
}

#[derive(Clone)]
enum Store {
    Objects(Objects),
    Nowhere,
}

impl From<Objects> for Store {
    fn from(objects: Objects) -> Self {
        Self::Objects(objects)
    }
}

impl Store {
    async fn put(&self, id: &str) -> StatusCode {
        match self {
            Self::Objects(objects) => objects.put(id).await,
            Self::Nowhere => StatusCode::NOT_FOUND,
        }
    }
}

async fn object(
    State(s3): State<Client>,
    Path(id): Path<String>,
    Query(mut profile): Query<Profile>,
) -> StatusCode {
    profile.normalize();
    let store: Store = if id.is_empty() { Store::Nowhere } else { profile.store(&s3).into() };
    store.put(&id).await
}

async fn draft(State(s3): State<Client>, Path(id): Path<String>) -> StatusCode {
    Drafts { s3 }.put(&id).await
}

async fn profile() -> Json<Profile> {
    Json(Profile::without_key())
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let s3 = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/objects/{id}", put(object))
        .route("/drafts/{id}", put(draft))
        .route("/profile", get(profile))
        .with_state(s3);
    lambda_http::run(app).await
}
