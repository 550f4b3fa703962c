use std::collections::HashMap;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, KeysAndAttributes, PutRequest, WriteRequest};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};

const SEATS: &str = "seats";
const HOLDS: &str = "seat-holds";

type Failure = StatusCode;

fn invalid<E>(_: E) -> Failure {
    StatusCode::INTERNAL_SERVER_ERROR
}

fn key(id: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("id".to_owned(), AttributeValue::S(id.to_owned()))])
}

fn wanted(ids: &[&str]) -> Result<HashMap<String, KeysAndAttributes>, Failure> {
    let keys = KeysAndAttributes::builder().set_keys(Some(ids.iter().copied().map(key).collect()));
    Ok(HashMap::from([(SEATS.to_string(), keys.build().map_err(invalid)?)]))
}

fn swap(ids: &[&str]) -> Result<HashMap<String, Vec<WriteRequest>>, Failure> {
    let mut taken = Vec::new();
    let mut released = Vec::new();
    for id in ids {
        let put = PutRequest::builder().set_item(Some(key(id))).build().map_err(invalid)?;
        taken.push(WriteRequest::builder().put_request(put).build());
        let delete = DeleteRequest::builder().set_key(Some(key(id))).build().map_err(invalid)?;
        released.push(WriteRequest::builder().delete_request(delete).build());
    }
    let mut requests = HashMap::new();
    requests.insert(SEATS.to_string(), taken);
    requests.insert(HOLDS.to_string(), released);
    Ok(requests)
}

async fn seats(State(client): State<Client>, Path(ids): Path<String>) -> Result<Json<usize>, Failure> {
    let ids: Vec<&str> = ids.split(',').collect();
    let request = client.batch_get_item().set_request_items(Some(wanted(&ids)?));
    let output = request.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(Json(output.responses().and_then(|tables| tables.get(SEATS)).map_or(0, Vec::len)))
}

async fn book(State(client): State<Client>, Path(ids): Path<String>) -> Result<StatusCode, Failure> {
    let ids: Vec<&str> = ids.split(',').collect();
    let mut left = Some(swap(&ids)?);
    while let Some(requests) = left.filter(|requests| !requests.is_empty()) {
        let output = client.batch_write_item().set_request_items(Some(requests)).send().await;
        left = output.map_err(|_| StatusCode::BAD_GATEWAY)?.unprocessed_items;
    }
    Ok(StatusCode::CREATED)
}

async fn release(State(client): State<Client>, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    let delete = DeleteRequest::builder().set_key(Some(key(&id))).build().map_err(invalid)?;
    let writes = vec![WriteRequest::builder().delete_request(delete).build()];
    let output = client.batch_write_item().request_items(HOLDS, writes).send().await;
    output.map(|_| StatusCode::NO_CONTENT).map_err(|_| StatusCode::BAD_GATEWAY)
}

/// How large the batch would be.
async fn size(Path(ids): Path<String>) -> Result<Json<usize>, Failure> {
    let ids: Vec<&str> = ids.split(',').collect();
    Ok(Json(swap(&ids)?.values().map(Vec::len).sum()))
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/seats/{ids}", get(seats))
        .route("/bookings/{ids}", post(book).get(size))
        .route("/holds/{ids}", axum::routing::delete(release))
        .with_state(client);
    lambda_http::run(app).await
}
