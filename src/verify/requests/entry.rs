//! One request in a file: the object of a scenario and of JSON lines -> a step.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use super::{Saved, Step};
use crate::verify::event::Request;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    #[serde(default)]
    name: String,
    method: String,
    path: String,
    /// Name of an identity.
    #[serde(rename = "as")]
    identity: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, OneOrMore>,
    json: Option<Value>,
    /// As text.
    body: Option<String>,
    base64: Option<String>,
    #[serde(default)]
    save: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// Headers of people who may ask.
pub(super) type Identities = BTreeMap<String, Vec<(String, String)>>;

pub(super) fn headers(named: &BTreeMap<String, OneOrMore>) -> Vec<(String, String)> {
    let each = named.iter().flat_map(|(name, values)| {
        let values = match values {
            OneOrMore::One(value) => std::slice::from_ref(value),
            OneOrMore::More(values) => values,
        };
        values.iter().map(move |value| (name.to_lowercase(), value.clone()))
    });
    each.collect()
}

impl Entry {
    /// The step; or why it is none.
    pub(super) fn step(self, identities: &Identities) -> Result<Step, String> {
        let method = self.method.to_ascii_uppercase();
        let is_token = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_token(&method) {
            return Err(format!("`{}` is no method", self.method));
        }
        if !self.path.starts_with('/') && !self.path.starts_with("${") {
            return Err(format!("the path `{}` does not start with `/`", self.path));
        }
        let mut all = match &self.identity {
            Some(name) => identities
                .get(name)
                .cloned()
                .ok_or_else(|| format!("there is no identity `{name}` under `identities`"))?,
            None => Vec::new(),
        };
        all.extend(headers(&self.headers));
        let body = match (self.json, self.body, self.base64) {
            (None, None, None) => Vec::new(),
            (Some(json), None, None) => {
                if !all.iter().any(|(name, _)| name == "content-type") {
                    all.push(("content-type".to_string(), "application/json".to_string()));
                }
                json.to_string().into_bytes()
            }
            (None, Some(text), None) => text.into_bytes(),
            (None, None, Some(text)) => {
                STANDARD.decode(&text).map_err(|error| format!("`base64` is no base64: {error}"))?
            }
            _ => return Err("it has more than one of `json`, `body` and `base64`".to_string()),
        };
        let saves = self.save.iter().map(|(name, place)| Saved::parse(name, place));
        Ok(Step {
            name: self.name,
            request: Request { method, target: self.path, headers: all, body },
            fills: true,
            saves: saves.collect::<Result<_, _>>()?,
        })
    }
}
