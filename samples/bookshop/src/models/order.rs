use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{AppError, Result};

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderStatus {
    Placed,
    Packed,
    Shipped,
    Cancelled,
}

impl OrderStatus {
    pub const ALL: [Self; 4] = [Self::Placed, Self::Packed, Self::Shipped, Self::Cancelled];

    /// The word that the table and the API use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Packed => "packed",
            Self::Shipped => "shipped",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Some copies of one book, at the price of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    pub book_id: String,
    pub quantity: u64,
    pub price: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Order {
    pub id: String,
    pub customer_id: String,
    pub status: OrderStatus,
    pub lines: Vec<OrderLine>,
    pub total: u64,
}

impl Order {
    /// A fresh order; the total follows from the lines.
    pub fn place(number: u64, customer_id: &str, lines: Vec<OrderLine>) -> Self {
        let total = lines.iter().map(|line| line.price * line.quantity).sum();
        Self {
            // Zeros in front keep the order of text and numbers the same.
            id: format!("order-{number:06}"),
            customer_id: customer_id.to_owned(),
            status: OrderStatus::Placed,
            lines,
            total,
        }
    }
}

/// The body of `POST /orders`.
#[derive(Debug, Deserialize)]
pub struct NewOrder {
    pub lines: Vec<NewOrderLine>,
}

#[derive(Debug, Deserialize)]
pub struct NewOrderLine {
    pub book_id: String,
    pub quantity: u64,
}

impl NewOrder {
    /// A transaction holds up to a hundred writes, but nobody orders that many titles.
    const MAX_LINES: usize = 20;

    pub fn validate(&self) -> Result<()> {
        if self.lines.is_empty() || self.lines.len() > Self::MAX_LINES {
            return Err(AppError::Invalid(format!(
                "an order has 1 to {} lines",
                Self::MAX_LINES
            )));
        }
        for (index, line) in self.lines.iter().enumerate() {
            if !(1..=100).contains(&line.quantity) {
                return Err(AppError::Invalid("quantity must be 1 to 100".to_owned()));
            }
            // One transaction cannot touch the same row twice.
            if self.lines[..index]
                .iter()
                .any(|other| other.book_id == line.book_id)
            {
                return Err(AppError::Invalid(format!(
                    "{} is there twice",
                    line.book_id
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_order(lines: &[(&str, u64)]) -> NewOrder {
        let line = |&(book_id, quantity): &(&str, u64)| NewOrderLine {
            book_id: book_id.to_owned(),
            quantity,
        };
        NewOrder {
            lines: lines.iter().map(line).collect(),
        }
    }

    #[test]
    fn the_total_is_the_sum_of_the_lines() {
        let line = |price, quantity| OrderLine {
            book_id: "emma".to_owned(),
            quantity,
            price,
        };
        let order = Order::place(7, "ada", vec![line(900, 2), line(250, 1)]);
        assert_eq!(order.total, 2050);
        assert_eq!(order.id, "order-000007");
    }

    #[test]
    fn empty_repeated_and_huge_orders_are_refused() {
        assert!(new_order(&[("emma", 1), ("dune", 2)]).validate().is_ok());
        assert!(new_order(&[]).validate().is_err());
        assert!(new_order(&[("emma", 0)]).validate().is_err());
        assert!(new_order(&[("emma", 1), ("emma", 1)]).validate().is_err());
    }

    #[test]
    fn every_status_reads_back() {
        for status in OrderStatus::ALL {
            assert_eq!(OrderStatus::parse(status.as_str()), Some(status));
        }
    }
}
