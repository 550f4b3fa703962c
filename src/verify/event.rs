//! Requests and answers as a gateway and a function hand them to each other: payload format 2.0.
//!
//! Input: a request as a client sends it, and the key that takes it. Output: the event; and of what a function returns, the answer that
//! the client gets. Deliberately absent: format 1.0, names of stages, and domains of one's own.
//!
//! Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs" (payload format version 2.0).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::http;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::gateway::{Chosen, decoded};
use super::host::ACCOUNT;

/// Of an API whose client names none.
const DOMAIN: &str = "api.example.com";
const SOURCE_IP: &str = "192.0.2.1";
/// About one connection, so not passed on in either direction. Source: RFC 9110, 7.6.1.
const OF_CONNECTION: &[&str] =
    &["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];
/// What the gateway sets, whatever the client sends.
const OF_GATEWAY: &[&str] = &["content-length", "x-amzn-trace-id", "x-forwarded-port", "x-forwarded-proto"];
/// 2026-01-01, in milliseconds: events are the same in every run.
const EPOCH: u64 = 1_767_225_600_000;

/// A request as a client sends it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Request {
    /// Upper case.
    pub(super) method: String,
    /// Path with its query, encoded.
    pub(super) target: String,
    /// In their order; names in any case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// What a client gets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: BTreeMap<String, String>,
    /// Each a `set-cookie` of its own.
    pub(super) cookies: Vec<String>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// What the gateway answers by itself.
    pub(super) fn message(status: u16, text: &str) -> Self {
        Self {
            status,
            headers: BTreeMap::from([("content-type".to_string(), "application/json".to_string())]),
            body: json!({ "message": text }).to_string().into_bytes(),
            ..Self::default()
        }
    }
}

/// The event of a request. `number` tells requests of a run apart.
pub(super) fn event(request: &Request, chosen: &Chosen<'_>, number: u64) -> Value {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    let mut cookies = Vec::new();
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        if name == "cookie" {
            let each = value.split(';').map(str::trim).filter(|cookie| !cookie.is_empty());
            cookies.extend(each.map(str::to_string));
        } else if !OF_CONNECTION.contains(&name.as_str()) && !OF_GATEWAY.contains(&name.as_str()) {
            let joined = headers.get(&name).map_or(value.clone(), |first| format!("{first},{value}"));
            headers.insert(name, joined);
        }
    }
    let host = headers.entry("host".to_string()).or_insert_with(|| DOMAIN.to_string()).clone();
    let domain = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => &host,
    };
    let before = headers.get("x-forwarded-for");
    let forwarded = before.map_or(SOURCE_IP.to_string(), |before| format!("{before}, {SOURCE_IP}"));
    let length = (!request.body.is_empty()).then(|| request.body.len().to_string());
    let set = [
        ("x-amzn-trace-id", format!("Root=1-00000000-{number:024x}")),
        ("x-forwarded-for", forwarded),
        ("x-forwarded-port", "443".to_string()),
        ("x-forwarded-proto", "https".to_string()),
    ];
    let set = set.into_iter().chain(length.map(|length| ("content-length", length)));
    headers.extend(set.map(|(name, value)| (name.to_string(), value)));
    let raw_path = decoded(request.path());
    let mut event = json!({
        "version": "2.0",
        "routeKey": chosen.route.key.to_string(),
        "rawPath": raw_path,
        "rawQueryString": request.query(),
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "api",
            "domainName": domain,
            "domainPrefix": domain.split('.').next(),
            "http": {
                "method": request.method,
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": SOURCE_IP,
                "userAgent": headers.get("user-agent").map_or("", String::as_str),
            },
            "requestId": format!("request-{number}"),
            "routeKey": chosen.route.key.to_string(),
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": EPOCH,
        },
        "isBase64Encoded": false,
    });
    let fields = event.as_object_mut().expect("an event is an object");
    if !cookies.is_empty() {
        fields.insert("cookies".into(), json!(cookies));
    }
    if !request.query().is_empty() {
        fields.insert("queryStringParameters".into(), Value::Object(parameters(request.query())));
    }
    if !chosen.parameters.is_empty() {
        fields.insert("pathParameters".into(), json!(chosen.parameters));
    }
    if !request.body.is_empty() {
        let kind = headers.get("content-type").map_or("", String::as_str);
        let text = is_text(kind).then(|| std::str::from_utf8(&request.body).ok()).flatten();
        fields.insert("isBase64Encoded".into(), Value::Bool(text.is_none()));
        let body = text.map_or_else(|| STANDARD.encode(&request.body), str::to_string);
        fields.insert("body".into(), Value::String(body));
    }
    event
}

/// "Duplicate query strings are combined with commas."
fn parameters(query: &str) -> Map<String, Value> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let mut joined: Map<String, Value> = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name), decode(value));
        let before = joined.get(&name).and_then(Value::as_str);
        let value = before.map_or(value.clone(), |before| format!("{before},{value}"));
        joined.insert(name, Value::String(value));
    }
    joined
}

/// Whether a body of this type travels as text.
fn is_text(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let named = ["application/json", "application/javascript", "application/xml"];
    kind.starts_with("text/")
        || named.contains(&kind.as_str())
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}

/// What a client gets for what a function returns. "If your Lambda function returns valid JSON and doesn't return a `statusCode`", the
/// gateway answers 200 with it.
///
/// # Errors
/// What is wrong with what it returned; the gateway answers with an internal server error.
pub(super) fn answer(returned: &[u8]) -> Result<Answer, String> {
    let value: Value =
        serde_json::from_slice(returned).map_err(|error| format!("it returned no JSON: {error}"))?;
    let Some(status) = value.get("statusCode") else {
        return Ok(Answer { body: returned.to_vec(), ..Answer::message(200, "") });
    };
    let number = status.as_u64().or_else(|| status.as_str().and_then(|text| text.parse().ok()));
    let number = number.and_then(|number| u16::try_from(number).ok());
    let Some(number) = number.filter(|number| (200..600).contains(number)) else {
        return Err(format!("it returned the status {status}"));
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    let body = value.get("body").filter(|body| !body.is_null()).map(&text).unwrap_or_default();
    let is_encoded = value.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
    let body = if is_encoded {
        STANDARD.decode(&body).map_err(|error| format!("it returned a body that is no base64: {error}"))?
    } else {
        body.into_bytes()
    };
    let headers = value.get("headers").and_then(Value::as_object).into_iter().flatten();
    let cookies = value.get("cookies").and_then(Value::as_array).into_iter().flatten();
    let headers = headers.filter(|(_, value)| !value.is_null());
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), text(value)));
    let headers: BTreeMap<String, String> =
        headers.filter(|(name, _)| !OF_CONNECTION.contains(&name.as_str())).collect();
    let cookies: Vec<String> = cookies.map(text).collect();
    let is_value = |value: &str| http::HeaderValue::from_str(value).is_ok();
    let is_name = |name: &str| http::HeaderName::from_bytes(name.as_bytes()).is_ok();
    if let Some((name, value)) = headers.iter().find(|(name, value)| !is_name(name) || !is_value(value)) {
        return Err(format!("it returned the header `{name}: {value}`"));
    }
    if let Some(cookie) = cookies.iter().find(|cookie| !is_value(cookie)) {
        return Err(format!("it returned the cookie `{cookie}`"));
    }
    Ok(Answer { status: number, headers, cookies, body })
}

#[cfg(test)]
mod tests;
