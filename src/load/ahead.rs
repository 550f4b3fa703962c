//! Files of modules, read and parsed on all cores: each file's `mod` items lead to the next ones, whose turn need not wait for others.
//!
//! Input: files that modules want. Output: those and all that they lead to, each parsed for a package. Deliberately absent: the tree that the
//! modules form (`modules`).
//!
//! Rules for file names: the Rust reference, "Module source filenames".

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::off;
use super::outline::Outline;
use super::path::normal;
use super::{Package, PackageId};
use crate::ordered::UnorderedSet;
use crate::stack::each_reached;
use crate::syntax::{self, Depth, FileFacts, Item};

/// Larger files are refused: no hand-written source is near it.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// The package that a file is read for, and the file, or why it cannot be read.
pub(super) type ReadFor = (PackageId, Result<FileRead, String>);

/// A file as it was read for a package.
pub(super) struct FileRead {
    /// Its path with `/`, from the analysed package's folder.
    pub(super) shown: String,
    pub(super) text: Arc<str>,
    pub(super) facts: FileFacts,
    pub(super) outline: Outline,
    pub(super) package: PackageId,
}

/// Where a module's file is looked for; paths are normal.
#[derive(Clone)]
pub(super) enum Wanted {
    /// By the name that it is given.
    At(PathBuf),
    /// By the module's name: a folder and that name.
    In(PathBuf),
}

impl Wanted {
    /// Where the file may lie, best first.
    pub(super) fn candidates(&self) -> impl Iterator<Item = PathBuf> {
        let (first, second) = match self {
            Self::At(path) => (path.clone(), None),
            Self::In(path) => (path.with_extension("rs"), Some(path.join("mod.rs"))),
        };
        [first].into_iter().chain(second)
    }
}

/// Folders from which a module's files are looked for.
pub(super) struct Folders {
    /// Folder in which `mod x;` looks.
    dir: PathBuf,
    /// Folder that `#[path]` is relative to.
    path_dir: PathBuf,
}

impl Folders {
    /// For what a file declares.
    pub(super) fn of_file(path: &Path, is_root: bool) -> Self {
        let path_dir = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let stem = path.file_stem().unwrap_or_default();
        let dir = if is_root || stem == "mod" { path_dir.clone() } else { path_dir.join(stem) };
        Self { dir, path_dir }
    }

    /// For what an inline module declares.
    pub(super) fn of_inline(&self, module: &Item) -> Self {
        let dir = match explicit(module) {
            Some(path) => normal(&self.path_dir.join(path)),
            None => self.dir.join(module.name.name.as_str()),
        };
        Self { path_dir: dir.clone(), dir }
    }

    /// The file of a module that is declared here.
    pub(super) fn wanted(&self, module: &Item) -> Wanted {
        match explicit(module) {
            Some(path) => Wanted::At(normal(&self.path_dir.join(path))),
            None => Wanted::In(self.dir.join(module.name.name.as_str())),
        }
    }
}

/// The path that `#[path]` gives a module.
fn explicit(module: &Item) -> Option<&str> {
    module.attrs.iter().find(|attr| attr.path == "path").and_then(|attr| attr.string_value())
}

/// A file that is about to be read for a package. Large ones are greater.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct ToRead {
    /// In bytes.
    size: u64,
    path: PathBuf,
    package: PackageId,
    is_root: bool,
}

/// A file that a module wants: for which package, and whether it is the root of its crate.
pub(super) struct Start {
    pub(super) file: Wanted,
    pub(super) package: PackageId,
    pub(super) is_root: bool,
}

/// Reads files and all that they lead to, but for those that are known. All of the analysed package (the first) is looked into, of its
/// dependencies what it leads to. In no certain order.
pub(super) fn read(
    starts: Vec<Start>,
    packages: &[Package],
    is_known: impl Fn(&Path) -> bool + Send + Sync,
) -> Vec<(PathBuf, ReadFor)> {
    let claimed: Mutex<UnorderedSet<(OsString, PackageId)>> = Mutex::default();
    let to_read = |Start { file, package, is_root }: Start| {
        let is_file = |path: &PathBuf| std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
        let found = file.candidates().find_map(|path| Some((is_file(&path)?.len(), path)));
        let (size, path) = found.filter(|(_, path)| !is_known(path))?;
        let is_new = claimed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((path.clone().into_os_string(), package));
        is_new.then_some(ToRead { size, path, package, is_root })
    };
    let one = |ToRead { size, path, package, is_root }: ToRead| {
        let depth = if package == 0 { Depth::Whole } else { Depth::Skeleton };
        let mut next = Vec::new();
        let features = &packages[package].features;
        let read = read_file(&path, size, depth, features).map(|(text, facts)| {
            let outline = Outline::of(&facts.items, features);
            wanted_in(&outline, &Folders::of_file(&path, is_root), &mut next);
            FileRead { shown: shown(&packages[0], &path), text, facts, outline, package }
        });
        let next = next.into_iter().map(|file| Start { file, package, is_root: false });
        ((path, (package, read)), next.filter_map(to_read).collect())
    };
    each_reached(starts.into_iter().filter_map(to_read).collect(), one)
}

/// The files of modules that a file declares.
fn wanted_in(outline: &Outline, folders: &Folders, wanted: &mut Vec<Wanted>) {
    for (module, inside) in &outline.modules {
        match inside {
            Some(inside) => wanted_in(inside, &folders.of_inline(module), wanted),
            None => wanted.push(folders.wanted(module)),
        }
    }
}

/// A path with `/`, from the analysed package's folder.
pub(super) fn shown(analysed: &Package, path: &Path) -> String {
    let relative = pathdiff::diff_paths(path, &analysed.dir).unwrap_or_else(|| path.to_path_buf());
    relative.to_string_lossy().replace('\\', "/")
}

/// The text of a file of so many bytes, and what of it is on.
pub(super) fn read_file(
    path: &Path,
    size: u64,
    depth: Depth,
    features: &BTreeSet<String>,
) -> Result<(Arc<str>, FileFacts), String> {
    if size > MAX_FILE_BYTES {
        return Err(format!("it has {size} bytes, more than the limit of {MAX_FILE_BYTES}"));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let text: Arc<str> =
        String::from_utf8(bytes).map_err(|error| format!("it is not UTF-8: {error}"))?.into();
    let facts = syntax::parse_without(&off::without(&text, features), &text, depth);
    Ok((text, facts))
}
