//! Files beside the sources that code reads or includes: SQL, settings. Each is read when something asks for it.
//!
//! Input: a path as the code has it. Output: the text. Deliberately absent: what stands in it. Only what lies in a package of the program or
//! in its workspace is read, but for templates.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::path::normal;
use super::{Package, SourceTree};
use crate::span::SourceId;
use crate::stack::each_reached;

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

    /// All SQL files, queries and migrations, by the folder of the package, or of the workspace around them, in which they lie; each folder's
    /// in order.
    pub fn sql(&self) -> &BTreeMap<PathBuf, Vec<PathBuf>> {
        self.texts.sql.get_or_init(|| {
            let roots: BTreeSet<&Path> = self.roots().collect();
            let mut by_root: BTreeMap<PathBuf, Vec<PathBuf>> =
                roots.iter().map(|root| (root.to_path_buf(), Vec::new())).collect();
            let starts = roots.into_iter().map(|root| Folder { path: root.as_os_str().to_os_string(), root });
            for (root, files) in each_reached(starts.collect(), Folder::sql) {
                by_root.entry(root.to_path_buf()).or_default().extend(files);
            }
            // By bytes: paths are slow to compare.
            by_root
                .values_mut()
                .for_each(|files| files.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str())));
            by_root
        })
    }

    /// The text of one of these.
    pub fn text_of_sql(&self, path: &Path) -> Option<Arc<str>> {
        self.read_once(path.to_path_buf(), true)
    }

    /// The version of a package that is locked; the newest where there are several.
    pub fn locked_version(&self, name: &str) -> Option<String> {
        let mut dirs = self
            .workspace
            .iter()
            .map(|workspace| &workspace.dir)
            .chain(self.packages.first().map(|first| &first.dir));
        let text = dirs.find_map(|dir| self.text_at(dir.join("Cargo.lock")))?;
        let value = |line: &str, key: &str| Some(line.strip_prefix(key)?.trim_matches('"').to_string());
        let pairs = text.lines().zip(text.lines().skip(1));
        pairs
            .filter(|(first, _)| value(first, "name = ").is_some_and(|found| found == name))
            .filter_map(|(_, second)| value(second, "version = "))
            .last()
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

/// A folder in which SQL files are looked for.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Folder<'p> {
    path: OsString,
    /// The package or workspace that it belongs to.
    root: &'p Path,
}

impl<'p> Folder<'p> {
    /// The SQL files that lie in it, with its root, and the folders in it that belong to the same root: what lies below another package is
    /// that one's.
    fn sql(self) -> ((&'p Path, Vec<PathBuf>), Vec<Self>) {
        let Self { path, root } = self;
        let is_root = path == root.as_os_str();
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(&path).into_iter().flatten().flatten() {
            let (name, Ok(kind)) = (entry.file_name(), entry.file_type()) else { continue };
            if name == "Cargo.toml" && !kind.is_dir() && !is_root {
                return ((root, Vec::new()), Vec::new());
            }
            let is_left_out = || {
                let name = name.as_encoded_bytes();
                name.starts_with(b".") || matches!(name, b"target" | b"node_modules")
            };
            if kind.is_dir() && !is_left_out() {
                folders.push(Self { path: entry.path().into_os_string(), root });
            } else if kind.is_file()
                && Path::new(&name).extension().is_some_and(|extension| extension == "sql")
            {
                files.push(entry.path());
            }
        }
        ((root, files), folders)
    }
}
