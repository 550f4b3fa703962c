//! Program + routes -> the graph of the code: routes, layers, functions, models and statics, and what ties them. Deliberately absent: data.

use petgraph::graph::NodeIndex;

use super::AppGraph;
use super::node::{EdgeKind, FunctionNode, ItemNode, LayerNode, Node, RouteNode};
use crate::certainty::Certainty;
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::{DefId, DefKind, EdgeKind as Reference, Program};
use crate::routes::{Handler, LayerUse, RouteTable};
use crate::span::Location;

/// The graph as long as it is not known what the code does with data.
#[derive(Debug)]
pub struct CodeGraph {
    pub(super) app: AppGraph,
    /// Functions by path; of several with one path the first.
    pub(super) by_path: UnorderedMap<String, NodeIndex>,
}

impl CodeGraph {
    /// Everything in the code that the routes reach.
    pub fn of(program: &Program, routes: &RouteTable) -> Self {
        let mut builder = Builder::new(program);
        for (index, route) in routes.routes.iter().enumerate() {
            let node = builder.app.graph.add_node(Node::Route(RouteNode {
                index,
                id: route.id.clone(),
                location: route.site,
            }));
            builder.app.routes.push(node);
        }
        for (route, &node) in routes.routes.iter().zip(&builder.app.routes.clone()) {
            for layer in &route.layers {
                let wrap = builder.layer(layer);
                builder.app.tie(node, wrap, EdgeKind::WrappedBy, Some(layer.location), Certainty::Proved);
            }
            let handler = builder.handler(&route.handler);
            let place = Some(route.handler.expr);
            builder.app.tie(node, handler, EdgeKind::HandledBy, place, Certainty::Proved);
        }
        builder.follow_references();
        Self { app: builder.app, by_path: builder.by_path }
    }

    /// Routes, layers, functions, models and statics; no resource.
    pub fn graph(&self) -> &AppGraph {
        &self.app
    }
}

struct Builder<'a> {
    program: &'a Program,
    app: AppGraph,
    /// Indices into `Program::edges` by source.
    outgoing: Vec<Vec<usize>>,
    by_def: UnorderedMap<DefId, NodeIndex>,
    by_path: UnorderedMap<String, NodeIndex>,
    closures: UnorderedMap<Location, NodeIndex>,
    layers: UnorderedMap<(Location, String), NodeIndex>,
    /// Definitions whose references are still to be followed.
    open: Vec<DefId>,
}

impl<'a> Builder<'a> {
    fn new(program: &'a Program) -> Self {
        let mut outgoing = vec![Vec::new(); program.defs.len()];
        for (at, edge) in program.edges.iter().enumerate() {
            outgoing[edge.from.0 as usize].push(at);
        }
        Self {
            program,
            app: AppGraph::default(),
            outgoing,
            by_def: UnorderedMap::default(),
            by_path: UnorderedMap::default(),
            closures: UnorderedMap::default(),
            layers: UnorderedMap::default(),
            open: Vec::new(),
        }
    }

    fn layer(&mut self, layer: &LayerUse) -> NodeIndex {
        let key = (layer.location, layer.name.clone());
        if let Some(&node) = self.layers.get(&key) {
            return node;
        }
        let node = self
            .app
            .graph
            .add_node(Node::Layer(LayerNode { name: layer.name.clone(), location: layer.location }));
        self.layers.insert(key, node);
        if let Some(def) = layer.def
            && let Some(function) = self.def(def)
        {
            self.app.tie(node, function, EdgeKind::Calls, Some(layer.location), Certainty::Proved);
        }
        node
    }

    fn handler(&mut self, handler: &Handler) -> NodeIndex {
        if let Some(node) = handler.def.and_then(|def| self.def(def)) {
            return node;
        }
        if let Some(&node) = self.closures.get(&handler.location) {
            return node;
        }
        let node = self.app.graph.add_node(Node::Function(FunctionNode {
            name: handler.name.clone(),
            path: handler.path.clone(),
            def: None,
            location: Some(handler.location),
        }));
        self.closures.insert(handler.location, node);
        // Several closures may share a path: accesses then hang on the first.
        self.by_path.entry(handler.path.clone()).or_insert(node);
        node
    }

    /// The node of a definition; none for kinds that do not stand in the graph.
    fn def(&mut self, id: DefId) -> Option<NodeIndex> {
        if let Some(&node) = self.by_def.get(&id) {
            return Some(node);
        }
        let def = self.program.def(id);
        let item = || ItemNode {
            name: def.name.to_string(),
            path: def.path.clone(),
            def: id,
            location: def.location,
        };
        let node = match def.kind {
            DefKind::Fn | DefKind::Method => Node::Function(FunctionNode {
                name: def.name.to_string(),
                path: def.path.clone(),
                def: Some(id),
                location: Some(def.location),
            }),
            DefKind::Struct | DefKind::Enum | DefKind::Union | DefKind::TypeAlias => Node::Model(item()),
            DefKind::Static => Node::Static(item()),
            DefKind::Variant
            | DefKind::Trait
            | DefKind::Const
            | DefKind::Impl
            | DefKind::Macro
            | DefKind::MacroCall
            | DefKind::AssocConst
            | DefKind::AssocType => return None,
        };
        let function = matches!(node, Node::Function(_));
        let node = self.app.graph.add_node(node);
        self.by_def.insert(id, node);
        if function {
            self.by_path.entry(def.path.clone()).or_insert(node);
        }
        self.open.push(id);
        Some(node)
    }

    fn follow_references(&mut self) {
        let mut next = 0;
        while next < self.open.len() {
            let id = self.open[next];
            next += 1;
            let from = *self.by_def.get(&id).expect("what is open has a node");
            for (to, at) in self.targets(id) {
                let reference = &self.program.edges[at];
                let Some(target) = self.def(to) else { continue };
                let kind = match self.app.graph[target] {
                    Node::Model(_) => EdgeKind::Uses,
                    Node::Static(_) => EdgeKind::Shares,
                    _ => EdgeKind::Calls,
                };
                if from != target {
                    self.app.tie(from, target, kind, Some(reference.location), reference.certainty);
                }
            }
        }
    }

    /// What a definition refers to, seen through constants, variants, impls and other kinds without a node.
    fn targets(&self, id: DefId) -> Vec<(DefId, usize)> {
        let mut found = Vec::new();
        let mut seen = UnorderedSet::default();
        let mut open: Vec<(DefId, Option<usize>)> = vec![(id, None)];
        seen.insert(id);
        while let Some((def, evidence)) = open.pop() {
            for &at in &self.outgoing[def.0 as usize] {
                let reference = &self.program.edges[at];
                let mut to = reference.to;
                if self.program.def(to).kind == DefKind::Variant
                    && let Some(parent) = self.program.def(to).parent
                {
                    to = parent;
                }
                let evidence = evidence.unwrap_or(at);
                match self.program.def(to).kind {
                    DefKind::Const | DefKind::Impl | DefKind::Macro | DefKind::AssocType | DefKind::Trait => {
                        if seen.insert(to) {
                            open.push((to, Some(evidence)));
                        }
                    }
                    // A type named in a type position of a function is a use, never a call.
                    DefKind::Fn | DefKind::Method if reference.kind == Reference::Type => {}
                    _ => found.push((to, evidence)),
                }
            }
        }
        found.sort_by_key(|&(to, at)| (at, to));
        found.dedup();
        found
    }
}
