//! Unit tests: a `cfg(test)` item goes to the crate that holds the code it tests, if all that it names is there.
//!
//! A test that names code of several output crates, or code that no function keeps, stays in the monolith and is a finding.

use std::collections::BTreeSet;

use super::names::{Contents, CrateKey, Names};
use super::placement::{Level, unit};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::load::{DependencyKind, ModuleId};
use crate::resolve::{DefId, DefKind, Namespace, Res};
use crate::span::Location;
use crate::syntax::{Item, ItemKind, Mention, MentionKind, Name};

/// Where one test item goes, and the dependencies that only it names: `(package, key)`.
struct Home {
    key: CrateKey,
    dev: BTreeSet<(usize, String)>,
}

/// Adds every test item that can move to the contents of its crate.
pub(super) fn place(names: &mut Names<'_>, diagnostics: &mut Diagnostics) {
    let program = names.program;
    for (at, module) in program.tree.modules.iter().enumerate() {
        let id = ModuleId(at as u32);
        if !names.krates.contains(&module.krate) {
            continue;
        }
        for item in module.test_items.iter() {
            match home(names, id, item) {
                Some(home) => {
                    let contents = names.crates.get_mut(&home.key).expect("a home is one of the crates");
                    contents.tests.insert((id, item.span));
                    contents.dev_dependencies.extend(home.dev);
                }
                None if matches!(item.kind, ItemKind::Mod(_) | ItemKind::Fn(_)) => {
                    let location = Location { source: module.source, span: item.span };
                    let message = format!(
                        "the tests `{}` of `{}` stay in the monolith",
                        item.name.name,
                        program.tree.module_path(id)
                    );
                    diagnostics.push(Diagnostic::new(Code::TESTS_LEFT_OUT, message).at(location));
                }
                None => {}
            }
        }
    }
}

/// The crate in which everything that a test item names is available already.
fn home(names: &Names<'_>, module: ModuleId, item: &Item) -> Option<Home> {
    let program = names.program;
    if matches!(&item.kind, ItemKind::Mod(inner) if inner.items.is_none()) {
        return None;
    }
    let mentions = program.tree.facts(program.tree.module(module).source).mentions_in(item.span);
    let own = own_names(mentions);
    let mut units = BTreeSet::new();
    let mut dev = BTreeSet::new();
    let package = program.tree.krate(program.tree.module(module).krate).package;
    let paths: Vec<Vec<Name>> = mentions.iter().filter_map(path_of).collect();
    for path in &paths {
        match resolve(names, module, path) {
            Some(Res::Def(id)) => {
                units.insert(unit(program, id));
            }
            Some(Res::Module(_)) => {}
            Some(Res::External(_)) | None => {
                let first = &path[0];
                if let Some(dependency) = program.tree.packages[package].dependency(first) {
                    // A package that only tests need is no part of the program.
                    if dependency.by_path && dependency.local.is_none() {
                        return None;
                    }
                    dev.insert((package, dependency.key.clone()));
                } else if resolve(names, module, path).is_none()
                    && (first == "crate" || path.len() > 1)
                    && !own.contains(first)
                    && program.resolve_crate(first, module).is_none()
                {
                    return None;
                }
            }
        }
    }
    let key = common_crate(names, module, &units)?;
    let contents = names.crates.get(&key)?;
    let available = contents.modules.contains(&module)
        && paths.iter().all(|path| is_available(names, contents, module, path, &own))
        && members_are_kept(names, &units, mentions);
    let needs_dev = |(package, key): &(usize, String)| {
        !contents.dependencies.contains(&(*package, key.clone()))
            || program.tree.packages[*package]
                .dependencies
                .iter()
                .any(|one| &one.key == key && one.kind == DependencyKind::Dev)
    };
    available.then(|| Home { key, dev: dev.into_iter().filter(needs_dev).collect() })
}

/// The segments of a mention that names something outside the test, seen from the module around it.
fn path_of(mention: &Mention) -> Option<Vec<Name>> {
    let is_path = matches!(mention.kind, MentionKind::Path | MentionKind::Macro | MentionKind::InAttribute);
    let mut names: Vec<Name> = mention.segments.iter().map(|segment| segment.name.clone()).collect();
    if names.first().is_some_and(|first| first == "super") {
        names.remove(0);
    }
    (is_path && !names.is_empty()).then_some(names)
}

/// Names that the test introduces itself: functions, modules, and what its own imports bring.
fn own_names(mentions: &[Mention]) -> BTreeSet<Name> {
    let introduced = mentions.iter().filter(|mention| mention.kind == MentionKind::Definition);
    introduced.map(|mention| mention.segments[0].name.clone()).collect()
}

fn resolve(names: &Names<'_>, module: ModuleId, path: &[Name]) -> Option<Res> {
    [Namespace::Types, Namespace::Values, Namespace::Macros]
        .into_iter()
        .find_map(|space| names.program.resolve_names(path, space, module, None))
}

/// The least shared crate of the named items, if all of them are visible from there.
fn common_crate(names: &Names<'_>, module: ModuleId, units: &BTreeSet<DefId>) -> Option<CrateKey> {
    let program = names.program;
    let krate = program.tree.module(module).krate;
    let mut least: Option<Level> = None;
    for id in units {
        // Items of crates that stay whole are visible from everywhere.
        if !names.krates.contains(&program.tree.module(program.def(*id).module).krate) {
            continue;
        }
        let level = *names.placement.levels.get(id)?;
        least = Some(match least {
            None => level,
            Some(known) if names.functions.join(known, level) == level => known,
            Some(known) if names.functions.join(known, level) == known => level,
            Some(_) => return None,
        });
    }
    Some(match least? {
        Level::Function(at) => CrateKey::Function { at, package: program.tree.krate(krate).package },
        level => CrateKey::Library { level, krate },
    })
}

/// Whether the first name of a path that leads into the program is there in the crate without adding anything.
fn is_available(
    names: &Names<'_>,
    contents: &Contents,
    module: ModuleId,
    path: &[Name],
    own: &BTreeSet<Name>,
) -> bool {
    let program = names.program;
    let (holder, name) = match path {
        [krate, rest @ .., name] if krate == "crate" => {
            let root = program.tree.krate(program.tree.module(module).krate).root;
            match program.resolve_rest(Res::Module(root), rest, Namespace::Types) {
                Some(Res::Module(holder)) => (holder, name),
                // A member of a type: the type's own path is checked with the shorter prefix.
                Some(Res::Def(_)) => {
                    return is_available(names, contents, module, &path[..path.len() - 1], own);
                }
                _ => return true,
            }
        }
        [name, ..] => (module, name),
        [] => return true,
    };
    if own.contains(name) || resolve(names, holder, std::slice::from_ref(name)).is_none() {
        return true;
    }
    let is_home = program
        .module_items(holder)
        .iter()
        .any(|&id| &program.def(id).name == name && contents.units.contains(&id));
    let is_child = program
        .tree
        .module(holder)
        .children
        .iter()
        .any(|child| &program.tree.module(*child).name == name && contents.modules.contains(child));
    let is_reexported = contents.reexports.get(&holder).is_some_and(|found| found.contains_key(name));
    let is_external = program.resolve_crate(name, holder).is_some() || super::imports::is_prelude(name);
    is_home || is_child || is_reexported || is_external || names.is_imported(contents, holder, name)
}

/// Whether every member that the test may call was kept.
fn members_are_kept(names: &Names<'_>, units: &BTreeSet<DefId>, mentions: &[Mention]) -> bool {
    let program = names.program;
    let called: BTreeSet<&Name> = mentions
        .iter()
        .filter(|mention| {
            !matches!(mention.kind, MentionKind::Definition | MentionKind::Label | MentionKind::Field)
        })
        .filter_map(|mention| mention.segments.last().map(|segment| &segment.name))
        .collect();
    let kept = |id: &DefId| names.crates.values().any(|contents| contents.defs.contains(id));
    units.iter().all(|&id| {
        let impls =
            program.impls_of_type(id).iter().flat_map(|&found| program.impl_info(found).items.clone());
        impls
            .chain(program.members(id).iter().copied())
            .filter(|&member| {
                program.def(member).kind != DefKind::Variant && called.contains(&program.def(member).name)
            })
            .all(|member| kept(&member))
    })
}
