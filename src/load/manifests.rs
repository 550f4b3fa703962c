//! Manifests as files: each is read and parsed once, however many packages inherit from it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cargo_toml::{Filesystem, Manifest, Value};

use super::{LoadError, Package, Workspace};

/// A manifest as it is written, and its text.
type Written = Result<Arc<(Manifest, String)>, LoadError>;

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
    pub(super) fn complete(&self, path: &Path) -> Result<(Manifest, String), LoadError> {
        let (mut manifest, text) = Arc::unwrap_or_clone(self.written(path)?);
        let dir = path.parent().unwrap_or(Path::new(""));
        let named = manifest.package.as_ref().and_then(|package| package.workspace.as_ref());
        let inherits = manifest.workspace.is_none() && manifest.needs_workspace_inheritance();
        let root = if inherits && named.is_none() { self.root(dir.ancestors().skip(1)) } else { None };
        let root = root.map(|(root, dir)| (root, dir.join("Cargo.toml")));
        let root = root.as_ref().map(|(root, path)| (&root.0, path.as_path()));
        manifest
            .complete_from_abstract_filesystem::<Value, _>(Filesystem::new(dir), root)
            .map_err(|error| invalid(path, &error))?;
        Ok((manifest, text))
    }

    /// The nearest manifest with a `[workspace]` table, in a folder or above it.
    pub(super) fn workspace_around(&self, dir: &Path) -> Option<Workspace> {
        let (root, dir) = self.root(dir.ancestors())?;
        Some(Workspace { dir: dir.to_path_buf(), manifest_text: root.1.clone() })
    }

    /// The first manifest in these folders with a `[workspace]` table, and its folder.
    fn root<'d>(
        &self,
        mut dirs: impl Iterator<Item = &'d Path>,
    ) -> Option<(Arc<(Manifest, String)>, &'d Path)> {
        dirs.find_map(|dir| {
            let path = dir.join("Cargo.toml");
            // Nearly all manifests above are read for nothing: parsing would cost more than reading.
            if !std::fs::read_to_string(&path).ok()?.contains("workspace") {
                return None;
            }
            let root = self.written(&path).ok()?;
            root.0.workspace.is_some().then_some((root, dir))
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
    Ok(Arc::new((manifest, text)))
}

fn invalid(path: &Path, error: &dyn std::error::Error) -> LoadError {
    LoadError::InvalidManifest { path: path.to_path_buf(), why: error.to_string() }
}
