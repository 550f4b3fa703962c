//! The typed model of one SAM template.
//!
//! Input: plan, routes, accesses, and the environment variables that each function's code reads. Output: `Template`.
//! Deliberately absent: how it is laid out (`document`) and written (`render::yaml`).

use std::collections::{BTreeMap, BTreeSet};

use super::arn::Arn;
use super::division::{Division, divide};
use super::gateway::{RouteKey, keys};
use super::grants::{Grants, grants};
use super::limits;
use super::names::{Names, pascal};
use super::parameters::{Parameter, Parameters, is_runtime_variable};
use super::policy::{Conditions, Needs, Policy, Statement, needs, policy};
use super::reach::{Reach, Reached};
use super::stacks::{Stack, stacks};
use crate::access::{AccessTable, Part};
use crate::boundaries::keys::may_be_default;
use crate::diagnostic::Diagnostics;
use crate::load::Sources;
use crate::plan::{Architecture, EDGE, Function, Plan};
use crate::routes::RouteTable;

/// One HTTP API and its functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The plan's name.
    pub name: String,
    pub architecture: Architecture,
    /// MB, for functions that say nothing else.
    pub memory: u32,
    /// Seconds, for functions that say nothing else.
    pub timeout: u32,
    /// Sorted by name.
    pub parameters: Vec<Parameter>,
    /// In plan order, `edge` last.
    pub functions: Vec<FunctionModel>,
    pub default_route: DefaultRoute,
    /// Nested stacks, in plan order; none where one template holds all.
    pub stacks: Vec<Stack>,
    /// Whether the program's SQL may be for PostgreSQL.
    pub is_postgres: bool,
}

/// What answers the requests that no route key matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultRoute {
    /// The generated function of this name.
    Edge,
    /// The existing function, given as a parameter, which also gets the keys of kept routes that another key would take away.
    Monolith { parameter: String, keys: Vec<RouteKey> },
}

/// One function with everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionModel {
    /// Name in the plan, and of the binary.
    pub name: String,
    pub service: String,
    /// Logical ids.
    pub id: String,
    pub role_id: String,
    pub log_group_id: String,
    /// The crate's folder from the workspace root.
    pub code_uri: String,
    pub routes: Vec<String>,
    pub keys: Vec<RouteKey>,
    pub memory: Option<u32>,
    pub timeout: Option<u32>,
    /// Environment variable -> parameter.
    pub environment: BTreeMap<String, String>,
    /// Environment variables that name the database user, which is the function's own role.
    pub database_user: BTreeMap<String, String>,
    /// What the role has inline.
    pub policy: Policy,
    /// What does not fit there.
    pub managed: Vec<ManagedPolicy>,
    /// What it needs, by resource.
    pub needs: Needs,
    /// Of the function's database role.
    pub grants: Grants,
}

/// A part of a role's permissions that its inline policy does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Logical id.
    pub id: String,
    pub policy: Policy,
}

/// Service name of `edge` where the plan has no such function.
const EDGE_SERVICE: &str = "edge";

/// Folder of a function's crate where `split` says nothing else.
pub fn crate_dir(service: &str, function: &str) -> String {
    format!("services/{service}/functions/{function}")
}

/// Builds the model. `env` has the environment variables that each function's code reads.
pub fn model(
    plan: &Plan,
    routes: &RouteTable,
    accesses: &AccessTable,
    sources: &Sources,
    env: &BTreeMap<String, BTreeSet<String>>,
    diagnostics: &mut Diagnostics,
) -> Template {
    let mut names = Names::default();
    for reserved in super::document::RESERVED {
        names.claim(reserved);
    }
    let ids: Vec<FunctionIds> = functions(plan, routes)
        .into_iter()
        .map(|(service, function)| FunctionIds::claim(service, function, &mut names))
        .collect();
    let default_route = if plan.keep.is_empty() { None } else { Some(names.claim("MonolithFunctionArn")) };
    let mut gateway = keys(plan, routes, diagnostics);
    let mut parameters = Parameters::new(&mut names, accesses, sources);
    let reach = Reach::new(routes, accesses);
    let mut functions: Vec<FunctionModel> = ids
        .into_iter()
        .map(|FunctionIds { service, function, id, role_id, log_group_id }| {
            let reached = reach.of(&function);
            let conditions = if function.conditions.unwrap_or(plan.conditions) {
                Conditions::Written
            } else {
                Conditions::LeftOut
            };
            let variables = || env.get(&function.name).into_iter().flatten();
            let grants = grants(&function.name, &reached, &accesses.schema, sources);
            let users = user_variables(&reached);
            FunctionModel {
                database_user: variables()
                    .filter(|variable| users.contains(variable.as_str()))
                    .map(|variable| (variable.clone(), grants.role.clone()))
                    .collect(),
                environment: variables()
                    .filter(|variable| !is_runtime_variable(variable) && !users.contains(variable.as_str()))
                    .map(|variable| (variable.clone(), parameters.variable(variable)))
                    .collect(),
                policy: policy(&grants.role, &reached, conditions, sources, &mut parameters),
                managed: Vec::new(),
                needs: needs(&reached),
                grants,
                code_uri: crate_dir(&service, &function.name),
                keys: gateway.keys.remove(&function.name).unwrap_or_default(),
                name: function.name,
                service,
                id,
                role_id,
                log_group_id,
                routes: function.routes,
                memory: function.memory,
                timeout: function.timeout,
            }
        })
        .collect();
    let used: BTreeSet<String> = functions.iter().flat_map(FunctionModel::parameters).collect();
    let parameters = parameters.finish();
    for function in &mut functions {
        divide_policy(function, &mut names);
    }
    let stacks = stacks(&functions, plan.stacks, &mut names);
    let template = Template {
        name: plan.name.clone(),
        architecture: plan.architecture,
        memory: plan.memory,
        timeout: plan.timeout,
        parameters: parameters.into_iter().filter(|parameter| used.contains(&parameter.name)).collect(),
        functions,
        stacks,
        default_route: match default_route {
            None => DefaultRoute::Edge,
            Some(parameter) => DefaultRoute::Monolith { parameter, keys: gateway.monolith },
        },
        is_postgres: accesses.is_postgres,
    };
    limits::check(&template, diagnostics);
    template
}

/// Moves what the inline policy of a role cannot hold to managed policies.
fn divide_policy(function: &mut FunctionModel, names: &mut Names) {
    let Division { inline, managed } = divide(std::mem::take(&mut function.policy.statements));
    function.policy.statements = inline;
    let base = pascal(&function.name);
    let policy = |(at, statements)| ManagedPolicy {
        id: names.claim(&format!("{base}Policy{}", at + 1)),
        policy: Policy { statements },
    };
    function.managed = managed.into_iter().enumerate().map(policy).collect();
}

impl Template {
    /// Puts the crates' real folders in; names that are not there keep theirs.
    pub fn set_code_uris<'a>(&mut self, dirs: impl IntoIterator<Item = (&'a str, &'a str)>) {
        for (name, dir) in dirs {
            if let Some(function) = self.functions.iter_mut().find(|function| function.name == name) {
                function.code_uri = dir.to_string();
            }
        }
    }

    pub fn function(&self, name: &str) -> Option<&FunctionModel> {
        self.functions.iter().find(|function| function.name == name)
    }
}

impl FunctionModel {
    /// What its role may do, its own log group aside.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        let managed = self.managed.iter().flat_map(|managed| &managed.policy.statements);
        self.policy.statements.iter().chain(managed)
    }

    /// The parameters that its variables and ARNs name, pseudo parameters included.
    pub(super) fn parameters(&self) -> Vec<String> {
        let arns = self.statements().flat_map(|statement| &statement.resources).flat_map(Arn::parameters);
        self.environment.values().cloned().chain(arns).collect()
    }
}

/// The variables that alone name the database user of a token.
fn user_variables<'a>(reached: &[Reached<'a>]) -> BTreeSet<&'a str> {
    let resources = reached.iter().flat_map(|reached| &reached.access.resources);
    let names = resources.filter(|resource| resource.service == "rds-db").map(|resource| &resource.name);
    names
        .filter_map(|name| match name.0.as_slice() {
            [Part::Env(variable)] => Some(variable.as_str()),
            _ => None,
        })
        .collect()
}

/// The plan's functions with their services, and `edge` where it is needed: it has the routes that `$default` may reach.
fn functions(plan: &Plan, routes: &RouteTable) -> Vec<(String, Function)> {
    let mut all: Vec<(String, Function)> = plan
        .services
        .iter()
        .flat_map(|service| service.functions.iter().map(|function| (service.name.clone(), function.clone())))
        .filter(|(_, function)| plan.keep.is_empty() || function.name != EDGE || !function.routes.is_empty())
        .collect();
    all.sort_by_key(|(_, function)| function.name == EDGE);
    if plan.keep.is_empty() && all.last().is_none_or(|(_, function)| function.name != EDGE) {
        let by_default = routes.routes.iter().filter(|route| may_be_default(route));
        let routes = by_default.map(|route| route.id.clone()).collect();
        let edge = Function { name: EDGE.to_string(), routes, memory: None, timeout: None, conditions: None };
        all.push((EDGE_SERVICE.to_string(), edge));
    }
    all
}

/// A function with its logical ids.
struct FunctionIds {
    service: String,
    function: Function,
    id: String,
    role_id: String,
    log_group_id: String,
}

impl FunctionIds {
    fn claim(service: String, function: Function, names: &mut Names) -> Self {
        let base = pascal(&function.name);
        Self {
            service,
            id: names.claim(&format!("{base}Function")),
            role_id: names.claim(&format!("{base}Role")),
            log_group_id: names.claim(&format!("{base}LogGroup")),
            function,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{access, function, plan, routes, sources, table};
    use super::*;
    use crate::access::{Resource, ResourceName};
    use crate::diagnostic::Code;

    #[test]
    fn a_function_gets_only_its_own_variables_and_actions() {
        let accesses = AccessTable {
            routes: vec![
                vec![access("GetItem", &["dynamodb:GetItem"], &[table("ITEMS_TABLE")], 1)],
                vec![access("PutItem", &["dynamodb:PutItem"], &[table("ITEMS_TABLE")], 2)],
            ],
            ..AccessTable::default()
        };
        let env = BTreeMap::from([(
            "get-item".to_string(),
            BTreeSet::from(["ITEMS_TABLE".to_string(), "AWS_REGION".to_string(), "JWT_SECRET".to_string()]),
        )]);
        let plan = plan(vec![function("get-item", &["GET /i/{id}"]), function("put-item", &["PUT /i/{id}"])]);
        let mut diagnostics = Diagnostics::default();
        let template = model(
            &plan,
            &routes(&["GET /i/{id}", "PUT /i/{id}"]),
            &accesses,
            &sources(),
            &env,
            &mut diagnostics,
        );
        assert!(diagnostics.is_empty());
        let names: Vec<&str> = template.functions.iter().map(|function| function.id.as_str()).collect();
        assert_eq!(names, ["GetItemFunction", "PutItemFunction", "EdgeFunction"]);
        let get = template.function("get-item").unwrap();
        assert_eq!(get.environment.keys().collect::<Vec<_>>(), ["ITEMS_TABLE", "JWT_SECRET"]);
        assert_eq!(get.policy.statements.len(), 1);
        assert_eq!(get.policy.statements[0].actions, ["dynamodb:GetItem"]);
        assert!(template.function("put-item").unwrap().environment.is_empty());
        let parameters: Vec<(&str, bool)> = template
            .parameters
            .iter()
            .map(|parameter| (parameter.name.as_str(), parameter.no_echo))
            .collect();
        assert_eq!(parameters, [("ItemsTable", false), ("JwtSecret", true)]);
        assert!(template.function("edge").unwrap().policy.statements.is_empty());
    }

    #[test]
    fn edge_may_do_what_routes_without_a_key_do() {
        let accesses = AccessTable {
            routes: vec![vec![access("GetItem", &["dynamodb:GetItem"], &[table("T")], 1)]],
            ..AccessTable::default()
        };
        let plan = plan(vec![function("odd", &["GET /{?}"])]);
        let mut diagnostics = Diagnostics::default();
        let routes = routes(&["GET /{?}"]);
        let template = model(&plan, &routes, &accesses, &sources(), &BTreeMap::new(), &mut diagnostics);
        assert_eq!(template.function("edge").unwrap().policy.statements.len(), 1);
        assert_eq!(diagnostics.sorted()[0].code, Code::ROUTE_WITHOUT_KEY);
    }

    #[test]
    fn kept_routes_make_the_monolith_the_default() {
        let mut plan = plan(vec![function("a", &["GET /a"])]);
        plan.keep = vec!["GET /b".into()];
        let template = model(
            &plan,
            &routes(&["GET /a", "GET /b"]),
            &AccessTable::default(),
            &sources(),
            &BTreeMap::new(),
            &mut Diagnostics::default(),
        );
        assert_eq!(template.functions.len(), 1);
        assert!(matches!(template.default_route, DefaultRoute::Monolith { .. }));
    }

    #[test]
    fn a_function_connects_as_its_own_database_role() {
        let user = Resource {
            service: "rds-db".into(),
            kind: "user".into(),
            name: ResourceName::env("DB_USER"),
            sub: None,
        };
        let accesses = AccessTable {
            routes: vec![vec![access("Connect", &["rds-db:connect"], &[user], 1)], vec![]],
            ..AccessTable::default()
        };
        let env = BTreeMap::from([("a".to_string(), BTreeSet::from(["DB_USER".to_string()]))]);
        let plan = plan(vec![function("a", &["GET /a"]), function("b", &["GET /b"])]);
        let mut diagnostics = Diagnostics::default();
        let template =
            model(&plan, &routes(&["GET /a", "GET /b"]), &accesses, &sources(), &env, &mut diagnostics);
        let function = template.function("a").unwrap();
        assert_eq!(function.database_user["DB_USER"], "a");
        assert!(function.environment.is_empty());
        let statement = &function.policy.statements[0];
        assert_eq!(statement.resources[0].short(), "dbuser:${DbiResourceId}/a");
        assert_eq!(template.parameters[0].form.unwrap().pattern(), "(db|cluster|prx)-[A-Za-z0-9]+");
        assert!(template.function("b").unwrap().policy.statements.is_empty());
    }
}
