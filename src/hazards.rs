//! Graph, program and routes -> findings about what splitting changes or what a gateway cannot carry, and the routes that stay in one piece.
//!
//! Names are resolved and values followed like everywhere else; text is not searched. A hazard after which a function of its own would answer
//! differently holds its routes in the monolith. Deliberately absent: findings about a plan (`plan`), such as a table written by several
//! services, and about what is generated (`split`, `aws`).

use crate::diagnostic::Diagnostic;
use crate::graph::AppGraph;
use crate::resolve::Program;
use crate::routes::{RouteTable, ServedBy};
use unit::Unit;

mod calls;
mod constant;
mod limits;
mod local;
mod merged;
mod named;
pub mod shadow;
mod shared;
mod tasks;
mod unit;
mod wrapped;

/// A route that would answer differently in a function of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Index into `RouteTable::routes`.
    pub route: usize,
    /// `an HTTP API cannot carry a WebSocket`.
    pub because: String,
}

/// State that several routes use, of which each function would have its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    pub finding: Diagnostic,
    /// Indices into `RouteTable::routes`; empty where a layer uses it, which no plan can put into one function.
    pub routes: Vec<usize>,
}

impl Shared {
    /// Whether the routes are not all in one function, as a plan places them.
    pub fn is_apart<'p>(&self, function: impl Fn(usize) -> Option<&'p str>) -> bool {
        let first = self.routes.first().and_then(|&route| function(route));
        first.is_none() || self.routes.iter().any(|&route| function(route) != first)
    }
}

/// What a plan decides over.
#[derive(Debug, Clone, Default)]
pub struct Undecided {
    /// Routes that the monolith keeps unless the plan places them: each once, in the order of the table.
    pub held: Vec<Held>,
    /// Findings for as long as the plan sets the routes apart.
    pub shared: Vec<Shared>,
}

/// The code of a program, by when it runs.
pub struct Code<'p> {
    /// For requests, layers included.
    units: Vec<Unit<'p>>,
    /// Before the first request.
    start: Vec<Unit<'p>>,
}

impl<'p> Code<'p> {
    /// The code that routes and start lead to; `graph` need not have data.
    pub fn of(graph: &AppGraph, program: &'p Program, routes: &RouteTable) -> Self {
        Self { units: unit::of_routes(graph, program), start: unit::of_start(program, routes) }
    }

    /// What decides where routes may go, before a plan exists.
    pub fn undecided(&self, program: &Program, routes: &RouteTable) -> Undecided {
        let mut held = named::held_by_web_sockets(&self.units);
        let (shared, apart) = shared::find(program, routes, &self.units);
        held.extend(apart);
        Undecided { held, shared }
    }

    /// What is found whatever the plan says.
    pub fn into_findings(self, program: &Program, routes: &RouteTable) -> Vec<Diagnostic> {
        let Self { units, start } = &self;
        let mut found: Vec<Diagnostic> = Vec::new();
        found.extend(shadow::siblings(routes));
        found.extend(routes.router.iter().flat_map(merged::layered_fallbacks));
        found.extend(wrapped::find(program, routes));
        found.extend(named::web_sockets(routes, units));
        found.extend(shared::kept_by_crates(routes, start));
        found.extend(named::streams(units));
        found.extend(named::gateway_context(program, units));
        // On Lambda the program has no peer today either.
        if !routes.served_by.contains(&ServedBy::Lambda) {
            found.extend(named::peer_addresses(units));
        }
        found.extend(named::crate_names(program, units.iter().chain(start)));
        found.extend(tasks::detached(program, units));
        found.extend(tasks::loops(program, start));
        found.extend(tasks::servers(program, routes, start));
        found.extend(limits::find(program, routes, start));
        found.extend(local::written_files(units));
        found.extend(local::files_beside(program, units.iter().chain(start)));
        found.extend(local::pool(program, routes.routes.len(), start));
        found
    }
}

/// What the whole graph tells, whatever the plan says.
pub fn in_graph(graph: &AppGraph, program: &Program) -> Vec<Diagnostic> {
    let mut found = local::self_calls(graph);
    found.extend(calls::find(graph, program));
    found
}

impl Undecided {
    /// With what the data of the routes decides, each route once, in the order of the table.
    #[must_use]
    pub fn with_data(mut self, graph: &AppGraph, program: &Program, routes: &RouteTable) -> Self {
        self.held.extend(wrapped::held(program, graph, routes));
        self.held.sort_by_key(|held| held.route);
        self.held.dedup_by_key(|held| held.route);
        self
    }
}

#[cfg(test)]
mod tests;
