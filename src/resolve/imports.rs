//! Imports to a fixpoint: `use` with renames, groups and globs, re-exports, `extern crate`.

use std::sync::Arc;

use rayon::prelude::*;

use super::program::{DefId, Program};
use super::scope::{Binding, ExternalPath, Namespace, Res, Scope};
use crate::load::{Module, ModuleId};
use crate::ordered::UnorderedSet;
use crate::syntax::ast::UseLeaf;
use crate::syntax::{ItemKind, Name};

/// So many modules, or imports of bodies, are looked at in one piece.
const PIECE: usize = 16;

/// One imported name, or a glob.
struct Import {
    module: ModuleId,
    /// The function in whose body it stands.
    func: Option<DefId>,
    leading_colon: bool,
    /// Name in scope; `None` for a glob.
    name: Option<Name>,
    /// Of its path.
    names: Box<[Name]>,
    /// The module in which the last name is looked up, or whose names a glob brings, once that is known.
    from: Option<ModuleId>,
}

impl Import {
    fn new(module: ModuleId, func: Option<DefId>, leading_colon: bool, leaf: UseLeaf) -> Self {
        let names = leaf.path.into_iter().map(|ident| ident.name).collect();
        Self { module, func, leading_colon, name: leaf.name, names, from: None }
    }

    /// Whether the import may bring more, where those modules have got new names.
    fn is_open(&self, is_changed: impl Fn(ModuleId) -> bool) -> bool {
        self.from.is_none_or(|from| is_changed(from) || is_changed(self.module))
    }

    /// Adds what it brings to its scope, and notes whether anything was new. Whether it may bring more in a later round.
    fn takes(&mut self, brought: Brought, scope: &mut Scope, changed: &mut bool, aliases: &Aliases) -> bool {
        self.from = self.from.or(brought.from);
        for (name, binding) in brought.names {
            *changed |= scope.add(name, binding);
        }
        for glob in brought.external_globs {
            *changed |= scope.add_external_glob(glob);
        }
        for (name, module) in brought.made {
            *changed |= scope.add_made(name, module);
        }
        // What another crate has of the name is not known here, now or later; its own name may still come to mean a module.
        let is_alias =
            || self.names.first().is_some_and(|name| aliases.0[self.module.0 as usize].contains(name));
        let is_settled = self.leading_colon || self.names.len() == 1 || !is_alias();
        !(brought.is_external && is_settled)
    }

    /// The path of the module that the import looks into; `None` where the path starts with the name that it brings.
    fn path_from(&self) -> Option<&[Name]> {
        match &self.name {
            Some(name) if self.names.first() == Some(name) => None,
            Some(_) => self.names.split_last().map(|(_, before)| before).filter(|before| !before.is_empty()),
            None => Some(&self.names),
        }
    }
}

/// Adds what every import brings until nothing new appears. Names only ever grow, so this ends. In each round all imports are looked at as
/// the names stood before it, and each module then takes what its own bring, all on all cores.
pub(super) fn resolve(program: &mut Program) {
    let (mut of_modules, mut of_bodies) = all_imports(program);
    let aliases = Aliases::of(&of_modules, &of_bodies);
    let mut changed = vec![true; program.tree.modules.len()];
    while changed.contains(&true) {
        let shared: &Program = program;
        let look = |import: &Import| {
            let is_open = import.is_open(|module| changed[module.0 as usize]);
            is_open.then(|| brought(shared, import))
        };
        let look_at = |imports: &Vec<Import>| imports.iter().map(look).collect();
        let of_module: Vec<Vec<Option<Brought>>> =
            of_modules.par_iter().with_max_len(PIECE).map(look_at).collect();
        let of_body: Vec<Option<Brought>> = of_bodies.par_iter().with_min_len(PIECE).map(look).collect();
        changed.fill(false);
        let scopes = program.scopes.par_iter_mut().zip(&mut changed);
        let taking = scopes.zip(&mut of_modules).zip(of_module).with_max_len(PIECE);
        taking.for_each(|(((scope, changed), imports), found)| {
            let mut found = found.into_iter();
            imports.retain_mut(|import| {
                let Some(brought) = found.next().flatten() else { return true };
                import.takes(brought, scope, changed, &aliases)
            });
        });
        let mut of_body = of_body.into_iter();
        of_bodies.retain_mut(|import| {
            let Some((brought, func)) = of_body.next().flatten().zip(import.func) else { return true };
            let scope = program.body_scopes.entry(func).or_default();
            import.takes(brought, scope, &mut changed[import.module.0 as usize], &aliases)
        });
    }
}

/// Names that imports bring, by number of the module.
struct Aliases(Vec<UnorderedSet<Name>>);

impl Aliases {
    fn of(of_modules: &[Vec<Import>], of_bodies: &[Import]) -> Self {
        let names = |imports: &Vec<Import>| {
            let mut names = UnorderedSet::default();
            for name in imports.iter().filter_map(|import| import.name.clone()) {
                names.insert(name);
            }
            names
        };
        let mut all: Vec<_> = of_modules.par_iter().with_max_len(PIECE).map(names).collect();
        for import in of_bodies {
            if let Some(name) = import.name.clone() {
                all[import.module.0 as usize].insert(name);
            }
        }
        Self(all)
    }
}

/// The imports of each module, by number, and those in bodies.
fn all_imports(program: &mut Program) -> (Vec<Vec<Import>>, Vec<Import>) {
    let of_module = |(at, module): (usize, &Module)| {
        let mut imports = Vec::new();
        for item in module.items.iter() {
            collect(&item.kind, ModuleId(at as u32), None, &mut imports);
        }
        imports.shrink_to_fit();
        imports
    };
    let modules = program.tree.modules.par_iter().enumerate();
    let of_modules = modules.with_max_len(PIECE).map(of_module).collect();
    let mut of_bodies = Vec::new();
    for (func, item) in std::mem::take(&mut program.body_imports) {
        collect(&item.kind, program.def(func).module, Some(func), &mut of_bodies);
    }
    (of_modules, of_bodies)
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

/// What one import brings as far as names are known yet.
#[derive(Default)]
struct Brought {
    names: Vec<(Name, Binding)>,
    external_globs: Vec<ExternalPath>,
    made: Vec<(Name, Arc<str>)>,
    from: Option<ModuleId>,
    /// Whether it means something of another crate in every namespace.
    is_external: bool,
}

fn brought(program: &Program, import: &Import) -> Brought {
    let mut brought = Brought::default();
    match &import.name {
        Some(name) => {
            brought.is_external = true;
            for namespace in [Namespace::Types, Namespace::Values, Namespace::Macros] {
                let Some(res) = program.resolve_import(&import.names, namespace, import) else {
                    brought.is_external = false;
                    continue;
                };
                let known = if matches!(res, Res::External(_)) { None } else { Some(namespace) };
                brought.is_external &= known.is_none();
                brought.names.push((name.clone(), Binding { namespace: known, res, glob: false }));
            }
        }
        None => brought.glob(program, import),
    }
    if import.from.is_none()
        && let Some(path) = import.path_from()
        && let Some(Res::Module(from)) = program.resolve_import(path, Namespace::Types, import)
    {
        brought.from = Some(from);
    }
    // Most is known from an earlier round.
    if let Some(scope) = program.scope_of(import) {
        brought.names.retain(|(name, binding)| !scope.knows(name, binding));
    }
    // What all imports bring is there at once.
    brought.names.shrink_to_fit();
    brought
}

impl Brought {
    fn glob(&mut self, program: &Program, import: &Import) {
        let names = &import.names;
        let target =
            if names.is_empty() { None } else { program.resolve_import(names, Namespace::Types, import) };
        match target {
            Some(Res::Module(module)) => {
                let scope = &program.scopes[module.0 as usize];
                for (name, bindings) in &scope.names {
                    let bindings = bindings.iter().map(|binding| Binding { glob: true, ..binding.clone() });
                    self.names.extend(bindings.map(|binding| (name.clone(), binding)));
                }
                self.external_globs.extend(scope.external_globs.iter().cloned());
                self.made.extend(scope.made.iter().map(|(name, module)| (name.clone(), module.clone())));
            }
            Some(Res::Def(id)) => {
                for &member in program.members(id) {
                    for namespace in [Namespace::Types, Namespace::Values] {
                        let binding =
                            Binding { namespace: Some(namespace), res: Res::Def(member), glob: true };
                        self.names.push((program.def(member).name.clone(), binding));
                    }
                }
            }
            Some(Res::External(path)) => self.external_globs.push(path),
            None => {}
        }
    }
}

impl Program {
    fn scope_of(&self, import: &Import) -> Option<&Scope> {
        match import.func {
            Some(func) => self.body_scopes.get(&func),
            None => self.scopes.get(import.module.0 as usize),
        }
    }

    /// An import's path. A name never refers to the import that brings it: `use a::a` looks for the crate or module `a`.
    fn resolve_import(&self, names: &[Name], namespace: Namespace, import: &Import) -> Option<Res> {
        if import.leading_colon {
            let krate = self.resolve_crate(&names[0], import.module)?;
            return self.resolve_rest(krate, &names[1..], namespace);
        }
        let own_name = import.name.as_ref();
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
