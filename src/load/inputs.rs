//! What an analysis read: files by their content, folders by the names in them, and files that were looked for in vain.
//!
//! Input: the tree that was read. Output: a value that can be kept, and that later says whether a new run would read the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Package, SourceTree};
use crate::digest::hex;

/// Folders of a package in which cargo finds targets by itself.
const TARGET_FOLDERS: &[&str] = &["src", "src/bin"];

/// Everything that was read, each with its state then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs(pub BTreeMap<PathBuf, String>);

impl Inputs {
    /// What reading the tree depended on.
    pub fn of(tree: &SourceTree) -> Self {
        let mut inputs = Self::default();
        let Some(first) = tree.packages.first() else { return inputs };
        let mut folders: Vec<PathBuf> = Vec::new();
        // Behind the program's own files stand the texts of plans.
        for (_, file) in tree.sources.iter().take(tree.facts.len()) {
            let path = super::path::normal(&first.dir.join(&file.path));
            let parent = path.parent().map(Path::to_path_buf).unwrap_or_default();
            inputs.0.insert(path, of_text(&file.on_disk()));
            folders.push(parent);
        }
        let dirs: Vec<&Path> = tree.packages.iter().map(|package| package.dir.as_path()).collect();
        for package in &tree.packages {
            inputs.package(package);
        }
        if let Some(workspace) = &tree.workspace {
            inputs.0.insert(workspace.dir.join("Cargo.toml"), of_text(&workspace.manifest_text));
        }
        for (path, text) in tree.texts.all() {
            inputs.add(path.parent().unwrap_or(&path));
            match text {
                Some(text) => {
                    inputs.0.insert(path, of_text(&text));
                }
                None => inputs.add(&path),
            }
        }
        // Migrations may appear where there are none.
        if let Some(folders) = tree.texts.sql_folders() {
            let workspace = tree.workspace.iter().map(|workspace| workspace.dir.as_path());
            for dir in dirs.iter().copied().chain(workspace) {
                inputs.add(&dir.join("migrations"));
            }
            folders.into_iter().for_each(|folder| inputs.add(folder));
        }
        // A module's file may appear in any folder between its package and a file beside or below it.
        for folder in folders {
            let package =
                dirs.iter().filter(|dir| folder.starts_with(dir)).max_by_key(|dir| dir.as_os_str().len());
            let within =
                folder.ancestors().take_while(|dir| package.is_some_and(|package| dir.starts_with(package)));
            for dir in within.chain([folder.as_path()]) {
                inputs.add(dir);
            }
        }
        // Templates are looked for up to the root of the repository, and may be the first in `cdk.out`.
        for dir in tree.deployed_dirs() {
            inputs.add(&dir);
            inputs.add(&dir.join("cdk.out"));
        }
        // Files of the analysed package that no module reaches are reported.
        for entry in walkdir::WalkDir::new(first.dir.join("src")).into_iter().flatten() {
            if entry.file_type().is_dir() {
                inputs.add(entry.path());
            }
        }
        inputs
    }

    fn package(&mut self, package: &Package) {
        self.0.insert(package.dir.join("Cargo.toml"), of_text(&package.manifest_text));
        for folder in TARGET_FOLDERS {
            self.add(&package.dir.join(folder));
        }
        // The workspace is looked for in the folders above.
        for dir in package.dir.ancestors().skip(1) {
            self.add(&dir.join("Cargo.toml"));
        }
    }

    /// Adds a file, a folder or the absence of both.
    pub fn add(&mut self, path: &Path) {
        if !self.0.contains_key(path) {
            self.0.insert(path.to_path_buf(), state(path));
        }
    }

    /// Whether everything is as it was.
    pub fn are_unchanged(&self) -> bool {
        self.0.iter().all(|(path, then)| *then == state(path))
    }
}

/// `file HASH`, `folder HASH` or `absent`.
fn state(path: &Path) -> String {
    if let Ok(entries) = std::fs::read_dir(path) {
        let mut names: Vec<String> = entries
            .flatten()
            .map(|entry| {
                let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
                format!("{}{}", entry.file_name().to_string_lossy(), if is_dir { "/" } else { "" })
            })
            .collect();
        names.sort();
        return format!("folder {}", hex(names.join("\n").as_bytes()));
    }
    std::fs::read(path).map_or_else(|_| "absent".to_string(), |bytes| format!("file {}", hex(&bytes)))
}

fn of_text(text: &str) -> String {
    format!("file {}", hex(text.as_bytes()))
}
