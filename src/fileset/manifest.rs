//! `.lith-split/manifest.json`: which files were generated, from which plan, by which version.
//!
//! Input: a finished `FileSet`. Output: its hashes, sorted by path. Deliberately absent: times and machine names, so that the same input
//! gives the same bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::FileSet;
use crate::digest::hex;

/// Where the manifest stands in the generated folder.
pub const MANIFEST: &str = ".lith-split/manifest.json";

/// The file that Cargo completes on the first build. As long as the text that it started from is the same, it is left as it stands.
pub const LOCK: &str = "Cargo.lock";

/// What is remembered of a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of this format.
    pub version: u32,
    /// For example `lith-split 0.1.0`.
    pub tool: String,
    /// Text of `lith-split.toml`.
    pub plan: String,
    /// Path -> SHA-256 in hexadecimal, without the manifest itself.
    pub files: BTreeMap<String, String>,
}

impl Manifest {
    /// The manifest of a set of files.
    pub fn of(files: &FileSet, tool: &str, plan: &str) -> Self {
        let hashes = files.files.iter().filter(|(path, _)| *path != MANIFEST);
        Self {
            version: 1,
            tool: tool.to_string(),
            plan: plan.to_string(),
            files: hashes.map(|(path, content)| (path.clone(), hex(content))).collect(),
        }
    }

    /// Whether the last generation had the same lock file as this one.
    pub(super) fn keeps_lock(&self, files: &FileSet) -> bool {
        files.files.get(LOCK).is_some_and(|content| self.files.get(LOCK) == Some(&hex(content)))
    }

    pub fn to_json(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("strings and numbers can be written as JSON");
        text.push('\n');
        text
    }

    /// `None` for anything that is no manifest of this format.
    pub fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok().filter(|manifest: &Self| manifest.version == 1)
    }
}
