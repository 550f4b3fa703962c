//! Reassigned locals: which assignments can hold where a name is used, in the order of execution.

use super::binding::binds;
use crate::span::Span;
use crate::syntax::ast::{BinOp, Block, Expr, ExprKind, MethodCall, PatKind, Stmt, StmtKind};
use crate::syntax::visit::{Child, children, exprs_in_block, exprs_in_stmt, stmts};

/// What is assigned to a local in statements and can hold at a place; `None` stands for what it begins with.
pub(super) fn reaching<'p>(stmts: &'p [Stmt], name: &str, at: Span) -> Vec<Option<&'p Expr>> {
    let mut flow = Flow { name, at, found: false, state: vec![None] };
    if is_assigned(stmts, name) {
        flow.stmts(stmts);
    }
    flow.state
}

/// Calls that change a local in place (`items.push(x)`) anywhere in its scope: an over-approximation in time, not in place.
pub(super) fn mutations<'p>(scope: &'p [Stmt], name: &str, methods: &[&str]) -> Vec<&'p Expr> {
    let mut found: Vec<&'p Expr> = Vec::new();
    for stmt in scope {
        let mut each = |expr: &'p Expr| {
            if let ExprKind::MethodCall(call) = &expr.kind
                && methods.contains(&call.method.name.as_str())
                && is_name(&call.receiver, name)
            {
                found.push(expr);
            }
        };
        exprs_in_stmt(stmt, &mut each);
    }
    found
}

/// Calls of methods on a local in statements before a place, in order, each with whether it happens on every way.
pub(super) fn calls_on<'p>(scope: &'p [Stmt], name: &str, at: Span) -> Vec<(&'p MethodCall, bool)> {
    let mut found = Vec::new();
    for stmt in scope.iter().filter(|stmt| stmt.span.end <= at.start) {
        let mut direct = match &stmt.kind {
            StmtKind::Expr { expr, .. } => chain_on(expr, name),
            _ => Vec::new(),
        };
        let mut nested = Vec::new();
        exprs_in_stmt(stmt, &mut |expr| {
            if let [last, ..] = chain_on(expr, name).as_slice()
                && !direct.iter().any(|call| std::ptr::eq(*call, *last))
            {
                nested.push((*last, false));
            }
        });
        direct.reverse();
        found.extend(direct.into_iter().map(|call| (call, true)));
        found.extend(nested);
    }
    found
}

/// The calls of a chain on a local, the last first.
fn chain_on<'p>(expr: &'p Expr, name: &str) -> Vec<&'p MethodCall> {
    let mut calls = Vec::new();
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::MethodCall(call) => {
                calls.push(&**call);
                at = &call.receiver;
            }
            ExprKind::Try(inner) => at = inner,
            _ if is_name(at, name) => return calls,
            _ => return Vec::new(),
        }
    }
}

/// What is put behind a string in a local before a place, in order: `name.push_str(x)`, `name += x`. `None` where it is changed in other
/// ways, or only sometimes.
pub(super) fn appended<'p>(scope: &'p [Stmt], name: &str, at: Span) -> Option<Vec<&'p Expr>> {
    let mut found = Vec::new();
    for stmt in scope {
        if stmt.span.start > at.start {
            break;
        }
        let direct = match &stmt.kind {
            StmtKind::Expr { expr, .. } => pushed(expr, name),
            _ => None,
        };
        if let Some(one) = direct {
            if stmt.span.contains(at) {
                break;
            }
            found.push(one);
            continue;
        }
        let mut changes = false;
        exprs_in_stmt(stmt, &mut |expr| changes |= changes_text(expr, name));
        if changes {
            return None;
        }
    }
    Some(found)
}

/// Whether a local is lent as `&mut` after its `let`: what is done to it there is not known.
pub(super) fn is_lent(scope: &[Stmt], name: &str) -> bool {
    let mut lent = false;
    for stmt in scope {
        exprs_in_stmt(stmt, &mut |expr| lent |= is_mut_ref(expr, name));
    }
    lent
}

fn is_mut_ref(expr: &Expr, name: &str) -> bool {
    // `&mut ` is longer than `&`.
    matches!(&expr.kind, ExprKind::Ref(inner) if is_name(inner, name) && inner.span.start > expr.span.start + 1)
}

/// The argument of a call or operator that puts it behind the string in a local.
fn pushed<'p>(expr: &'p Expr, name: &str) -> Option<&'p Expr> {
    match &expr.kind {
        ExprKind::MethodCall(call)
            if matches!(call.method.name.as_str(), "push_str" | "push") && is_name(&call.receiver, name) =>
        {
            call.args.first()
        }
        ExprKind::Binary { op: BinOp::AddAssign, left, right } if is_name(left, name) => Some(right),
        _ => None,
    }
}

fn changes_text(expr: &Expr, name: &str) -> bool {
    const CHANGES: &[&str] = &[
        "insert",
        "insert_str",
        "clear",
        "truncate",
        "pop",
        "remove",
        "retain",
        "replace_range",
        "extend",
        "drain",
        "make_ascii_lowercase",
        "make_ascii_uppercase",
        "write_str",
        "write_fmt",
        "write_char",
    ];
    pushed(expr, name).is_some()
        || is_mut_ref(expr, name)
        || matches!(&expr.kind, ExprKind::MethodCall(call)
            if CHANGES.contains(&call.method.name.as_str()) && is_name(&call.receiver, name))
        || matches!(&expr.kind, ExprKind::Macro(call)
            if matches!(call.path.last().ident.name.as_str(), "write" | "writeln")
                && call.args.first().is_some_and(|arg| is_name(&arg.expr, name) || is_mut_ref(&arg.expr, name)))
}

/// Calls of the local that a closure is bound to: `let f = |x| ..; f(1)`.
pub(super) fn calls_of_closure<'p>(body: &'p Block, closure: &Expr) -> Vec<&'p [Expr]> {
    let mut name = None;
    stmts(body, &mut |stmt| {
        if let StmtKind::Let { pat, init: Some(init), .. } = &stmt.kind
            && std::ptr::eq(init, closure)
            && let PatKind::Ident { ident, .. } = &pat.kind
        {
            name = Some(ident.name.clone());
        }
    });
    let Some(name) = name else { return Vec::new() };
    let mut found = Vec::new();
    exprs_in_block(body, &mut |expr| {
        if let ExprKind::Call { callee, args } = &expr.kind
            && is_name(callee, &name)
        {
            found.push(args.as_slice());
        }
    });
    found
}

fn is_assigned(stmts: &[Stmt], name: &str) -> bool {
    let mut assigned = false;
    for stmt in stmts {
        exprs_in_stmt(stmt, &mut |expr| assigned |= assigned_here(expr, name));
    }
    assigned
}

fn assigned_here(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Assign { left, .. } if is_name(left, name))
}

pub(super) fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Path(path) if path.as_ident().is_some_and(|ident| ident == name))
}

struct Flow<'p, 'n> {
    name: &'n str,
    at: Span,
    found: bool,
    state: Vec<Option<&'p Expr>>,
}

impl<'p> Flow<'p, '_> {
    fn stmt(&mut self, stmt: &'p StmtKind) {
        match stmt {
            StmtKind::Let { init, else_, .. } => {
                for expr in init.iter().chain(else_) {
                    self.expr(expr);
                }
            }
            StmtKind::Expr { expr, .. } => self.expr(expr),
            StmtKind::Item(_) => {}
        }
    }

    fn block(&mut self, block: &'p Block) {
        self.stmts(&block.stmts);
    }

    fn stmts(&mut self, stmts: &'p [Stmt]) {
        for stmt in stmts {
            self.stmt(&stmt.kind);
            // From there on the name means another local.
            let is_shadowed = matches!(&stmt.kind, StmtKind::Let { pat, .. } if binds(pat, self.name));
            if self.found || is_shadowed {
                return;
            }
        }
    }

    fn expr(&mut self, expr: &'p Expr) {
        if self.found {
            return;
        }
        match &expr.kind {
            ExprKind::Assign { left, right } => {
                self.expr(right);
                if !self.found && is_name(left, self.name) {
                    self.state = vec![Some(right)];
                }
            }
            ExprKind::If { cond, then, else_ } => {
                self.expr(cond);
                if self.found {
                    return;
                }
                let before = self.state.clone();
                self.block(then);
                if self.found {
                    return;
                }
                let after_then =
                    if ends(then) { Vec::new() } else { std::mem::replace(&mut self.state, before.clone()) };
                self.state = before;
                if let Some(else_) = else_ {
                    self.expr(else_);
                    if self.found {
                        return;
                    }
                }
                self.join(&after_then);
            }
            ExprKind::Match { scrutinee, arms } => {
                self.expr(scrutinee);
                let before = self.state.clone();
                let mut after = Vec::new();
                for arm in arms {
                    if self.found {
                        return;
                    }
                    self.state.clone_from(&before);
                    arm.guard.iter().for_each(|guard| self.expr(guard));
                    self.expr(&arm.body);
                    if self.found {
                        return;
                    }
                    let last = std::mem::take(&mut self.state);
                    self.state = after;
                    self.join(&last);
                    after = std::mem::take(&mut self.state);
                }
                self.state = if arms.is_empty() { before } else { after };
            }
            ExprKind::Loop { body } | ExprKind::While { body, .. } | ExprKind::For { body, .. } => {
                match &expr.kind {
                    ExprKind::While { cond, .. } => self.expr(cond),
                    ExprKind::For { iter, .. } => self.expr(iter),
                    _ => {}
                }
                if self.found {
                    return;
                }
                let before = self.state.clone();
                if body.span.contains(self.at) {
                    let mut carried = Vec::new();
                    exprs_in_block(body, &mut |inner| {
                        if let ExprKind::Assign { left, right } = &inner.kind
                            && is_name(left, self.name)
                        {
                            carried.push(Some(&**right));
                        }
                    });
                    self.join(&carried);
                }
                self.block(body);
                if !self.found {
                    self.join(&before);
                }
            }
            ExprKind::Closure(closure) => {
                let before = self.state.clone();
                self.expr(&closure.body);
                if !self.found {
                    self.join(&before);
                }
            }
            ExprKind::Path(_) if expr.span == self.at => self.found = true,
            _ => {
                children(expr, &mut |child| match child {
                    Child::Expr(child) => self.expr(child),
                    Child::Block(block) => self.block(block),
                });
                // A macro that captures the name in its text has no path expression of it.
                if expr.span == self.at {
                    self.found = true;
                }
            }
        }
    }

    fn join(&mut self, more: &[Option<&'p Expr>]) {
        let address = |expr: Option<&'p Expr>| expr.map(std::ptr::from_ref);
        for &expr in more {
            if !self.state.iter().any(|&known| address(known) == address(expr)) {
                self.state.push(expr);
            }
        }
    }
}

/// Whether a block leaves the function or loop.
fn ends(block: &Block) -> bool {
    matches!(
        block.stmts.last().map(|last| &last.kind),
        Some(StmtKind::Expr { expr, .. })
            if matches!(expr.kind, ExprKind::Return(_) | ExprKind::Break(_) | ExprKind::Continue)
    )
}
