//! Arguments of a request: setters by name, through nested builders, lists and maps, as far as their values are known.

use super::sdk;
use crate::span::Location;
use crate::values::{ChainCall, ChainRoot, Element, Evaluator, Text, Value};

/// What a request says of one argument.
#[expect(clippy::struct_excessive_bools, reason = "independent answers, not a state")]
#[derive(Debug, Default)]
pub(super) struct Argument {
    pub(super) texts: Vec<Text>,
    /// Whether it is given on some way.
    pub(super) given: bool,
    /// Whether it is missing on some way.
    pub(super) missing: bool,
    /// Whether one expression has several values, of which only one holds at a time.
    pub(super) several: bool,
    /// Whether what should hold it could not be followed.
    pub(super) unknown: bool,
    /// Whether it has no value at all: then the call is never made.
    pub(super) never: bool,
    /// The expression of the first value, for findings.
    pub(super) location: Option<Location>,
    /// The expression of each text, in the innermost builder.
    pub(super) places: Vec<(Text, Location)>,
}

impl Argument {
    /// The expression that gives this text; the first one where there are several.
    pub(super) fn place_of(&self, text: &Text) -> Option<Location> {
        let place = self.places.iter().find(|(known, _)| known == text).map(|(_, place)| *place);
        place.or(self.location)
    }
}

impl Argument {
    fn hold(&mut self, text: Text) {
        self.texts.push(text);
        self.given = true;
    }
}

/// Follows paths of setters, any of which may hold it: `transact_items.put.table_name`, `request_items.@key`.
pub(super) fn follow<'p>(
    evaluator: &mut Evaluator<'p>,
    setters: &[ChainCall<'p>],
    paths: &[String],
) -> Argument {
    let mut argument = Argument { missing: true, ..Argument::default() };
    for path in paths {
        let path: Vec<&str> = path.split('.').collect();
        let missing = std::mem::take(&mut argument.missing);
        step(evaluator, setters, &path, &mut argument);
        argument.missing &= missing;
    }
    let mut texts: Vec<Text> = Vec::new();
    for text in std::mem::take(&mut argument.texts) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    argument.texts = texts;
    argument
}

fn step<'p>(
    evaluator: &mut Evaluator<'p>,
    setters: &[ChainCall<'p>],
    path: &[&str],
    argument: &mut Argument,
) {
    let Some((&name, rest)) = path.split_first() else { return };
    let mut always = false;
    for setter in setters {
        let method = setter.method.as_str();
        if method != name && method.strip_prefix("set_") != Some(name) {
            continue;
        }
        let Some(&first) = setter.args.first() else { continue };
        let location = evaluator.program().def(evaluator.frame(first.frame).owner).location;
        let location = Location { span: first.expr.span, ..location };
        argument.location.get_or_insert(location);
        let before = argument.texts.len();
        let mut some = false;
        if rest == ["@key"] && setter.args.len() == 2 {
            let texts = evaluator.texts(first);
            argument.several |= texts.len() > 1;
            argument.texts.extend(texts);
            (argument.given, some) = (true, true);
        } else {
            let values = evaluator.eval(first);
            argument.never |= setter.always && values.is_empty();
            argument.several |= values.iter().filter(|value| matches!(value, Value::Text(_))).count() > 1;
            for value in values.iter() {
                some |= take(evaluator, value, rest, argument);
            }
            some &= !values.contains(&Value::Absent);
        }
        if rest.is_empty() || rest == ["@key"] {
            let new = argument.texts[before..].iter().map(|text| (text.clone(), location));
            argument.places.extend(new);
        }
        always |= some && setter.always;
    }
    argument.missing |= !always;
}

/// Takes what a value holds at the rest of the path; whether it holds something.
fn take<'p>(
    evaluator: &mut Evaluator<'p>,
    value: &Value<'p>,
    rest: &[&str],
    argument: &mut Argument,
) -> bool {
    match value {
        Value::Absent => return false,
        Value::List(elements) => {
            let mut some = false;
            for element in elements.iter() {
                match element {
                    Element::Pair(key, _) if rest == ["@key"] => {
                        argument.texts.extend(evaluator.texts(*key));
                        argument.given = true;
                        some = true;
                    }
                    Element::One(thunk) => {
                        for value in evaluator.eval(*thunk).iter() {
                            some |= take(evaluator, value, rest, argument);
                        }
                    }
                    Element::Value(value) => some |= take(evaluator, value, rest, argument),
                    Element::Pair(..) => {}
                }
            }
            return some;
        }
        // An element of a map that is built as an array of pairs.
        Value::Tuple(pair) if rest == ["@key"] && pair.len() == 2 => {
            argument.texts.extend(evaluator.texts(pair[0]));
            argument.given = true;
        }
        Value::Chain(chain) if !rest.is_empty() => match &chain.root {
            ChainRoot::Function { .. } => step(evaluator, &chain.calls, rest, argument),
            _ => argument.unknown = true,
        },
        _ if !rest.is_empty() => argument.unknown = true,
        Value::Chain(chain) => match sdk::finds(chain) {
            Some((setters, paths)) => {
                for path in paths {
                    step(evaluator, setters, &path.split('.').collect::<Vec<_>>(), argument);
                }
            }
            None => argument.hold(Text::unknown()),
        },
        Value::Text(text) => argument.hold(text.clone()),
        Value::Struct { .. } | Value::Of(_) => {
            let texts = evaluator.shown(std::slice::from_ref(value));
            argument.several |= texts.len() > 1;
            texts.into_iter().for_each(|text| argument.hold(text));
        }
        _ => argument.hold(Text::unknown()),
    }
    true
}
