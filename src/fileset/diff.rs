//! A set of files against a folder: what would change, what a person changed, and what becomes of that.
//!
//! An edit is told from an old output by the hash in the manifest. Where what is generated has not changed, the edit stays; where it has,
//! both changes are put together, and collide where they touch the same lines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use similar::{ChangeTag, TextDiff};

use super::base::unpack;
use super::manifest::{FunctionChanges, LOCK};
use super::merge::{merge, two_way};
use super::place::{Found, is_safe, read};
use super::{BASE, FileSet, MANIFEST, Manifest, Origin};
use crate::digest::hex;

/// All differences, sorted by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    pub changes: Vec<Change>,
    /// Edited files that stay, because what is generated for them is as before.
    pub kept: Vec<String>,
    /// Edited files that stay although they are no longer generated.
    pub left: Vec<String>,
    /// Since the last generation into the folder; empty where there is none.
    pub functions: FunctionChanges,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub path: String,
    pub kind: ChangeKind,
    pub old: Option<Vec<u8>>,
    /// The file of the program that a new file was cut from.
    pub origin: Option<Origin>,
    /// What will stand there; for a collision, what is generated.
    pub new: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    Added,
    Changed,
    /// Generated before, and no longer.
    Removed,
    /// Edited and generated differently, in different lines: both changes are in it.
    Merged,
    /// A person changed or added what stands there, and it cannot be put together with what is generated. The text shows why.
    Collision(String),
}

impl FileSet {
    /// Compares with a folder, which need not exist. Files that a person added elsewhere do not count.
    pub fn diff(&self, target: &Path) -> Result<Diff> {
        let manifest = match read_at(target, MANIFEST)? {
            Found::File(text) => Manifest::parse(&text),
            Found::Nothing | Found::Other => None,
        };
        let texts = match read_at(target, BASE)? {
            Found::File(bytes) if manifest.is_some() => unpack(&bytes),
            _ => BTreeMap::new(),
        };
        let mut diff = Diff::default();
        let new = self.files.get(MANIFEST).and_then(|text| Manifest::parse(text));
        if let (Some(old), Some(new)) = (&manifest, &new) {
            diff.functions = new.functions_since(old);
        }
        let keeps_lock = manifest.as_ref().is_some_and(|manifest| manifest.keeps_lock(self));
        let known = manifest.map(|manifest| manifest.files).unwrap_or_default();
        let paths: BTreeSet<&String> =
            self.files.keys().chain(known.keys()).filter(|path| is_safe(path)).collect();
        for path in paths {
            let new = self.files.get(path);
            let old = match (read_at(target, path)?, new) {
                (Found::Nothing, _) => None,
                (Found::File(old), _) => Some(old),
                (Found::Other, None) => continue,
                (Found::Other, Some(new)) => {
                    let why = format!("=== {path}: a folder, a link, or below a link\n");
                    diff.push(path, ChangeKind::Collision(why), None, Some(new));
                    continue;
                }
            };
            let is_lock = path == LOCK && known.contains_key(LOCK);
            if is_lock && keeps_lock && old.is_some() {
                continue;
            }
            let (old, new) = match (old, new) {
                (None, None) => continue,
                (None, Some(new)) => {
                    diff.push(path, ChangeKind::Added, None, Some(new));
                    if let Some(change) = diff.changes.last_mut() {
                        change.origin = self.origins.get(path).cloned();
                    }
                    continue;
                }
                (Some(old), new) => (old, new),
            };
            // Nobody edits a lock file by hand, and Cargo changes it.
            let is_ours = path == MANIFEST || path == BASE || is_lock;
            let edited = !is_ours && known.get(path) != Some(&hex(&old));
            match new {
                Some(new) if old == *new => {}
                Some(new) if !edited => diff.push(path, ChangeKind::Changed, Some(old), Some(new)),
                None if !edited => diff.push(path, ChangeKind::Removed, Some(old), None),
                None => diff.left.push(path.clone()),
                Some(new) if known.get(path) == Some(&hex(new)) => diff.kept.push(path.clone()),
                Some(new) => {
                    let base = texts.get(path).filter(|text| known.get(path) == Some(&hex(text.as_bytes())));
                    diff.edited(path, base, old, new);
                }
            }
        }
        Ok(diff)
    }
}

fn read_at(target: &Path, name: &str) -> Result<Found> {
    read(target, name).with_context(|| format!("cannot read `{name}` in `{}`", target.display()))
}

impl Diff {
    fn push(&mut self, path: &str, kind: ChangeKind, old: Option<Vec<u8>>, new: Option<&Vec<u8>>) {
        self.changes.push(Change { path: path.to_string(), kind, old, origin: None, new: new.cloned() });
    }

    /// A file that was edited and is generated differently now.
    fn edited(&mut self, path: &str, base: Option<&String>, old: Vec<u8>, new: &Vec<u8>) {
        let (Ok(yours), Ok(now)) = (std::str::from_utf8(&old), std::str::from_utf8(new)) else {
            let why = format!("=== {path}: both changed, and it is no text\n");
            return self.push(path, ChangeKind::Collision(why), Some(old), Some(new));
        };
        let Some(base) = base else {
            let why = two_way(path, yours, now);
            return self.push(path, ChangeKind::Collision(why), Some(old), Some(new));
        };
        match merge(path, base, yours, now) {
            Ok(merged) if merged == yours => self.kept.push(path.to_string()),
            Ok(merged) => self.push(path, ChangeKind::Merged, Some(old), Some(&merged.into_bytes())),
            Err(why) => self.push(path, ChangeKind::Collision(why), Some(old), Some(new)),
        }
    }

    /// Whether writing would change nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What cannot be written without losing a person's work.
    pub fn collisions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.changes.iter().filter_map(|change| match &change.kind {
            ChangeKind::Collision(why) => Some((change.path.as_str(), why.as_str())),
            _ => None,
        })
    }

    /// The text form that people and `patch` read; collisions in three parts, as they would be refused. A new file that was cut from one of
    /// the program is shown against that, under `copy from` and `copy to` as `git diff -C` does. What only repeats the rest, the manifest
    /// and the old texts, is left out.
    pub fn to_unified(&self) -> String {
        let mut out = String::new();
        let shown = |change: &&Change| change.path != MANIFEST && change.path != BASE;
        for change in self.changes.iter().filter(shown) {
            if let ChangeKind::Collision(why) = &change.kind {
                out.push_str(why);
                continue;
            }
            if let (Some(origin), Some(Ok(new))) =
                (&change.origin, change.new.as_deref().map(std::str::from_utf8))
            {
                out.push_str(&copied(origin, &change.path, new));
                continue;
            }
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

/// A new file against what it was cut from.
fn copied(origin: &Origin, path: &str, new: &str) -> String {
    let (from, to) = (format!("a/{}", origin.path), format!("b/{path}"));
    let diff = TextDiff::from_lines(&origin.text, new);
    let kept = diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Equal).count();
    let all = origin.text.lines().count();
    format!(
        "copy from {} ({kept} of {all} lines)\ncopy to {path}\n{}",
        origin.path,
        diff.unified_diff().context_radius(3).header(&from, &to)
    )
}
