//! What must be the same of a route before and after a split, whatever crate it is in.
//!
//! Input: the tables of a program. Output: facts that can be compared. Deliberately absent: places in files, and the names of crates.

use std::collections::BTreeSet;
use std::fmt;

use crate::access::{Access, AccessTable};
use crate::certainty::Certainty;
use crate::routes::{Fallback, LayerUse, RouteTable};
use crate::split::glue::MISROUTED;

/// A route as its function answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RouteFacts {
    /// `GET /users/{id}`
    pub(super) id: String,
    /// Path of the handler without the crate's name; `None` for the stub of another function's route.
    pub(super) handler: Option<String>,
    /// Outermost first.
    pub(super) layers: Vec<String>,
    pub(super) conditional: Option<String>,
    /// Without what runs at the start.
    pub(super) accesses: BTreeSet<AccessFacts>,
}

/// A fallback as the function behind `$default` answers it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FallbackFacts {
    prefix: String,
    handler: String,
    layers: Vec<String>,
    is_for_methods: bool,
}

/// An AWS call or SQL statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AccessFacts {
    /// `dynamodb:GetItem`, `sql:Select`
    operation: String,
    actions: Vec<String>,
    resources: Vec<String>,
    certainty: Certainty,
}

impl fmt::Display for AccessFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {} ({})", self.operation, self.resources.join(", "), self.certainty)
    }
}

impl fmt::Display for FallbackFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_for_methods { "the fallback for methods" } else { "the fallback" };
        write!(f, "{what} below `{}/`: `{}`", self.prefix, self.handler)?;
        if !self.layers.is_empty() {
            write!(f, " in {}", self.layers.join(" > "))?;
        }
        Ok(())
    }
}

impl AccessFacts {
    pub(super) fn is_proved(&self) -> bool {
        self.certainty == Certainty::Proved
    }

    fn of(access: &Access) -> Self {
        let mut resources: Vec<String> = access.resources.iter().map(ToString::to_string).collect();
        resources.sort();
        Self {
            operation: format!("{}:{}", access.service, access.operation),
            actions: access.actions.clone(),
            resources,
            certainty: access.certainty,
        }
    }
}

/// The routes in the order of the table. `startup` is what the program does before it serves.
pub(super) fn routes(
    table: &RouteTable,
    accesses: &AccessTable,
    startup: &BTreeSet<AccessFacts>,
) -> Vec<RouteFacts> {
    let facts = table.routes.iter().enumerate().map(|(at, route)| {
        let own = accesses.routes.get(at).into_iter().flatten().map(|access| AccessFacts::of(access));
        RouteFacts {
            id: route.id.clone(),
            handler: inner_path(&route.handler.path),
            layers: names(&route.layers),
            conditional: route.conditional.clone(),
            accesses: own.filter(|access| !startup.contains(access)).collect(),
        }
    });
    facts.collect()
}

/// What the program does before it serves.
pub(super) fn startup(accesses: &AccessTable) -> BTreeSet<AccessFacts> {
    accesses.startup.iter().map(|access| AccessFacts::of(access)).collect()
}

pub(super) fn fallbacks(table: &RouteTable) -> BTreeSet<FallbackFacts> {
    let facts = |fallback: &Fallback| FallbackFacts {
        prefix: fallback.prefix.clone(),
        handler: inner_path(&fallback.handler.path).unwrap_or_default(),
        layers: names(&fallback.layers),
        is_for_methods: fallback.method_not_allowed,
    };
    table.fallbacks.iter().map(facts).collect()
}

fn names(layers: &[LayerUse]) -> Vec<String> {
    layers.iter().map(|layer| layer.name.clone()).collect()
}

/// `db::find` of `shop::db::find`; `None` for the stub, which stands at the root of its crate.
fn inner_path(path: &str) -> Option<String> {
    let inner = path.split_once("::").map_or(path, |(_, inner)| inner);
    (inner != MISROUTED).then(|| inner.to_string())
}
