//! Every name that a file's tokens mention: what an item needs, macro arguments and attributes included.
//!
//! A scan over tokens, not over the tree, so that tokens of macros and attributes count like all others.

use std::fmt;
use std::sync::{Arc, OnceLock};

use smallvec::{SmallVec, smallvec};

use super::ast::{Ident, Name};
use super::lex::{Delim, Kind, Token, Word};
use super::parser::name_of;
use crate::span::Span;

/// One name or path in the tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub kind: MentionKind,
    /// `a`, `b`, `c` of `a::b::c`; generic arguments are mentions of their own.
    pub segments: SmallVec<[Ident; 1]>,
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
    /// A path inside a string literal: of an attribute, `#[serde(default = "a::b")]`, or a column's type in SQL, `"kind!: Kind"`.
    InAttribute,
    /// `{name}` of a format string.
    FormatCapture,
}

/// Keys of attributes of well-known crates whose values are text, never a path: of `serde`, `tracing`, `utoipa`, `clap`, `sqlx`, `sea-orm`,
/// `strum`, `validator`, `thiserror` and the compiler.
const TEXT_KEYS: &[&str] = &[
    "about",
    "alias",
    "code",
    "column_name",
    "comment",
    "content",
    "content_type",
    "db_type",
    "default_value",
    "description",
    "enum_name",
    "env",
    "example",
    "expected",
    "format",
    "help",
    "level",
    "link_name",
    "long",
    "message",
    "method",
    "name",
    "note",
    "operation_id",
    "reason",
    "rename",
    "rename_all",
    "rename_all_fields",
    "schema_name",
    "serialize",
    "serialize_all",
    "since",
    "summary",
    "tag",
    "target",
    "title",
    "to_string",
    "type_name",
    "value_name",
];

/// Of these keys the ones whose values are paths in one crate's attribute: `#[schemars(example = "function")]`, by the documentation of
/// `schemars` 0.8.
const PATH_KEYS: &[(&str, &str)] = &[("schemars", "example")];

/// The mentions of a file: looked for when they are first asked for, as of most files of dependencies nobody asks.
#[derive(Clone, Default)]
pub struct Mentions {
    text: Arc<str>,
    /// Where the text starts behind the byte-order mark and the `#!` line.
    offset: u32,
    all: OnceLock<Vec<Mention>>,
}

impl Mentions {
    /// Of a file's text behind what parsers must not see; with its tokens, where they are at hand.
    pub(super) fn of(text: &Arc<str>, offset: u32, tokens: Option<&[Token]>) -> Self {
        let rest = &text[offset as usize..];
        let all = tokens.map_or_else(OnceLock::new, |tokens| OnceLock::from(scan(rest, offset, tokens)));
        Self { text: text.clone(), offset, all }
    }

    /// Sorted by place.
    pub fn all(&self) -> &[Mention] {
        self.all.get_or_init(|| {
            let text = &self.text[self.offset as usize..];
            // The file was parsed, so its brackets do not nest too deeply and close.
            let tokens = super::lex::lex(text, usize::MAX);
            tokens.map(|tokens| scan(text, self.offset, &tokens)).unwrap_or_default()
        })
    }
}

impl fmt::Debug for Mentions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all().fmt(f)
    }
}

/// Names of the macros that are called, or defined by `macro_rules!`, each with the place where the name starts; in order.
pub(super) fn macros(text: &str, offset: u32, tokens: &[Token]) -> Vec<(u32, Name)> {
    let bangs = tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Punct(b'!'));
    let calls = bangs.filter_map(|(at, bang)| {
        let named = &tokens[at.checked_sub(1)?];
        let is_unequal = bang.joint && tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Punct(b'='));
        let is_name = match named.kind {
            Kind::Ident => true,
            Kind::Word(word) => !is_keyword(word),
            _ => false,
        };
        let name = || name_of(&text[named.start as usize..named.end as usize]);
        (is_name && !is_unequal).then(|| (named.start + offset, name()))
    });
    calls.collect()
}

/// All mentions of a text's tokens, sorted by start; `offset` is where the text starts in the file.
fn scan(text: &str, offset: u32, tokens: &[Token]) -> Vec<Mention> {
    let mut scan = Scan { text, offset, tokens, mentions: Vec::with_capacity(tokens.len() / 3) };
    scan.group(0, tokens.len(), false);
    scan.mentions.sort_by_key(|mention| mention.span);
    scan.mentions.shrink_to_fit();
    scan.mentions
}

struct Scan<'t> {
    text: &'t str,
    offset: u32,
    tokens: &'t [Token],
    mentions: Vec<Mention>,
}

impl<'t> Scan<'t> {
    /// Reads the tokens of one group, or of the whole file.
    fn group(&mut self, from: usize, to: usize, in_attribute: bool) {
        let mut at = from;
        // In a where clause a colon follows a type that is bounded.
        let mut is_where = false;
        while at < to {
            let token = self.tokens[at];
            at = match token.kind {
                Kind::Word(Word::Where) => {
                    is_where = true;
                    at + 1
                }
                Kind::Punct(b';') => {
                    is_where = false;
                    at + 1
                }
                Kind::Open(delim) => {
                    is_where &= delim != Delim::Brace;
                    let close = token.mate as usize;
                    let is_attribute = delim == Delim::Bracket
                        && at > from
                        && (self.is(at - 1, b'#')
                            || (self.is(at - 1, b'!') && at > from + 1 && self.is(at - 2, b'#')));
                    let names_paths = is_attribute && !self.is_condition_or_text(at + 1);
                    self.group(at + 1, close, in_attribute || names_paths);
                    close + 1
                }
                Kind::Ident => self.path(at, is_where),
                Kind::Word(word) if !is_keyword(word) => self.path(at, is_where),
                Kind::Str => {
                    self.string(at, from, in_attribute);
                    at + 1
                }
                Kind::DocOuter | Kind::DocInner => {
                    let span = self.span(at);
                    self.add(
                        MentionKind::Path,
                        smallvec![Ident { name: Name::new_static("doc"), span }],
                        span,
                    );
                    self.captures(at);
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    /// Reads the path that starts at `at`, in a where clause or not; returns the position after it.
    fn path(&mut self, at: usize, is_where: bool) -> usize {
        let mut segments: SmallVec<[Ident; 1]> = SmallVec::new();
        let mut next = at;
        while self.is_name(next) {
            segments.push(Ident { name: name_of(self.slice(next)), span: self.span(next) });
            next += 1;
            if self.is_path_sep(next) && self.is_name(next + 2) {
                next += 2;
            } else {
                break;
            }
        }
        // A bracket or the file's start is before every group, so the tokens before belong to the same group.
        let before = |back: usize| at.checked_sub(back).map_or(Kind::End, |at| self.tokens[at].kind);
        let after_sep = before(1) == Kind::Punct(b':') && at >= 2 && self.is_path_sep(at - 2);
        let after_dot = before(1) == Kind::Punct(b'.') && before(2) != Kind::Punct(b'.');
        // `*const T` introduces nothing.
        let introduced = before(2) != Kind::Punct(b'*')
            && match before(1) {
                Kind::Word(word) => introduces(word),
                Kind::Ident => matches!(self.slice(at - 1), "union" | "macro_rules"),
                Kind::Punct(b'!') => before(2) == Kind::Ident && self.slice(at - 2) == "macro_rules",
                _ => false,
            };
        let single = segments.len() == 1;
        let kind = if after_dot {
            let is_call = self.tokens[next].kind == Kind::Open(Delim::Paren) || self.is_path_sep(next);
            if is_call { MentionKind::Method } else { MentionKind::Field }
        } else if after_sep && before(3) == Kind::Punct(b'>') {
            MentionKind::Assoc
        } else if single && (introduced || self.is_documented_method(at)) {
            MentionKind::Definition
        } else if self.is(next, b'!') && !self.is(next + 1, b'=') {
            MentionKind::Macro
        } else if single && !is_where && self.is(next, b':') && !self.is_path_sep(next) {
            MentionKind::Label
        } else {
            MentionKind::Path
        };
        let leading_colon = after_sep && kind != MentionKind::Assoc;
        let span = segments[0].span.to(segments[segments.len() - 1].span);
        self.mentions.push(Mention { kind, segments, leading_colon, span });
        next
    }

    /// Reads a text in the group that starts at `from`.
    fn string(&mut self, at: usize, from: usize, in_attribute: bool) {
        if in_attribute && !self.is_plain_text(at, from) {
            let inner = self.slice(at).trim_matches('"');
            if !inner.is_empty() && inner.split("::").all(is_identifier) {
                let span = self.span(at);
                let segments = inner.split("::").map(|name| Ident { name: Name::new(name), span }).collect();
                self.add(MentionKind::InAttribute, segments, span);
            }
        }
        self.captures(at);
        let span = self.span(at);
        for path in column_types(self.slice(at)) {
            let segments = path.split("::").map(|name| Ident { name: Name::new(name), span }).collect();
            self.add(MentionKind::InAttribute, segments, span);
        }
    }

    /// Names that a text captures, if it is a format string.
    fn captures(&mut self, at: usize) {
        let span = self.span(at);
        for name in format_captures(self.slice(at)) {
            self.add(MentionKind::FormatCapture, smallvec![Ident { name: Name::new(name), span }], span);
        }
    }

    fn add(&mut self, kind: MentionKind, segments: SmallVec<[Ident; 1]>, span: Span) {
        self.mentions.push(Mention { kind, segments, leading_colon: false, span });
    }

    /// The method of `#[utoipa::path(get, ..)]`: it names no routing function.
    fn is_documented_method(&self, at: usize) -> bool {
        const METHODS: &[&str] = &["get", "post", "put", "delete", "patch", "head", "options", "trace"];
        let is_first_argument = at >= 3
            && self.tokens[at - 1].kind == Kind::Open(Delim::Paren)
            && self.tokens[at - 2].kind == Kind::Ident
            && self.slice(at - 2) == "path";
        let is_attribute = || {
            let start = at.checked_sub(5);
            self.tokens[at - 3].kind == Kind::Open(Delim::Bracket)
                || start.is_some_and(|start| self.slice(start) == "utoipa" && self.is_path_sep(start + 1))
        };
        is_first_argument && is_attribute() && METHODS.contains(&self.slice(at))
    }

    /// Whether a string in an attribute is the value of a key that holds text: `level = "info"`, `rename = "id"`. `from` is where its group
    /// starts, before which the group's name stands.
    fn is_plain_text(&self, at: usize, from: usize) -> bool {
        if at < 2 || !self.is(at - 1, b'=') || !self.is_name(at - 2) {
            return false;
        }
        let key = self.slice(at - 2);
        let names_path = from >= 2 && PATH_KEYS.contains(&(self.slice(from - 2), key));
        TEXT_KEYS.contains(&key) && !names_path
    }

    /// `cfg(..)` and `doc = ".."`: the strings of these attributes name features and hold prose, never paths.
    fn is_condition_or_text(&self, at: usize) -> bool {
        self.tokens[at].kind == Kind::Ident && matches!(self.slice(at), "cfg" | "doc")
    }

    fn slice(&self, at: usize) -> &'t str {
        let token = &self.tokens[at];
        &self.text[token.start as usize..token.end as usize]
    }

    fn span(&self, at: usize) -> Span {
        let token = &self.tokens[at];
        Span::new(token.start + self.offset, token.end + self.offset)
    }

    fn is_name(&self, at: usize) -> bool {
        matches!(self.tokens.get(at), Some(Token { kind: Kind::Ident | Kind::Word(_), .. }))
    }

    fn is(&self, at: usize, mark: u8) -> bool {
        matches!(self.tokens.get(at), Some(token) if token.kind == Kind::Punct(mark))
    }

    fn is_path_sep(&self, at: usize) -> bool {
        self.is(at, b':') && self.tokens[at].joint && self.is(at + 1, b':')
    }
}

/// Keywords that introduce a name.
fn introduces(word: Word) -> bool {
    matches!(
        word,
        Word::Fn
            | Word::Struct
            | Word::Enum
            | Word::Trait
            | Word::Mod
            | Word::Type
            | Word::Const
            | Word::Static
    )
}

/// Keywords that are never a path segment.
fn is_keyword(word: Word) -> bool {
    !matches!(
        word,
        Word::SelfValue
            | Word::SelfType
            | Word::Super
            | Word::Crate
            | Word::Abstract
            | Word::Become
            | Word::Box
            | Word::Do
            | Word::Final
            | Word::Macro
            | Word::Override
            | Word::Priv
            | Word::Try
            | Word::Typeof
            | Word::Unsized
            | Word::Virtual
            | Word::Yield
    )
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

/// The paths of `"column: Type"`, `"column!: Type"` and `"column?: Type"` in a text, by which macros of `sqlx` are told a column's type.
fn column_types(text: &str) -> Vec<&str> {
    let inner = text.trim_start_matches(['r', '#']);
    let mut types = Vec::new();
    for piece in inner.get(1..).unwrap_or_default().split('"') {
        let Some((column, path)) = piece.trim_end_matches('\\').split_once(':') else { continue };
        let column = column.trim_end_matches(['!', '?']);
        let path = path.trim();
        if is_identifier(column) && path.split("::").all(is_identifier) {
            types.push(path);
        }
    }
    types
}

pub(crate) fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}
