use aws_config::BehaviorVersion;
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::types::{ActionAfterCompletion, FlexibleTimeWindow, FlexibleTimeWindowMode, Target};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

const GROUP: &str = "reminders";

#[derive(Clone)]
struct Reminders {
    scheduler: Client,
    queue_arn: String,
    role_arn: String,
}

impl Reminders {
    fn target(&self, text: &str) -> Result<Target, StatusCode> {
        let target = Target::builder().arn(&self.queue_arn).role_arn(&self.role_arn).input(text).build();
        target.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    }
}

async fn remind(
    State(reminders): State<Reminders>,
    Path((id, at)): Path<(String, String)>,
    text: String,
) -> Result<StatusCode, StatusCode> {
    let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build();
    reminders
        .scheduler
        .create_schedule()
        .group_name(GROUP)
        .name(format!("reminder-{id}"))
        .schedule_expression(format!("at({at})"))
        .flexible_time_window(window.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?)
        .action_after_completion(ActionAfterCompletion::Delete)
        .target(reminders.target(&text)?)
        .send()
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(StatusCode::CREATED)
}

async fn forget(State(reminders): State<Reminders>, Path(id): Path<String>) -> StatusCode {
    let delete = reminders.scheduler.delete_schedule().group_name(GROUP).name(format!("reminder-{id}"));
    delete.send().await.map_or(StatusCode::BAD_GATEWAY, |_| StatusCode::NO_CONTENT)
}

/// Checks what a reminder would be, and creates none.
async fn check(State(reminders): State<Reminders>, text: String) -> Result<String, StatusCode> {
    Ok(format!("{:?}", reminders.target(&text)?.input()))
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let scheduler = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let reminders = Reminders {
        scheduler,
        queue_arn: std::env::var("REMINDER_QUEUE_ARN")?,
        role_arn: std::env::var("REMINDER_ROLE_ARN")?,
    };
    let app = Router::new()
        .route("/reminders/{id}/at/{at}", post(remind))
        .route("/reminders/{id}", axum::routing::delete(forget))
        .route("/check", get(check))
        .with_state(reminders);
    lambda_http::run(app).await
}
