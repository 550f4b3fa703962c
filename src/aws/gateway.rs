//! Routes -> the route keys of an HTTP API.
//!
//! Input: the plan and the route table. Output: keys per function, with one canonical parameter name per tree position and no trailing
//! slash. Deliberately absent: what a function answers for a key (`split` keeps the router that decides it).
//!
//! Source of the rules: the API Gateway developer guide, "Create routes for HTTP APIs".

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::boundaries::keys::{NoKey, ends_in_slash, no_key, takes};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::plan::{EDGE, Plan};
use crate::routes::pattern::{Segment, overlaps, segments};
use crate::routes::{Method, Route, RouteTable};

/// A method and a path as API Gateway wants them: `GET /items/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteKey {
    pub method: Method,
    pub path: String,
}

impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// The keys of one API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gateway {
    /// Per function name.
    pub keys: BTreeMap<String, Vec<RouteKey>>,
    /// Keys of kept routes that a function's key would take away from the monolith.
    pub monolith: Vec<RouteKey>,
}

/// All keys of the plan's functions.
pub fn keys(plan: &Plan, routes: &RouteTable, diagnostics: &mut Diagnostics) -> Gateway {
    let canonical = Canonical::new(routes);
    let by_id: BTreeMap<&str, &Route> =
        routes.routes.iter().map(|route| (route.id.as_str(), route)).collect();
    let mut owners: BTreeMap<RouteKey, &str> = BTreeMap::new();
    let mut gateway = Gateway::default();
    let kept_heads: BTreeSet<String> = plan
        .keep
        .iter()
        .filter_map(|id| by_id.get(id.as_str()))
        .filter(|route| route.method == Method::Head)
        .map(|route| canonical.path(&route.path))
        .collect();
    // Written HEAD routes come before implied ones: Axum answers HEAD with the GET handler only when there is no HEAD handler.
    for implied in [false, true] {
        for function in plan.services.iter().flat_map(|service| &service.functions) {
            for route in function.routes.iter().filter_map(|id| by_id.get(id.as_str())) {
                if let Some(why) = no_key(route) {
                    report_no_key(route, why, &function.name, diagnostics);
                    continue;
                }
                if ends_in_slash(route) && function.name != EDGE {
                    let what = format!(
                        "the gateway key of `{}` has no slash at its end; what is behind `$default` answers it too",
                        route.id
                    );
                    diagnostics.push(Diagnostic::new(Code::TRAILING_SLASH, what).at(route.site));
                }
                let method = match (implied, route.method) {
                    (false, method) => method,
                    (true, Method::Get) => Method::Head,
                    (true, _) => continue,
                };
                let key = RouteKey { method, path: canonical.path(&route.path) };
                if implied && kept_heads.contains(&key.path) {
                    continue;
                }
                match owners.get(&key) {
                    None => {
                        gateway.keys.entry(function.name.clone()).or_default().push(key.clone());
                        owners.insert(key, &function.name);
                    }
                    Some(&owner) if owner != function.name && !implied => diagnostics.push(
                        Diagnostic::new(
                            Code::ROUTE_KEYS_COLLIDE,
                            format!(
                                "`{}` and a route of `{owner}` both need the gateway key `{key}`",
                                route.id
                            ),
                        )
                        .at(route.site)
                        .help("put both routes into one function"),
                    ),
                    Some(_) => {}
                }
            }
        }
    }
    for keys in gateway.keys.values_mut() {
        keys.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
    }
    gateway.monolith = monolith_keys(plan, &by_id, &canonical, &owners);
    report_taken(plan, &by_id, &owners, diagnostics);
    gateway
}

/// Kept routes that cannot have a key of their own beside a function's key for the same requests: the function would get requests that
/// only the monolith can answer.
fn report_taken(
    plan: &Plan,
    by_id: &BTreeMap<&str, &Route>,
    owners: &BTreeMap<RouteKey, &str>,
    diagnostics: &mut Diagnostics,
) {
    for route in plan.keep.iter().filter_map(|id| by_id.get(id.as_str())) {
        let taken = owners.iter().find(|(key, _)| takes(key.method, &key.path, route));
        if let Some((key, owner)) = taken {
            diagnostics.push(
                Diagnostic::new(
                    Code::KEPT_ROUTE_TAKEN,
                    format!("the gateway key `{key}` of `{owner}` takes requests of `{}`, which stays in the monolith", route.id),
                )
                .at(route.site)
                .help("move both routes, or keep both"),
            );
        }
    }
}

/// Kept routes normally come in through `$default`. Where a function's key matches their requests too, API Gateway would choose that
/// key, so they need a key of their own, and the more specific key wins.
fn monolith_keys(
    plan: &Plan,
    by_id: &BTreeMap<&str, &Route>,
    canonical: &Canonical,
    owners: &BTreeMap<RouteKey, &str>,
) -> Vec<RouteKey> {
    let mut keys = BTreeSet::new();
    for route in plan.keep.iter().filter_map(|id| by_id.get(id.as_str())) {
        if no_key(route).is_some() {
            continue;
        }
        let path = canonical.path(&route.path);
        let methods: &[Method] =
            if route.method == Method::Get { &[Method::Get, Method::Head] } else { &[route.method] };
        for &method in methods {
            let key = RouteKey { method, path: path.clone() };
            let taken = owners.keys().any(|other| other.method.meets(method) && overlaps(&other.path, &path));
            if taken && !owners.contains_key(&key) {
                keys.insert(key);
            }
        }
    }
    let mut keys: Vec<_> = keys.into_iter().collect();
    keys.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
    keys
}

fn report_no_key(route: &Route, why: NoKey, function: &str, diagnostics: &mut Diagnostics) {
    let why = match why {
        NoKey::PathUnknown => "a part of its path is not known",
        NoKey::PartialSegment => "a variable must be a whole segment of a gateway key",
        NoKey::Method => "HTTP APIs do not carry this method",
    };
    let diagnostic =
        Diagnostic::new(Code::ROUTE_WITHOUT_KEY, format!("`{}` gets no gateway key: {why}", route.id))
            .at(route.site);
    diagnostics.push(diagnostic.help(format!(
        "`edge` answers it through `$default`, or the monolith while it keeps routes; `{function}` gets no request for it"
    )));
}

/// The name of the variable at each tree position. Two keys that differ only in a variable's name on one level are refused.
struct Canonical {
    /// Prefix with variables as `{}` -> name of the variable that follows.
    names: BTreeMap<String, String>,
}

impl Canonical {
    fn new(routes: &RouteTable) -> Self {
        let mut names = BTreeMap::new();
        for route in &routes.routes {
            let mut prefix = String::new();
            for segment in segments(&route.path) {
                match Segment::parse(segment) {
                    Segment::Literal(text) => {
                        prefix.push('/');
                        prefix.push_str(text);
                    }
                    Segment::Param(name) | Segment::Wildcard(name) => {
                        names.entry(prefix.clone()).or_insert_with(|| variable_name(name));
                        prefix.push_str("/{}");
                    }
                }
            }
        }
        Self { names }
    }

    fn path(&self, path: &str) -> String {
        let mut prefix = String::new();
        let mut out = String::new();
        for segment in segments(path) {
            out.push('/');
            let segment = Segment::parse(segment);
            match segment {
                Segment::Literal(text) => {
                    prefix.push('/');
                    prefix.push_str(text);
                    out.push_str(text);
                }
                Segment::Param(name) | Segment::Wildcard(name) => {
                    let known = self.names.get(&prefix).cloned().unwrap_or_else(|| variable_name(name));
                    let plus = if matches!(segment, Segment::Wildcard(_)) { "+" } else { "" };
                    out.extend(["{", &known, plus, "}"]);
                    prefix.push_str("/{}");
                }
            }
        }
        if out.is_empty() { "/".to_string() } else { out }
    }
}

/// A variable name that API Gateway accepts.
fn variable_name(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.is_empty() { "proxy".to_string() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{function, plan, routes};

    #[track_caller]
    fn check(functions: &[(&str, &[&str])], keep: &[&str], expect: &[(&str, &[&str])], codes: &[&str]) {
        let mut ids: Vec<&str> = functions.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
        ids.extend(keep);
        let mut plan = plan(functions.iter().map(|(name, ids)| function(name, ids)).collect());
        plan.keep = keep.iter().map(ToString::to_string).collect();
        let mut diagnostics = Diagnostics::default();
        let gateway = keys(&plan, &routes(&ids), &mut diagnostics);
        let text = |keys: &[RouteKey]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut got: Vec<(String, Vec<String>)> =
            gateway.keys.iter().map(|(name, keys)| (name.clone(), text(keys))).collect();
        if !gateway.monolith.is_empty() {
            got.push(("monolith".into(), text(&gateway.monolith)));
        }
        let expect: Vec<(String, Vec<String>)> = expect
            .iter()
            .map(|(name, keys)| (name.to_string(), keys.iter().map(ToString::to_string).collect()))
            .collect();
        assert_eq!(got, expect);
        assert_eq!(diagnostics.sorted().iter().map(|d| d.code.as_str()).collect::<Vec<_>>(), codes);
    }

    #[test]
    fn each_get_has_its_head_key() {
        check(
            &[("list", &["GET /items"]), ("head", &["HEAD /x"]), ("get-x", &["GET /x"])],
            &[],
            &[("get-x", &["GET /x"]), ("head", &["HEAD /x"]), ("list", &["GET /items", "HEAD /items"])],
            &[],
        );
    }

    #[test]
    fn variables_have_one_name_per_place() {
        check(
            &[("a", &["GET /u/{id}", "POST /u/{uid}/posts"]), ("b", &["DELETE /u/{user}/posts/{rest+}"])],
            &[],
            &[
                ("a", &["GET /u/{id}", "HEAD /u/{id}", "POST /u/{id}/posts"]),
                ("b", &["DELETE /u/{id}/posts/{rest+}"]),
            ],
            &[],
        );
    }

    #[test]
    fn slashes_and_roots() {
        check(&[("a", &["ANY /", "POST /items/"])], &[], &[("a", &["ANY /", "POST /items"])], &["LS0607"]);
        check(
            &[("a", &["POST /items"]), ("b", &["POST /items/"])],
            &[],
            &[("a", &["POST /items"])],
            &["LS0605", "LS0607"],
        );
    }

    #[test]
    fn paths_that_no_key_can_say() {
        check(
            &[("a", &["GET /{?}/x", "GET /p/{name}.png", "TRACE /t"]), ("b", &["PUT /y"])],
            &[],
            &[("b", &["PUT /y"])],
            &["LS0604", "LS0604", "LS0604"],
        );
    }

    #[test]
    fn kept_routes_get_a_key_where_another_would_take_them() {
        check(
            &[("get-user", &["GET /users/{id}"])],
            &["GET /users/me", "POST /users/me", "GET /other"],
            &[
                ("get-user", &["GET /users/{id}", "HEAD /users/{id}"]),
                ("monolith", &["GET /users/me", "HEAD /users/me"]),
            ],
            &[],
        );
    }

    #[test]
    fn a_kept_head_route_is_not_taken_by_the_key_that_comes_with_get() {
        check(&[("get-x", &["GET /x"])], &["HEAD /x"], &[("get-x", &["GET /x"])], &[]);
        check(
            &[("get-x", &["GET /x", "GET /{id}"])],
            &["HEAD /x"],
            &[("get-x", &["GET /x", "GET /{id}", "HEAD /{id}"]), ("monolith", &["HEAD /x"])],
            &[],
        );
        check(&[("head-x", &["HEAD /x"])], &["GET /x"], &[("head-x", &["HEAD /x"])], &[]);
    }

    #[test]
    fn kept_routes_that_can_have_no_key_are_reported_where_another_key_takes_their_requests() {
        let keys: &[&str] = &["GET /p/{id}", "HEAD /p/{id}"];
        check(&[("p", &["GET /p/{id}"])], &["GET /p/{name}.png"], &[("p", keys)], &["LS0612"]);
        check(&[("p", &["GET /p/{id}"])], &["POST /p/{name}.png", "TRACE /p/x"], &[("p", keys)], &[]);
        let keys: &[&str] = &["GET /p/logo.png", "HEAD /p/logo.png"];
        check(&[("p", &["GET /p/logo.png"])], &["GET /p/{name}.png"], &[("p", keys)], &[]);
        check(&[("a", &["POST /a"])], &["POST /a/"], &[("a", &["POST /a"])], &["LS0612"]);
        check(&[("a", &["POST /a/"])], &["POST /a"], &[("a", &["POST /a"])], &["LS0612", "LS0607"]);
    }
}
