//! Patterns against values: what they take apart, what they can match.

use super::binding::Step;
use super::constructions::unwrapped;
use super::eval::Evaluator;
use super::frame::FrameId;
use super::index::made_by;
use super::value::{Distinct, Value};
use crate::resolve::{DefKind, Namespace, Res};
use crate::syntax::ast::{Pat, PatKind};

impl<'p> Evaluator<'p> {
    /// What a pattern's steps leave of values.
    pub(super) fn take_apart(
        &mut self,
        values: Vec<Value<'p>>,
        steps: &[Step<'p>],
        frame: FrameId,
    ) -> Vec<Value<'p>> {
        let mut values = values;
        for step in steps {
            values = match step {
                Step::Tuple(at) => self.fields(&values, &at.to_string()),
                Step::Element => self.elements(&values),
                Step::Either(ways) => {
                    let mut found = Distinct::default();
                    ways.iter().for_each(|steps| found.extend(self.take_apart(values.clone(), steps, frame)));
                    found.all()
                }
                Step::Field(path, name) => {
                    let wanted = made_by(self.program, self.owner(frame), path, Namespace::Types);
                    match wanted {
                        Some(wanted) => self.fields_as(wanted, &values, name),
                        None => self.fields(&values, name),
                    }
                }
                Step::Ctor(path, at) => match self.resolve(path, frame) {
                    Some(Res::Def(def)) => self.fields_as(def, &values, &at.to_string()),
                    Some(Res::External(external)) if external.is("std", "Err") => vec![Value::Unknown],
                    _ => unwrapped(&values),
                },
            };
        }
        values
    }

    /// Whether a pattern can match one of the values, as far as variants and literals tell.
    pub(super) fn may_match(&mut self, pat: &'p Pat, on: &[Value<'p>], frame: FrameId) -> bool {
        let path = match &pat.kind {
            PatKind::TupleStruct { path, .. } | PatKind::Struct { path, .. } | PatKind::Path(path) => path,
            PatKind::Or(pats) => return pats.iter().any(|pat| self.may_match(pat, on, frame)),
            _ => return true,
        };
        let wanted = match self.resolve(path, frame) {
            Some(Res::Def(def)) if self.program.def(def).kind == DefKind::Variant => def,
            _ => return true,
        };
        on.is_empty()
            || on.iter().any(|value| match value {
                Value::Struct { def, .. } => *def == wanted || self.type_of(*def) != self.type_of(wanted),
                _ => true,
            })
    }
}

/// A pattern that stands for a missing value: `Err(_)`, `None`, `_`.
pub(super) fn is_failure(pat: &Pat) -> bool {
    match &pat.kind {
        PatKind::TupleStruct { path, .. } | PatKind::Path(path) => {
            matches!(path.last().ident.name.as_str(), "Err" | "None")
        }
        PatKind::Ident { ident, sub: None, .. } => ident.name == "None",
        PatKind::Wild => true,
        _ => false,
    }
}
