//! Paths that macros of the program's own packages write: what `#[annotated]` makes of an item may name `crate::error::Told`.
//!
//! Input: the program. Output: for an item under such an attribute or derive, the paths that begin with `crate` in the macro's package.
//! Deliberately absent: which of a package's macros writes which, and paths that are put together.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::load::KrateId;
use crate::resolve::{Def, Namespace, Program};
use crate::syntax::ast::Attr;
use crate::syntax::{MentionKind, Name};

/// The local procedural macros that write such paths.
#[derive(Default)]
pub(super) struct ProcMacros {
    /// By the name of the attribute or derive.
    paths: BTreeMap<Name, Rc<BTreeSet<Vec<Name>>>>,
}

impl ProcMacros {
    pub(super) fn of(program: &Program) -> Self {
        let mut macros = Self::default();
        for (at, krate) in program.tree.krates.iter().enumerate() {
            let items = program.module_items(krate.root).iter().map(|&id| program.def(id));
            let names: Vec<Name> = items.filter_map(defined).collect();
            if !names.is_empty() {
                let paths = Rc::new(written(program, KrateId(at as u32)));
                macros.paths.extend(names.into_iter().map(|name| (name, paths.clone())));
            }
        }
        macros
    }

    /// The paths that mean something of the program where a definition is.
    pub(super) fn paths(&self, program: &Program, def: &Def) -> Vec<Vec<Name>> {
        let spaces = [Namespace::Types, Namespace::Values, Namespace::Macros];
        let means = |path: &&Vec<Name>| {
            spaces.iter().any(|&space| program.resolve_names(path, space, def.module, None).is_some())
        };
        let known = |name: &str| self.paths.get(name.trim());
        let used: BTreeSet<&Vec<Name>> =
            def.item.attrs.iter().flat_map(names).filter_map(known).flat_map(|paths| paths.iter()).collect();
        used.into_iter().filter(means).cloned().collect()
    }
}

/// The macros that an attribute names: itself, or each of its derives.
fn names(attr: &Attr) -> Vec<&str> {
    let listed = if attr.path == "derive" { attr.inside().unwrap_or_default() } else { attr.path.as_str() };
    listed.split(',').filter_map(|path| path.rsplit("::").next()).collect()
}

/// The name of the attribute or derive that a function is.
fn defined(def: &Def) -> Option<Name> {
    def.item.attrs.iter().find_map(|attr| match attr.path.as_str() {
        "proc_macro_attribute" => Some(def.name.clone()),
        "proc_macro_derive" => attr.inside()?.split(',').next().map(|name| Name::new(name.trim())),
        _ => None,
    })
}

/// Every path of a crate's text that begins with `crate`.
fn written(program: &Program, krate: KrateId) -> BTreeSet<Vec<Name>> {
    let modules = program.tree.modules.iter().filter(|module| module.krate == krate);
    let mentions = modules.flat_map(|module| program.tree.facts(module.source).mentions.all());
    mentions
        .filter(|mention| mention.kind == MentionKind::Path && mention.segments.len() > 1)
        .filter(|mention| mention.segments[0].name == "crate")
        .map(|mention| mention.segments.iter().map(|segment| segment.name.clone()).collect())
        .collect()
}
