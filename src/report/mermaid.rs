//! The overview as a Mermaid flow chart: services with their functions, and the tables that they touch.
//!
//! Above 30 functions a service is one node, since a larger chart cannot be read.

use std::fmt::Write as _;

use super::{Report, plain};
use crate::access::Mode;
use crate::ordered::OrderedMap;

const FUNCTIONS_AT_MOST: usize = 30;

/// The chart.
pub fn mermaid(report: &Report<'_>) -> String {
    let mut out = String::from("flowchart LR\n");
    let collapsed = report.plan.functions().count() > FUNCTIONS_AT_MOST;
    let mut resources: OrderedMap<String, usize> = OrderedMap::default();
    let mut edges = String::new();
    for (s, service) in report.plan.services.iter().enumerate() {
        let name = label(&service.name);
        if collapsed {
            let functions = service.functions.len();
            let _ = writeln!(out, "    s{s}[\"{name}<br>{functions} functions\"]");
        } else {
            let _ = writeln!(out, "    subgraph s{s}[\"{name}\"]");
        }
        let mut touched: OrderedMap<(String, String), Mode> = OrderedMap::default();
        for (f, function) in service.functions.iter().enumerate() {
            let from = if collapsed { format!("s{s}") } else { format!("s{s}f{f}") };
            if !collapsed {
                let routes: Vec<String> = function.routes.iter().map(|id| label(id)).collect();
                let _ = writeln!(out, "        {from}[\"{}\"]", routes.join("<br>"));
            }
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
        if !collapsed {
            let _ = writeln!(out, "    end");
        }
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
