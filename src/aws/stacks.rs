//! Functions -> stacks: one template, or one for each service where one does not hold all.
//!
//! Input: the functions of the model. Output: nested stacks by name. Deliberately absent: their text (`document`).
//!
//! A service that is too large for one stack is divided further. Which part a function is in follows from its name alone: a function that
//! changed its stack would need the route keys that the other stack still has, and CloudFormation cannot hand them over. With one part
//! more, only what goes to that part moves (rendezvous hashing).

use super::division;
use super::names::{Names, pascal};
use super::template::FunctionModel;
use crate::digest::hex;
use crate::plan::{EDGE, Stacks};

/// Functions in one template; above it there is a stack for each service.
pub(super) const FUNCTIONS: usize = 160;
/// Resources in one template: CloudFormation allows 500, so that some room stays for a team's own.
pub(super) const RESOURCES: usize = 450;
/// Bytes of one template that its policies and resources may take by estimate: CloudFormation allows 1 MB.
const BYTES: usize = 700_000;
/// About the bytes of a resource without its policies.
const RESOURCE_BYTES: usize = 600;

/// A nested stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// The service's name, for example `users`; further parts of it are `users.2`, `users.3`.
    pub name: String,
    /// Logical id in the root template.
    pub id: String,
    /// Names of its functions, in plan order.
    pub functions: Vec<String>,
}

impl Stack {
    /// Where its template stands in the workspace.
    pub fn path(&self) -> String {
        format!("stacks/{}.yaml", self.name)
    }
}

/// The nested stacks; none where one template holds all. `edge` always stands in the root template.
pub(super) fn stacks(functions: &[FunctionModel], wanted: Option<Stacks>, names: &mut Names) -> Vec<Stack> {
    let is_large = || functions.len() > FUNCTIONS || flat_resources(functions) > RESOURCES;
    let one = match wanted {
        Some(Stacks::One) => true,
        Some(Stacks::Service) => false,
        None => !is_large(),
    };
    if one {
        return Vec::new();
    }
    let mut services: Vec<&str> = Vec::new();
    for function in functions.iter().filter(|function| function.name != EDGE) {
        if !services.contains(&function.service.as_str()) {
            services.push(&function.service);
        }
    }
    let mut stacks = Vec::new();
    for service in services {
        let of_service: Vec<&FunctionModel> =
            functions.iter().filter(|one| one.service == service && one.name != EDGE).collect();
        for (part, functions) in parts(&of_service) {
            let name = if part == 1 { service.to_string() } else { format!("{service}.{part}") };
            stacks.push(Stack {
                id: names.claim(&format!("{}Stack", pascal(&name))),
                functions: functions.iter().map(|function| function.name.clone()).collect(),
                name,
            });
        }
    }
    stacks
}

/// The functions of a service in the fewest parts that each fit a stack, by the number of the part.
fn parts<'a>(functions: &[&'a FunctionModel]) -> Vec<(usize, Vec<&'a FunctionModel>)> {
    let mut count = 1;
    loop {
        let mut parts: Vec<Vec<&FunctionModel>> = vec![Vec::new(); count];
        for &function in functions {
            parts[part_of(&function.name, count)].push(function);
        }
        let fits = |part: &Vec<&FunctionModel>| {
            part.len() < 2
                || (part.iter().map(|function| resources(function)).sum::<usize>() <= RESOURCES
                    && part.iter().map(|function| bytes(function)).sum::<usize>() <= BYTES)
        };
        if parts.iter().all(fits) {
            let numbered = parts.into_iter().enumerate().map(|(at, part)| (at + 1, part));
            return numbered.filter(|(_, part)| !part.is_empty()).collect();
        }
        count += 1;
    }
}

/// The part of `count` that a name belongs to: the one whose hash with it is the highest.
fn part_of(name: &str, count: usize) -> usize {
    let hash = |part: &usize| hex(format!("{part} {name}").as_bytes());
    (0..count).max_by_key(hash).unwrap_or_default()
}

/// Resources of a function in a nested stack: function, role, log group, integration and managed policies, and for each key a route and a
/// permission.
pub(super) fn resources(function: &FunctionModel) -> usize {
    4 + function.managed.len() + 2 * function.keys.len()
}

/// Resources after the SAM transform where one template holds all: API, stage and permission of `$default`; for each function itself, its
/// role, log group and managed policies; a permission for each key.
fn flat_resources(functions: &[FunctionModel]) -> usize {
    let one = |function: &FunctionModel| 3 + function.managed.len() + function.keys.len();
    3 + functions.iter().map(one).sum::<usize>()
}

/// About the bytes of a function's part of the template.
fn bytes(function: &FunctionModel) -> usize {
    let policies: usize = function.statements().map(division::size).sum();
    // Laid out as YAML, a statement is half as long again.
    policies + policies / 2 + RESOURCE_BYTES * resources(function)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::testing::{function, plan, routes, sources};
    use super::super::{Template, model};
    use super::*;
    use crate::access::AccessTable;
    use crate::diagnostic::Diagnostics;
    use crate::plan::{Plan, Service};

    fn template(plan: &Plan) -> Template {
        let ids: Vec<&str> = plan
            .functions()
            .flat_map(|(_, function)| &function.routes)
            .chain(&plan.keep)
            .map(String::as_str)
            .collect();
        let accesses = AccessTable::default();
        model(plan, &routes(&ids), &accesses, &sources(), &BTreeMap::new(), &mut Diagnostics::default())
    }

    /// A plan with one service of so many functions, each with a GET route.
    fn large(count: usize) -> Plan {
        let ids: Vec<String> = (0..count).map(|at| format!("GET /r{at}")).collect();
        plan(ids.iter().enumerate().map(|(at, id)| function(&format!("f{at}"), &[id])).collect())
    }

    #[test]
    fn what_fits_stays_in_one_template_unless_the_plan_says_otherwise() {
        let mut plan = large(3);
        assert_eq!(template(&plan).stacks, []);
        plan.stacks = Some(Stacks::Service);
        let stacks = template(&plan).stacks;
        assert_eq!(stacks.len(), 1);
        assert_eq!((stacks[0].name.as_str(), stacks[0].id.as_str()), ("items", "ItemsStack"));
        assert_eq!(stacks[0].functions, ["f0", "f1", "f2"]);
        let mut plan = large(200);
        plan.stacks = Some(Stacks::One);
        assert_eq!(template(&plan).stacks, []);
    }

    #[test]
    fn a_large_service_is_divided_and_each_part_fits() {
        let template = template(&large(300));
        let all: BTreeSet<&String> = template.stacks.iter().flat_map(|stack| &stack.functions).collect();
        assert_eq!(all.len(), 300);
        assert_eq!(template.stacks.iter().map(|stack| stack.functions.len()).sum::<usize>(), 300);
        for stack in &template.stacks {
            let count: usize =
                stack.functions.iter().map(|name| resources(template.function(name).unwrap())).sum();
            assert!(count <= RESOURCES, "{} has {count}", stack.name);
        }
        // 300 functions of 8 resources need 6 stacks at least.
        assert!((6..=8).contains(&template.stacks.len()), "{}", template.stacks.len());
    }

    #[test]
    fn a_new_function_moves_no_other_one() {
        let place = |template: &Template| -> BTreeMap<String, String> {
            let pairs = template.stacks.iter().flat_map(|stack| {
                stack.functions.iter().map(|function| (function.clone(), stack.name.clone()))
            });
            pairs.collect()
        };
        let before = place(&template(&large(298)));
        let after = place(&template(&large(300)));
        assert_eq!(before.values().max(), after.values().max(), "this tests an unchanged number of parts");
        assert!(before.iter().all(|(function, stack)| after[function] == *stack));
    }

    #[test]
    fn one_part_more_takes_from_the_others_and_moves_nothing_between_them() {
        for at in 0..200 {
            let name = format!("f{at}");
            let (before, after) = (part_of(&name, 4), part_of(&name, 5));
            assert!(after == before || after == 4, "{name}: {before} {after}");
        }
    }

    #[test]
    fn each_service_has_its_stack_and_edge_stands_in_the_root() {
        let mut plan = large(2);
        plan.stacks = Some(Stacks::Service);
        let functions = vec![function("g", &["POST /g"])];
        plan.services.push(Service { name: "other".into(), functions, owns: Vec::new() });
        let template = template(&plan);
        let names: Vec<&str> = template.stacks.iter().map(|stack| stack.name.as_str()).collect();
        assert_eq!(names, ["items", "other"]);
        assert!(template.stacks.iter().all(|stack| !stack.functions.contains(&EDGE.to_string())));
        assert_eq!(template.stacks[1].path(), "stacks/other.yaml");
    }
}
