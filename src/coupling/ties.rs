//! Uses of another service's data -> the place where a service's code turns to it.
//!
//! On the way from the handler to an access, the first function that has to do with no other data than the owner's is what the owner would
//! offer, and its call is the tie. Where there is none, the access itself is.

use std::collections::{BTreeMap, BTreeSet};

use super::{Becomes, Input, SharedData, Tie, TieKind};
use crate::access::{Mode, Resource};
use crate::graph::{AppGraph, Node};
use crate::metrics::uses::{Use, When};
use crate::ordered::UnorderedMap;
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
        for used in list.iter().filter(|used| used.when != When::Start) {
            let Some(owner) = input.owner(used.data).filter(|owner| *owner != service) else { continue };
            let (kind, what, location) = place(route, used, owner, owners_of_code, &places);
            let key = (input.rank(service), input.rank(owner), location, kind, what.to_string());
            let (data, routes) = found.entry(key).or_default();
            data.entry(used.data.clone())
                .and_modify(|mode| *mode = mode.join(used.mode))
                .or_insert(used.mode);
            routes.insert(route);
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

fn place<'a>(
    route: usize,
    used: &Use<'a>,
    owner: &str,
    owners_of_code: &BTreeMap<String, BTreeSet<String>>,
    places: &Places<'_>,
) -> (TieKind, &'a str, Location) {
    let via = &used.access.via;
    let is_owners = |path: &String| owners_of_code.get(path).is_some_and(|owners| owners.iter().eq([owner]));
    // A handler is a route of its service, whatever it uses; a layer may be the other service's.
    let layer = via.first().filter(|path| is_owners(path)).and_then(|path| places.layer(route, path));
    if let Some(location) = layer {
        return (TieKind::Call, &via[0], location);
    }
    match (1..via.len()).find(|&at| is_owners(&via[at])) {
        Some(at) => {
            let call = places.call(&via[at - 1], &via[at]);
            (TieKind::Call, &via[at], call.unwrap_or(used.access.location))
        }
        None => (TieKind::Access, via.last().map_or("", String::as_str), used.access.location),
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

    fn call(&self, from: &str, to: &str) -> Option<Location> {
        let (&from, &to) = (self.functions.get(from)?, self.functions.get(to)?);
        self.graph.outgoing(from).into_iter().find(|(_, target)| *target == to)?.0.location
    }
}
