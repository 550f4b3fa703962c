//! A part of the graph, in the machine format.

use serde::Serialize;

use super::super::Report;
use super::super::selection::Selection;
use super::{PackageJson, SCHEMA_VERSION, package, written};
use crate::graph::Node;

#[derive(Serialize)]
struct PartDocument {
    schema_version: u32,
    package: PackageJson,
    nodes: Vec<NodeJson>,
    edges: Vec<EdgeJson>,
}

#[derive(Serialize)]
struct NodeJson {
    id: usize,
    kind: &'static str,
    name: String,
    /// Whether it was asked for.
    named: bool,
}

#[derive(Serialize)]
struct EdgeJson {
    /// `id`s of nodes.
    from: usize,
    to: usize,
    kind: &'static str,
    file: Option<String>,
    line: Option<u32>,
}

/// The part as one JSON document; the edges of a way are in its order.
pub fn selection(report: &Report<'_>, selection: &Selection) -> String {
    let node = |&at: &petgraph::graph::NodeIndex| {
        let node = report.graph.node(at);
        let kind = match node {
            Node::Route(_) => "route",
            Node::Layer(_) => "layer",
            Node::Function(_) => "function",
            Node::Model(_) => "model",
            Node::Static(_) => "static",
            Node::Resource(_) => "resource",
        };
        NodeJson { id: at.index(), kind, name: node.label(), named: selection.named.contains(&at) }
    };
    let edges = selection.edges.iter().map(|(from, to, step)| EdgeJson {
        from: from.index(),
        to: to.index(),
        kind: step.kind.as_str(),
        file: step.place.as_ref().map(|place| place.file.clone()),
        line: step.place.as_ref().map(|place| place.line),
    });
    written(&PartDocument {
        schema_version: SCHEMA_VERSION,
        package: package(report),
        nodes: selection.nodes.iter().map(node).collect(),
        edges: edges.collect(),
    })
}
