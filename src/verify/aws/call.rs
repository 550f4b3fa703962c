//! A request to AWS as something that happened: who asked for what, with which parameters, in a form that can be compared.
//!
//! Left out is what the SDK makes up: signatures, times, and tokens against repetition.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::decode::{Request, Signed};
use crate::digest::hex;

/// Headers of S3 that say what is stored.
const OF_OBJECTS: &[&str] = &[
    "content-type",
    "content-encoding",
    "content-disposition",
    "cache-control",
    "range",
    "if-match",
    "if-none-match",
    "x-amz-copy-source",
    "x-amz-tagging",
    "x-amz-acl",
    "x-amz-storage-class",
];
/// Operations that begin so change nothing.
const READING: &[&str] =
    &["Get", "BatchGet", "TransactGet", "List", "Describe", "Query", "Scan", "Head", "Search"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::verify) struct Call {
    /// Name of the function.
    pub(in crate::verify) caller: String,
    /// Whether it happened before the function asked for its first event.
    pub(in crate::verify) at_start: bool,
    /// Whether it changes nothing.
    pub(in crate::verify) reads: bool,
    /// `dynamodb PutItem`
    pub(in crate::verify) operation: String,
    /// A text where they are no JSON.
    pub(in crate::verify) parameters: Value,
}

impl Call {
    pub(super) fn of(request: &Request, signed: &Signed, at_start: bool) -> Self {
        let service = &signed.service;
        let json = || serde_json::from_slice::<Value>(&request.body).ok();
        let (operation, parameters) = if let Some(operation) = request.operation() {
            let mut body = json().unwrap_or_default();
            if let Some(fields) = body.as_object_mut() {
                fields.remove("ClientRequestToken");
            }
            (operation.to_string(), body)
        } else if service == "s3" {
            let path = percent_decode_str(&request.target).decode_utf8_lossy().into_owned();
            let headers = OF_OBJECTS
                .iter()
                .filter_map(|name| Some(format!(" {name}: {}", request.headers.get(*name)?)));
            let headers: String = headers.filter(|header| !header.ends_with(": aws-chunked")).collect();
            let body = payload(request);
            let body =
                if body.is_empty() { String::new() } else { format!(" {} bytes {}", body.len(), hex(&body)) };
            (request.method.clone(), Value::String(format!("{path}{headers}{body}")))
        } else if let Some(form) = form(request) {
            let operation =
                form.iter().find_map(|pair| pair.strip_prefix("Action=")).unwrap_or("?").to_string();
            (operation, Value::String(form.join("&")))
        } else {
            let body = String::from_utf8_lossy(&request.body);
            (request.method.clone(), Value::String(format!("{} {body}", request.target)))
        };
        let reads = match operation.as_str() {
            "GET" | "HEAD" => true,
            "ExecuteStatement" | "BatchExecuteStatement" | "ExecuteTransaction" => {
                !writes(&parameters.to_string())
            }
            operation => READING.iter().any(|start| operation.starts_with(start)),
        };
        let operation = format!("{service} {operation}");
        Self { caller: signed.principal.clone(), at_start, reads, operation, parameters }
    }

    /// In one line.
    pub(in crate::verify) fn shown(&self) -> String {
        let parameters = self.parameters.as_str().map_or_else(|| self.parameters.to_string(), str::to_string);
        format!("{} {parameters}", self.operation)
    }
}

/// Whether a statement of PartiQL changes something.
fn writes(parameters: &str) -> bool {
    let upper = parameters.to_uppercase();
    ["INSERT ", "UPDATE ", "DELETE "].iter().any(|verb| upper.contains(&format!("\"{verb}")))
}

/// Pairs of a form, decoded and sorted.
fn form(request: &Request) -> Option<Vec<String>> {
    let kind = request.headers.get("content-type")?;
    if !kind.contains("form-urlencoded") {
        return None;
    }
    let text = std::str::from_utf8(&request.body).ok()?;
    let decode = |pair: &str| percent_decode_str(&pair.replace('+', " ")).decode_utf8_lossy().into_owned();
    let mut pairs: Vec<String> = text.split('&').map(decode).collect();
    pairs.sort();
    Some(pairs)
}

/// A body without the frames that the SDK puts around its chunks. Source: S3 API reference, "Signature calculations for trailing headers".
fn payload(request: &Request) -> Vec<u8> {
    if !request.headers.contains_key("x-amz-decoded-content-length") {
        return request.body.clone();
    }
    let mut all = Vec::new();
    let mut rest = request.body.as_slice();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size = line.split(';').next().and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
        let Some(size) = size.filter(|size| *size > 0) else { break };
        let Some(chunk) = rest.get(end + 2..end + 2 + size) else { break };
        all.extend_from_slice(chunk);
        rest = rest.get(end + 2 + size + 2..).unwrap_or_default();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(service: &str, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Call {
        let request = Request {
            method: method.into(),
            target: target.into(),
            headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            body: body.as_bytes().to_vec(),
        };
        let signed = Signed { principal: "F".into(), region: "eu-west-1".into(), service: service.into() };
        Call::of(&request, &signed, false)
    }

    #[test]
    fn calls_are_what_they_do() {
        let json = [("x-amz-target", "DynamoDB_20120810.TransactWriteItems")];
        let body = r#"{"ClientRequestToken": "made up", "TransactItems": []}"#;
        let write = call("dynamodb", "POST", "/", &json, body);
        assert_eq!(
            (write.shown().as_str(), write.reads),
            (r#"dynamodb TransactWriteItems {"TransactItems":[]}"#, false)
        );
        for (operation, reads) in
            [("Scan", true), ("GetItem", true), ("BatchWriteItem", false), ("UpdateItem", false)]
        {
            let target = format!("DynamoDB_20120810.{operation}");
            assert_eq!(
                call("dynamodb", "POST", "/", &[("x-amz-target", &target)], "{}").reads,
                reads,
                "{operation}"
            );
        }
        let statement = [("x-amz-target", "DynamoDB_20120810.ExecuteStatement")];
        assert!(call("dynamodb", "POST", "/", &statement, r#"{"Statement": "select * from t"}"#).reads);
        assert!(!call("dynamodb", "POST", "/", &statement, r#"{"Statement": "delete from t"}"#).reads);
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let published = call("sns", "POST", "/", &form, "Version=1&Action=Publish&Message=a+b");
        assert_eq!(published.shown(), "sns Publish Action=Publish&Message=a b&Version=1");
    }

    #[test]
    fn objects_are_compared_without_the_frames_of_their_chunks() {
        let plain = call("s3", "PUT", "/b/a%20b?x-id=PutObject", &[("content-type", "text/plain")], "hello");
        let headers = [
            ("content-type", "text/plain"),
            ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "5"),
        ];
        let body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
        let chunked = call("s3", "PUT", "/b/a%20b?x-id=PutObject", &headers, body);
        assert_eq!(plain, chunked);
        assert!(
            plain.shown().starts_with("s3 PUT /b/a b?x-id=PutObject content-type: text/plain 5 bytes "),
            "{}",
            plain.shown()
        );
        assert!(!plain.reads);
    }
}
