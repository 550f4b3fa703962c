//! A set of files as a value: compare it with a folder, show it, write it atomically, put a person's edits together with it.
//!
//! Input: relative paths and contents. Output: a `Diff`, or a folder that holds exactly these files and what a person added.
//! The only module that writes files. Deliberately absent: what the files mean.

mod base;
mod diff;
mod manifest;
mod merge;
mod place;
mod staging;
mod write;

use std::collections::BTreeMap;

pub use base::BASE;
pub use diff::{Change, ChangeKind, Diff};
pub use manifest::{FunctionChanges, LOCK, MANIFEST, Manifest};
pub use write::WriteError;

/// Relative path with `/` separators -> content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet {
    pub files: BTreeMap<String, Vec<u8>>,
    /// What some of the files were cut from. It is shown, never written.
    pub origins: BTreeMap<String, Origin>,
}

/// A file of the program, as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// From the package's folder.
    pub path: String,
    pub text: String,
}

impl FileSet {
    /// Adds a file; one of the same path is replaced.
    pub fn insert(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), content.into());
    }

    /// Adds what the next generation must know of this one: hashes, texts, functions with their routes.
    pub fn seal(&mut self, tool: &str, plan: &str, functions: BTreeMap<String, Vec<String>>) {
        let manifest = Manifest::of(self, tool, plan, functions).to_json();
        self.insert(MANIFEST, manifest);
        let base = base::pack(self);
        self.insert(BASE, base);
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(path)?).ok()
    }
}
