//! The tables. Each module knows one of them; what they share is how rows are read and written.

pub mod books;
pub mod counters;
pub mod customers;
pub mod orders;
pub mod sessions;
pub mod stock;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::error::{AppError, Result};

/// The attributes of one row.
pub type Row = HashMap<String, AttributeValue>;

/// A text attribute.
pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute; DynamoDB numbers travel as text.
pub fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub fn read_text(row: &Row, name: &str) -> Result<String> {
    row.get(name)
        .and_then(|value| value.as_s().ok())
        .cloned()
        .ok_or_else(|| malformed(name))
}

pub fn read_number(row: &Row, name: &str) -> Result<u64> {
    row.get(name)
        .and_then(|value| value.as_n().ok())
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| malformed(name))
}

/// A flag that older rows may lack.
pub fn read_flag(row: &Row, name: &str) -> bool {
    row.get(name)
        .and_then(|value| value.as_bool().ok())
        .copied()
        .unwrap_or_default()
}

/// A row that the application did not write like this.
pub fn malformed(name: &str) -> AppError {
    AppError::Internal(format!("a row has no usable attribute {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_read_back() {
        let row = Row::from([
            ("title".to_owned(), text("Emma")),
            ("price".to_owned(), number(900)),
        ]);
        assert_eq!(read_text(&row, "title").unwrap(), "Emma");
        assert_eq!(read_number(&row, "price").unwrap(), 900);
        assert!(!read_flag(&row, "featured"));
    }

    #[test]
    fn a_missing_attribute_is_an_internal_error() {
        assert!(matches!(
            read_text(&Row::new(), "title"),
            Err(AppError::Internal(_))
        ));
    }
}
