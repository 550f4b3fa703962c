//! Attributes of derives that rename fields or say what fills them: those of `serde`, `clap` and their like.
//!
//! Input: attributes as tokens in text. Output: their settings. Deliberately absent: what is filled (`filled`).

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_renamed_by_the_rules_of_serde() {
        assert_eq!(renamed("match_results", "camelCase"), "matchResults");
        assert_eq!(renamed("match_results", "PascalCase"), "MatchResults");
        assert_eq!(renamed("match_results", "kebab-case"), "match-results");
        assert_eq!(renamed("match_results", "SCREAMING_SNAKE_CASE"), "MATCH_RESULTS");
    }
}
