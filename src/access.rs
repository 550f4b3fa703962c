//! Which AWS resources and SQL tables each route touches: `Program` + `RouteTable` + `Schema` + `values` -> `AccessTable`.
//!
//! The operation comes from the typed client, its resources from the arguments followed backwards, its actions from data files.
//! Deliberately absent: policies (`aws`). An access that is not fully known is kept with its certainty, never dropped.

mod argument;
mod built;
pub mod condition;
mod database_user;
mod elsewhere;
mod entered;
mod layers;
mod leads;
mod missing;
mod modyne;
mod naming;
mod operation;
mod orm;
mod partiql;
mod query;
mod reach;
pub mod schema;
mod sdk;
mod served;
mod services;
mod sql;
mod stored;
mod stores;
pub mod table;

use crate::certainty::Certainty;
use crate::diagnostic::Diagnostics;
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::{DefId, Program};
use crate::routes::{Handler, LayerUse, RouteTable};
use crate::values::Evaluator;

use layers::Layers;
use orm::Orm;
use query::Clients;
use reach::{Reached, Walk};

pub use condition::Condition;
pub use schema::Schema;
pub use table::{Access, AccessTable, Columns, EnvVar, Mode, Part, Resource, ResourceName};

/// The schema that the program's migrations make; empty where it has no database. Files are read and parsed.
pub fn schema(program: &Program) -> Schema {
    let clients = Clients::of(program);
    if clients.any() || sdk::uses(program, "aws-sdk-rdsdata") {
        schema::of_tree(&program.tree, clients.is_mysql)
    } else {
        Schema::default()
    }
}

/// Finds every access of every route, fallback and layer, and what runs before serving.
pub fn detect(
    program: &Program,
    routes: &RouteTable,
    schema: Schema,
    diagnostics: &mut Diagnostics,
) -> AccessTable {
    let mut findings = Vec::new();
    let code = Layers::of(program, routes, &mut findings);
    diagnostics.extend(findings);
    let starts = routes.starts(program);
    let mut evaluator = Evaluator::new(program, &roots(routes, &starts, &code));
    let clients = Clients::of(program);
    let orm = Orm::of(program, clients.has("diesel"), clients.has("sea_orm"));
    let mut unseen = UnorderedSet::default();
    loop {
        let mut walk = Walk::new(&mut evaluator, routes, schema.clone(), &orm, &unseen);
        let mut table = walked(&mut walk, routes, &starts, &code);
        let never_run = walk.never_run();
        if never_run.is_empty() {
            table.is_postgres = clients.is_postgres;
            table.schema = schema;
            condition::settle(&mut table);
            diagnostics.extend(walk.findings);
            return table;
        }
        // A callable that nothing is seen to call counts where it is written.
        never_run.into_iter().for_each(|address| {
            unseen.insert(address);
        });
    }
}

/// What every route, fallback and layer reaches, and what runs before serving.
fn walked(walk: &mut Walk<'_, '_>, routes: &RouteTable, starts: &[DefId], code: &Layers) -> AccessTable {
    let mut layers: UnorderedMap<DefId, Reached> = UnorderedMap::default();
    let mut table = AccessTable::default();
    let mut startup = Reached::default();
    for &start in starts {
        startup.add(&walk.function(start));
    }
    let mut of = |handler: &Handler, uses: &[LayerUse], table: &mut AccessTable| {
        let mut reached = walk.handler(handler);
        for def in uses.iter().filter_map(|layer| layer.def) {
            if !layers.contains_key(&def) {
                let mut found = Reached::default();
                for &function in code.code(def) {
                    found.add(&walk.function(function));
                }
                table.layers.push((def, found.accesses.clone()));
                layers.insert(def, found);
            }
            if let Some(found) = layers.get(&def) {
                reached.add(found);
            }
        }
        reached.add(&startup);
        reached
    };
    for route in &routes.routes {
        let reached = of(&route.handler, &route.layers, &mut table);
        table.routes.push(reached.accesses);
        table.route_env.push(reached.env);
    }
    for fallback in &routes.fallbacks {
        let reached = of(&fallback.handler, &fallback.layers, &mut table);
        table.fallbacks.push(reached.accesses);
    }
    table.startup = startup.accesses;
    table.startup_env = startup.env;
    walk.report_unfollowed();
    table
}

/// What the program can run.
fn roots(routes: &RouteTable, starts: &[DefId], code: &Layers) -> Vec<DefId> {
    let handlers = routes.routes.iter().map(|route| (&route.handler, &route.layers));
    let fallbacks = routes.fallbacks.iter().map(|fallback| (&fallback.handler, &fallback.layers));
    let served = handlers.chain(fallbacks).flat_map(|(handler, layers)| {
        let layers = layers.iter().filter_map(|layer| layer.def);
        handler.def.into_iter().chain(layers.flat_map(|def| code.code(def).iter().copied()))
    });
    starts.iter().copied().chain(served).collect()
}

/// `Inferred` where one of several values holds at a time.
fn of_candidates(several: bool) -> Certainty {
    if several { Certainty::Inferred } else { Certainty::Proved }
}

#[cfg(test)]
mod tests;
