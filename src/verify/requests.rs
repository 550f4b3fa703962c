//! What is sent: groups of requests, each from data as it is at the start.
//!
//! Input: scenario files, recorded traffic, an API document, and the program's routes. Output: `Group`s of `Step`s. A step may carry
//! values from answers of earlier steps of its group. Deliberately absent: sending (`trial`), and what comes back (`answers`).

mod derived;
mod document;
mod entry;
mod placeholders;
mod recorded;
mod scenario;
mod variants;

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode};

use super::event::Request;
use super::volatile::Volatile;

pub(super) use derived::{Examples, derive};
pub(super) use placeholders::{Saved, Values};
pub(super) use scenario::write as scenario;

/// What needs no encoding anywhere in a URL stays as it is. Source: RFC 3986, 2.3.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What cannot stand in a request's target.
const NOT_IN_TARGETS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A target as a client sends it: what cannot stand in it is encoded, all else stays.
fn target(text: &str) -> String {
    Cow::from(percent_encode(text.as_bytes(), NOT_IN_TARGETS)).into_owned()
}

/// Requests in an order that may matter.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// `methods of /items/{id}`
    pub(super) name: String,
    pub(super) steps: Vec<Step>,
    /// Why a request that reaches no handler of the split is no difference: what AWS leaves open.
    pub(super) open: Option<&'static str>,
}

/// One request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// What it is for: `a trailing slash`.
    pub(super) name: String,
    pub(super) request: Request,
    /// Whether `${name}` in it stands for a saved value.
    pub(super) fills: bool,
    /// What is kept of its answer.
    pub(super) saves: Vec<Saved>,
}

/// Everything that people gave: files in their order.
#[derive(Debug, Clone, Default)]
pub struct Workload {
    pub(super) groups: Vec<Group>,
    /// Headers of people who may ask, by name.
    pub(super) identities: BTreeMap<String, Vec<(String, String)>>,
    pub(super) volatile: Volatile,
}

/// Where a workload comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A scenario, a HAR, or JSON lines: what the text is tells.
    Requests,
    /// An OpenAPI document in JSON or YAML.
    Document,
}

/// Why a file of requests cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file}`: {why}")]
pub struct WorkloadError {
    pub file: String,
    pub why: String,
}

impl Workload {
    /// Adds what a file holds. `name` is what its groups are called by.
    ///
    /// # Errors
    /// Where the text is nothing of the kind; says which entry and why.
    pub fn add(&mut self, name: &str, text: &str, origin: Origin) -> Result<(), WorkloadError> {
        let failed = |why: String| WorkloadError { file: name.to_string(), why };
        let text = text.trim_start_matches('\u{feff}');
        match origin {
            Origin::Document => self.groups.push(document::group(name, text).map_err(failed)?),
            Origin::Requests => match serde_json::from_str::<serde_json::Value>(text) {
                Ok(value) if value.get("log").is_some() => {
                    self.groups.push(recorded::har(name, &value).map_err(failed)?);
                }
                Ok(value) if value.get("requests").is_some() || value.get("volatile").is_some() => {
                    scenario::read(name, text, self).map_err(failed)?;
                }
                // One line is JSON too.
                _ => self.groups.push(recorded::lines(name, text).map_err(failed)?),
            },
        }
        Ok(())
    }

    /// Adds a value that may differ: `header:NAME`, `cookie:NAME`, `json:/POINTER` (`*` for any key), `call:/POINTER`, `order:/POINTER`,
    /// `uuid` or `time`.
    ///
    /// # Errors
    /// Says what it could be.
    pub fn add_volatile(&mut self, rule: &str) -> Result<(), String> {
        self.volatile.add(rule)
    }

    pub fn requests(&self) -> usize {
        self.groups.iter().map(|group| group.steps.len()).sum()
    }
}

impl Group {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// A sentence about a step that cannot be sent, because nothing gave it a value.
    pub(super) fn lacks(&self, step: &Step, value: &str) -> String {
        let shown = format!("{} {}", step.request.method, step.request.target);
        format!("{}: `{shown}` wants `{value}`, which no answer gave", self.name)
    }

    fn add(&mut self, name: impl Into<String>, request: Request) {
        self.steps.push(Step { name: name.into(), request, ..Step::default() });
    }
}
