//! Values of answers that may differ although nothing is wrong: what they are, and answers without them.
//!
//! Input: rules that people declared, and answers of both sides. Output: answers in which such a value is replaced by a name. Nothing is
//! left out that was not declared, but for the header `date`. Values that a step saved for later ones stand for themselves: the same
//! name on both sides.
//!
//! Sources: RFC 9562 (form of a UUID), RFC 3339 (times), RFC 6901 (JSON pointers).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::aws::Call;
use super::event::Answer;
use super::requests::Values;

/// Shorter saved values would be found by chance.
const SHORTEST_SAVED: usize = 4;

/// What may differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Volatile {
    headers: BTreeSet<String>,
    cookies: BTreeSet<String>,
    /// Each the keys of a pointer; `*` stands for any.
    pointers: BTreeSet<Vec<String>>,
    /// The same, into parameters of calls.
    of_calls: BTreeSet<Vec<String>>,
    /// Of lists whose order may differ; no keys for a body that is one.
    orders: BTreeSet<Vec<String>>,
    uuids: bool,
    times: bool,
}

impl Volatile {
    /// Adds a rule; or says what it could be.
    pub(super) fn add(&mut self, rule: &str) -> Result<(), String> {
        let of = |kind: &str| rule.strip_prefix(kind).filter(|rest| !rest.is_empty());
        if let Some(name) = of("header:") {
            self.headers.insert(name.to_lowercase());
        } else if let Some(name) = of("cookie:") {
            self.cookies.insert(name.to_string());
        } else if let Some(pointer) = of("json:").filter(|pointer| pointer.starts_with('/')) {
            self.pointers.insert(keys_of(pointer));
        } else if let Some(pointer) = of("call:").filter(|pointer| pointer.starts_with('/')) {
            self.of_calls.insert(keys_of(pointer));
        } else if let Some(pointer) =
            rule.strip_prefix("order:").filter(|pointer| pointer.is_empty() || pointer.starts_with('/'))
        {
            self.orders.insert(keys_of(pointer));
        } else if rule == "uuid" {
            self.uuids = true;
        } else if rule == "time" {
            self.times = true;
        } else {
            return Err(format!(
                "`{rule}` says nothing that may differ: give `header:NAME`, `cookie:NAME`, `json:/POINTER`, `call:/POINTER`, `order:/POINTER`, `uuid` or `time`"
            ));
        }
        Ok(())
    }

    /// The rules as they are declared, sorted.
    pub(super) fn rules(&self) -> Vec<String> {
        let mut all: Vec<String> = self.headers.iter().map(|name| format!("header:{name}")).collect();
        all.extend(self.cookies.iter().map(|name| format!("cookie:{name}")));
        all.extend(self.pointers.iter().map(|keys| format!("json:{}", shown(keys))));
        all.extend(self.of_calls.iter().map(|keys| format!("call:{}", shown(keys))));
        all.extend(self.orders.iter().map(|keys| format!("order:{}", shown(keys))));
        all.extend(self.uuids.then(|| "uuid".to_string()));
        all.extend(self.times.then(|| "time".to_string()));
        all.sort();
        all
    }
}

/// What was replaced on one side of a group, so that the same value has the same name.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    uuids: BTreeMap<String, usize>,
}

impl Volatile {
    /// An answer without what may differ. `saved` has the values of this side's earlier answers.
    pub(super) fn without(&self, answer: &Answer, names: &mut Names, saved: &Values) -> Answer {
        let mut answer = answer.clone();
        answer.headers.remove("date");
        for (name, value) in &mut answer.headers {
            *value = if self.headers.contains(name) {
                "<volatile>".to_string()
            } else {
                self.text(value, names, saved)
            };
        }
        for cookie in &mut answer.cookies {
            let name = cookie.split('=').next().unwrap_or_default().trim();
            *cookie = if self.cookies.contains(name) {
                let rest = cookie.find(';').map_or("", |at| &cookie[at..]);
                format!("{name}=<volatile>{rest}")
            } else {
                self.text(cookie, names, saved)
            };
        }
        if !(self.pointers.is_empty() && self.orders.is_empty())
            && let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body)
        {
            let mut found = false;
            for pointer in &self.pointers {
                found |= replaced_at(&mut body, pointer);
            }
            for pointer in &self.orders {
                found |= at(&mut body, pointer, &mut |list| self.sort(list, names, saved));
            }
            // Bytes count where nothing was replaced.
            if found {
                answer.body = body.to_string().into_bytes();
            }
        }
        if let Ok(text) = std::str::from_utf8(&answer.body) {
            let without = self.text(text, names, saved);
            if without != text {
                answer.body = without.into_bytes();
            }
        }
        answer
    }

    /// Calls without what may differ.
    pub(super) fn without_in(&self, calls: &[Call], names: &mut Names, saved: &Values) -> Vec<Call> {
        let without = calls.iter().map(|call| {
            let mut call = call.clone();
            for pointer in &self.of_calls {
                replaced_at(&mut call.parameters, pointer);
            }
            self.texts(&mut call.parameters, names, saved);
            call
        });
        without.collect()
    }

    /// Every text in a value.
    fn texts(&self, value: &mut Value, names: &mut Names, saved: &Values) {
        match value {
            Value::String(text) => *text = self.text(text, names, saved),
            Value::Array(values) => values.iter_mut().for_each(|value| self.texts(value, names, saved)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.texts(value, names, saved)),
            _ => {}
        }
    }

    /// Sorts a list by what its elements are without what may differ. Elements that differ in nothing but UUIDs that were never seen
    /// stay as they are: these get their names from their place.
    fn sort(&self, value: &mut Value, names: &Names, saved: &Values) -> bool {
        let Value::Array(elements) = value else { return false };
        elements.sort_by_cached_key(|element| {
            self.text_by(&element.to_string(), saved, &mut |uuid| names.uuids.get(uuid).copied())
        });
        true
    }

    fn text(&self, text: &str, names: &mut Names, saved: &Values) -> String {
        self.text_by(text, saved, &mut |uuid| {
            let next = names.uuids.len() + 1;
            Some(*names.uuids.entry(uuid.to_string()).or_insert(next))
        })
    }

    fn text_by(&self, text: &str, saved: &Values, number: &mut dyn FnMut(&str) -> Option<usize>) -> String {
        let mut text = text.to_string();
        for (name, value) in saved.iter().filter(|(_, value)| value.len() >= SHORTEST_SAVED) {
            text = text.replace(value.as_str(), &format!("${{{name}}}"));
        }
        if self.uuids {
            text = replaced(&text, uuid_at, |uuid| match number(&uuid.to_lowercase()) {
                Some(number) => format!("<uuid {number}>"),
                None => "<uuid>".to_string(),
            });
        }
        if self.times {
            text = replaced(&text, time_at, |_| "<time>".to_string());
        }
        text
    }
}

fn keys_of(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect()
}

/// Replaces what a pointer leads to; whether it leads anywhere.
fn replaced_at(value: &mut Value, pointer: &[String]) -> bool {
    at(value, pointer, &mut |value| {
        *value = Value::String("<volatile>".to_string());
        true
    })
}

/// Changes what a pointer leads to; whether anything was changed.
fn at(value: &mut Value, pointer: &[String], change: &mut dyn FnMut(&mut Value) -> bool) -> bool {
    let Some((key, rest)) = pointer.split_first() else { return change(value) };
    let mut found = false;
    match value {
        Value::Object(fields) => {
            for (_, inner) in fields.iter_mut().filter(|(own, _)| key == "*" || *own == key) {
                found |= at(inner, rest, change);
            }
        }
        Value::Array(elements) => {
            for (place, inner) in elements.iter_mut().enumerate() {
                if key == "*" || *key == place.to_string() {
                    found |= at(inner, rest, change);
                }
            }
        }
        _ => {}
    }
    found
}

/// A text in which whatever `length_at` finds is replaced.
fn replaced(text: &str, length_at: fn(&[u8]) -> Option<usize>, mut by: impl FnMut(&str) -> String) -> String {
    let mut all = String::new();
    let mut kept = 0;
    let mut at = 0;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        // Only at the beginning of a word: both are ASCII, so the slices are at borders of characters.
        let begins = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        match length_at(&bytes[at..]).filter(|_| begins) {
            Some(length) => {
                all.push_str(&text[kept..at]);
                all.push_str(&by(&text[at..at + length]));
                at += length;
                kept = at;
            }
            None => at += 1,
        }
    }
    all.push_str(&text[kept..]);
    all
}

/// The length of a UUID at the beginning.
fn uuid_at(text: &[u8]) -> Option<usize> {
    let uuid = text.get(..36)?;
    let fits = uuid.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    (fits && !text.get(36).is_some_and(u8::is_ascii_alphanumeric)).then_some(36)
}

/// The length of a time of RFC 3339 at the beginning: `2026-01-01T00:00:00.123Z`.
fn time_at(text: &[u8]) -> Option<usize> {
    let whole = text.get(..19)?;
    let fits = whole.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        10 => matches!(byte, b'T' | b't' | b' '),
        13 | 16 => *byte == b':',
        _ => byte.is_ascii_digit(),
    });
    if !fits {
        return None;
    }
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut length = 19;
    if text.get(length) == Some(&b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    match text.get(length) {
        Some(b'Z' | b'z') => Some(length + 1),
        Some(b'+' | b'-') if digits(length + 1) == 2 && text.get(length + 3) == Some(&b':') => {
            (digits(length + 4) == 2).then_some(length + 6)
        }
        _ => Some(length),
    }
}

/// A pointer of its keys.
pub(super) fn shown(keys: &[String]) -> String {
    let escaped = keys.iter().map(|key| key.replace('~', "~0").replace('/', "~1"));
    escaped.fold(String::new(), |all, key| all + "/" + &key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)], cookies: &[&str], body: &str) -> Answer {
        Answer {
            status: 200,
            headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            cookies: cookies.iter().map(ToString::to_string).collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[track_caller]
    fn check(rules: &[&str], body: &str, expect: &str) {
        let mut volatile = Volatile::default();
        rules.iter().for_each(|rule| volatile.add(rule).unwrap());
        let without = volatile.without(&answer(&[], &[], body), &mut Names::default(), &Values::new());
        assert_eq!(String::from_utf8(without.body).unwrap(), expect);
    }

    #[test]
    fn only_what_is_declared_is_replaced() {
        let body = r#"{"id": "3f2b8c1e-0000-4000-8000-0123456789ab", "at": "2026-01-01T10:00:00Z"}"#;
        check(&[], body, body);
        check(&["json:/other"], body, body);
        check(&["uuid"], body, r#"{"id": "<uuid 1>", "at": "2026-01-01T10:00:00Z"}"#);
        check(&["time"], body, r#"{"id": "3f2b8c1e-0000-4000-8000-0123456789ab", "at": "<time>"}"#);
        check(&["json:/at"], body, r#"{"at":"<volatile>","id":"3f2b8c1e-0000-4000-8000-0123456789ab"}"#);
        check(
            &["json:/*/a"],
            r#"[{"a":1,"b":2},{"a":3}]"#,
            r#"[{"a":"<volatile>","b":2},{"a":"<volatile>"}]"#,
        );
        check(&["json:/a~1b"], r#"{"a/b":1}"#, r#"{"a/b":"<volatile>"}"#);
        assert!(Volatile::default().add("id").is_err_and(|why| why.contains("json:/POINTER")));
    }

    #[test]
    fn the_same_uuid_has_the_same_name() {
        let (one, other) = ("3f2b8c1e-0000-4000-8000-0123456789ab", "00000000-0000-4000-8000-000000000001");
        check(&["uuid"], &format!("{other} {one} {other}"), "<uuid 1> <uuid 2> <uuid 1>");
        check(&["uuid"], &format!("x{one} {one}0"), &format!("x{one} {one}0"));
    }

    /// A list in another order is the same, each of its elements has to be there as often.
    #[test]
    fn the_order_of_a_list_may_differ() {
        check(&["order:/a"], r#"{"a": [3, 1, 2], "b": [2, 1]}"#, r#"{"a":[1,2,3],"b":[2,1]}"#);
        check(&["order:"], r#"[{"a": [2, 1]}, {"a": [1]}]"#, r#"[{"a":[1]},{"a":[2,1]}]"#);
        check(&["order:/*/a"], r#"[{"a": [2, 1]}, {"a": 1}]"#, r#"[{"a":[1,2]},{"a":1}]"#);
        check(&["order:/b"], r#"{"a": [3, 1]}"#, r#"{"a": [3, 1]}"#);
        assert!(Volatile::default().add("order:a").is_err());
        let mut volatile = Volatile::default();
        volatile.add("order:").unwrap();
        volatile.add("uuid").unwrap();
        let (one, other) = ("3f2b8c1e-0000-4000-8000-0123456789ab", "00000000-0000-4000-8000-000000000001");
        // Each side makes ids of its own, in any order: the first that was seen is the first one.
        let of = |first: &str, bodies: [String; 2]| {
            let mut names = Names::default();
            volatile.without(&answer(&[], &[], first), &mut names, &Values::new());
            bodies.map(|body| volatile.without(&answer(&[], &[], &body), &mut names, &Values::new()).body)
        };
        let body = |one: &str, other: &str| format!(r#"["{one}", "{other}"]"#);
        assert_eq!(
            of(one, [body(one, other), body(other, one)]),
            of(other, [body(one, other), body(other, one)])
        );
    }

    #[test]
    fn times_have_many_forms() {
        for time in ["2026-01-01T10:00:00Z", "2026-01-01T10:00:00.123+02:00", "2026-01-01 10:00:00"] {
            check(&["time"], &format!("at {time}, ł"), "at <time>, ł");
        }
        check(&["time"], "2026-01-01", "2026-01-01");
    }

    #[test]
    fn headers_cookies_and_saved_values_are_replaced() {
        let mut volatile = Volatile::default();
        volatile.add("header:X-Request-Id").unwrap();
        volatile.add("cookie:session").unwrap();
        let saved =
            Values::from([("id".to_string(), "item-9".to_string()), ("n".to_string(), "1".to_string())]);
        let headers = [("date", "now"), ("x-request-id", "1"), ("location", "/items/item-9")];
        let before = answer(&headers, &["session=abc; Path=/", "theme=dark"], "item-9 1");
        let without = volatile.without(&before, &mut Names::default(), &saved);
        let expect = [("location", "/items/${id}"), ("x-request-id", "<volatile>")];
        assert_eq!(without, answer(&expect, &["session=<volatile>; Path=/", "theme=dark"], "${id} 1"));
        assert_eq!(volatile.rules(), ["cookie:session", "header:x-request-id"]);
    }
}
