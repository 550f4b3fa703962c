//! Names that a function's text binds: its variables, and what imports in its body bring.
//!
//! Input: a function. Output: names, which may hide those of the module, and what its imports need. Deliberately absent: from where to where
//! each counts.

use std::collections::BTreeSet;

use super::live::CutProgram;
use super::names::{CrateKey, Names};
use crate::load::ModuleId;
use crate::resolve::{DefId, DefKind, Namespace, Program, Res};
use crate::syntax::ast::{ExprKind, Fn, Pat, PatKind, StmtKind, UseLeaf};
use crate::syntax::{ItemKind, Mention, MentionKind, Name, visit};

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

impl Names<'_> {
    /// Imports that stand inside a function's body.
    pub(super) fn body_imports(&mut self, key: CrateKey, id: DefId, cut: &CutProgram<'_>) {
        let program = self.program;
        let def = program.def(id);
        if def.kind == DefKind::Variant {
            return;
        }
        let mut found = imports(program, id);
        found.retain(|(_, leaf)| !cut.is_gone(def.location.source, leaf.span));
        for (leading_colon, leaf) in found {
            let names: Vec<Name> = leaf.path.iter().map(|ident| ident.name.clone()).collect();
            self.path(key, def.module, &names, leading_colon);
        }
    }

    /// What the globs of a body bring under a name is there. Whether one certainly does: it hides what the module has of that name, but for a
    /// module, whose path goes on.
    pub(super) fn through_globs(
        &mut self,
        key: CrateKey,
        module: ModuleId,
        globs: &[UseLeaf],
        name: &Name,
    ) -> bool {
        let mut hides = false;
        for glob in globs {
            if self.glob_brings_own(module, glob, name) {
                self.need_through(key, module, glob, name);
                hides |= !self.glob_brings_module(module, glob, name);
            }
        }
        hides
    }

    /// Whether a name that stands alone is not what an import or a module of that name brings: a variable is no macro and no module, a
    /// derive's helper attribute no macro. `before` is the text in front of it.
    pub(super) fn is_no_import(
        &self,
        module: ModuleId,
        name: &Name,
        locals: &BTreeSet<Name>,
        before: &str,
    ) -> bool {
        if locals.contains(name) {
            self.is_macro_import(module, name) || self.is_no_value(module, name)
        } else {
            before.ends_with("#[") && self.is_macro_import(module, name)
        }
    }

    /// Whether a name that stands alone means a variable, and not the function that the module has of that name: where it meant the
    /// function, inference would have noted that. No pattern can mean a function, so what binds its name binds a variable.
    pub(super) fn is_variable(&self, id: DefId, mention: &Mention, locals: &BTreeSet<Name>) -> bool {
        let program = self.program;
        let name = &mention.segments[0].name;
        let meaning = || {
            let names = std::slice::from_ref(name);
            program.resolve_names(names, Namespace::Values, program.def(id).module, None)
        };
        let is_function = |res| matches!(res, Some(Res::Def(id)) if program.def(id).kind == DefKind::Fn);
        if !locals.contains(name) || !is_function(meaning()) {
            return false;
        }
        let Some(types) = program.body(id) else { return false };
        let Some(body) = program.func(id).and_then(Fn::block) else { return false };
        // What stands in the tokens of a macro is not inferred.
        let mut is_inferred = false;
        visit::exprs_in_block(body, &mut |expr| {
            is_inferred |= matches!(expr.kind, ExprKind::Path(_)) && expr.span == mention.span;
        });
        let mut is_bound = false;
        visit::pats(body, &mut |pat| {
            is_bound |= matches!(&pat.kind, PatKind::Ident { ident, .. } if ident.span == mention.span);
        });
        is_bound || is_inferred && types.calls.iter().all(|site| site.name != mention.span)
    }

    /// Whether a name of a module means a module or a macro of the program, and no value.
    fn is_no_value(&self, module: ModuleId, name: &Name) -> bool {
        let meaning = |space| self.program.resolve_names(std::slice::from_ref(name), space, module, None);
        (matches!(meaning(Namespace::Types), Some(Res::Module(_)))
            || matches!(meaning(Namespace::Macros), Some(Res::Def(_))))
            // What a glob of another crate may bring counts for less.
            && !matches!(meaning(Namespace::Values), Some(Res::Def(_)))
    }

    /// Whether a name of a module comes from another crate and is called as a macro there: `use tracing::error` with `error!(..)`.
    fn is_macro_import(&self, module: ModuleId, name: &Name) -> bool {
        let program = self.program;
        let is_external = matches!(
            program.resolve_names(std::slice::from_ref(name), Namespace::Macros, module, None),
            Some(Res::External(_))
        );
        let module = program.tree.module(module);
        let facts = program.tree.facts(module.source);
        is_external
            && module.items.iter().flat_map(|item| facts.mentions_in(item.span)).any(|mention| {
                mention.kind == MentionKind::Macro
                    && mention.segments.len() == 1
                    && &mention.segments[0].name == name
            })
    }
}
