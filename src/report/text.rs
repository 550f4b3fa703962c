//! The report for a terminal: plain text of at most 100 columns.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets};

use super::calls;
use super::relations::{Need, Offer, Relations};
use super::selection::{Query, Selection, selection_text};
use super::{Detail, Report, count, plain, short};
use crate::access::Mode;
use crate::certainty::Certainty;
use crate::graph::{EdgeKind, Node};
use crate::ordered::UnorderedSet;
use crate::plan::Service;
use crate::stack::{beside, each};

mod coupling;
pub mod iam;
mod modules;

pub(super) use coupling::verdict;

const WIDTH: u16 = 100;

/// One section of the report, alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Routes,
    Tables,
    Coupling,
    Iam,
    Graph,
    Calls,
    Modules,
}

/// The whole report, or one view of it.
pub fn text(report: &Report<'_>, view: Option<View>, detail: Detail) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", title(report));
    match view {
        Some(View::Routes) => section(&mut out, "Routes", &routes(report)),
        Some(View::Tables) => section(&mut out, "Tables and other resources", &tables(report)),
        Some(View::Coupling) => coupling::view(&mut out, report, detail),
        Some(View::Iam) => iam::view(&mut out, report),
        Some(View::Graph) => section(&mut out, "Graph", &graph(report)),
        Some(View::Calls) => section(&mut out, "Calls", &calls(report)),
        Some(View::Modules) => modules::view(&mut out, report, detail),
        None => {
            // Laying out tables is what takes time, most of all the findings, and no section needs another.
            let (findings, (routes, (tables, services))) = beside(
                || findings(report),
                || beside(|| routes(report), || beside(|| tables(report), || services(report))),
            );
            section(&mut out, "Routes", &routes);
            section(&mut out, "Tables and other resources", &tables);
            section(&mut out, "Services", &services);
            section(&mut out, "Verdict", &wrapped(&format!("  {}\n", plain(&verdict(report)))));
            section(&mut out, "Findings", &findings);
            if detail == Detail::Full {
                section(&mut out, "Calls that lead nowhere", &unresolved(report));
            }
            let _ = writeln!(out, "\n{}", summary(report));
        }
    }
    out
}

/// A part of the graph that was asked for.
pub fn part(report: &Report<'_>, query: &Query, selection: &Selection) -> String {
    let mut out = format!("{}\n", title(report));
    section(&mut out, &query.title(), &wrapped(&selection_text(report, query, selection)));
    out
}

/// `14 routes in 3 services and 14 functions; 5 tables; 1 error, 0 warnings, 3 notes`.
pub fn summary(report: &Report<'_>) -> String {
    let [errors, warnings, notes] = report.counts();
    let mut parts = vec![
        format!(
            "{} in {} and {}",
            count(report.routes.routes.len(), "route"),
            count(report.plan.services.len(), "service"),
            count(report.plan.functions().count(), "function")
        ),
        count(report.metrics.tables, "table"),
        format!("{}, {}, {}", count(errors, "error"), count(warnings, "warning"), count(notes, "note")),
    ];
    if !report.plan.keep.is_empty() {
        parts.insert(1, format!("{} kept in the monolith", report.plan.keep.len()));
    }
    parts.join("; ")
}

fn title(report: &Report<'_>) -> String {
    let package = report.package;
    let axum = package.axum.as_ref().map(|version| format!(" on axum {version}")).unwrap_or_default();
    plain(&format!("{} {}{axum}", package.name, package.version))
}

fn section(out: &mut String, heading: &str, body: &str) {
    let body = if body.is_empty() { "  none\n" } else { body };
    let _ = write!(out, "\n{heading}\n\n{body}");
}

/// A table without lines, indented by two.
pub(super) fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(header.iter().map(|cell| cell.to_uppercase()));
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((2, 0));
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}

fn routes(report: &Report<'_>) -> String {
    let rows = report.routes.routes.iter().enumerate().map(|(at, route)| {
        let mut first = plain(&route.id);
        if let Some(condition) = &route.conditional {
            let _ = write!(first, "\nif {}", plain(condition));
        }
        let mut handler = format!("{}\n{}", plain(&route.handler.name), report.handler_place(&route.handler));
        if !route.layers.is_empty() {
            let names: Vec<String> = route.layers.iter().map(|layer| plain(&layer.name)).collect();
            let _ = write!(handler, "\nin {}", names.join(" > "));
        }
        vec![first, handler, touches(report, at)]
    });
    let mut text = table(&["route", "handler, place, layers", "touches"], rows.collect());
    for fallback in &report.routes.fallbacks {
        let kind = if fallback.method_not_allowed { "method not allowed" } else { "fallback" };
        let prefix = if fallback.prefix.is_empty() { "/" } else { &fallback.prefix };
        let place = report.handler_place(&fallback.handler);
        let _ = writeln!(text, "  {kind} below {}: {} {place}", plain(prefix), plain(&fallback.handler.name));
    }
    for service in &report.routes.services_mounted {
        let place = report.place(service.location);
        let _ = writeln!(text, "  service at {}: {} {place}", plain(&service.path), plain(&service.service));
    }
    text
}

/// One line per resource and mode.
fn touches(report: &Report<'_>, route: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for touch in report.graph.touches(route) {
        let sure = match touch.certainty {
            Certainty::Proved => "",
            Certainty::Inferred => " (inferred)",
            Certainty::Unknown => " (unknown)",
        };
        lines.push(format!("{} {}{sure}", verb(touch.mode), short(&touch.resource)));
    }
    for access in report.accesses_of(route) {
        if access.resources.iter().all(crate::access::Resource::is_any) {
            let line = format!("calls {} {}", plain(&access.service), plain(&access.operation));
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    if lines.is_empty() { "-".to_string() } else { lines.join("\n") }
}

fn verb(mode: Mode) -> &'static str {
    match mode {
        Mode::Read => "read",
        Mode::Write => "write",
        Mode::ReadWrite => "read-write",
    }
}

fn verbs(mode: Mode) -> &'static str {
    match mode {
        Mode::Read => "reads",
        Mode::Write => "writes",
        Mode::ReadWrite => "reads and writes",
    }
}

fn tables(report: &Report<'_>) -> String {
    let rows = report.table_uses().into_iter().map(|usage| {
        let list = |wanted: fn(Mode) -> bool| -> String {
            let ids: Vec<String> = usage
                .routes
                .iter()
                .filter(|(_, mode)| wanted(*mode))
                .map(|(route, _)| plain(&route.id))
                .collect();
            if ids.is_empty() { "-".to_string() } else { ids.join("\n") }
        };
        vec![plain(&usage.table.to_string()), list(Mode::writes), list(|mode| mode == Mode::Read)]
    });
    table(&["resource", "written by", "only read by"], rows.collect())
}

fn services(report: &Report<'_>) -> String {
    let services: Vec<&Service> = report.plan.services.iter().collect();
    let mut out: String = each(services, |service| service_text(report, service)).concat();
    for id in &report.plan.keep {
        let _ = writeln!(out, "  kept in the monolith: {}: {}", plain(id), plain(report.why(id)));
    }
    out.truncate(out.trim_end().len());
    if !out.is_empty() {
        out.push('\n');
    }
    wrapped(&out)
}

/// A service: what it owns, offers and needs, and its functions.
fn service_text(report: &Report<'_>, service: &Service) -> String {
    let mut out = String::new();
    let routes: usize = service.functions.iter().map(|function| function.routes.len()).sum();
    let _ = write!(out, "  {}: {}", plain(&service.name), count(routes, "route"));
    let Relations { owns, offers, needs } = report.relations(service);
    if !owns.is_empty() {
        let owned: Vec<String> = owns.iter().map(|name| plain(name)).collect();
        let _ = write!(out, ", owns {}", owned.join(", "));
    }
    out.push('\n');
    for Offer { data, users } in offers {
        let users: Vec<String> =
            users.iter().map(|(service, mode)| format!("{} {}", plain(service), verbs(*mode))).collect();
        let _ = writeln!(out, "    offers {}: {}", short(data), users.join(", "));
    }
    for Need { of, data, places } in needs {
        let data: Vec<String> =
            data.iter().map(|(data, mode)| format!("{} {}", verbs(*mode), short(data))).collect();
        let (of, places) = (plain(of), count(places, "place"));
        let _ = writeln!(out, "    needs {of}: {}, in {places}", data.join(", "));
    }
    let rows = service.functions.iter().map(|function| {
        let mut whys: Vec<&str> = function.routes.iter().map(|id| report.why(id)).collect();
        whys.dedup();
        vec![
            plain(&function.name),
            function.routes.iter().map(|id| plain(id)).collect::<Vec<_>>().join("\n"),
            plain(&whys.join("; ")),
        ]
    });
    out.push_str(&table(&["function", "route", "why here"], rows.collect()));
    out.push('\n');
    out
}

fn findings(report: &Report<'_>) -> String {
    let rows = report.findings.iter().map(|finding| {
        let mut what = plain(&finding.message);
        if let Some(help) = &finding.help {
            let _ = write!(what, "\nhelp: {}", plain(help));
        }
        let place = finding.location.map(|location| report.place(location).to_string());
        vec![
            format!("{} {}", finding.severity, finding.code.as_str()),
            what,
            plain(&place.unwrap_or_else(|| "-".to_string())),
        ]
    });
    table(&["code", "finding", "place"], rows.collect())
}

/// A tree per route: layers, handler, and what is called, used and touched from there.
fn graph(report: &Report<'_>) -> String {
    let mut out = String::new();
    for at in 0..report.graph.route_count() {
        let node = report.graph.route(at);
        let _ = writeln!(out, "  {}", plain(&report.graph.node(node).label()));
        let mut seen = UnorderedSet::default();
        seen.insert(node);
        branch(report, node, 2, &mut seen, &mut out);
    }
    wrapped(&out)
}

fn branch(
    report: &Report<'_>,
    node: petgraph::graph::NodeIndex,
    depth: usize,
    seen: &mut UnorderedSet<petgraph::graph::NodeIndex>,
    out: &mut String,
) {
    for (edge, target) in report.graph.outgoing(node) {
        // What a route touches stands below the function that does it.
        if matches!(edge.kind, EdgeKind::Touches(_)) {
            continue;
        }
        let label = plain(&report.graph.node(target).label());
        let new = seen.insert(target);
        let leaf = matches!(report.graph.node(target), Node::Resource(_) | Node::Model(_));
        let again = if new || leaf { "" } else { " (above)" };
        let _ = writeln!(out, "{}{} {label}{again}", "  ".repeat(depth), edge.kind.as_str());
        if new && depth < 40 {
            branch(report, target, depth + 1, seen, out);
        }
    }
}

/// Each function with what it calls, names and runs, and why the tool believes so.
fn calls(report: &Report<'_>) -> String {
    let mut out = String::new();
    for (caller, edges) in calls::by_caller(report) {
        let _ = writeln!(out, "  {} {}", plain(caller.path), caller.place);
        for edge in edges {
            let sure = match edge.certainty {
                Certainty::Proved => String::new(),
                other => format!("{other}, "),
            };
            let target = plain(&report.program.def(edge.to).path);
            let (place, why) = (report.place(edge.location), edge.evidence.as_str());
            let _ = writeln!(out, "    {} {target} {place} ({sure}{why})", calls::verb(edge.kind));
        }
    }
    wrapped(&out)
}

/// Counts by reason, then each call.
fn unresolved(report: &Report<'_>) -> String {
    let all = report.program.unresolved();
    let mut out = String::new();
    for (why, number) in calls::reasons(&all) {
        let _ = writeln!(out, "  {number} {}", why.as_str());
    }
    for one in &all {
        let name = plain(report.sources.text(one.location));
        let _ = writeln!(out, "  {} `{name}`: {}", report.place(one.location), one.why.as_str());
    }
    wrapped(&out)
}

/// Breaks lines that are too long between words; what has no gap is cut.
fn wrapped(text: &str) -> String {
    let width = usize::from(WIDTH);
    let mut out = String::new();
    for line in text.lines() {
        if line.len() <= width {
            let _ = writeln!(out, "{line}");
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let pad = indent.min(width / 2) + 4;
        let mut rest: Vec<char> = line.chars().collect();
        while rest.len() > width {
            let gap = rest[..width].iter().rposition(|c| *c == ' ').filter(|at| *at > pad);
            let at = gap.unwrap_or(width);
            let head: String = rest[..at].iter().collect();
            let _ = writeln!(out, "{}", head.trim_end());
            let tail: String = rest[at..].iter().collect();
            rest = format!("{}{}", " ".repeat(pad), tail.trim_start()).chars().collect();
        }
        let _ = writeln!(out, "{}", rest.iter().collect::<String>());
    }
    out
}
