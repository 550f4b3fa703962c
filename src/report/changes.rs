//! Two reports -> what changed between them: routes, permissions, services, coupling, findings, metrics.
//!
//! Input: what `analyze --format json` said of two states of a program. Output: one list of changes for each of these, as text, Markdown or
//! JSON. Lines of code do not count: a handler that only moved in its file is the same. Deliberately absent: where the reports come from.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Place, count};
use crate::diagnostic::Severity;

mod coupling;
mod markdown;
mod read;
mod text;

pub use read::Reading;

use read::{Access, Finding};

/// What changed between two states of a program. Each list is in a fixed order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changes {
    schema_version: u32,
    /// What the older and the newer state are called.
    pub before: String,
    pub after: String,
    /// Routes and fallbacks, and of those in both: handler, layers, condition, extractors, environment.
    pub routes: Vec<Change>,
    /// Per route: an action on a resource.
    pub permissions: Vec<Change>,
    /// Services, what each owns, and the routes that moved.
    pub services: Vec<Change>,
    /// Places where services use each other's data, requests that write data of several, and the verdict.
    pub coupling: Vec<Change>,
    pub findings: Vec<Change>,
    pub metrics: Vec<Change>,
}

/// One thing that is there on one side only, or differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    #[serde(flatten)]
    pub kind: Kind,
    /// What it belongs to: a route's id, a service, the code of a finding, the path of a metric.
    pub subject: String,
    /// What of the subject it is: `layers`, `dynamodb:Query on dynamodb:table/${USERS}`; empty where it is the subject itself.
    pub what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Of a finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "lowercase")]
pub enum Kind {
    Added,
    Removed,
    Changed { from: String, to: String },
}

impl Kind {
    /// `+`, `-` or `~`.
    fn mark(&self) -> char {
        match self {
            Kind::Added => '+',
            Kind::Removed => '-',
            Kind::Changed { .. } => '~',
        }
    }
}

impl Change {
    fn new(kind: Kind, subject: &str, what: impl Into<String>) -> Self {
        Self { kind, subject: subject.to_string(), what: what.into(), file: None, line: None, severity: None }
    }

    /// What is different: `src/old.rs -> src/new.rs`; of lists only what they gained and lost, where no more than that changed. Empty where
    /// it is there on one side only.
    fn difference(&self) -> String {
        let Kind::Changed { from, to } = &self.kind else { return String::new() };
        let (old, new) = (items(from), items(to));
        let (lost, gained) = (without(&old, &new), without(&new, &old));
        let is_shown_whole = match self.what.as_str() {
            "environment" => false,
            // The order of these counts.
            "layers" | "extractors" => lost.is_empty() == gained.is_empty(),
            _ => true,
        };
        if is_shown_whole {
            return format!("{from} -> {to}");
        }
        let lost = lost.into_iter().map(|name| format!("-{name}"));
        let gained = gained.into_iter().map(|name| format!("+{name}"));
        lost.chain(gained).collect::<Vec<_>>().join(" ")
    }

    fn at(self, file: &str, line: u32) -> Self {
        Self { file: Some(file.to_string()), line: Some(line), ..self }
    }

    /// Where it is, in the newer state unless it is gone.
    pub fn place(&self) -> Option<Place> {
        Some(Place { file: self.file.clone()?, line: self.line? })
    }
}

impl Changes {
    /// Compares two reports, which are called `names`.
    pub fn between(before: &Reading, after: &Reading, names: [&str; 2]) -> Self {
        let [older, newer] = names;
        Self {
            schema_version: 1,
            before: older.to_string(),
            after: newer.to_string(),
            routes: routes(before, after),
            permissions: permissions(before, after),
            services: services(before, after),
            coupling: coupling::changes(before, after),
            findings: findings(before, after),
            metrics: metrics(before, after),
        }
    }

    /// What bears on security alone: permissions, layers and conditions of routes, and routes that came or went.
    #[must_use]
    pub fn of_security(self) -> Self {
        let bears = |change: &Change| {
            change.what.is_empty() || matches!(change.what.as_str(), "layers" | "condition" | "extractors")
        };
        Self {
            routes: self.routes.into_iter().filter(bears).collect(),
            services: Vec::new(),
            coupling: Vec::new(),
            findings: Vec::new(),
            metrics: Vec::new(),
            ..self
        }
    }

    pub fn is_empty(&self) -> bool {
        self.sections().iter().all(|(_, changes)| changes.is_empty())
    }

    /// The gravest finding that is new.
    pub fn worst_new_finding(&self) -> Option<Severity> {
        let new = self.findings.iter().filter(|change| change.kind == Kind::Added);
        let severities = [Severity::Note, Severity::Warning, Severity::Error];
        let of = |name: &String| severities.into_iter().find(|severity| severity.to_string() == *name);
        new.filter_map(|change| change.severity.as_ref().and_then(of)).max()
    }

    /// The changes as one JSON document.
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("text and numbers can be written as JSON");
        text.push('\n');
        text
    }

    fn sections(&self) -> [(&'static str, &[Change]); 6] {
        [
            ("Routes", &self.routes),
            ("Permissions", &self.permissions),
            ("Services", &self.services),
            ("Coupling", &self.coupling),
            ("Findings", &self.findings),
            ("Metrics", &self.metrics),
        ]
    }
}

/// As many subjects share a change before it is said once for all of them.
const MANY: usize = 4;

/// Changes that stand in one line: a single one, or the same of many subjects. In the order of the first of each.
fn lines(changes: &[Change]) -> Vec<Vec<&Change>> {
    let key = |change: &Change| (change.kind.mark(), change.what.clone(), change.difference());
    let mut places: BTreeMap<_, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    let mut group_of = Vec::new();
    for change in changes {
        let at = *places.entry(key(change)).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Vec::new());
        }
        groups[at].push(change);
        group_of.push(at);
    }
    let is_many = |group: &[&Change]| group.len() >= MANY && !group[0].what.is_empty();
    let few = changes.iter().zip(group_of).filter(|(_, at)| !is_many(&groups[*at]));
    let few: Vec<Vec<&Change>> = few.map(|(change, _)| vec![change]).collect();
    groups.retain(|group| is_many(group));
    groups.extend(few);
    groups
}

/// The names of a list as it is written, without `none`.
fn items(list: &str) -> Vec<&str> {
    list.split(", ").filter(|item| *item != "none").collect()
}

/// What the first list has and the second has not.
fn without<'a>(list: &[&'a str], other: &[&str]) -> Vec<&'a str> {
    list.iter().copied().filter(|item| !other.contains(item)).collect()
}

/// What of two maps is new, gone, or in both.
enum Pair<'a, T> {
    Added(&'a T),
    Removed(&'a T),
    Both(&'a T, &'a T),
}

/// Both maps key by key, in order.
fn pairs<'a, K: Ord, T>(
    before: &'a BTreeMap<K, T>,
    after: &'a BTreeMap<K, T>,
) -> impl Iterator<Item = (&'a K, Pair<'a, T>)> {
    let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    keys.into_iter().filter_map(|key| {
        let pair = match (before.get(key), after.get(key)) {
            (None, Some(new)) => Pair::Added(new),
            (Some(old), None) => Pair::Removed(old),
            (Some(old), Some(new)) => Pair::Both(old, new),
            (None, None) => return None,
        };
        Some((key, pair))
    })
}

/// A route or a fallback: what of it can change.
struct Answer {
    file: String,
    line: u32,
    /// Name of the part, and what it is.
    parts: [(&'static str, String); 5],
}

fn answers(reading: &Reading) -> BTreeMap<String, Answer> {
    let routes = reading.routes.iter().map(|route| {
        let parts = [
            ("handler", route.handler.path.clone()),
            ("layers", listed(&route.layers)),
            ("condition", route.conditional.clone().unwrap_or_else(|| "none".to_string())),
            ("extractors", listed(&route.extractors)),
            ("environment", listed(&route.environment)),
        ];
        (route.id.clone(), &route.handler, parts)
    });
    let fallbacks = reading.fallbacks.iter().map(|fallback| {
        let kind = if fallback.method_not_allowed { "method not allowed" } else { "fallback" };
        let parts = [
            ("handler", fallback.handler.path.clone()),
            ("layers", listed(&fallback.layers)),
            ("condition", String::new()),
            ("extractors", String::new()),
            ("environment", String::new()),
        ];
        (format!("{kind} below {}/", fallback.prefix.trim_end_matches('/')), &fallback.handler, parts)
    });
    let answer = |(id, handler, parts): (String, &read::Handler, _)| {
        let (file, line) = (handler.file.clone(), handler.line);
        (id, Answer { file, line, parts })
    };
    routes.chain(fallbacks).map(answer).collect()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_string() } else { names.join(", ") }
}

fn routes(before: &Reading, after: &Reading) -> Vec<Change> {
    let (before, after) = (answers(before), answers(after));
    let mut changes = Vec::new();
    for (id, pair) in pairs(&before, &after) {
        match pair {
            Pair::Added(new) => {
                changes.push(Change::new(Kind::Added, id, "").at(&new.file, new.line));
            }
            Pair::Removed(old) => {
                changes.push(Change::new(Kind::Removed, id, "").at(&old.file, old.line));
            }
            Pair::Both(old, new) => {
                for ((what, from), (_, to)) in old.parts.iter().zip(&new.parts) {
                    if from != to {
                        let kind = Kind::Changed { from: from.clone(), to: to.clone() };
                        changes.push(Change::new(kind, id, *what).at(&new.file, new.line));
                    }
                }
            }
        }
    }
    changes
}

/// By route, and what it may do to what.
fn permitted(reading: &Reading) -> BTreeMap<(&str, String), &Access> {
    let mut found = BTreeMap::new();
    for route in &reading.routes {
        for access in &route.accesses {
            let operation = [format!("{}:{}", access.service, access.operation)];
            let actions: &[String] = if access.actions.is_empty() { &operation } else { &access.actions };
            for action in actions {
                for resource in &access.resources {
                    let sure = if access.certainty == "proved" { "" } else { access.certainty.as_str() };
                    let note = if sure.is_empty() { String::new() } else { format!(" ({sure})") };
                    found
                        .entry((route.id.as_str(), format!("{action} on {resource}{note}")))
                        .or_insert(access);
                }
            }
        }
    }
    found
}

fn permissions(before: &Reading, after: &Reading) -> Vec<Change> {
    let (before, after) = (permitted(before), permitted(after));
    let mut changes = Vec::new();
    for ((route, what), pair) in pairs(&before, &after) {
        let (kind, access) = match pair {
            Pair::Added(access) => (Kind::Added, access),
            Pair::Removed(access) => (Kind::Removed, access),
            Pair::Both(..) => continue,
        };
        changes.push(Change::new(kind, route, what).at(&access.file, access.line));
    }
    changes
}

fn services(before: &Reading, after: &Reading) -> Vec<Change> {
    let owned = |reading: &Reading| -> BTreeMap<String, BTreeSet<String>> {
        let of = |service: &read::Service| (service.name.clone(), service.owns.iter().cloned().collect());
        reading.services.iter().map(of).collect()
    };
    let mut changes = Vec::new();
    for (name, pair) in pairs(&owned(before), &owned(after)) {
        match pair {
            Pair::Added(_) => changes.push(Change::new(Kind::Added, name, "")),
            Pair::Removed(_) => changes.push(Change::new(Kind::Removed, name, "")),
            Pair::Both(old, new) => {
                changes.extend(
                    new.difference(old).map(|table| Change::new(Kind::Added, name, format!("owns {table}"))),
                );
                changes.extend(
                    old.difference(new)
                        .map(|table| Change::new(Kind::Removed, name, format!("owns {table}"))),
                );
            }
        }
    }
    let placed = |reading: &Reading| -> BTreeMap<String, [String; 2]> {
        let kept = || "the monolith".to_string();
        let of = |route: &read::Route| {
            let place = [&route.service, &route.function].map(|name| name.clone().unwrap_or_else(kept));
            (route.id.clone(), place)
        };
        reading.routes.iter().map(of).collect()
    };
    for (id, pair) in pairs(&placed(before), &placed(after)) {
        let Pair::Both(old, new) = pair else { continue };
        // A route that goes to another service has another function too; that is said once.
        let differing =
            ["service", "function"].into_iter().zip(old.iter().zip(new)).find(|(_, (old, new))| old != new);
        if let Some((what, (from, to))) = differing {
            changes.push(Change::new(Kind::Changed { from: from.clone(), to: to.clone() }, id, what));
        }
    }
    changes
}

fn findings(before: &Reading, after: &Reading) -> Vec<Change> {
    let keyed = |reading: &Reading| -> BTreeMap<(String, String, String), Vec<Finding>> {
        let mut found: BTreeMap<_, Vec<Finding>> = BTreeMap::new();
        for finding in &reading.findings {
            let key =
                (finding.code.clone(), finding.file.clone().unwrap_or_default(), finding.message.clone());
            found.entry(key).or_default().push(finding.clone());
        }
        found
    };
    let change = |kind: Kind, finding: &Finding| Change {
        kind,
        subject: finding.code.clone(),
        what: finding.message.clone(),
        file: finding.file.clone(),
        line: finding.line,
        severity: Some(finding.severity.clone()),
    };
    let mut changes = Vec::new();
    for (_, pair) in pairs(&keyed(before), &keyed(after)) {
        match pair {
            Pair::Added(new) => changes.extend(new.iter().map(|finding| change(Kind::Added, finding))),
            Pair::Removed(old) => changes.extend(old.iter().map(|finding| change(Kind::Removed, finding))),
            // Of several of the same kind in one file, the last are taken for the new ones.
            Pair::Both(old, new) => {
                changes.extend(new.iter().skip(old.len()).map(|finding| change(Kind::Added, finding)));
                changes.extend(old.iter().skip(new.len()).map(|finding| change(Kind::Removed, finding)));
            }
        }
    }
    changes
}

fn metrics(before: &Reading, after: &Reading) -> Vec<Change> {
    let shown = |number: f64| format!("{number:.3}").trim_end_matches('0').trim_end_matches('.').to_string();
    let mut changes = Vec::new();
    for (path, pair) in pairs(&before.metrics(), &after.metrics()) {
        // Those of a service that came or went are no news.
        let Pair::Both(old, new) = pair else { continue };
        let (from, to) = (shown(*old), shown(*new));
        if from != to {
            changes.push(Change::new(Kind::Changed { from, to }, path, ""));
        }
    }
    changes
}

#[cfg(test)]
mod tests;
