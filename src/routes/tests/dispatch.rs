//! Handlers that match on method and path.

use super::{check, evaluated};

/// A handler with this body, run by `service_fn`.
fn served(body: &str) -> String {
    format!(
        "use lambda_http::{{service_fn, Request, http::Method}}; #[tokio::main] async fn main() {{ run(service_fn(handler)).await; }} \
         async fn handler(event: Request) -> Result<Response, Error> {{ {body} }}"
    )
}

#[test]
fn arms_on_method_and_path_are_routes() {
    check(
        &served(
            r#"match (event.method(), event.uri().path()) {
                (&Method::GET, "/x") => a().await,
                (&Method::POST | &Method::PUT, "/x" | "/y") => Ok(b(event.clone()).await?),
                (&Method::GET, path) if path.starts_with("/z/") => { c(path).await }
                (_, "/any") => { let x = 1; d(x).await }
                _ => a().await,
            }"#,
        ),
        r#"GET /x a [handler]
        POST /x b [handler]
        PUT /x b [handler]
        POST /y b [handler]
        PUT /y b [handler]
        GET /z/{rest+} c [handler]
        ANY /any closure [handler]
        404 "" a [handler]"#,
    );
}

#[test]
fn locals_segments_and_strings_are_seen_through() {
    check(
        &served(
            r#"let (method, path) = (event.method().as_str(), event.raw_http_path()); let path = path.trim_matches('/');
            let segments: Vec<&str> = path.split('/').collect();
            match (method, segments.as_slice()) {
                ("GET", ["users"]) => a().await,
                ("GET", ["users", id]) => b(id).await,
                ("DELETE", ["files", rest @ ..]) => c(rest).await,
                (_, []) => d().await,
            }"#,
        ),
        "GET /users a [handler]
        GET /users/{id} b [handler]
        DELETE /files/{rest+} c [handler]
        ANY / d [handler]",
    );
}

#[test]
fn nested_matches_and_helpers_are_followed() {
    check(
        &served("route(event.method(), event.uri().path()).await }
            async fn route(method: &Method, path: &str) -> Result<Response, Error> {
                match path { \"/x\" => match *method { Method::GET => a().await, Method::POST => b().await, _ => d().await }, \"/y\" => c().await, _ => d().await }"),
        r#"GET /x a [handler]
        POST /x b [handler]
        ANY /x d [handler]
        ANY /y c [handler]
        404 "" d [handler]"#,
    );
}

#[test]
fn events_of_the_gateway_and_closures_are_known() {
    check(
        r#"use lambda_runtime::{service_fn, LambdaEvent}; #[tokio::main] async fn main() { let client = 1; lambda_runtime::run(service_fn(|event| async { handle(event, &client).await })).await; }
        async fn handle(event: LambdaEvent<ApiGatewayProxyRequest>, client: &u8) -> Result<Response, Error> {
            match (event.payload.http_method.as_str(), event.payload.resource.as_deref()) { ("GET", Some("/items/{id}")) => a().await, _ => b().await } }"#,
        r#"GET /items/{id} a [handle]
        404 "" b [handle]"#,
    );
}

#[test]
fn a_handler_without_such_a_match_has_no_routes() {
    let (table, diagnostics) =
        evaluated(&served("match event.body() { Some(x) => a().await, None => b().await }"));
    assert!(table.routes.is_empty());
    assert_eq!(diagnostics.sorted()[0].code.as_str(), "LS0201");
}
