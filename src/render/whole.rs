//! Manifests of local packages that the output keeps as they are.
//!
//! Input: the package's `Cargo.toml`, and its workspace's. Output: the same text for its new place: what it inherited is written out,
//! because the old workspace is gone, and paths point to the other copied packages. Deliberately absent: copying its files.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use toml_edit::{DocumentMut, Item, TableLike, Value, value};

use super::manifest::{add_feature, as_entry, feature_names, inherits};

const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// The manifest of a package for the folder `dir` of the output. `whole` has the folders of all kept packages.
pub(super) fn manifest(
    package: &str,
    workspace: Option<&str>,
    dir: &str,
    whole: &BTreeMap<String, String>,
) -> Result<String> {
    let mut document: DocumentMut = package.parse().context("a Cargo.toml of the program does not parse")?;
    let workspace: Option<DocumentMut> =
        workspace.map(str::parse).transpose().context("the workspace's Cargo.toml does not parse")?;
    let own = document.get("workspace").cloned();
    let base = workspace.as_ref().and_then(|document| document.get("workspace")).or(own.as_ref());
    if let Some(table) = document.get_mut("package").and_then(Item::as_table_like_mut) {
        inherit_package(table, base.and_then(|base| base.get("package")));
    }
    let dependencies = base.and_then(|base| base.get("dependencies"));
    let fix = |holder: &mut dyn TableLike| {
        for name in TABLES {
            if let Some(table) = holder.get_mut(name).and_then(Item::as_table_like_mut) {
                fix_dependencies(table, dependencies, dir, whole, name == "dev-dependencies");
            }
        }
    };
    fix(document.as_table_mut());
    if let Some(targets) = document.get_mut("target").and_then(Item::as_table_like_mut) {
        for (_, target) in targets.iter_mut() {
            if let Some(target) = target.as_table_like_mut() {
                fix(target);
            }
        }
    }
    if document.get("lints").is_some_and(inherits) {
        match base.and_then(|base| base.get("lints")) {
            Some(lints) => drop(document.insert("lints", lints.clone())),
            None => drop(document.remove("lints")),
        }
    }
    // These count in a root manifest only.
    for key in ["workspace", "profile", "patch", "replace"] {
        document.remove(key);
    }
    Ok(document.to_string())
}

fn inherit_package(table: &mut dyn TableLike, base: Option<&Item>) {
    let inherited: Vec<String> =
        table.iter().filter(|(_, item)| inherits(item)).map(|(key, _)| key.to_string()).collect();
    for key in inherited {
        let found = base.and_then(|base| base.get(&key)).and_then(Item::as_value);
        // Files named by the workspace are not copied.
        match found.filter(|_| !matches!(key.as_str(), "readme" | "license-file")) {
            Some(found) => drop(table.insert(&key, value(found.clone()))),
            None => drop(table.remove(&key)),
        }
    }
}

fn fix_dependencies(
    table: &mut dyn TableLike,
    base: Option<&Item>,
    dir: &str,
    whole: &BTreeMap<String, String>,
    dev: bool,
) {
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_string()).collect();
    for key in keys {
        let Some(item) = table.get(&key) else { continue };
        let mut entry = as_entry(item);
        let was_inherited = inherits(item);
        if was_inherited {
            let own = entry;
            entry = base.and_then(|base| base.get(&key)).map(as_entry).unwrap_or_default();
            for name in feature_names(&own) {
                add_feature(&mut entry, &name);
            }
            if own.get("default-features").and_then(Value::as_bool) == Some(true) {
                entry.remove("default-features");
            }
            if let Some(optional) = own.get("optional") {
                entry.insert("optional", optional.clone());
            }
        }
        let has_path = entry.contains_key("path");
        if has_path {
            let package = entry.get("package").and_then(Value::as_str).unwrap_or(&key).to_string();
            match whole.get(&package) {
                Some(place) => {
                    let up = "../".repeat(dir.split('/').count());
                    entry.insert("path", format!("{up}{place}").into());
                }
                // A helper of its tests that is no part of the program.
                None if dev => {
                    table.remove(&key);
                    continue;
                }
                // Cargo falls back to the registry, where the entry has a version.
                None => drop(entry.remove("path")),
            }
        }
        if was_inherited || has_path {
            entry.fmt();
            table.insert(&key, value(entry));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inherited_is_written_out_and_comments_stay() {
        let package = "\
[package]
name = \"common\" # ours
version.workspace = true
readme.workspace = true

[dependencies]
serde = { workspace = true, features = [\"rc\"], optional = true }
models = { path = \"../models\" }
uuid = \"1\" # ids

[dev-dependencies]
helper = { path = \"../helper\" }

[lints]
workspace = true
";
        let workspace = "\
[workspace]
package.version = \"2.0.0\"
package.readme = \"README.md\"
[workspace.dependencies]
serde = { version = \"1\", features = [\"derive\"] }
[workspace.lints.rust]
unsafe_code = \"forbid\"
";
        let whole = BTreeMap::from([
            ("common".to_string(), "crates/common".to_string()),
            ("models".to_string(), "crates/models".to_string()),
        ]);
        let text = manifest(package, Some(workspace), "crates/common", &whole).unwrap();
        let parsed: DocumentMut = text.parse().unwrap();
        assert_eq!(parsed["package"]["version"].as_str(), Some("2.0.0"));
        assert!(parsed["package"].get("readme").is_none());
        assert_eq!(
            parsed["dependencies"]["serde"].to_string().trim(),
            "{ version = \"1\", features = [\"derive\", \"rc\"], optional = true }"
        );
        assert_eq!(parsed["dependencies"]["models"]["path"].as_str(), Some("../../crates/models"));
        assert!(parsed["dev-dependencies"].get("helper").is_none());
        assert_eq!(parsed["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
        assert!(text.contains("# ours") && text.contains("uuid = \"1\" # ids"), "{text}");
    }

    #[test]
    fn a_manifest_that_does_not_parse_is_an_error() {
        assert!(manifest("[", None, "crates/x", &BTreeMap::new()).is_err());
    }
}
