//! `.lith-split/manifest.json`: which files and functions were generated, from which plan, by which version.
//!
//! Input: a finished `FileSet`. Output: its hashes, sorted by path; what changed since an older manifest. Deliberately absent: times and machine names, so that the same input
//! gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::FileSet;
use super::base::BASE;
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
    /// Function -> ids of its routes. Older manifests have none.
    #[serde(default)]
    pub functions: BTreeMap<String, Vec<String>>,
    /// Path -> SHA-256 in hexadecimal, without the manifest itself and the old texts.
    pub files: BTreeMap<String, String>,
}

/// What came and went between two generations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionChanges {
    pub new_functions: Vec<String>,
    pub gone_functions: Vec<String>,
    pub new_routes: Vec<String>,
    pub gone_routes: Vec<String>,
}

impl Manifest {
    /// The manifest of a set of files.
    pub(super) fn of(
        files: &FileSet,
        tool: &str,
        plan: &str,
        functions: BTreeMap<String, Vec<String>>,
    ) -> Self {
        let hashes = files.files.iter().filter(|(path, _)| *path != MANIFEST && *path != BASE);
        Self {
            version: 1,
            tool: tool.to_string(),
            plan: plan.to_string(),
            functions,
            files: hashes.map(|(path, content)| (path.clone(), hex(content))).collect(),
        }
    }

    /// What this generation has that an older one had not, and the other way round; nothing where the older manifest lists no functions.
    pub(super) fn functions_since(&self, old: &Manifest) -> FunctionChanges {
        if old.functions.is_empty() {
            return FunctionChanges::default();
        }
        let names = |manifest: &Manifest| manifest.functions.keys().cloned().collect::<BTreeSet<_>>();
        let routes =
            |manifest: &Manifest| manifest.functions.values().flatten().cloned().collect::<BTreeSet<_>>();
        let without = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect();
        let (names_now, names_then) = (names(self), names(old));
        let (routes_now, routes_then) = (routes(self), routes(old));
        FunctionChanges {
            new_functions: without(&names_now, &names_then),
            gone_functions: without(&names_then, &names_now),
            new_routes: without(&routes_now, &routes_then),
            gone_routes: without(&routes_then, &routes_now),
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
