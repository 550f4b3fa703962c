macro_rules! ddb_get {
    ($client:expr, $table:expr, $key:literal => $value:expr) => {
        $client
            .get_item()
            .table_name($table)
            .key($key, ::aws_sdk_dynamodb::types::AttributeValue::S($value))
            .send()
            .await
    };
}

macro_rules! ddb_put {
    ($client:expr, $table:expr, { $($name:literal : $value:expr),+ $(,)? }) => {
        $client.put_item().table_name($table)$(.item($name, ::aws_sdk_dynamodb::types::AttributeValue::S($value)))+
    };
}

/// A handler that removes an item by its id.
macro_rules! removal {
    ($name:ident, $table:literal) => {
        #[allow(dead_code)]
        async fn $name(
            ::axum::extract::State(client): ::axum::extract::State<::aws_sdk_dynamodb::Client>,
            ::axum::extract::Path(id): ::axum::extract::Path<String>,
        ) -> ::axum::http::StatusCode {
            let key = ::aws_sdk_dynamodb::types::AttributeValue::S(id);
            match client.delete_item().table_name($table).key("id", key).send().await {
                Ok(_) => ::axum::http::StatusCode::NO_CONTENT,
                Err(_) => ::axum::http::StatusCode::BAD_GATEWAY,
            }
        }
    };
}

macro_rules! names {
    ($($table:expr),+) => {
        [$($table),+].join(", ")
    };
}
