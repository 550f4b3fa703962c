//! Names for services and functions: kebab case, unique, never a word that Cargo or Rust takes for itself.

use super::segments::{leads_on, telling};
use crate::digest::hex;
use crate::ordered::UnorderedSet;
use crate::routes::{Method, Route};

/// Longest name before it is cut; AWS adds the stack name and a suffix and allows 64.
const LONGEST: usize = 40;

/// Words that a crate, a folder or the generated workspace already uses.
const RESERVED: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "crates",
    "deps",
    "do",
    "dyn",
    "edge",
    "else",
    "enum",
    "events",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "main",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "services",
    "shared",
    "static",
    "std",
    "struct",
    "super",
    "target",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "union",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// Whether a name can stand for a service or function: kebab case, from a letter, not reserved.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 60
        && !name.ends_with('-')
        && !name.contains("--")
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !RESERVED.contains(&name)
}

/// `orderItems` -> `order-items`, `user_id` -> `user-id`, `favicon.ico` -> `favicon-ico`. May come out empty.
pub fn kebab(text: &str) -> String {
    let mut name = String::new();
    let mut lower_before = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && lower_before {
                name.push('-');
            }
            name.push(c.to_ascii_lowercase());
            lower_before = c.is_ascii_lowercase() || c.is_ascii_digit();
        } else {
            lower_before = false;
            if !name.is_empty() && !name.ends_with('-') {
                name.push('-');
            }
        }
    }
    name.truncate(name.trim_end_matches('-').len());
    name
}

/// The kebab-case form of `text` that may name a service; `fallback` where nothing is left of it.
pub fn service_name(text: &str, fallback: &str) -> String {
    let mut name = shortened(&kebab(text));
    if name.is_empty() {
        name = fallback.to_string();
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name.insert_str(0, "s-");
    }
    if RESERVED.contains(&name.as_str()) {
        name.push_str("-service");
    }
    name
}

/// Hands out function names that do not repeat.
#[derive(Debug, Default)]
pub struct Names {
    taken: UnorderedSet<String>,
}

impl Names {
    pub fn take(&mut self, name: &str) {
        self.taken.insert(name.to_string());
    }

    pub fn is_free(&self, name: &str) -> bool {
        !self.taken.contains(name)
    }

    /// `wanted`, or `wanted-2`, `wanted-3` where it is taken.
    pub fn unique(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_string();
        let mut number = 1;
        while !self.taken.insert(name.clone()) {
            number += 1;
            name = format!("{wanted}-{number}");
        }
        name
    }

    /// The name of a function that holds one route: `get-users-id` for `GET /api/v1/users/{id}`, with the prefix where that is taken.
    pub fn for_route(&mut self, route: &Route) -> String {
        let short = route_name(route.method, &route.path, true);
        if self.taken.insert(short.clone()) {
            return short;
        }
        self.unique(&route_name(route.method, &route.path, false))
    }
}

fn route_name(method: Method, path: &str, skip_prefix: bool) -> String {
    let mut words = vec![method.as_str().to_ascii_lowercase()];
    let mut prefix = skip_prefix;
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        // The last static segment stays even if it says nothing.
        prefix = prefix && leads_on(segment) && telling(path) != [segment];
        if prefix {
            continue;
        }
        let word = kebab(segment);
        words.push(if word.is_empty() { "x".to_string() } else { word });
    }
    if words.len() == 1 {
        words.push("root".to_string());
    }
    // `GET /getUser` says it already.
    if words[1].strip_prefix(words[0].as_str()).is_some_and(|rest| rest.starts_with('-')) {
        words.remove(0);
    }
    shortened(&words.join("-"))
}

/// A long name is cut between words; four hex digits of its hash keep it apart from its like.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_string();
    }
    let hash = hex(name.as_bytes());
    let head = &name[..LONGEST - 5];
    let head = head.rfind('-').map_or(head, |at| &head[..at]);
    format!("{head}-{}", &hash[..4])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn function_names_say_method_and_path() {
        for (method, path, name) in [
            (Method::Get, "/users/{id}", "get-users-id"),
            (Method::Get, "/", "get-root"),
            (Method::Post, "/api/v1/orderItems/{itemId}/tags", "post-order-items-item-id-tags"),
            (Method::Any, "/files/{path+}", "any-files-path"),
            (Method::Get, "/api", "get-api"),
            (Method::Get, "/v1/{id}", "get-v1-id"),
            (Method::Get, "/api/getUser", "get-user"),
            (Method::Post, "/getUser", "post-get-user"),
            (Method::Get, "/get/{id}", "get-get-id"),
            (Method::Post, "/rpc/orders.create", "post-orders-create"),
            (Method::Post, "/rpc", "post-rpc"),
        ] {
            assert_eq!(route_name(method, path, true), name, "{path}");
        }
    }

    #[test]
    fn long_names_are_cut_between_words_and_stay_apart() {
        let a = route_name(Method::Get, "/customers/{customer_id}/subscriptions/{subscription_id}/a", true);
        let b = route_name(Method::Get, "/customers/{customer_id}/subscriptions/{subscription_id}/b", true);
        assert!(a.len() <= LONGEST && a.starts_with("get-customers-customer-id"), "{a}");
        assert_ne!(a, b);
        assert!(is_name(&a));
    }

    #[test]
    fn names_do_not_repeat() {
        let mut names = Names::default();
        assert_eq!(names.unique("get-users"), "get-users");
        assert_eq!(names.unique("get-users"), "get-users-2");
    }

    #[test]
    fn words_of_rust_and_cargo_name_no_service() {
        for word in ["type", "core", "edge", "main", "shared", "3d", "Ünicode", ""] {
            assert!(is_name(&service_name(word, "service")), "{word}");
        }
        for word in ["Users", "a_b", "-a", "a-", "a--b", "../x", "type", ""] {
            assert!(!is_name(word), "{word}");
        }
    }
}
