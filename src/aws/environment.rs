//! Which environment variables each function needs.
//!
//! Input: the output crates and what routes read. Output: function -> variables, as `model` takes them.
//! Deliberately absent: values (`parameters`).

use std::collections::{BTreeMap, BTreeSet};

use crate::access::{AccessTable, EnvVar};
use crate::plan::{EDGE, Plan};
use crate::routes::RouteTable;
use crate::split::{CrateKind, CrateSource, SplitProgram};

/// The variables of each function: all that its own crate reads, and of those that shared crates read the ones that its routes or
/// the start-up code read. `edge` runs layers of every route, so for it all variables of its shared crates count.
pub fn environment(
    program: &SplitProgram,
    plan: &Plan,
    routes: &RouteTable,
    accesses: &AccessTable,
) -> BTreeMap<String, BTreeSet<String>> {
    let by_name: BTreeMap<&str, &CrateSource> =
        program.crates.iter().map(|krate| (krate.name.as_str(), krate)).collect();
    let mut all = BTreeMap::new();
    for krate in &program.crates {
        let CrateKind::Function { function, .. } = &krate.kind else { continue };
        let functions = plan.services.iter().flat_map(|service| &service.functions);
        let own = functions.filter(|planned| &planned.name == function).flat_map(|planned| &planned.routes);
        let positions = own.filter_map(|id| routes.routes.iter().position(|route| &route.id == id));
        let read: BTreeSet<&str> = positions
            .filter_map(|at| accesses.route_env.get(at))
            .flatten()
            .chain(&accesses.startup_env)
            .map(|EnvVar { name, .. }| name.as_str())
            .collect();
        let mut variables = krate.env.clone();
        for library in libraries(krate, &by_name) {
            let used = library.env.iter().filter(|name| function == EDGE || read.contains(name.as_str()));
            variables.extend(used.cloned());
        }
        all.insert(function.clone(), variables);
    }
    all
}

/// The library crates that a crate uses, directly or not.
fn libraries<'a>(krate: &CrateSource, by_name: &BTreeMap<&str, &'a CrateSource>) -> Vec<&'a CrateSource> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let mut queue: Vec<&str> = krate.local_dependencies.iter().map(|local| local.name.as_str()).collect();
    while let Some(name) = queue.pop() {
        if let Some(library) = by_name.get(name)
            && seen.insert(name.to_string())
        {
            found.push(*library);
            queue.extend(library.local_dependencies.iter().map(|local| local.name.as_str()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, plan, routes};
    use super::*;

    fn krate(name: &str, kind: CrateKind, local: &[&str], env: &[&str]) -> CrateSource {
        CrateSource {
            name: name.into(),
            dir: name.into(),
            kind,
            files: BTreeMap::new(),
            edition: "2024".into(),
            dependencies: vec![],
            lib: None,
            local_dependencies: local.iter().map(|name| (*name).into()).collect(),
            features: BTreeSet::new(),
            env: env.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_shared_crate_lends_only_what_the_route_reads() {
        let function = |name: &str| CrateKind::Function { service: "s".into(), function: name.into() };
        let program = SplitProgram {
            crates: vec![
                krate("get", function("get"), &["shared"], &["OWN"]),
                krate(EDGE, function(EDGE), &["shared"], &[]),
                krate("shared", CrateKind::Library, &["deep"], &["A", "B"]),
                krate("deep", CrateKind::Library, &["shared"], &["C"]),
            ],
            ..SplitProgram::default()
        };
        let variable = |name: &str| EnvVar { name: name.into(), default: None, location: at(1) };
        let accesses = AccessTable {
            route_env: vec![vec![variable("A")]],
            startup_env: vec![variable("C"), variable("ELSEWHERE")],
            ..AccessTable::default()
        };
        let plan = plan(vec![super::super::testing::function("get", &["GET /"])]);
        let all = environment(&program, &plan, &routes(&["GET /"]), &accesses);
        assert_eq!(all["get"].iter().collect::<Vec<_>>(), ["A", "C", "OWN"]);
        assert_eq!(all[EDGE].iter().collect::<Vec<_>>(), ["A", "B", "C"]);
    }
}
