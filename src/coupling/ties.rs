//! Uses of another service's data -> the place where a service's code turns to it.
//!
//! On the way from the handler to an access, the first function that has to do with no other data than the owner's is what the owner would
//! offer, and its call is the tie, by each function on the route's ways that calls it: an access lists one of several ways that are alike.
//! Where there is no such function, the access itself is the tie.

use std::collections::{BTreeMap, BTreeSet};

use super::{Becomes, Input, SharedData, Tie, TieKind};
use crate::access::{Mode, Resource};
use crate::graph::{AppGraph, Node};
use crate::metrics::uses::{Use, When};
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::span::Location;
use petgraph::graph::NodeIndex;

/// Owners of the data that each function leads to, by its path, start-up left out. Data without an owner counts as an owner of its own.
pub(super) fn owners_of_code(input: &Input<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for used in input.uses.iter().flatten().filter(|used| used.when != When::Start) {
        let owner = input.owner(used.data).unwrap_or_default();
        for path in &used.access.via {
            if let Some(known) = owners.get_mut(path) {
                known.insert(owner.to_string());
            } else {
                owners.insert(path.clone(), BTreeSet::from([owner.to_string()]));
            }
        }
    }
    owners
}

type Key = (usize, usize, Location, TieKind, String);

pub(super) fn find(
    input: &Input<'_>,
    owners_of_code: &BTreeMap<String, BTreeSet<String>>,
    shared: &[SharedData],
) -> Vec<Tie> {
    let places = Places::of(input.graph);
    let mut found: BTreeMap<Key, (BTreeMap<Resource, Mode>, BTreeSet<usize>)> = BTreeMap::new();
    for (route, list) in input.uses.iter().enumerate() {
        let service = input.service(route);
        let served = || list.iter().filter(|used| used.when != When::Start);
        let mut way = None;
        for used in served() {
            let Some(owner) = input.owner(used.data).filter(|owner| *owner != service) else { continue };
            let way = way.get_or_insert_with(|| Way {
                route,
                functions: places.functions(served().flat_map(|used| &used.access.via)),
                places: &places,
                owners_of_code,
            });
            let (kind, what, locations) = way.ties(used, owner);
            for location in locations {
                let key = (input.rank(service), input.rank(owner), location, kind, what.to_string());
                let (data, routes) = found.entry(key).or_default();
                data.entry(used.data.clone())
                    .and_modify(|mode| *mode = mode.join(used.mode))
                    .or_insert(used.mode);
                routes.insert(route);
            }
        }
    }
    let name = |at: usize| input.name((at < input.groups.len()).then_some(at)).to_string();
    let tie = |((from, to, location, kind, what), (data, routes)): (
        Key,
        (BTreeMap<Resource, Mode>, BTreeSet<usize>),
    )| {
        let from = name(from);
        let (becomes, because) = chosen(&from, &data, shared);
        Tie {
            from,
            to: name(to),
            kind,
            what,
            location,
            data: data.into_iter().collect(),
            routes: routes.into_iter().collect(),
            becomes,
            because,
        }
    };
    found.into_iter().map(tie).collect()
}

/// What becomes of the use of some data: of several answers the one that comes first.
fn chosen(from: &str, data: &BTreeMap<Resource, Mode>, shared: &[SharedData]) -> (Becomes, String) {
    let of = shared.iter().filter(|shared| data.contains_key(&shared.data)).flat_map(|shared| &shared.users);
    let choices = of.filter(|user| user.service == from).filter_map(|user| user.choice.clone());
    choices.min_by_key(|(becomes, _)| *becomes).expect("data of another service is shared")
}

/// What a route's code leads through.
struct Way<'p, 'a> {
    route: usize,
    functions: UnorderedSet<NodeIndex>,
    places: &'p Places<'a>,
    owners_of_code: &'p BTreeMap<String, BTreeSet<String>>,
}

impl Way<'_, '_> {
    /// Where the route turns to another service's data, and what it calls there.
    fn ties<'u>(&self, used: &Use<'u>, owner: &str) -> (TieKind, &'u str, Vec<Location>) {
        let via = &used.access.via;
        let is_owners =
            |path: &str| self.owners_of_code.get(path).is_some_and(|owners| owners.iter().eq([owner]));
        // A handler is a route of its service, whatever it uses; a layer may be the other service's.
        let layer = via.first().filter(|path| is_owners(path));
        if let Some(location) = layer.and_then(|path| self.places.layer(self.route, path)) {
            return (TieKind::Call, &via[0], vec![location]);
        }
        match (1..via.len()).find(|&at| is_owners(&via[at])) {
            Some(at) => {
                let is_other = |caller: NodeIndex, path: &str| {
                    path != via[at - 1] && self.functions.contains(&caller) && !is_owners(path)
                };
                let call = self.places.calls(&via[at], |_, path| path == via[at - 1]).pop();
                let mut calls = self.places.calls(&via[at], is_other);
                calls.push(call.unwrap_or(used.access.location));
                (TieKind::Call, &via[at], calls)
            }
            None => (TieKind::Access, via.last().map_or("", String::as_str), vec![used.access.location]),
        }
    }
}

/// Where functions are called and layers are registered.
struct Places<'a> {
    graph: &'a AppGraph,
    functions: UnorderedMap<&'a str, NodeIndex>,
}

impl<'a> Places<'a> {
    fn of(graph: &'a AppGraph) -> Self {
        let mut functions = UnorderedMap::default();
        for (at, node) in graph.nodes() {
            if let Node::Function(function) = node {
                functions.entry(function.path.as_str()).or_insert(at);
            }
        }
        Self { graph, functions }
    }

    /// Where a route gets the layer that runs a function.
    fn layer(&self, route: usize, path: &str) -> Option<Location> {
        let &function = self.functions.get(path)?;
        let around = self.graph.outgoing(self.graph.route(route)).into_iter();
        let mut layers = around.filter_map(|(_, node)| match self.graph.node(node) {
            Node::Layer(layer) => Some((node, layer.location)),
            _ => None,
        });
        let runs =
            |layer: NodeIndex| self.graph.outgoing(layer).iter().any(|(_, target)| *target == function);
        layers.find(|(node, _)| runs(*node)).map(|(_, location)| location)
    }

    fn functions<'v>(&self, paths: impl Iterator<Item = &'v String>) -> UnorderedSet<NodeIndex> {
        let mut found = UnorderedSet::default();
        paths.filter_map(|path| self.functions.get(path.as_str())).for_each(|&function| {
            found.insert(function);
        });
        found
    }

    /// Where a function is called by some others; for each the first place.
    fn calls(&self, to: &str, is_wanted: impl Fn(NodeIndex, &str) -> bool) -> Vec<Location> {
        let Some(&to) = self.functions.get(to) else { return Vec::new() };
        let mut callers = Vec::new();
        let mut found = Vec::new();
        for (edge, from) in self.graph.incoming(to) {
            let Node::Function(function) = self.graph.node(from) else { continue };
            if callers.contains(&from) || !is_wanted(from, &function.path) {
                continue;
            }
            callers.push(from);
            found.extend(edge.location);
        }
        found
    }
}
