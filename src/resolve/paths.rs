//! Paths: from written segments to what they name.

use super::program::{DefId, DefKind, Program};
use super::scope::{ExternalPath, Namespace, Res};
use super::types::{Ty, TypeContext};
use crate::load::{KrateKind, ModuleId, Package, PackageId, SourceTree};
use crate::ordered::UnorderedMap;
use crate::syntax::ast::Path;
use crate::syntax::{ItemKind, Name};

/// What every scope knows without an import, as far as paths to it matter: the standard prelude of edition 2021.
const PRELUDE: &[(&str, &str)] = &[
    ("Option", "std::option::Option"),
    ("Some", "std::option::Option::Some"),
    ("None", "std::option::Option::None"),
    ("Result", "std::result::Result"),
    ("Ok", "std::result::Result::Ok"),
    ("Err", "std::result::Result::Err"),
    ("Vec", "std::vec::Vec"),
    ("String", "std::string::String"),
    ("Box", "std::boxed::Box"),
    ("ToString", "std::string::ToString"),
    ("ToOwned", "std::borrow::ToOwned"),
    ("Clone", "std::clone::Clone"),
    ("Default", "std::default::Default"),
    ("From", "std::convert::From"),
    ("Into", "std::convert::Into"),
    ("TryFrom", "std::convert::TryFrom"),
    ("TryInto", "std::convert::TryInto"),
    ("AsRef", "std::convert::AsRef"),
    ("Iterator", "std::iter::Iterator"),
    ("IntoIterator", "std::iter::IntoIterator"),
    ("Extend", "std::iter::Extend"),
    ("Fn", "std::ops::Fn"),
    ("FnMut", "std::ops::FnMut"),
    ("FnOnce", "std::ops::FnOnce"),
    ("Drop", "std::ops::Drop"),
    ("Send", "std::marker::Send"),
    ("Sync", "std::marker::Sync"),
    ("Sized", "std::marker::Sized"),
    ("Copy", "std::marker::Copy"),
    ("PartialEq", "std::cmp::PartialEq"),
    ("Eq", "std::cmp::Eq"),
    ("PartialOrd", "std::cmp::PartialOrd"),
    ("Ord", "std::cmp::Ord"),
    ("drop", "std::mem::drop"),
    ("Future", "std::future::Future"),
    ("IntoFuture", "std::future::IntoFuture"),
];

/// What a package's code calls other crates.
#[derive(Debug, Default)]
pub(super) struct CrateNames {
    /// Its own library, as its binaries see it.
    own_lib: Option<Res>,
    by_name: UnorderedMap<Name, Res>,
}

/// The names of crates by package.
pub(super) fn crate_names(tree: &SourceTree) -> Vec<CrateNames> {
    let mut libs: UnorderedMap<PackageId, Res> = UnorderedMap::default();
    for krate in tree.krates.iter().rev().filter(|krate| krate.kind == KrateKind::Lib) {
        libs.insert(krate.package, Res::Module(krate.root));
    }
    let of_package = |(at, package): (usize, &Package)| {
        let mut names = CrateNames { own_lib: libs.get(&at).cloned(), by_name: UnorderedMap::default() };
        let std = Res::External(ExternalPath::parse("std"));
        for name in ["std", "core", "alloc"] {
            names.by_name.insert(Name::new_static(name), std.clone());
        }
        for dependency in &package.dependencies {
            let lib = dependency.local.and_then(|local| libs.get(&local).cloned());
            let external =
                || Res::External(ExternalPath::new([Name::new(dependency.package.replace('-', "_"))]));
            names
                .by_name
                .entry(Name::new(dependency.code_name()))
                .or_insert_with(|| lib.unwrap_or_else(external));
        }
        // A local dependency whose library has another name than its package.
        for local in package.dependencies.iter().filter_map(|dependency| dependency.local) {
            if let (Some(name), Some(root)) = (tree.packages[local].lib_name(), libs.get(&local)) {
                names.by_name.entry(Name::new(name)).or_insert_with(|| root.clone());
            }
        }
        names
    };
    tree.packages.iter().enumerate().map(of_package).collect()
}

impl Program {
    /// What a written path means where it stands. `owner` is the definition in which it stands: its body's items, its `Self`.
    pub fn resolve_ast_path(
        &self,
        path: &Path,
        namespace: Namespace,
        module: ModuleId,
        owner: Option<DefId>,
    ) -> Option<Res> {
        let names: Vec<Name> = path.names().cloned().collect();
        if path.leading_colon {
            let krate = self.resolve_crate(&names[0], module)?;
            return self.resolve_rest(krate, &names[1..], namespace);
        }
        if let Some(qself) = &path.qself {
            let ty = self.lower_type(qself, TypeContext { module, owner });
            return self.assoc_of(&ty, &path.last().ident.name);
        }
        self.resolve_names(&names, namespace, module, owner)
    }

    /// What a path of names means.
    pub fn resolve_names(
        &self,
        names: &[Name],
        namespace: Namespace,
        module: ModuleId,
        owner: Option<DefId>,
    ) -> Option<Res> {
        let (first, rest) = names.split_first()?;
        if first == "Self" {
            let ty = self.self_type(TypeContext { module, owner });
            return match rest {
                [] => ty.def().map(Res::Def),
                [name] => self.assoc_of(&ty, name),
                [name, rest @ ..] => self.resolve_rest(self.assoc_of(&ty, name)?, rest, namespace),
            };
        }
        let space = if rest.is_empty() { namespace } else { Namespace::Types };
        let in_body = self.body_res(first, space, owner);
        let base = match in_body {
            Some(res) => res,
            None if rest.is_empty() => self.resolve_single(first, namespace, module)?,
            None => self.resolve_first_segment(first, module)?,
        };
        self.resolve_rest(base, rest, namespace)
    }

    /// A name that an item or import inside the function's body, or one around it, brings.
    fn body_res(&self, name: &str, namespace: Namespace, owner: Option<DefId>) -> Option<Res> {
        let mut at = owner;
        while let Some(id) = at {
            if let Some(res) = self.body_scopes.get(&id).and_then(|scope| scope.get(name, namespace)) {
                return Some(res.clone());
            }
            at = self.def(id).parent;
        }
        None
    }

    fn resolve_single(&self, name: &Name, namespace: Namespace, module: ModuleId) -> Option<Res> {
        if namespace == Namespace::Types {
            return self.resolve_first_segment(name, module);
        }
        let scope = &self.scopes[module.0 as usize];
        if let Some(res) = scope.get(name, namespace) {
            return Some(res.clone());
        }
        if namespace == Namespace::Macros
            && let Some(res) = self.textual_macro(name, module)
        {
            return Some(res);
        }
        self.prelude.get(name).cloned().or_else(|| scope.external_glob(name))
    }

    /// `macro_rules!` macros are in scope in the modules inside the one that defines them.
    fn textual_macro(&self, name: &str, module: ModuleId) -> Option<Res> {
        let mut at = Some(module);
        while let Some(id) = at {
            if let Some(res) = self.scopes[id.0 as usize].get(name, Namespace::Macros) {
                return Some(res.clone());
            }
            at = self.tree.module(id).parent;
        }
        let krate = self.tree.module(module).krate;
        self.macros.get(&(krate, Name::new(name))).map(|&id| Res::Def(id))
    }

    /// The first segment of a longer path, or a type: keyword, name in scope, crate, prelude.
    pub(super) fn resolve_first_segment(&self, name: &Name, module: ModuleId) -> Option<Res> {
        let scope = &self.scopes[module.0 as usize];
        self.keyword(name, module)
            .or_else(|| scope.get(name, Namespace::Types).cloned())
            .or_else(|| self.resolve_crate(name, module))
            .or_else(|| self.prelude.get(name).cloned())
            .or_else(|| scope.external_glob(name))
    }

    /// The same without what imports bring.
    pub(super) fn resolve_first_unimported(&self, name: &Name, module: ModuleId) -> Option<Res> {
        let child = || {
            let is_it = |child: &&ModuleId| self.tree.module(**child).name == *name;
            self.tree.module(module).children.iter().find(is_it).map(|&child| Res::Module(child))
        };
        self.keyword(name, module)
            .or_else(child)
            .or_else(|| self.resolve_crate(name, module))
            .or_else(|| self.prelude.get(name).cloned())
    }

    /// `crate`, `self` and `super`.
    fn keyword(&self, name: &str, module: ModuleId) -> Option<Res> {
        match name {
            "crate" | "$crate" => Some(Res::Module(self.tree.krate(self.tree.module(module).krate).root)),
            "self" => Some(Res::Module(module)),
            "super" => self.tree.module(module).parent.map(Res::Module),
            _ => None,
        }
    }

    /// A crate's name as code of this module's package knows it.
    pub fn resolve_crate(&self, name: &str, module: ModuleId) -> Option<Res> {
        let krate = self.tree.krate(self.tree.module(module).krate);
        let names = self.crate_names.get(krate.package)?;
        let is_std = matches!(name, "std" | "core" | "alloc");
        if !is_std
            && krate.kind == KrateKind::Bin
            && self.tree.packages[krate.package].lib_name() == Some(name)
        {
            return names.own_lib.clone();
        }
        names.by_name.get(name).cloned()
    }

    /// Follows further segments from a resolved start.
    pub fn resolve_rest(&self, base: Res, rest: &[Name], namespace: Namespace) -> Option<Res> {
        let mut at = base;
        for (position, name) in rest.iter().enumerate() {
            let last = position + 1 == rest.len();
            let space = if last { namespace } else { Namespace::Types };
            at = match at {
                Res::Module(module) => {
                    if name == "self" {
                        Res::Module(module)
                    } else if name == "super" {
                        Res::Module(self.tree.module(module).parent?)
                    } else {
                        let scope = &self.scopes[module.0 as usize];
                        scope.get(name, space).cloned().or_else(|| scope.external_glob(name))?
                    }
                }
                Res::External(path) => return Some(Res::External(path.join_all(&rest[position..]))),
                Res::Def(id) => self.member(id, name)?,
            };
        }
        Some(at)
    }

    /// A variant, associated function, const or type of a definition.
    fn member(&self, id: DefId, name: &str) -> Option<Res> {
        let def = self.def(id);
        match def.kind {
            DefKind::Enum | DefKind::Trait => {
                if let Some(&member) = self.members(id).iter().find(|&&member| self.def(member).name == name)
                {
                    return Some(Res::Def(member));
                }
            }
            DefKind::TypeAlias => {
                if let ItemKind::TypeAlias { ty: Some(ty), .. } = &def.item.kind {
                    let target = self.lower_type(ty, TypeContext { module: def.module, owner: Some(id) });
                    return self.assoc_of(&target, name);
                }
            }
            _ => {}
        }
        let own = self.assoc_of_type(id, name).first().copied();
        own.or_else(|| self.default_of_trait(id, name)).map(Res::Def)
    }

    /// A default method of a trait that the type implements.
    fn default_of_trait(&self, id: DefId, name: &str) -> Option<DefId> {
        self.impls_of_type(id).iter().find_map(|&impl_id| {
            let trait_ = self.impl_info(impl_id).trait_.as_ref().and_then(Res::def)?;
            self.members(trait_).iter().copied().find(|&member| self.def(member).name == name)
        })
    }

    /// An associated item of a type: its own, or of a trait it implements, or of a bound.
    pub fn assoc_of(&self, ty: &Ty, name: &str) -> Option<Res> {
        // `Arc::<T>::new` is a function of `Arc`: only methods look through pointers.
        if let Ty::External(path, _) = ty {
            return Some(Res::External(path.join(Name::new(name))));
        }
        match ty.peel() {
            Ty::Def(id, _) => self.member(*id, name),
            Ty::External(path, _) => Some(Res::External(path.join(Name::new(name)))),
            Ty::Dyn(bounds) | Ty::Impl(bounds) => {
                bounds.iter().filter_map(|bound| bound.trait_.def()).find_map(|id| self.member(id, name))
            }
            _ => None,
        }
    }
}

/// The standard prelude by name.
pub(super) fn prelude() -> UnorderedMap<Name, Res> {
    let mut names = UnorderedMap::default();
    for (name, path) in PRELUDE {
        names.insert(Name::new_static(name), Res::External(ExternalPath::parse(path)));
    }
    names
}
