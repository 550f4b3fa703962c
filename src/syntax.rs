//! One file's text -> `FileFacts`: owned, `Send` facts with byte ranges. Pure and total: a file that does not parse gives an error value.
//!
//! Input: the text as it lies on disk, and how deep to read it. Output: items in our own small tree (`ast`), of which signatures, bodies and
//! values of constants may be left for later (`lazy`), and every name that the tokens mention (`mention`). Spans are corrected once for the
//! byte-order mark and the `#!` line.
//! `lex` and `parser` read nearly every file, at an eighth of `syn`'s cost; `lower` asks `syn` about the others.
//! Deliberately absent: other files, names' meaning, `cfg` evaluation. `syn` and `proc_macro2` are used nowhere else for input.

pub mod ast;
pub mod lazy;
pub mod lazy_static;
mod lex;
mod literal;
mod lower;
pub mod macro_calls;
pub mod macro_rules;
pub mod mention;
mod parser;
pub mod paste;
pub mod table;
pub mod visit;

use std::sync::Arc;

use crate::span::Span;

pub use ast::{Attr, Item, ItemKind, Name};
pub use mention::{Mention, MentionKind, Mentions};

/// Everything later stages need to know of one file.
#[derive(Debug, Clone, Default)]
pub struct FileFacts {
    /// Inner attributes (`#![..]`, `//!`).
    pub attrs: Vec<Attr>,
    pub items: Vec<std::sync::Arc<Item>>,
    /// All names in the file's tokens, macro arguments and attributes included.
    pub mentions: Mentions,
    /// Last names of the macros that are called, and `macro_rules` where one is defined, with the place of each; in order. Empty once all
    /// macros are expanded.
    pub macros: Vec<(u32, Name)>,
    pub depth: Depth,
    pub error: Option<ParseError>,
}

/// How much of a file is parsed at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Depth {
    /// Everything.
    #[default]
    Whole,
    /// Items without what is `Lazy` of them.
    Skeleton,
}

/// Why a file has no items, or a body no statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    pub message: String,
    pub span: Span,
}

impl FileFacts {
    /// The mentions that start inside a range.
    pub fn mentions_in(&self, span: Span) -> &[Mention] {
        let mentions = self.mentions.all();
        let from = mentions.partition_point(|mention| mention.span.start < span.start);
        let to = mentions.partition_point(|mention| mention.span.start < span.end);
        &mentions[from..to.max(from)]
    }

    /// The names of `macros` in a range.
    pub fn macros_in(&self, span: Span) -> impl Iterator<Item = &Name> {
        let from = self.macros.partition_point(|(at, _)| *at < span.start);
        self.macros[from..].iter().take_while(move |(at, _)| *at < span.end).map(|(_, name)| name)
    }

    /// Takes the mentions of a text, whose places are the same.
    fn mention_as_in(&mut self, text: &Arc<str>) {
        let offset = prelude_len(text) as u32;
        let body = &text[offset as usize..];
        let Ok(tokens) = lex::lex(body, usize::MAX) else { return };
        self.mentions = Mentions::of(text, offset, (self.depth == Depth::Whole).then_some(&tokens));
        self.macros = mention::macros(body, offset, &tokens);
    }
}

/// A part of a file below its items that has a `cfg`: a statement, an arm of a `match`, a field, a variant, a parameter or an argument.
#[derive(Debug, Clone)]
pub struct Conditional {
    /// With its attributes, and with the comma behind it.
    pub span: Span,
    pub attrs: Vec<Attr>,
}

/// How deep brackets may nest before a file is refused: deeper input could overflow the parser's stack.
/// Brackets in strings and comments count too, which only matters for files that hold hundreds of unbalanced ones.
const MAX_NESTING: usize = 512;

/// The longest text about which `syn` is asked: it recurses without a bound, and this is what a deep stack holds.
const MAX_FOR_SYN: usize = 1024 * 1024;
/// How many marks such as `&` and `!` may follow one another in it, white space aside.
const MAX_MARKS: usize = 2048;

/// Parses one file. Never fails and never panics: the error is part of the answer.
pub fn parse(text: &Arc<str>, depth: Depth) -> FileFacts {
    parse_without(text, text, depth)
}

/// Parses one file without some of its macro calls: `left` is its text with spaces for them. The names are those of the whole text: what
/// a call's own tokens name is needed too, where the call stays as it is written.
pub fn parse_without(left: &Arc<str>, text: &Arc<str>, depth: Depth) -> FileFacts {
    let offset = prelude_len(left) as u32;
    let is_whole = Arc::ptr_eq(left, text);
    let ours = parser::file(left, offset, depth, MAX_NESTING, is_whole);
    let has_mentions = ours.is_ok() && is_whole;
    match judged(&left[offset as usize..], offset, ours, lower::file) {
        Ok(facts) if has_mentions => facts,
        Ok(facts) => {
            let mut facts = FileFacts { depth, ..facts };
            facts.mention_as_in(text);
            facts
        }
        Err(error) => FileFacts { error: Some(error), depth, ..FileFacts::default() },
    }
}

/// What of a file below its items has a `cfg`, in any order. None of a text that only `syn` parses, which is rare.
pub fn conditional(text: &str) -> Vec<Conditional> {
    let offset = prelude_len(text);
    parser::conditional(&text[offset..], offset as u32, MAX_NESTING).unwrap_or_default()
}

/// What `parser` gives of a text that starts at `offset` of its file. What it does not know is rare or wrong; `syn` knows which.
fn judged<T>(
    text: &str,
    offset: u32,
    ours: parser::Parsed<T>,
    syn: fn(&str, u32) -> Result<T, ParseError>,
) -> Result<T, ParseError> {
    match ours {
        Ok(value) => Ok(value),
        Err(parser::Refused::TooDeep(at)) => Err(refused("it nests too deeply", offset + at)),
        Err(parser::Refused::Unclear) => match nesting_over(text, MAX_NESTING) {
            Some(at) => Err(refused("it nests too deeply", offset + at as u32)),
            None if text.len() > MAX_FOR_SYN || has_long_run(text) => {
                Err(refused("it is too large for its syntax to be understood", offset))
            }
            None => with_tokens(|| syn(text, offset)),
        },
    }
}

/// Does something with tokens, and forgets the texts that they were read from: each thread would keep them all, with a map of its
/// characters for each whose places were asked for. No place of a token may be asked for afterwards.
fn with_tokens<T>(work: impl FnOnce() -> T) -> T {
    let value = work();
    proc_macro2::extra::invalidate_current_thread_spans();
    value
}

fn refused(message: &str, at: u32) -> ParseError {
    ParseError { message: message.to_string(), span: Span::empty(at) }
}

/// Whether marks that may each open an expression stand in a long row.
fn has_long_run(text: &str) -> bool {
    let mut run = 0;
    text.bytes().any(|byte| {
        run = match byte {
            b'&' | b'*' | b'!' | b'-' | b'|' | b'<' | b'.' | b'#' => run + 1,
            b' ' | b'\n' | b'\t' | b'\r' => run,
            _ => 0,
        };
        run > MAX_MARKS
    })
}

/// Length of byte-order mark and `#!` line, which the parser must not see.
/// The rule for `#!` is the reference's: not when the next token is `[` (an inner attribute).
fn prelude_len(text: &str) -> usize {
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let rest = &text[bom..];
    if rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[') {
        bom + rest.find('\n').unwrap_or(rest.len())
    } else {
        bom
    }
}

/// The first bracket that stands deeper than `limit`.
fn nesting_over(text: &str, limit: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return Some(at);
                }
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests;

/// For comparison with `parser`: the tree that `syn` gives.
#[cfg(test)]
fn parse_with_syn(text: &Arc<str>) -> FileFacts {
    let offset = prelude_len(text);
    let facts = with_tokens(|| lower::file(&text[offset..], offset as u32));
    let mut facts = facts.unwrap_or_else(|error| FileFacts { error: Some(error), ..FileFacts::default() });
    facts.mention_as_in(text);
    facts
}
