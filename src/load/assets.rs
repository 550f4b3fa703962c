//! Files beside the Rust sources that the output takes over as they are.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::{Package, SourceTree};

/// A file that exists but cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`: {source}", path.display())]
pub struct AssetError {
    pub path: PathBuf,
    pub source: io::Error,
}

/// Files of the package, or of the workspace around it, that say how the code is built and formatted.
const TOOL_FILES: &[&str] = &[
    "Cargo.lock",
    "rustfmt.toml",
    ".rustfmt.toml",
    "clippy.toml",
    ".clippy.toml",
    "rust-toolchain.toml",
    "rust-toolchain",
    ".cargo/config.toml",
    ".env.example",
];

/// Lock file, toolchain and settings: name -> content. The package's own win over the workspace's.
pub fn tool_files(tree: &SourceTree) -> Result<BTreeMap<String, Vec<u8>>, AssetError> {
    let package = tree.packages.first().map(|package| package.dir.as_path());
    let workspace = tree.workspace.as_ref().map(|workspace| workspace.dir.as_path());
    let mut files = BTreeMap::new();
    for name in TOOL_FILES {
        let found =
            [package, workspace].into_iter().flatten().map(|dir| dir.join(name)).find(|path| path.is_file());
        if let Some(path) = found {
            files.insert((*name).to_string(), read(&path)?);
        }
    }
    Ok(files)
}

/// Query descriptions that `sqlx` macros read instead of a database, from the package or the workspace: `.sqlx/NAME` -> content.
pub fn sqlx_queries(tree: &SourceTree) -> Result<BTreeMap<String, Vec<u8>>, AssetError> {
    let package = tree.packages.first().map(|package| package.dir.as_path());
    let workspace = tree.workspace.as_ref().map(|workspace| workspace.dir.as_path());
    let mut files = BTreeMap::new();
    for dir in [workspace, package].into_iter().flatten() {
        for entry in walkdir::WalkDir::new(dir.join(".sqlx")).sort_by_file_name().into_iter().flatten() {
            if entry.file_type().is_file() {
                files.insert(format!(".sqlx/{}", entry.file_name().to_string_lossy()), read(entry.path())?);
            }
        }
    }
    Ok(files)
}

/// The nearest settings file of `rustfmt` at a package or above it, as `rustfmt` looks for it.
pub fn rustfmt_config(package: &Package) -> Option<PathBuf> {
    let names = ["rustfmt.toml", ".rustfmt.toml"];
    package.dir.ancestors().flat_map(|dir| names.map(|name| dir.join(name))).find(|path| path.is_file())
}

/// All files of a package: path from its folder -> content. Build output, version control and nested packages are left out.
pub fn package_files(package: &Package) -> Result<BTreeMap<String, Vec<u8>>, AssetError> {
    let mut files = BTreeMap::new();
    let walk = walkdir::WalkDir::new(&package.dir).sort_by_file_name().into_iter().filter_entry(|entry| {
        let is_nested = entry.depth() > 0 && entry.path().join("Cargo.toml").is_file();
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0 || !(is_nested || name == "target" || name == ".git")
    });
    for entry in walk.flatten().filter(|entry| entry.file_type().is_file()) {
        if let Ok(relative) = entry.path().strip_prefix(&package.dir) {
            files.insert(relative.to_string_lossy().replace('\\', "/"), read(entry.path())?);
        }
    }
    Ok(files)
}

/// One file that a package names from its folder, or every file under a folder: path below what is named, with `/` before it and empty for
/// a file -> content. Empty where nothing is there, or where that lies neither in the package nor in its workspace.
pub fn package_path(
    tree: &SourceTree,
    package: &Package,
    relative: &str,
) -> Result<BTreeMap<String, Vec<u8>>, AssetError> {
    let root = super::path::normal(&package.dir.join(relative));
    let workspace = tree.workspace.as_ref().map(|workspace| workspace.dir.as_path());
    let mut files = BTreeMap::new();
    if !root.starts_with(&package.dir) && !workspace.is_some_and(|dir| root != dir && root.starts_with(dir)) {
        return Ok(files);
    }
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name().into_iter().flatten() {
        if let (true, Ok(below)) = (entry.file_type().is_file(), entry.path().strip_prefix(&root)) {
            let below = below.to_string_lossy().replace('\\', "/");
            let below = if below.is_empty() { below } else { format!("/{below}") };
            files.insert(below, read(entry.path())?);
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, AssetError> {
    std::fs::read(path).map_err(|source| AssetError { path: path.to_path_buf(), source })
}
