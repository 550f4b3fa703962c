//! Files that the new workspace takes over as they are: lock file, toolchain, and local packages that are not split.

use std::collections::{BTreeMap, BTreeSet};

use super::pipeline;
use crate::diagnostic::Diagnostics;
use crate::load::{self, Package, PackageId, assets};
use crate::render::ManifestSource;
use crate::render::lock::Locked;
use crate::resolve::Program;
use crate::split::{CrateSource, SplitProgram};

/// What is taken over.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Path in the output -> content.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Name of a local package -> its folder in the output.
    pub(super) packages: BTreeMap<String, String>,
    /// Manifests of those that only patches name.
    pub(super) patches: Vec<ManifestSource>,
    /// Names of packages that the output leads to; `None` where no lock file says it.
    pub(super) reached: Option<BTreeSet<String>>,
}

/// Reads everything that is taken over.
pub(super) fn taken(
    program: &Program,
    split: &SplitProgram,
    diagnostics: &mut Diagnostics,
) -> anyhow::Result<Taken> {
    let mut taken = Taken { files: assets::tool_files(&program.tree)?, ..Taken::default() };
    taken.files.extend(assets::sqlx_queries(&program.tree)?);
    for &at in &split.whole {
        taken.package(&program.tree.packages[at], split)?;
    }
    taken.patches(program, split, diagnostics)?;
    Ok(taken)
}

impl Taken {
    fn package(&mut self, package: &Package, split: &SplitProgram) -> anyhow::Result<()> {
        let dir = folder(&package.name, split);
        for (path, content) in assets::package_files(package)? {
            self.files.insert(format!("{dir}/{path}"), content);
        }
        self.packages.insert(package.name.clone(), dir);
        Ok(())
    }

    /// The packages that patches lead to, as far as the output needs them.
    fn patches(
        &mut self,
        program: &Program,
        split: &SplitProgram,
        diagnostics: &mut Diagnostics,
    ) -> anyhow::Result<()> {
        let whole: Vec<PackageId> = split.whole.iter().copied().collect();
        let names = package_names(program, split, &split.crates.iter().collect::<Vec<_>>(), &whole, true);
        let lock = self.files.get("Cargo.lock").map(|text| String::from_utf8_lossy(text));
        let locked = lock.and_then(|text| Locked::parse(&text));
        self.reached = locked.map(|locked| locked.reached(&names).into_iter().map(str::to_string).collect());
        for package in load::patched(&program.tree, diagnostics) {
            let is_reached = self.reached.as_ref().is_none_or(|reached| reached.contains(&package.name));
            let is_there = self.packages.contains_key(&package.name)
                || split.crates.iter().any(|krate| krate.name == package.name);
            if is_reached && !is_there {
                self.package(&package, split)?;
                // What a patch names is no member.
                self.patches.push(ManifestSource { is_apart: true, ..pipeline::manifest(&package, None) });
            }
        }
        Ok(())
    }
}

/// A folder that no crate of the output has.
fn folder(package: &str, split: &SplitProgram) -> String {
    let dir = format!("crates/{package}");
    if split.crates.iter().any(|krate| krate.dir == dir) { format!("{dir}-local") } else { dir }
}

/// Names of the packages that some crates of the output and the packages copied for them ask for; `tests`: for their tests, too.
pub(super) fn package_names(
    program: &Program,
    split: &SplitProgram,
    crates: &[&CrateSource],
    whole: &[PackageId],
    tests: bool,
) -> BTreeSet<String> {
    let packages = &program.tree.packages;
    let called = |key: &str| {
        let all = packages.iter().flat_map(|package| &package.dependencies);
        all.filter(|one| one.key == key).map(|one| one.package.clone()).collect::<Vec<_>>()
    };
    let mut names = BTreeSet::new();
    for krate in crates {
        let used = krate.dependencies.iter().filter(|used| tests || !used.dev);
        names.extend(used.flat_map(|used| called(&used.key)));
        names.extend(krate.build_dependencies.iter().flat_map(|key| called(key)));
        names.extend(split.added.get(&krate.name).into_iter().flat_map(BTreeMap::keys).cloned());
    }
    for &at in whole {
        names.extend(packages[at].dependencies.iter().map(|one| one.package.clone()));
    }
    names
}
