//! The lock file of the generated workspace.
//!
//! Input: the program's `Cargo.lock`. Output: the same text without the versions that a dependency of generated code does not compile with;
//! cargo chooses these anew. And what it says of some packages and of all that they depend on. Deliberately absent: choosing versions.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{DocumentMut, Item};

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

/// The packages of a lock file, by name: of each version its entry as text, and the names of what it depends on.
pub struct Locked(BTreeMap<String, Vec<(String, Vec<String>)>>);

impl Locked {
    /// `None` for a text that is no lock file.
    pub fn parse(text: &str) -> Option<Self> {
        let document: DocumentMut = text.parse().ok()?;
        let mut by_name: BTreeMap<String, Vec<(String, Vec<String>)>> = BTreeMap::new();
        for package in document.get("package")?.as_array_of_tables()? {
            // `name`, `name version` or `name version (source)`.
            let below = package.get("dependencies").and_then(Item::as_array).into_iter().flatten();
            let below = below.filter_map(|dependency| dependency.as_str()?.split(' ').next());
            let entry = (package.to_string(), below.map(str::to_string).collect());
            by_name.entry(package.get("name")?.as_str()?.to_string()).or_default().push(entry);
        }
        Some(Self(by_name))
    }

    /// The entries of packages, and of all that they depend on. Where a name has several versions, all count.
    pub fn below<'l>(&'l self, names: &'l BTreeSet<String>) -> BTreeSet<&'l str> {
        let reached = self.reached(names).into_iter().filter_map(|name| self.0.get(name)).flatten();
        reached.map(|(entry, _)| entry.as_str()).collect()
    }

    /// The same as names.
    pub fn reached<'l>(&'l self, names: &'l BTreeSet<String>) -> BTreeSet<&'l str> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = names.iter().map(String::as_str).collect();
        while let Some(name) = open.pop() {
            if seen.insert(name) {
                let below = self.0.get(name).into_iter().flatten().flat_map(|(_, below)| below);
                open.extend(below.map(String::as_str));
            }
        }
        seen
    }
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
        let lock = Locked::parse(&lock).expect("a lock file");
        let [a, d, e] = ["a", "d", "e"].map(|name| BTreeSet::from([name.to_string()]));
        assert_eq!(lock.below(&a).len(), 4);
        assert_eq!(lock.below(&d).len(), 2);
        assert!(lock.below(&d).iter().any(|entry| entry.contains("name = \"c\"")));
        assert!(lock.below(&e).is_empty());
        assert!(Locked::parse("no lock file").is_none());
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
