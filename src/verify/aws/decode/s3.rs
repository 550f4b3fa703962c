//! Requests to S3, in path style.
//!
//! Sources: S3 user guide, "Policy actions for Amazon S3", "Multipart upload"; S3 API reference, `GetObject`, `CopyObject`,
//! `DeleteObjects`.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use super::{Decoding, Needs};
use crate::verify::aws::iam::Need;

/// Parameters of a query that belong to listing itself.
const LISTING: &[&str] = &[
    "list-type",
    "prefix",
    "delimiter",
    "max-keys",
    "marker",
    "encoding-type",
    "x-id",
    "continuation-token",
    "start-after",
    "fetch-owner",
    "key-marker",
    "version-id-marker",
];
const SUBRESOURCES: &[(&str, &str)] =
    &[("tagging", "Tagging"), ("acl", "Acl"), ("retention", "Retention"), ("legal-hold", "LegalHold")];
const ON_BUCKETS: &[(&str, &str)] = &[
    ("location", "GetBucketLocation"),
    ("versioning", "GetBucketVersioning"),
    ("tagging", "GetBucketTagging"),
    ("policy", "GetBucketPolicy"),
];
/// Headers of a PUT that need an action of their own.
const WITH_HEADERS: &[(&str, &str)] = &[
    ("x-amz-tagging", "PutObjectTagging"),
    ("x-amz-acl", "PutObjectAcl"),
    ("x-amz-grant-full-control", "PutObjectAcl"),
    ("x-amz-grant-read", "PutObjectAcl"),
    ("x-amz-grant-read-acp", "PutObjectAcl"),
    ("x-amz-grant-write-acp", "PutObjectAcl"),
    ("x-amz-object-lock-legal-hold", "PutObjectLegalHold"),
    ("x-amz-object-lock-mode", "PutObjectRetention"),
    ("x-amz-object-lock-retain-until-date", "PutObjectRetention"),
];

type Query = BTreeMap<String, String>;

fn found<'t>(table: &'t [(&str, &'t str)], query: &Query) -> Option<&'t str> {
    table.iter().find(|(name, _)| query.contains_key(*name)).map(|(_, value)| *value)
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl Decoding<'_> {
    pub(super) fn s3(&self) -> Result<Needs, String> {
        let path = self.request.path().trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let (bucket, key) = (decoded(bucket), decoded(key));
        if bucket.is_empty() {
            return Ok(vec![Need::new("s3:ListAllMyBuckets", "*")].into());
        }
        let arn = format!("arn:aws:s3:::{bucket}");
        let query = self.request.query();
        if key.is_empty() {
            self.bucket(&query, &arn).map(Needs::from)
        } else {
            self.object(&query, &arn, &key)
        }
    }

    fn bucket(&self, query: &Query, bucket: &str) -> Result<Vec<Need>, String> {
        let listed = |action: &str| {
            let keys = ["prefix", "delimiter", "max-keys"].into_iter();
            let keys = keys.filter_map(|name| Some((name, query.get(name)?)));
            keys.fold(Need::new(format!("s3:{action}"), bucket), |need, (name, value)| {
                need.with(&format!("s3:{name}"), vec![value.clone()])
            })
        };
        let only_lists = || query.keys().all(|name| LISTING.contains(&name.as_str()));
        Ok(match self.request.method.as_str() {
            "GET" => match found(ON_BUCKETS, query) {
                Some(action) => vec![Need::new(format!("s3:{action}"), bucket)],
                None if query.contains_key("versions") => vec![listed("ListBucketVersions")],
                None if query.contains_key("uploads") => vec![listed("ListBucketMultipartUploads")],
                None if only_lists() => vec![listed("ListBucket")],
                None => return Err("it is not known".to_string()),
            },
            "HEAD" => vec![listed("ListBucket")],
            "POST" if query.contains_key("delete") => self.deleted(bucket)?,
            _ => return Err("it is not known".to_string()),
        })
    }

    fn deleted(&self, bucket: &str) -> Result<Vec<Need>, String> {
        let body = std::str::from_utf8(&self.request.body).map_err(|error| error.to_string())?;
        let mut needs = Vec::new();
        for object in body.split("<Object>").skip(1) {
            let object = object.split("</Object>").next().unwrap_or_default();
            let key = element(object, "Key").ok_or("an object of it has no `Key`")?;
            let action =
                if element(object, "VersionId").is_some() { "DeleteObjectVersion" } else { "DeleteObject" };
            needs.push(Need::new(format!("s3:{action}"), format!("{bucket}/{}", unescaped(key))));
        }
        if needs.is_empty() {
            return Err("it names no object".to_string());
        }
        if self.bypasses() {
            let more: Vec<Need> =
                needs.iter().map(|need| Need::new("s3:BypassGovernanceRetention", &need.resource)).collect();
            needs.extend(more);
        }
        Ok(needs)
    }

    fn bypasses(&self) -> bool {
        let header = self.request.headers.get("x-amz-bypass-governance-retention");
        header.is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    fn object(&self, query: &Query, bucket: &str, key: &str) -> Result<Needs, String> {
        let object = format!("{bucket}/{key}");
        let need = |action: String| Need::new(format!("s3:{action}"), &object);
        let method = self.request.method.as_str();
        let version = if query.contains_key("versionId") { "Version" } else { "" };
        let bypass = || self.bypasses().then(|| need("BypassGovernanceRetention".to_string()));
        if let (Some(part), Some(verb)) = (found(SUBRESOURCES, query), verb(method)) {
            // Retention and legal hold have no actions for versions.
            let kind = if matches!(part, "Tagging" | "Acl") { version } else { "" };
            let needs = std::iter::once(need(format!("{verb}Object{kind}{part}"))).chain(bypass());
            return Ok(needs.collect::<Vec<_>>().into());
        }
        Ok(match method {
            "GET" | "HEAD" if query.contains_key("uploadId") => {
                vec![need("ListMultipartUploadParts".to_string())].into()
            }
            "GET" | "HEAD" => {
                let mut needs = vec![need(format!("GetObject{version}"))];
                if query.contains_key("attributes") {
                    needs.push(need(format!("GetObject{version}Attributes")));
                }
                // "If the object you request doesn't exist, the error depends on whether you also have the s3:ListBucket permission."
                Needs { needs, if_missing: vec![Need::new("s3:ListBucket", bucket)] }
            }
            "DELETE" if query.contains_key("uploadId") => {
                vec![need("AbortMultipartUpload".to_string())].into()
            }
            "DELETE" => {
                let needs = std::iter::once(need(format!("DeleteObject{version}"))).chain(bypass());
                needs.collect::<Vec<_>>().into()
            }
            "PUT" => self.put(&object).into(),
            // All steps of a multipart upload.
            "POST" if query.contains_key("uploads") || query.contains_key("uploadId") => {
                self.put(&object).into()
            }
            _ => return Err("it is not known".to_string()),
        })
    }

    fn put(&self, object: &str) -> Vec<Need> {
        let headers = &self.request.headers;
        let mut needs = vec![Need::new("s3:PutObject", object)];
        for (_, action) in WITH_HEADERS.iter().filter(|(name, _)| headers.contains_key(*name)) {
            let need = Need::new(format!("s3:{action}"), object);
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
        if let Some(source) = headers.get("x-amz-copy-source") {
            let (path, action) = match source.split_once("?versionId=") {
                Some((path, _)) => (path, "s3:GetObjectVersion"),
                None => (source.as_str(), "s3:GetObject"),
            };
            let path = decoded(path);
            needs.push(Need::new(action, format!("arn:aws:s3:::{}", path.trim_start_matches('/'))));
        }
        needs
    }
}

fn verb(method: &str) -> Option<&'static str> {
    Some(match method {
        "GET" => "Get",
        "PUT" => "Put",
        "DELETE" => "Delete",
        _ => return None,
    })
}

/// The text of an element without others in it.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.split(&format!("<{name}>")).nth(1)?.split(&format!("</{name}>")).next()
}

fn unescaped(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    named.iter().fold(text.to_string(), |text, (name, char)| text.replace(name, char))
}
