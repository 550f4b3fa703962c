//! The graph, or a part of it, in the DOT language of Graphviz.

use std::fmt::Write as _;

use super::drawing::{Drawing, Shape};
use super::selection::Selection;
use super::{Report, plain};

/// The graph from left to right; with `full` every node of it, however many.
pub fn dot(report: &Report<'_>, full: bool) -> String {
    written(&Drawing::whole(report, full))
}

/// The part.
pub fn dot_part(report: &Report<'_>, selection: &Selection, full: bool) -> String {
    written(&Drawing::part(report, selection, full))
}

fn written(drawing: &Drawing) -> String {
    let mut out = String::from("digraph app {\n    rankdir = LR;\n    node [fontname = \"sans-serif\"];\n");
    for (at, node) in drawing.nodes.iter().enumerate() {
        let shape = match node.shape {
            Shape::Service => "box3d",
            Shape::Module => "folder",
            Shape::Route => "cds",
            Shape::Layer => "component",
            Shape::Function => "box",
            Shape::Model => "note",
            Shape::Static => "octagon",
            Shape::Resource => "cylinder",
        };
        let note = node.note.as_ref().map_or(String::new(), |note| format!(" ({note})"));
        let label = quoted(&format!("{}{note}", node.label));
        let style = if node.marked { ", style = bold" } else { "" };
        let _ = writeln!(out, "    n{at} [shape = {shape}, label = {label}{style}];");
    }
    for line in &drawing.edges {
        let style = if line.is_dashed { ", style = dashed" } else { "" };
        let label = quoted(&line.label);
        let _ = writeln!(out, "    n{} -> n{} [label = {label}{style}];", line.from, line.to);
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
