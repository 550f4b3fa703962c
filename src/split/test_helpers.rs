//! Helpers of tests: `cfg(test)` items that other `cfg(test)` items name, and imports that attributes of kept items name.
//!
//! Input: a test item and its module. Output: what it names of other test items, and these of others. Deliberately absent: modules in files of
//! their own, which are not read.

use std::sync::Arc;

use super::names::Names;
use super::unit_tests::{leads_to, named_paths};
use crate::load::{DependencyKind, ModuleId};
use crate::resolve::Program;
use crate::syntax::ast::UseLeaf;
use crate::syntax::{Item, ItemKind, Name};

/// A test item and the module that it stands in.
pub(super) type TestItem = (ModuleId, Arc<Item>);

/// A test item and all test items that it needs.
pub(super) fn with_helpers(names: &Names<'_>, module: ModuleId, item: &Arc<Item>) -> Vec<TestItem> {
    let mut all = vec![(module, item.clone())];
    let mut next = 0;
    while let Some((module, item)) = all.get(next).cloned() {
        for path in named_paths(names.program, module, &item).paths {
            let helper = helper(names, module, &path);
            all.extend(helper.filter(|(_, found)| all.iter().all(|(_, known)| known.span != found.span)));
        }
        next += 1;
    }
    all
}

/// The test item that a path leads to where nothing else is there.
pub(super) fn helper(names: &Names<'_>, module: ModuleId, path: &[Name]) -> Option<TestItem> {
    if leads_to(names, module, path).is_some() {
        return None;
    }
    let tree = &names.program.tree;
    let (mut holder, path) = match path {
        [first, rest @ ..] if first == "crate" => (tree.krate(tree.module(module).krate).root, rest),
        _ => (module, path),
    };
    path.iter().find_map(|name| {
        let mut children = tree.module(holder).children.iter();
        if let Some(&child) = children.find(|&&child| &tree.module(child).name == name) {
            holder = child;
            return None;
        }
        Some(
            tree.module(holder)
                .test_items
                .iter()
                .find(|item| brings(item, name))
                .map(|item| (holder, item.clone())),
        )
    })?
}

fn brings(item: &Item, name: &Name) -> bool {
    match &item.kind {
        ItemKind::Use(used) => used.tree.leaves().iter().any(|leaf| leaf.name.as_ref() == Some(name)),
        _ => &item.name.name == name,
    }
}

/// Imports for tests that attributes of kept items name: `#[cfg_attr(test, automock)]`.
pub(super) fn of_attributes(names: &mut Names<'_>) {
    let program = names.program;
    for (at, module) in program.tree.modules.iter().enumerate() {
        let id = ModuleId(at as u32);
        for item in module.test_items.iter() {
            let ItemKind::Use(used) = &item.kind else { continue };
            for leaf in used.tree.leaves() {
                for contents in names.crates.values_mut().filter(|contents| contents.modules.contains(&id)) {
                    let mut kept = program.module_items(id).iter().filter(|def| contents.units.contains(def));
                    if kept.any(|&def| is_in_attributes(&program.def(def).item, &leaf)) {
                        contents.tests.insert((id, item.span));
                        contents.dev_dependencies.extend(only_for_tests(program, id, &leaf));
                    }
                }
            }
        }
    }
}

fn is_in_attributes(item: &Item, leaf: &UseLeaf) -> bool {
    let is_word = |text: &str, name: &str| {
        text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == name)
    };
    let mut of_tests = item.attrs.iter().filter(|attr| attr.path == "cfg_attr");
    leaf.name.as_ref().is_some_and(|name| of_tests.any(|attr| is_word(&attr.args, name)))
}

/// The dependency that an import needs, where the program has it for tests only.
fn only_for_tests(program: &Program, module: ModuleId, leaf: &UseLeaf) -> Option<(usize, String)> {
    let package = program.tree.krate(program.tree.module(module).krate).package;
    let dependency = program.tree.packages[package].dependency(&leaf.path.first()?.name)?;
    (dependency.kind == DependencyKind::Dev).then(|| (package, dependency.key.clone()))
}
