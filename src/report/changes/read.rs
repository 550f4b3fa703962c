//! A JSON report, as `analyze --format json` writes it, read back: what a comparison looks at and nothing else.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What one side of a comparison says.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Reading {
    schema_version: u32,
    pub(super) routes: Vec<Route>,
    #[serde(default)]
    pub(super) fallbacks: Vec<Fallback>,
    #[serde(default)]
    pub(super) services: Vec<Service>,
    #[serde(default)]
    pub(super) findings: Vec<Finding>,
    /// None in reports that do not say; so are the next two.
    pub(super) couplings: Option<Vec<Tie>>,
    pub(super) split_writes: Option<Vec<SplitWrite>>,
    pub(super) verdict: Option<Verdict>,
    #[serde(default)]
    metrics: serde_json::Value,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Tie {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) what: String,
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) data: Vec<Data>,
    pub(super) becomes: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Data {
    pub(super) resource: String,
    pub(super) mode: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct SplitWrite {
    pub(super) route: String,
    data: Vec<Owned>,
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) becomes: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Owned {
    resource: String,
    owner: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Verdict {
    pub(super) split: bool,
}

impl SplitWrite {
    /// `dynamodb:table/STOCK of stock, ...`.
    pub(super) fn owners(&self) -> String {
        let data = self.data.iter().map(|data| format!("{} of {}", data.resource, data.owner));
        data.collect::<Vec<_>>().join(", ")
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Route {
    pub(super) id: String,
    pub(super) handler: Handler,
    #[serde(default)]
    pub(super) layers: Vec<String>,
    pub(super) conditional: Option<String>,
    #[serde(default)]
    pub(super) extractors: Vec<String>,
    pub(super) service: Option<String>,
    pub(super) function: Option<String>,
    #[serde(default)]
    pub(super) accesses: Vec<Access>,
    #[serde(default)]
    pub(super) environment: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Handler {
    pub(super) path: String,
    pub(super) file: String,
    pub(super) line: u32,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Access {
    #[serde(default)]
    pub(super) actions: Vec<String>,
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) resources: Vec<String>,
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) certainty: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Fallback {
    pub(super) prefix: String,
    pub(super) handler: Handler,
    #[serde(default)]
    pub(super) layers: Vec<String>,
    #[serde(default)]
    pub(super) method_not_allowed: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Service {
    pub(super) name: String,
    #[serde(default)]
    pub(super) owns: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Finding {
    pub(super) code: String,
    pub(super) severity: String,
    pub(super) message: String,
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
}

impl Reading {
    /// Reads a report.
    ///
    /// # Errors
    /// A sentence about why this is no report of a version that is understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let reading: Reading = serde_json::from_str(text)
            .map_err(|error| format!("it is no report of `analyze --format json`: {error}"))?;
        if reading.schema_version != super::super::json::SCHEMA_VERSION {
            return Err(format!(
                "its `schema_version` is {}, which is not understood",
                reading.schema_version
            ));
        }
        Ok(reading)
    }

    /// Every number of the metrics by its path: `largest_share`, `services.orders.efferent`. Parts of a list go by their `name`.
    pub(super) fn metrics(&self) -> BTreeMap<String, f64> {
        let mut found = BTreeMap::new();
        numbers(&self.metrics, "", &mut found);
        found
    }
}

fn numbers(value: &serde_json::Value, path: &str, found: &mut BTreeMap<String, f64>) {
    let below = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
    match value {
        serde_json::Value::Number(number) => {
            found.extend(number.as_f64().map(|number| (path.to_string(), number)));
        }
        serde_json::Value::Object(parts) => {
            for (key, part) in parts {
                numbers(part, &below(key), found);
            }
        }
        serde_json::Value::Array(parts) => {
            for part in parts {
                if let Some(name) = part.get("name").and_then(serde_json::Value::as_str) {
                    numbers(part, &below(name), found);
                }
            }
        }
        _ => {}
    }
}
