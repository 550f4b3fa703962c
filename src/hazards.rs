//! Graph, program and routes -> findings about what splitting changes or what a gateway cannot carry, and the routes that stay in one piece.
//!
//! Names are resolved and values followed like everywhere else; text is not searched. A hazard after which a function of its own would answer
//! differently holds its routes in the monolith. Deliberately absent: findings about a plan (`plan`), such as a table written by several
//! services, and about what is generated (`split`, `aws`).

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::graph::AppGraph;
use crate::resolve::Program;
use crate::routes::{RouteTable, ServedBy};

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

/// Finds what can be seen in the code before a plan exists; `graph` need not have data.
pub fn in_code(
    graph: &AppGraph,
    program: &Program,
    routes: &RouteTable,
    diagnostics: &mut Diagnostics,
) -> Undecided {
    let units = unit::of_routes(graph, program);
    let start = unit::of_start(program, routes);
    diagnostics.extend(shadow::siblings(routes));
    diagnostics.extend(routes.router.iter().flat_map(merged::layered_fallbacks));
    diagnostics.extend(wrapped::find(program, routes));
    let (sockets, mut held) = named::web_sockets(routes, &units);
    diagnostics.extend(sockets);
    let (shared, apart) = shared::find(program, routes, &units);
    held.extend(apart);
    diagnostics.extend(shared::kept_by_crates(routes, &start));
    diagnostics.extend(named::streams(&units));
    diagnostics.extend(named::gateway_context(program, &units));
    // On Lambda the program has no peer today either.
    if !routes.served_by.contains(&ServedBy::Lambda) {
        diagnostics.extend(named::peer_addresses(&units));
    }
    diagnostics.extend(named::crate_names(program, units.iter().chain(&start)));
    diagnostics.extend(tasks::detached(program, &units));
    diagnostics.extend(tasks::loops(program, &start));
    diagnostics.extend(tasks::servers(program, routes, &start));
    diagnostics.extend(limits::find(program, routes, &start));
    diagnostics.extend(local::written_files(&units));
    diagnostics.extend(local::files_beside(program, units.iter().chain(&start)));
    diagnostics.extend(local::pool(program, routes.routes.len(), &start));
    diagnostics.extend(calls::find(graph, program));
    Undecided::new(held, shared)
}

/// Adds what takes the data that the code uses.
pub fn in_data(
    found: Undecided,
    graph: &AppGraph,
    program: &Program,
    routes: &RouteTable,
    diagnostics: &mut Diagnostics,
) -> Undecided {
    diagnostics.extend(local::self_calls(graph));
    let Undecided { mut held, shared } = found;
    held.extend(wrapped::held(program, graph, routes));
    Undecided::new(held, shared)
}

impl Undecided {
    fn new(mut held: Vec<Held>, shared: Vec<Shared>) -> Self {
        held.sort_by_key(|held| held.route);
        held.dedup_by_key(|held| held.route);
        Self { held, shared }
    }
}

#[cfg(test)]
mod tests;
