//! Which functions can lead to an access at all: the others are not walked.

use super::query;
use super::sdk::TERMINALS;
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::{DefId, DefKind, EdgeKind, Program};
use crate::syntax::ast::{Block, Expr, ExprKind, StmtKind};
use crate::syntax::visit::{Child, children};
use crate::syntax::{ItemKind, Name};

/// Every expression inside, itself included, outer before inner; where `each` answers `false`, what is inside is left out.
pub(super) fn inside<'p>(expr: &'p Expr, each: &mut dyn FnMut(&'p Expr) -> bool) {
    if each(expr) {
        children(expr, &mut |child| match child {
            Child::Expr(child) => inside(child, each),
            Child::Block(block) => in_block(block, each),
        });
    }
}

/// The same for a block.
pub(super) fn in_block<'p>(block: &'p Block, each: &mut dyn FnMut(&'p Expr) -> bool) {
    for stmt in &block.stmts {
        match &stmt.kind {
            StmtKind::Let { init, else_, .. } => init.iter().chain(else_).for_each(|expr| inside(expr, each)),
            StmtKind::Expr { expr, .. } => inside(expr, each),
            StmtKind::Item(_) => {}
        }
    }
}

/// Whether a function of that name can read a variable or run a statement.
fn may_matter(name: &str) -> bool {
    let starts =
        ["var", "query", "raw_sql", "insert", "update", "delete", "sql_query", "find", "replace_into"];
    starts.iter().any(|start| name.starts_with(start))
}

/// Functions, consts and statics whose code, or what it calls, can hold an access or read a variable.
pub(super) fn leads(program: &Program) -> UnorderedSet<DefId> {
    let mut callers: UnorderedMap<DefId, Vec<DefId>> = UnorderedMap::default();
    for edge in program.edges.iter().filter(|edge| edge.kind != EdgeKind::Type) {
        callers.entry(edge.to).or_default().push(edge.from);
    }
    let builds = query::builds_statements(program);
    let mut macros: UnorderedSet<Name> = UnorderedSet::default();
    for def in program.defs.iter().filter(|def| def.kind == DefKind::Macro) {
        macros.insert(def.name.clone());
    }
    let mut queue: Vec<DefId> = Vec::new();
    for def in &program.defs {
        let mut holds = false;
        let mut each = |expr: &'_ Expr| {
            holds |= match &expr.kind {
                ExprKind::MethodCall(call) => {
                    let method = call.method.name.as_str();
                    TERMINALS.contains(&method) || (builds && query::may_run(method, call.args.len()))
                }
                ExprKind::Call { callee, .. } => match &callee.kind {
                    ExprKind::Path(path) => may_matter(&path.last().ident.name),
                    _ => false,
                },
                ExprKind::Macro(call) => {
                    let name = call.path.last().ident.name.as_str();
                    name.starts_with("query") || macros.contains(&Name::new(name))
                }
                _ => false,
            };
            !holds
        };
        match &def.item.kind {
            ItemKind::Fn(func) => func.body.iter().for_each(|body| in_block(body, &mut each)),
            ItemKind::Const { expr: Some(expr), .. } | ItemKind::Static { expr: Some(expr), .. } => {
                inside(expr, &mut each);
            }
            _ => {}
        }
        if holds {
            queue.push(def.id);
        }
    }
    let mut leads = UnorderedSet::default();
    while let Some(def) = queue.pop() {
        if leads.insert(def) {
            queue.extend(callers.get(&def).into_iter().flatten());
        }
    }
    leads
}
