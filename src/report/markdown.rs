//! The report for a pull request or a CI summary: GitHub Markdown.

use std::fmt::Write as _;

use super::{Report, plain, text};
use crate::access::Mode;

mod coupling;

/// The whole report.
pub fn markdown(report: &Report<'_>) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# {}\n", escaped(&report.package.name));
    let _ = writeln!(out, "{}.", escaped(&text::summary(report)));
    routes(&mut out, report);
    tables(&mut out, report);
    services(&mut out, report);
    coupling::section(&mut out, report);
    findings(&mut out, report);
    out
}

fn routes(out: &mut String, report: &Report<'_>) {
    let _ = writeln!(
        out,
        "\n## Routes\n\n| Route | Handler | Layers | Touches | Service |\n|---|---|---|---|---|"
    );
    for (at, route) in report.routes.routes.iter().enumerate() {
        let place = report.handler_place(&route.handler).to_string();
        let layers: Vec<String> = route.layers.iter().map(|layer| code(&layer.name)).collect();
        let touches: Vec<String> = report
            .graph
            .touches(at)
            .iter()
            .map(|touch| format!("{} {}", touch.mode, code(&touch.resource.to_string())))
            .collect();
        let service = report.plan.place_of(&route.id).map_or("kept", |(service, _)| &service.name);
        let _ = writeln!(
            out,
            "| {} | {} {} | {} | {} | {} |",
            code(&route.id),
            code(&route.handler.name),
            escaped(&place),
            layers.join(", "),
            touches.join("<br>"),
            escaped(service),
        );
    }
}

fn tables(out: &mut String, report: &Report<'_>) {
    let _ = writeln!(
        out,
        "\n## Tables and other resources\n\n| Resource | Written by | Only read by |\n|---|---|---|"
    );
    for usage in report.table_uses() {
        let list = |writes: bool| -> String {
            let ids: Vec<String> = usage
                .routes
                .iter()
                .filter(|(_, mode)| Mode::writes(*mode) == writes)
                .map(|(route, _)| code(&route.id))
                .collect();
            ids.join("<br>")
        };
        let _ = writeln!(out, "| {} | {} | {} |", code(&usage.table.to_string()), list(true), list(false));
    }
}

fn services(out: &mut String, report: &Report<'_>) {
    let _ = writeln!(out, "\n## Services");
    for service in &report.plan.services {
        let _ = writeln!(out, "\n### {}\n", escaped(&service.name));
        if !service.owns.is_empty() {
            let owned: Vec<String> = service.owns.iter().map(|name| code(name)).collect();
            let _ = writeln!(out, "Owns {}.\n", owned.join(", "));
        }
        let _ = writeln!(out, "| Function | Routes | Why here |\n|---|---|---|");
        for function in &service.functions {
            let routes: Vec<String> = function.routes.iter().map(|id| code(id)).collect();
            let mut whys: Vec<String> = function.routes.iter().map(|id| escaped(report.why(id))).collect();
            whys.dedup();
            let _ = writeln!(
                out,
                "| {} | {} | {} |",
                escaped(&function.name),
                routes.join("<br>"),
                whys.join("<br>")
            );
        }
    }
    for id in &report.plan.keep {
        let _ = writeln!(out, "\nKept in the monolith: {}: {}.", code(id), escaped(report.why(id)));
    }
}

fn findings(out: &mut String, report: &Report<'_>) {
    if report.findings.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## Findings\n\n| Severity | Code | Finding | Place |\n|---|---|---|---|");
    for finding in report.findings {
        let place = finding.location.map(|location| report.place(location).to_string());
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            finding.severity,
            finding.code.as_str(),
            escaped(&finding.message),
            escaped(&place.unwrap_or_default()),
        );
    }
}

/// A code span that holds any text, also inside a table.
pub(super) fn code(text: &str) -> String {
    let text = plain(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Running text in which nothing is markup.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' | '$' | '@' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}
