//! Fields that are assigned: `self.table = table`, `config.table = name`.
//!
//! Where the function holds the value itself, the assignment is part of that value from there on, so that two values of one builder
//! stay apart. Behind a reference nobody knows which value it is, and every value of the type may have it.

use super::binding::binds;
use super::eval::Evaluator;
use super::value::{Set, Thunk, Value};
use crate::resolve::{BodyTypes, Ty};
use crate::span::Span;
use crate::syntax::Name;
use crate::syntax::ast::{Block, Expr, ExprKind, Fn, StmtKind};
use crate::syntax::visit::{Child, children, exprs, exprs_in_block};

/// Who else may see that a field is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// Nobody: the value is the function's own until it gives it away.
    Alone,
    /// It is behind a reference.
    Shared,
}

/// Whether the base of a field is a value that the function holds itself: `mut self`, `let mut config = ..`.
pub(super) fn is_held_alone(func: &Fn, body: &BodyTypes, base: &Expr) -> bool {
    let ExprKind::Path(path) = &base.kind else { return false };
    match path.as_ident() {
        Some(name) if name == "self" => {
            func.sig().receiver.as_ref().is_some_and(|receiver| !receiver.by_ref && receiver.ty.is_none())
        }
        Some(_) => matches!(body.ty(base.span), Ty::Def(..)),
        None => false,
    }
}

impl<'p> Evaluator<'p> {
    /// Values of a local or of `self` with the fields that the function has assigned to it before a place.
    pub(super) fn with_fields_set(
        &mut self,
        values: Vec<Value<'p>>,
        name: &str,
        at: Thunk<'p>,
    ) -> Vec<Value<'p>> {
        if !values.iter().any(|value| matches!(value, Value::Struct { .. })) {
            return values;
        }
        let owner = self.owner(at.frame);
        let (Some(func), Some(body)) = (self.program.func(owner), self.program.body(owner)) else {
            return values;
        };
        let Some(block) = func.block() else { return values };
        let mut before = Before { name, at: at.expr.span, found: Vec::new() };
        before.block(block);
        let found = before.found.into_iter().filter(|one| is_held_alone(func, body, one.base));
        let set: Vec<Set<'p>> = found
            .map(|one| Set {
                field: one.field.clone(),
                value: Thunk { expr: one.value, ..at },
                always: one.always,
            })
            .collect();
        if set.is_empty() {
            return values;
        }
        let is_replaced = |field: &Name| set.iter().any(|set| set.always && set.field == *field);
        let with = |value| match value {
            Value::Struct { def, made, set: earlier } => {
                let kept = earlier.iter().filter(|one| !is_replaced(&one.field));
                Value::Struct { def, made, set: kept.chain(&set).cloned().collect() }
            }
            value => value,
        };
        values.into_iter().map(with).collect()
    }
}

/// `base.field = value`.
struct Assigned<'p> {
    base: &'p Expr,
    field: &'p Name,
    value: &'p Expr,
    /// Whether it happens on every way to the place that is asked for.
    always: bool,
}

/// Collects what is assigned to fields of a local on the way to a place.
struct Before<'p, 'n> {
    name: &'n str,
    at: Span,
    found: Vec<Assigned<'p>>,
}

impl<'p> Before<'p, '_> {
    fn block(&mut self, block: &'p Block) {
        for stmt in &block.stmts {
            if stmt.span.start > self.at.start {
                return;
            }
            let exprs: Vec<&'p Expr> = match &stmt.kind {
                StmtKind::Let { init, else_, .. } => init.iter().chain(else_).collect(),
                StmtKind::Expr { expr, .. } => vec![expr],
                StmtKind::Item(_) => continue,
            };
            let (inside, before): (Vec<&'p Expr>, Vec<&'p Expr>) =
                exprs.into_iter().partition(|expr| expr.span.contains(self.at));
            match (&stmt.kind, assigned(before.first().copied(), self.name)) {
                (StmtKind::Expr { .. }, Some(one)) => {
                    self.found.retain(|known| known.field != one.field);
                    self.found.push(one);
                }
                _ => before.into_iter().for_each(|expr| self.sometimes(expr)),
            }
            if let StmtKind::Let { pat, .. } = &stmt.kind
                && inside.is_empty()
                && binds(pat, self.name)
            {
                self.found.clear();
            }
            inside.into_iter().for_each(|expr| self.around(expr));
        }
    }

    /// An expression that holds the place.
    fn around(&mut self, expr: &'p Expr) {
        if let ExprKind::Loop { body } | ExprKind::While { body, .. } | ExprKind::For { body, .. } =
            &expr.kind
            && body.span.contains(self.at)
        {
            // What it did on its way round.
            exprs_in_block(body, &mut |expr| self.may_be(expr));
        }
        children(expr, &mut |child| match child {
            Child::Expr(child) if child.span.contains(self.at) => self.around(child),
            Child::Block(block) if block.span.contains(self.at) => self.block(block),
            Child::Expr(child) if child.span.end <= self.at.start => self.sometimes(child),
            Child::Block(block) if block.span.end <= self.at.start => {
                exprs_in_block(block, &mut |expr| self.may_be(expr));
            }
            _ => {}
        });
    }

    fn sometimes(&mut self, expr: &'p Expr) {
        exprs(expr, &mut |expr| self.may_be(expr));
    }

    fn may_be(&mut self, expr: &'p Expr) {
        let one = assigned(Some(expr), self.name);
        self.found.extend(one.map(|one| Assigned { always: false, ..one }));
    }
}

fn assigned<'p>(expr: Option<&'p Expr>, wanted: &str) -> Option<Assigned<'p>> {
    let ExprKind::Assign { left, right } = &expr?.kind else { return None };
    let ExprKind::Field { base, name } = &left.kind else { return None };
    let ExprKind::Path(path) = &base.kind else { return None };
    let is_it = path.as_ident().is_some_and(|ident| ident == wanted);
    is_it.then_some(Assigned { base, field: &name.name, value: right, always: true })
}
