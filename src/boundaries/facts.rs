//! What the partition weighs, per route: its subject, the tables its own code reads and writes, the models it uses.

use petgraph::graph::NodeIndex;

use super::segments::{SYSTEM, common_first, group_key, singular};
use super::{Kept, Pins};
use crate::access::{Access, AccessTable, Resource};
use crate::graph::{AppGraph, Node};
use crate::ordered::{OrderedMap, OrderedSet, UnorderedSet};
use crate::routes::{Method, Route, RouteTable};
use crate::span::Location;

pub(super) struct Facts {
    /// In the order of the route table.
    pub(super) routes: Vec<RouteFacts>,
    pub(super) kept: Vec<Kept>,
    /// Tables written by so many subjects that one owner would swallow the application.
    pub(super) application_wide: OrderedSet<Resource>,
    /// Tables read by most subjects, such as sessions: reading them speaks for no service.
    pub(super) read_everywhere: OrderedSet<Resource>,
}

pub(super) struct RouteFacts {
    pub(super) key: String,
    /// Stays in the monolith.
    pub(super) kept: bool,
    pub(super) writes: OrderedSet<Resource>,
    pub(super) reads: OrderedSet<Resource>,
    /// Tables that one of its calls changes together.
    pub(super) transactions: Vec<Vec<Resource>>,
    pub(super) models: Vec<NodeIndex>,
}

pub(super) fn gather(graph: &AppGraph, routes: &RouteTable, accesses: &AccessTable, pins: &Pins) -> Facts {
    let mut kept = Vec::new();
    for (route, fact) in routes.routes.iter().enumerate() {
        if let Some(because) = kept_because(fact, route, pins) {
            kept.push(Kept { route, because });
        }
    }
    let kept_routes: OrderedSet<usize> = kept.iter().map(|kept| kept.route).collect();
    let skip = common_first(routes.routes.iter().map(|route| route.path.as_str()));
    let mut keys: Vec<String> = routes.routes.iter().map(|route| group_key(&route.path, skip)).collect();
    one_spelling(&mut keys);
    let middleware = middleware_paths(graph, routes, accesses);
    let mut startup = UnorderedSet::default();
    for start in &accesses.startup {
        startup.insert((start.location, start.operation.as_str()));
    }
    let facts: Vec<RouteFacts> = routes
        .routes
        .iter()
        .enumerate()
        .map(|(at, _)| {
            let list = accesses.routes.get(at).map_or(&[][..], Vec::as_slice);
            let own = list.iter().filter(|access| is_own(access, &startup, &middleware));
            let mut fact = RouteFacts {
                key: std::mem::take(&mut keys[at]),
                kept: kept_routes.contains(&at),
                writes: OrderedSet::default(),
                reads: OrderedSet::default(),
                transactions: Vec::new(),
                models: models_of(graph, at),
            };
            for access in own {
                fact.take(access);
            }
            fact
        })
        .collect();
    let application_wide = of_most_subjects(&facts, |fact| &fact.writes, 3, 4);
    let read_everywhere = of_most_subjects(&facts, |fact| &fact.reads, 1, 2);
    Facts { routes: facts, kept, application_wide, read_everywhere }
}

impl RouteFacts {
    fn take(&mut self, access: &Access) {
        let mut tables: Vec<Resource> = Vec::new();
        for resource in access.resources.iter().filter(|resource| resource.is_table()) {
            let owner = resource.owner();
            if owner.is_known() && !tables.contains(&owner) {
                tables.push(owner);
            }
        }
        if access.mode.writes() {
            self.writes.extend(tables.iter().cloned());
            if tables.len() > 1 {
                self.transactions.push(tables);
            }
        } else {
            self.reads.extend(tables);
        }
    }
}

/// Why a route cannot get a function of its own.
fn kept_because(route: &Route, at: usize, pins: &Pins) -> Option<String> {
    if !pins.kept.contains(&route.id) && pins.services.contains_key(&route.id) {
        None
    } else if let Some(because) = pins.held.get(&at) {
        Some(because.clone())
    } else if pins.kept.contains(&route.id) {
        Some("the plan keeps it".to_string())
    } else if route.path.contains("{?") {
        Some("its path is not known before run time".to_string())
    } else if route.path.split('/').any(is_partial) {
        Some("API Gateway has no key for a variable that is a part of a segment".to_string())
    } else if matches!(route.method, Method::Trace | Method::Connect) {
        Some(format!("API Gateway has no route key for {}", route.method))
    } else {
        None
    }
}

/// Whether a variable is only a part of a segment, for example `{name}.png`.
fn is_partial(segment: &str) -> bool {
    let inner = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    segment.contains(['{', '}']) && inner.is_none_or(|name| name.contains(['{', '}']))
}

/// Paths of the functions that run in layers: what they access says nothing about the subject of a route.
fn middleware_paths(graph: &AppGraph, routes: &RouteTable, accesses: &AccessTable) -> UnorderedSet<String> {
    let mut used = UnorderedSet::default();
    for layer in routes.routes.iter().flat_map(|route| &route.layers) {
        if let Some(def) = layer.def {
            used.insert(def);
        }
    }
    let mut paths = UnorderedSet::default();
    for (_, node) in graph.nodes() {
        if let Node::Function(function) = node
            && function.def.is_some_and(|def| used.contains(&def))
        {
            paths.insert(function.path.clone());
        }
    }
    for access in accesses.layers.iter().flat_map(|(_, list)| list) {
        if let Some(path) = access.via.first() {
            paths.insert(path.clone());
        }
    }
    paths
}

fn is_own(
    access: &Access,
    startup: &UnorderedSet<(Location, &str)>,
    middleware: &UnorderedSet<String>,
) -> bool {
    !access.via.first().is_some_and(|path| middleware.contains(path))
        && !startup.contains(&(access.location, access.operation.as_str()))
}

fn models_of(graph: &AppGraph, route: usize) -> Vec<NodeIndex> {
    graph.reached_from(route).into_iter().filter(|&at| matches!(graph.node(at), Node::Model(_))).collect()
}

/// `/user` and `/users` are one subject, under the spelling that more routes use.
fn one_spelling(keys: &mut [String]) {
    let mut spellings: OrderedMap<String, OrderedMap<String, usize>> = OrderedMap::default();
    for key in keys.iter() {
        *spellings.entry(singular(key)).or_default().entry(key.clone()).or_default() += 1;
    }
    for key in keys {
        let mut best = (0, key.clone());
        for (spelling, &count) in &spellings[&singular(key)] {
            if count > best.0 {
                best = (count, spelling.clone());
            }
        }
        *key = best.1;
    }
}

/// Tables that routes of at least three subjects, and of more than `part` by `whole` of all subjects, have to do with.
fn of_most_subjects(
    facts: &[RouteFacts],
    tables: fn(&RouteFacts) -> &OrderedSet<Resource>,
    part: usize,
    whole: usize,
) -> OrderedSet<Resource> {
    let placed = || facts.iter().filter(|fact| !fact.kept && fact.key != SYSTEM);
    let subjects: OrderedSet<&str> = placed().map(|fact| fact.key.as_str()).collect();
    let mut users: OrderedMap<&Resource, OrderedSet<&str>> = OrderedMap::default();
    for fact in placed() {
        for table in tables(fact) {
            users.entry(table).or_default().insert(&fact.key);
        }
    }
    users
        .into_iter()
        .filter(|(_, keys)| keys.len() >= 3 && keys.len() * whole > subjects.len() * part)
        .map(|(table, _)| table.clone())
        .collect()
}
