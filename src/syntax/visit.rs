//! Walks over bodies: every statement and expression of a block, nested ones included, outer before inner.

use std::sync::Arc;

use super::ast::{Block, Closure, Expr, ExprKind, Item, ItemKind, Pat, PatKind, Stmt, StmtKind};

/// Calls `each` with every statement of a block at any depth. Bodies of items inside are not entered.
pub fn stmts<'a>(block: &'a Block, each: &mut impl FnMut(&'a Stmt)) {
    block_exprs(block, &mut |_| true, each);
}

/// The items that stand in a block, at any depth of blocks.
pub(super) fn items(block: &Block) -> Box<[Arc<Item>]> {
    let mut found = Vec::new();
    stmts(block, &mut |stmt| {
        if let StmtKind::Item(item) = &stmt.kind {
            found.push(item.clone());
        }
    });
    found.into()
}

/// Calls `each` with every expression of a block at any depth. Bodies of items inside are not entered.
pub fn exprs_in_block<'a>(block: &'a Block, each: &mut (impl FnMut(&'a Expr) + ?Sized)) {
    block_exprs(
        block,
        &mut |expr| {
            each(expr);
            true
        },
        &mut |_| {},
    );
}

/// The same; where `each` answers `false`, what is inside is left out.
pub fn exprs_in_block_while<'a>(block: &'a Block, each: &mut (impl FnMut(&'a Expr) -> bool + ?Sized)) {
    block_exprs(block, each, &mut |_| {});
}

/// Calls `each` with every expression of a statement at any depth. Bodies of items inside are not entered.
pub fn exprs_in_stmt<'a>(stmt: &'a Stmt, each: &mut (impl FnMut(&'a Expr) + ?Sized)) {
    stmt_exprs(
        stmt,
        &mut |expr| {
            each(expr);
            true
        },
        &mut |_| {},
    );
}

/// Calls `each` with an expression and all inside it.
pub fn exprs<'a>(expr: &'a Expr, each: &mut (impl FnMut(&'a Expr) + ?Sized)) {
    walk(
        expr,
        &mut |expr| {
            each(expr);
            true
        },
        &mut |_| {},
    );
}

/// Calls `each` with an expression and all inside it; where it answers `false`, what is inside is left out.
pub fn exprs_while<'a>(expr: &'a Expr, each: &mut (impl FnMut(&'a Expr) -> bool + ?Sized)) {
    walk(expr, each, &mut |_| {});
}

/// Calls `each` with every expression of what an item evaluates, a function's body or a constant's value, at any depth; where it answers
/// `false`, what is inside is left out. Bodies of items inside are not entered.
pub fn exprs_of_item_while<'a>(item: &'a Item, each: &mut (impl FnMut(&'a Expr) -> bool + ?Sized)) {
    match &item.kind {
        ItemKind::Fn(func) => func.block().into_iter().for_each(|body| block_exprs(body, each, &mut |_| {})),
        ItemKind::Const { expr: Some(expr), .. } | ItemKind::Static { expr: Some(expr), .. } => {
            exprs_while(expr.get(), each);
        }
        _ => {}
    }
}

/// The same with every expression.
pub fn exprs_of_item<'a>(item: &'a Item, each: &mut (impl FnMut(&'a Expr) + ?Sized)) {
    exprs_of_item_while(item, &mut |expr| {
        each(expr);
        true
    });
}

/// Calls `each` with every pattern of a body, nested ones included: of `let`, `match`, `if let`, `for` and closures.
pub fn pats(block: &Block, each: &mut dyn FnMut(&Pat)) {
    stmts(block, &mut |stmt| {
        if let StmtKind::Let { pat, .. } = &stmt.kind {
            pat_and_inner(pat, each);
        }
    });
    exprs_in_block(block, &mut |expr| match &expr.kind {
        ExprKind::Let { pat, .. } | ExprKind::For { pat, .. } => pat_and_inner(pat, each),
        ExprKind::Match { arms, .. } => arms.iter().for_each(|arm| pat_and_inner(&arm.pat, each)),
        ExprKind::Closure(closure) => closure.params.iter().for_each(|pat| pat_and_inner(pat, each)),
        _ => {}
    });
}

/// Calls `each` with a pattern and all inside it.
pub fn pat_and_inner(pat: &Pat, each: &mut dyn FnMut(&Pat)) {
    each(pat);
    match &pat.kind {
        PatKind::Ident { sub: Some(inner), .. } | PatKind::Ref(inner) | PatKind::Typed { pat: inner, .. } => {
            pat_and_inner(inner, each);
        }
        PatKind::Tuple(pats)
        | PatKind::Or(pats)
        | PatKind::Slice(pats)
        | PatKind::TupleStruct { elems: pats, .. } => {
            pats.iter().for_each(|pat| pat_and_inner(pat, each));
        }
        PatKind::Struct { fields, .. } => fields.iter().for_each(|(_, pat)| pat_and_inner(pat, each)),
        _ => {}
    }
}

fn block_exprs<'a>(
    block: &'a Block,
    each: &mut (impl FnMut(&'a Expr) -> bool + ?Sized),
    stmt_each: &mut impl FnMut(&'a Stmt),
) {
    block.stmts.iter().for_each(|stmt| stmt_exprs(stmt, each, stmt_each));
}

fn stmt_exprs<'a>(
    stmt: &'a Stmt,
    each: &mut (impl FnMut(&'a Expr) -> bool + ?Sized),
    stmt_each: &mut impl FnMut(&'a Stmt),
) {
    stmt_each(stmt);
    match &stmt.kind {
        StmtKind::Let { init, else_, .. } => {
            for expr in init.iter().chain(else_) {
                walk(expr, each, stmt_each);
            }
        }
        StmtKind::Expr { expr, .. } => walk(expr, each, stmt_each),
        StmtKind::Item(_) => {}
    }
}

fn walk<'a>(
    expr: &'a Expr,
    each: &mut (impl FnMut(&'a Expr) -> bool + ?Sized),
    stmt_each: &mut impl FnMut(&'a Stmt),
) {
    if !each(expr) {
        return;
    }
    children(expr, &mut |child| match child {
        Child::Expr(expr) => walk(expr, each, stmt_each),
        Child::Block(block) => block_exprs(block, each, stmt_each),
    });
}

/// What stands directly inside an expression.
pub enum Child<'a> {
    Expr(&'a Expr),
    Block(&'a Block),
}

/// Calls `each` with what stands directly inside an expression, in the order of the text as far as that matters.
pub fn children<'a>(expr: &'a Expr, each: &mut (impl FnMut(Child<'a>) + ?Sized)) {
    let mut one = |expr: &'a Expr| each(Child::Expr(expr));
    match &expr.kind {
        ExprKind::Path(_) | ExprKind::Lit(_) | ExprKind::Continue | ExprKind::Other => {}
        ExprKind::Call { callee, args } => {
            one(callee);
            args.iter().for_each(one);
        }
        ExprKind::MethodCall(call) => {
            one(&call.receiver);
            call.args.iter().for_each(one);
        }
        ExprKind::Field { base, .. } => one(base),
        ExprKind::Macro(call) => call.args.iter().for_each(|arg| one(&arg.expr)),
        ExprKind::Block(block)
        | ExprKind::Unsafe(block)
        | ExprKind::Async { block }
        | ExprKind::Loop { body: block } => {
            each(Child::Block(block));
        }
        ExprKind::If { cond, then, else_ } => {
            one(cond);
            each(Child::Block(then));
            if let Some(else_) = else_ {
                each(Child::Expr(else_));
            }
        }
        ExprKind::Match { scrutinee, arms } => {
            one(scrutinee);
            for arm in arms {
                arm.guard.iter().for_each(&mut one);
                one(&arm.body);
            }
        }
        ExprKind::While { cond, body } => {
            one(cond);
            each(Child::Block(body));
        }
        ExprKind::For { iter, body, .. } => {
            one(iter);
            each(Child::Block(body));
        }
        ExprKind::Closure(closure) => {
            let Closure { body, .. } = &**closure;
            one(body);
        }
        ExprKind::Assign { left, right } | ExprKind::Binary { left, right, .. } => {
            one(left);
            one(right);
        }
        ExprKind::Unary(inner)
        | ExprKind::Deref(inner)
        | ExprKind::Ref(inner)
        | ExprKind::Try(inner)
        | ExprKind::Await(inner)
        | ExprKind::Let { expr: inner, .. }
        | ExprKind::Cast { expr: inner, .. } => one(inner),
        ExprKind::Struct(literal) => {
            literal.fields.iter().for_each(|field| one(&field.expr));
            literal.rest.iter().for_each(one);
        }
        ExprKind::Tuple(elems) | ExprKind::Array(elems) => elems.iter().for_each(one),
        ExprKind::Index { base, index } => {
            one(base);
            one(index);
        }
        ExprKind::Range { from, to } => {
            from.iter().chain(to).for_each(|expr| one(expr));
        }
        ExprKind::Return(value) | ExprKind::Break(value) => value.iter().for_each(|expr| one(expr)),
    }
}
