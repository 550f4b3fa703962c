//! Imports for the sake of methods: a trait must be in scope where one of its methods is called on a concrete type.
//!
//! Input: what the kept code of a module calls. Output: the imports of that module that stay for it. An import of another crate that no path
//! names and that is no well-known trait may be one: it stays, allowed to be unused.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::names::{CrateKey, Names};
use super::traits;
use crate::load::ModuleId;
use crate::resolve::scope::ExternalPath;
use crate::resolve::{Def, DefId, DefKind, Namespace, Program, Res, Ty};
use crate::syntax::ast::{Ident, Mod, UseLeaf};
use crate::syntax::{Item, ItemKind, MentionKind, Name};

/// What the kept code of a module calls by method syntax.
#[derive(Default)]
pub(super) struct Called {
    /// Names of calls that are not proved to be of the program: it may implement a trait of another crate.
    pub(super) foreign: BTreeSet<Name>,
    /// Names of calls whose callee is not proved.
    pub(super) unproved: BTreeSet<Name>,
    /// Paths into other crates: `Vec` and `new` of `Vec::new()`.
    pub(super) elsewhere: BTreeSet<(ExternalPath, Name)>,
    /// Traits of the program whose methods are proved to be called on concrete types.
    pub(super) traits: BTreeSet<DefId>,
}

impl Called {
    /// A path in a definition: what stands before its last name, and that.
    pub(super) fn path(&mut self, program: &Program, id: DefId, before: &[Ident], last: &Name) {
        let module = program.def(id).module;
        let mut names: Vec<Name> = before.iter().map(|segment| segment.name.clone()).collect();
        if let Some(Res::External(ty)) = program.resolve_names(&names, Namespace::Types, module, Some(id)) {
            self.elsewhere.insert((ty, last.clone()));
            return;
        }
        names.push(last.clone());
        match program.resolve_names(&names, Namespace::Values, module, Some(id)) {
            Some(Res::Def(callee)) => self.traits.extend(trait_of(program, callee)),
            _ => {
                self.unproved.insert(last.clone());
            }
        }
    }

    /// Whether a trait of the program must be in scope.
    fn needs(&self, program: &Program, id: DefId) -> bool {
        // An associated type is found through a bound, or by the trait's name.
        let members = program.members(id).iter().map(|&member| program.def(member));
        let members: Vec<&Def> = members.filter(|member| member.kind != DefKind::AssocType).collect();
        let is_member = |name: &Name| members.iter().any(|member| member.name == *name);
        self.traits.contains(&id)
            || self.unproved.iter().any(is_member)
            || self.elsewhere.iter().any(|(ty, name)| is_member(name) && is_implemented(program, id, ty))
    }
}

/// Whether a trait of the program may be implemented for another crate's type.
fn is_implemented(program: &Program, trait_: DefId, ty: &ExternalPath) -> bool {
    program.impls_of_trait(trait_).iter().any(|&id| match &program.impl_info(id).self_ty {
        Ty::Def(..) => false,
        Ty::External(path, _) => path.last() == ty.last(),
        _ => true,
    })
}

/// The trait of the program whose method a definition is, or implements.
pub(super) fn trait_of(program: &Program, id: DefId) -> Option<DefId> {
    let parent = program.def(id).parent?;
    if program.def(parent).kind == DefKind::Trait {
        return Some(parent);
    }
    program.impl_of(parent)?.trait_.as_ref().and_then(Res::def)
}

/// Whether a definition implements a method of another crate's trait.
pub(super) fn is_of_foreign_trait(program: &Program, id: DefId) -> bool {
    let implemented = program.def(id).parent.and_then(|parent| program.impl_of(parent)?.trait_.clone());
    matches!(implemented, Some(Res::External(_)))
}

impl Names<'_> {
    /// Imports of a module that are needed for the sake of methods.
    pub(super) fn traits_in_use(&mut self, key: CrateKey, module: ModuleId, called: &Called) {
        let program = self.program;
        let leaves = self.leaves.get(&module).cloned().unwrap_or_default();
        for (leading_colon, leaf) in leaves.iter() {
            let names: Vec<Name> = leaf.path.iter().map(|ident| ident.name.clone()).collect();
            let res = program.resolve_names(&names, Namespace::Types, module, None);
            match (&leaf.name, res) {
                (Some(_), Some(Res::Def(id)))
                    if program.def(id).kind == DefKind::Trait && called.needs(program, id) =>
                {
                    self.keep_leaf(key, module, *leading_colon, leaf);
                }
                (Some(name), Some(Res::External(path))) => {
                    let is_renamed = name != path.last() && name != "_";
                    let is_called = traits::is_called(path.last(), &called.foreign);
                    if is_called == Some(true) {
                        // Traits seldom get another name, types often: `use sqlx::Error as SqlError`.
                        if is_renamed || traits::has_namesakes(path.last()) {
                            self.contents(key).doubtful.insert((module, leaf.span));
                        }
                        self.keep_leaf(key, module, *leading_colon, leaf);
                    } else if !is_renamed
                        && is_called.is_none()
                        && !traits::is_no_trait(&path.0)
                        && (name == "_" || !self.is_named(module, name))
                    {
                        self.contents(key).doubtful.insert((module, leaf.span));
                        self.keep_leaf(key, module, *leading_colon, leaf);
                    }
                }
                (None, Some(Res::Module(target))) => {
                    self.glob_traits(key, module, *leading_colon, leaf, target, called);
                }
                (None, Some(Res::External(_))) => {
                    self.contents(key).doubtful.insert((module, leaf.span));
                    self.keep_leaf(key, module, *leading_colon, leaf);
                }
                _ => {}
            }
        }
    }

    fn glob_traits(
        &mut self,
        key: CrateKey,
        module: ModuleId,
        leading_colon: bool,
        leaf: &UseLeaf,
        target: ModuleId,
        called: &Called,
    ) {
        let program = self.program;
        let brought: Vec<Name> = program
            .module_names(target)
            .filter(|(_, res)| match res {
                Res::Def(id) if program.def(*id).kind == DefKind::Trait => called.needs(program, *id),
                Res::External(path) => traits::is_called(path.last(), &called.foreign) == Some(true),
                _ => false,
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in brought {
            self.contents(key).doubtful.insert((module, leaf.span));
            self.keep_leaf(key, module, leading_colon, leaf);
            if let Some(target_key) = self.crate_for(key, program.tree.module(target).krate) {
                self.module_exists(target_key, target);
                self.need(target_key, target, &name);
            }
        }
    }

    /// Whether anything but an import names something so in a module's own text, to which those modules in it do not belong that import
    /// it for themselves.
    fn is_named(&self, module: ModuleId, name: &str) -> bool {
        let program = self.program;
        let module = program.tree.module(module);
        let facts = program.tree.facts(module.source);
        let in_items = module
            .items
            .iter()
            .chain(module.test_items.iter())
            .filter(|item| match &item.kind {
                ItemKind::Use(_) => false,
                ItemKind::Mod(inner) => !imports_itself(inner, name),
                _ => true,
            })
            .flat_map(|item| facts.mentions_in(item.span));
        in_items.into_iter().any(|mention| {
            !matches!(mention.kind, MentionKind::Method | MentionKind::Field | MentionKind::Definition)
                && mention.segments.first().is_some_and(|segment| segment.name == name)
        })
    }
}

/// Whether a module with its text in place imports something, by its name or as `_`.
fn imports_itself(module: &Mod, name: &str) -> bool {
    let leaves = |item: &Arc<Item>| match &item.kind {
        ItemKind::Use(used) => used.tree.leaves(),
        _ => Vec::new(),
    };
    let mut leaves = module.items.iter().flatten().flat_map(leaves);
    leaves.any(|leaf| {
        leaf.name.as_ref().is_some_and(|own| own == name || own == "_")
            && leaf.path.last().is_some_and(|last| last.name == name)
    })
}
