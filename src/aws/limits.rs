//! Quotas of AWS that a large application meets.
//!
//! Input: the finished model. Output: findings. Deliberately absent: what to do about them (the plan decides).

use super::division::MANAGED_PER_ROLE;
use super::template::{DefaultRoute, Template};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Bytes of a function's resource-based policy (Lambda developer guide, "Lambda quotas").
const RESOURCE_POLICY: usize = 20_480;
/// About the size of one statement of that policy.
const RESOURCE_STATEMENT: usize = 420;
/// Routes of one HTTP API (API Gateway developer guide, "Quotas for HTTP APIs").
const ROUTES: usize = 300;
/// Functions in one template; above it a stack for each service is the better layout.
const FUNCTIONS: usize = 160;
/// Resources in one template: CloudFormation allows 500, so that some room stays for a team's own.
const RESOURCES: usize = 450;
/// CloudFormation user guide, "CloudFormation quotas".
const PARAMETERS: usize = 200;

/// Reports everything over a quota.
pub(super) fn check(template: &Template, diagnostics: &mut Diagnostics) {
    let mut over = |what: String, help: &str| {
        diagnostics.push(Diagnostic::new(Code::AWS_LIMIT, what).help(help));
    };
    let join = "join functions of a service in the plan, for example with `granularity = \"resource\"`";
    let functions = template.functions.len();
    if functions > FUNCTIONS {
        over(format!("{functions} functions in one template; more than {FUNCTIONS} do not fit"), join);
    }
    let resources = resources(template);
    if resources > RESOURCES {
        over(
            format!(
                "{resources} resources after the SAM transform; more than {RESOURCES} leave no room under 500"
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

/// Resources after the transform: API and stage, three for each function and its managed policies, a permission for each route key.
fn resources(template: &Template) -> usize {
    let managed: usize = template.functions.iter().map(|function| function.managed.len()).sum();
    2 + 3 * template.functions.len() + managed + routes(template)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{function, plan, routes, sources};
    use crate::access::AccessTable;
    use crate::diagnostic::Diagnostics;
    use std::collections::BTreeMap;

    #[test]
    fn a_large_application_is_reported_not_refused() {
        let ids: Vec<String> = (0..170).map(|at| format!("GET /r{at}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let plan = plan(ids.iter().enumerate().map(|(at, id)| function(&format!("f{at}"), &[id])).collect());
        let mut diagnostics = Diagnostics::default();
        let accesses = AccessTable::default();
        let template = super::super::model(
            &plan,
            &routes(&ids),
            &accesses,
            &sources(),
            &BTreeMap::new(),
            &mut diagnostics,
        );
        assert_eq!(template.functions.len(), 171);
        let found = diagnostics.sorted();
        assert_eq!(found.len(), 3, "functions, resources, routes: {found:?}");
        assert!(found.iter().all(|finding| finding.code.as_str() == "LS0606"));
    }
}
