//! Attributes and doc comments.

use super::Name;
use crate::span::Span;

/// An outer or inner attribute; doc comments are attributes named `doc`, one for all that follow one another, without their text.
#[derive(Debug, Clone)]
pub struct Attr {
    /// `derive`, `cfg`, `tokio::main`.
    pub path: Name,
    /// The tokens between the attribute's brackets after the path, as written: `(Debug, Clone)` or `= "x"`.
    pub args: String,
    pub span: Span,
}

impl Attr {
    /// Puts the attribute behind others.
    pub(in crate::syntax) fn add_to(self, attrs: &mut Vec<Attr>) {
        let is_text = |attr: &Attr| attr.path == "doc" && attr.args.is_empty();
        match attrs.last_mut() {
            Some(last) if is_text(last) && is_text(&self) => last.span = last.span.to(self.span),
            _ => attrs.push(self),
        }
    }

    /// Inside of the parentheses of `#[path(inside)]`.
    pub fn inside(&self) -> Option<&str> {
        self.args.trim().strip_prefix('(')?.strip_suffix(')')
    }

    /// Unquoted value of `#[path = "value"]`.
    pub fn string_value(&self) -> Option<&str> {
        self.args.trim().strip_prefix('=')?.trim().strip_prefix('"')?.strip_suffix('"')
    }
}

/// Whether a derive of that name stands on an item, with or without the path to it.
pub fn derives(attrs: &[Attr], name: &str) -> bool {
    derived_by(attrs, name).is_some()
}

/// The derive of that name on an item as it is written, with the path to it.
pub fn derived_by<'a>(attrs: &'a [Attr], name: &str) -> Option<&'a str> {
    let lists = attrs.iter().filter(|attr| attr.path == "derive").filter_map(Attr::inside);
    let mut written = lists.flat_map(|inside| inside.split(',')).map(str::trim);
    written.find(|one| one.rsplit("::").next().unwrap_or(one).trim() == name)
}

/// The value of `key = "value"` in an attribute of that name.
pub fn setting(attrs: &[Attr], names: &[&str], key: &str) -> Option<String> {
    let attrs = attrs.iter().filter(|attr| names.contains(&attr.path.as_str()));
    attrs.flat_map(|attr| settings(&attr.args)).find(|(known, value)| known == key && value.is_some())?.1
}

/// Whether an attribute of that name has the word.
pub fn has_word(attrs: &[Attr], names: &[&str], word: &str) -> bool {
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
}
