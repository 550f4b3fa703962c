//! Names that a function's text binds: its variables, and what imports in its body bring.
//!
//! Input: a function. Output: names, which may hide those of the module. Deliberately absent: from where to where each counts.

use std::collections::BTreeSet;

use crate::resolve::{DefId, Program};
use crate::syntax::ast::{Fn, Pat, PatKind, StmtKind, UseLeaf};
use crate::syntax::{ItemKind, Name, visit};

/// Names that a function's parameters, `let`s, closures and arms bind.
pub(super) fn local_names(program: &Program, id: DefId) -> BTreeSet<Name> {
    let mut found = parameter_names(program, id);
    if let Some(body) = program.func(id).and_then(Fn::block) {
        visit::pats(body, &mut |pat| found.extend(bound(pat)));
    }
    found
}

/// Names that a function's parameters bind: they hide items in the whole of its body.
pub(super) fn parameter_names(program: &Program, id: DefId) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    for param in program.func(id).into_iter().flat_map(|func| &func.sig().params) {
        visit::pat_and_inner(&param.pat, &mut |pat| found.extend(bound(pat)));
    }
    found
}

fn bound(pat: &Pat) -> Option<Name> {
    match &pat.kind {
        PatKind::Ident { ident, .. } => Some(ident.name.clone()),
        _ => None,
    }
}

/// The leaves of the imports in a function's body, each with whether its path begins with `::`. There their names hide those of the module.
pub(super) fn imports(program: &Program, id: DefId) -> Vec<(bool, UseLeaf)> {
    let mut found = Vec::new();
    if let Some(body) = program.func(id).and_then(Fn::block) {
        visit::stmts(body, &mut |stmt| {
            if let StmtKind::Item(item) = &stmt.kind
                && let ItemKind::Use(used) = &item.kind
            {
                found.extend(used.tree.leaves().into_iter().map(|leaf| (used.leading_colon, leaf)));
            }
        });
    }
    found
}
