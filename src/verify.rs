//! A generated workspace -> evidence that it is the program it was split from.
//!
//! Input: the analysis of the program, and the folder of the workspace. Output: one `Check` for each thing that must hold, with what was
//! compared and what differs. Nothing is taken from the run that generated the workspace: its crates are analysed anew, and the gateway's
//! routes and the roles are read back from its template.
//!
//! `serve` runs its functions behind a local port, as API Gateway and Lambda would: `gateway` chooses a route, `event` is what a function
//! gets and returns, `host` runs it, `runtime` is what it talks to, `application` is all of these together.

mod answers;
mod application;
mod asking;
mod aws;
mod comparison;
mod curl;
mod event;
mod facts;
mod gateway;
mod host;
mod lint;
mod load;
mod log;
mod remote;
mod replay;
mod requests;
mod runtime;
mod searching;
mod sequences;
mod serve;
mod side;
mod signals;
mod trial;
mod volatile;
mod watching;
mod workspace;

use std::path::Path;

use crate::access::AccessTable;
use crate::routes::RouteTable;

pub use answers::{Cause, CauseKind, Part};
pub use application::Application;
pub use aws::{Data, Place, Seed, SeedError};
pub use gateway::Matching;
pub use host::{ACCOUNT, Function, Surroundings};
pub use lint::{LintError, lint};
pub use load::{Load, Measured, OfFunction, Rounds, Times};
pub use remote::Url;
pub use replay::{Systems, compare_systems};
pub use requests::{Origin, Workload, WorkloadError};
pub use sequences::{Sequences, Shortest};
pub use serve::{Said, Service, serve};
pub use trial::{
    Asked, Difference, Questions, SentGroup, Side, Sides, Trial, TrialError, Unused, compare_answers,
};
pub use watching::Watch;

use signals::told;

/// The program that was split.
#[derive(Debug, Clone, Copy)]
pub struct Monolith<'a> {
    pub routes: &'a RouteTable,
    pub accesses: &'a AccessTable,
}

/// One thing that must hold of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What holds, in a few words: `each route is answered by one function`.
    pub what: &'static str,
    /// How many routes, functions or keys were compared.
    pub compared: usize,
    /// Each a sentence that names function and route.
    pub differences: Vec<String>,
    /// What could not be compared, and why.
    pub open: Vec<String>,
}

impl Check {
    fn new(what: &'static str) -> Self {
        Self { what, compared: 0, differences: Vec::new(), open: Vec::new() }
    }

    pub fn holds(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Why a workspace cannot be compared at all.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    #[error("`{0}` is no generated workspace: it has no {file}", file = crate::fileset::MANIFEST)]
    NotGenerated(String),
    #[error("cannot read `{path}`")]
    NotRead { path: String, source: std::io::Error },
    #[error("the template `{path}` cannot be read: {why}")]
    Template { path: String, why: String },
}

/// Compares a generated workspace with the program.
///
/// # Errors
/// Where the folder holds no generated workspace, or its template cannot be read.
pub fn verify(monolith: Monolith<'_>, folder: &Path) -> Result<Vec<Check>, WorkspaceError> {
    let workspace = workspace::read(folder, &monolith.accesses.schema)?;
    Ok(comparison::compare(monolith, &workspace))
}
