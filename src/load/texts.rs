//! Files beside the sources that code reads or includes: SQL, settings. Each is read when something asks for it.
//!
//! Input: a path as the code has it. Output: the text. Deliberately absent: what stands in it. Only what lies in a package of the program or
//! in its workspace is read, but for templates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

use super::path::normal;
use super::{Package, SourceTree};
use crate::span::SourceId;
use crate::stack::on_all_cores;

/// A larger file is data, and is not read.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// `None` where there is no such file.
    asked: Mutex<BTreeMap<PathBuf, Option<Arc<str>>>>,
    /// By folder of a package or of the workspace.
    sql: OnceLock<BTreeMap<PathBuf, Vec<PathBuf>>>,
}

impl Texts {
    /// Every file that was asked for, with its text where it could be read.
    pub(super) fn all(&self) -> Vec<(PathBuf, Option<Arc<str>>)> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().map(|(path, text)| (path.clone(), text.clone())).collect()
    }

    /// The folders in which SQL files lie; `None` where these were not asked for.
    pub(super) fn sql_folders(&self) -> Option<BTreeSet<&Path>> {
        let paths = self.sql.get()?.values().flatten();
        Some(paths.filter_map(|path| path.parent()).collect())
    }
}

impl SourceTree {
    /// The file that a package names from its folder, as `sqlx::query_file!` does.
    pub fn text_of_package(&self, package: &Package, path: &str) -> Option<Arc<str>> {
        self.text_at(normal(&package.dir.join(path)))
    }

    /// The file that a source file names from its own folder, as `include_str!` does.
    pub fn text_beside(&self, source: SourceId, path: &str) -> Option<Arc<str>> {
        let file = self.packages.first()?.dir.join(&self.sources.get(source).path);
        self.text_at(normal(&file.parent()?.join(path)))
    }

    fn text_at(&self, path: PathBuf) -> Option<Arc<str>> {
        let is_inside = self.roots().any(|root| path.starts_with(root));
        self.read_once(path, is_inside)
    }

    /// A template, which may lie above the workspace.
    pub(super) fn text_of_deployed(&self, path: PathBuf) -> Option<Arc<str>> {
        self.read_once(path, true)
    }

    fn read_once(&self, path: PathBuf, may_be_read: bool) -> Option<Arc<str>> {
        let asked = || self.texts.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = asked().get(&path) {
            return known.clone();
        }
        // Others read meanwhile.
        let text = if may_be_read { read(&path) } else { None };
        asked().entry(path).or_insert(text).clone()
    }

    /// All SQL files, queries and migrations, by the folder of the package, or of the workspace around them, in which they lie.
    pub fn sql(&self) -> &BTreeMap<PathBuf, Vec<PathBuf>> {
        self.texts.sql.get_or_init(|| {
            let roots: BTreeSet<&Path> = self.roots().collect();
            let found = |root: &Path| (root.to_path_buf(), sql_under(root));
            on_all_cores(|| roots.into_par_iter().map(found).collect())
        })
    }

    /// The text of one of these.
    pub fn text_of_sql(&self, path: &Path) -> Option<Arc<str>> {
        self.read_once(path.to_path_buf(), true)
    }

    fn roots(&self) -> impl Iterator<Item = &Path> {
        let packages = self.packages.iter().map(|package| package.dir.as_path());
        packages.chain(self.workspace.iter().map(|workspace| workspace.dir.as_path()))
    }
}

/// The text of a file that is not too large.
fn read(path: &Path) -> Option<Arc<str>> {
    let size = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?.len();
    let text = if size <= MAX_BYTES { std::fs::read_to_string(path).ok()? } else { return None };
    Some(text.into())
}

/// SQL files under a folder, but for those of packages in it.
fn sql_under(dir: &Path) -> Vec<PathBuf> {
    let walk = walkdir::WalkDir::new(dir).into_iter().filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        let is_left_out = matches!(&*name, "target" | "node_modules") || name.starts_with('.');
        let is_nested = entry.file_type().is_dir() && entry.path().join("Cargo.toml").is_file();
        entry.depth() == 0 || !(is_left_out || is_nested)
    });
    let is_sql = |entry: &walkdir::DirEntry| {
        entry.file_type().is_file() && entry.path().extension().is_some_and(|ext| ext == "sql")
    };
    walk.flatten().filter(is_sql).map(walkdir::DirEntry::into_path).collect()
}
