//! Lists whose elements are known: arrays, `vec![..]`, constants; and the iterator methods that keep them known.

use std::rc::Rc;

use super::Interp;
use super::calls::Site;
use super::methods::is_transparent;
use crate::routes::value::Value;

/// Longer results of `chain`, `map` and the like are not followed.
const MAX_LEN: usize = 100_000;

/// The list after a method that changes it in place.
pub(super) fn changed<'p>(elems: &Rc<[Value<'p>]>, name: &str, args: &[Value<'p>]) -> Option<Value<'p>> {
    let mut elems = elems.to_vec();
    match (name, args) {
        ("push" | "push_back", [value]) => elems.push(value.clone()),
        ("push_front", [value]) => elems.insert(0, value.clone()),
        ("extend" | "append", [Value::List(more)]) => elems.extend(more.iter().cloned()),
        ("reverse", []) => elems.reverse(),
        ("clear", []) => elems.clear(),
        _ => return None,
    }
    Some(Value::List(elems.into()))
}

impl<'p> Interp<'p> {
    pub(super) fn list_method(
        &mut self,
        elems: &Rc<[Value<'p>]>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Value<'p> {
        let list = |elems: Vec<Value<'p>>| Value::List(elems.into());
        match (name, args) {
            ("fold", [start, callback]) => {
                let mut value = start.clone();
                for elem in elems.iter() {
                    value = self.apply(callback, vec![value, elem.clone()], site).value;
                }
                value
            }
            ("try_fold", [start, callback]) => {
                self.list_method(elems, "fold", &[start.clone(), callback.clone()], site)
            }
            ("reduce", [callback]) => {
                let mut rest = elems.iter().cloned();
                let Some(mut value) = rest.next() else { return Value::None };
                for elem in rest {
                    value = self.apply(callback, vec![value, elem], site).value;
                }
                value
            }
            ("map" | "filter_map" | "flat_map" | "and_then", [callback]) => {
                let mut mapped = Vec::new();
                for elem in elems.iter().take(MAX_LEN) {
                    match self.apply(callback, vec![elem.clone()], site).value {
                        Value::None if name == "filter_map" => {}
                        Value::List(inner) if name == "flat_map" => mapped.extend(inner.iter().cloned()),
                        value => mapped.push(value),
                    }
                }
                list(mapped)
            }
            ("for_each" | "try_for_each" | "inspect", [callback]) => {
                for elem in elems.iter() {
                    self.apply(callback, vec![elem.clone()], site);
                }
                if name == "inspect" { Value::List(elems.clone()) } else { Value::Unit }
            }
            ("enumerate", _) => list(
                elems
                    .iter()
                    .enumerate()
                    .map(|(at, elem)| Value::Tuple(Rc::from([Value::text(at.to_string()), elem.clone()])))
                    .collect(),
            ),
            ("zip", [Value::List(others)]) => list(
                elems
                    .iter()
                    .zip(others.iter())
                    .map(|(a, b)| Value::Tuple(Rc::from([a.clone(), b.clone()])))
                    .collect(),
            ),
            ("chain", [Value::List(more)]) if elems.len() + more.len() <= MAX_LEN => {
                list(elems.iter().chain(more.iter()).cloned().collect())
            }
            ("rev", _) => list(elems.iter().rev().cloned().collect()),
            ("flatten", _) => list(
                elems
                    .iter()
                    .flat_map(|elem| match elem {
                        Value::List(inner) => inner.to_vec(),
                        Value::None => Vec::new(),
                        other => vec![other.clone()],
                    })
                    .collect(),
            ),
            ("first", _) => elems.first().cloned().unwrap_or(Value::None),
            ("last", _) => elems.last().cloned().unwrap_or(Value::None),
            ("join" | "concat", _) => self.joined(elems, args.first()),
            ("is_empty", _) => Value::Bool(elems.is_empty()),
            ("collect" | "filter" | "to_vec" | "as_slice" | "drain" | "peekable" | "into_boxed_slice", _) => {
                Value::List(elems.clone())
            }
            (name, _) if is_transparent(name) => Value::List(elems.clone()),
            _ => Value::unknown(),
        }
    }

    #[expect(clippy::unused_self, reason = "reads like its neighbours")]
    fn joined(&self, elems: &Rc<[Value<'p>]>, separator: Option<&Value<'p>>) -> Value<'p> {
        let separator = match separator {
            None => "",
            Some(Value::Text(text)) => text,
            Some(_) => return Value::unknown(),
        };
        let mut texts = Vec::new();
        for elem in elems.iter() {
            match elem {
                Value::Text(text) => texts.push(text.to_string()),
                _ => texts.push(crate::routes::value::RUN_TIME.to_string()),
            }
        }
        Value::text(texts.join(separator))
    }
}
