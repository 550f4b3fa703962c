//! The item, as the API shows it and as the table stores it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// The attributes of one row.
pub type Row = HashMap<String, AttributeValue>;

/// One thing on the shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub quantity: u32,
}

/// The body of `PUT /items/{id}`: the id comes from the path.
#[derive(Debug, Deserialize)]
pub struct ItemUpdate {
    pub name: String,
    #[serde(default)]
    pub quantity: u32,
}

impl Item {
    /// The row that stores this item.
    pub fn to_row(&self) -> Row {
        HashMap::from([
            ("id".to_owned(), AttributeValue::S(self.id.clone())),
            ("name".to_owned(), AttributeValue::S(self.name.clone())),
            // DynamoDB numbers travel as text.
            (
                "quantity".to_owned(),
                AttributeValue::N(self.quantity.to_string()),
            ),
        ])
    }

    /// Reads an item back from its row.
    pub fn from_row(row: &Row) -> Result<Self, AppError> {
        let text = |key: &str| {
            row.get(key)
                .and_then(|value| value.as_s().ok())
                .cloned()
                .ok_or_else(|| AppError::BadRow(key.to_owned()))
        };
        let quantity = row
            .get("quantity")
            .and_then(|value| value.as_n().ok())
            .and_then(|number| number.parse().ok())
            .unwrap_or_default();
        Ok(Self {
            id: text("id")?,
            name: text("name")?,
            quantity,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_back_as_the_same_item() {
        let item = Item {
            id: "lamp".to_owned(),
            name: "Desk lamp".to_owned(),
            quantity: 3,
        };
        assert_eq!(Item::from_row(&item.to_row()).unwrap(), item);
    }

    #[test]
    fn a_row_without_a_name_is_refused() {
        let row = Row::from([("id".to_owned(), AttributeValue::S("lamp".to_owned()))]);
        assert!(matches!(Item::from_row(&row), Err(AppError::BadRow(key)) if key == "name"));
    }
}
