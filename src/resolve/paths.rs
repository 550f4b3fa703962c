//! Paths: from written segments to what they name.

use super::program::{DefId, DefKind, Program};
use super::scope::{ExternalPath, Namespace, Res, Scope};
use super::types::{Ty, TypeContext};
use crate::load::{KrateKind, ModuleId};
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
            None => self.resolve_first_segment(first, module, None)?,
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
            return self.resolve_first_segment(name, module, None);
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
        prelude(name).or_else(|| external_glob(scope, name))
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
    pub(super) fn resolve_first_segment(
        &self,
        name: &Name,
        module: ModuleId,
        scope: Option<&Scope>,
    ) -> Option<Res> {
        let krate_root = || self.tree.krate(self.tree.module(module).krate).root;
        match name.as_str() {
            "crate" | "$crate" => return Some(Res::Module(krate_root())),
            "self" => return Some(Res::Module(module)),
            "super" => return self.tree.module(module).parent.map(Res::Module),
            _ => {}
        }
        let scope = scope.unwrap_or(&self.scopes[module.0 as usize]);
        scope
            .get(name, Namespace::Types)
            .cloned()
            .or_else(|| self.resolve_crate(name, module))
            .or_else(|| prelude(name))
            .or_else(|| external_glob(scope, name))
    }

    /// A module's own items and children, without what imports bring.
    pub(super) fn scope_without_imports(&self, module: ModuleId) -> Scope {
        let mut scope = Scope::default();
        for &child in &self.tree.module(module).children {
            let binding =
                super::Binding { namespace: Some(Namespace::Types), res: Res::Module(child), glob: false };
            scope.add(self.tree.module(child).name.clone(), binding);
        }
        scope
    }

    /// A crate's name as code of this module's package knows it.
    pub fn resolve_crate(&self, name: &str, module: ModuleId) -> Option<Res> {
        if matches!(name, "std" | "core" | "alloc") {
            return Some(Res::External(ExternalPath::new([Name::new("std")])));
        }
        let krate = self.tree.krate(self.tree.module(module).krate);
        let package = &self.tree.packages[krate.package];
        let lib_root = |package: usize| {
            self.tree
                .krates
                .iter()
                .find(|krate| krate.package == package && krate.kind == KrateKind::Lib)
                .map(|krate| Res::Module(krate.root))
        };
        if krate.kind == KrateKind::Bin && package.lib_name() == Some(name) {
            return lib_root(krate.package);
        }
        if let Some(dependency) = package.dependency(name) {
            return match dependency.local.and_then(lib_root) {
                Some(root) => Some(root),
                None => {
                    Some(Res::External(ExternalPath::new([Name::new(dependency.package.replace('-', "_"))])))
                }
            };
        }
        // A local dependency whose library has another name than its package.
        package
            .dependencies
            .iter()
            .filter_map(|dependency| dependency.local)
            .find(|&local| self.tree.packages[local].lib_name() == Some(name))
            .and_then(lib_root)
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
                        scope.get(name, space).cloned().or_else(|| external_glob(scope, name))?
                    }
                }
                Res::External(path) => Res::External(path.join(name.clone())),
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

fn prelude(name: &str) -> Option<Res> {
    PRELUDE.iter().find(|(known, _)| *known == name).map(|(_, path)| Res::External(ExternalPath::parse(path)))
}

/// A name that only a glob import of one external path can bring.
fn external_glob(scope: &Scope, name: &str) -> Option<Res> {
    match scope.external_globs.as_slice() {
        [only] => Some(Res::External(only.join(Name::new(name)))),
        _ => None,
    }
}
