//! The graph, or a part of it, as a Mermaid flow chart.
//!
//! Of a program that is small enough, or where all is wanted: services with their functions, and what these touch.

use std::fmt::Write as _;

use super::drawing::{Drawing, READABLE, Shape};
use super::selection::Selection;
use super::{Report, plain};
use crate::access::Mode;
use crate::ordered::OrderedMap;

/// The chart; with `full` every function, however many.
pub fn mermaid(report: &Report<'_>, full: bool) -> String {
    let nodes = report.plan.functions().count() + report.graph.resources().count();
    if full || nodes <= READABLE { functions(report) } else { written(&Drawing::collapsed(report)) }
}

/// The part.
pub fn mermaid_part(report: &Report<'_>, selection: &Selection, full: bool) -> String {
    written(&Drawing::part(report, selection, full))
}

fn written(drawing: &Drawing) -> String {
    let mut out = String::from("flowchart LR\n");
    for (at, node) in drawing.nodes.iter().enumerate() {
        let (open, close) = match node.shape {
            Shape::Service => ("[", "]"),
            Shape::Module => ("[[", "]]"),
            Shape::Route => ("([", "])"),
            Shape::Layer => ("{{", "}}"),
            Shape::Function => ("(", ")"),
            Shape::Model => ("[/", "/]"),
            Shape::Static => ("[\\", "\\]"),
            Shape::Resource => ("[(", ")]"),
        };
        let note = node.note.as_ref().map_or(String::new(), |note| format!("<br>{}", label(note)));
        let _ = writeln!(out, "    n{at}{open}\"{}{note}\"{close}", label(&node.label));
        if node.marked {
            let _ = writeln!(out, "    style n{at} stroke-width:4px");
        }
    }
    for line in &drawing.edges {
        let arrow = if line.is_dashed { "-.->" } else { "-->" };
        let _ = writeln!(out, "    n{} {arrow}|\"{}\"| n{}", line.from, label(&line.label), line.to);
    }
    out
}

fn functions(report: &Report<'_>) -> String {
    let mut out = String::from("flowchart LR\n");
    let mut resources: OrderedMap<String, usize> = OrderedMap::default();
    let mut edges = String::new();
    for (s, service) in report.plan.services.iter().enumerate() {
        let _ = writeln!(out, "    subgraph s{s}[\"{}\"]", label(&service.name));
        let mut touched: OrderedMap<(String, String), Mode> = OrderedMap::default();
        for (f, function) in service.functions.iter().enumerate() {
            let from = format!("s{s}f{f}");
            let routes: Vec<String> = function.routes.iter().map(|id| label(id)).collect();
            let _ = writeln!(out, "        {from}[\"{}\"]", routes.join("<br>"));
            for id in &function.routes {
                let Some(at) = report.routes.routes.iter().position(|route| route.id == *id) else {
                    continue;
                };
                for touch in report.graph.touches(at) {
                    touched
                        .entry((from.clone(), touch.resource.to_string()))
                        .and_modify(|mode| *mode = mode.join(touch.mode))
                        .or_insert(touch.mode);
                }
            }
        }
        out.push_str("    end\n");
        for ((from, resource), mode) in touched {
            let next = resources.len();
            let number = *resources.entry(resource).or_insert(next);
            let arrow = if mode.writes() { "-->" } else { "-.->" };
            let _ = writeln!(edges, "    {from} {arrow}|{mode}| r{number}");
        }
    }
    for (resource, number) in &resources {
        let _ = writeln!(out, "    r{number}[(\"{}\")]", label(resource));
    }
    out.push_str(&edges);
    out
}

/// Text of a quoted label: entities for whatever Mermaid or HTML would read.
pub(super) fn label(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '`' => out.push_str("#96;"),
            '\\' => out.push_str("#92;"),
            _ => out.push(c),
        }
    }
    out
}
