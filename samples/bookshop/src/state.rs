//! What handlers, extractors and middleware share.

use std::sync::Arc;

use aws_config::SdkConfig;
use axum::extract::FromRef;

use crate::config::Config;
use crate::covers::CoverStore;
use crate::db::books::{BookRepository, DynamoBooks};
use crate::db::counters::Counters;
use crate::db::customers::CustomerStore;
use crate::db::orders::OrderStore;
use crate::db::sessions::SessionStore;
use crate::db::stock::StockStore;
use crate::queue::OrderQueue;

/// One value of this type lives as long as the function. Cloning it is cheap.
#[derive(Clone)]
pub struct AppState {
    /// Behind a trait, so that tests can do without a table.
    pub books: Arc<dyn BookRepository>,
    pub stock: StockStore,
    pub orders: OrderStore,
    pub customers: CustomerStore,
    pub sessions: SessionStore,
    pub counters: Counters,
    pub covers: CoverStore,
    pub queue: OrderQueue,
}

impl AppState {
    pub fn new(sdk: &SdkConfig, config: &Config) -> Self {
        let dynamodb = aws_sdk_dynamodb::Client::new(sdk);
        Self {
            books: Arc::new(DynamoBooks::new(dynamodb.clone(), &config.books_table)),
            stock: StockStore::new(dynamodb.clone(), &config.stock_table),
            // Orders take from the stock in the same transaction, so they know both tables.
            orders: OrderStore::new(dynamodb.clone(), &config.orders_table, &config.stock_table),
            customers: CustomerStore::new(dynamodb.clone(), &config.customers_table),
            sessions: SessionStore::new(dynamodb.clone(), &config.sessions_table),
            counters: Counters::new(dynamodb, &config.counters_table),
            covers: CoverStore::new(aws_sdk_s3::Client::new(sdk), &config.covers_bucket),
            queue: OrderQueue::new(aws_sdk_sqs::Client::new(sdk), &config.orders_queue_url),
        }
    }
}

impl FromRef<AppState> for SessionStore {
    fn from_ref(state: &AppState) -> Self {
        state.sessions.clone()
    }
}
