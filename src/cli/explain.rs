//! `lith-split explain`: why something is as it is.

use std::fmt::Write as _;

use super::args::ExplainArgs;
use super::failure::Failure;
use super::pipeline::{self, Analysis};
use super::{Console, Exit};
use crate::access::{Access, Resource};
use crate::diagnostic::{Code, Diagnostics};
use crate::report::{self, Permissions, Report, plain};

pub(super) fn run(args: &ExplainArgs, console: &Console) -> anyhow::Result<Exit> {
    let words: Vec<&str> = args.what.iter().map(String::as_str).collect();
    if let [code] = words[..] {
        console.result(&explain_code(code)?)?;
        return Ok(Exit::Ok);
    }
    let explain: fn(&Report<'_>, &[&str]) -> Result<String, Failure> = match words[..] {
        ["route", _] => |report, words| explain_route(report, words[1]),
        ["table", _] => |report, words| explain_table(report, words[1]),
        ["policy", _, _] => |report, words| explain_policy(report, words[1], words[2]),
        _ => {
            return Err(Failure::usage(
                "explain takes a finding code, `route ID`, `table NAME` or `policy FUNCTION ACTION`",
            )
            .into());
        }
    };
    let mut diagnostics = Diagnostics::default();
    let analysis: Analysis = pipeline::analysis(&args.input, None, &mut diagnostics, &console.progress())?;
    analysis.require_routes()?;
    let findings = diagnostics.sorted();
    console.result(&explain(&analysis.report(&findings), &words)?)?;
    Ok(Exit::Ok)
}

fn explain_code(code: &str) -> Result<String, Failure> {
    let Some(entry) = Code::parse(code) else {
        return Err(Failure::usage(format!(
            "there is no finding code `{}`; codes look like LS0301",
            plain(code)
        )));
    };
    Ok(format!(
        "{} ({}): {}\n\n{}",
        entry.code.as_str(),
        entry.severity,
        entry.title(),
        terminal(entry.text())
    ))
}

/// The text of a page without Markdown's marks: headings as they are, code indented under the name of its file.
fn terminal(page: &str) -> String {
    let mut out = String::new();
    let mut is_code = false;
    for line in page.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            is_code = !is_code && !fence.is_empty();
            if let Some((_, path)) = fence.split_once(' ') {
                let _ = writeln!(out, "{path}\n");
            }
        } else if is_code && !line.is_empty() {
            let _ = writeln!(out, "    {line}");
        } else {
            let _ = writeln!(out, "{}", line.trim_start_matches("## "));
        }
    }
    out
}

fn explain_route(report: &Report<'_>, id: &str) -> Result<String, Failure> {
    let routes = &report.routes.routes;
    let Some(at) = routes.iter().position(|route| route.id.eq_ignore_ascii_case(id)) else {
        let ids: Vec<String> = routes.iter().map(|route| plain(&route.id)).collect();
        return Err(Failure::usage(format!(
            "there is no route `{}`; the routes are\n  {}",
            plain(id),
            ids.join("\n  ")
        )));
    };
    let route = &routes[at];
    let mut out = format!("{}\n", plain(&route.id));
    let handler = &route.handler;
    let _ = writeln!(out, "  handler     {} {}", plain(&handler.path), report.handler_place(handler));
    let _ = writeln!(out, "  registered  {}", report.place(route.site));
    for layer in &route.layers {
        let _ = writeln!(out, "  layer       {} {}", plain(&layer.name), report.place(layer.location));
    }
    if let Some(condition) = &route.conditional {
        let _ = writeln!(out, "  condition   {}", plain(condition));
    }
    match report.plan.place_of(&route.id) {
        Some((service, function)) => {
            let _ = writeln!(out, "  service     {}", plain(&service.name));
            let _ = writeln!(out, "  function    {}", plain(&function.name));
        }
        None => out.push_str("  service     none: it stays in the monolith\n"),
    }
    let _ = writeln!(out, "  why         {}", plain(report.why(&route.id)));
    if let Some((_, placed)) = report.proposal.placed(at) {
        let placement = &placed.placement;
        for (title, votes) in [("votes", &placement.votes), ("against", &placement.against)] {
            for vote in votes {
                let weight = vote.weight.map_or("rule".to_string(), |weight| weight.to_string());
                let line = format!("{weight:>4} {}: {}", vote.service, vote.because);
                let _ = writeln!(out, "  {title:<8}{}", plain(&line));
            }
        }
        if let Some((service, weight)) = &placement.runner_up {
            let _ = writeln!(out, "  next        {} ({weight})", plain(service));
        }
        let _ = writeln!(out, "  to move it  {}", plain(&placement.cost));
    }
    out.push_str("\nAccesses\n");
    if report.accesses_of(at).is_empty() {
        out.push_str("  none\n");
    }
    for access in report.accesses_of(at) {
        show_access(&mut out, report, access);
    }
    Ok(out)
}

fn explain_table(report: &Report<'_>, name: &str) -> Result<String, Failure> {
    let uses = report.table_uses();
    let matching: Vec<_> = uses.iter().filter(|usage| is_called(usage.table, name)).collect();
    if matching.is_empty() {
        let names: Vec<String> = uses.iter().map(|usage| plain(&usage.table.to_string())).collect();
        return Err(Failure::usage(format!(
            "no route touches a table `{}`; what is touched is\n  {}",
            plain(name),
            names.join("\n  ")
        )));
    }
    let mut out = String::new();
    for usage in matching {
        let _ = writeln!(out, "{}", plain(&usage.table.to_string()));
        let owner =
            report.plan.services.iter().find(|service| service.owns.contains(&usage.table.to_string()));
        let _ = writeln!(out, "  owner       {}", owner.map_or("none", |service| &service.name));
        for (route, mode) in &usage.routes {
            let service = report.plan.place_of(&route.id).map_or("monolith", |(service, _)| &service.name);
            let _ = writeln!(out, "\n  {} {mode}, in {}", plain(&route.id), plain(service));
            let at = report.routes.routes.iter().position(|other| other.id == route.id);
            for access in at.map_or(&[][..], |at| report.accesses_of(at)) {
                if access.resources.iter().any(|resource| *resource.owner() == *usage.table) {
                    show_access(&mut out, report, access);
                }
            }
        }
    }
    Ok(out)
}

fn explain_policy(report: &Report<'_>, function: &str, action: &str) -> Result<String, Failure> {
    let permissions = Permissions::of(report);
    let functions = &permissions.template.functions;
    let Some(found) = functions.iter().find(|other| other.name == function) else {
        let names: Vec<String> = functions.iter().map(|function| plain(&function.name)).collect();
        return Err(Failure::usage(format!(
            "there is no function `{}`; the functions are\n  {}",
            plain(function),
            names.join("\n  ")
        )));
    };
    let (name, action) = (plain(&found.name), plain(action));
    let whole = if name == found.service { name } else { format!("{name} of {}", plain(&found.service)) };
    if !found.statements().any(|statement| report::needs_action(statement, &action)) {
        let mut actions: Vec<&str> =
            found.statements().flat_map(|statement| &statement.actions).map(String::as_str).collect();
        actions.sort_unstable();
        actions.dedup();
        let actions = if actions.is_empty() { "none".to_string() } else { actions.join(", ") };
        return Ok(format!("{whole} does not need {action}. Its actions: {}\n", plain(&actions)));
    }
    let why = report::explain_permission(report, found, &action);
    Ok(format!("{whole} needs {action}\n\n{why}"))
}

/// Whether a person means this resource: the whole string, the name, or the variable that holds the name.
fn is_called(resource: &Resource, name: &str) -> bool {
    let short = resource.name.to_string();
    resource.to_string() == name
        || short == name
        || short.trim_start_matches("${").trim_end_matches('}') == name
}

/// What is done where, how sure that is, and the calls that lead there.
fn show_access(out: &mut String, report: &Report<'_>, access: &Access) {
    let resources: Vec<String> =
        access.resources.iter().map(|resource| plain(&resource.to_string())).collect();
    let _ = writeln!(
        out,
        "    {} {} on {} ({}) {}",
        plain(&access.service),
        plain(&access.operation),
        resources.join(", "),
        access.certainty,
        report.place(access.location)
    );
    if !access.via.is_empty() {
        let via: Vec<String> = access.via.iter().map(|path| plain(path)).collect();
        let _ = writeln!(out, "      through {}", via.join("\n        -> "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_explained_in_any_case_and_an_unknown_one_refused() {
        let text = explain_code("ls0301").unwrap();
        assert!(text.starts_with("LS0301 (error): resource name is not known\n\nAn AWS call"), "{text}");
        assert!(explain_code("LS9999").is_err());
    }

    #[test]
    fn pages_are_printed_without_marks() {
        let page =
            "What.\n\n## Example\n\n```rust src/a.rs\nfn a() {\n\n}\n```\n\n- A: <https://example.com>\n";
        let expected =
            "What.\n\nExample\n\nsrc/a.rs\n\n    fn a() {\n\n    }\n\n- A: <https://example.com>\n";
        assert_eq!(terminal(page), expected);
    }

    #[test]
    fn a_table_is_found_by_resource_name_or_variable() {
        let table = crate::test_support::table("USERS_TABLE");
        for name in ["dynamodb:table/${USERS_TABLE}", "${USERS_TABLE}", "USERS_TABLE"] {
            assert!(is_called(&table, name), "{name}");
        }
        assert!(!is_called(&table, "USERS"));
    }
}
