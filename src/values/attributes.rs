//! Attributes of derives that rename fields or say what fills them: those of `serde`, `clap` and their like.
//!
//! Input: attributes as tokens in text. Output: their settings. Deliberately absent: what is filled (`filled`).

use crate::syntax::Attr;

/// Attributes of `serde`.
pub(super) const SERDE: &[&str] = &["serde"];
/// Attributes of `clap`.
pub(super) const CLAP: &[&str] = &["arg", "clap", "structopt", "command"];

/// Case of names: `#[serde(rename_all = "..")]`.
pub(super) fn renamed(name: &str, rule: &str) -> String {
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    };
    let pascal = || words.iter().map(|word| capital(word)).collect::<String>();
    match rule {
        "camelCase" => {
            let pascal = pascal();
            let mut chars = pascal.chars();
            chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
        }
        "PascalCase" => pascal(),
        "lowercase" => name.to_lowercase(),
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => name.to_uppercase(),
        "kebab-case" => name.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => name.replace('_', "-").to_uppercase(),
        _ => name.to_string(),
    }
}

/// The value of `key = "value"` in an attribute of that name.
pub(super) fn setting(attrs: &[Attr], names: &[&str], key: &str) -> Option<String> {
    let attrs = attrs.iter().filter(|attr| names.contains(&attr.path.as_str()));
    attrs.flat_map(|attr| settings(&attr.args)).find(|(known, value)| known == key && value.is_some())?.1
}

/// Whether an attribute of that name has the word.
pub(super) fn has_word(attrs: &[Attr], names: &[&str], word: &str) -> bool {
    let attrs = attrs.iter().filter(|attr| names.contains(&attr.path.as_str()));
    attrs.flat_map(|attr| settings(&attr.args)).any(|(known, _)| known == word)
}

/// `(a, b = "c", d(..))` as words, with the text where one is set to a string.
fn settings(args: &str) -> Vec<(String, Option<String>)> {
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    let mut rest = args;
    while let Some(at) = rest.find(|c: char| c.is_alphabetic() || c == '"') {
        rest = &rest[at..];
        if let Some(text) = rest.strip_prefix('"') {
            let mut end = 0;
            let bytes = text.as_bytes();
            while end < bytes.len() && bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            let (Some(text), after) = (text.get(..end), text.get(end + 1..).unwrap_or("")) else { break };
            if let Some((_, value @ None)) = found.last_mut() {
                *value = Some(text.to_string());
            }
            rest = after;
            continue;
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        found.push((rest[..end].to_string(), None));
        rest = &rest[end..];
        // Only what is set directly is the word's value.
        if !rest.trim_start().starts_with('=') {
            found.push((String::new(), Some(String::new())));
        }
    }
    found.retain(|(word, _)| !word.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_words_with_their_texts() {
        let show = |args: &str| {
            let one = |(word, value): (String, Option<String>)| match value {
                Some(value) => format!("{word}={value}"),
                None => word,
            };
            settings(args).into_iter().map(one).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            show(r#"(long = "huts", env = "A_B", default_value = "x\"y")"#),
            r#"long=huts env=A_B default_value=x\"y"#
        );
        assert_eq!(show("(long, env)"), "long env");
        assert_eq!(show("(rename(serialize = \"a\"), default)"), "rename serialize=a default");
        assert_eq!(show("(env = NAME)"), "env NAME");
        assert_eq!(show("(\"unfinished"), "");
    }

    #[test]
    fn names_are_renamed_by_the_rules_of_serde() {
        assert_eq!(renamed("match_results", "camelCase"), "matchResults");
        assert_eq!(renamed("match_results", "PascalCase"), "MatchResults");
        assert_eq!(renamed("match_results", "kebab-case"), "match-results");
        assert_eq!(renamed("match_results", "SCREAMING_SNAKE_CASE"), "MATCH_RESULTS");
    }
}
