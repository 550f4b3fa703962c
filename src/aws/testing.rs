//! Small hand-made inputs for the tests of `aws` and `render`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::access::{Access, AccessTable, EnvVar, Mode, Resource, ResourceName};
use crate::certainty::Certainty;
use crate::load::{SourceFile, Sources};
use crate::plan::{Architecture, EDGE, Function, Plan, Service};
use crate::resolve::DefId;
use crate::routes::{Handler, LayerUse, Method, Route, RouteTable};
use crate::span::{Location, SourceId, Span};

/// Line `line` of `src/db.rs`, the one file of `sources()`.
pub(crate) fn at(line: u32) -> Location {
    Location { source: SourceId(0), span: Span::empty(line - 1) }
}

pub(crate) fn sources() -> Sources {
    let mut sources = Sources::default();
    sources.push(SourceFile::new("src/db.rs".into(), "\n".repeat(100)));
    sources
}

pub(crate) fn route(id: &str) -> Route {
    let (method, path) = id.split_once(' ').unwrap();
    let method = match method {
        "ANY" => Method::Any,
        method => Method::from_routing_fn(&method.to_lowercase()).unwrap(),
    };
    let handler = Handler {
        name: "h".into(),
        path: "app::h".into(),
        def: None,
        location: at(1),
        expr: at(1),
        calls: Vec::new(),
    };
    Route {
        id: id.into(),
        method,
        path: path.into(),
        handler,
        layers: vec![],
        conditional: None,
        state: None,
        extractors: vec![],
        site: at(1),
    }
}

pub(crate) fn routes(ids: &[&str]) -> RouteTable {
    RouteTable { routes: ids.iter().map(|id| route(id)).collect(), ..RouteTable::default() }
}

pub(crate) fn function(name: &str, ids: &[&str]) -> Function {
    Function {
        name: name.into(),
        routes: ids.iter().map(ToString::to_string).collect(),
        memory: None,
        timeout: None,
        conditions: None,
    }
}

pub(crate) fn plan(functions: Vec<Function>) -> Plan {
    Plan {
        name: "items".into(),
        services: vec![Service { name: "items".into(), functions, owns: vec![] }],
        keep: vec![],
        memory: 256,
        timeout: 10,
        architecture: Architecture::Arm64,
        conditions: true,
        whole_state: false,
        stacks: None,
    }
}

/// The DynamoDB table that an environment variable names.
pub(crate) fn table(variable: &str) -> Resource {
    Resource {
        service: "dynamodb".into(),
        kind: "table".into(),
        name: ResourceName::env(variable),
        sub: None,
    }
}

pub(crate) fn access(operation: &str, actions: &[&str], resources: &[Resource], line: u32) -> Arc<Access> {
    Arc::new(Access {
        service: "dynamodb".into(),
        operation: operation.into(),
        actions: actions.iter().map(ToString::to_string).collect(),
        resources: resources.to_vec(),
        argument: None,
        conditions: vec![],
        mode: Mode::Read,
        location: at(line),
        certainty: Certainty::Proved,
        via: vec![],
        implied: false,
        columns: None,
    })
}

pub(crate) fn layer(name: &str, def: u32, routes_only: bool) -> LayerUse {
    LayerUse { name: name.into(), def: Some(DefId(def)), closure: None, location: at(1), routes_only }
}

/// The items application: five routes over one table, start-up reads its name.
pub(crate) fn items() -> (Plan, RouteTable, AccessTable) {
    let ids = ["GET /items", "POST /items", "GET /items/{id}", "PUT /items/{id}", "DELETE /items/{id}"];
    let names = ["list-items", "create-item", "get-item", "put-item", "delete-item"];
    let calls = ["Scan", "PutItem", "GetItem", "PutItem", "DeleteItem"];
    let plan = plan(names.iter().zip(ids).map(|(name, id)| function(name, &[id])).collect());
    let accesses = calls.iter().zip(1..).map(|(call, line)| {
        vec![access(call, &[&format!("dynamodb:{call}")], &[table("ITEMS_TABLE")], line)]
    });
    let variable = EnvVar { name: "ITEMS_TABLE".into(), default: None, location: at(9) };
    let accesses = AccessTable {
        routes: accesses.collect(),
        route_env: vec![vec![]; ids.len()],
        startup_env: vec![variable],
        ..AccessTable::default()
    };
    (plan, routes(&ids), accesses)
}

/// The environment variables of the items functions, `edge` included.
pub(crate) fn items_env(plan: &Plan) -> BTreeMap<String, BTreeSet<String>> {
    let names =
        plan.services.iter().flat_map(|service| &service.functions).map(|function| function.name.clone());
    names.chain([EDGE.to_string()]).map(|name| (name, BTreeSet::from(["ITEMS_TABLE".to_string()]))).collect()
}
