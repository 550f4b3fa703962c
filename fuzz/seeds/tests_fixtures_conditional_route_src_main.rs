use axum::Router;
use axum::routing::get;

async fn root() -> &'static str {
    "root"
}

async fn docs() -> &'static str {
    "docs"
}

fn app() -> Router {
    let mut router = Router::new().route("/", get(root));
    if std::env::var("SHOW_DOCS").is_ok() {
        router = router.route("/docs", get(docs));
    }
    router
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda_http::run(app()).await
}
