//! Two answers to the same request: what differs, and why that may be.
//!
//! Input: what both sides answered, without what may differ. Output: the parts that differ as texts, and the likely cause. Deliberately
//! absent: what may differ (`volatile`).

use serde_json::Value;

use super::application::Outcome;
use super::event::{Answer, Request};

/// A part of two answers that is not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `status`, `header allow`, `cookies`, `body` or `calls`.
    pub what: String,
    /// Empty where the side does not have it.
    pub monolith: String,
    pub split: String,
}

/// Why answers differ, as far as can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    pub kind: CauseKind,
    /// A sentence with the next step.
    pub text: String,
}

/// Kinds of causes, the more certain first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CauseKind {
    /// A stub answered for the handler of another function.
    Misrouted,
    /// The role of the function does not allow what it did.
    Denied,
    /// The function gave no answer: it crashed, hung or returned what is none.
    Failed,
    /// No key of the gateway takes the request.
    NoKey,
    /// The program itself answers otherwise each time.
    Volatile,
    /// Another status.
    Status,
    /// A header or a cookie.
    Header,
    /// The body.
    Body,
    /// Calls of AWS.
    Calls,
}

impl CauseKind {
    /// A word for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Misrouted => "misrouted",
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::NoKey => "no-key",
            Self::Volatile => "volatile",
            Self::Status => "status",
            Self::Header => "header",
            Self::Body => "body",
            Self::Calls => "calls",
        }
    }
}

/// What differs; nothing where the answers are the same.
pub(super) fn parts(monolith: &Answer, split: &Answer) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |what: String, monolith: String, split: String| parts.push(Part { what, monolith, split });
    if monolith.status != split.status {
        add("status".to_string(), monolith.status.to_string(), split.status.to_string());
    }
    let mut names: Vec<&String> = monolith.headers.keys().chain(split.headers.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let (before, now) = (monolith.headers.get(name), split.headers.get(name));
        if before != now {
            let text = |value: Option<&String>| value.cloned().unwrap_or_default();
            add(format!("header {name}"), text(before), text(now));
        }
    }
    if monolith.cookies != split.cookies {
        add("cookies".to_string(), monolith.cookies.join("\n"), split.cookies.join("\n"));
    }
    if monolith.body != split.body {
        add("body".to_string(), readable(&monolith.body, &split.body), readable(&split.body, &monolith.body));
    }
    parts
}

/// A body as text: JSON in lines where the other is JSON too and differs in that, bytes as they are where it is none.
fn readable(body: &[u8], other: &[u8]) -> String {
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    match (json(body), json(other)) {
        (Some(own), Some(theirs)) if own != theirs => {
            serde_json::to_string_pretty(&own).expect("it was JSON before")
        }
        _ => match std::str::from_utf8(body) {
            Ok(text) => text.to_string(),
            Err(_) => format!("{} bytes: {}", body.len(), body.escape_ascii()),
        },
    }
}

/// What is known of a difference.
pub(super) struct Known<'a> {
    pub(super) request: &'a Request,
    pub(super) monolith: &'a Outcome,
    pub(super) split: &'a Outcome,
    pub(super) parts: &'a [Part],
    /// Name of the split's function.
    pub(super) function: Option<&'a str>,
    /// What the function printed meanwhile.
    pub(super) log: &'a [String],
    /// Whether a stub of it ran.
    pub(super) is_misrouted: bool,
    /// What the roles do not allow: sentences.
    pub(super) denied: &'a [String],
}

/// The likely cause of a difference.
pub(super) fn cause(known: &Known<'_>) -> Cause {
    let of = |kind: CauseKind, text: String| Cause { kind, text };
    let Known { request, monolith, split, .. } = known;
    let shown = format!("{} {}", request.method, request.path());
    let key = split.key.as_deref().unwrap_or("none");
    let Some(function) = known.function else {
        let text = if split.key.is_none() {
            format!(
                "no key of the gateway takes `{shown}`, and there is no `$default`: look for its key in the template"
            )
        } else {
            "the gateway answered by itself: --monolith gives a program for what stays".to_string()
        };
        return of(CauseKind::NoKey, text);
    };
    if known.is_misrouted {
        let text = format!(
            "the key `{key}` leads to `{function}`, which has a stub for `{shown}`: a key is missing, or leads to the wrong function"
        );
        return of(CauseKind::Misrouted, text);
    }
    if let Some(denied) = known.denied.first() {
        return of(CauseKind::Denied, format!("{denied}: the role lacks it, or the resource is another one"));
    }
    if let Some(why) = &split.failed {
        let panicked = known.log.iter().find(|line| line.contains("panicked at"));
        let hint = panicked.map_or_else(
            || missing_variable(known.log).unwrap_or_else(|| "its log says more".to_string()),
            |line| format!("it {}", line.trim()),
        );
        return of(CauseKind::Failed, format!("`{function}` gave no answer: {why}; {hint}"));
    }
    if let Some(why) = &monolith.failed {
        return of(CauseKind::Failed, format!("the program gave no answer, but `{function}` did: {why}"));
    }
    let has = |what: &str| known.parts.iter().find(|part| part.what == what);
    if let Some(status) = has("status") {
        let text = match (status.monolith.as_str(), status.split.as_str()) {
            (_, "404") => format!(
                "`{function}`, which the key `{key}` leads to, knows no route for the path, or what it looks for is not there"
            ),
            ("404", _) => format!(
                "`{function}` has a route for the path that the program does not have, or lost a fallback"
            ),
            (_, "405") => format!("`{function}` has the path and not the method"),
            ("405", _) => format!(
                "`{function}` has a method that the program does not have, or lost a fallback for methods"
            ),
            ("413", _) | (_, "413") => {
                format!(
                    "the limit for bodies is another in `{function}`: compare `DefaultBodyLimit` around the route"
                )
            }
            ("401" | "403", _) | (_, "401" | "403") => {
                format!(
                    "`{function}` decides otherwise who may ask: compare the layers around the route, and the permissions of its role"
                )
            }
            (_, "500" | "502" | "503") => {
                let hint = missing_variable(known.log).unwrap_or_else(|| "its log may say why".to_string());
                format!("`{function}` fails where the program does not: {hint}")
            }
            _ => format!(
                "`{function}` does something else than the program: compare the handler and its layers"
            ),
        };
        return of(CauseKind::Status, text);
    }
    if let Some(header) =
        known.parts.iter().find(|part| part.what.starts_with("header ") || part.what == "cookies")
    {
        let text = match (header.what.as_str(), header.monolith.is_empty(), header.split.is_empty()) {
            ("header allow", ..) => format!(
                "`{function}` does not know all methods of the path: its skeleton lost or gained a route"
            ),
            (what, false, true) => {
                format!("`{function}` lost what sets the {what}: compare the layers around the route")
            }
            (what, true, false) => format!(
                "`{function}` has something more that sets the {what}: compare the layers around the route"
            ),
            (what, ..) => format!(
                "`{function}` sets the {what} otherwise: compare the order of the layers, the variables and the handler"
            ),
        };
        return of(CauseKind::Header, text);
    }
    if known.parts.iter().all(|part| part.what == "calls") {
        let text = format!(
            "`{function}` answers like the program, and does something else: compare the handler and its layers"
        );
        return of(CauseKind::Calls, text);
    }
    let text = format!(
        "`{function}` has other data or another handler: state that was shared in one process is not shared any more, \
         an earlier request of the group had another effect, or a variable has another value"
    );
    of(CauseKind::Body, text)
}

/// A sentence about what a program answers otherwise each time, with the arguments that declare it.
pub(super) fn declare(arguments: &str) -> String {
    format!("the program itself answers otherwise each time; where that is meant, declare it: {arguments}")
}

/// A sentence about a variable that a log says is not set.
fn missing_variable(log: &[String]) -> Option<String> {
    let of = ["environment variable not found", "NotPresent", "must be set", "is not set"];
    let line = log.iter().find(|line| of.iter().any(|words| line.contains(words)))?;
    Some(format!("a variable is missing ({})", line.trim()))
}

/// A place in two JSON values where they differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Differing {
    /// Keys of a pointer, with `*` for places in lists; none where all of it differs.
    pub(super) keys: Vec<String>,
    /// Whether it is a list that has the same elements in another order.
    pub(super) is_order: bool,
}

/// Where two JSON bodies differ; `None` where one is no JSON.
pub(super) fn pointers(one: &[u8], other: &[u8]) -> Option<Vec<Differing>> {
    let one: Value = serde_json::from_slice(one).ok()?;
    let other: Value = serde_json::from_slice(other).ok()?;
    Some(pointers_of(&one, &other))
}

/// Where two values differ.
pub(super) fn pointers_of(one: &Value, other: &Value) -> Vec<Differing> {
    let mut found = Vec::new();
    differing(one, other, &mut Vec::new(), &mut found);
    found.sort();
    found.dedup();
    found
}

fn differing(one: &Value, other: &Value, path: &mut Vec<String>, found: &mut Vec<Differing>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) if one.keys().eq(other.keys()) => {
            for (key, inner) in one {
                path.push(key.clone());
                differing(inner, &other[key], path, found);
                path.pop();
            }
        }
        (Value::Array(one), Value::Array(other)) if one != other && sorted(one) == sorted(other) => {
            found.push(Differing { keys: path.clone(), is_order: true });
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (inner, theirs) in one.iter().zip(other) {
                path.push("*".to_string());
                differing(inner, theirs, path, found);
                path.pop();
            }
        }
        _ if one != other => found.push(Differing { keys: path.clone(), is_order: false }),
        _ => {}
    }
}

fn sorted(elements: &[Value]) -> Vec<String> {
    let mut texts: Vec<String> = elements.iter().map(Value::to_string).collect();
    texts.sort();
    texts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers: BTreeMap<String, String> =
            headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Answer { status, headers, cookies: Vec::new(), body: body.as_bytes().to_vec() }
    }

    fn shown(one: &Answer, other: &Answer) -> Vec<String> {
        let parts = parts(one, other);
        parts.into_iter().map(|part| format!("{}: {} | {}", part.what, part.monolith, part.split)).collect()
    }

    #[test]
    fn each_part_that_differs_is_named() {
        let one = answer(200, &[("allow", "GET"), ("x-a", "1")], "a");
        assert_eq!(shown(&one, &one), Vec::<String>::new());
        let other = answer(404, &[("allow", "GET,HEAD"), ("x-b", "2")], "b");
        let expect = [
            "status: 200 | 404",
            "header allow: GET | GET,HEAD",
            "header x-a: 1 | ",
            "header x-b:  | 2",
            "body: a | b",
        ];
        assert_eq!(shown(&one, &other), expect);
    }

    /// The same JSON in other bytes is another answer, and is shown as it is.
    #[test]
    fn bytes_count() {
        let (one, other) = (answer(200, &[], r#"{"a":1,"b":2}"#), answer(200, &[], r#"{"b":2,"a":1}"#));
        assert_eq!(shown(&one, &other), [r#"body: {"a":1,"b":2} | {"b":2,"a":1}"#]);
        let lines = shown(&one, &answer(200, &[], r#"{"a":2}"#));
        assert_eq!(lines, ["body: {\n  \"a\": 1,\n  \"b\": 2\n} | {\n  \"a\": 2\n}"]);
        let mut bytes = answer(200, &[], "");
        bytes.body = vec![0xff, b'a'];
        assert_eq!(shown(&bytes, &answer(200, &[], "a")), [r"body: 2 bytes: \xffa | a"]);
    }

    #[test]
    fn places_in_lists_are_any_place() {
        let of = |one: &str, other: &str| {
            pointers(one.as_bytes(), other.as_bytes())
                .map(|all| all.iter().map(|found| found.keys.join("/")).collect::<Vec<_>>())
        };
        let found =
            of(r#"[{"id": 1, "at": 2}, {"id": 3, "at": 2}]"#, r#"[{"id": 4, "at": 2}, {"id": 5, "at": 2}]"#);
        assert_eq!(found, Some(vec!["*/id".to_string()]));
        assert_eq!(of("[1]", "[1, 2]"), Some(vec![String::new()]));
        assert_eq!(of("no", "[]"), None);
        let order = pointers(br#"{"a": [1, 2]}"#, br#"{"a": [2, 1]}"#);
        assert_eq!(order, Some(vec![Differing { keys: vec!["a".to_string()], is_order: true }]));
    }
}
