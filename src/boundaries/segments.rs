//! What a path is about: its first telling static segment.

use crate::ordered::OrderedSet;

/// Service of health checks, the root page and the like.
pub(super) const SYSTEM: &str = "system";

/// First segments that say nothing about the subject.
const PREFIXES: &[&str] = &["api", "apis", "rest", "public", "v", "stage", "prod", "dev", "staging"];

/// First segments before the names of operations, as in `/rpc/orders.create`.
const RPC: &[&str] = &["rpc", "trpc", "twirp", "xrpc"];

/// First segments of routes that serve operation, not users.
const SYSTEM_WORDS: &[&str] = &[
    "health",
    "healthz",
    "healthcheck",
    "healthchecker",
    "health-check",
    "health_check",
    "healthy",
    "live",
    "livez",
    "liveness",
    "ready",
    "readyz",
    "readiness",
    "ping",
    "status",
    "version",
    "info",
    "metrics",
    "favicon.ico",
    "robots.txt",
    "openapi.json",
    "api-docs",
    "docs",
    "swagger",
    "swagger-ui",
    "_health",
];

/// Verbs of signing in that belong to one subject.
const AUTH_WORDS: &[&str] = &[
    "auth",
    "authenticate",
    "authorize",
    "login",
    "logout",
    "signin",
    "sign-in",
    "signout",
    "sign-out",
    "signup",
    "sign-up",
    "register",
    "oauth",
    "oauth2",
    "token",
    "refresh",
    "refresh-token",
];

/// The static segments of a path without version and API prefixes.
pub(super) fn telling(path: &str) -> Vec<&str> {
    let mut segments: Vec<&str> =
        path.split('/').filter(|segment| !segment.is_empty() && !segment.contains('{')).collect();
    while segments.len() > 1 && leads_on(segments[0]) {
        segments.remove(0);
    }
    segments
}

/// Whether a segment says nothing where another one follows, for example `v1`, `api` or `rpc`.
pub(super) fn leads_on(segment: &str) -> bool {
    says_nothing(segment) || RPC.contains(&segment)
}

/// Whether a segment is a version or an API prefix, for example `v1`, `api` or `2024-01-01`.
pub(super) fn says_nothing(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    let version = lower.strip_prefix('v').unwrap_or(&lower);
    PREFIXES.contains(&lower.as_str())
        || (version.starts_with(|c: char| c.is_ascii_digit())
            && version.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '_')))
}

/// The telling segments of a path without the one with which every path starts, and what says nothing after it.
pub(super) fn subject_segments<'a>(path: &'a str, skip: Option<&str>) -> Vec<&'a str> {
    let mut segments = telling(path);
    if segments.len() > 1 && skip == segments.first().copied() {
        segments.remove(0);
        while segments.len() > 1 && leads_on(segments[0]) {
            segments.remove(0);
        }
    }
    segments
}

/// The subject of a path, for example `users` for `/api/v1/users/{id}`. `skip` is a segment with which every path starts.
pub fn group_key(path: &str, skip: Option<&str>) -> String {
    key_of(&subject_segments(path, skip))
}

fn key_of(segments: &[&str]) -> String {
    let Some(first) = segments.first() else { return SYSTEM.to_string() };
    let key = super::names::kebab(first);
    if says_nothing(first) || SYSTEM_WORDS.contains(&first.to_ascii_lowercase().as_str()) || key.is_empty() {
        SYSTEM.to_string()
    } else if AUTH_WORDS.contains(&key.as_str()) {
        "auth".to_string()
    } else {
        key
    }
}

/// The telling segment after the one that names the subject, for example `endpoint` for `/app/{app_id}/endpoint/{id}`.
pub(super) fn part_of<'a>(path: &'a str, key: &str) -> Option<&'a str> {
    let segments = telling(path);
    let subject = |segment: &&str| singular(&super::names::kebab(segment)) == singular(key);
    let at = segments.iter().position(subject).map_or(1, |at| at + 1);
    segments.iter().skip(at).copied().find(|segment| !says_nothing(segment))
}

/// The segment with which every path about something starts, where each goes on with another telling one.
pub(super) fn common_first<'a>(paths: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut first: Option<&str> = None;
    let mut seconds: OrderedSet<&str> = OrderedSet::default();
    for segments in paths.map(telling).filter(|segments| key_of(segments) != SYSTEM) {
        let second = segments.get(1)?;
        if *first.get_or_insert(segments[0]) != segments[0] {
            return None;
        }
        seconds.insert(second);
    }
    first.filter(|_| seconds.len() > 1)
}

/// One spelling for singular and plural: `categories` and `category`, `users` and `user`.
pub(super) fn singular(key: &str) -> String {
    if let Some(stem) = key.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        format!("{stem}y")
    } else if let Some(stem) = key.strip_suffix('s').filter(|stem| stem.len() > 2 && !stem.ends_with('s')) {
        stem.to_string()
    } else {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_parameters_do_not_name_a_group() {
        for (path, key) in [
            ("/users/{id}", "users"),
            ("/api/v1/users", "users"),
            ("/v2/orderItems/{id}", "order-items"),
            ("/{tenant}/invoices", "invoices"),
            ("/", SYSTEM),
            ("/{id}", SYSTEM),
            ("/api", SYSTEM),
            ("/api/health", SYSTEM),
            ("/auth/login", "auth"),
            ("/login", "auth"),
            ("/healthy-recipes", "healthy-recipes"),
        ] {
            assert_eq!(group_key(path, None), key, "{path}");
        }
    }

    #[test]
    fn a_common_first_segment_is_skipped_only_when_each_path_goes_on() {
        assert_eq!(common_first(["/shop/users", "/shop/orders/{id}", "/health"].into_iter()), Some("shop"));
        assert_eq!(common_first(["/items", "/items/{id}/tags"].into_iter()), None);
        assert_eq!(common_first(["/items/a", "/items/a/{id}"].into_iter()), None);
        assert_eq!(group_key("/shop/v1/users", Some("shop")), "users");
    }

    #[test]
    fn the_part_of_a_path_comes_after_its_subject() {
        for (path, key, part) in [
            ("/app/{app_id}/endpoint/{id}/secret", "app", Some("endpoint")),
            ("/management/v1/warehouse/{id}", "management", Some("warehouse")),
            ("/shop/v1/users/me", "users", Some("me")),
            ("/users/{id}", "users", None),
        ] {
            assert_eq!(part_of(path, key), part, "{path}");
        }
    }

    #[test]
    fn singular_and_plural_are_one() {
        assert_eq!(singular("categories"), singular("category"));
        assert_eq!(singular("users"), singular("user"));
        assert_eq!(singular("address"), "address");
    }
}
