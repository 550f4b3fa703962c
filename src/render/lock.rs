//! The lock file of the generated workspace.
//!
//! Input: the program's `Cargo.lock`. Output: the same text without the versions that a dependency of generated code does not compile with;
//! cargo chooses these anew. Deliberately absent: choosing versions.

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

#[cfg(test)]
mod tests {
    use super::*;

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
