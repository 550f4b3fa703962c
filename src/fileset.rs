//! A set of files as a value: compare it with a folder, show it, write it atomically, refuse to overwrite a person's edits.
//!
//! Deliberately absent: what the files mean.

use std::collections::BTreeMap;

/// Relative path with `/` separators -> content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet {
    pub files: BTreeMap<String, Vec<u8>>,
}
