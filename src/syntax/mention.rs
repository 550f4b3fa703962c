//! Every name that a file's tokens mention: what an item needs, macro arguments and attributes included.
//!
//! A scan over tokens, not over the tree, so that tokens of macros and attributes count like all others.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::ast::{Ident, Name};
use super::lower::{Lower, name_of};
use crate::span::Span;

/// One name or path in the tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub kind: MentionKind,
    /// `a`, `b`, `c` of `a::b::c`; generic arguments are mentions of their own.
    pub segments: Vec<Ident>,
    /// Written with a leading `::`.
    pub leading_colon: bool,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MentionKind {
    /// A path, also of one segment.
    Path,
    /// A path before `!`.
    Macro,
    /// `.name(` or `.name::<`.
    Method,
    /// `.name`.
    Field,
    /// `name` of `>::name` or of a path continued after generic arguments.
    Assoc,
    /// `name:` of a field, parameter or label.
    Label,
    /// The name that `fn`, `struct`, `mod`, `let` and the like introduce.
    Definition,
    /// A path inside a string literal of an attribute: `#[serde(default = "a::b")]`.
    InAttribute,
    /// `{name}` of a format string.
    FormatCapture,
}

/// All mentions of a token stream, sorted by start.
pub(super) fn scan(lower: &Lower<'_>, tokens: TokenStream) -> Vec<Mention> {
    let mut scan = Scan { lower, mentions: Vec::new() };
    scan.stream(tokens, false);
    scan.mentions.sort_by_key(|mention| mention.span);
    scan.mentions
}

struct Scan<'a, 't> {
    lower: &'a Lower<'t>,
    mentions: Vec<Mention>,
}

/// Keywords that introduce a name, and those that are never a path segment.
const INTRODUCES: &[&str] =
    &["fn", "struct", "enum", "union", "trait", "mod", "type", "const", "static", "macro_rules"];
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "dyn", "else", "enum", "extern", "false", "fn",
    "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
    "static", "struct", "trait", "true", "type", "unsafe", "use", "where", "while",
];

impl Scan<'_, '_> {
    fn stream(&mut self, tokens: TokenStream, in_attribute: bool) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < trees.len() {
            at = match &trees[at] {
                TokenTree::Group(group) => {
                    let is_attribute = group.delimiter() == Delimiter::Bracket
                        && (is_punct(trees.get(at.wrapping_sub(1)), '#')
                            || (is_punct(trees.get(at.wrapping_sub(1)), '!')
                                && is_punct(trees.get(at.wrapping_sub(2)), '#')));
                    let names_paths = is_attribute && !is_condition_or_text(group);
                    self.stream(group.stream(), in_attribute || names_paths);
                    at + 1
                }
                TokenTree::Ident(ident) if !is_keyword(ident) => self.path(&trees, at),
                TokenTree::Literal(literal) => {
                    self.literal(literal, in_attribute);
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    /// Reads the path that starts at `at`; returns the position after it.
    fn path(&mut self, trees: &[TokenTree], at: usize) -> usize {
        let mut segments = Vec::new();
        let mut next = at;
        while let Some(TokenTree::Ident(ident)) = trees.get(next) {
            segments.push(Ident { name: name_of(ident), span: self.lower.span(ident.span()) });
            next += 1;
            if is_path_sep(trees, next) && matches!(trees.get(next + 2), Some(TokenTree::Ident(_))) {
                next += 2;
            } else {
                break;
            }
        }
        let before = trees.get(at.wrapping_sub(1));
        // A lifetime's name and a range's end are no member access.
        if is_punct(before, '\'') {
            return next;
        }
        let after_sep = at >= 2 && is_path_sep(trees, at - 2);
        let after_dot = is_punct(before, '.') && !is_punct(trees.get(at.wrapping_sub(2)), '.');
        // `'static str` and `*const T` introduce nothing.
        let is_keyword_use =
            is_punct(trees.get(at.wrapping_sub(2)), '\'') || is_punct(trees.get(at.wrapping_sub(2)), '*');
        let introduced = (!is_keyword_use
            && matches!(before, Some(TokenTree::Ident(word)) if INTRODUCES.iter().any(|keyword| word == keyword)))
            || (is_punct(before, '!')
                && matches!(trees.get(at.wrapping_sub(2)), Some(TokenTree::Ident(word)) if word == "macro_rules"));
        let single = segments.len() == 1;
        let followed_by = trees.get(next);
        let kind = if after_dot {
            let is_call = matches!(followed_by, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
                || is_path_sep(trees, next);
            if is_call { MentionKind::Method } else { MentionKind::Field }
        } else if after_sep && at >= 3 && is_punct(trees.get(at - 3), '>') {
            MentionKind::Assoc
        } else if introduced && single {
            MentionKind::Definition
        } else if is_punct(followed_by, '!') && !is_punct(trees.get(next + 1), '=') {
            MentionKind::Macro
        } else if single && is_punct(followed_by, ':') && !is_path_sep(trees, next) {
            MentionKind::Label
        } else {
            MentionKind::Path
        };
        let leading_colon = after_sep && kind != MentionKind::Assoc;
        let span = segments.iter().map(|segment| segment.span).reduce(Span::to).unwrap_or_default();
        self.mentions.push(Mention { kind, segments, leading_colon, span });
        next
    }

    fn literal(&mut self, literal: &proc_macro2::Literal, in_attribute: bool) {
        let text = literal.to_string();
        if !text.starts_with('"') && !text.starts_with('r') {
            return;
        }
        let span = self.lower.span(literal.span());
        if in_attribute {
            let inner = text.trim_matches('"');
            let is_path = !inner.is_empty() && inner.split("::").all(is_identifier);
            if is_path {
                let segments = inner.split("::").map(|name| Ident { name: Name::new(name), span }).collect();
                self.mentions.push(Mention {
                    kind: MentionKind::InAttribute,
                    segments,
                    leading_colon: false,
                    span,
                });
            }
        }
        for name in format_captures(&text) {
            let segments = vec![Ident { name: Name::new(name), span }];
            self.mentions.push(Mention {
                kind: MentionKind::FormatCapture,
                segments,
                leading_colon: false,
                span,
            });
        }
    }
}

/// `cfg(..)` and `doc = ".."`: the strings of these attributes name features and hold prose, never paths.
fn is_condition_or_text(group: &proc_macro2::Group) -> bool {
    let first = group.stream().into_iter().next();
    matches!(first, Some(TokenTree::Ident(name)) if name == "cfg" || name == "doc")
}

/// Names captured by a format string: `{name}` and `{name:..}`, not `{{`, `{}` or `{0}`.
fn format_captures(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            rest = after;
            continue;
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = &rest[..end];
        if is_identifier(name) && (rest[end..].starts_with('}') || rest[end..].starts_with(':')) {
            names.push(name);
        }
    }
    names
}

pub(crate) fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}

fn is_keyword(ident: &proc_macro2::Ident) -> bool {
    KEYWORDS.iter().any(|keyword| ident == keyword)
}

fn is_punct(tree: Option<&TokenTree>, c: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == c)
}

fn is_path_sep(trees: &[TokenTree], at: usize) -> bool {
    matches!(trees.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint)
        && is_punct(trees.get(at + 1), ':')
}
