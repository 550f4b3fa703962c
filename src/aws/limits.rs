//! Quotas of AWS that a large application meets.
//!
//! Input: the finished model. Output: findings. Deliberately absent: what to do about them (the plan decides).

use super::division::MANAGED_PER_ROLE;
use super::stacks::{self, FUNCTIONS, RESOURCES};
use super::template::{DefaultRoute, Template};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Bytes of a function's resource-based policy (Lambda developer guide, "Lambda quotas").
const RESOURCE_POLICY: usize = 20_480;
/// About the size of one statement of that policy.
const RESOURCE_STATEMENT: usize = 420;
/// Routes of one HTTP API (API Gateway developer guide, "Quotas for HTTP APIs").
const ROUTES: usize = 300;
/// Integrations of one HTTP API, which AWS does not raise (the same page). Raw integrations are one for each function.
const INTEGRATIONS: usize = 300;
/// CloudFormation user guide, "CloudFormation quotas".
const PARAMETERS: usize = 200;

/// Reports everything over a quota.
pub(super) fn check(template: &Template, diagnostics: &mut Diagnostics) {
    let mut over = |what: String, help: &str| {
        diagnostics.push(Diagnostic::new(Code::AWS_LIMIT, what).help(help));
    };
    let join = "join functions of a service in the plan, for example with `granularity = \"resource\"`";
    let functions = template.functions.len();
    if functions > FUNCTIONS && template.stacks.is_empty() {
        over(
            format!("{functions} functions in one template; more than {FUNCTIONS} do not fit"),
            "take `stacks = \"one\"` out of the plan, or join functions of a service",
        );
    }
    for (what, resources) in resources(template) {
        if resources > RESOURCES {
            over(
                format!("{resources} resources in {what}; more than {RESOURCES} leave no room under 500"),
                join,
            );
        }
    }
    if !template.stacks.is_empty() && functions > INTEGRATIONS {
        over(
            format!(
                "{functions} functions; an HTTP API has at most {INTEGRATIONS} integrations, one for each function"
            ),
            join,
        );
    }
    let routes = routes(template);
    if routes > ROUTES {
        over(
            format!("{routes} route keys (a HEAD key for each GET route included); an HTTP API has {ROUTES}"),
            "ask AWS for a higher quota of routes per API",
        );
    }
    let parameters = template.parameters.len();
    if parameters > PARAMETERS {
        over(format!("{parameters} parameters; a template has at most {PARAMETERS}"), join);
    }
    if let DefaultRoute::Monolith { keys, .. } = &template.default_route {
        let statements = keys.len() + 1;
        if statements * RESOURCE_STATEMENT > RESOURCE_POLICY {
            over(
                format!(
                    "{statements} route keys of routes that stay call the existing function; the permissions for it may exceed {RESOURCE_POLICY} bytes"
                ),
                "move routes that overlap in one wave",
            );
        }
    }
    for function in &template.functions {
        let managed = function.managed.len();
        if managed > MANAGED_PER_ROLE {
            over(
                format!(
                    "the policy of `{}` takes {managed} managed policies beside the inline one; a role has at most {MANAGED_PER_ROLE}",
                    function.name
                ),
                "divide the function in the plan, or ask AWS for a higher quota of managed policies per role",
            );
        }
        if function.keys.len() * RESOURCE_STATEMENT > RESOURCE_POLICY {
            over(
                format!(
                    "`{}` has {} route keys; the permissions to call it may exceed {RESOURCE_POLICY} bytes",
                    function.name,
                    function.keys.len()
                ),
                "divide the function in the plan",
            );
        }
    }
}

/// Route keys with `$default`.
fn routes(template: &Template) -> usize {
    let kept = match &template.default_route {
        DefaultRoute::Edge => 0,
        DefaultRoute::Monolith { keys, .. } => keys.len(),
    };
    template.functions.iter().map(|function| function.keys.len()).sum::<usize>() + kept + 1
}

/// Resources of each template after the transform.
fn resources(template: &Template) -> Vec<(String, usize)> {
    let managed: usize = template.functions.iter().map(|function| function.managed.len()).sum();
    if template.stacks.is_empty() {
        // API and stage, three for each function and its managed policies, a permission for each route key.
        let count = 2 + 3 * template.functions.len() + managed + routes(template);
        return vec![("the template after the SAM transform".to_string(), count)];
    }
    let of = |names: &[String]| -> usize {
        names.iter().filter_map(|name| template.function(name)).map(stacks::resources).sum()
    };
    let mut counts: Vec<(String, usize)> =
        template.stacks.iter().map(|stack| (format!("`{}`", stack.path()), of(&stack.functions))).collect();
    let kept = match &template.default_route {
        DefaultRoute::Edge => 0,
        DefaultRoute::Monolith { keys, .. } => 2 * keys.len(),
    };
    // API, stage, integration, route and permission of `$default`, and `edge`.
    counts.push(("`template.yaml`".to_string(), 8 + template.stacks.len() + kept));
    counts
}

#[cfg(test)]
mod tests {
    use super::super::testing::{function, plan, routes, sources};
    use crate::access::AccessTable;
    use crate::diagnostic::Diagnostics;
    use crate::plan::Stacks;
    use std::collections::BTreeMap;

    fn found(stacks: Option<Stacks>, count: usize) -> Vec<String> {
        let ids: Vec<String> = (0..count).map(|at| format!("GET /r{at}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut plan =
            plan(ids.iter().enumerate().map(|(at, id)| function(&format!("f{at}"), &[id])).collect());
        plan.stacks = stacks;
        let mut diagnostics = Diagnostics::default();
        let accesses = AccessTable::default();
        let env = BTreeMap::new();
        let template =
            super::super::model(&plan, &routes(&ids), &accesses, &sources(), &env, &mut diagnostics);
        assert_eq!(template.functions.len(), count + 1);
        let found = diagnostics.sorted();
        assert!(found.iter().all(|finding| finding.code.as_str() == "LS0606"), "{found:?}");
        found.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_large_application_in_one_template_is_reported_not_refused() {
        let found = found(Some(Stacks::One), 170);
        assert_eq!(found.len(), 3, "functions, resources, routes: {found:?}");
    }

    #[test]
    fn many_routes_that_stay_beside_one_that_takes_all_are_reported() {
        let ids: Vec<String> = (0..50).map(|at| format!("POST /s/r{at}")).collect();
        let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        ids.push("POST /s/{id}");
        for (kept, expect) in [(20, 0), (50, 1)] {
            let mut plan = plan(vec![function("all", &["POST /s/{id}"])]);
            plan.keep = ids[..kept].iter().map(ToString::to_string).collect();
            let mut diagnostics = Diagnostics::default();
            let (accesses, env) = (AccessTable::default(), BTreeMap::new());
            super::super::model(&plan, &routes(&ids), &accesses, &sources(), &env, &mut diagnostics);
            let found = diagnostics.sorted();
            assert_eq!(found.len(), expect, "{found:?}");
        }
    }

    #[test]
    fn divided_it_is_over_the_limits_of_the_api_only() {
        let routes = "341 route keys (a HEAD key for each GET route included); an HTTP API has 300";
        assert_eq!(found(None, 170), [routes]);
        assert_eq!(found(None, 300).len(), 2, "integrations, routes");
    }
}
