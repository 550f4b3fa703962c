//! Local packages that `[patch]` puts in the place of published ones.
//!
//! Input: the tree that was read. Output: the packages that patches name by path, with the local packages that these depend on. Deliberately
//! absent: their sources, which are not analysed: the program sees what it sees of any published package.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::manifests::Manifests;
use super::packages::{local_dirs, read_local};
use super::path::normal;
use super::{LoadError, Package, SourceTree};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// The packages, in the order of the patches.
pub fn patched(tree: &SourceTree, diagnostics: &mut Diagnostics) -> Vec<Package> {
    let Some(first) = tree.packages.first() else { return Vec::new() };
    let root = tree.workspace.as_ref().map_or(&first.dir, |workspace| &workspace.dir);
    let manifests = Manifests::default();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (key, path) in paths(root, &manifests).unwrap_or_default() {
        let mut open = vec![normal(&root.join(path))];
        while let Some(dir) = open.pop() {
            if !seen.insert(dir.clone()) {
                continue;
            }
            match read_local(&dir, &manifests) {
                Ok((manifest, package)) => {
                    open.extend(local_dirs(&manifest, &package));
                    found.push(package);
                }
                Err(error) => diagnostics.push(Diagnostic::new(
                    Code::DEPENDENCY_NOT_READ,
                    format!("the patch of `{key}` was left out: {error}"),
                )),
            }
        }
    }
    found
}

/// Keys and paths of the patches in the manifest of a folder.
fn paths(root: &Path, manifests: &Manifests) -> Result<Vec<(String, PathBuf)>, LoadError> {
    let written = manifests.written(&root.join("Cargo.toml"))?;
    let entries = written.0.patch.values().flatten();
    let paths = entries.filter_map(|(key, entry)| Some((key.clone(), entry.detail()?.path.as_ref()?.into())));
    Ok(paths.collect())
}
