//! Routes for which API Gateway has no key of their own: requests for them come through `$default`.
//!
//! Input: a route. Output: why there is no key, that requests may come in past it, or whose key takes them. Deliberately absent: the keys
//! (`aws::gateway`).
//!
//! Source: API Gateway developer guide, "Create routes for HTTP APIs".

use crate::routes::pattern::{Segment, more_specific, overlaps, segments};
use crate::routes::{Method, Route};

/// Why a route gets no gateway key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoKey {
    /// A part of the path is not known.
    PathUnknown,
    /// A variable is only a part of a segment, for example `/{name}.png`.
    PartialSegment,
    /// TRACE and CONNECT are no methods of HTTP APIs.
    Method,
}

/// Whether API Gateway can have a key for the route; such a route can be reached only through `$default`.
pub fn no_key(route: &Route) -> Option<NoKey> {
    if matches!(route.method, Method::Trace | Method::Connect) {
        return Some(NoKey::Method);
    }
    if route.path.contains("{?}") {
        return Some(NoKey::PathUnknown);
    }
    let is_partial = |segment: &str| {
        let inner = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        inner.unwrap_or(segment).contains(['{', '}'])
    };
    route.path.split('/').any(is_partial).then_some(NoKey::PartialSegment)
}

/// Whether requests for the route may come through `$default`. A key cannot end in a slash, and nothing says whether a request whose path
/// does is sent to the key without it: so both functions answer.
pub fn may_be_default(route: &Route) -> bool {
    no_key(route).is_some() || ends_in_slash(route)
}

/// What tells gateway keys apart: the method, and the path without the names of variables and without a slash at its end. Two routes that
/// have it in common need one key, so they belong into one function. `None` where there is no key.
pub fn key_shape(route: &Route) -> Option<(Method, String)> {
    no_key(route).is_none().then(|| (route.method, shape(&route.path)))
}

fn shape(path: &str) -> String {
    let shapes = segments(path).map(|segment| match Segment::parse(segment) {
        Segment::Literal(text) => format!("/{text}"),
        Segment::Param(_) => "/{}".to_string(),
        Segment::Wildcard(_) => "/{+}".to_string(),
    });
    shapes.collect()
}

/// Whether a key takes requests of a route that can have no key of its own beside it. Of several keys for a request API Gateway takes the
/// most specific one.
pub fn takes(method: Method, path: &str, route: &Route) -> bool {
    match no_key(route) {
        // No request of this method comes through the API.
        Some(NoKey::Method) => false,
        Some(NoKey::PathUnknown | NoKey::PartialSegment) => {
            method.meets(route.method) && overlaps(path, &route.path) && !more_specific(path, &route.path)
        }
        None => method == route.method && shape(path) == shape(&route.path),
    }
}

/// Whether the path of a route ends in a slash that no key can have.
pub fn ends_in_slash(route: &Route) -> bool {
    route.path.len() > 1 && route.path.ends_with('/')
}
