//! The whole graph in the DOT language of Graphviz.

use std::fmt::Write as _;

use super::{Report, plain};
use crate::graph::{EdgeKind, Node};

/// The graph from left to right: routes, layers, functions, models, resources.
pub fn dot(report: &Report<'_>) -> String {
    let mut out = String::from("digraph app {\n    rankdir = LR;\n    node [fontname = \"sans-serif\"];\n");
    for (index, node) in report.graph.nodes() {
        let shape = match node {
            Node::Route(_) => "cds",
            Node::Layer(_) => "component",
            Node::Function(_) => "box",
            Node::Model(_) => "note",
            Node::Static(_) => "octagon",
            Node::Resource(_) => "cylinder",
        };
        let label = quoted(&node.label());
        let _ = writeln!(out, "    n{} [shape = {shape}, label = {label}];", index.index());
    }
    for (from, to, edge) in report.graph.edges() {
        // What a route touches follows from the functions that do it.
        if matches!(edge.kind, EdgeKind::Touches(_)) {
            continue;
        }
        let label = quoted(edge.kind.as_str());
        let _ = writeln!(out, "    n{} -> n{} [label = {label}];", from.index(), to.index());
    }
    out.push_str("}\n");
    out
}

/// A string of the DOT language that shows the text as it is.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in plain(text).chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}
