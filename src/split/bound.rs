//! Names that a function's text binds: its variables, and what imports in its body bring.
//!
//! Input: a function. Output: names, which may hide those of the module. Deliberately absent: from where to where each counts.

use std::collections::BTreeSet;

use crate::resolve::{DefId, Program};
use crate::syntax::ast::{Fn, Pat, PatKind, StmtKind};
use crate::syntax::{ItemKind, Name, visit};

/// Names that a function's parameters, `let`s, closures and arms bind.
pub(super) fn local_names(program: &Program, id: DefId) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    let Some(func) = program.func(id) else { return found };
    let mut each = |pat: &Pat| {
        if let PatKind::Ident { ident, .. } = &pat.kind {
            found.insert(ident.name.clone());
        }
    };
    func.sig().params.iter().for_each(|param| visit::pat_and_inner(&param.pat, &mut each));
    if let Some(body) = func.block() {
        visit::pats(body, &mut each);
    }
    found
}

/// Names that imports in a function's body bring: there they hide those of the module.
pub(super) fn imported_names(program: &Program, id: DefId) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    if let Some(body) = program.func(id).and_then(Fn::block) {
        visit::stmts(body, &mut |stmt| {
            if let StmtKind::Item(item) = &stmt.kind
                && let ItemKind::Use(used) = &item.kind
            {
                names.extend(used.tree.leaves().into_iter().filter_map(|leaf| leaf.name));
            }
        });
    }
    names
}
