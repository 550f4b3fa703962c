use serde::{Deserialize, Serialize};

/// How many copies of a book lie in the warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stock {
    pub book_id: String,
    pub quantity: u64,
}

/// The body of `PUT /admin/stock/{id}`.
#[derive(Debug, Deserialize)]
pub struct StockUpdate {
    pub quantity: u64,
}
