//! Imports to a fixpoint: `use` with renames, groups and globs, re-exports, `extern crate`.

use super::program::{DefId, Program};
use super::scope::{Binding, Namespace, Res};
use crate::load::ModuleId;
use crate::syntax::ast::UseLeaf;
use crate::syntax::{ItemKind, Name};

/// One imported name, or a glob.
struct Import {
    module: ModuleId,
    /// The function in whose body it stands.
    func: Option<DefId>,
    leading_colon: bool,
    leaf: UseLeaf,
    /// Of the leaf's path.
    names: Vec<Name>,
    /// The module in which the last name is looked up, or whose names a glob brings, once that is known.
    from: Option<ModuleId>,
}

impl Import {
    fn new(module: ModuleId, func: Option<DefId>, leading_colon: bool, leaf: UseLeaf) -> Self {
        let names = leaf.path.iter().map(|ident| ident.name.clone()).collect();
        Self { module, func, leading_colon, leaf, names, from: None }
    }

    /// Whether the import may bring more, where those modules have got new names.
    fn is_open(&self, is_changed: impl Fn(ModuleId) -> bool) -> bool {
        self.from.is_none_or(|from| is_changed(from) || is_changed(self.module))
    }

    /// The path of the module that the import looks into; `None` where the path starts with the name that it brings.
    fn path_from(&self) -> Option<&[Name]> {
        match &self.leaf.name {
            Some(name) if self.names.first() == Some(name) => None,
            Some(_) => self.names.split_last().map(|(_, before)| before).filter(|before| !before.is_empty()),
            None => Some(&self.names),
        }
    }
}

/// Adds what every import brings until nothing new appears. Names only ever grow, so this ends.
pub(super) fn resolve(program: &mut Program) {
    let mut imports = all_imports(program);
    let mut before = vec![true; program.tree.modules.len()];
    while before.contains(&true) {
        let mut now = vec![false; before.len()];
        imports.retain_mut(|import| {
            if !import.is_open(|module| before[module.0 as usize] || now[module.0 as usize]) {
                return true;
            }
            let (is_new, is_settled) = bring(program, import);
            now[import.module.0 as usize] |= is_new;
            if import.from.is_none()
                && let Some(path) = import.path_from()
                && let Some(Res::Module(from)) = program.resolve_import(path, Namespace::Types, import)
            {
                import.from = Some(from);
            }
            !is_settled
        });
        before = now;
    }
}

fn all_imports(program: &mut Program) -> Vec<Import> {
    let mut imports = Vec::new();
    for (at, module) in program.tree.modules.iter().enumerate() {
        let id = ModuleId(at as u32);
        for item in &module.items {
            collect(&item.kind, id, None, &mut imports);
        }
    }
    for (func, item) in std::mem::take(&mut program.body_imports) {
        collect(&item.kind, program.def(func).module, Some(func), &mut imports);
    }
    imports
}

fn collect(kind: &ItemKind, module: ModuleId, func: Option<DefId>, imports: &mut Vec<Import>) {
    match kind {
        ItemKind::Use(item) => {
            for leaf in item.tree.leaves() {
                imports.push(Import::new(module, func, item.leading_colon, leaf));
            }
        }
        ItemKind::ExternCrate { krate, alias } => {
            let span = crate::span::Span::default();
            let path = vec![crate::syntax::ast::Ident { name: krate.clone(), span }];
            let leaf = UseLeaf { path, name: Some(alias.clone().unwrap_or_else(|| krate.clone())), span };
            imports.push(Import::new(module, func, true, leaf));
        }
        _ => {}
    }
}

/// Adds the names of one import as far as they are known yet; whether something was new, and whether nothing can be later.
fn bring(program: &mut Program, import: &Import) -> (bool, bool) {
    let names = &import.names;
    match &import.leaf.name {
        Some(name) => {
            let (mut changed, mut is_external) = (false, true);
            for namespace in [Namespace::Types, Namespace::Values, Namespace::Macros] {
                let Some(res) = program.resolve_import(names, namespace, import) else {
                    is_external = false;
                    continue;
                };
                let known = if matches!(res, Res::External(_)) { None } else { Some(namespace) };
                is_external &= known.is_none();
                changed |= add(program, import, name.clone(), Binding { namespace: known, res, glob: false });
            }
            // What another crate has of the name is not known here, now or later.
            (changed, is_external)
        }
        None => (bring_glob(program, import, names), false),
    }
}

fn bring_glob(program: &mut Program, import: &Import, names: &[Name]) -> bool {
    let target =
        if names.is_empty() { None } else { program.resolve_import(names, Namespace::Types, import) };
    match target {
        Some(Res::Module(module)) => {
            let scope = program.scopes[module.0 as usize].clone();
            let mut changed = false;
            for (name, bindings) in &scope.names {
                for binding in bindings {
                    changed |= add(program, import, name.clone(), Binding { glob: true, ..binding.clone() });
                }
            }
            for glob in scope.external_globs {
                changed |= add_external_glob(program, import, glob);
            }
            changed
        }
        Some(Res::Def(id)) => {
            let mut changed = false;
            for member in program.members(id).to_vec() {
                let name = program.def(member).name.clone();
                for namespace in [Namespace::Types, Namespace::Values] {
                    let binding = Binding { namespace: Some(namespace), res: Res::Def(member), glob: true };
                    changed |= add(program, import, name.clone(), binding);
                }
            }
            changed
        }
        Some(Res::External(path)) => add_external_glob(program, import, path),
        None => false,
    }
}

fn scope_of<'p>(program: &'p mut Program, import: &Import) -> &'p mut super::scope::Scope {
    match import.func {
        Some(func) => program.body_scopes.entry(func).or_default(),
        None => &mut program.scopes[import.module.0 as usize],
    }
}

fn add(program: &mut Program, import: &Import, name: Name, binding: Binding) -> bool {
    scope_of(program, import).add(name, binding)
}

fn add_external_glob(program: &mut Program, import: &Import, path: super::scope::ExternalPath) -> bool {
    let scope = scope_of(program, import);
    if scope.external_globs.contains(&path) {
        return false;
    }
    scope.external_globs.push(path);
    true
}

impl Program {
    /// An import's path. A name never refers to the import that brings it: `use a::a` looks for the crate or module `a`.
    fn resolve_import(&self, names: &[Name], namespace: Namespace, import: &Import) -> Option<Res> {
        if import.leading_colon {
            let krate = self.resolve_crate(&names[0], import.module)?;
            return self.resolve_rest(krate, &names[1..], namespace);
        }
        let own_name = import.leaf.name.as_ref();
        let brings_first = own_name == names.first();
        if brings_first && names.len() > 1 {
            // `use serde::serde` and `use self::x`: the first segment is a crate, a child module or a keyword, never the name itself.
            let first = self.resolve_first_unimported(&names[0], import.module)?;
            return self.resolve_rest(first, &names[1..], namespace);
        }
        if brings_first {
            return self
                .resolve_crate(&names[0], import.module)
                .or_else(|| self.edition_2015_root(&names[0], import.module, namespace));
        }
        self.resolve_names(names, namespace, import.module, import.func)
            .or_else(|| self.edition_2015_path(names, namespace, import.module))
    }

    fn edition_2015_root(&self, name: &Name, module: ModuleId, namespace: Namespace) -> Option<Res> {
        self.edition_2015_path(std::slice::from_ref(name), namespace, module)
    }

    /// In edition 2015 `use` paths start at the crate root.
    fn edition_2015_path(&self, names: &[Name], namespace: Namespace, module: ModuleId) -> Option<Res> {
        if self.tree.package_of(module).edition != "2015" {
            return None;
        }
        let root = self.tree.krate(self.tree.module(module).krate).root;
        self.resolve_rest(Res::Module(root), names, namespace)
    }
}
