//! Locals that are changed in place: where one comes from and which statements may change it.
//!
//! Deliberately absent: what the changes mean.

use super::binding::{Source, Step};
use super::call::argument_of;
use super::eval::Evaluator;
use super::frame::FrameId;
use super::text::Text;
use super::value::Thunk;
use crate::span::Span;
use crate::syntax::ast::{Block, Expr, ExprKind, MacroCall, Type};

/// Where a local's first value comes from.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'p> {
    /// `let name = init;` at a position of a block.
    Let { init: Option<&'p Expr>, block: &'p Block, position: usize },
    /// A parameter, with what the caller gives for it.
    Argument { given: Thunk<'p>, body: &'p Block },
}

impl<'p> Evaluator<'p> {
    /// The origin of a local as it is named at a place.
    pub fn origin(&mut self, name: &str, at: Span, frame: FrameId) -> Option<Origin<'p>> {
        let binding = self.binding(name, at, frame)?;
        if !binding.steps.is_empty() {
            return None;
        }
        match binding.source {
            Source::Let(init) => {
                let (block, position) = binding.scope?;
                Some(Origin::Let { init, block, position })
            }
            Source::Param(index) => {
                let given = self.given_by_caller(Some(index), frame)?;
                let body = self.program.func(self.owner(frame))?.block()?;
                Some(Origin::Argument { given, body })
            }
            _ => None,
        }
    }

    /// What a pattern around a local takes apart, and which element of a tuple the local is where that is all the pattern does.
    pub fn taken_from(&mut self, name: &str, at: Span, frame: FrameId) -> Option<(Thunk<'p>, Option<usize>)> {
        let binding = self.binding(name, at, frame)?;
        let element = match binding.steps.as_slice() {
            [Step::Tuple(at)] => Some(*at),
            _ => None,
        };
        let here = |expr| Thunk { expr, frame };
        let from = match binding.source {
            Source::Let(init) => here(init?),
            Source::Element(of) | Source::Matched(of) => here(of),
            Source::Closure { call, .. } => match &call?.kind {
                ExprKind::MethodCall(call) => here(&call.receiver),
                _ => return None,
            },
            Source::Param(index) => self.given_by_caller(Some(index), frame)?,
        };
        Some((from, element))
    }

    /// What a call gives for a parameter, or for `self`.
    pub fn given_by_caller(&mut self, index: Option<usize>, frame: FrameId) -> Option<Thunk<'p>> {
        let takes_self = self.program.func(self.owner(frame))?.sig().receiver.is_some();
        self.caller(frame);
        let call = self.frame(frame).caller?;
        let expr = argument_of(call.expr, takes_self, index)?;
        Some(Thunk { expr, frame: call.frame })
    }

    /// Whether a name is a local at a place, and the type that is written for it.
    pub fn written_type(&self, name: &str, at: Span, frame: FrameId) -> Option<Option<&'p Type>> {
        let binding = self.binding(name, at, frame)?;
        Some(binding.ty.filter(|_| binding.steps.is_empty()))
    }

    /// The texts that `write!(target, ..)` adds.
    pub fn written(&mut self, call: &'p MacroCall, at: &'p Expr, frame: FrameId) -> Vec<Text> {
        let values = self.format_after(1, call, Thunk { expr: at, frame });
        super::macros::texts_of(&values)
    }
}

/// A local's name, through references.
pub fn local_name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Path(path) => path.as_ident().map(crate::syntax::Name::as_str),
        ExprKind::Ref(inner) | ExprKind::Deref(inner) => local_name(inner),
        _ => None,
    }
}
