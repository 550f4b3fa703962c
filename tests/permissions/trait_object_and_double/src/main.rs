mod baskets;

use std::sync::Arc;

use aws_config::BehaviorVersion;
use axum::Router;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use axum::routing::get;

use baskets::{Baskets, DynamoBaskets, Prices, StaticPrices};

#[derive(Clone, FromRef)]
struct App {
    baskets: Arc<dyn Baskets>,
    prices: Arc<dyn Prices>,
}

async fn basket(
    State(baskets): State<Arc<dyn Baskets>>,
    Path(id): Path<String>,
) -> Result<String, StatusCode> {
    let lines = baskets.lines(&id).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(lines.join("\n"))
}

async fn empty(State(baskets): State<Arc<dyn Baskets>>, Path(id): Path<String>) -> StatusCode {
    baskets.clear(&id).await.map_or(StatusCode::BAD_GATEWAY, |()| StatusCode::NO_CONTENT)
}

async fn price(State(prices): State<Arc<dyn Prices>>, Path(article): Path<String>) -> String {
    prices.of(&article).await.to_string()
}

fn app(baskets: Arc<dyn Baskets>, prices: Arc<dyn Prices>) -> Router {
    Router::new()
        .route("/baskets/{id}", get(basket).delete(empty))
        .route("/prices/{article}", get(price))
        .with_state(App { baskets, prices })
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let baskets = DynamoBaskets::new(&config, std::env::var("BASKETS_TABLE")?);
    lambda_http::run(app(Arc::new(baskets), Arc::new(StaticPrices))).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use baskets::double::MemoryBaskets;

    #[tokio::test]
    async fn starts_empty() {
        let baskets: Arc<dyn Baskets> = Arc::new(MemoryBaskets::default());
        assert_eq!(basket(State(baskets), Path("a".into())).await, Ok(String::new()));
    }
}
