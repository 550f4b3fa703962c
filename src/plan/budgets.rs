//! `[budgets]` of the plan against what ties its services: circles, places where services use each other's data, and pairs that must not.
//!
//! What is counted is defined in `docs/metrics.md`. Deliberately absent: what a team should allow.

use super::PlanFile;
use crate::coupling::{Coupling, Tie};
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Location;
use crate::words::count;

/// The limits that a plan sets, with their places in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Budgets {
    /// Circles of services that need each other.
    pub max_cycles: Option<(usize, Location)>,
    /// Places where the code of a service uses data of another.
    pub max_cross_service_calls: Option<(usize, Location)>,
    pub forbid: Vec<Forbidden>,
}

/// A service that must not use data of another; `*` stands for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden {
    pub from: String,
    pub to: String,
    pub location: Location,
}

/// What `forbid` has for any service.
const ANY: &str = "*";

impl Forbidden {
    /// Reads `orders -> billing`.
    pub fn parse(text: &str, location: Location) -> Option<Self> {
        let (from, to) = text.split_once("->")?;
        let (from, to) = (from.trim(), to.trim());
        let is_whole = !from.is_empty() && !to.is_empty() && from != to;
        is_whole.then(|| Self { from: from.to_string(), to: to.to_string(), location })
    }

    fn covers(&self, tie: &Tie) -> bool {
        (self.from == ANY || self.from == tie.from) && (self.to == ANY || self.to == tie.to)
    }
}

/// Where the program is over a limit of its plan.
pub fn check_budgets(file: &PlanFile, coupling: &Coupling) -> Vec<Diagnostic> {
    let budgets = &file.budgets;
    let mut found = Vec::new();
    let cycles = coupling.cycles.len();
    if let Some((most, location)) = budgets.max_cycles
        && cycles > most
    {
        let named: Vec<String> = coupling.cycles.iter().map(|cycle| cycle.services.join(", ")).collect();
        found.push(
            Diagnostic::new(
                Code::TOO_MANY_CYCLES,
                format!(
                    "{} of services where the plan allows {most}: {}",
                    count(cycles, "circle"),
                    named.join("; ")
                ),
            )
            .at(location)
            .help("`analyze --view coupling` shows the places, and where a circle has the fewest"),
        );
    }
    let calls = coupling.cross_service_calls().count();
    if let Some((most, location)) = budgets.max_cross_service_calls
        && calls > most
    {
        found.push(
            Diagnostic::new(
                Code::TOO_MANY_CROSS_SERVICE_CALLS,
                format!(
                    "data of another service is used in {}; the plan allows {most}",
                    count(calls, "place")
                ),
            )
            .at(location)
            .help("`analyze --view coupling` shows the places, `diff` those that are new"),
        );
    }
    // No reason to refuse the plan: a service is gone with its last route.
    for forbidden in &budgets.forbid {
        for name in [&forbidden.from, &forbidden.to] {
            if name != ANY && !file.plan.services.iter().any(|service| service.name == *name) {
                let message = format!("`forbid` names `{name}`, which is no service of the plan");
                found.push(Diagnostic::new(Code::PLAN_INVALID, message).at(forbidden.location));
            }
        }
    }
    for tie in coupling.cross_service_calls() {
        if budgets.forbid.iter().any(|forbidden| forbidden.covers(tie)) {
            let data: Vec<String> = tie.data.iter().map(|(data, _)| data.to_string()).collect();
            let message = format!(
                "{} uses {} of {} by `{}`, which the plan forbids",
                tie.from,
                data.join(", "),
                tie.to,
                tie.what
            );
            let help = format!("it could become: {} ({})", tie.becomes.as_str(), tie.because);
            found.push(Diagnostic::new(Code::DEPENDENCY_FORBIDDEN, message).at(tie.location).help(help));
        }
    }
    found
}

#[cfg(test)]
mod tests;
