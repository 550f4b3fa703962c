//! The catalogue.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::db::{Row, number, read_flag, read_number, read_text, text};
use crate::error::{AppError, Result};
use crate::models::book::Book;

/// Where books come from.
#[async_trait]
pub trait BookRepository: Send + Sync {
    /// Every book, ordered by id.
    async fn list(&self) -> Result<Vec<Book>>;

    /// Only the books that stand in the window, ordered by id.
    async fn featured(&self) -> Result<Vec<Book>>;

    async fn find(&self, id: &str) -> Result<Option<Book>>;

    /// Adds a book; one with the same id must not be there yet.
    async fn insert(&self, book: &Book) -> Result<()>;

    /// Replaces a book, which must be there.
    async fn replace(&self, book: &Book) -> Result<()>;

    /// Takes a book out of the catalogue; says whether it was there.
    async fn remove(&self, id: &str) -> Result<bool>;
}

/// The repository behind the deployed API.
pub struct DynamoBooks {
    client: Client,
    table: String,
}

impl DynamoBooks {
    pub fn new(client: Client, table: &str) -> Self {
        Self {
            client,
            table: table.to_owned(),
        }
    }
}

#[async_trait]
impl BookRepository for DynamoBooks {
    async fn list(&self) -> Result<Vec<Book>> {
        let mut rows = self
            .client
            .scan()
            .table_name(&self.table)
            .into_paginator()
            .items()
            .send();
        let mut books = Vec::new();
        while let Some(row) = rows.next().await {
            books.push(from_row(&row?)?);
        }
        Ok(by_id(books))
    }

    async fn featured(&self) -> Result<Vec<Book>> {
        let mut rows = self
            .client
            .scan()
            .table_name(&self.table)
            .filter_expression("featured = :yes")
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .into_paginator()
            .items()
            .send();
        let mut books = Vec::new();
        while let Some(row) = rows.next().await {
            books.push(from_row(&row?)?);
        }
        Ok(by_id(books))
    }

    async fn find(&self, id: &str) -> Result<Option<Book>> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", text(id))
            .send()
            .await?;
        output.item().map(from_row).transpose()
    }

    async fn insert(&self, book: &Book) -> Result<()> {
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_row(book)))
            .condition_expression("attribute_not_exists(id)")
            .send()
            .await;
        match result {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Err(AppError::Conflict(format!("{} is there already", book.id)))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn replace(&self, book: &Book) -> Result<()> {
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_row(book)))
            .condition_expression("attribute_exists(id)")
            .send()
            .await;
        match result {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Err(AppError::NotFound("book"))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn remove(&self, id: &str) -> Result<bool> {
        let output = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("id", text(id))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld)
            .send()
            .await?;
        Ok(output.attributes().is_some())
    }
}

/// A scan has no order of its own.
fn by_id(mut books: Vec<Book>) -> Vec<Book> {
    books.sort_by(|a, b| a.id.cmp(&b.id));
    books
}

fn to_row(book: &Book) -> Row {
    Row::from([
        ("id".to_owned(), text(&book.id)),
        ("title".to_owned(), text(&book.title)),
        ("author".to_owned(), text(&book.author)),
        ("category".to_owned(), text(&book.category)),
        ("price".to_owned(), number(book.price)),
        ("featured".to_owned(), AttributeValue::Bool(book.featured)),
    ])
}

fn from_row(row: &Row) -> Result<Book> {
    Ok(Book {
        id: read_text(row, "id")?,
        title: read_text(row, "title")?,
        author: read_text(row, "author")?,
        category: read_text(row, "category")?,
        price: read_number(row, "price")?,
        featured: read_flag(row, "featured"),
    })
}

#[cfg(test)]
pub mod in_memory {
    //! A catalogue without a table, for tests.

    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    pub struct InMemoryBooks {
        books: Mutex<BTreeMap<String, Book>>,
    }

    impl InMemoryBooks {
        pub fn with(books: impl IntoIterator<Item = Book>) -> Self {
            let books = books.into_iter().map(|book| (book.id.clone(), book));
            Self {
                books: Mutex::new(books.collect()),
            }
        }
    }

    #[async_trait]
    impl BookRepository for InMemoryBooks {
        async fn list(&self) -> Result<Vec<Book>> {
            Ok(self.books.lock().unwrap().values().cloned().collect())
        }

        async fn featured(&self) -> Result<Vec<Book>> {
            let mut books = self.list().await?;
            books.retain(|book| book.featured);
            Ok(books)
        }

        async fn find(&self, id: &str) -> Result<Option<Book>> {
            Ok(self.books.lock().unwrap().get(id).cloned())
        }

        async fn insert(&self, book: &Book) -> Result<()> {
            let mut books = self.books.lock().unwrap();
            if books.contains_key(&book.id) {
                return Err(AppError::Conflict(format!("{} is there already", book.id)));
            }
            books.insert(book.id.clone(), book.clone());
            Ok(())
        }

        async fn replace(&self, book: &Book) -> Result<()> {
            let mut books = self.books.lock().unwrap();
            let old = books.get_mut(&book.id).ok_or(AppError::NotFound("book"))?;
            *old = book.clone();
            Ok(())
        }

        async fn remove(&self, id: &str) -> Result<bool> {
            Ok(self.books.lock().unwrap().remove(id).is_some())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_reads_back_from_its_row() {
        let book = Book {
            id: "emma".to_owned(),
            title: "Emma".to_owned(),
            author: "Jane Austen".to_owned(),
            category: "novel".to_owned(),
            price: 900,
            featured: true,
        };
        assert_eq!(from_row(&to_row(&book)).unwrap(), book);
    }
}
