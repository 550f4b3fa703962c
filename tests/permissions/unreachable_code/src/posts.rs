use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::Blog;

pub async fn read(State(blog): State<Blog>, Path(id): Path<String>) -> StatusCode {
    #[cfg(feature = "exports")]
    export(&blog, &id).await;
    let get = blog.dynamo.get_item().table_name("posts").key("id", AttributeValue::S(id));
    match get.send().await {
        Ok(output) => output.item.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK),
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

pub async fn publish(State(blog): State<Blog>, text: String) -> StatusCode {
    let put = blog.dynamo.put_item().table_name("posts").item("text", AttributeValue::S(text.clone()));
    if put.send().await.is_err() {
        return StatusCode::BAD_GATEWAY;
    }
    if cfg!(feature = "feeds") {
        let _ = blog
            .sns
            .publish()
            .topic_arn("arn:aws:sns:eu-west-1:123456789012:feed")
            .message(text)
            .send()
            .await;
    }
    StatusCode::CREATED
}

#[cfg(feature = "exports")]
async fn export(blog: &Blog, id: &str) {
    let _ = blog.s3.put_object().bucket("exports").key(id).send().await;
}

#[allow(dead_code)]
pub async fn delete_all(State(blog): State<Blog>) -> StatusCode {
    match blog.dynamo.delete_table().table_name("posts").send().await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes the table that the tests use.
    async fn fixture(blog: &Blog) {
        blog.dynamo.create_table().table_name("posts-test").send().await.expect("a table");
    }

    #[tokio::test]
    #[ignore = "needs a local DynamoDB"]
    async fn reads_what_was_published() {
        let config = aws_config::load_from_env().await;
        let blog = Blog {
            dynamo: aws_sdk_dynamodb::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            s3: aws_sdk_s3::Client::new(&config),
        };
        fixture(&blog).await;
        assert_eq!(publish(State(blog), "text".into()).await, StatusCode::CREATED);
    }
}
