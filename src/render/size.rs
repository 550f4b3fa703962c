//! The sizes in the README: what each function holds, against the program.
//!
//! Input: the crates, and the size of the program. Output: rows for the table. Deliberately absent: sizes of binaries, which only a build
//! tells.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::scaffold::code;
use crate::split::{CrateKind, CrateSource, SplitProgram, size};

/// A row: the program, or a function.
#[derive(Debug, Serialize)]
pub(super) struct SizeView {
    what: String,
    lines: usize,
    /// With the crates that it shares with other functions.
    all_lines: usize,
    dependencies: usize,
}

/// The program, then its functions in the order of the plan.
pub(super) fn views(split: &SplitProgram) -> Vec<SizeView> {
    let by_name: BTreeMap<&str, &CrateSource> =
        split.crates.iter().map(|krate| (krate.name.as_str(), krate)).collect();
    let whole = SizeView {
        what: "the application".to_string(),
        lines: split.whole_size.lines,
        all_lines: split.whole_size.lines,
        dependencies: split.whole_size.dependencies,
    };
    let functions = split.crates.iter().filter_map(|krate| match &krate.kind {
        CrateKind::Function { function, .. } => Some((function, krate)),
        CrateKind::Part { .. } | CrateKind::Library => None,
    });
    let row = |(function, krate): (&String, &CrateSource)| {
        let used = with_used(krate, &by_name);
        let is_own = |one: &&CrateSource| {
            one.name == krate.name
                || matches!(&one.kind, CrateKind::Part { function: own, .. } if own == function)
        };
        let keys: BTreeSet<&str> = used
            .iter()
            .flat_map(|one| one.dependencies.iter().filter(|dependency| !dependency.dev))
            .map(|dependency| dependency.key.as_str())
            .collect();
        SizeView {
            what: code(function),
            lines: used.iter().filter(|one| is_own(one)).map(|one| lines(one)).sum(),
            all_lines: used.iter().map(|one| lines(one)).sum(),
            dependencies: keys.len(),
        }
    };
    std::iter::once(whole).chain(functions.map(row)).collect()
}

/// A crate and the output crates that it uses, directly or through others.
fn with_used<'a>(krate: &'a CrateSource, by_name: &BTreeMap<&str, &'a CrateSource>) -> Vec<&'a CrateSource> {
    let mut seen = BTreeSet::from([krate.name.as_str()]);
    let mut all = vec![krate];
    let mut at = 0;
    while let Some(&next) = all.get(at) {
        at += 1;
        for used in &next.local_dependencies {
            if let Some(&used) = by_name.get(used.name.as_str())
                && seen.insert(&used.name)
            {
                all.push(used);
            }
        }
    }
    all
}

fn lines(krate: &CrateSource) -> usize {
    let rust = krate.files.iter().filter(|(path, _)| {
        std::path::Path::new(path).extension().is_some_and(|extension| extension == "rs")
    });
    rust.map(|(_, content)| size::lines(&String::from_utf8_lossy(content))).sum()
}
