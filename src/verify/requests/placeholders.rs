//! Values that a step takes from answers before it.
//!
//! Input: an answer and the places in it that are kept; a step with `${name}` in it. Output: the values, and the request without
//! placeholders. Each side of a comparison has its own values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Step, target};
use crate::verify::event::{Answer, Request};

/// Values by name.
pub(in crate::verify) type Values = BTreeMap<String, String>;

/// A place in an answer whose value is kept under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::verify) struct Saved {
    pub(in crate::verify) name: String,
    place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// A pointer into the body. Source: RFC 6901.
    Json(String),
    Header(String),
    Cookie(String),
    /// The whole body as text.
    Body,
}

impl Saved {
    pub(super) fn parse(name: &str, place: &str) -> Result<Self, String> {
        if name.is_empty() || name.contains(['{', '}', '$']) {
            return Err(format!("`{name}` is no name for a value"));
        }
        let place_of = |kind: &str| place.strip_prefix(kind).filter(|rest| !rest.is_empty());
        let found = if place == "body" {
            Place::Body
        } else if let Some(header) = place_of("header:") {
            Place::Header(header.to_lowercase())
        } else if let Some(cookie) = place_of("cookie:") {
            Place::Cookie(cookie.to_string())
        } else if place.starts_with('/') {
            Place::Json(place.to_string())
        } else {
            return Err(format!(
                "`{place}` is no place in an answer: give a JSON pointer (`/id`), `header:NAME`, `cookie:NAME` or `body`"
            ));
        };
        Ok(Self { name: name.to_string(), place: found })
    }

    /// As it stands in a file.
    pub(super) fn place(&self) -> String {
        match &self.place {
            Place::Json(pointer) => pointer.clone(),
            Place::Header(name) => format!("header:{name}"),
            Place::Cookie(name) => format!("cookie:{name}"),
            Place::Body => "body".to_string(),
        }
    }

    /// The value in an answer.
    pub(in crate::verify) fn of(&self, answer: &Answer) -> Option<String> {
        match &self.place {
            Place::Json(pointer) => {
                let body: Value = serde_json::from_slice(&answer.body).ok()?;
                match body.pointer(pointer)? {
                    Value::String(text) => Some(text.clone()),
                    Value::Null => None,
                    other => Some(other.to_string()),
                }
            }
            Place::Header(name) => answer.headers.get(name).cloned(),
            Place::Cookie(name) => answer.cookies.iter().find_map(|cookie| {
                let (own, value) = cookie.split(';').next()?.split_once('=')?;
                (own.trim() == name).then(|| value.trim().to_string())
            }),
            Place::Body => String::from_utf8(answer.body.clone()).ok(),
        }
    }
}

impl Step {
    /// Names of the values that its request has placeholders for.
    pub(in crate::verify) fn wants(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        if self.fills {
            let Request { target, headers, body, .. } = &self.request;
            let texts = headers.iter().map(|(_, value)| value.as_str()).chain([target.as_str()]);
            for text in texts.chain(std::str::from_utf8(body)) {
                let _ = replaced(text, &mut |name| {
                    names.insert(name.to_string());
                    Some("")
                });
            }
        }
        names
    }

    /// The request with its values; or the name of one that no answer gave.
    pub(in crate::verify) fn filled(&self, values: &Values) -> Result<Request, String> {
        if !self.fills {
            return Ok(self.request.clone());
        }
        let mut request = self.request.clone();
        request.target = target(&filled(&request.target, values)?);
        for (_, value) in &mut request.headers {
            *value = filled(value, values)?;
        }
        if let Ok(text) = std::str::from_utf8(&request.body) {
            request.body = filled(text, values)?.into_bytes();
        }
        Ok(request)
    }
}

fn filled(text: &str, values: &Values) -> Result<String, String> {
    replaced(text, &mut |name| values.get(name).map(String::as_str))
}

/// A text with `${name}` replaced; `$${` stands for `${`. An error is the name that nothing stands for.
fn replaced<'v>(text: &str, value: &mut dyn FnMut(&str) -> Option<&'v str>) -> Result<String, String> {
    let mut all = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            all.push_str(&rest[..at]);
            all.push('{');
            rest = &rest[at + 2..];
            continue;
        }
        all.push_str(&rest[..at]);
        let inner = &rest[at + 2..];
        let Some(end) = inner.find('}') else {
            all.push_str(&rest[at..]);
            return Ok(all);
        };
        let name = &inner[..end];
        all.push_str(value(name).ok_or_else(|| name.to_string())?);
        rest = &inner[end + 1..];
    }
    all.push_str(rest);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_values() {
        let values = Values::from([("id".to_string(), "7".to_string())]);
        for (text, expect) in [
            ("/a/${id}/b/${id}", Ok("/a/7/b/7")),
            ("$${id} ${id}", Ok("${id} 7")),
            ("${id", Ok("${id")),
            ("no $ here", Ok("no $ here")),
            ("${other}", Err("other")),
        ] {
            let expect = expect.map(str::to_string).map_err(str::to_string);
            assert_eq!(filled(text, &values), expect, "{text}");
        }
    }

    #[test]
    fn values_are_taken_from_where_they_are_said_to_be() {
        let answer = Answer {
            status: 201,
            headers: BTreeMap::from([("location".to_string(), "/a/7".to_string())]),
            cookies: vec!["session=abc; Path=/".to_string()],
            body: br#"{"id": 7, "items": [{"name": "x"}], "none": null}"#.to_vec(),
        };
        let of = |place: &str| Saved::parse("v", place).map(|saved| saved.of(&answer));
        assert_eq!(of("/id"), Ok(Some("7".to_string())));
        assert_eq!(of("/items/0/name"), Ok(Some("x".to_string())));
        assert_eq!(of("/none"), Ok(None));
        assert_eq!(of("/items/1"), Ok(None));
        assert_eq!(of("header:Location"), Ok(Some("/a/7".to_string())));
        assert_eq!(of("cookie:session"), Ok(Some("abc".to_string())));
        assert_eq!(of("cookie:other"), Ok(None));
        assert!(of("body").is_ok_and(|body| body.is_some_and(|body| body.starts_with('{'))));
        assert!(of("id").is_err_and(|why| why.contains("JSON pointer")));
        assert!(Saved::parse("a}", "/id").is_err());
    }
}
