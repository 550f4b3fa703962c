//! Texts: methods of strings, and `format!`.

use std::rc::Rc;

use super::Interp;
use crate::resolve::Namespace;
use crate::routes::value::{RUN_TIME, Value};
use crate::syntax::Name;
use crate::syntax::ast::MacroArg;

/// Longer texts are cut: no path is near it.
const MAX_LEN: usize = 10_000;

/// The text after a method that changes it in place; what is not followed leaves nothing known.
pub(super) fn changed<'p>(text: &str, name: &str, args: &[Value<'p>]) -> Option<Value<'p>> {
    let part = |arg: &Value<'p>| match arg {
        Value::Text(arg) => arg.to_string(),
        _ => RUN_TIME.to_string(),
    };
    Some(match (name, args) {
        ("push_str" | "push", [end]) => cut(format!("{text}{}", part(end))),
        ("insert_str" | "insert", [Value::Text(at), start]) if &**at == "0" => {
            cut(format!("{}{text}", part(start)))
        }
        ("clear", []) => Value::text(""),
        (
            "insert_str"
            | "insert"
            | "remove"
            | "pop"
            | "truncate"
            | "retain"
            | "drain"
            | "replace_range"
            | "extend"
            | "write_str"
            | "write_fmt"
            | "write_char"
            | "make_ascii_lowercase"
            | "make_ascii_uppercase",
            _,
        ) => Value::text(RUN_TIME.to_string()),
        _ => return None,
    })
}

impl<'p> Interp<'p> {
    #[expect(clippy::unused_self, reason = "reads like its neighbours")]
    pub(super) fn text_method(&mut self, text: &Rc<str>, name: &str, args: &[Value<'p>]) -> Value<'p> {
        let arg = match args.first() {
            Some(Value::Text(arg)) if !arg.contains(RUN_TIME) => Some(&**arg),
            _ => None,
        };
        let known = !text.contains(RUN_TIME);
        match (name, arg) {
            ("trim", _) => Value::text(text.trim()),
            ("trim_end_matches", Some(end)) if !end.is_empty() => Value::text(text.trim_end_matches(end)),
            ("trim_start_matches", Some(start)) if !start.is_empty() => {
                Value::text(text.trim_start_matches(start))
            }
            ("to_lowercase" | "to_ascii_lowercase", _) => Value::text(text.to_lowercase()),
            ("to_uppercase" | "to_ascii_uppercase", _) => Value::text(text.to_uppercase()),
            ("replace", Some(from)) if known => match args.get(1) {
                Some(Value::Text(to)) if !from.is_empty() => cut(text.replace(from, to)),
                _ => Value::text(RUN_TIME.to_string()),
            },
            ("len", _) if known => Value::text(text.len().to_string()),
            ("is_empty", _) if known => Value::Bool(text.is_empty()),
            ("starts_with", Some(start)) if known => Value::Bool(text.starts_with(start)),
            ("ends_with", Some(end)) if known => Value::Bool(text.ends_with(end)),
            ("eq", Some(other)) if known => Value::Bool(&**text == other),
            ("strip_prefix", Some(start)) if known => {
                text.strip_prefix(start).map_or(Value::None, Value::text)
            }
            ("strip_suffix", Some(end)) if known => text.strip_suffix(end).map_or(Value::None, Value::text),
            ("to_string" | "as_str" | "into_string" | "leak" | "into_boxed_str" | "to_str", _) => {
                Value::Text(text.clone())
            }
            (name, _) if super::methods::is_transparent(name) => Value::Text(text.clone()),
            _ => Value::unknown(),
        }
    }

    /// The text that `format!` makes: positional, numbered, named and captured arguments.
    pub(super) fn format(&mut self, args: &'p [MacroArg]) -> Value<'p> {
        let Some((first, rest)) = args.split_first() else { return Value::unknown() };
        let Value::Text(template) = self.eval(&first.expr) else { return Value::unknown() };
        let mut values: Vec<(Option<Name>, Value<'p>)> = Vec::new();
        for arg in rest {
            let value = self.eval(&arg.expr);
            values.push((arg.name.clone(), value));
        }
        let mut out = String::new();
        let mut next = 0;
        let mut chars = template.chars().peekable();
        while let Some(c) = chars.next() {
            if out.len() > MAX_LEN {
                out.push(RUN_TIME);
                break;
            }
            match c {
                '{' if chars.peek() == Some(&'{') => {
                    chars.next();
                    out.push('{');
                }
                '}' => {
                    if chars.peek() == Some(&'}') {
                        chars.next();
                    }
                    out.push('}');
                }
                '{' => {
                    let hole: String = chars.by_ref().take_while(|&c| c != '}').collect();
                    let (name, spec) = hole.split_once(':').unwrap_or((&hole, ""));
                    let value = match (name.trim(), name.trim().parse::<usize>()) {
                        ("", _) => {
                            next += 1;
                            values.get(next - 1).map(|(_, value)| value.clone())
                        }
                        (_, Ok(at)) => values.get(at).map(|(_, value)| value.clone()),
                        (name, Err(_)) => values
                            .iter()
                            .find(|(known, _)| known.as_deref() == Some(name))
                            .map(|(_, value)| value.clone())
                            .or_else(|| self.captured(name)),
                    };
                    match value {
                        Some(Value::Text(text)) if spec.is_empty() => out.push_str(&text),
                        _ => out.push(RUN_TIME),
                    }
                }
                c => out.push(c),
            }
        }
        cut(out)
    }

    /// `name` of `{name}`: a local or a constant.
    fn captured(&mut self, name: &str) -> Option<Value<'p>> {
        if let Some(value) = self.local(name) {
            return Some(value.clone());
        }
        let place = self.place();
        let names = [Name::new(name)];
        let res = self.program.resolve_names(&names, Namespace::Values, place.module, Some(place.def))?;
        Some(self.constant_of(res.def()?))
    }
}

fn cut<'p>(mut text: String) -> Value<'p> {
    if let Some((at, _)) = text.char_indices().nth(MAX_LEN) {
        text.truncate(at);
        text.push(RUN_TIME);
    }
    Value::text(text)
}
