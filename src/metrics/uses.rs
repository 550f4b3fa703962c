//! Accesses + groups -> which route uses which data and when, and who owns the data.
//!
//! Data is what a service can own: tables, collections and buckets whose name is known. Queues, topics and calls of other servers are means of
//! talking, so they are no data. The Select that a database wants for a write is no use of its own.

use std::sync::Arc;

use crate::access::{Access, AccessTable, Mode, Resource};
use crate::graph::{AppGraph, EdgeKind, Node};
use crate::ordered::{OrderedMap, OrderedSet, UnorderedSet};

use super::Group;

/// When in the life of a function an access happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Once, before the first request.
    Start,
    /// For each request, in a layer or an extractor.
    Before,
    /// In the handler.
    Handler,
}

/// A route's access of one table, collection or bucket.
#[derive(Debug, Clone)]
pub struct Use<'a> {
    /// Without index or key pattern.
    pub data: &'a Resource,
    pub mode: Mode,
    pub when: When,
    pub access: &'a Access,
}

/// The uses of each route, in the order of the route table and of its accesses.
pub fn of_routes<'a>(graph: &'a AppGraph, accesses: &'a AccessTable) -> Vec<Vec<Use<'a>>> {
    let mut startup = UnorderedSet::default();
    for start in &accesses.startup {
        startup.insert((start.location, start.operation.as_str()));
    }
    let layers = layers(graph, accesses);
    let when = |access: &Access| {
        let first = access.via.first();
        if startup.contains(&(access.location, access.operation.as_str())) {
            When::Start
        } else if first.is_some_and(|path| layers.contains(path))
            || access.via.iter().any(|path| is_extractor(path))
        {
            When::Before
        } else {
            When::Handler
        }
    };
    let of_route = |list: &'a Vec<Arc<Access>>| {
        let mut uses: Vec<Use<'a>> = Vec::new();
        for access in list.iter().filter(|access| !access.implied) {
            let first = uses.len();
            for data in access.resources.iter().filter_map(|resource| graph.owner_of(resource)) {
                if is_data(data) && uses[first..].iter().all(|used| used.data != data) {
                    uses.push(Use { data, mode: access.mode, when: when(access), access });
                }
            }
        }
        uses
    };
    accesses.routes.iter().map(of_route).collect()
}

/// Whether it is something that a service can own: a table, a collection or a bucket with a known name.
pub fn is_data(resource: &Resource) -> bool {
    resource.is_known() && (resource.is_table() || resource.kind == "bucket")
}

/// Whether a function is called to make an argument of a handler.
fn is_extractor(path: &str) -> bool {
    let name = path.rsplit("::").next().unwrap_or(path);
    matches!(name, "from_request_parts" | "from_request")
}

/// Paths of the functions that layers run.
fn layers(graph: &AppGraph, accesses: &AccessTable) -> UnorderedSet<String> {
    let mut paths = UnorderedSet::default();
    for (from, to, edge) in graph.edges() {
        if edge.kind == EdgeKind::Calls
            && matches!(graph.node(from), Node::Layer(_))
            && let Node::Function(function) = graph.node(to)
        {
            paths.insert(function.path.clone());
        }
    }
    for path in accesses.layers.iter().flat_map(|(_, list)| list).filter_map(|access| access.via.first()) {
        paths.insert(path.clone());
    }
    paths
}

/// What the routes outside all services are called.
pub const MONOLITH: &str = "the monolith";

/// Who owns each piece of data.
///
/// That is the service of which the plan says so, else the one with the most routes that write it (of equal ones the first), else the
/// monolith where only routes write it that stay there. What no route writes has no owner.
#[derive(Debug, Default)]
pub struct Owners {
    of: OrderedMap<Resource, Option<usize>>,
}

impl Owners {
    pub fn of(uses: &[Vec<Use<'_>>], groups: &[Group]) -> Self {
        let group_of = group_of(groups, uses.len());
        let mut writers: OrderedMap<&Resource, OrderedMap<Option<usize>, usize>> = OrderedMap::default();
        for (route, list) in uses.iter().enumerate() {
            let mut seen: Vec<&Resource> = Vec::new();
            for used in list.iter().filter(|used| used.when != When::Start && used.mode.writes()) {
                if !seen.contains(&used.data) {
                    seen.push(used.data);
                    *writers.entry(used.data).or_default().entry(group_of[route]).or_default() += 1;
                }
            }
        }
        let mut of: OrderedMap<Resource, Option<usize>> = OrderedMap::default();
        for (data, counts) in writers {
            let best = counts.iter().filter_map(|(group, &count)| group.map(|group| (count, group)));
            let best = best.max_by_key(|&(count, group)| (count, std::cmp::Reverse(group)));
            of.insert(data.clone(), best.map(|(_, group)| group));
        }
        let known: OrderedSet<&Resource> = uses.iter().flatten().map(|used| used.data).collect();
        for data in known {
            let name = data.to_string();
            if let Some(said) = groups.iter().position(|group| group.owns.contains(&name)) {
                of.insert(data.clone(), Some(said));
            }
        }
        Self { of }
    }

    /// Pieces of data that have an owner.
    pub fn count(&self) -> usize {
        self.of.len()
    }

    /// The owner by index; `Some(None)` is the monolith.
    pub fn owner(&self, data: &Resource) -> Option<Option<usize>> {
        self.of.get(data).copied()
    }
}

/// The group of each route, by its index; none where it stays in the monolith.
pub fn group_of(groups: &[Group], routes: usize) -> Vec<Option<usize>> {
    let mut of = vec![None; routes];
    for (at, group) in groups.iter().enumerate().rev() {
        for &route in &group.routes {
            if let Some(place) = of.get_mut(route) {
                *place = Some(at);
            }
        }
    }
    of
}
