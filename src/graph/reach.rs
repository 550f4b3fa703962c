//! What routes lead to, and which routes lead to a node.

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::{VisitMap, Visitable};

use super::{AppGraph, Node};

/// The routes that lead to a node, in the order of the route table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reaching {
    pub routes: Vec<usize>,
    /// Of these, the ones that lead to it in another way than through a layer.
    pub handling: Vec<usize>,
}

impl AppGraph {
    /// Everything that at least one of these routes leads to, without the routes, in order of node numbers.
    pub fn reached_from(&self, routes: &[usize]) -> Vec<NodeIndex> {
        let mut open: Vec<NodeIndex> = routes.iter().map(|&route| self.routes[route]).collect();
        let mut seen = self.graph.visit_map();
        let mut found = Vec::new();
        while let Some(node) = open.pop() {
            for next in self.graph.neighbors(node) {
                if seen.visit(next) {
                    found.push(next);
                    open.push(next);
                }
            }
        }
        found.sort();
        found
    }

    /// Which of some sets of routes lead to each node, by node number: their places among the sets, in order.
    pub fn led_to_by<'r>(&self, sets: impl Iterator<Item = &'r [usize]>) -> Vec<Vec<usize>> {
        let mut by = vec![Vec::new(); self.graph.node_count()];
        for (at, routes) in sets.enumerate() {
            for node in self.reached_from(routes) {
                by[node.index()].push(at);
            }
        }
        by
    }

    /// The routes that lead to each node, by node number.
    pub fn reaching(&self) -> Vec<Reaching> {
        let mut found = vec![Reaching::default(); self.graph.node_count()];
        let mut layers = Vec::new();
        let mut open = Vec::new();
        for (route, &start) in self.routes.iter().enumerate() {
            let mut seen = self.graph.visit_map();
            open.push(start);
            while let Some(node) = open.pop() {
                for next in self.graph.neighbors(node) {
                    if seen.visit(next) {
                        if matches!(self.graph[next], Node::Layer(_)) {
                            layers.push(next);
                        } else {
                            found[next.index()].handling.push(route);
                            open.push(next);
                        }
                        found[next.index()].routes.push(route);
                    }
                }
            }
            // What else only layers lead to.
            open.append(&mut layers);
            while let Some(node) = open.pop() {
                for next in self.graph.neighbors(node).filter(|&next| seen.visit(next)) {
                    found[next.index()].routes.push(route);
                    open.push(next);
                }
            }
        }
        found
    }

    /// Whether some route leads to a node.
    pub fn is_reached(&self, target: NodeIndex) -> bool {
        let mut seen = self.graph.visit_map();
        let mut open = vec![target];
        while let Some(node) = open.pop() {
            if matches!(self.graph[node], Node::Route(_)) {
                return true;
            }
            open.extend(
                self.graph.neighbors_directed(node, Direction::Incoming).filter(|&next| seen.visit(next)),
            );
        }
        false
    }
}
