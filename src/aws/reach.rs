//! What each function can reach: plan's function -> accesses, each with the route, layer or fallback through which.
//!
//! Input: routes and accesses, indexed once for all functions. Deliberately absent: statements (`policy`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::overlap::PathTree;
use crate::access::{Access, AccessTable};
use crate::ordered::UnorderedMap;
use crate::plan::{EDGE, Function};
use crate::routes::pattern::more_specific;
use crate::routes::{LayerCode, LayerUse, Method, RouteTable};

/// An access and through what the function reaches it: a route id, or `fallback`, `start-up`, `layer NAME`.
#[derive(Debug, Clone)]
pub(super) struct Reached<'a> {
    pub(super) origin: String,
    pub(super) access: &'a Access,
}

/// Routes and accesses by what is asked of them.
pub(super) struct Reach<'a> {
    routes: &'a RouteTable,
    accesses: &'a AccessTable,
    by_id: BTreeMap<&'a str, usize>,
    /// Per path of a route with layers that access something: these routes.
    layered: Vec<(&'a str, Vec<usize>)>,
    /// The paths of `layered`.
    paths: PathTree<'a>,
    /// Methods that have a handler, by path.
    methods: BTreeMap<&'a str, BTreeSet<Method>>,
    layers: UnorderedMap<LayerCode, &'a [Arc<Access>]>,
}

impl<'a> Reach<'a> {
    pub(super) fn new(routes: &'a RouteTable, accesses: &'a AccessTable) -> Self {
        let mut layers: UnorderedMap<LayerCode, &'a [Arc<Access>]> = UnorderedMap::default();
        for (code, list) in &accesses.layers {
            if !layers.contains_key(code) {
                layers.insert(*code, list.as_slice());
            }
        }
        let mut by_id = BTreeMap::new();
        let mut methods: BTreeMap<&str, BTreeSet<Method>> = BTreeMap::new();
        let mut layered: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, route) in routes.routes.iter().enumerate() {
            by_id.entry(route.id.as_str()).or_insert(at);
            methods.entry(&route.path).or_default().insert(route.method);
            let accessing = |used: &LayerUse| {
                used.code().and_then(|code| layers.get(&code)).is_some_and(|list| !list.is_empty())
            };
            if route.layers.iter().any(accessing) {
                layered.entry(&route.path).or_default().push(at);
            }
        }
        let layered: Vec<(&str, Vec<usize>)> = layered.into_iter().collect();
        let paths = PathTree::new(layered.iter().map(|(path, _)| *path));
        Self { routes, accesses, by_id, layered, paths, methods, layers }
    }

    /// What a function can reach: the union over its routes (whose lists hold extractors, layers and start-up code), and
    ///
    /// - the layers of a more specific overlapping route, when API Gateway sends that path to this function because the other route has
    ///   no handler for the method: Axum then answers 405 under that route's layers (reference: Axum chooses the path first);
    /// - for `edge`: start-up code, fallbacks, and the layers around every route, since Axum runs them when it answers 405 (a
    ///   `route_layer` included); of an `ANY` route, which has no 405, only those that wrap the whole router.
    pub(super) fn of(&self, function: &Function) -> Vec<Reached<'a>> {
        let mut all = Vec::new();
        let mut add = |origin: &str, list: &'a [Arc<Access>]| {
            all.extend(list.iter().map(|access| Reached { origin: origin.to_string(), access }));
        };
        for id in &function.routes {
            let Some(&at) = self.by_id.get(id.as_str()) else { continue };
            add(id, self.accesses.routes.get(at).map_or(&[], Vec::as_slice));
            for other in self.shadowing(at) {
                for used in &self.routes.routes[other].layers {
                    add(&format!("layer {}", used.name), self.layer(used));
                }
            }
        }
        if function.name == EDGE {
            add("start-up", &self.accesses.startup);
            for list in &self.accesses.fallbacks {
                add("fallback", list);
            }
            let around_fallbacks = self.routes.fallbacks.iter().flat_map(|fallback| &fallback.layers);
            let around_routes = self.routes.routes.iter().flat_map(|route| {
                route.layers.iter().filter(|used| route.method != Method::Any || !used.routes_only)
            });
            for used in around_fallbacks.chain(around_routes) {
                add(&format!("layer {}", used.name), self.layer(used));
            }
        }
        all
    }

    /// Routes with layers under which Axum answers 405 where the gateway takes the request for this route's.
    fn shadowing(&self, route: usize) -> Vec<usize> {
        let route = &self.routes.routes[route];
        let mut found = Vec::new();
        for place in self.paths.overlapping(&route.path) {
            let (path, routes) = &self.layered[place];
            let answered = self
                .methods
                .get(path)
                .is_some_and(|methods| methods.contains(&route.method) || methods.contains(&Method::Any));
            if *path != route.path && more_specific(path, &route.path) && !answered {
                found.extend(routes);
            }
        }
        found.sort_unstable();
        found
    }

    fn layer(&self, used: &LayerUse) -> &'a [Arc<Access>] {
        used.code().and_then(|code| self.layers.get(&code)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{access, function, layer, route, routes, table};
    use super::*;
    use crate::resolve::DefId;

    #[track_caller]
    fn check(function: &Function, routes: &RouteTable, accesses: &AccessTable, expect: &[&str]) {
        let reach = Reach::new(routes, accesses);
        let reached = reach.of(function);
        let got: Vec<String> =
            reached.iter().map(|one| format!("{}: {}", one.origin, one.access.operation)).collect();
        assert_eq!(got, expect);
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
            layers: vec![(LayerCode::Def(DefId(7)), vec![auth]), (LayerCode::Def(DefId(8)), vec![audit])],
            ..AccessTable::default()
        };
        check(&function(EDGE, &[]), &routes, &accesses, &["fallback: Scan", "layer auth: GetItem"]);
    }

    #[test]
    fn a_function_runs_the_layers_of_a_shadowing_path() {
        let mut routes = routes(&["POST /u/{id}", "GET /u/me"]);
        routes.routes[1].layers.push(layer("auth", 7, true));
        let auth = access("GetItem", &["dynamodb:GetItem"], &[table("SESSIONS")], 1);
        let accesses = AccessTable {
            routes: vec![vec![], vec![auth.clone()]],
            layers: vec![(LayerCode::Def(DefId(7)), vec![auth])],
            ..AccessTable::default()
        };
        check(&function("f", &["POST /u/{id}"]), &routes, &accesses, &["layer auth: GetItem"]);
        routes.routes.push(route("POST /u/me"));
        check(&function("f", &["POST /u/{id}"]), &routes, &accesses, &[]);
    }
}
