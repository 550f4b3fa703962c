//! Dependencies of what is written into kept code, where its package does not have them: `lambda_http`, and `axum` for stubs in a package that
//! reaches it through another crate (`aide`, `utoipa-axum`, one that re-exports it).
//!
//! Input: the crates of the output. Output: entries of their manifests. Deliberately absent: what is written (`skeleton`, `entry`, `glue`).

use std::collections::BTreeSet;

use super::edit::Edit;
use super::names::{CrateKey, Names};
use super::{CrateKind, SplitProgram, glue, package_of};
use crate::load::{Package, PackageId, SourceTree};
use crate::resolve::Program;
use crate::span::Location;

/// The version of `axum` that a package of the program is on: its own requirement, another package's, or what is locked.
pub(super) fn axum_version(tree: &SourceTree, package: PackageId) -> String {
    let required = |package: &Package| {
        let mut all = package.dependencies.iter().filter(|one| one.package == "axum");
        all.find_map(|one| one.version.clone())
    };
    let own = tree.packages.get(package).and_then(required);
    let other = || tree.packages.iter().find_map(required);
    own.or_else(other).or_else(|| tree.locked_version("axum")).unwrap_or_default()
}

/// The dependency of the Lambda entry, for every crate of a function that has it.
pub(super) fn add_lambda_http(program: &Program, serve: &[(Location, Edit)], split: &mut SplitProgram) {
    let serving: BTreeSet<PackageId> =
        serve.iter().filter_map(|(location, _)| package_of(program, location.source)).collect();
    for krate in split.crates.iter().filter(|krate| serving.contains(&krate.package)) {
        let package = &program.tree.packages[krate.package];
        if krate.kind == CrateKind::Library || package.dependency("lambda_http").is_some() {
            continue;
        }
        let (key, value) = glue::lambda_dependency(&axum_version(&program.tree, krate.package));
        split.added.entry(krate.name.clone()).or_default().insert(key, value);
    }
}

/// `axum` for a crate of the output whose package has no dependency of that name. `name` is the crate's.
pub(super) fn add_axum(names: &Names<'_>, key: CrateKey, name: &str, split: &mut SplitProgram) {
    let (program, contents) = (names.program, &names.crates[&key]);
    let package = key.package(program);
    let mut sources = contents.modules.iter().map(|&module| program.tree.module(module).source);
    if program.tree.packages[package].dependency("axum").is_none()
        && names.unnamed.bringing(package, "axum").is_none()
        && sources.any(|source| contents.skeleton.names_axum(source))
    {
        let (key, value) = glue::axum_dependency(&axum_version(&program.tree, package));
        split.added.entry(name.to_string()).or_default().insert(key, value);
    }
}
