//! Scenario files: JSON with requests in an order that matters, and values carried from one to the next; read, and written.
//!
//! ```text
//! identities  {name: headers}
//! volatile    [what may differ: see `Volatile`]
//! requests    [{name, method, path, as, headers, json | body | base64, save}]
//! ```
//!
//! `docs/verify.md` describes it for people.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::entry::{Entry, Identities, OneOrMore, headers};
use super::{Group, Step, Workload};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    identities: BTreeMap<String, BTreeMap<String, OneOrMore>>,
    #[serde(default)]
    volatile: Vec<String>,
    #[serde(default)]
    requests: Vec<Entry>,
}

/// A scenario of steps, as a file that can be read again.
pub(in crate::verify) fn write(steps: &[Step], volatile: &[String]) -> String {
    let mut document = serde_json::Map::new();
    if !volatile.is_empty() {
        document.insert("volatile".to_string(), json!(volatile));
    }
    document.insert("requests".to_string(), steps.iter().map(written).collect());
    let mut text = serde_json::to_string_pretty(&document).expect("texts can be written as JSON");
    text.push('\n');
    text
}

fn written(step: &Step) -> Value {
    // What is not filled has no placeholders, whatever it looks like.
    let text = |text: &str| if step.fills { text.to_string() } else { text.replace("${", "$${") };
    let request = &step.request;
    let mut headers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in &request.headers {
        headers.entry(name).or_default().push(text(value));
    }
    let mut entry = serde_json::Map::new();
    let mut add = |name: &str, value: Value| drop(entry.insert(name.to_string(), value));
    if !step.name.is_empty() {
        add("name", json!(step.name));
    }
    add("method", json!(request.method));
    add("path", json!(text(&request.target)));
    if let Ok(body) = std::str::from_utf8(&request.body) {
        let json = serde_json::from_str::<Value>(body)
            .ok()
            .filter(|value| value.to_string().as_bytes() == body.as_bytes());
        let is_json = headers.get("content-type").is_some_and(|kinds| *kinds == ["application/json"]);
        match json.filter(|_| is_json && step.fills) {
            Some(value) => {
                headers.remove("content-type");
                add("json", value);
            }
            None if body.is_empty() => {}
            None => add("body", json!(text(body))),
        }
    } else {
        add("base64", json!(STANDARD.encode(&request.body)));
    }
    if !headers.is_empty() {
        add("headers", json!(headers));
    }
    if !step.saves.is_empty() {
        let saves: BTreeMap<&str, String> =
            step.saves.iter().map(|saved| (saved.name.as_str(), saved.place())).collect();
        add("save", json!(saves));
    }
    Value::Object(entry)
}

/// Adds a scenario to a workload; or says why it is none.
pub(super) fn read(name: &str, text: &str, workload: &mut Workload) -> Result<(), String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let own: Identities =
        document.identities.iter().map(|(name, values)| (name.clone(), headers(values))).collect();
    for rule in &document.volatile {
        workload.volatile.add(rule)?;
    }
    let mut group = Group::new(name);
    for (at, entry) in document.requests.into_iter().enumerate() {
        let step = entry.step(&own).map_err(|why| format!("request {}: {why}", at + 1))?;
        let head = (step.request.method == "GET").then(|| {
            let mut head = step.clone();
            head.request.method = "HEAD".to_string();
            head.name = format!("{}, headers only", step.name);
            head.saves.clear();
            head
        });
        group.steps.push(step);
        group.steps.extend(head);
    }
    if !group.steps.is_empty() {
        workload.groups.push(group);
    }
    for (name, headers) in own {
        if let Some(other) = workload.identities.insert(name.clone(), headers.clone())
            && other != headers
        {
            return Err(format!("another file has an identity `{name}` with other headers"));
        }
    }
    Ok(())
}
