//! Manifests as files: each is read and parsed once, however many packages inherit from it.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cargo_toml::{AbstractFilesystem, Error, Filesystem, Manifest, Value};

use super::{LoadError, Package, Workspace};

/// A manifest as it is written, and its text.
type Written = Result<(Manifest, String), LoadError>;

/// The manifests that were read so far, by path.
#[derive(Default)]
pub(super) struct Manifests(Mutex<BTreeMap<PathBuf, Arc<OnceLock<Written>>>>);

impl Manifests {
    /// A manifest as it is written, and its text.
    pub(super) fn written(&self, path: &Path) -> Written {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = known.entry(path.to_path_buf()).or_default().clone();
        // Others are read meanwhile.
        drop(known);
        one.get_or_init(|| read(path)).clone()
    }

    /// A manifest with inherited values filled in and default targets found, and its text.
    pub(super) fn complete(&self, path: &Path) -> Written {
        let (mut manifest, text) = self.written(path)?;
        let dir = path.parent().unwrap_or(Path::new(""));
        let files = Files { manifests: self, dir, on_disk: Filesystem::new(dir) };
        manifest
            .complete_from_abstract_filesystem::<Value, _>(files, None)
            .map_err(|error| invalid(path, &error))?;
        Ok((manifest, text))
    }

    /// The nearest manifest with a `[workspace]` table, in a folder or above it.
    pub(super) fn workspace_around(&self, dir: &Path) -> Option<Workspace> {
        dir.ancestors().find_map(|dir| {
            let path = dir.join("Cargo.toml");
            // Nearly all manifests above are read for nothing: parsing would cost more than reading.
            if !std::fs::read_to_string(&path).ok()?.contains("workspace") {
                return None;
            }
            let (manifest, manifest_text) = self.written(&path).ok()?;
            manifest.workspace.is_some().then(|| Workspace { dir: dir.to_path_buf(), manifest_text })
        })
    }
}

/// The workspace that a package belongs to, which need not be the program's.
pub fn workspace_of(package: &Package) -> Option<Workspace> {
    Manifests::default().workspace_around(&package.dir)
}

fn read(path: &Path) -> Written {
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => LoadError::NoManifest { path: path.to_path_buf() },
        _ => invalid(path, &error),
    })?;
    let manifest = Manifest::from_str(&text).map_err(|error| invalid(path, &error))?;
    Ok((manifest, text))
}

fn invalid(path: &Path, error: &dyn std::error::Error) -> LoadError {
    LoadError::InvalidManifest { path: path.to_path_buf(), why: error.to_string() }
}

/// A package's files as `cargo_toml` wants to see them, with manifests that were read already.
struct Files<'a> {
    manifests: &'a Manifests,
    dir: &'a Path,
    on_disk: Filesystem<'a>,
}

impl AbstractFilesystem for Files<'_> {
    fn file_names_in(&self, path: &str) -> io::Result<HashSet<Box<str>>> {
        self.on_disk.file_names_in(path)
    }

    fn parse_root_workspace(&self, named: Option<&Path>) -> Result<(Manifest, PathBuf), Error> {
        let above = self.dir.ancestors().skip(1).map(|dir| dir.join("Cargo.toml"));
        let mut roots = above.filter_map(|path| {
            let (manifest, _) = self.manifests.written(&path).ok()?;
            manifest.workspace.is_some().then_some((manifest, path))
        });
        match named.is_none().then(|| roots.next()).flatten() {
            Some(root) => Ok(root),
            None => self.on_disk.parse_root_workspace(named),
        }
    }
}
