//! Imports: which `use` of a module brings a name.
//!
//! Input: a module's imports and a name in it. Output: the imports that may bring it, those of other crates' globs included, of which nobody
//! knows. Deliberately absent: what an import itself needs (`names`), and imports for the sake of methods (`trait_imports`).

use super::names::{Contents, Names, Used};
use crate::load::ModuleId;
use crate::resolve::{DefKind, Namespace, Res};
use crate::syntax::ast::{UseLeaf, VisKind};
use crate::syntax::{Item, ItemKind, Name};

impl Names<'_> {
    /// Of several imports of one name those that can be meant: a module has names behind it, and is nothing by itself.
    pub(super) fn meant<'l>(
        &self,
        module: ModuleId,
        leaves: Vec<&'l (bool, UseLeaf)>,
        used: Used,
    ) -> Vec<&'l (bool, UseLeaf)> {
        let is_trait = |leaf: &UseLeaf| self.is_own_trait(module, leaf);
        let leaves = if !matches!(used, Used::Argument | Used::Derive)
            && leaves.iter().any(|(_, leaf)| is_trait(leaf))
        {
            // What else has a trait's name is a derive.
            leaves.into_iter().filter(|(_, leaf)| is_trait(leaf)).collect()
        } else {
            leaves
        };
        let is_module = |leaf: &UseLeaf| matches!(self.meaning(module, leaf), Some(Res::Module(_)));
        let (modules, others): (Vec<_>, Vec<_>) =
            leaves.iter().copied().partition(|(_, leaf)| is_module(leaf));
        match used {
            Used::Before if !modules.is_empty() => modules,
            // `use anyhow::anyhow` brings a macro; `anyhow::Result` is a path into the crate.
            Used::Before => {
                others.into_iter().filter(|(_, leaf)| !self.is_macro_of_its_crate(module, leaf)).collect()
            }
            Used::Last | Used::Derive if !others.is_empty() => others,
            _ => leaves,
        }
    }

    /// Whether an import brings a trait of the program, and another one of its name what derives it: what that makes may name the trait so, or
    /// by its path.
    pub(super) fn is_beside_derive(&self, module: ModuleId, leaf: &UseLeaf) -> bool {
        let leaves = self.leaves.get(&module).map_or(&[][..], |leaves| &**leaves);
        self.is_own_trait(module, leaf)
            && leaves.iter().any(|(_, other)| other.name == leaf.name && other.span != leaf.span)
    }

    /// Whether an import brings a trait of the program.
    fn is_own_trait(&self, module: ModuleId, leaf: &UseLeaf) -> bool {
        let meant = self.meaning(module, leaf).and_then(|res| res.def());
        meant.is_some_and(|id| self.program.def(id).kind == DefKind::Trait)
    }

    /// Whether an import brings what is called like the crate that it comes from: a macro, by custom.
    fn is_macro_of_its_crate(&self, module: ModuleId, leaf: &UseLeaf) -> bool {
        let [krate, last] = leaf.path.as_slice() else { return false };
        krate.name == last.name
            && leaf.name.as_ref() == Some(&last.name)
            && self.is_crate_name(module, &krate.name)
    }

    /// Whether a glob may bring a name.
    pub(super) fn glob_brings(&self, module: ModuleId, leaf: &UseLeaf, name: &Name) -> bool {
        match self.meaning(module, leaf) {
            Some(Res::Module(target)) => {
                self.macro_items.defining(target, name).next().is_some()
                    || (self.found_in(target, name).next().is_some() && self.is_seen(module, target, name))
            }
            Some(Res::Def(id)) => {
                self.program.members(id).iter().any(|&member| &self.program.def(member).name == name)
            }
            // Whether another crate's glob brings the name is not known; it may.
            Some(Res::External(_)) => !self.is_crate_name(module, name) && !is_prelude(name),
            None => false,
        }
    }

    /// Whether a glob brings something of the program under a name.
    pub(super) fn glob_brings_own(&self, module: ModuleId, leaf: &UseLeaf, name: &Name) -> bool {
        let Some(Res::Module(target)) = self.meaning(module, leaf) else { return false };
        self.found_in(target, name).any(|res| !matches!(res, Res::External(_)))
            && self.is_seen(module, target, name)
    }

    /// Whether what a glob brings under a name is a module.
    pub(super) fn glob_brings_module(&self, module: ModuleId, leaf: &UseLeaf, name: &Name) -> bool {
        let Some(Res::Module(target)) = self.meaning(module, leaf) else { return false };
        self.found_in(target, name).any(|res| matches!(res, Res::Module(_)))
    }

    /// Whether a name that a module has can be seen from another: its private imports only from below it.
    fn is_seen(&self, module: ModuleId, target: ModuleId, name: &Name) -> bool {
        let tree = &self.program.tree;
        let mut around = std::iter::successors(Some(module), |&at| tree.module(at).parent);
        let is_import = |item: &Item| match &item.kind {
            ItemKind::Use(used) => {
                item.vis.kind != VisKind::Inherited
                    && used.tree.leaves().iter().any(|leaf| leaf.name.as_ref().is_none_or(|own| own == name))
            }
            ItemKind::ExternCrate { .. } => item.vis.kind != VisKind::Inherited,
            _ => false,
        };
        around.any(|at| at == target)
            || self.program.module_items(target).iter().any(|&id| &self.program.def(id).name == name)
            || tree.module(target).children.iter().any(|&child| &tree.module(child).name == name)
            || tree.module(target).items.iter().any(|item| is_import(item))
    }

    /// What the path of an import means as a type or module.
    pub(super) fn meaning(&self, module: ModuleId, leaf: &UseLeaf) -> Option<Res> {
        let names: Vec<Name> = leaf.path.iter().map(|ident| ident.name.clone()).collect();
        self.program.resolve_names(&names, Namespace::Types, module, None)
    }

    /// What a name means in a module, in each namespace.
    fn found_in(&self, target: ModuleId, name: &Name) -> impl Iterator<Item = Res> {
        let spaces = [Namespace::Types, Namespace::Values, Namespace::Macros];
        let rest = std::slice::from_ref(name);
        spaces
            .into_iter()
            .filter_map(move |space| self.program.resolve_rest(Res::Module(target), rest, space))
    }

    /// Whether a kept import of a module brings a name.
    pub(super) fn is_imported(&self, contents: &Contents, module: ModuleId, name: &Name) -> bool {
        let leaves = self.leaves.get(&module).map_or(&[][..], |leaves| &**leaves);
        let kept = |leaf: &UseLeaf| contents.leaves.contains(&(module, leaf.span));
        let named = leaves.iter().find(|(_, leaf)| leaf.name.as_ref() == Some(name));
        match named {
            Some((_, leaf)) => kept(leaf),
            None => leaves
                .iter()
                .any(|(_, leaf)| leaf.name.is_none() && kept(leaf) && self.glob_brings(module, leaf, name)),
        }
    }
}

/// Names that every module knows.
pub(super) fn is_prelude(name: &str) -> bool {
    matches!(
        name,
        "Option"
            | "Some"
            | "None"
            | "Result"
            | "Ok"
            | "Err"
            | "Vec"
            | "String"
            | "Box"
            | "Clone"
            | "Copy"
            | "Debug"
            | "Default"
            | "derive"
            | "From"
            | "Into"
            | "Send"
            | "Sync"
            | "ToString"
            | "str"
            | "bool"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "usize"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "isize"
            | "f32"
            | "f64"
            | "char"
            | "std"
            | "vec"
            | "format"
            | "println"
            | "Self"
            | "self"
    )
}
