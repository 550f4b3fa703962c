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
    let lists = attrs.iter().filter(|attr| attr.path == "derive").filter_map(Attr::inside);
    lists
        .flat_map(|inside| inside.split(','))
        .any(|one| one.rsplit("::").next().unwrap_or(one).trim() == name)
}
