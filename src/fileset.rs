//! A set of files as a value: compare it with a folder, show it, write it atomically, refuse to overwrite a person's edits.
//!
//! Input: relative paths and contents. Output: a `Diff`, or a folder that holds exactly these files and what a person added.
//! The only module that writes files. Deliberately absent: what the files mean.

mod diff;
mod manifest;
mod place;
mod write;

use std::collections::BTreeMap;

pub use diff::{Change, ChangeKind, Diff};
pub use manifest::{LOCK, MANIFEST, Manifest};
pub use write::WriteError;

/// Relative path with `/` separators -> content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet {
    pub files: BTreeMap<String, Vec<u8>>,
}

impl FileSet {
    /// Adds a file; one of the same path is replaced.
    pub fn insert(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), content.into());
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(path)?).ok()
    }
}
