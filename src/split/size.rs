//! How much code there is: of the program that is split, and of each output crate.
//!
//! Input: the program and the crates of it that are cut, or an output crate. Output: lines and dependencies. Blank lines do not count, and
//! neither does what macros expand to.

use std::collections::BTreeSet;

use crate::load::{DependencyKind, KrateId};
use crate::resolve::Program;

/// What somebody has to read, and what cargo has to build besides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Size {
    pub lines: usize,
    /// Dependencies that the code names, local packages aside.
    pub dependencies: usize,
}

/// Lines of a text that are not blank.
pub fn lines(text: &str) -> usize {
    text.lines().filter(|line| !line.trim().is_empty()).count()
}

/// The crates of the program that are cut for each function, as they are.
pub(super) fn of_program(program: &Program, krates: &BTreeSet<KrateId>) -> Size {
    let tree = &program.tree;
    let modules = tree.modules.iter().filter(|module| krates.contains(&module.krate) && !module.inline);
    let sources: BTreeSet<_> = modules.map(|module| module.source).collect();
    let of_source = |&source| {
        let file = tree.sources.get(source);
        let expanded = file.expansions().iter().map(|expansion| lines(expansion.text.slice(&file.text)));
        lines(&file.text).saturating_sub(expanded.sum())
    };
    let packages: BTreeSet<usize> = krates.iter().map(|&krate| tree.krate(krate).package).collect();
    let named = packages.iter().flat_map(|&package| &tree.packages[package].dependencies);
    let external = named.filter(|one| one.kind == DependencyKind::Normal && one.local.is_none());
    let keys: BTreeSet<&str> = external.map(|one| one.key.as_str()).collect();
    Size { lines: sources.iter().map(of_source).sum(), dependencies: keys.len() }
}
