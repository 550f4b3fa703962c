//! Scenario files: JSON with requests in an order that matters, and values carried from one to the next.
//!
//! ```text
//! identities  {name: headers}
//! volatile    [what may differ: see `Volatile`]
//! requests    [{name, method, path, as, headers, json | body | base64, save}]
//! ```
//!
//! `docs/verify.md` describes it for people.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::entry::{Entry, Identities, OneOrMore, headers};
use super::{Group, Workload};

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
