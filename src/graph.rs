//! `Program` + `RouteTable` + `AccessTable` -> `AppGraph`: routes, layers, functions, models and resources, and what ties them.
//!
//! The graph never changes once built; node and edge order follow the inputs, so every query answers in the same order on every run.
//! Deliberately absent: judgement. Numbers are in `metrics`, findings in `hazards`, services in `boundaries`.

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::access::{AccessTable, Mode, Resource};
use crate::certainty::Certainty;
use crate::ordered::OrderedMap;
use crate::resolve::Program;
use crate::routes::RouteTable;
use crate::span::Location;

mod code;
mod data;
pub mod node;
mod reach;

pub use code::CodeGraph;
pub use node::{Edge, EdgeKind, FunctionNode, ItemNode, LayerNode, Node, RouteNode};
pub use reach::Reaching;

/// The joined application. Indices of routes are those of `RouteTable::routes`.
#[derive(Debug, Default)]
pub struct AppGraph {
    graph: DiGraph<Node, Edge>,
    /// Node of each route, in the order of the route table.
    routes: Vec<NodeIndex>,
    /// Node of each resource without index or key pattern, in the order of first use.
    resources: OrderedMap<Resource, NodeIndex>,
}

/// What a route does with one table, bucket, queue or other resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// Without index or key pattern.
    pub resource: Resource,
    pub mode: Mode,
    pub certainty: Certainty,
}

/// The graph of everything that the routes reach.
pub fn build(program: &Program, routes: &RouteTable, accesses: &AccessTable) -> AppGraph {
    CodeGraph::of(program, routes).with_data(accesses)
}

impl AppGraph {
    /// Adds an edge, unless there is one of its kind that is as certain.
    fn tie(
        &mut self,
        from: NodeIndex,
        to: NodeIndex,
        kind: EdgeKind,
        location: Option<Location>,
        certainty: Certainty,
    ) {
        let known = self
            .graph
            .edges_connecting(from, to)
            .any(|edge| edge.weight().kind == kind && edge.weight().certainty <= certainty);
        if !known {
            self.graph.add_edge(from, to, Edge { kind, location, certainty });
        }
    }

    pub fn node(&self, index: NodeIndex) -> &Node {
        &self.graph[index]
    }

    /// All nodes in order of first mention.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeIndex, &Node)> {
        self.graph.node_indices().map(|index| (index, &self.graph[index]))
    }

    /// All edges as source, target and weight, in order of construction.
    pub fn edges(&self) -> impl Iterator<Item = (NodeIndex, NodeIndex, &Edge)> {
        self.graph.edge_references().map(|edge| (edge.source(), edge.target(), edge.weight()))
    }

    /// Edges from a node with their targets, in order of construction.
    pub fn outgoing(&self, node: NodeIndex) -> Vec<(&Edge, NodeIndex)> {
        let mut edges: Vec<_> = self.graph.edges(node).collect();
        edges.sort_by_key(petgraph::visit::EdgeRef::id);
        edges.into_iter().map(|edge| (edge.weight(), edge.target())).collect()
    }

    /// Edges to a node with their sources, in order of construction.
    pub fn incoming(&self, node: NodeIndex) -> Vec<(&Edge, NodeIndex)> {
        let mut edges: Vec<_> = self.graph.edges_directed(node, petgraph::Direction::Incoming).collect();
        edges.sort_by_key(petgraph::visit::EdgeRef::id);
        edges.into_iter().map(|edge| (edge.weight(), edge.source())).collect()
    }

    /// The node of a route of the route table.
    pub fn route(&self, route: usize) -> NodeIndex {
        self.routes[route]
    }

    pub fn route_count(&self) -> usize {
        self.routes.len()
    }

    /// Every resource that some route or fallback touches.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.keys()
    }

    /// The graph's own copy of a resource's table, bucket or queue; none where nothing touches it.
    pub fn owner_of(&self, resource: &Resource) -> Option<&Resource> {
        self.resources.get_key_value(&*resource.owner()).map(|(owner, _)| owner)
    }

    /// What a route touches, in the order in which its accesses were found.
    pub fn touches(&self, route: usize) -> Vec<Touch> {
        let mut touches: Vec<(petgraph::graph::EdgeIndex, Touch)> = self
            .graph
            .edges_directed(self.routes[route], Direction::Outgoing)
            .filter_map(|edge| match (edge.weight().kind, &self.graph[edge.target()]) {
                (EdgeKind::Touches(mode), Node::Resource(resource)) => Some((
                    edge.id(),
                    Touch { resource: resource.clone(), mode, certainty: edge.weight().certainty },
                )),
                _ => None,
            })
            .collect();
        touches.sort_by_key(|(id, _)| *id);
        touches.into_iter().map(|(_, touch)| touch).collect()
    }

    /// The routes that touch a resource and how, in the order of the route table.
    pub fn routes_touching(&self, resource: &Resource) -> Vec<(usize, Mode)> {
        let Some(&node) = self.resources.get(&*resource.owner()) else { return Vec::new() };
        let mut routes: Vec<(usize, Mode)> = self
            .graph
            .edges_directed(node, Direction::Incoming)
            .filter_map(|edge| match (edge.weight().kind, &self.graph[edge.source()]) {
                (EdgeKind::Touches(mode), Node::Route(route)) => Some((route.index, mode)),
                _ => None,
            })
            .collect();
        routes.sort_by_key(|(route, _)| *route);
        routes
    }

    /// Groups of functions that call each other in a circle, each with at least two members.
    pub fn call_cycles(&self) -> Vec<Vec<NodeIndex>> {
        let calls = self.graph.filter_map(
            |_, node| matches!(node, Node::Function(_)).then_some(()),
            |_, edge| matches!(edge.kind, EdgeKind::Calls).then_some(()),
        );
        // Indices of the filtered graph are its own, so they are led back through the order of functions.
        let functions: Vec<NodeIndex> = self
            .graph
            .node_indices()
            .filter(|&index| matches!(self.graph[index], Node::Function(_)))
            .collect();
        let mut cycles: Vec<Vec<NodeIndex>> = petgraph::algo::tarjan_scc(&calls)
            .into_iter()
            .filter(|component| component.len() > 1)
            .map(|component| {
                let mut members: Vec<NodeIndex> = component.iter().map(|at| functions[at.index()]).collect();
                members.sort();
                members
            })
            .collect();
        cycles.sort();
        cycles
    }
}

#[cfg(test)]
mod tests;
