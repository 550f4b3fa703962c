//! The lock file of the generated workspace.
//!
//! Input: the program's `Cargo.lock`. Output: the same text without the versions that a dependency of generated code does not compile with;
//! cargo chooses these anew. And what it says of some packages and of all that they depend on. Deliberately absent: choosing versions.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{DocumentMut, Item, Table};

/// Locked versions for which cargo would choose a dependency of `lambda_http` that asks for too little: `tower` 0.5.0 asks for any
/// `tower-layer` 0.3, but compiles from 0.3.3 on; `http-serde` 2.1.0 asks for any `http` 1, but compiles from 1.1.0 on.
const TOO_OLD: &[(&str, &[&str])] = &[("tower-layer", &["0.3.0", "0.3.1", "0.3.2"]), ("http", &["1.0.0"])];

/// The lock file for a program to which the Lambda entry is added. A text that is no lock file stays as it is.
pub(super) fn for_lambda_entry(text: &str) -> String {
    let Ok(mut document) = text.parse::<DocumentMut>() else { return text.to_string() };
    let Some(packages) = document.get_mut("package").and_then(Item::as_array_of_tables_mut) else {
        return text.to_string();
    };
    packages.retain(|package| {
        let key = |key: &str| package.get(key).and_then(Item::as_str).unwrap_or_default();
        !TOO_OLD.iter().any(|(name, versions)| key("name") == *name && versions.contains(&key("version")))
    });
    document.to_string()
}

/// What a lock file says of packages, by name, and of all that they depend on: an entry as text for each. Where a name has several versions,
/// all count. `None` for a text that is no lock file.
pub fn entries_below(text: &str, names: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let document: DocumentMut = text.parse().ok()?;
    let mut by_name: BTreeMap<&str, Vec<&Table>> = BTreeMap::new();
    for package in document.get("package")?.as_array_of_tables()? {
        by_name.entry(package.get("name")?.as_str()?).or_default().push(package);
    }
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut entries = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        for package in by_name.get(name).into_iter().flatten() {
            entries.insert(package.to_string());
            // `name`, `name version` or `name version (source)`.
            let below = package.get("dependencies").and_then(Item::as_array).into_iter().flatten();
            open.extend(below.filter_map(|dependency| dependency.as_str()?.split(' ').next()));
        }
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_those_that_packages_lead_to() {
        let package = |name: &str, version: &str, below: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\ndependencies = [{below}]\n\n")
        };
        let lock = [
            package("a", "1.0.0", "\"b 2.0.0\", \"c\""),
            package("b", "1.0.0", ""),
            package("b", "2.0.0", "\"a\""),
            package("c", "1.0.0", ""),
            package("d", "1.0.0", "\"c\""),
        ]
        .concat();
        let below =
            |name: &str| entries_below(&lock, &BTreeSet::from([name.to_string()])).expect("a lock file");
        assert_eq!(below("a").len(), 4);
        assert_eq!(below("d").len(), 2);
        assert!(below("d").iter().any(|entry| entry.contains("name = \"c\"")));
        assert!(below("e").is_empty());
        assert_eq!(entries_below("no lock file", &BTreeSet::new()), None);
    }

    #[test]
    fn a_version_that_the_lambda_entry_cannot_use_is_chosen_anew() {
        let package =
            |name: &str, version: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
        let rest = "version = 3\n\n[[package]]\nname = \"axum\"\nversion = \"0.7.5\"\n\n";
        assert_eq!(
            for_lambda_entry(&format!("{rest}{}", package("tower-layer", "0.3.2"))).trim_end(),
            rest.trim_end()
        );
        let newer = format!("{rest}{}", package("tower-layer", "0.3.3"));
        assert_eq!(for_lambda_entry(&newer), newer);
        let http = format!("{rest}{}", package("http", "1.0.0"));
        assert_eq!(for_lambda_entry(&http).trim_end(), rest.trim_end());
        assert_eq!(for_lambda_entry("no lock file"), "no lock file");
    }
}
