//! What a request to AWS must be allowed to do: every action on every ARN, with the values of the condition keys.
//!
//! Input: a signed request, and what is known of the account. Output: `Needs`; a request that is not known is an error. Deliberately
//! absent: what depends on data and not on the request, like the tags of a copied object or the key of an encrypted bucket, and the
//! policies of resources themselves.
//!
//! The actions, resource types and condition keys of each service are on its page of the Service Authorization Reference; a function
//! that needs more than that names the page.

mod dynamodb;
mod keys;
mod messages;
mod s3;

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::iam::Need;
use crate::verify::ACCOUNT;

/// A request as a function sends it.
#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    pub(super) method: String,
    /// Path and query, encoded.
    pub(super) target: String,
    /// Names in lower case.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

/// What a request is signed for. Source: IAM user guide, "Elements of an AWS API request signature".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signed {
    /// Access key id: who asks.
    pub(super) principal: String,
    pub(super) region: String,
    pub(super) service: String,
}

/// What authorization knows beyond the request.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    /// Partition keys of tables, and of indexes under `TABLE/index/INDEX`.
    pub(super) partition_keys: BTreeMap<String, String>,
    /// Key ids by alias.
    pub(super) aliases: BTreeMap<String, String>,
}

/// What must be allowed, and what the caller needs to hear that the thing is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) needs: Vec<Need>,
    pub(super) if_missing: Vec<Need>,
}

impl From<Vec<Need>> for Needs {
    fn from(needs: Vec<Need>) -> Self {
        Self { needs, if_missing: Vec::new() }
    }
}

impl Request {
    pub(super) fn signed(&self) -> Option<Signed> {
        let header = self.headers.get("authorization")?;
        let scope = header.split("Credential=").nth(1)?.split([',', ' ']).next()?;
        let parts: Vec<&str> = scope.split('/').collect();
        // A key may have slashes of its own.
        let [principal @ .., _date, region, service, "aws4_request"] = parts.as_slice() else { return None };
        Some(Signed {
            principal: principal.join("/"),
            region: (*region).to_string(),
            service: (*service).to_string(),
        })
    }

    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Parameters of the query, decoded; one without a value has an empty one.
    fn query(&self) -> BTreeMap<String, String> {
        pairs(self.target.split_once('?').map_or("", |(_, query)| query))
    }

    /// `X-Amz-Target: PREFIX.OPERATION` of the JSON protocols.
    pub(super) fn operation(&self) -> Option<&str> {
        self.headers.get("x-amz-target")?.rsplit('.').next()
    }

    fn json(&self) -> Result<Value, String> {
        if self.body.is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        serde_json::from_slice(&self.body).map_err(|error| format!("its body is no JSON: {error}"))
    }
}

/// `a=1&b` as names and values.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let each = text.split('&').filter(|pair| !pair.is_empty());
    let each = each.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    each.map(|(name, value)| (decode(name), decode(value))).collect()
}

/// A request on its way through a decoder.
struct Decoding<'a> {
    request: &'a Request,
    region: &'a str,
    account: &'a Account,
}

impl Decoding<'_> {
    /// A name as an ARN of this account and region. What is an ARN stays one.
    fn arn(&self, service: &str, resource: &str) -> String {
        if resource.starts_with("arn:") {
            return resource.to_string();
        }
        format!("arn:aws:{service}:{}:{ACCOUNT}:{resource}", self.region)
    }

    fn unknown(&self) -> String {
        self.request.operation().unwrap_or(&self.request.target).to_string()
    }
}

/// The text under a key.
fn text<'v>(of: &'v Value, key: &str) -> Result<&'v str, String> {
    of.get(key).and_then(Value::as_str).ok_or_else(|| format!("it has no `{key}`"))
}

/// What a request needs.
///
/// # Errors
/// Says what is not known of it.
pub(super) fn decode(request: &Request, signed: &Signed, account: &Account) -> Result<Needs, String> {
    let decoding = Decoding { request, region: &signed.region, account };
    let decoded = match signed.service.as_str() {
        "dynamodb" => decoding.dynamodb().map(Needs::from),
        "s3" => decoding.s3(),
        "sqs" => decoding.sqs().map(Needs::from),
        "sns" => decoding.sns().map(Needs::from),
        "events" => decoding.events().map(Needs::from),
        "secretsmanager" => decoding.secrets().map(Needs::from),
        "ssm" => decoding.ssm().map(Needs::from),
        "kms" => decoding.kms().map(Needs::from),
        "lambda" => decoding.lambda().map(Needs::from),
        "states" => decoding.states().map(Needs::from),
        _ => Err("its permissions are not known here".to_string()),
    };
    decoded.map_err(|why| format!("{}: {} {}: {why}", signed.service, request.method, decoding.unknown()))
}

#[cfg(test)]
mod tests;
