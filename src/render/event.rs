//! A sample event for each function: API Gateway's payload 2.0.
//!
//! Source of the shape: the API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs".

use serde_json::{Map, Value, json};

use crate::aws::{FunctionModel, RouteKey};
use crate::routes::Method;

/// The event for a function's first route key; for `edge`, one that no key matches.
pub(super) fn event(function: &FunctionModel) -> String {
    let key = function.keys.first();
    let method = match key.map(|key| key.method) {
        None | Some(Method::Any) => "GET",
        Some(method) => method.as_str(),
    };
    let (path, parameters) = key.map_or_else(|| ("/no-such-route".to_string(), Map::new()), sample);
    let route_key = key.map_or_else(|| "$default".to_string(), RouteKey::to_string);
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": "",
        "headers": { "accept": "*/*", "host": "example.execute-api.us-east-1.amazonaws.com" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "example",
            "domainName": "example.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "example",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "sample"
            },
            "requestId": "sample",
            "routeKey": route_key,
            "stage": "$default",
            "time": "01/Jan/2025:00:00:00 +0000",
            "timeEpoch": 1_735_689_600_000_u64
        },
        "isBase64Encoded": false
    });
    if !parameters.is_empty() {
        event["pathParameters"] = Value::Object(parameters);
    }
    if matches!(method, "POST" | "PUT" | "PATCH") {
        event["headers"]["content-type"] = json!("application/json");
        event["body"] = json!("{}");
    }
    let mut text = serde_json::to_string_pretty(&event).expect("strings and numbers can be written as JSON");
    text.push('\n');
    text
}

/// A path that the key matches, and its parameters.
fn sample(key: &RouteKey) -> (String, Map<String, Value>) {
    let mut parameters = Map::new();
    let segments = key.path.split('/').map(|segment| {
        let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return segment.to_string();
        };
        let (name, text) = match name.strip_suffix('+') {
            Some(name) => (name, "a/b"),
            None => (name, "1"),
        };
        parameters.insert(name.to_string(), json!(text));
        text.to_string()
    });
    (segments.collect::<Vec<_>>().join("/"), parameters)
}
