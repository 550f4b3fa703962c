//! Macros that `#[macro_use] extern crate` brings into a whole crate.
//!
//! Input: a macro call in kept code. Output: that the crate keeps such items of its root, with their dependencies. Deliberately absent: which
//! of several brings a macro, which their code alone says: all of them stay.

use super::names::{CrateKey, Names};
use crate::load::ModuleId;
use crate::resolve::Namespace;
use crate::syntax::ast::UseLeaf;
use crate::syntax::{ItemKind, Mention};

/// Macros of the standard library's prelude.
const STD_MACROS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "compile_error",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include",
    "include_bytes",
    "include_str",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "print",
    "println",
    "stringify",
    "thread_local",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

impl Names<'_> {
    /// A macro that neither the standard library, the program nor an import brings is one of `#[macro_use] extern crate`.
    pub(super) fn macro_use(&mut self, key: CrateKey, module: ModuleId, mention: &Mention) {
        let program = self.program;
        let [name] = mention.segments.as_slice() else { return };
        let is_imported = |leaves: &[(bool, UseLeaf)]| {
            leaves.iter().any(|(_, leaf)| leaf.name.as_ref().is_none_or(|own| *own == name.name))
        };
        let known = STD_MACROS.contains(&name.name.as_str())
            || self.leaves.get(&module).is_some_and(|leaves| is_imported(leaves))
            || program
                .resolve_names(std::slice::from_ref(&name.name), Namespace::Macros, module, None)
                .is_some();
        if known {
            return;
        }
        let root = program.tree.krate(program.tree.module(module).krate).root;
        for item in program.tree.module(root).items.iter() {
            if let ItemKind::ExternCrate { krate, .. } = &item.kind
                && item.attrs.iter().any(|attr| attr.path == "macro_use")
            {
                self.external(key, root, krate);
                self.contents(key).macro_use = true;
            }
        }
    }
}
