//! Recorded traffic: HAR, and one request a line.
//!
//! Input: texts. Output: a group with the requests in their order. Of a URL only path and query count: all are sent to both sides.
//!
//! Sources: "HTTP Archive (HAR) format" 1.2; API Gateway developer guide, payload format 2.0, for recorded events.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::entry::{Entry, Identities};
use super::{Group, Step, target};
use crate::verify::event::Request;

/// What the tool sets itself, or what is about one connection.
const NOT_SENT: &[&str] =
    &["host", "content-length", "connection", "transfer-encoding", "keep-alive", "te", "upgrade"];
/// What a client leaves as it is in a path. Source: RFC 3986, 3.3.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// The requests of a browser's or proxy's archive.
pub(super) fn har(name: &str, archive: &Value) -> Result<Group, String> {
    let entries =
        archive.pointer("/log/entries").and_then(Value::as_array).ok_or("`log` has no `entries`")?;
    let mut group = Group::new(name);
    for (at, entry) in entries.iter().enumerate() {
        let request = entry.get("request").ok_or_else(|| format!("entry {} has no `request`", at + 1))?;
        let request = har_request(request).map_err(|why| format!("entry {}: {why}", at + 1))?;
        group.add(format!("entry {}", at + 1), request);
    }
    Ok(group)
}

fn har_request(request: &Value) -> Result<Request, String> {
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let method = text("method").ok_or("it has no `method`")?.to_ascii_uppercase();
    let target = target_of(text("url").ok_or("it has no `url`")?)?;
    let listed = request.get("headers").and_then(Value::as_array).into_iter().flatten();
    let headers = listed.filter_map(|header| {
        let name = header.get("name")?.as_str()?.to_lowercase();
        Some((name, header.get("value")?.as_str()?.to_string()))
    });
    // HTTP/2 has pseudo headers.
    let headers = headers.filter(|(name, _)| !name.starts_with(':') && !NOT_SENT.contains(&name.as_str()));
    let mut headers: Vec<(String, String)> = headers.collect();
    let mut body = Vec::new();
    if let Some(data) = request.get("postData") {
        let sent = data.get("text").and_then(Value::as_str).unwrap_or_default();
        body = match data.get("encoding").and_then(Value::as_str) {
            Some("base64") => {
                STANDARD.decode(sent).map_err(|error| format!("its body is no base64: {error}"))?
            }
            _ => sent.as_bytes().to_vec(),
        };
        let kind = data.get("mimeType").and_then(Value::as_str).filter(|kind| !kind.is_empty());
        if let Some(kind) = kind.filter(|_| !headers.iter().any(|(name, _)| name == "content-type")) {
            headers.push(("content-type".to_string(), kind.to_string()));
        }
    }
    Ok(Request { method, target, headers, body })
}

/// Path and query of a URL.
fn target_of(url: &str) -> Result<String, String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split('#').next().unwrap_or_default();
    let at = if url.starts_with('/') { Some(0) } else { rest.find(['/', '?']) };
    match at.map(|at| &rest[at..]) {
        Some(found) if found.starts_with('/') => Ok(target(found)),
        Some(query) => Ok(target(&format!("/{query}"))),
        None if url.contains("://") => Ok("/".to_string()),
        None => Err(format!("`{url}` is no URL")),
    }
}

/// One request a line: as in a scenario, or as an event of payload format 2.0. Empty lines count as none.
pub(super) fn lines(name: &str, text: &str) -> Result<Group, String> {
    let mut group = Group::new(name);
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let failed = |why: String| format!("line {}: {why}", at + 1);
        let value: Value =
            serde_json::from_str(line).map_err(|error| failed(format!("it is no JSON: {error}")))?;
        let mut step = if value.get("rawPath").is_some() {
            Step { request: event(&value).map_err(failed)?, ..Step::default() }
        } else {
            let entry: Entry = serde_json::from_value(value).map_err(|error| failed(error.to_string()))?;
            entry.step(&Identities::new()).map_err(failed)?
        };
        if step.name.is_empty() {
            step.name = format!("line {}", at + 1);
        }
        group.steps.push(step);
    }
    if group.steps.is_empty() {
        return Err("it holds no request: give a scenario, a HAR, or one request in JSON a line".to_string());
    }
    Ok(group)
}

fn event(event: &Value) -> Result<Request, String> {
    let text = |place: &str| event.pointer(place).and_then(Value::as_str);
    let method = text("/requestContext/http/method").ok_or("the event has no method")?.to_string();
    let path = text("/rawPath").ok_or("the event has no `rawPath`")?;
    let mut target = utf8_percent_encode(path, IN_PATH).to_string();
    if let Some(query) = text("/rawQueryString").filter(|query| !query.is_empty()) {
        target.push('?');
        target.push_str(query);
    }
    let named = event.get("headers").and_then(Value::as_object).into_iter().flatten();
    let headers = named.filter_map(|(name, value)| Some((name.to_lowercase(), value.as_str()?.to_string())));
    let headers = headers.filter(|(name, _)| {
        !NOT_SENT.contains(&name.as_str()) && !name.starts_with("x-forwarded-") && name != "x-amzn-trace-id"
    });
    let mut headers: Vec<(String, String)> = headers.collect();
    let cookies = event.get("cookies").and_then(Value::as_array).into_iter().flatten();
    let cookies: Vec<&str> = cookies.filter_map(Value::as_str).collect();
    if !cookies.is_empty() {
        headers.push(("cookie".to_string(), cookies.join("; ")));
    }
    let body = text("/body").unwrap_or_default();
    let body = if event.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false) {
        STANDARD.decode(body).map_err(|error| format!("its body is no base64: {error}"))?
    } else {
        body.as_bytes().to_vec()
    };
    Ok(Request { method, target, headers, body })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn urls_become_targets() {
        for (url, target) in [
            ("https://a.example.com/x/y?b=1#c", "/x/y?b=1"),
            ("https://a.example.com", "/"),
            ("https://a.example.com?b=1", "/?b=1"),
            ("/x", "/x"),
            ("https://a.example.com/a b/ł", "/a%20b/%C5%82"),
        ] {
            assert_eq!(target_of(url).as_deref(), Ok(target), "{url}");
        }
        assert!(target_of("a.example.com").is_err());
    }

    #[test]
    fn entries_keep_what_a_client_sent() {
        let entry = json!({"log": {"entries": [{"request": {
            "method": "post",
            "url": "https://a.example.com/x",
            "headers": [{"name": ":path", "value": "/x"}, {"name": "Host", "value": "a"}, {"name": "X-A", "value": "1"}],
            "postData": {"mimeType": "image/png", "text": "iQ==", "encoding": "base64"}
        }}]}});
        let group = har("traffic", &entry).unwrap();
        let request = &group.steps[0].request;
        assert_eq!((request.method.as_str(), request.body.as_slice()), ("POST", b"\x89".as_slice()));
        let headers = [("x-a", "1"), ("content-type", "image/png")];
        assert_eq!(request.headers, headers.map(|(name, value)| (name.to_string(), value.to_string())));
        // What looks like a placeholder is sent as it is.
        assert!(!group.steps[0].fills);
        let broken = json!({"log": {"entries": [{"request": {"method": "GET", "url": "x"}}]}});
        assert!(har("traffic", &broken).is_err_and(|why| why == "entry 1: `x` is no URL"));
    }

    #[test]
    fn events_become_requests_again() {
        let event = json!({
            "version": "2.0", "rawPath": "/a b/c", "rawQueryString": "x=%20", "cookies": ["a=1", "b=2"],
            "headers": {"host": "a", "x-forwarded-for": "1", "x-a": "1,2", "content-type": "text/plain"},
            "requestContext": {"http": {"method": "PUT"}}, "body": "aGk=", "isBase64Encoded": true
        });
        let group = lines("traffic", &event.to_string()).unwrap();
        let request = &group.steps[0].request;
        assert_eq!((request.method.as_str(), request.target.as_str()), ("PUT", "/a%20b/c?x=%20"));
        assert_eq!(request.body, b"hi");
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["content-type", "x-a", "cookie"]);
        assert_eq!(request.headers[2].1, "a=1; b=2");
    }
}
