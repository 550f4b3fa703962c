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
mod tests;
