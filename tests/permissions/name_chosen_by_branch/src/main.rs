use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Car,
    Bike,
    Boat,
}

impl Kind {
    fn table(self) -> Option<&'static str> {
        match self {
            Kind::Car => Some("cars"),
            Kind::Bike => Some("bikes"),
            Kind::Boat => None,
        }
    }

    fn plural(self) -> &'static str {
        match self {
            Kind::Car => "cars",
            Kind::Bike => "bikes",
            Kind::Boat => "boats",
        }
    }
}

#[derive(Deserialize)]
struct Urgency {
    #[serde(default)]
    urgent: bool,
}

#[derive(Clone)]
struct Garage {
    dynamo: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    queues: [String; 2],
}

async fn vehicle(State(garage): State<Garage>, Path((kind, id)): Path<(Kind, String)>) -> StatusCode {
    let Some(table) = kind.table() else { return StatusCode::NOT_FOUND };
    let get = garage.dynamo.get_item().table_name(table).key("id", AttributeValue::S(id));
    match get.send().await {
        Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn order(State(garage): State<Garage>, Query(query): Query<Urgency>, part: String) -> StatusCode {
    let queue = if query.urgent { &garage.queues[0] } else { &garage.queues[1] };
    let sent = garage.sqs.send_message().queue_url(queue).message_body(part).send().await;
    sent.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::ACCEPTED)
}

async fn kinds() -> Json<[&'static str; 3]> {
    Json([Kind::Car, Kind::Bike, Kind::Boat].map(Kind::plural))
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let garage = Garage {
        dynamo: aws_sdk_dynamodb::Client::new(&config),
        sqs: aws_sdk_sqs::Client::new(&config),
        queues: [std::env::var("URGENT_QUEUE_URL")?, std::env::var("NORMAL_QUEUE_URL")?],
    };
    let app = Router::new()
        .route("/vehicles/{kind}/{id}", get(vehicle))
        .route("/parts", post(order))
        .route("/kinds", get(kinds))
        .with_state(garage);
    lambda_http::run(app).await
}
