//! Overlapping route patterns with different methods.

use crate::diagnostic::{Code, Diagnostic};
use crate::ordered::{OrderedMap, OrderedSet, UnorderedMap};
use crate::routes::{Method, Route, RouteTable};

/// One note per pair of paths where a request that Axum answers with 405 on the narrower path has a handler on the wider one.
pub fn siblings(routes: &RouteTable) -> Vec<Diagnostic> {
    let mut paths: OrderedMap<&str, Vec<&Route>> = OrderedMap::default();
    for route in &routes.routes {
        paths.entry(&route.path).or_default().push(route);
    }
    // A wider pattern has a variable, and before it the segments of the narrower one.
    let mut wider: UnorderedMap<&str, Vec<usize>> = UnorderedMap::default();
    for (at, path) in paths.keys().enumerate() {
        if let Some(variable) = path.find('{') {
            let end = path[..variable].rfind('/').map_or(0, |slash| slash + 1);
            wider.entry(&path[..end]).or_default().push(at);
        }
    }
    let mut found = Vec::new();
    for (narrow, here) in &paths {
        let ends = narrow.match_indices('/').map(|(slash, _)| slash + 1);
        let mut candidates: Vec<usize> = std::iter::once(0)
            .chain(ends)
            .filter_map(|end| wider.get(&narrow[..end]))
            .flatten()
            .copied()
            .collect();
        candidates.sort_unstable();
        for (wide, there) in candidates.into_iter().filter_map(|at| paths.get_index(at)) {
            if !narrower(narrow, wide) {
                continue;
            }
            let missing: Vec<&str> = methods(there).difference(&methods(here)).map(|m| m.as_str()).collect();
            if missing.is_empty() || here.iter().any(|route| route.method == Method::Any) {
                continue;
            }
            found.push(
                Diagnostic::new(
                    Code::SHADOWED_SIBLING,
                    format!(
                        "`{wide}` answers {}, `{narrow}` does not, and both match it",
                        missing.join(", ")
                    ),
                )
                .at(here[0].site),
            );
        }
    }
    found
}

/// The methods that a path answers; GET answers HEAD.
fn methods(routes: &[&Route]) -> OrderedSet<Method> {
    let mut methods: OrderedSet<Method> = routes.iter().map(|route| route.method).collect();
    if methods.contains(&Method::Get) {
        methods.shift_remove(&Method::Head);
    }
    methods
}

/// Whether two patterns can match one path and Axum prefers the first.
fn narrower(narrow: &str, wide: &str) -> bool {
    let narrow: Vec<&str> = narrow.split('/').collect();
    let wide: Vec<&str> = wide.split('/').collect();
    for at in 0.. {
        match (narrow.get(at), wide.get(at)) {
            (Some(a), Some(b)) if is_wildcard(a) && is_wildcard(b) => return false,
            (Some(_), Some(b)) if is_wildcard(b) => return true,
            // The first difference decides: a literal goes before a parameter.
            (Some(a), Some(b)) if is_parameter(a) && is_parameter(b) => {}
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) if is_parameter(b) && !is_wildcard(a) && !a.is_empty() => {
                return rest_overlaps(&narrow[at + 1..], &wide[at + 1..]);
            }
            _ => return false,
        }
    }
    false
}

fn rest_overlaps(a: &[&str], b: &[&str]) -> bool {
    match (a.split_first(), b.split_first()) {
        (None, None) => true,
        (Some((x, _)), Some(_)) if is_wildcard(x) => true,
        (Some(_), Some((y, _))) if is_wildcard(y) => true,
        (Some((x, a)), Some((y, b))) => (x == y || is_parameter(x) || is_parameter(y)) && rest_overlaps(a, b),
        _ => false,
    }
}

fn is_wildcard(segment: &str) -> bool {
    segment.ends_with("+}")
}

fn is_parameter(segment: &str) -> bool {
    segment.contains('{') && !is_wildcard(segment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::App;

    #[track_caller]
    fn check(ids: &[&str], expected: &[&str]) {
        let mut app = App::new();
        for id in ids {
            app.route(id);
        }
        let found: Vec<String> = siblings(&app.routes).into_iter().map(|finding| finding.message).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_literal_beside_a_parameter_with_another_method_is_found() {
        check(
            &["GET /users/me", "GET /users/{id}", "DELETE /users/{id}"],
            &["`/users/{id}` answers DELETE, `/users/me` does not, and both match it"],
        );
    }

    #[test]
    fn a_wildcard_is_wider_than_everything_below_it() {
        check(
            &["GET /files/list", "PUT /files/{path+}"],
            &["`/files/{path+}` answers PUT, `/files/list` does not, and both match it"],
        );
    }

    #[test]
    fn patterns_that_cross_are_found_once() {
        check(
            &["GET /a/{x}", "POST /{y}/b"],
            &["`/{y}/b` answers POST, `/a/{x}` does not, and both match it"],
        );
    }

    #[test]
    fn equal_methods_or_paths_apart_are_no_finding() {
        check(&["GET /users/me", "GET /users/{id}"], &[]);
        check(&["GET /users/me", "DELETE /users/{id}/tags"], &[]);
        check(&["GET /users", "POST /books"], &[]);
        check(&["GET /users/{id}", "PUT /users/{name}"], &[]);
        check(&["ANY /users/me", "DELETE /users/{id}"], &[]);
    }
}
