//! Files that the new workspace takes over as they are: lock file, toolchain, and local packages that are not split.

use std::collections::BTreeMap;

use crate::load::assets;
use crate::resolve::Program;
use crate::split::SplitProgram;

/// What is taken over.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Path in the output -> content.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Name of a local package -> its folder in the output.
    pub(super) packages: BTreeMap<String, String>,
}

/// Reads everything that is taken over.
pub(super) fn taken(program: &Program, split: &SplitProgram) -> anyhow::Result<Taken> {
    let mut taken = Taken { files: assets::tool_files(&program.tree)?, ..Taken::default() };
    taken.files.extend(assets::sqlx_queries(&program.tree)?);
    for &at in &split.whole {
        let package = &program.tree.packages[at];
        let dir = folder(&package.name, split);
        for (path, content) in assets::package_files(package)? {
            taken.files.insert(format!("{dir}/{path}"), content);
        }
        taken.packages.insert(package.name.clone(), dir);
    }
    Ok(taken)
}

/// A folder that no crate of the output has.
fn folder(package: &str, split: &SplitProgram) -> String {
    let dir = format!("crates/{package}");
    if split.crates.iter().any(|krate| krate.dir == dir) { format!("{dir}-local") } else { dir }
}
