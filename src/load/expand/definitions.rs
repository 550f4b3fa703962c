//! Definitions of `macro_rules!`, and which of them a call means.
//!
//! Scopes: the Rust reference, "Macros By Example", "Scoping, Exporting, and Importing". Textual scope is exact but for the order of
//! statements inside a function; a name in no textual scope is looked for in its crate, and in the crates that an import names.

use std::sync::Arc;

use rayon::prelude::*;

use crate::load::{KrateId, KrateKind, ModuleId, SourceTree};
use crate::ordered::UnorderedMap;
use crate::span::SourceId;
use crate::syntax::ast::Path;
use crate::syntax::{Item, ItemKind, Name};

/// One definition.
pub(super) struct Definition {
    pub(super) krate: KrateId,
    /// The rules between the outer brackets.
    pub(super) body: String,
    is_exported: bool,
}

/// Where a definition can be named without a path: in one file, from its end to the end of what is around it.
struct Scope {
    krate: KrateId,
    source: SourceId,
    from: u32,
    until: u32,
    definition: usize,
}

#[derive(Default)]
pub(super) struct Definitions {
    all: Vec<Definition>,
    scopes: UnorderedMap<Name, Vec<Scope>>,
}

impl Definitions {
    pub(super) fn of(tree: &SourceTree) -> Self {
        let modules = (0..tree.modules.len() as u32).into_par_iter().map(ModuleId);
        let found: Vec<Vec<Found>> = modules.map(|id| in_module(tree, id)).collect();
        let mut definitions = Self::default();
        for (at, found) in found.into_iter().enumerate() {
            found.into_iter().for_each(|one| definitions.add(tree, ModuleId(at as u32), one));
        }
        definitions
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// In how many places a name can be called. What a round makes only adds to them.
    pub(super) fn count(&self, name: &Name) -> usize {
        self.scopes.get(name).map_or(0, Vec::len)
    }

    /// Whether a macro of that name can be called in a crate: one of its own, or one that a direct dependency exports.
    pub(super) fn may_mean(&self, tree: &SourceTree, krate: KrateId, name: &Name) -> bool {
        let package = tree.krate(krate).package;
        self.scopes.get(name).is_some_and(|scopes| {
            scopes.iter().any(|scope| {
                let other = tree.krate(scope.krate).package;
                let depends = || {
                    other == package
                        || tree.packages[package].dependencies.iter().any(|one| one.local == Some(other))
                };
                scope.krate == krate || (self.all[scope.definition].is_exported && depends())
            })
        })
    }

    pub(super) fn get(&self, at: usize) -> &Definition {
        &self.all[at]
    }

    fn add(&mut self, tree: &SourceTree, id: ModuleId, found: Found) {
        let Found { item, until, leaves_module } = found;
        let ItemKind::MacroRules(rules) = &item.kind else { return };
        let module = tree.module(id);
        let definition = self.all.len();
        let text = &tree.sources.get(module.source).text;
        self.all.push(Definition {
            krate: module.krate,
            body: rules.body.slice(text).to_string(),
            is_exported: item.attrs.iter().any(|attr| attr.path == "macro_export"),
        });
        let scopes = self.scopes.entry(item.name.name.clone()).or_default();
        scopes.push(Scope {
            krate: module.krate,
            source: module.source,
            from: item.span.end,
            until,
            definition,
        });
        // `#[macro_use] mod m;` lets what it defines out into the module around it.
        let mut at = id;
        while leaves_module
            && let Some((parent, declared)) = declaration(tree, at)
            && declared.attrs.iter().any(|attr| attr.path == "macro_use")
        {
            scopes.push(Scope {
                krate: module.krate,
                source: tree.module(parent).source,
                from: declared.span.end,
                until: end_of(tree, parent),
                definition,
            });
            at = parent;
        }
    }

    /// The definition that a path means at a place of a module's file.
    pub(super) fn meant(&self, tree: &SourceTree, path: &Path, id: ModuleId, at: u32) -> Option<usize> {
        let name = &path.last().ident.name;
        let scopes = self.scopes.get(name)?;
        if path.as_ident().is_some()
            && let Some(found) = textual(tree, scopes, id, at)
        {
            return Some(found);
        }
        let krate = tree.module(id).krate;
        let roots: Vec<Name> = match path.segments.as_slice() {
            [_] => importing(tree, id, name),
            [root, ..] => vec![root.ident.name.clone()],
            [] => return None,
        };
        let in_crate = |wanted: KrateId, exported: bool| {
            scopes
                .iter()
                .map(|scope| scope.definition)
                .rfind(|&at| self.all[at].krate == wanted && (!exported || self.all[at].is_exported))
        };
        if path.segments.len() == 1 && roots.is_empty() {
            return in_crate(krate, false);
        }
        roots.iter().find_map(|root| match krate_of(tree, krate, root) {
            Some(other) if other == krate => in_crate(krate, false),
            Some(other) => in_crate(other, true),
            None => None,
        })
    }
}

/// A definition as it is found in a module.
struct Found {
    item: Arc<Item>,
    /// Where its scope ends in the file.
    until: u32,
    /// Whether `#[macro_use]` lets it out of its module.
    leaves_module: bool,
}

fn in_module(tree: &SourceTree, id: ModuleId) -> Vec<Found> {
    let module = tree.module(id);
    let features = &tree.package_of(id).features;
    let until = end_of(tree, id);
    let facts = tree.facts(module.source);
    let defines = |item: &Item| facts.macros_in(item.span).any(|name| name == "macro_rules");
    let is_rules = |item: &Item| matches!(item.kind, ItemKind::MacroRules(_));
    let mut found = Vec::new();
    for item in module.items.iter() {
        if is_rules(item) {
            found.push(Found { item: item.clone(), until, leaves_module: true });
        }
        if !defines(item) {
            continue;
        }
        for inner in items_in_bodies(item) {
            if is_rules(&inner) && crate::load::is_on(&inner.attrs, features) {
                found.push(Found { item: inner, until: item.span.end, leaves_module: false });
            }
        }
    }
    found
}

fn textual(tree: &SourceTree, scopes: &[Scope], id: ModuleId, at: u32) -> Option<usize> {
    let (mut id, mut at) = (id, at);
    loop {
        let module = tree.module(id);
        let visible = scopes.iter().filter(|scope| {
            scope.krate == module.krate
                && scope.source == module.source
                && (scope.from..scope.until).contains(&at)
        });
        if let Some(scope) = visible.max_by_key(|scope| scope.from) {
            return Some(scope.definition);
        }
        // The file's own declaration, in the file around it.
        while tree.module(id).inline {
            id = tree.module(id).parent?;
        }
        at = tree.module(id).declaration?.span.start;
        id = tree.module(id).parent?;
    }
}

/// First segments of the imports that may bring a macro of this name into a module, `macro_use` of a crate included.
fn importing(tree: &SourceTree, id: ModuleId, name: &Name) -> Vec<Name> {
    let mut roots = Vec::new();
    for item in tree.module(id).items.iter() {
        match &item.kind {
            ItemKind::Use(used) => {
                for leaf in used.tree.leaves() {
                    if leaf.name.as_ref() == Some(name)
                        && let Some(root) = leaf.path.first()
                    {
                        return vec![root.name.clone()];
                    }
                    if leaf.name.is_none()
                        && let Some(root) = leaf.path.first()
                    {
                        roots.push(root.name.clone());
                    }
                }
            }
            ItemKind::ExternCrate { krate, .. } if item.attrs.iter().any(|attr| attr.path == "macro_use") => {
                roots.push(krate.clone());
            }
            _ => {}
        }
    }
    // An import by a glob of this crate says nothing of where the macro is; its crate is looked through all the same.
    roots.push(Name::new_static("crate"));
    roots
}

/// The crate of the program that the first segment of a path means; a name that is none of another crate's means a module of this one.
fn krate_of(tree: &SourceTree, krate: KrateId, root: &Name) -> Option<KrateId> {
    let package = tree.krate(krate).package;
    if let Some(dependency) = tree.packages[package].dependency(root) {
        let local = dependency.local?;
        return library(tree, local);
    }
    if tree.packages[package].lib_name() == Some(root.as_str()) {
        return library(tree, package);
    }
    (!matches!(root.as_str(), "std" | "core" | "alloc")).then_some(krate)
}

fn library(tree: &SourceTree, package: usize) -> Option<KrateId> {
    let is_library = |krate: &crate::load::Krate| krate.package == package && krate.kind == KrateKind::Lib;
    tree.krates.iter().position(is_library).map(|at| KrateId(at as u32))
}

/// Where a module's text ends in its file.
fn end_of(tree: &SourceTree, id: ModuleId) -> u32 {
    let module = tree.module(id);
    match module.declaration {
        Some(declaration) if module.inline => declaration.span.end,
        _ => u32::MAX,
    }
}

/// The `mod` item of a module, with the module around it.
fn declaration(tree: &SourceTree, id: ModuleId) -> Option<(ModuleId, &Item)> {
    let module = tree.module(id);
    let (parent, declaration) = (module.parent?, module.declaration?);
    let item = tree.module(parent).items.iter().find(|item| item.span == declaration.span)?;
    Some((parent, item))
}

/// Items inside the bodies of an item and its members.
fn items_in_bodies(item: &Item) -> Vec<Arc<Item>> {
    let members = match &item.kind {
        ItemKind::Fn(func) => return func.inner.to_vec(),
        ItemKind::Impl(implementation) => &implementation.items,
        ItemKind::Trait(trait_) => &trait_.items,
        _ => return Vec::new(),
    };
    members.iter().flat_map(|member| items_in_bodies(member)).collect()
}
