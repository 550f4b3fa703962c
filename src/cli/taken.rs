//! Files that the new workspace takes over as they are: lock file, toolchain, and local packages that are not split.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use anyhow::Context as _;
use walkdir::WalkDir;

use crate::resolve::Program;
use crate::split::SplitProgram;

/// Files beside the manifest, or beside that of the workspace, that shape how the program is built.
const ROOT_FILES: &[&str] =
    &["Cargo.lock", "rustfmt.toml", ".rustfmt.toml", "clippy.toml", "rust-toolchain.toml", "rust-toolchain"];

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
    let mut taken = Taken::default();
    let package = program.tree.packages.first().map(|package| package.dir.as_path());
    let workspace = program.tree.workspace.as_ref().map(|workspace| workspace.dir.as_path());
    for name in ROOT_FILES {
        let found =
            [workspace, package].into_iter().flatten().map(|dir| dir.join(name)).find(|p| p.is_file());
        if let Some(path) = found {
            taken.files.insert((*name).to_string(), read(&path)?);
        }
    }
    for &at in &split.whole {
        let package = &program.tree.packages[at];
        let dir = folder(&package.name, split);
        for (path, content) in files_below(&package.dir)? {
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

/// All files of a package but what is built, hidden or linked, with `/` between folders.
fn files_below(dir: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let kept = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0 || !(name == "target" && entry.file_type().is_dir() || name == ".git")
    };
    for entry in WalkDir::new(dir).sort_by_file_name().into_iter().filter_entry(kept) {
        let entry = entry.with_context(|| format!("cannot list `{}`", dir.display()))?;
        let Ok(path) = entry.path().strip_prefix(dir) else { continue };
        if entry.file_type().is_file() {
            files.push((slashed(path), read(entry.path())?));
        }
    }
    Ok(files)
}

fn slashed(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_taken_over_without_what_is_built() {
        let folder = tempfile::tempdir().unwrap();
        for path in
            ["Cargo.toml", "src/lib.rs", "target/debug/x", ".git/HEAD", "src/target.rs", ".sqlx/q.json"]
        {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let files = files_below(folder.path()).unwrap();
        let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, [".sqlx/q.json", "Cargo.toml", "src/lib.rs", "src/target.rs"]);
    }
}
