//! The permissions of each function for a terminal: statements, why each is needed, and what other ways to grant it come to.

use std::fmt::Write as _;

use super::super::permissions::{self, Permissions};
use super::super::{Report, count, plain};
use super::{section, table, wrapped};
use crate::aws::{Arn, FunctionModel, Statement, Test, Why};

/// Calls that are shown of one statement; `explain policy` shows all.
const CALLS: usize = 4;
/// Routes that are named of one call.
const ROUTES: usize = 2;

/// The view `iam`.
pub(super) fn view(out: &mut String, report: &Report<'_>) {
    let permissions = Permissions::of(report);
    let mut body = String::new();
    let mut service = "";
    for (function, atoms) in permissions.template.functions.iter().zip(&permissions.atoms) {
        if function.service != service {
            let _ =
                writeln!(body, "{}{}", if service.is_empty() { "" } else { "\n" }, plain(&function.service));
            service = &function.service;
        }
        let statements = statements(report, &permissions, function);
        let what = if statements.is_empty() {
            "nothing but its own logs".to_string()
        } else if atoms.own == 0 {
            "SQL only".to_string()
        } else {
            count(atoms.own, "atom")
        };
        let _ = writeln!(body, "\n  {}: {what}", plain(&function.name));
        body.push_str(&statements);
    }
    if !report.plan.keep.is_empty() {
        let kept = count(report.plan.keep.len(), "route");
        let _ = writeln!(body, "\n{kept} in the monolith: its role is not changed");
    }
    section(out, "Permissions by function", &wrapped(&body));
    if let advice @ [_, ..] = &permissions.advice()[..] {
        section(out, "Conditions that the code proves, and the template leaves out", &conditions(advice));
    }
    if permissions.total.own > 0 {
        let heading =
            "Atoms (one action on one ARN), against CDK grants, SAM policy templates and the monolith's role";
        section(out, heading, &totals(&permissions));
    }
}

fn statements(report: &Report<'_>, permissions: &Permissions, function: &FunctionModel) -> String {
    let mut out = String::new();
    for statement in function.statements() {
        let _ = writeln!(out, "    allow {}", statement.actions.join(", "));
        for arn in &statement.resources {
            let _ = writeln!(out, "       on {}", on(permissions, arn));
        }
        for test in statement.conditions.iter().filter_map(Test::text) {
            let _ = writeln!(out, "       if {}", plain(&test));
        }
        for why in statement.why.iter().take(CALLS) {
            let _ = writeln!(out, "      for {}", path(report, why));
            let _ = writeln!(out, "          {}", call(report, why));
        }
        if statement.why.len() > CALLS {
            let more = count(statement.why.len() - CALLS, "more call");
            let _ = writeln!(out, "      and {more}");
        }
    }
    for grant in &function.grants.all {
        let _ = writeln!(out, "    {}", plain(&grant.text()));
        for why in grant.why.iter().take(CALLS) {
            let _ = writeln!(out, "      for {}", path(report, why));
            let _ = writeln!(out, "          {}", call(report, why));
        }
        if grant.why.len() > CALLS {
            let _ = writeln!(out, "      and {}", count(grant.why.len() - CALLS, "more statement"));
        }
    }
    out
}

fn on(permissions: &Permissions, arn: &Arn) -> String {
    match arn {
        Arn::Any => "*, since these actions have no resource type, or none that a request names".to_string(),
        arn => match permissions.to_fill_in(arn) {
            Some(description) => format!("{}, to fill in: {}", plain(&arn.short()), plain(description)),
            None => plain(&arn.short()),
        },
    }
}

/// `GET /items/{id}, PUT /items/{id} -> handlers::get -> Store::find`.
fn path(report: &Report<'_>, why: &Why) -> String {
    let names: Vec<String> = why.origins.keys().take(ROUTES).map(|origin| plain(origin)).collect();
    let mut text = names.join(", ");
    if why.origins.len() > ROUTES {
        let _ = write!(text, " and {} more", why.origins.len() - ROUTES);
    }
    let via = why.origins.values().next().map(Vec::as_slice).unwrap_or_default();
    for step in permissions::steps(report, via) {
        let _ = write!(text, " -> {step}");
    }
    text
}

/// ``src/db.rs:40 GetItem, named by `&self.table` ``.
fn call(report: &Report<'_>, why: &Why) -> String {
    let mut text = format!("{}:{} {}", plain(&why.file), why.line, plain(&why.operation));
    let arguments: Vec<String> =
        permissions::arguments(report, why).iter().map(|argument| format!("`{}`", argument.text)).collect();
    if !arguments.is_empty() {
        let _ = write!(text, ", named by {}", arguments.join(" and "));
    }
    text
}

fn conditions(advice: &[(&FunctionModel, &Statement)]) -> String {
    let mut out = String::from(
        "  `conditions = true` in lith-split.toml writes them, for all or for one function.\n\n",
    );
    for (function, statement) in advice {
        let arns: Vec<String> = statement.resources.iter().map(|arn| plain(&arn.short())).collect();
        let (name, actions) = (plain(&function.name), statement.actions.join(", "));
        let _ = writeln!(out, "  {name}: {actions} on {}", arns.join(", "));
        for test in statement.conditions.iter().filter_map(Test::text) {
            let _ = writeln!(out, "    if {}", plain(&test));
        }
    }
    wrapped(&out)
}

fn totals(permissions: &Permissions) -> String {
    let total = permissions.total;
    let row = |name: String, numbers: [usize; 4]| {
        let mut row = vec![name];
        row.extend(numbers.iter().map(ToString::to_string));
        row
    };
    let functions = permissions.template.functions.iter().zip(&permissions.atoms);
    let mut rows: Vec<Vec<String>> = functions
        .map(|(function, atoms)| {
            let numbers = [atoms.own, atoms.cdk.atoms, atoms.sam.atoms, total.monolith];
            row(plain(&function.name), numbers)
        })
        .collect();
    let all = count(permissions.template.functions.len(), "function");
    rows.push(row(all, [total.own, total.cdk, total.sam, total.monolith_for_all]));
    let header = ["function", "here", "CDK", "SAM", "monolith"];
    table(&header, rows)
}

/// What a function's permission for an action is needed for: each way from a route to a call, and what names the resource.
pub fn explain(report: &Report<'_>, function: &FunctionModel, action: &str) -> String {
    let permissions = Permissions::of(report);
    let mut out = String::new();
    for statement in function.statements().filter(|statement| needs(statement, action)) {
        let _ = writeln!(out, "allow {}", statement.actions.join(", "));
        for arn in &statement.resources {
            let _ = writeln!(out, "   on {}", on(&permissions, arn));
        }
        for test in statement.conditions.iter().filter_map(Test::text) {
            let _ = writeln!(out, "   if {}", plain(&test));
        }
        for why in &statement.why {
            out.push('\n');
            for (origin, via) in &why.origins {
                let _ = writeln!(out, "  {}", plain(origin));
                for step in permissions::steps(report, via) {
                    let _ = writeln!(out, "    -> {step}");
                }
            }
            let _ = writeln!(out, "  calls {} at {}:{}", plain(&why.operation), plain(&why.file), why.line);
            for argument in permissions::arguments(report, why) {
                let _ = writeln!(out, "  with `{}` at {}", argument.text, argument.place);
            }
            for resource in why.resources.iter().filter(|resource| !resource.is_any()) {
                let origins = permissions::origins(report, resource);
                let _ = writeln!(out, "  that is {}: {}", plain(&resource.to_string()), origins.join("; "));
            }
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    wrapped(&out)
}

/// Whether a statement has an action, in any case and with or without its service.
pub fn needs(statement: &Statement, action: &str) -> bool {
    statement.actions.iter().any(|own| {
        own.eq_ignore_ascii_case(action)
            || own.split_once(':').is_some_and(|(_, name)| name.eq_ignore_ascii_case(action))
    })
}
