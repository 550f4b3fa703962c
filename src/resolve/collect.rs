//! Definitions: one `Def` for every item, member and item inside a body; then the impl blocks with their types.

use std::sync::Arc;

use super::program::{Def, DefId, DefKind, ImplId, ImplInfo, Program};
use super::scope::{Binding, Namespace, Res, Scope};
use super::types::{Ty, TypeContext};
use crate::load::{ModuleId, SourceTree};
use crate::span::Location;
use crate::syntax::{Item, ItemKind, Name, ast};

/// All definitions of the tree, each named in its module's scope.
pub(super) fn definitions(tree: SourceTree) -> Program {
    let mut program = Program {
        prelude: super::paths::prelude(),
        crate_names: super::paths::crate_names(&tree),
        tree,
        ..Program::default()
    };
    program.scopes = vec![Scope::default(); program.tree.modules.len()];
    for at in 0..program.tree.modules.len() {
        let module = ModuleId(at as u32);
        let path = program.tree.module_path(module);
        for child in program.tree.module(module).children.clone() {
            let name = program.tree.module(child).name.clone();
            let binding = Binding { namespace: Some(Namespace::Types), res: Res::Module(child), glob: false };
            program.scopes[at].add(name, binding);
        }
        for item in program.tree.module(module).items.clone() {
            add_item(&mut program, &item, module, &path, None);
        }
    }
    program
}

/// Adds an item and what it holds; names it in its module's scope, or in its function's where it stands in a body.
fn add_item(program: &mut Program, item: &Arc<Item>, module: ModuleId, path: &str, parent: Option<DefId>) {
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
    let id = add_def(program, kind, item.name.name.clone(), path, module, parent, item);
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
            Some(func) => program.body_scopes.entry(func).or_default(),
            None => &mut program.scopes[module.0 as usize],
        };
        scope.add(item.name.name.clone(), binding);
    }
    let own_path = program.def(id).path.clone();
    match &item.kind {
        ItemKind::Fn(func) => body_items(program, func, module, &own_path, id),
        ItemKind::Enum(enumeration) => {
            for variant in &enumeration.variants {
                let member = add_def(
                    program,
                    DefKind::Variant,
                    variant.name.name.clone(),
                    &own_path,
                    module,
                    Some(id),
                    item,
                );
                program.defs[member.0 as usize].location.span = variant.span;
                program.members.entry(id).or_default().push(member);
            }
        }
        ItemKind::Trait(trait_) => add_members(program, &trait_.items, module, &own_path, id),
        ItemKind::Impl(implementation) => {
            let name = match &implementation.self_ty.kind {
                crate::syntax::ast::TypeKind::Path(path) => path.last().ident.name.clone(),
                _ => Name::new("impl"),
            };
            let own_path = format!("{path}::{name}");
            program.defs[id.0 as usize].name = name;
            program.defs[id.0 as usize].path.clone_from(&own_path);
            add_members(program, &implementation.items, module, &own_path, id);
        }
        _ => {}
    }
}

fn add_members(program: &mut Program, items: &[Arc<Item>], module: ModuleId, path: &str, parent: DefId) {
    let features = program.tree.package_of(module).features.clone();
    for item in items {
        if !crate::load::is_on(&item.attrs, &features) {
            continue;
        }
        let kind = match &item.kind {
            ItemKind::Fn(_) => DefKind::Method,
            ItemKind::Const { .. } => DefKind::AssocConst,
            ItemKind::TypeAlias { .. } => DefKind::AssocType,
            ItemKind::MacroCall(_) => DefKind::MacroCall,
            _ => continue,
        };
        let id = add_def(program, kind, item.name.name.clone(), path, module, Some(parent), item);
        program.members.entry(parent).or_default().push(id);
        if let ItemKind::Fn(func) = &item.kind {
            let own_path = program.def(id).path.clone();
            body_items(program, func, module, &own_path, id);
        }
    }
}

fn add_def(
    program: &mut Program,
    kind: DefKind,
    name: Name,
    path: &str,
    module: ModuleId,
    parent: Option<DefId>,
    item: &Arc<Item>,
) -> DefId {
    let id = DefId(program.defs.len() as u32);
    let source = program.tree.module(module).source;
    let location = Location { source, span: item.span };
    let path = format!("{path}::{name}");
    program.defs.push(Def { id, kind, name, path, module, parent, location, item: item.clone() });
    if kind == DefKind::Macro {
        let krate = program.tree.module(module).krate;
        program.macros.entry((krate, program.def(id).name.clone())).or_insert(id);
    }
    if parent.is_none() {
        program.by_module.entry(module).or_default().push(id);
    }
    if kind != DefKind::Variant {
        program.by_place.insert((source, item.span, module), id);
    }
    id
}

/// Items that stand in a function's body.
fn body_items(program: &mut Program, body: &ast::Fn, module: ModuleId, path: &str, func: DefId) {
    if body.inner.is_empty() {
        return;
    }
    let features = program.tree.package_of(module).features.clone();
    for item in &body.inner {
        if !crate::load::is_on(&item.attrs, &features) {
            continue;
        }
        if matches!(item.kind, ItemKind::Use(_) | ItemKind::ExternCrate { .. }) {
            program.body_imports.push((func, item.clone()));
        } else {
            add_item(program, item, module, path, Some(func));
        }
    }
}

/// Resolves the ends of every impl block. Imports must be resolved.
pub(super) fn impls(program: &mut Program) {
    for at in 0..program.defs.len() {
        let def = &program.defs[at];
        let ItemKind::Impl(implementation) = &def.item.kind else { continue };
        if def.kind != DefKind::Impl {
            continue;
        }
        let (id, module) = (def.id, def.module);
        let context = TypeContext { module, owner: Some(id) };
        let self_ty = program.lower_type(&implementation.self_ty, context);
        let trait_ = implementation.trait_.as_ref().map(|path| {
            program
                .resolve_ast_path(path, Namespace::Types, module, Some(id))
                .unwrap_or_else(|| unknown_trait(path))
        });
        let trait_args = implementation.trait_.as_ref().map_or_else(Vec::new, |path| {
            path.last().args.iter().map(|arg| program.lower_type(arg, context)).collect()
        });
        let items = program.members(id).to_vec();
        let impl_id = ImplId(program.impls.len() as u32);
        if let Some(ty) = self_ty.peel().def() {
            program.impls_by_type.entry(ty).or_default().push(impl_id);
        } else if let Ty::Dyn(bounds) = self_ty.peel() {
            for bound in bounds {
                if let Some(ty) = bound.trait_.def() {
                    program.impls_by_type.entry(ty).or_default().push(impl_id);
                }
            }
        }
        if let Some(trait_) = trait_.as_ref().and_then(Res::def) {
            program.impls_by_trait.entry(trait_).or_default().push(impl_id);
        }
        program.impl_ids.insert(id, impl_id);
        program.impls.push(ImplInfo { def: id, trait_, trait_args, self_ty, items });
    }
}

/// A trait that no import explains: kept under its written path.
fn unknown_trait(path: &crate::syntax::ast::Path) -> Res {
    Res::External(super::scope::ExternalPath::new(path.names().cloned()))
}
