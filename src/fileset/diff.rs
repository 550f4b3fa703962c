//! A set of files against a folder: what would change, and what a person changed.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use similar::TextDiff;

use super::manifest::LOCK;
use super::place::{Found, is_safe, read};
use super::{FileSet, MANIFEST, Manifest};
use crate::digest::hex;

/// All differences, sorted by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    pub changes: Vec<Change>,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub path: String,
    pub kind: ChangeKind,
    /// A person changed or added what stands there, so it is not simply replaced.
    pub edited: bool,
    pub old: Option<Vec<u8>>,
    pub new: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Added,
    Changed,
    /// Generated before, and no longer.
    Removed,
}

impl FileSet {
    /// Compares with a folder, which need not exist. Files that a person added elsewhere do not count.
    pub fn diff(&self, target: &Path) -> Result<Diff> {
        let manifest = match read_at(target, MANIFEST)? {
            Found::File(text) => Manifest::parse(&text),
            Found::Nothing | Found::Other => None,
        };
        let keeps_lock = manifest.as_ref().is_some_and(|manifest| manifest.keeps_lock(self));
        let known = manifest.map(|manifest| manifest.files).unwrap_or_default();
        let paths: BTreeSet<&String> =
            self.files.keys().chain(known.keys()).filter(|path| is_safe(path)).collect();
        let mut changes = Vec::new();
        for path in paths {
            let new = self.files.get(path);
            let found = read_at(target, path)?;
            let (old, edited) = match found {
                Found::Nothing => (None, false),
                Found::Other => (None, true),
                Found::File(old) => {
                    if path == LOCK && keeps_lock {
                        continue;
                    }
                    // Nobody edits a lock file by hand, and Cargo changes it.
                    let is_ours = path == MANIFEST || (path == LOCK && known.contains_key(LOCK));
                    let edited = !is_ours && known.get(path) != Some(&hex(&old));
                    (Some(old), edited)
                }
            };
            let kind = match (&old, new) {
                (Some(old), Some(new)) if old == new => continue,
                (Some(_), Some(_)) => ChangeKind::Changed,
                (None, Some(_)) => ChangeKind::Added,
                (Some(_), None) => ChangeKind::Removed,
                (None, None) => continue,
            };
            changes.push(Change { path: path.clone(), kind, edited, old, new: new.cloned() });
        }
        Ok(Diff { changes })
    }
}

fn read_at(target: &Path, name: &str) -> Result<Found> {
    read(target, name).with_context(|| format!("cannot read `{name}` in `{}`", target.display()))
}

impl Diff {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Paths of what a person changed and writing would replace.
    pub fn edited(&self) -> Vec<String> {
        self.changes.iter().filter(|change| change.edited).map(|change| change.path.clone()).collect()
    }

    /// The text form that `patch` and people read. The manifest, which only repeats the rest as hashes, is left out.
    pub fn to_unified(&self) -> String {
        let mut out = String::new();
        for change in self.changes.iter().filter(|change| change.path != MANIFEST) {
            let name = |side: &str, content: &Option<Vec<u8>>| match content {
                Some(_) => format!("{side}/{}", change.path),
                None => "/dev/null".to_string(),
            };
            let (from, to) = (name("a", &change.old), name("b", &change.new));
            let text = |content: &Option<Vec<u8>>| String::from_utf8(content.clone().unwrap_or_default());
            match (text(&change.old), text(&change.new)) {
                (Ok(old), Ok(new)) => {
                    let diff = TextDiff::from_lines(&old, &new);
                    out.push_str(&diff.unified_diff().context_radius(3).header(&from, &to).to_string());
                }
                _ => out.extend(["Binary files ", &from, " and ", &to, " differ\n"]),
            }
        }
        out
    }
}
