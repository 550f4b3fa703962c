use serde::{Deserialize, Serialize};

pub trait Entity: Serialize + for<'de> Deserialize<'de> {
    const TABLE: &'static str;
    const KEY: &'static str = "id";
}

#[derive(Serialize, Deserialize)]
pub struct Customer {
    pub number: String,
    pub name: String,
}

impl Entity for Customer {
    const TABLE: &'static str = "customers";
    const KEY: &'static str = "number";
}

#[derive(Serialize, Deserialize)]
pub struct Invoice {
    pub id: String,
    pub total: u64,
}

impl Entity for Invoice {
    const TABLE: &'static str = "invoices";
}

/// Kept for an import that is done elsewhere.
#[allow(dead_code)]
#[derive(Serialize, Deserialize)]
pub struct Reminder {
    pub id: String,
}

impl Entity for Reminder {
    const TABLE: &'static str = "reminders";
}
