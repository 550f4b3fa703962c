//! A model of an API Gateway HTTP API: which key takes a request.
//!
//! Input: the keys of a template, and a method and path as a client sends them. Output: the key and its path parameters. What AWS leaves
//! open is a choice of `Matching`, and nothing else depends on it. Deliberately absent: stages with a name, authorizers, and what CORS
//! settings of the API answer by themselves.
//!
//! Source: API Gateway developer guide, "Create routes for HTTP APIs" (route priority, greedy path variables, `$default`, `ANY`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::deployed::Route;

/// What the documentation leaves open about the matching of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matching {
    /// Whether a slash at the end makes another path.
    trailing_slash_counts: bool,
    empty_segment_fills_parameter: bool,
    /// Whether `%2F` separates segments.
    on_decoded_path: bool,
}

impl Matching {
    /// What the reports of users say most often.
    pub const STRICT: Self =
        Self { trailing_slash_counts: true, empty_segment_fills_parameter: false, on_decoded_path: true };
    pub const LENIENT: Self =
        Self { trailing_slash_counts: false, empty_segment_fills_parameter: true, on_decoded_path: true };
    /// Matching by the path as it was sent.
    pub const ENCODED: Self = Self { on_decoded_path: false, ..Self::STRICT };
}

impl Route {
    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.key.path.as_deref().unwrap_or_default().split('/').skip(1).map(Part::of)
    }

    /// The path parameters, still encoded where the path is; `None` where the path does not match.
    fn matches(&self, segments: &[&str], matching: Matching) -> Option<BTreeMap<String, String>> {
        let mut values = BTreeMap::new();
        let mut length = 0;
        for (at, part) in self.parts().enumerate() {
            length += 1;
            match part {
                Part::Greedy(name) => {
                    let rest = segments.get(at..).unwrap_or_default();
                    if rest.is_empty() || rest == [""] {
                        return None;
                    }
                    values.insert(name.to_string(), rest.join("/"));
                    return Some(values);
                }
                Part::Variable(name) => {
                    let value = segments.get(at)?;
                    if value.is_empty() && !matching.empty_segment_fills_parameter {
                        return None;
                    }
                    values.insert(name.to_string(), (*value).to_string());
                }
                Part::Literal(text) => {
                    if *segments.get(at)? != text {
                        return None;
                    }
                }
            }
        }
        (length == segments.len()).then_some(values)
    }

    /// Smaller is tried first: whole keys before greedy ones, literals before variables from the left, a method before `ANY`.
    fn rank(&self) -> (bool, Vec<u8>, bool) {
        let kinds: Vec<u8> = self.parts().map(|part| part.rank()).collect();
        (kinds.contains(&2), kinds, self.key.method == "ANY")
    }
}

/// A segment of a key's path.
enum Part<'k> {
    Literal(&'k str),
    Variable(&'k str),
    Greedy(&'k str),
}

impl<'k> Part<'k> {
    fn of(text: &'k str) -> Self {
        match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Self::Greedy(name),
                None => Self::Variable(name),
            },
            None => Self::Literal(text),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Variable(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

/// The keys of one API, the most specific first.
#[derive(Debug, Clone)]
pub(super) struct Gateway {
    routes: Vec<Route>,
    default: Option<Route>,
    matching: Matching,
}

/// The key that takes a request, and the values of its variables, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen<'g> {
    pub(super) route: &'g Route,
    pub(super) parameters: BTreeMap<String, String>,
}

impl Gateway {
    pub(super) fn new(routes: Vec<Route>, matching: Matching) -> Self {
        let (mut routes, default): (Vec<Route>, Vec<Route>) =
            routes.into_iter().partition(|route| route.key.path.is_some());
        routes.sort_by_key(Route::rank);
        Self { routes, default: default.into_iter().next(), matching }
    }

    /// The key for a method and a path as it is sent, without its query; `None` where the gateway itself answers 404.
    pub(super) fn choose(&self, method: &str, path: &str) -> Option<Chosen<'_>> {
        let path = if self.matching.on_decoded_path { decoded(path) } else { Cow::Borrowed(path) };
        let mut segments: Vec<&str> = path.split('/').skip(1).collect();
        if !self.matching.trailing_slash_counts && segments.len() > 1 && segments.last() == Some(&"") {
            segments.pop();
        }
        let of_method = |route: &&Route| route.key.method == method || route.key.method == "ANY";
        let mut found = self.routes.iter().filter(of_method).filter_map(|route| {
            let mut parameters = route.matches(&segments, self.matching)?;
            if !self.matching.on_decoded_path {
                parameters.values_mut().for_each(|value| *value = decoded(value).into_owned());
            }
            Some(Chosen { route, parameters })
        });
        let default = || self.default.as_ref().map(|route| Chosen { route, parameters: BTreeMap::new() });
        found.next().or_else(default)
    }
}

/// A path without percent-encoding; what is no UTF-8 becomes U+FFFD.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployed::{DeployedKey, Leads};

    /// The keys of the example in "Create routes for HTTP APIs", with one more method and `$default`.
    const EXAMPLE: &[&str] = &[
        "GET /pets/dog/1",
        "GET /pets/dog/{id}",
        "GET /pets/{proxy+}",
        "ANY /{proxy+}",
        "PUT /pets/dog/{id}",
        "$default",
    ];

    fn gateway(keys: &[&str], matching: Matching) -> Gateway {
        let route = |(at, text): (usize, &&str)| {
            let (method, path) =
                text.split_once(' ').map_or(("ANY", None), |(method, path)| (method, Some(path)));
            let key = DeployedKey { method: method.into(), path: path.map(ToString::to_string) };
            Route { key, leads: Leads::Function(at) }
        };
        Gateway::new(keys.iter().enumerate().map(route).collect(), matching)
    }

    /// `KEY name=value ..`, or `404`.
    fn shown(gateway: &Gateway, request: &str) -> String {
        let (method, path) = request.split_once(' ').expect("a method and a path");
        let Some(chosen) = gateway.choose(method, path) else { return "404".to_string() };
        let values: Vec<String> =
            chosen.parameters.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        format!("{}{}", chosen.route.key, values.concat())
    }

    #[track_caller]
    fn check(keys: &[&str], matching: Matching, cases: &[(&str, &str)]) {
        let gateway = gateway(keys, matching);
        for (request, expect) in cases {
            assert_eq!(shown(&gateway, request), *expect, "{request}");
        }
    }

    /// "API Gateway selects the route with the most-specific match": full match of route and method, greedy match, `$default`.
    #[test]
    fn the_most_specific_key_of_the_documented_example_wins() {
        check(
            EXAMPLE,
            Matching::STRICT,
            &[
                ("GET /pets/dog/1", "GET /pets/dog/1"),
                ("GET /pets/dog/2", "GET /pets/dog/{id} id=2"),
                ("GET /pets/cat/1", "GET /pets/{proxy+} proxy=cat/1"),
                ("POST /test/5", "ANY /{proxy+} proxy=test/5"),
                ("GET /pets/dog", "GET /pets/{proxy+} proxy=dog"),
                ("GET /pets", "ANY /{proxy+} proxy=pets"),
                ("PUT /pets/dog/1", "PUT /pets/dog/{id} id=1"),
                ("DELETE /pets/dog/1", "ANY /{proxy+} proxy=pets/dog/1"),
                ("POST /", "$default"),
                ("GET /", "$default"),
            ],
        );
    }

    /// "If no routes match a request, API Gateway sends the request to the `$default` route"; without one it answers 404.
    #[test]
    fn what_no_key_takes_goes_to_the_default() {
        let keys = ["GET /a", "POST /a/{b}", "$default"];
        let cases = [
            ("POST /a", "$default"),
            ("GET /a/1", "$default"),
            ("GET /b", "$default"),
            ("OPTIONS /a", "$default"),
            ("HEAD /a", "$default"),
            ("PURGE /a", "$default"),
        ];
        check(&keys, Matching::STRICT, &cases);
        let without: Vec<(&str, &str)> = cases.iter().map(|(request, _)| (*request, "404")).collect();
        check(&keys[..2], Matching::STRICT, &without);
    }

    /// "Greedy path variables catch all child resources of a route": at least one child, and only at the end.
    #[test]
    fn a_greedy_variable_takes_one_segment_or_more() {
        check(
            &["GET /files/{path+}", "GET /{proxy+}"],
            Matching::STRICT,
            &[
                ("GET /files/a", "GET /files/{path+} path=a"),
                ("GET /files/a/b/c", "GET /files/{path+} path=a/b/c"),
                ("GET /files", "GET /{proxy+} proxy=files"),
                ("GET /files/", "GET /{proxy+} proxy=files/"),
                ("GET /", "404"),
                ("GET /files//a", "GET /files/{path+} path=/a"),
            ],
        );
    }

    /// "`ANY` matches all methods that you haven't defined for a resource."
    #[test]
    fn any_takes_the_methods_that_have_no_key() {
        check(
            &["ANY /a", "GET /a", "ANY /b/{c}"],
            Matching::STRICT,
            &[
                ("GET /a", "GET /a"),
                ("POST /a", "ANY /a"),
                ("HEAD /a", "ANY /a"),
                ("FOO /a", "ANY /a"),
                ("DELETE /b/1", "ANY /b/{c} c=1"),
            ],
        );
    }

    /// HEAD is a method like any other: a key for GET does not take it.
    #[test]
    fn head_wants_a_key_of_its_own() {
        check(
            &["GET /a", "HEAD /a", "GET /b"],
            Matching::STRICT,
            &[("HEAD /a", "HEAD /a"), ("HEAD /b", "404"), ("GET /a", "GET /a")],
        );
    }

    /// A literal segment is more specific than a variable, from the left.
    #[test]
    fn literals_come_before_variables() {
        check(
            &["GET /{a}/x", "GET /u/{b}", "GET /{a}/{b}", "GET /u/x"],
            Matching::STRICT,
            &[
                ("GET /u/x", "GET /u/x"),
                ("GET /u/y", "GET /u/{b} b=y"),
                ("GET /v/x", "GET /{a}/x a=v"),
                ("GET /v/y", "GET /{a}/{b} a=v b=y"),
                ("GET /U/x", "GET /{a}/x a=U"),
                ("GET /u", "404"),
                ("GET /u/x/y", "404"),
            ],
        );
    }

    /// A greedy key of the method comes after every whole key, whatever its literals.
    #[test]
    fn whole_keys_come_before_greedy_ones() {
        check(
            &["GET /u/me/{rest+}", "GET /{a}/{b}/{c}"],
            Matching::STRICT,
            &[
                ("GET /u/me/x", "GET /{a}/{b}/{c} a=u b=me c=x"),
                ("GET /u/me/x/y", "GET /u/me/{rest+} rest=x/y"),
            ],
        );
    }

    /// "API Gateway decodes URL-encoded request parameters before passing them"; `rawPath` is decoded.
    #[test]
    fn the_path_is_decoded() {
        check(
            EXAMPLE,
            Matching::STRICT,
            &[
                ("GET /pets%2Fdog%2F7", "GET /pets/dog/{id} id=7"),
                ("GET /pets/dog/%31", "GET /pets/dog/1"),
                ("GET /pets/dog/a%20b", "GET /pets/dog/{id} id=a b"),
                ("GET /pets/dog/a+b", "GET /pets/dog/{id} id=a+b"),
                ("GET /pets/dog/%C5%82", "GET /pets/dog/{id} id=ł"),
                ("GET /pets/dog/%FF", "GET /pets/dog/{id} id=\u{fffd}"),
                ("GET /pets/dog/50%25", "GET /pets/dog/{id} id=50%"),
                ("GET /pets/dog/%2541", "GET /pets/dog/{id} id=%41"),
                ("GET /pets/dog/%", "GET /pets/dog/{id} id=%"),
                ("GET /pets/dog/%zz", "GET /pets/dog/{id} id=%zz"),
            ],
        );
        check(
            EXAMPLE,
            Matching::ENCODED,
            &[
                ("GET /pets/dog%2F7", "GET /pets/{proxy+} proxy=dog/7"),
                ("GET /pets/dog/a%2Fb", "GET /pets/dog/{id} id=a/b"),
                ("GET /pets/dog/%31", "GET /pets/dog/{id} id=1"),
                ("GET /pets/dog/%2541", "GET /pets/dog/{id} id=%41"),
            ],
        );
    }

    /// Not documented: reports of users disagree.
    #[test]
    fn what_the_documentation_leaves_open_can_be_chosen() {
        check(
            EXAMPLE,
            Matching::STRICT,
            &[
                ("GET /pets/dog/1/", "GET /pets/{proxy+} proxy=dog/1/"),
                ("PUT /pets/dog/", "ANY /{proxy+} proxy=pets/dog/"),
                ("GET //", "ANY /{proxy+} proxy=/"),
            ],
        );
        check(
            EXAMPLE,
            Matching::LENIENT,
            &[
                ("GET /pets/dog/1/", "GET /pets/dog/1"),
                ("GET /pets//1", "GET /pets/{proxy+} proxy=/1"),
                ("PUT /pets/dog//", "PUT /pets/dog/{id} id="),
                ("GET /", "$default"),
            ],
        );
    }
}
