//! Locals that are changed in place: where one comes from and which statements may change it.
//!
//! Deliberately absent: what the changes mean.

use super::binding::Source;
use super::call::argument_of;
use super::eval::Evaluator;
use super::frame::FrameId;
use super::text::Text;
use super::value::Thunk;
use crate::span::Span;
use crate::syntax::ast::{Block, Expr, ExprKind, MacroCall};

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
                let owner = self.owner(frame);
                let func = self.program.func(owner)?;
                let takes_self = func.sig().receiver.is_some();
                self.caller(frame);
                let call = self.frame(frame).caller?;
                let expr = argument_of(call.expr, takes_self, Some(index))?;
                Some(Origin::Argument { given: Thunk { expr, frame: call.frame }, body: func.block()? })
            }
            _ => None,
        }
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
