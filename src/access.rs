//! Which AWS resources and SQL tables each route touches: `Program` + `RouteTable` + `Schema` + `values` -> `AccessTable`.
//!
//! The operation comes from the typed client, its resources from the arguments followed backwards, its actions from data files.
//! Deliberately absent: policies (`aws`). An access that is not fully known is kept with its certainty, never dropped.

mod argument;
mod built;
pub mod condition;
mod credentials;
mod database_user;
mod entered;
mod ground;
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
mod walks;

use crate::certainty::Certainty;
use crate::diagnostic::Diagnostics;
use crate::ordered::{OrderedSet, UnorderedSet};
use crate::resolve::{DefId, Program};
use crate::routes::{Handler, LayerCode, LayerUse, RouteTable};
use crate::stack::{beside, each};
use crate::values::Index;

use ground::Ground;
use layers::Layers;
use orm::Orm;
use query::Clients;
use reach::Reached;
use walks::{Beginning, walked};

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
    let clients = Clients::of(program);
    let (orm, index) = beside(
        || Orm::of(program, clients.has("diesel"), clients.has("sea_orm")),
        || Index::build(program, &roots(routes, &starts, &code)),
    );
    let mut ground = Ground::of(program, routes, index, &schema, &orm);
    let layers = layers(routes);
    let of_layers = layers.iter().flat_map(|&layer| code.beginnings(layer));
    let functions = starts.iter().copied().map(Beginning::Function).chain(of_layers);
    let handlers = served(routes).map(|(handler, _)| Beginning::Handler(handler));
    let beginnings: Vec<Beginning<'_>> = functions.chain(handlers).collect();
    let mut unseen = UnorderedSet::default();
    loop {
        let walked = walked(&ground, &beginnings);
        let never_run = walked.never_run(&ground);
        if never_run.is_empty() {
            diagnostics.extend(walked.findings);
            let settled = || {
                let mut table = table(walked.reached, routes, starts.len(), &layers, &code);
                condition::settle(&mut table);
                table
            };
            let (table, ()) = beside(settled, || drop(ground));
            return AccessTable { is_postgres: clients.is_postgres, schema, ..table };
        }
        // A callable that nothing is seen to call counts where it is written.
        never_run.into_iter().for_each(|address| {
            unseen.insert(address);
        });
        ground.put_aside(&unseen);
    }
}

/// The table of what was reached: first by each of the functions that run before serving, then by those of each layer, then by the handlers.
fn table(
    reached: Vec<Reached>,
    routes: &RouteTable,
    starts: usize,
    layers: &OrderedSet<LayerCode>,
    code: &Layers,
) -> AccessTable {
    let mut reached = reached.into_iter();
    let startup = Reached::all(reached.by_ref().take(starts));
    let of_layer = |&layer: &LayerCode| {
        let count = code.beginnings(layer).len();
        (layer, Reached::all(reached.by_ref().take(count)))
    };
    let of_layers: Vec<(LayerCode, Reached)> = layers.iter().map(of_layer).collect();
    let handlers = each(reached.zip(served(routes)).collect(), |(mut found, (_, around))| {
        for at in around.iter().filter_map(|layer| layers.get_index_of(&layer.code()?)) {
            found.add(&of_layers[at].1);
        }
        found.add(&startup);
        found
    });
    let mut table = AccessTable::default();
    table.unclear_env.extend(handlers.iter().flat_map(|found| &found.unclear));
    let mut handlers = handlers.into_iter();
    for found in handlers.by_ref().take(routes.routes.len()) {
        table.routes.push(found.accesses);
        table.route_env.push(found.env);
    }
    for found in handlers {
        table.fallbacks.push(found.accesses);
        table.fallback_env.extend(found.env);
    }
    for (layer, found) in of_layers {
        table.layers.push((layer, found.accesses));
        table.layer_env.extend(found.env);
        table.unclear_env.extend(found.unclear);
    }
    table.unclear_env.extend(startup.unclear);
    table.startup = startup.accesses;
    table.startup_env = startup.env;
    table
}

/// The handlers of routes, then of fallbacks, with the layers around each.
fn served(routes: &RouteTable) -> impl Iterator<Item = (&Handler, &[LayerUse])> {
    let of_routes = routes.routes.iter().map(|route| (&route.handler, route.layers.as_slice()));
    let of_fallbacks =
        routes.fallbacks.iter().map(|fallback| (&fallback.handler, fallback.layers.as_slice()));
    of_routes.chain(of_fallbacks)
}

/// What the layers in use are made of.
fn layers(routes: &RouteTable) -> OrderedSet<LayerCode> {
    served(routes).flat_map(|(_, layers)| layers).filter_map(LayerUse::code).collect()
}

/// What the program can run.
fn roots(routes: &RouteTable, starts: &[DefId], code: &Layers) -> Vec<DefId> {
    let served = served(routes).flat_map(|(handler, layers)| {
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
