//! Definitions: one `Def` for every item, member and item inside a body; then the impl blocks with their types.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::program::{Def, DefId, DefKind, ImplId, ImplInfo, Program};
use super::scope::{Binding, Namespace, Res, Scope};
use super::types::{Ty, TypeContext};
use crate::load::{ModuleId, SourceTree};
use crate::ordered::{OrderedMap, UnorderedMap};
use crate::span::{Location, SourceId, Span};
use crate::syntax::{Item, ItemKind, Name, ast};

/// All definitions of the tree, each named in its module's scope. Modules are looked through on all cores; only then it is known which
/// number the first definition of each has.
pub(super) fn definitions(tree: SourceTree) -> Program {
    let modules = (0..tree.modules.len() as u32).into_par_iter().with_max_len(8).map(ModuleId);
    let mut all: Vec<Found> = modules.map(|module| Found::of(&tree, module)).collect();
    let mut first = 0;
    for found in &mut all {
        found.first = first;
        first += found.defs.len() as u32;
    }
    all.par_iter_mut().for_each(Found::number);
    let mut program = Program {
        prelude: super::paths::prelude(),
        crate_names: super::paths::crate_names(&tree),
        defs: Vec::with_capacity(first as usize),
        ..Program::default()
    };
    for found in all {
        let krate = tree.module(ModuleId(program.scopes.len() as u32)).krate;
        for (name, id) in found.macros {
            program.macros.entry((krate, name)).or_insert(id);
        }
        for (parent, members) in found.members {
            program.members.insert(parent, members);
        }
        for (func, scope) in found.body_scopes {
            program.body_scopes.insert(func, scope);
        }
        program.defs.extend(found.defs);
        program.body_imports.extend(found.body_imports);
        program.scopes.push(found.scope);
        program.by_module.push(found.items);
        program.by_place.push(found.by_place);
    }
    program.tree = tree;
    program
}

/// What one module adds to the program. Its definitions count from 0, until `number` adds those before them.
#[derive(Default)]
struct Found {
    /// Definitions before the module's.
    first: u32,
    defs: Vec<Def>,
    /// Of the module itself.
    scope: Scope,
    /// Of functions.
    body_scopes: OrderedMap<DefId, Scope>,
    body_imports: Vec<(DefId, Arc<Item>)>,
    members: OrderedMap<DefId, Vec<DefId>>,
    /// Directly in the module.
    items: Vec<DefId>,
    macros: Vec<(Name, DefId)>,
    /// By the place of the item; filled by `number`.
    by_place: UnorderedMap<Span, DefId>,
}

impl Found {
    fn of(tree: &SourceTree, id: ModuleId) -> Self {
        let module = tree.module(id);
        let mut found = Self::default();
        for &child in &module.children {
            let name = tree.module(child).name.clone();
            let binding = Binding { namespace: Some(Namespace::Types), res: Res::Module(child), glob: false };
            found.scope.add(name, binding);
        }
        let path = tree.module_path(id);
        let mut collect = Collect {
            found: &mut found,
            module: id,
            source: module.source,
            features: &tree.package_of(id).features,
        };
        for item in module.items.iter() {
            collect.item(item, &path, None);
        }
        found.made(&module.items, &path);
        found
    }

    /// Notes the types of inherent impls that no item of the module defines. Only the crate that defines a type may have such an impl (Rust
    /// reference, "Inherent implementations"), so where another crate's glob seems to bring the type, a macro of the module makes it.
    fn made(&mut self, items: &[Arc<Item>], path: &str) {
        for item in items {
            let ItemKind::Impl(implementation) = &item.kind else { continue };
            let ast::TypeKind::Path(ty) = &implementation.self_ty.kind else { continue };
            if let (None, Some(name)) = (&implementation.trait_, ty.as_ident())
                && self.scope.get(name, Namespace::Types).is_none()
            {
                self.scope.add_made(name.clone(), Arc::from(path));
            }
        }
    }

    /// Gives every definition its number in the program.
    fn number(&mut self) {
        let first = self.first;
        let number = |id: DefId| DefId(id.0 + first);
        for def in &mut self.defs {
            def.id = number(def.id);
            def.parent = def.parent.map(number);
        }
        let scopes = self.body_scopes.values_mut().chain([&mut self.scope]);
        for binding in scopes.flat_map(|scope| scope.names.values_mut()).flatten() {
            if let Res::Def(id) = &mut binding.res {
                *id = number(*id);
            }
        }
        let body_scopes = std::mem::take(&mut self.body_scopes).into_iter();
        self.body_scopes = body_scopes.map(|(func, scope)| (number(func), scope)).collect();
        self.body_imports.iter_mut().for_each(|(func, _)| *func = number(*func));
        self.items.iter_mut().for_each(|id| *id = number(*id));
        self.macros.iter_mut().for_each(|(_, id)| *id = number(*id));
        let members = std::mem::take(&mut self.members).into_iter();
        self.members =
            members.map(|(id, members)| (number(id), members.into_iter().map(number).collect())).collect();
        for def in self.defs.iter().filter(|def| def.kind != DefKind::Variant) {
            self.by_place.insert(def.location.span, def.id);
        }
    }
}

/// Walks the items of one module.
struct Collect<'f> {
    found: &'f mut Found,
    module: ModuleId,
    source: SourceId,
    features: &'f BTreeSet<String>,
}

impl Collect<'_> {
    /// Adds an item and what it holds; names it in its module's scope, or in its function's where it stands in a body.
    fn item(&mut self, item: &Arc<Item>, path: &str, parent: Option<DefId>) {
        let kind = match &item.kind {
            ItemKind::Fn(_) => DefKind::Fn,
            ItemKind::Struct(_) => DefKind::Struct,
            ItemKind::Union(_) => DefKind::Union,
            ItemKind::Enum(_) => DefKind::Enum,
            ItemKind::Trait(_) => DefKind::Trait,
            ItemKind::TypeAlias { .. } => DefKind::TypeAlias,
            ItemKind::Const { .. } => DefKind::Const,
            ItemKind::Static { .. } => DefKind::Static,
            ItemKind::Impl(_) => DefKind::Impl,
            ItemKind::MacroRules(_) => DefKind::Macro,
            ItemKind::MacroCall(_) => DefKind::MacroCall,
            ItemKind::Use(_) | ItemKind::ExternCrate { .. } | ItemKind::Mod(_) | ItemKind::Other => return,
        };
        let name = match &item.kind {
            ItemKind::Impl(implementation) => match &implementation.self_ty.kind {
                ast::TypeKind::Path(path) => path.last().ident.name.clone(),
                _ => Name::new_static("impl"),
            },
            _ => item.name.name.clone(),
        };
        let id = self.def(kind, name, path, parent, item);
        let namespaces: &[Namespace] = match kind {
            DefKind::Fn | DefKind::Const | DefKind::Static => &[Namespace::Values],
            DefKind::Struct => &[Namespace::Types, Namespace::Values],
            DefKind::Macro => &[Namespace::Macros],
            DefKind::Impl | DefKind::MacroCall => &[],
            _ => &[Namespace::Types],
        };
        for &namespace in namespaces {
            let binding = Binding { namespace: Some(namespace), res: Res::Def(id), glob: false };
            let scope = match parent {
                Some(func) => self.found.body_scopes.entry(func).or_default(),
                None => &mut self.found.scope,
            };
            scope.add(item.name.name.clone(), binding);
        }
        match &item.kind {
            ItemKind::Fn(func) => self.body_items(func, id),
            ItemKind::Enum(enumeration) => {
                let own_path = self.path(id);
                for variant in &enumeration.variants {
                    let name = variant.name.name.clone();
                    let member = self.def(DefKind::Variant, name, &own_path, Some(id), item);
                    self.found.defs[member.0 as usize].location.span = variant.span;
                    self.found.members.entry(id).or_default().push(member);
                }
            }
            ItemKind::Trait(trait_) => self.members(&trait_.items, id),
            ItemKind::Impl(implementation) => self.members(&implementation.items, id),
            _ => {}
        }
    }

    fn members(&mut self, items: &[Arc<Item>], parent: DefId) {
        let path = self.path(parent);
        for item in items {
            if !crate::load::is_on(&item.attrs, self.features) {
                continue;
            }
            let kind = match &item.kind {
                ItemKind::Fn(_) => DefKind::Method,
                ItemKind::Const { .. } => DefKind::AssocConst,
                ItemKind::TypeAlias { .. } => DefKind::AssocType,
                ItemKind::MacroCall(_) => DefKind::MacroCall,
                _ => continue,
            };
            let id = self.def(kind, item.name.name.clone(), &path, Some(parent), item);
            self.found.members.entry(parent).or_default().push(id);
            if let ItemKind::Fn(func) = &item.kind {
                self.body_items(func, id);
            }
        }
    }

    /// Items that stand in a function's body.
    fn body_items(&mut self, body: &ast::Fn, func: DefId) {
        for item in &body.inner {
            if !crate::load::is_on(&item.attrs, self.features) {
                continue;
            }
            if matches!(item.kind, ItemKind::Use(_) | ItemKind::ExternCrate { .. }) {
                self.found.body_imports.push((func, item.clone()));
            } else {
                self.item(item, &self.path(func), Some(func));
            }
        }
    }

    fn path(&self, id: DefId) -> String {
        self.found.defs[id.0 as usize].path.clone()
    }

    fn def(
        &mut self,
        kind: DefKind,
        name: Name,
        path: &str,
        parent: Option<DefId>,
        item: &Arc<Item>,
    ) -> DefId {
        let id = DefId(self.found.defs.len() as u32);
        let location = Location { source: self.source, span: item.span };
        let path = format!("{path}::{name}");
        if kind == DefKind::Macro {
            self.found.macros.push((name.clone(), id));
        }
        if parent.is_none() {
            self.found.items.push(id);
        }
        let module = self.module;
        self.found.defs.push(Def { id, kind, name, path, module, parent, location, item: item.clone() });
        id
    }
}

/// Resolves the ends of every impl block. Imports must be resolved.
pub(super) fn impls(program: &mut Program) {
    let shared: &Program = program;
    let found: Vec<ImplInfo> =
        shared.defs.par_iter().with_max_len(128).filter_map(|def| impl_block(shared, def)).collect();
    for (at, info) in found.iter().enumerate() {
        let id = ImplId(at as u32);
        if let Some(ty) = info.self_ty.peel().def() {
            program.impls_by_type.entry(ty).or_default().push(id);
        } else if let Ty::Dyn(bounds) = info.self_ty.peel() {
            for ty in bounds.iter().filter_map(|bound| bound.trait_.def()) {
                program.impls_by_type.entry(ty).or_default().push(id);
            }
        }
        if let Some(trait_) = info.trait_.as_ref().and_then(Res::def) {
            program.impls_by_trait.entry(trait_).or_default().push(id);
        }
        program.impl_ids.insert(info.def, id);
    }
    program.impls = found;
    // Arguments may name what blocks give: `Self`, associated types.
    let shared: &Program = program;
    let args: Vec<Vec<Ty>> =
        shared.impls.par_iter().with_max_len(32).map(|info| trait_args(shared, info)).collect();
    program.impls.iter_mut().zip(args).for_each(|(info, args)| info.trait_args = args);
}

/// The type and the trait of an impl block.
fn impl_block(program: &Program, def: &Def) -> Option<ImplInfo> {
    let ItemKind::Impl(implementation) = &def.item.kind else { return None };
    if def.kind != DefKind::Impl {
        return None;
    }
    let (id, module) = (def.id, def.module);
    let self_ty = program.lower_type(&implementation.self_ty, TypeContext { module, owner: Some(id) });
    let trait_ = implementation.trait_.as_ref().map(|path| {
        program
            .resolve_ast_path(path, Namespace::Types, module, Some(id))
            .unwrap_or_else(|| unknown_trait(path))
    });
    let items = program.members(id).to_vec();
    Some(ImplInfo { def: id, trait_, trait_args: Vec::new(), self_ty, items })
}

fn trait_args(program: &Program, info: &ImplInfo) -> Vec<Ty> {
    let def = program.def(info.def);
    let ItemKind::Impl(implementation) = &def.item.kind else { return Vec::new() };
    let context = TypeContext { module: def.module, owner: Some(def.id) };
    let args = implementation.trait_.iter().flat_map(|path| path.last().args());
    args.map(|arg| program.lower_type(arg, context)).collect()
}

/// A trait that no import explains: kept under its written path.
fn unknown_trait(path: &crate::syntax::ast::Path) -> Res {
    Res::External(super::scope::ExternalPath::new(path.names().cloned()))
}
