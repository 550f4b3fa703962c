use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::Request;
use axum::response::Response;
use tower::{Layer, Service};

#[derive(Clone)]
pub struct AuditLayer {
    client: Client,
    table: String,
}

impl AuditLayer {
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl<S> Layer<S> for AuditLayer {
    type Service = Audit<S>;

    fn layer(&self, inner: S) -> Audit<S> {
        Audit { inner, log: self.clone() }
    }
}

#[derive(Clone)]
pub struct Audit<S> {
    inner: S,
    log: AuditLayer,
}

impl<S> Service<Request> for Audit<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let log = self.log.clone();
        let path = request.uri().path().to_owned();
        let future = self.inner.call(request);
        Box::pin(async move {
            let response = future.await?;
            if response.status().is_success() {
                let put = log.client.put_item().table_name(&log.table).item("path", AttributeValue::S(path));
                let _ = put.send().await;
            }
            Ok(response)
        })
    }
}
