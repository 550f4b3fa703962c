//! Cover images, in a bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use axum::body::Bytes;

use crate::error::{AppError, Result};

/// An image as it was uploaded.
pub struct Cover {
    pub content_type: String,
    pub image: Bytes,
}

#[derive(Clone)]
pub struct CoverStore {
    client: Client,
    bucket: String,
}

impl CoverStore {
    pub fn new(client: Client, bucket: &str) -> Self {
        Self {
            client,
            bucket: bucket.to_owned(),
        }
    }

    pub async fn put(&self, book_id: &str, cover: Cover) -> Result<()> {
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key(book_id))
            .content_type(cover.content_type)
            .body(ByteStream::from(cover.image))
            .send()
            .await?;
        Ok(())
    }

    pub async fn get(&self, book_id: &str) -> Result<Option<Cover>> {
        let found = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key(book_id))
            .send()
            .await;
        let object = match found {
            Ok(object) => object,
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let content_type = object
            .content_type()
            .unwrap_or("application/octet-stream")
            .to_owned();
        let image = object
            .body
            .collect()
            .await
            .map_err(|error| AppError::Internal(error.to_string()))?
            .into_bytes();
        Ok(Some(Cover {
            content_type,
            image,
        }))
    }
}

/// All covers stand under one prefix.
fn key(book_id: &str) -> String {
    format!("covers/{book_id}")
}
