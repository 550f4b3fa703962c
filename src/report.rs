//! Results -> text, JSON, Markdown, Mermaid, DOT: one file per format, each a pure function to a `String`.
//!
//! Every name comes from the user's source or plan, so each format escapes them in its own way.
//! Deliberately absent: colour, and where the text goes (`cli`).

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::access::{Access, AccessTable, Mode, Resource};
use crate::boundaries::Proposal;
use crate::coupling::{Coupling, Verdict};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::{AppGraph, Touch};
use crate::load::Sources;
use crate::metrics::{self, CodeMetrics, Group, Metrics, is_table};
use crate::plan::Plan;
use crate::resolve::Program;
use crate::routes::{Handler, Route, RouteTable};
use crate::span::Location;
use crate::words::count;

mod answers;
mod calls;
mod changes;
pub mod dot;
mod drawing;
mod evidence;
mod github;
pub mod json;
pub mod markdown;
pub mod mermaid;
mod load;
mod page;
mod permissions;
mod relations;
mod sarif;
mod selection;
pub mod text;

pub use changes::{Changes, Reading};
pub use dot::{dot, dot_part};
pub use evidence::{Evidence, Subject, evidence_json, evidence_text};
pub use github::github;
pub use json::{calls as json_calls, iam as json_iam, json, selection as json_part};
pub use markdown::markdown;
pub use mermaid::{mermaid, mermaid_part};
pub use page::evidence_html;
pub use permissions::Permissions;
pub use sarif::sarif;
pub use selection::{Query, Selection, select};
pub use text::iam::{explain as explain_permission, needs as needs_action};
pub use text::{View, part as text_part, text};

/// How much of the text report is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    Short,
    /// With the calls that lead nowhere.
    Full,
}

/// Everything that a report shows.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    pub package: &'a Package,
    pub program: &'a Program,
    pub sources: &'a Sources,
    pub routes: &'a RouteTable,
    pub accesses: &'a AccessTable,
    pub graph: &'a AppGraph,
    pub proposal: &'a Proposal,
    pub plan: &'a Plan,
    pub metrics: &'a Metrics,
    pub coupling: &'a Coupling,
    pub verdict: &'a Verdict,
    /// The services of the plan, as numbers need them.
    pub groups: &'a [Group],
    /// Sorted.
    pub findings: &'a [Diagnostic],
    /// Why each route is where it is, by route id; filled when it is first asked for.
    pub whys: OnceLock<BTreeMap<&'a str, String>>,
    /// Numbers of the code itself; filled when they are first asked for.
    pub code: OnceLock<CodeMetrics>,
}

/// The analysed package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// Major and minor version of Axum, for example `0.8`.
    pub axum: Option<String>,
}

impl std::fmt::Display for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// A place a person can open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// How a table is touched by routes, in the order of the route table.
pub struct TableUse<'a> {
    pub table: &'a Resource,
    pub routes: Vec<(&'a Route, Mode)>,
}

impl<'a> Report<'a> {
    pub fn place(&self, location: Location) -> Place {
        Place { file: self.sources.path(location).to_string(), line: self.sources.line(location) }
    }

    /// Column in bytes, from 1.
    pub fn column(&self, location: Location) -> u32 {
        self.sources.column(location)
    }

    /// Column in characters, from 1.
    pub fn character(&self, location: Location) -> u32 {
        self.sources.character(location)
    }

    /// Where a handler is defined.
    pub fn handler_place(&self, handler: &Handler) -> Place {
        self.place(handler.location)
    }

    pub fn accesses_of(&self, route: usize) -> &'a [Arc<Access>] {
        self.accesses.routes.get(route).map_or(&[], Vec::as_slice)
    }

    /// Tables that a route touches; buckets, queues and the like are left out.
    pub fn tables_of(&self, route: usize) -> Vec<Touch> {
        self.graph.touches(route).into_iter().filter(|touch| is_table(&touch.resource)).collect()
    }

    /// All resources in the order of first use, tables first.
    pub fn table_uses(&self) -> Vec<TableUse<'a>> {
        let mut resources: Vec<&Resource> = self.graph.resources().collect();
        resources.sort_by_key(|resource| (!is_table(resource), resource.to_string()));
        resources
            .into_iter()
            .map(|table| TableUse {
                table,
                routes: self
                    .graph
                    .routes_touching(table)
                    .into_iter()
                    .map(|(route, mode)| (&self.routes.routes[route], mode))
                    .collect(),
            })
            .collect()
    }

    /// Modules, functions that nothing leads to, and what the code of each service is made of.
    pub fn code(&self) -> &CodeMetrics {
        self.code.get_or_init(|| metrics::code::measure(self.program, self.graph, self.groups))
    }

    /// Why a route is where it is.
    pub fn why(&self, id: &str) -> &str {
        let whys = self.whys.get_or_init(|| {
            let id = |route: usize| self.routes.routes[route].id.as_str();
            let placed = self.proposal.services.iter().flat_map(|service| &service.routes);
            let placed = placed.map(|placed| (id(placed.route), placed.placement.why()));
            let kept = self.proposal.kept.iter().map(|kept| (id(kept.route), kept.because.clone()));
            kept.chain(placed).collect()
        });
        whys.get(id).map_or("", String::as_str)
    }

    /// Findings by severity: errors, warnings, notes.
    pub fn counts(&self) -> [usize; 3] {
        [Severity::Error, Severity::Warning, Severity::Note]
            .map(|severity| self.findings.iter().filter(|finding| finding.severity == severity).count())
    }
}

/// Text without control characters, so that a name cannot move the cursor or start a line.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A resource as short as it stays clear: the name of a table, the kind and name of others.
pub fn short(resource: &Resource) -> String {
    match (resource.service.as_str(), resource.kind.as_str()) {
        ("dynamodb" | "sql", "table") | ("mongodb", "collection") => plain(&resource.name.to_string()),
        ("s3", _) => plain(&format!("s3 {}", resource.name)),
        (service, _) => plain(&format!("{service} {}", resource.name)),
    }
}

#[cfg(test)]
mod tests;
