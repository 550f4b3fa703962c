//! Locals: which pattern binds a name where it is used, and what the pattern takes apart.

use crate::span::Span;
use crate::syntax::Name;
use crate::syntax::ast::{Block, Expr, ExprKind, Fn, Pat, PatKind, Path, Stmt, StmtKind, Type};
use crate::syntax::visit::{Child, children};

/// A name's binding: where its value comes from and how the pattern takes it apart.
#[derive(Debug, Clone)]
pub(super) struct Binding<'p> {
    pub(super) source: Source<'p>,
    /// From the outside in.
    pub(super) steps: Vec<Step<'p>>,
    /// Type written for the whole pattern.
    pub(super) ty: Option<&'p Type>,
    /// The block and the position of the `let` in it.
    pub(super) scope: Option<(&'p Block, usize)>,
    /// The statements that can change it.
    pub(super) stmts: &'p [Stmt],
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'p> {
    Param(usize),
    Let(Option<&'p Expr>),
    /// One element of what is iterated.
    Element(&'p Expr),
    /// Parameter of a closure, which is an argument of the call, where it is one.
    Closure {
        closure: &'p Expr,
        param: usize,
        call: Option<&'p Expr>,
    },
    /// `match`, `if let`, `while let`.
    Matched(&'p Expr),
}

/// One level of a pattern.
#[derive(Debug, Clone)]
pub(super) enum Step<'p> {
    Tuple(usize),
    /// `Some(x)`, `State(x)`: position in a tuple struct or variant.
    Ctor(&'p Path, usize),
    Field(&'p Path, &'p Name),
    Element,
    /// `A(x) | B(x)`: one of several ways.
    Either(Vec<Vec<Step<'p>>>),
}

/// The binding that a name means at a place in a function.
pub(super) fn in_fn<'p>(func: &'p Fn, name: &str, at: Span) -> Option<Binding<'p>> {
    let mut best = None;
    let body = func.block();
    let stmts = body.map_or(&[][..], |body| &body.stmts);
    for (index, param) in func.sig().params.iter().enumerate() {
        if let Some(steps) = steps_to(&param.pat, name) {
            let source = Source::Param(index);
            best = Some(Binding { source, steps, ty: Some(&param.ty), scope: None, stmts });
        }
    }
    if let Some(body) = body {
        in_block(body, name, at, &mut best);
    }
    best
}

/// The binding that a name means at a place in an initialiser.
pub(super) fn in_expr<'p>(expr: &'p Expr, name: &str, at: Span) -> Option<Binding<'p>> {
    let mut best = None;
    descend(expr, name, at, None, &mut best);
    best
}

/// Whether a pattern binds a name.
pub(super) fn binds(pat: &Pat, name: &str) -> bool {
    steps_to(pat, name).is_some()
}

fn in_block<'p>(block: &'p Block, name: &str, at: Span, best: &mut Option<Binding<'p>>) {
    for (position, stmt) in block.stmts.iter().enumerate() {
        if stmt.span.start > at.start {
            return;
        }
        in_stmt(block, position, stmt, name, at, best);
    }
}

fn in_stmt<'p>(
    block: &'p Block,
    position: usize,
    stmt: &'p Stmt,
    name: &str,
    at: Span,
    best: &mut Option<Binding<'p>>,
) {
    match &stmt.kind {
        StmtKind::Let { pat, ty, init, else_ } => {
            if stmt.span.contains(at) {
                for expr in init.iter().chain(else_).filter(|expr| expr.span.contains(at)) {
                    descend(expr, name, at, None, best);
                }
            } else if let Some(steps) = steps_to(pat, name) {
                let ty = ty.as_ref().or_else(|| typed(pat));
                let source = Source::Let(init.as_ref());
                let stmts = &block.stmts[position + 1..];
                *best = Some(Binding { source, steps, ty, scope: Some((block, position)), stmts });
            }
        }
        StmtKind::Expr { expr, .. } if expr.span.contains(at) => descend(expr, name, at, None, best),
        _ => {}
    }
}

fn typed(pat: &Pat) -> Option<&Type> {
    match &pat.kind {
        PatKind::Typed { ty, .. } => Some(ty),
        _ => None,
    }
}

/// Follows the expression that holds the place; `call` is the call whose argument `expr` is.
fn descend<'p>(expr: &'p Expr, name: &str, at: Span, call: Option<&'p Expr>, best: &mut Option<Binding<'p>>) {
    let mut bind = |pat: &'p Pat, source: Source<'p>, stmts: &'p [Stmt]| {
        if let Some(steps) = steps_to(pat, name) {
            *best = Some(Binding { source, steps, ty: typed(pat), scope: None, stmts });
        }
    };
    match &expr.kind {
        ExprKind::For { pat, iter, body } if body.span.contains(at) => {
            bind(pat, Source::Element(iter), &body.stmts);
        }
        ExprKind::Closure(closure) if closure.body.span.contains(at) => {
            for (param, pat) in closure.params.iter().enumerate() {
                bind(pat, Source::Closure { closure: expr, param, call }, stmts_of(&closure.body));
            }
        }
        ExprKind::If { cond, then, .. } if then.span.contains(at) || cond.span.contains(at) => {
            conditions(cond, at, &mut |pat, source| bind(pat, source, &then.stmts));
        }
        ExprKind::While { cond, body } if body.span.contains(at) || cond.span.contains(at) => {
            conditions(cond, at, &mut |pat, source| bind(pat, source, &body.stmts));
        }
        ExprKind::Match { scrutinee, arms } => {
            let holds = |expr: &Expr| expr.span.contains(at);
            if let Some(arm) =
                arms.iter().find(|arm| holds(&arm.body) || arm.guard.as_ref().is_some_and(holds))
            {
                bind(&arm.pat, Source::Matched(scrutinee), stmts_of(&arm.body));
            }
        }
        _ => {}
    }
    let is_call = matches!(expr.kind, ExprKind::Call { .. } | ExprKind::MethodCall(_));
    children(expr, &mut |child| match child {
        Child::Expr(child) if child.span.contains(at) => {
            descend(child, name, at, is_call.then_some(expr), best);
        }
        Child::Block(block) if block.span.contains(at) => in_block(block, name, at, best),
        _ => {}
    });
}

/// The statements of an expression that is a block.
fn stmts_of(expr: &Expr) -> &[Stmt] {
    match &expr.kind {
        ExprKind::Block(block) | ExprKind::Unsafe(block) | ExprKind::Async { block } => &block.stmts,
        _ => &[],
    }
}

/// `let` conditions that stand before the place.
fn conditions<'p>(cond: &'p Expr, at: Span, bind: &mut dyn FnMut(&'p Pat, Source<'p>)) {
    match &cond.kind {
        ExprKind::Let { pat, expr } if cond.span.end <= at.start => bind(pat, Source::Matched(expr)),
        ExprKind::Binary { left, right, .. } => {
            conditions(left, at, bind);
            conditions(right, at, bind);
        }
        _ => {}
    }
}

/// How a pattern reaches a name.
pub(super) fn steps_to<'p>(pat: &'p Pat, name: &str) -> Option<Vec<Step<'p>>> {
    let mut steps = Vec::new();
    reach(pat, name, &mut steps).then_some(steps)
}

fn reach<'p>(pat: &'p Pat, name: &str, steps: &mut Vec<Step<'p>>) -> bool {
    let step = |step, pat, steps: &mut Vec<Step<'p>>| {
        steps.push(step);
        let found = reach(pat, name, steps);
        if !found {
            steps.pop();
        }
        found
    };
    match &pat.kind {
        PatKind::Ident { ident, sub, .. } => {
            ident.name == name || sub.as_ref().is_some_and(|sub| reach(sub, name, steps))
        }
        PatKind::Tuple(elems) => {
            elems.iter().enumerate().any(|(at, elem)| step(Step::Tuple(at), elem, steps))
        }
        PatKind::TupleStruct { path, elems } => {
            elems.iter().enumerate().any(|(at, elem)| step(Step::Ctor(path, at), elem, steps))
        }
        PatKind::Struct { path, fields, .. } => {
            fields.iter().any(|(field, pat)| step(Step::Field(path, &field.name), pat, steps))
        }
        PatKind::Ref(inner) | PatKind::Typed { pat: inner, .. } => reach(inner, name, steps),
        PatKind::Or(pats) => {
            let ways: Vec<Vec<Step<'p>>> = pats.iter().filter_map(|pat| steps_to(pat, name)).collect();
            let found = !ways.is_empty();
            steps.extend(found.then_some(Step::Either(ways)));
            found
        }
        PatKind::Slice(elems) => elems.iter().any(|elem| step(Step::Element, elem, steps)),
        _ => false,
    }
}
