//! Unit tests: a `cfg(test)` item goes to the crate that holds the code it tests, if all that it names is there.
//!
//! What no function keeps and only tests need comes along as `cfg(test)` (`for_tests`). A test that names code of several output crates, or
//! what cannot come along, stays in the monolith and is a finding.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::for_tests::{Search, Why, named_unit};
use super::names::{CrateKey, Names};
use super::placement::{Level, unit};
use super::test_helpers::{TestItem, helper, of_attributes, with_helpers};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::load::{DependencyKind, ModuleId};
use crate::resolve::{DefId, Namespace, Program, Res};
use crate::span::{Location, Span};
use crate::syntax::ast::{Use, UseLeaf};
use crate::syntax::{Attr, Item, ItemKind, Mention, MentionKind, Name};

/// Where one test item goes, and what comes along for it.
struct Home {
    key: CrateKey,
    /// Dependencies that only it names: `(package, key)`.
    dev: BTreeSet<(usize, String)>,
    defs: BTreeSet<DefId>,
    imports: BTreeSet<(ModuleId, String)>,
    borrowed: BTreeMap<(ModuleId, Name), (CrateKey, DefId)>,
}

/// Adds every test item that can move to the contents of its crate, with the test items that it needs.
pub(super) fn place(names: &mut Names<'_>, diagnostics: &mut Diagnostics) {
    let tree = &names.program.tree;
    let modules = tree.modules.iter().enumerate().filter(|(_, module)| names.krates.contains(&module.krate));
    let items = modules.flat_map(|(at, module)| module.test_items.iter().map(move |item| (at, item)));
    let groups: Vec<Vec<TestItem>> =
        items.map(|(at, item)| with_helpers(names, ModuleId(at as u32), item)).collect();
    let helpers: BTreeSet<Span> =
        groups.iter().flat_map(|group| &group[1..]).map(|(_, item)| item.span).collect();
    let mut left = Vec::new();
    for group in groups {
        let (module, item) = &group[0];
        // What only helps is there where it is needed.
        if !matches!(item.kind, ItemKind::Mod(_)) && helpers.contains(&item.span) {
            continue;
        }
        match home(names, &group) {
            Ok(home) => {
                for (module, _) in &group {
                    names.module_exists(home.key, *module);
                }
                for ((module, _), (_, id)) in &home.borrowed {
                    names.module_exists(home.key, *module);
                    names.public.insert(*id);
                }
                let contents = names.crates.get_mut(&home.key).expect("a home is one of the crates");
                for ((module, name), (owner, _)) in home.borrowed {
                    contents.test_reexports.entry(module).or_default().insert(name, owner);
                    contents.libraries.insert(owner);
                }
                contents.tests.extend(group.iter().map(|(module, item)| (*module, item.span)));
                contents.dev_dependencies.extend(home.dev);
                contents.for_tests.extend(home.defs);
                contents.test_imports.extend(home.imports);
            }
            Err(why) if matches!(item.kind, ItemKind::Mod(_) | ItemKind::Fn(_)) => {
                left.push((*module, item.clone(), why));
            }
            Err(_) => {}
        }
    }
    // A module that others need may be there with them.
    let is_placed = |at| names.crates.values().any(|contents| contents.tests.contains(&at));
    for (module, item, why) in left.into_iter().filter(|(module, item, _)| !is_placed((*module, item.span))) {
        let location = Location { source: tree.module(module).source, span: item.span };
        let (name, path) = (&item.name.name, tree.module_path(module));
        let message = format!("the tests `{name}` of `{path}` stay in the monolith: {why}");
        diagnostics.push(Diagnostic::new(Code::TESTS_LEFT_OUT, message).at(location));
    }
    of_attributes(names);
}

/// The crate in which everything that a test item and its helpers name is available, or can be made so for tests.
fn home(names: &Names<'_>, group: &[TestItem]) -> Result<Home, Why> {
    let program = names.program;
    let (mut own, mut called) = (BTreeSet::new(), BTreeSet::new());
    let mut mocked = BTreeSet::new();
    let (mut named, mut units) = (BTreeSet::new(), BTreeSet::new());
    let mut dev = BTreeSet::new();
    let mut paths: Vec<(ModuleId, Vec<Name>)> = Vec::new();
    let (module, krate) = (group[0].0, program.tree.module(group[0].0).krate);
    let package = program.tree.krate(krate).package;
    for (module, item) in group {
        let module = *module;
        if matches!(&item.kind, ItemKind::Mod(inner) if inner.items.is_none()) {
            return Err("they are in a file of their own".into());
        }
        if program.tree.module(module).krate != krate {
            return Err(format!("they need `{}`, which is in another crate", item.name.name));
        }
        let mentions = program.tree.facts(program.tree.module(module).source).mentions_in(item.span);
        let found = named_paths(program, module, item);
        for path in &found.paths {
            match leads_to(names, module, path) {
                Some(Res::Def(id)) => {
                    named.insert(id);
                    units.extend([unit(program, id), named_unit(program, id)]);
                }
                Some(Res::Module(_)) => {}
                Some(Res::External(_)) | None => {
                    let first = &path[0];
                    if let Some(dependency) = program.tree.packages[package].dependency(first) {
                        // A package that only tests need is no part of the program.
                        if dependency.by_path && dependency.local.is_none() {
                            return Err(format!(
                                "they need the local package `{first}`, which only tests need"
                            ));
                        }
                        dev.insert((package, dependency.key.clone()));
                    } else if let Some(id) = mocked_by(names, module, first) {
                        mocked.insert(id);
                        named.insert(id);
                        units.insert(id);
                    } else if leads_to(names, module, path).is_none()
                        && helper(names, module, path).is_none()
                        && (first == "crate" || path.len() > 1)
                        && !is_known(names, mentions, module, first)
                    {
                        let path: Vec<&str> = path.iter().map(Name::as_str).collect();
                        return Err(format!("`{}` is not known", path.join("::")));
                    }
                }
            }
        }
        paths.extend(found.paths.into_iter().map(|path| (module, path)));
        own.extend(found.own);
        called.extend(self::called(mentions));
    }
    let mut why = None;
    for key in candidates(names, module, &units)? {
        let Some(mut search) = Search::new(names, key, &own, &called, &dev) else { continue };
        if let Some(&away) = mocked.iter().find(|&id| !search.contents.units.contains(id)) {
            why = Some(format!("the mock of `{}` is in another crate", program.def(away).path));
            continue;
        }
        match search.run(module, &paths, &named) {
            Ok(()) => {
                let Search { defs, imports, dev, borrowed, contents, .. } = search;
                let needs_dev = |(package, key): &(usize, String)| {
                    !contents.dependencies.contains(&(*package, key.clone()))
                        || program.tree.packages[*package]
                            .dependencies
                            .iter()
                            .any(|one| &one.key == key && one.kind == DependencyKind::Dev)
                };
                let dev = dev.into_iter().filter(needs_dev).collect();
                return Ok(Home { key, dev, defs, imports, borrowed });
            }
            Err(found) => why = why.or(Some(found)),
        }
    }
    Err(why.unwrap_or_else(|| "no crate has all that they name".into()))
}

/// What a test item names outside of itself, seen from the module around it, and the names that it brings itself.
pub(super) struct Named {
    pub(super) paths: Vec<Vec<Name>>,
    own: BTreeSet<Name>,
}

pub(super) fn named_paths(program: &Program, module: ModuleId, item: &Item) -> Named {
    let mentions = program.tree.facts(program.tree.module(module).source).mentions_in(item.span);
    let mut imports = Vec::new();
    own_imports(item, &mut imports);
    let leaves: Vec<UseLeaf> = imports.iter().flat_map(|(_, used)| used.tree.leaves()).collect();
    let mut own = own_names(mentions);
    own.extend(leaves.iter().filter_map(|leaf| leaf.name.clone()));
    let imported =
        leaves.iter().filter_map(|leaf| outside(leaf.path.iter().map(|ident| ident.name.clone()).collect()));
    // A path that begins with what the test imports is looked at as that import, of which a group has only ends.
    let is_imported = |mention: &Mention| imports.iter().any(|(place, _)| place.contains(mention.span));
    let mentioned = mentions.iter().filter(|mention| !is_imported(mention));
    let mentioned: Vec<Vec<Name>> = mentioned.filter_map(path_of).collect();
    let in_modules = mentioned.iter().filter_map(|path| through_module(program, module, &leaves, path));
    let others = mentioned.iter().filter(|path| !own.contains(&path[0])).cloned();
    Named { paths: imported.chain(in_modules).chain(others).collect(), own }
}

/// The segments of a mention that names something outside the test, seen from the module around it.
fn path_of(mention: &Mention) -> Option<Vec<Name>> {
    let is_path = matches!(mention.kind, MentionKind::Path | MentionKind::Macro | MentionKind::InAttribute);
    outside(mention.segments.iter().map(|segment| segment.name.clone()).collect()).filter(|_| is_path)
}

/// A path inside a test module as it is seen from the module around it.
fn outside(mut path: Vec<Name>) -> Option<Vec<Name>> {
    while path.first().is_some_and(|first| first == "super") {
        path.remove(0);
    }
    path.first().is_some_and(|first| first != "self").then_some(path)
}

/// The imports of a test item with their places, those of modules and functions in it too.
fn own_imports<'i>(item: &'i Item, found: &mut Vec<(Span, &'i Use)>) {
    let inner: &[Arc<Item>] = match &item.kind {
        ItemKind::Use(used) => return found.push((item.span, used)),
        ItemKind::Mod(inner) => inner.items.as_deref().unwrap_or_default(),
        ItemKind::Fn(func) => &func.inner,
        _ => return,
    };
    inner.iter().for_each(|item| own_imports(item, found));
}

/// The trait or type that `mockall` makes a mock of, by the mock's name.
fn mocked_by(names: &Names<'_>, module: ModuleId, mock: &Name) -> Option<DefId> {
    let Some(Res::Def(id)) = resolve(names, module, &[Name::new(mock.strip_prefix("Mock")?)]) else {
        return None;
    };
    let is_made = |attr: &Attr| attr.path.ends_with("automock") || attr.args.contains("automock");
    names.program.def(id).item.attrs.iter().any(is_made).then_some(id)
}

/// Whether the first name of a path is there although nothing of the program has it: a crate, a primitive type, what `mock!` makes.
fn is_known(names: &Names<'_>, mentions: &[Mention], module: ModuleId, first: &Name) -> bool {
    const PRIMITIVE: &[&str] = &[
        "Self", "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16",
        "u32", "u64", "u128", "usize",
    ];
    let mocks = |mention: &Mention| {
        mention.kind == MentionKind::Macro && mention.segments.last().is_some_and(|last| last.name == "mock")
    };
    // `#[case::name(..)]`
    let is_case = || {
        first == "case"
            && mentions.iter().any(|mention| mention.segments.iter().any(|one| one.name == "rstest"))
    };
    PRIMITIVE.contains(&first.as_str())
        || is_case()
        || names.program.resolve_crate(first, module).is_some()
        || (first.starts_with("Mock") && mentions.iter().any(mocks))
}

/// Names that the test introduces itself: functions, types, modules, variables.
fn own_names(mentions: &[Mention]) -> BTreeSet<Name> {
    let introduced = mentions.iter().filter(|mention| mention.kind == MentionKind::Definition);
    introduced.map(|mention| mention.segments[0].name.clone()).collect()
}

/// Methods and associated items that a text may call, those too that others call for it.
pub(super) fn called(mentions: &[Mention]) -> BTreeSet<Name> {
    const FOR_OTHERS: &[(&str, &str)] = &[
        ("collect", "from_iter"),
        ("into", "from"),
        ("parse", "from_str"),
        ("try_into", "try_from"),
        ("unwrap_or_default", "default"),
    ];
    let named = mentions.iter().filter(|mention| {
        !matches!(mention.kind, MentionKind::Definition | MentionKind::Label | MentionKind::Field)
    });
    let mut called: BTreeSet<Name> =
        named.filter_map(|mention| mention.segments.last().map(|segment| segment.name.clone())).collect();
    let more: Vec<Name> = FOR_OTHERS
        .iter()
        .filter(|(method, _)| called.contains(*method))
        .map(|(_, other)| Name::new(other))
        .collect();
    called.extend(more);
    // What `mockall` calls what is expected of a method.
    let expected: Vec<Name> =
        called.iter().filter_map(|name| name.strip_prefix("expect_")).map(Name::new).collect();
    called.extend(expected);
    called
}

/// A path that begins with a module that the test imports, as it would be without that import.
fn through_module(
    program: &Program,
    module: ModuleId,
    leaves: &[UseLeaf],
    path: &[Name],
) -> Option<Vec<Name>> {
    let leaf = leaves.iter().find(|leaf| path.len() > 1 && leaf.name.as_ref() == Some(&path[0]))?;
    let full = outside(leaf.path.iter().map(|ident| ident.name.clone()).collect())?;
    let is_module =
        matches!(program.resolve_names(&full, Namespace::Types, module, None), Some(Res::Module(_)));
    is_module.then(|| full.into_iter().chain(path[1..].iter().cloned()).collect())
}

/// Where a path leads; what a derive gives to a type is no item, so it leads to the type.
pub(super) fn leads_to(names: &Names<'_>, module: ModuleId, path: &[Name]) -> Option<Res> {
    let of_derive = || {
        let (_, of) = path.split_last().filter(|(_, of)| !of.is_empty())?;
        resolve(names, module, of).filter(|res| matches!(res, Res::Def(_)))
    };
    resolve(names, module, path).or_else(of_derive)
}

pub(super) fn resolve(names: &Names<'_>, module: ModuleId, path: &[Name]) -> Option<Res> {
    [Namespace::Types, Namespace::Values, Namespace::Macros]
        .into_iter()
        .find_map(|space| names.program.resolve_names(path, space, module, None))
}

/// The crates that may hold all of the named items: the least shared one of them, or a function where an item is repeated in several.
fn candidates(names: &Names<'_>, module: ModuleId, units: &BTreeSet<DefId>) -> Result<Vec<CrateKey>, Why> {
    let program = names.program;
    let krate = program.tree.module(module).krate;
    let mut least: Option<Level> = None;
    let mut repeated = BTreeSet::new();
    for &id in units {
        // Items of crates that stay whole are visible from everywhere, what no function keeps is looked at later.
        if !names.krates.contains(&program.tree.module(program.def(id).module).krate) {
            continue;
        }
        if let Some(&level) = names.placement.levels.get(&id) {
            least = Some(match least {
                None => level,
                Some(known) if names.functions.join(known, level) == level => known,
                Some(known) if names.functions.join(known, level) == known => level,
                Some(_) => return Err("they name code of several functions".into()),
            });
        } else if names.crates.values().any(|contents| contents.units.contains(&id)) {
            repeated.insert(id);
        }
    }
    let package = program.tree.krate(krate).package;
    if repeated.is_empty() {
        return Ok(match least {
            None => return Err("no function keeps what they test".into()),
            Some(Level::Function(at)) => vec![CrateKey::Function { at, package }],
            Some(level) => vec![CrateKey::Library { level, krate }],
        });
    }
    let has_all = |(key, contents): (&CrateKey, &super::names::Contents)| {
        let CrateKey::Function { at, package: own } = *key else { return None };
        let is_seen = |level: Level| names.functions.join(level, Level::Function(at)) == level;
        (own == package && repeated.is_subset(&contents.units) && least.is_none_or(is_seen)).then_some(*key)
    };
    Ok(names.crates.iter().filter_map(has_all).collect())
}
