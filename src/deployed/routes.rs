//! Routes of the code against the keys of the gateway.
//!
//! Two patterns that may match one request count as the same: a difference is reported only where no request passes, and nothing where
//! none does. Deliberately absent: stages, base paths, and which of several keys wins.
//!
//! Source: API Gateway developer guide, "Create routes for HTTP APIs".

use super::template::EVERYTHING;
use super::{Compared, Function, Key};
use crate::diagnostic::{Code, Diagnostic};
use crate::routes::pattern::overlaps;
use crate::routes::{Method, Route};

/// What makes the table of routes less than whole.
const UNSURE: &[Code] = &[
    Code::FILE_NOT_PARSED,
    Code::MODULE_NOT_FOUND,
    Code::FILE_NOT_READ,
    Code::DEPENDENCY_NOT_READ,
    Code::MACRO_NOT_EXPANDED,
    Code::NO_ROUTER,
    Code::ROUTE_PATH_UNKNOWN,
    Code::ROUTER_METHOD_UNKNOWN,
    Code::ROUTER_UNKNOWN,
];

/// `own` are the functions that are made from the program.
pub(super) fn compare(compared: &Compared<'_>, own: &[&Function], found: &mut Vec<Diagnostic>) {
    let first = own[0];
    if let Some(why) = own.iter().find_map(|function| function.unclear.routes.as_ref()) {
        let what = format!("the routes of `{}` are not compared: {why}", first.id);
        found.push(compared.not_compared(first.span, &what));
        return;
    }
    let keys: Vec<&Key> = own.iter().flat_map(|function| &function.keys).collect();
    if keys.is_empty() {
        let what =
            format!("the routes of `{}` are not compared: no API of the template leads to it", first.id);
        found.push(compared.not_compared(first.span, &what));
        return;
    }
    let routes = &compared.routes.routes;
    if !routes.is_empty() && !keys.iter().any(|key| routes.iter().any(|route| reaches(key, route))) {
        let what = format!(
            "the routes of `{}` are not compared: none has a gateway route, so a stage or base path may stand before them",
            first.id
        );
        found.push(compared.not_compared(first.span, &what));
        return;
    }
    let others = compared.stack.functions.iter();
    if let Some(other) = others.clone().find(|function| function.unclear.routes.is_some()) {
        let what = format!(
            "whether each route of `{}` has a gateway route is not compared: the routes of `{}` are not known",
            first.id, other.id
        );
        found.push(compared.not_compared(first.span, &what));
    } else {
        // What another function has was split off, or stays where it was.
        let existing = compared.stack.existing.iter().map(|(_, key)| key);
        let all: Vec<&Key> = others.flat_map(|function| &function.keys).chain(existing).collect();
        let known = routes.iter().filter(|route| !route.path.contains("{?}"));
        for route in known.filter(|route| !all.iter().any(|key| reaches(key, route))) {
            found.push(not_deployed(compared, first, &keys, route));
        }
    }
    if compared.analysis_has(UNSURE) {
        let what = "the code has routes that are not known, so no gateway route counts as unanswered";
        found.push(compared.not_compared(first.span, what));
        return;
    }
    // The root is written beside the catch-all that does not take it.
    let takes_all = keys.iter().any(|key| key.path == EVERYTHING);
    for key in keys {
        let is_of_all = takes_all && key.path == "/" && key.method == "ANY";
        if key.method != "OPTIONS" && !is_of_all && !is_answered(compared, key) {
            found.push(unanswered(compared, key));
        }
    }
}

fn not_deployed(compared: &Compared<'_>, first: &Function, keys: &[&Key], route: &Route) -> Diagnostic {
    let there: Vec<&Key> = keys.iter().copied().filter(|key| meets(&key.path, &route.path)).collect();
    let place = compared.place(route.site);
    let what = match there.as_slice() {
        [] => format!("no gateway route of `{}` leads to `{}` ({place})", first.id, route.id),
        [key, ..] => {
            let methods = listed(there.iter().map(|key| key.method.as_str()));
            format!(
                "no gateway route of `{}` leads to `{}` ({place}): the template has {methods} `{}`",
                first.id, route.id, key.path
            )
        }
    };
    let span = there.first().map_or(first.span, |key| key.span);
    Diagnostic::new(Code::ROUTE_NOT_DEPLOYED, what)
        .at((compared.at)(span))
        .help(format!("add a route for `{}` to the template, or remove it from the code", route.id))
}

fn unanswered(compared: &Compared<'_>, key: &Key) -> Diagnostic {
    let there: Vec<&Route> =
        compared.routes.routes.iter().filter(|route| meets(&key.path, &route.path)).collect();
    let what = match there.as_slice() {
        [] => format!("the code has no route for `{} {}`", key.method, key.path),
        [route, ..] => {
            let methods = listed(there.iter().map(|route| route.method.as_str()));
            let place = compared.place(route.site);
            format!("the code does not answer `{} {}`: it has {methods} ({place})", key.method, key.path)
        }
    };
    Diagnostic::new(Code::GATEWAY_ROUTE_UNANSWERED, what)
        .at((compared.at)(key.span))
        .help("correct the path or the method in the template or in the code, or remove the gateway route")
}

/// `GET and POST`, each once.
fn listed<'t>(methods: impl Iterator<Item = &'t str>) -> String {
    let mut all: Vec<&str> = Vec::new();
    methods.for_each(|method| {
        if !all.contains(&method) {
            all.push(method);
        }
    });
    all.join(" and ")
}

/// Whether a request that the gateway takes by the key may be one for the route.
pub(super) fn reaches(key: &Key, route: &Route) -> bool {
    let method = route.method.as_str();
    let same = key.method == "ANY" || route.method == Method::Any || key.method == method;
    // Axum answers HEAD with the route for GET.
    let same = same || (key.method == "HEAD" && route.method == Method::Get);
    same && meets(&key.path, &route.path)
}

/// Whether a path may match both patterns. Whether `/a/{proxy+}` takes `/a` is left open.
fn meets(key: &str, route: &str) -> bool {
    let route = whole_segments(route);
    let child = format!("{}/x", route.trim_end_matches('/'));
    overlaps(key, &route) || (key.ends_with("+}") && overlaps(key, &child))
}

/// A pattern with a variable for each segment that has one in it.
fn whole_segments(path: &str) -> String {
    let whole = |segment: &str| -> String {
        let is_partial =
            segment.contains(['{', '}']) && !(segment.starts_with('{') && segment.ends_with('}'));
        if is_partial { "{part}".to_string() } else { segment.to_string() }
    };
    path.split('/').map(whole).collect::<Vec<_>>().join("/")
}

fn is_answered(compared: &Compared<'_>, key: &Key) -> bool {
    let routes = compared.routes;
    let under = |prefix: &str| {
        let prefix = prefix.trim_end_matches('/');
        prefix.is_empty() || meets(&key.path, &format!("{prefix}/{{rest+}}")) || meets(&key.path, prefix)
    };
    routes.routes.iter().any(|route| route.path.contains("{?}") || reaches(key, route))
        || routes.fallbacks.iter().any(|fallback| !fallback.method_not_allowed && under(&fallback.prefix))
        || routes.services_mounted.iter().any(|service| under(&service.path))
}
