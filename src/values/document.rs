//! Settings in a file: TOML, JSON or YAML as a tree of names.
//!
//! Input: the text and its syntax. Output: what stands under a path of names. Deliberately absent: where the text comes from.

use serde_json::Value as Json;

/// The syntaxes that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Toml,
    Json,
    Yaml,
}

impl Syntax {
    /// By the crate that reads it.
    pub(super) fn of_crate(krate: &str) -> Option<Self> {
        match krate {
            "toml" | "basic_toml" | "toml_edit" => Some(Self::Toml),
            "serde_json" => Some(Self::Json),
            "serde_yaml" | "serde_yml" | "serde_norway" | "serde_saphyr" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// By the extension of a file, or the name of a `figment` provider.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        match name {
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Document(Json);

impl Document {
    /// `None` where the text does not parse.
    pub(super) fn parse(text: &str, syntax: Syntax) -> Option<Self> {
        let parsed = match syntax {
            Syntax::Toml => toml::from_str(text).ok(),
            Syntax::Json => serde_json::from_str(text).ok(),
            Syntax::Yaml => serde_saphyr::from_str(text).ok(),
        };
        parsed.map(Self)
    }

    /// The string, number or truth value under a path of names.
    pub(super) fn text(&self, path: &[String]) -> Option<String> {
        let at = path.iter().try_fold(&self.0, |at, name| at.get(name.as_str()))?;
        match at {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            Json::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, syntax: Syntax, expect: Option<&str>) {
        let path = ["a".to_string(), "b-c".to_string()];
        let found = Document::parse(text, syntax).and_then(|document| document.text(&path));
        assert_eq!(found.as_deref(), expect);
    }

    #[test]
    fn settings_are_found_by_their_path() {
        check("[a]\nb-c = \"x\"", Syntax::Toml, Some("x"));
        check("{\"a\": {\"b-c\": 3}}", Syntax::Json, Some("3"));
        check("a:\n  b-c: true\n", Syntax::Yaml, Some("true"));
        check("[a]\nb = 1", Syntax::Toml, None);
        check("a = ", Syntax::Toml, None);
        check("{\"a\": 1}", Syntax::Json, None);
    }
}
