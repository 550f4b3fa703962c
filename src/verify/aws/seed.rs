//! What a stand-in for AWS holds at the start: a file -> requests that make it.
//!
//! ```text
//! environment  variables of the whole application
//! parameters   values of template parameters
//! tables       [{name, keys: {attribute: type}, indexes: {name: {attribute: type}}, items: [plain JSON]}], the hash key first
//! buckets      [{name, objects: [{key, text | base64, content_type}]}]
//! queues       [{name}]
//! topics       [{name}]
//! secrets      [{name, text}]
//! ssm          [{name, value}]
//! buses        [{name}]
//! ```
//!
//! `docs/verify.md` describes it for people. Deliberately absent: what takes more than this; a command can make that.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::{Value, json};

use super::client::{self, Call};

/// The data of a side, and values that go with it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seed {
    pub environment: BTreeMap<String, String>,
    pub parameters: BTreeMap<String, String>,
    tables: Vec<Table>,
    buckets: Vec<Bucket>,
    queues: Vec<Named>,
    topics: Vec<Named>,
    secrets: Vec<Secret>,
    ssm: Vec<Parameter>,
    buses: Vec<Named>,
}

/// Why a file says nothing of data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SeedError(String);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: String,
    keys: Keys,
    #[serde(default)]
    indexes: BTreeMap<String, Keys>,
    #[serde(default)]
    items: Vec<serde_json::Map<String, Value>>,
}

/// Attributes and their types (`S`, `N`, `B`) in the order of the file: the hash key, then the range key.
#[derive(Debug, Clone)]
struct Keys(Vec<(String, String)>);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bucket {
    name: String,
    #[serde(default)]
    objects: Vec<Object>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    key: String,
    text: Option<String>,
    base64: Option<String>,
    content_type: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    name: String,
    text: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameter {
    name: String,
    value: String,
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Keys;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object with the hash key, and behind it the range key")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    keys.push(entry);
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Keys {
    fn schema(&self) -> Value {
        let kinds = ["HASH", "RANGE"];
        let each = self.0.iter().zip(kinds);
        each.map(|((name, _), kind)| json!({"AttributeName": name, "KeyType": kind})).collect()
    }
}

impl Seed {
    /// Reads a file's text.
    ///
    /// # Errors
    /// Where it is no JSON of this form; says where.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        serde_json::from_str(text).map_err(|error| SeedError(error.to_string()))
    }

    /// Makes everything in an empty stand-in.
    pub(super) async fn fill(&self, endpoint: &str, region: &str) -> Result<(), String> {
        let to = Filling { endpoint, region };
        for table in &self.tables {
            to.json("dynamodb", "DynamoDB_20120810.CreateTable", "1.0", &table.definition()).await?;
            for item in &table.items {
                let item: Value = item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
                let put = json!({"TableName": table.name, "Item": item});
                to.json("dynamodb", "DynamoDB_20120810.PutItem", "1.0", &put).await?;
            }
        }
        for bucket in &self.buckets {
            to.bucket(bucket).await?;
        }
        for queue in &self.queues {
            to.json("sqs", "AmazonSQS.CreateQueue", "1.0", &json!({"QueueName": queue.name})).await?;
        }
        for topic in &self.topics {
            to.topic(&topic.name).await?;
        }
        for (secret, number) in self.secrets.iter().zip(1_u64..) {
            let body = json!({
                "Name": secret.name,
                "SecretString": secret.text,
                "ClientRequestToken": format!("00000000-0000-4000-8000-{number:012}"),
            });
            to.json("secretsmanager", "secretsmanager.CreateSecret", "1.1", &body).await?;
        }
        for parameter in &self.ssm {
            let body = json!({"Name": parameter.name, "Value": parameter.value, "Type": "String", "Overwrite": true});
            to.json("ssm", "AmazonSSM.PutParameter", "1.1", &body).await?;
        }
        for bus in &self.buses {
            to.json("events", "AWSEvents.CreateEventBus", "1.1", &json!({"Name": bus.name})).await?;
        }
        Ok(())
    }
}

impl Table {
    fn definition(&self) -> Value {
        let mut types: BTreeMap<&str, &str> = BTreeMap::new();
        for keys in std::iter::once(&self.keys).chain(self.indexes.values()) {
            types.extend(keys.0.iter().map(|(name, kind)| (name.as_str(), kind.as_str())));
        }
        let types: Vec<Value> =
            types.iter().map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind})).collect();
        let mut table = json!({
            "TableName": self.name,
            "KeySchema": self.keys.schema(),
            "AttributeDefinitions": types,
            "BillingMode": "PAY_PER_REQUEST",
        });
        if !self.indexes.is_empty() {
            let index = |(name, keys): (&String, &Keys)| json!({"IndexName": name, "KeySchema": keys.schema(), "Projection": {"ProjectionType": "ALL"}});
            table["GlobalSecondaryIndexes"] = self.indexes.iter().map(index).collect();
        }
        table
    }
}

/// A value of a DynamoDB item. Source: DynamoDB API reference, `AttributeValue`.
fn attribute(value: &Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(value) => json!({"BOOL": value}),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::String(text) => json!({"S": text}),
        Value::Array(values) => json!({"L": values.iter().map(attribute).collect::<Vec<_>>()}),
        Value::Object(fields) => {
            let fields: Value = fields.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
            json!({"M": fields})
        }
    }
}

/// Requests to one stand-in.
struct Filling<'a> {
    endpoint: &'a str,
    region: &'a str,
}

impl Filling<'_> {
    /// Says who asks and which service; nobody checks the signature.
    fn credential(&self, service: &str) -> String {
        let scope = format!("seed/20260101/{}/{service}/aws4_request", self.region);
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0")
    }

    async fn json(&self, service: &str, operation: &str, version: &str, body: &Value) -> Result<(), String> {
        let headers = vec![
            ("x-amz-target", operation.to_string()),
            ("content-type", format!("application/x-amz-json-{version}")),
        ];
        self.call(service, "POST", "/", headers, body.to_string().into_bytes(), operation).await
    }

    async fn call(
        &self,
        service: &str,
        method: &str,
        target: &str,
        mut headers: Vec<(&str, String)>,
        body: Vec<u8>,
        what: &str,
    ) -> Result<(), String> {
        headers.push(("authorization", self.credential(service)));
        headers.push(("x-amz-date", "20260101T000000Z".to_string()));
        let reply = client::send(self.endpoint, Call { method, target, headers, body }).await?;
        if (200..300).contains(&reply.status) {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&reply.body).chars().take(500).collect::<String>();
        Err(format!("{what} at {} answers {}: {said}", self.endpoint, reply.status))
    }

    async fn bucket(&self, bucket: &Bucket) -> Result<(), String> {
        // "us-east-1" must not be named. Source: S3 API reference, `CreateBucket`.
        let place = if self.region == "us-east-1" {
            Vec::new()
        } else {
            let region = self.region;
            format!("<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>")
                .into_bytes()
        };
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let path = format!("/{}", bucket.name);
        self.call("s3", "PUT", &path, Vec::new(), place, "CreateBucket").await?;
        for object in &bucket.objects {
            let body = match (&object.text, &object.base64) {
                (Some(text), None) => text.clone().into_bytes(),
                (None, Some(text)) => STANDARD
                    .decode(text)
                    .map_err(|error| format!("`{}` is no base64: {error}", object.key))?,
                _ => return Err(format!("the object `{}` wants one of `text` and `base64`", object.key)),
            };
            let key = object.key.split('/').map(encode).collect::<Vec<_>>().join("/");
            let kind = object.content_type.clone().unwrap_or("application/octet-stream".to_string());
            let headers = vec![("content-type", kind)];
            self.call("s3", "PUT", &format!("{path}/{key}"), headers, body, "PutObject").await?;
        }
        Ok(())
    }

    async fn topic(&self, name: &str) -> Result<(), String> {
        let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
        let body = format!("Action=CreateTopic&Version=2010-03-31&Name={name}").into_bytes();
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_string())];
        self.call("sns", "POST", "/", headers, body, "CreateTopic").await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_keep_the_order_of_their_keys() {
        let seed = Seed::parse(
            r#"{"tables": [{"name": "t", "keys": {"z": "S", "a": "N"}, "indexes": {"i": {"b": "S"}},
                "items": [{"z": "x", "a": 1, "l": [true, null, {"m": 1.5}]}]}]}"#,
        )
        .unwrap();
        let table = seed.tables[0].definition();
        assert_eq!(table["KeySchema"][0], json!({"AttributeName": "z", "KeyType": "HASH"}));
        assert_eq!(table["KeySchema"][1], json!({"AttributeName": "a", "KeyType": "RANGE"}));
        assert_eq!(table["AttributeDefinitions"].as_array().map(Vec::len), Some(3));
        assert_eq!(table["GlobalSecondaryIndexes"][0]["KeySchema"][0]["AttributeName"], "b");
        let item = attribute(&seed.tables[0].items[0]["l"]);
        assert_eq!(item, json!({"L": [{"BOOL": true}, {"NULL": true}, {"M": {"m": {"N": "1.5"}}}]}));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(Seed::parse(r#"{"table": []}"#).is_err_and(|error| error.to_string().contains("table")));
        assert!(Seed::parse("7").is_err());
    }
}
