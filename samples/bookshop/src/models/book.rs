use serde::{Deserialize, Serialize};

use crate::error::{AppError, Result};

/// A title that the shop sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    pub id: String,
    pub title: String,
    pub author: String,
    pub category: String,
    /// In cents, so that nobody rounds.
    pub price: u64,
    /// Featured books stand in the window.
    #[serde(default)]
    pub featured: bool,
}

/// A book without its id, which the path names.
#[derive(Debug, Clone, Deserialize)]
pub struct BookDetails {
    pub title: String,
    pub author: String,
    pub category: String,
    pub price: u64,
    #[serde(default)]
    pub featured: bool,
}

impl BookDetails {
    pub fn with_id(self, id: String) -> Book {
        Book {
            id,
            title: self.title,
            author: self.author,
            category: self.category,
            price: self.price,
            featured: self.featured,
        }
    }
}

impl Book {
    /// Refuses a book that could not be found or sold.
    pub fn validate(&self) -> Result<()> {
        for (field, value) in [
            ("id", &self.id),
            ("title", &self.title),
            ("author", &self.author),
        ] {
            if value.trim().is_empty() {
                return Err(AppError::Invalid(format!("{field} must not be blank")));
            }
        }
        if self.price == 0 {
            return Err(AppError::Invalid("a book is not free".to_owned()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Book {
        let details = BookDetails {
            title: "Emma".to_owned(),
            author: "Jane Austen".to_owned(),
            category: "novel".to_owned(),
            price: 900,
            featured: false,
        };
        details.with_id("emma".to_owned())
    }

    #[test]
    fn a_whole_book_is_valid() {
        assert!(book().validate().is_ok());
    }

    #[test]
    fn a_blank_title_and_a_missing_price_are_not() {
        let mut untitled = book();
        untitled.title = " ".to_owned();
        assert!(matches!(untitled.validate(), Err(AppError::Invalid(_))));

        let mut free = book();
        free.price = 0;
        assert!(matches!(free.validate(), Err(AppError::Invalid(_))));
    }
}
