//! Where the application's data lives, as the environment says it.

use std::env::{self, VarError};

/// The settings of one deployment. Each comes from the variable of the same name.
#[derive(Debug, Clone)]
pub struct Config {
    pub books_table: String,
    pub stock_table: String,
    pub orders_table: String,
    pub customers_table: String,
    pub sessions_table: String,
    pub counters_table: String,
    pub covers_bucket: String,
    pub orders_queue_url: String,
    /// The one origin that may call the API from a browser.
    pub allowed_origin: String,
}

impl Config {
    /// Reads every setting; a missing one is an error, so a wrong deployment fails at its start.
    pub fn from_env() -> Result<Self, VarError> {
        Ok(Self {
            books_table: env::var("BOOKS_TABLE")?,
            stock_table: env::var("STOCK_TABLE")?,
            orders_table: env::var("ORDERS_TABLE")?,
            customers_table: env::var("CUSTOMERS_TABLE")?,
            sessions_table: env::var("SESSIONS_TABLE")?,
            counters_table: env::var("COUNTERS_TABLE")?,
            covers_bucket: env::var("COVERS_BUCKET")?,
            orders_queue_url: env::var("ORDERS_QUEUE_URL")?,
            allowed_origin: env::var("ALLOWED_ORIGIN")?,
        })
    }
}
