//! The graph of the code + accesses -> the graph: the resources that code touches, and who touches them.

use std::sync::Arc;

use petgraph::graph::NodeIndex;

use super::AppGraph;
use super::code::CodeGraph;
use super::node::{EdgeKind, FunctionNode, Node};
use crate::access::{Access, AccessTable, Mode, Resource};
use crate::certainty::Certainty;
use crate::ordered::OrderedMap;
use crate::span::Location;

impl CodeGraph {
    /// The whole graph; `accesses` are those of the routes that it was made from.
    pub fn with_data(mut self, accesses: &AccessTable) -> AppGraph {
        for (list, &node) in accesses.routes.iter().zip(&self.app.routes.clone()) {
            self.take(Some(node), list);
        }
        for list in accesses.fallbacks.iter().chain(accesses.layers.iter().map(|(_, list)| list)) {
            self.take(None, list);
        }
        self.app
    }

    fn take(&mut self, route: Option<NodeIndex>, list: &[Arc<Access>]) {
        let mut touched: OrderedMap<NodeIndex, (Option<Mode>, Mode, Certainty, Location)> =
            OrderedMap::default();
        for access in list {
            let function = access.via.last().map(|path| self.function(path));
            for resource in access.resources.iter().filter(|resource| !resource.is_any()) {
                let node = self.resource(&resource.owner());
                if let Some(function) = function {
                    self.app.tie(
                        function,
                        node,
                        EdgeKind::Accesses(access.mode),
                        Some(access.location),
                        access.certainty,
                    );
                }
                // An implied Select does not make a write a read-write.
                let own = (!access.implied).then_some(access.mode);
                touched
                    .entry(node)
                    .and_modify(|(mode, all, certainty, _)| {
                        *mode = match (*mode, own) {
                            (Some(a), Some(b)) => Some(a.join(b)),
                            (a, b) => a.or(b),
                        };
                        *all = all.join(access.mode);
                        *certainty = (*certainty).max(access.certainty);
                    })
                    .or_insert((own, access.mode, access.certainty, access.location));
            }
        }
        let Some(route) = route else { return };
        for (node, (mode, all, certainty, location)) in touched {
            self.app.tie(route, node, EdgeKind::Touches(mode.unwrap_or(all)), Some(location), certainty);
        }
    }

    fn function(&mut self, path: &str) -> NodeIndex {
        if let Some(&node) = self.by_path.get(path) {
            return node;
        }
        let node = self.app.graph.add_node(Node::Function(FunctionNode {
            name: path.rsplit("::").next().unwrap_or(path).to_string(),
            path: path.to_string(),
            def: None,
            location: None,
        }));
        self.by_path.insert(path.to_string(), node);
        node
    }

    fn resource(&mut self, resource: &Resource) -> NodeIndex {
        if let Some(&node) = self.app.resources.get(resource) {
            return node;
        }
        let node = self.app.graph.add_node(Node::Resource(resource.clone()));
        self.app.resources.insert(resource.clone(), node);
        node
    }
}
