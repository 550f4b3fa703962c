//! A plan file against the route table: names, routes that are gone or missing, tables with several writers.

use super::{EDGE, PlanFile};
use crate::boundaries::{Proposal, names};
use crate::diagnostic::{Code, Diagnostic};
use crate::ordered::{OrderedMap, UnorderedSet};
use crate::routes::RouteTable;
use crate::span::Location;

/// Everything that is wrong with a plan for this program. `proposal` was made with the plan's pins.
pub fn check(file: &PlanFile, routes: &RouteTable, proposal: &Proposal) -> Vec<Diagnostic> {
    let mut found = check_names(file);
    let known: UnorderedSet<&str> = set(routes.routes.iter().map(|route| route.id.as_str()));
    let mut placed: OrderedMap<&str, Location> = OrderedMap::default();
    for (route, location) in &file.routes {
        if !known.contains(route.as_str()) {
            found.push(
                Diagnostic::new(Code::PLAN_UNKNOWN_ROUTE, format!("the program has no route `{route}`"))
                    .at(*location)
                    .help("run `lith-split plan` to update the plan"),
            );
        } else if placed.insert(route, *location).is_some() {
            found.push(
                Diagnostic::new(Code::PLAN_INVALID, format!("route `{route}` is placed twice")).at(*location),
            );
        }
    }
    for route in routes.routes.iter().filter(|route| !placed.contains_key(route.id.as_str())) {
        found.push(
            Diagnostic::new(Code::PLAN_MISSING_ROUTE, format!("the plan does not place `{}`", route.id))
                .at(route.site)
                .help("run `lith-split plan` to place it"),
        );
    }
    found.extend(written_apart(proposal));
    found
}

/// One warning per table that several services write.
pub fn written_apart(proposal: &Proposal) -> Vec<Diagnostic> {
    proposal
        .written_apart
        .iter()
        .map(|table| {
            Diagnostic::new(
                Code::TABLE_WRITERS_APART,
                format!("{} is written by services {}", table.table, table.services.join(", ")),
            )
        })
        .collect()
}

fn check_names(file: &PlanFile) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut seen: UnorderedSet<&str> = UnorderedSet::default();
    let application = &file.plan.name;
    for (at, (name, location)) in file.names.iter().enumerate() {
        let is_application = at == 0 && name == application;
        if !names::is_name(name) {
            found.push(
                Diagnostic::new(Code::PLAN_INVALID, format!("`{name}` cannot be a name"))
                    .at(*location)
                    .help(format!(
                        "use lower case letters, digits and single hyphens, from a letter, and no word of Rust or Cargo; `{EDGE}` is taken"
                    )),
            );
        } else if !is_application && !seen.insert(name) {
            found.push(
                Diagnostic::new(Code::PLAN_INVALID, format!("`{name}` names two things")).at(*location),
            );
        }
    }
    found
}

fn set<'a>(items: impl Iterator<Item = &'a str>) -> UnorderedSet<&'a str> {
    let mut set = UnorderedSet::default();
    for item in items {
        set.insert(item);
    }
    set
}
