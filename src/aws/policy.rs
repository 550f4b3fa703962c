//! Accesses -> the statements of one function's role.
//!
//! Input: the accesses that the function can reach. Output: `Policy`, merged and in a fixed order, each statement with its reasons.
//! Deliberately absent: logs and trust, which every function has (`document`), and what SQL needs (`grants`).

use std::collections::{BTreeMap, BTreeSet};

use super::arn::{Arn, Evidence, arn};
use super::gateway::{more_specific, overlaps};
use super::parameters::Parameters;
use crate::access::{Access, AccessTable, Resource};
use crate::load::Sources;
use crate::plan::{EDGE, Function};
use crate::resolve::DefId;
use crate::routes::{LayerUse, Method, RouteTable};

/// What one function may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    pub statements: Vec<Statement>,
}

/// Exact actions on exact ARNs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Sorted.
    pub actions: Vec<String>,
    /// Sorted; `Arn::Any` stands alone.
    pub resources: Vec<Arn>,
    /// Sorted by place.
    pub why: Vec<Why>,
}

/// The call that needs a permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Why {
    pub file: String,
    pub line: u32,
    pub operation: String,
    /// Route ids, or `fallback`, `start-up`, `layer NAME`.
    pub origins: BTreeSet<String>,
}

impl Why {
    /// `GET /items/{id}: src/db.rs:40 GetItem`.
    pub fn text(&self) -> String {
        let mut origins: Vec<&str> = self.origins.iter().take(3).map(String::as_str).collect();
        let more = format!("{} more", self.origins.len().saturating_sub(3));
        if self.origins.len() > 3 {
            origins.push(&more);
        }
        format!("{}: {}:{} {}", origins.join(", "), self.file, self.line, self.operation)
    }
}

/// An access and through what the function reaches it.
#[derive(Debug, Clone)]
pub(super) struct Reached<'a> {
    pub(super) origin: String,
    pub(super) access: &'a Access,
}

/// What a function can reach: the union over its routes (whose lists hold extractors, layers and start-up code), and
///
/// - the layers of a more specific overlapping route, when API Gateway sends that path to this function because the other route has
///   no handler for the method: Axum then answers 405 under that route's layers (reference: Axum chooses the path first);
/// - for `edge`: start-up code, fallbacks, and the layers around every route, since Axum runs them when it answers 405 (a
///   `route_layer` included); of an `ANY` route, which has no 405, only those that wrap the whole router.
pub(super) fn reached<'a>(
    function: &Function,
    routes: &RouteTable,
    accesses: &'a AccessTable,
) -> Vec<Reached<'a>> {
    let mut all = Vec::new();
    let mut add = |origin: &str, list: &'a [Access]| {
        all.extend(list.iter().map(|access| Reached { origin: origin.to_string(), access }));
    };
    let layer =
        |layer: &LayerUse| -> &'a [Access] { layer.def.map_or(&[], |def| accesses_of_layer(def, accesses)) };
    for id in &function.routes {
        let Some(at) = routes.routes.iter().position(|route| &route.id == id) else { continue };
        let route = &routes.routes[at];
        add(id, accesses.routes.get(at).map_or(&[], Vec::as_slice));
        for other in &routes.routes {
            let own_handler = |method: Method| {
                routes.routes.iter().any(|third| {
                    third.path == other.path && (third.method == method || third.method == Method::Any)
                })
            };
            if other.path != route.path
                && overlaps(&other.path, &route.path)
                && more_specific(&other.path, &route.path)
                && !own_handler(route.method)
            {
                for used in &other.layers {
                    add(&format!("layer {}", used.name), layer(used));
                }
            }
        }
    }
    if function.name == EDGE {
        add("start-up", &accesses.startup);
        for list in &accesses.fallbacks {
            add("fallback", list);
        }
        let around_fallbacks = routes.fallbacks.iter().flat_map(|fallback| &fallback.layers);
        let around_routes = routes.routes.iter().flat_map(|route| {
            route.layers.iter().filter(|used| route.method != Method::Any || !used.routes_only)
        });
        for used in around_fallbacks.chain(around_routes) {
            add(&format!("layer {}", used.name), layer(used));
        }
    }
    all
}

fn accesses_of_layer(def: DefId, accesses: &AccessTable) -> &[Access] {
    accesses.layers.iter().find(|(layer, _)| *layer == def).map_or(&[], |(_, list)| list)
}

/// The statements for what was reached; `role` is the function's database role. Actions on the same ARN are one statement; ARNs with the same actions too.
pub(super) fn policy(
    role: &str,
    reached: &[Reached<'_>],
    sources: &Sources,
    parameters: &mut Parameters<'_>,
) -> Policy {
    let mut by_arn: BTreeMap<(String, Arn), (BTreeSet<String>, Reasons)> = BTreeMap::new();
    for Reached { origin, access } in reached {
        let (file, line) = (sources.path(access.location), sources.line(access.location));
        let evidence = Evidence { operation: &access.operation, file, line, role };
        let any = [Resource::any()];
        let resources = if access.resources.is_empty() { &any[..] } else { &access.resources };
        for action in &access.actions {
            for resource in pairing(action, resources) {
                let arn = arn(resource, evidence, parameters);
                let service = action.split(':').next().unwrap_or_default().to_string();
                let (actions, reasons) = by_arn.entry((service, arn)).or_default();
                actions.insert(action.clone());
                reasons
                    .entry((file.to_string(), line, access.operation.clone()))
                    .or_default()
                    .insert(origin.clone());
            }
        }
    }
    let mut by_actions: BTreeMap<SameActions, (BTreeSet<Arn>, Reasons)> = BTreeMap::new();
    for ((service, arn), (actions, reasons)) in by_arn {
        let key = (service, actions.into_iter().collect(), arn == Arn::Any);
        let (arns, all) = by_actions.entry(key).or_default();
        arns.insert(arn);
        for (place, origins) in reasons {
            all.entry(place).or_default().extend(origins);
        }
    }
    let statements = by_actions
        .into_iter()
        .map(|((_, actions, _), (arns, reasons))| Statement {
            actions,
            resources: arns.into_iter().collect(),
            why: reasons
                .into_iter()
                .map(|((file, line, operation), origins)| Why { file, line, operation, origins })
                .collect(),
        })
        .collect();
    Policy { statements }
}

/// Service, actions, and whether they have no resource type: what may stand in one statement.
type SameActions = (String, Vec<String>, bool);
/// File, line and operation -> route ids.
type Reasons = BTreeMap<(String, u32, String), BTreeSet<String>>;

/// The resources of an access that an action can be about; all of them where that leaves none.
///
/// Source: the Service Authorization Reference, "Actions defined by ...", column "Resource types".
pub(crate) fn pairing<'r>(action: &str, resources: &'r [Resource]) -> Vec<&'r Resource> {
    let fits = |resource: &&Resource| match (action.split_once(':'), resource.kind.as_str()) {
        (Some(("s3", name)), "bucket") => !is_object_action(name),
        (Some(("s3", name)), "object") => is_object_action(name),
        (Some(("dynamodb", name)), "table") if resource.sub.is_some() => {
            matches!(name, "Query" | "Scan" | "PartiQLSelect" | "SearchVectors")
        }
        _ => true,
    };
    let fitting: Vec<_> = resources.iter().filter(fits).collect();
    if fitting.is_empty() { resources.iter().collect() } else { fitting }
}

fn is_object_action(name: &str) -> bool {
    name.contains("Object") || matches!(name, "AbortMultipartUpload" | "ListMultipartUploadParts")
}

#[cfg(test)]
mod tests {
    use super::super::names::Names;
    use super::super::testing::{access, function, layer, routes, sources, table};
    use super::*;

    #[track_caller]
    fn check(function: &Function, routes: &RouteTable, accesses: &AccessTable, expect: &[&str]) {
        let (sources, mut names) = (sources(), Names::default());
        let mut parameters = Parameters::new(&mut names, accesses, &sources);
        let policy = policy(&function.name, &reached(function, routes, accesses), &sources, &mut parameters);
        let got: Vec<String> = policy
            .statements
            .iter()
            .map(|statement| {
                let arns: Vec<String> =
                    statement.resources.iter().map(|arn| arn.resolve(|name| format!("<{name}>"))).collect();
                let arns: Vec<&str> = arns.iter().map(|arn| arn.rsplit(':').next().unwrap()).collect();
                let why: Vec<String> = statement.why.iter().map(Why::text).collect();
                format!("{} on {} because {}", statement.actions.join(" "), arns.join(" "), why.join("; "))
            })
            .collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn statements_are_merged_and_say_why() {
        let table_of = |routes: Vec<Vec<Access>>| AccessTable { routes, ..AccessTable::default() };
        check(
            &function("items", &["GET /items/{id}", "PUT /items/{id}"]),
            &routes(&["GET /items/{id}", "PUT /items/{id}"]),
            &table_of(vec![
                vec![access("GetItem", &["dynamodb:GetItem"], &[table("ITEMS")], 1)],
                vec![
                    access("GetItem", &["dynamodb:GetItem"], &[table("ITEMS")], 1),
                    access("PutItem", &["dynamodb:PutItem"], &[table("ITEMS")], 2),
                ],
            ]),
            &["dynamodb:GetItem dynamodb:PutItem on table/<Items> because \
               GET /items/{id}, PUT /items/{id}: src/db.rs:1 GetItem; PUT /items/{id}: src/db.rs:2 PutItem"],
        );
    }

    #[test]
    fn an_action_without_resource_type_stands_alone_and_sql_gives_nothing() {
        let sql = access("Select", &[], &[Resource { service: "sql".into(), ..table("T") }], 3);
        let accesses = AccessTable {
            routes: vec![vec![access("SendEmail", &["ses:SendEmail"], &[Resource::any()], 1), sql]],
            ..AccessTable::default()
        };
        let (function, routes) = (function("f", &["GET /"]), routes(&["GET /"]));
        check(&function, &routes, &accesses, &["ses:SendEmail on * because GET /: src/db.rs:1 SendEmail"]);
    }

    #[test]
    fn bucket_and_object_actions_go_to_their_own_arns() {
        let resource = |kind: &str, sub: Option<&str>| Resource {
            service: "s3".into(),
            kind: kind.into(),
            sub: sub.map(crate::access::ResourceName::literal),
            ..table("B")
        };
        let accesses = AccessTable {
            routes: vec![vec![access(
                "GetObject",
                &["s3:GetObject", "s3:ListBucket"],
                &[resource("object", Some("k")), resource("bucket", None)],
                1,
            )]],
            ..AccessTable::default()
        };
        check(
            &function("f", &["GET /"]),
            &routes(&["GET /"]),
            &accesses,
            &[
                "s3:GetObject on <B>/k because GET /: src/db.rs:1 GetObject",
                "s3:ListBucket on <B> because GET /: src/db.rs:1 GetObject",
            ],
        );
    }

    #[test]
    fn edge_runs_the_layers_of_what_it_answers_405_for() {
        let mut routes = routes(&["GET /a", "ANY /b"]);
        routes.routes[0].layers.push(layer("auth", 7, true));
        routes.routes[1].layers.push(layer("audit", 8, true));
        let auth = access("GetItem", &["dynamodb:GetItem"], &[table("SESSIONS")], 1);
        let audit = access("PutItem", &["dynamodb:PutItem"], &[table("AUDIT")], 2);
        let accesses = AccessTable {
            routes: vec![vec![auth.clone()], vec![audit.clone()]],
            fallbacks: vec![vec![access("Scan", &["dynamodb:Scan"], &[table("PAGES")], 3)]],
            layers: vec![(DefId(7), vec![auth]), (DefId(8), vec![audit])],
            ..AccessTable::default()
        };
        check(
            &function(EDGE, &[]),
            &routes,
            &accesses,
            &[
                "dynamodb:GetItem on table/<Sessions> because layer auth: src/db.rs:1 GetItem",
                "dynamodb:Scan on table/<Pages> because fallback: src/db.rs:3 Scan",
            ],
        );
    }

    #[test]
    fn a_function_runs_the_layers_of_a_shadowing_path() {
        let mut routes = routes(&["POST /u/{id}", "GET /u/me"]);
        routes.routes[1].layers.push(layer("auth", 7, true));
        let auth = access("GetItem", &["dynamodb:GetItem"], &[table("SESSIONS")], 1);
        let accesses = AccessTable {
            routes: vec![vec![], vec![auth.clone()]],
            layers: vec![(DefId(7), vec![auth])],
            ..AccessTable::default()
        };
        check(
            &function("f", &["POST /u/{id}"]),
            &routes,
            &accesses,
            &["dynamodb:GetItem on table/<Sessions> because layer auth: src/db.rs:1 GetItem"],
        );
        routes.routes.push(super::super::testing::route("POST /u/me"));
        check(&function("f", &["POST /u/{id}"]), &routes, &accesses, &[]);
    }
}
