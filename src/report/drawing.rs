//! Nodes and edges of a chart, before it is DOT or Mermaid. What has more nodes than can be read is drawn with fewer.
//!
//! Of the whole: every node, else services and what they touch, else services and how often one needs another. Of a part that was asked for:
//! every node, else one for all code of a module, else one for all routes of a service too.

use std::collections::BTreeMap;

use petgraph::graph::NodeIndex;

use super::selection::Selection;
use super::{Report, count};
use crate::access::Mode;
use crate::graph::{EdgeKind, Node};
use crate::ordered::OrderedMap;

/// Above this many nodes charts are found unreadable: madge issue 289, *unreadable past 15 dependencies*.
pub(super) const READABLE: usize = 15;

/// A chart.
#[derive(Debug, Default)]
pub(super) struct Drawing {
    pub(super) nodes: Vec<Drawn>,
    /// From, to and what stands there; a line is dashed where it only reads.
    pub(super) edges: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Drawn {
    pub(super) label: String,
    /// A second line, for example `3 routes`.
    pub(super) note: Option<String>,
    pub(super) shape: Shape,
    /// Whether it was asked for.
    pub(super) marked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    Service,
    Module,
    Route,
    Layer,
    Function,
    Model,
    Static,
    Resource,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: String,
    pub(super) is_dashed: bool,
}

impl Drawing {
    /// Of the whole program.
    pub(super) fn whole(report: &Report<'_>, is_full: bool) -> Self {
        let all = || {
            let nodes = report.graph.nodes().map(|(at, _)| at).collect();
            let edges = report.graph.edges().map(|(from, to, edge)| (from, to, edge.kind));
            // What a route touches follows from the functions that do it.
            let edges = edges.filter(|(.., kind)| !matches!(kind, EdgeKind::Touches(_))).collect();
            Self::of(report, nodes, edges, &|_| false, Level::Each)
        };
        if is_full || report.graph.nodes().count() <= READABLE {
            return all();
        }
        Self::collapsed(report)
    }

    /// Services, with what they touch where that can be read.
    pub(super) fn collapsed(report: &Report<'_>) -> Self {
        let services = Self::services(report);
        if services.nodes.len() <= READABLE { services } else { Self::needs(report) }
    }

    /// Of a part that was asked for.
    pub(super) fn part(report: &Report<'_>, selection: &Selection, is_full: bool) -> Self {
        let draw = |level| {
            let edges = selection.edges.iter().map(|(from, to, step)| (*from, *to, step.kind)).collect();
            let is_named = |node: NodeIndex| selection.named.contains(&node);
            Self::of(report, selection.nodes.clone(), edges, &is_named, level)
        };
        let is_readable = |drawing: &Self| is_full || drawing.nodes.len() <= READABLE;
        let each = draw(Level::Each);
        if is_readable(&each) {
            return each;
        }
        let modules = draw(Level::Modules);
        if is_readable(&modules) { modules } else { draw(Level::Services) }
    }

    fn of(
        report: &Report<'_>,
        nodes: Vec<NodeIndex>,
        edges: Vec<(NodeIndex, NodeIndex, EdgeKind)>,
        is_named: &dyn Fn(NodeIndex) -> bool,
        level: Level,
    ) -> Self {
        let mut members: OrderedMap<Drawn, usize> = OrderedMap::default();
        let mut place: BTreeMap<NodeIndex, usize> = BTreeMap::new();
        for node in nodes {
            let drawn = drawn(report, node, is_named(node), level);
            *members.entry(drawn.clone()).or_default() += 1;
            let at = members.get_index_of(&drawn).unwrap_or(0);
            place.insert(node, at);
        }
        let mut lines: OrderedMap<(usize, usize), (Vec<EdgeKind>, usize)> = OrderedMap::default();
        for (from, to, kind) in edges {
            let (Some(&from), Some(&to)) = (place.get(&from), place.get(&to)) else { continue };
            if from != to {
                let (kinds, number) = lines.entry((from, to)).or_default();
                *number += 1;
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
        }
        let line = |((from, to), (kinds, number)): ((usize, usize), (Vec<EdgeKind>, usize))| {
            let mut words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            words.dedup();
            let label = words.join(", ");
            let is_dashed = kinds.iter().all(|kind| matches!(kind, EdgeKind::Accesses(Mode::Read)));
            let label = if number > kinds.len() { format!("{label} ({number})") } else { label };
            Line { from, to, label, is_dashed }
        };
        let nodes = members.into_iter().map(|(mut drawn, number)| {
            drawn.note = match drawn.shape {
                Shape::Service => Some(count(number, "route")),
                Shape::Module => Some(count(number, "item")),
                _ => None,
            };
            drawn
        });
        Self { nodes: nodes.collect(), edges: lines.into_iter().map(line).collect() }
    }

    fn services(report: &Report<'_>) -> Self {
        let mut drawing = Self { nodes: services(report), edges: Vec::new() };
        let mut resources: OrderedMap<String, usize> = OrderedMap::default();
        for (from, service) in report.plan.services.iter().enumerate() {
            let mut touched: OrderedMap<String, Mode> = OrderedMap::default();
            let ids = service.functions.iter().flat_map(|function| &function.routes);
            for at in ids.filter_map(|id| report.routes.routes.iter().position(|route| route.id == *id)) {
                for touch in report.graph.touches(at) {
                    let modes = touched.entry(touch.resource.to_string());
                    modes.and_modify(|mode| *mode = mode.join(touch.mode)).or_insert(touch.mode);
                }
            }
            for (resource, mode) in touched {
                let next = drawing.nodes.len();
                let to = *resources.entry(resource.clone()).or_insert(next);
                if to == next {
                    drawing.nodes.push(plain_node(resource, Shape::Resource));
                }
                let line = Line { from, to, label: mode.to_string(), is_dashed: !mode.writes() };
                drawing.edges.push(line);
            }
        }
        drawing
    }

    fn needs(report: &Report<'_>) -> Self {
        let nodes = services(report);
        let place = |name: &str| report.plan.services.iter().position(|service| service.name == name);
        let mut lines: OrderedMap<(usize, usize), (usize, bool)> = OrderedMap::default();
        for tie in &report.coupling.ties {
            if let (Some(from), Some(to)) = (place(&tie.from), place(&tie.to)) {
                let (places, writes) = lines.entry((from, to)).or_default();
                *places += 1;
                *writes |= tie.data.iter().any(|(_, mode)| mode.writes());
            }
        }
        let line = |((from, to), (places, writes)): ((usize, usize), (usize, bool))| Line {
            from,
            to,
            label: count(places, "place"),
            is_dashed: !writes,
        };
        Self { nodes, edges: lines.into_iter().map(line).collect() }
    }
}

/// What is drawn as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Each,
    Modules,
    Services,
}

fn plain_node(label: String, shape: Shape) -> Drawn {
    Drawn { label, note: None, shape, marked: false }
}

fn services(report: &Report<'_>) -> Vec<Drawn> {
    let services = report.plan.services.iter();
    let node = |service: &crate::plan::Service| {
        let routes = service.functions.iter().map(|function| function.routes.len()).sum();
        Drawn { note: Some(count(routes, "route")), ..plain_node(service.name.clone(), Shape::Service) }
    };
    services.map(node).collect()
}

fn drawn(report: &Report<'_>, at: NodeIndex, marked: bool, level: Level) -> Drawn {
    let node = report.graph.node(at);
    let label = node.label();
    let shape = match node {
        Node::Route(_) => Shape::Route,
        Node::Layer(_) => Shape::Layer,
        Node::Function(_) => Shape::Function,
        Node::Model(_) => Shape::Model,
        Node::Static(_) => Shape::Static,
        Node::Resource(_) => Shape::Resource,
    };
    if !marked && level != Level::Each {
        let modules = &report.program.tree.modules;
        let module =
            node.def().map(|def| report.program.def(def).module).filter(|id| (id.0 as usize) < modules.len());
        if let Some(module) = module {
            return plain_node(report.program.tree.module_path(module), Shape::Module);
        }
        if level == Level::Services
            && let Node::Route(route) = node
            && let Some((service, _)) = report.plan.place_of(&route.id)
        {
            return plain_node(service.name.clone(), Shape::Service);
        }
    }
    Drawn { marked, ..plain_node(label, shape) }
}
