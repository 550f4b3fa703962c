mod posts;

use aws_config::BehaviorVersion;
use axum::Router;
use axum::routing::{delete, get, post};

#[derive(Clone)]
pub struct Blog {
    pub dynamo: aws_sdk_dynamodb::Client,
    pub sns: aws_sdk_sns::Client,
    #[cfg_attr(not(feature = "exports"), allow(dead_code))]
    pub s3: aws_sdk_s3::Client,
}

/// Mounted by nobody since the rewrite.
#[allow(dead_code)]
fn admin() -> Router<Blog> {
    Router::new().route("/admin/posts", delete(posts::delete_all))
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let blog = Blog {
        dynamo: aws_sdk_dynamodb::Client::new(&config),
        sns: aws_sdk_sns::Client::new(&config),
        s3: aws_sdk_s3::Client::new(&config),
    };
    let app = Router::new()
        .route("/posts/{id}", get(posts::read))
        .route("/posts", post(posts::publish))
        .route("/ping", get(|| async { "pong" }))
        .with_state(blog);
    lambda_http::run(app).await
}
