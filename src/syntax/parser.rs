//! Tokens -> the owned tree, in one pass and without a tree in between.
//!
//! The grammar is that of `syn`, rule by rule; a test compares the two trees. What this parser does not understand it refuses, and
//! `lower` asks `syn`: for rare syntax that gives the tree, for wrong syntax the message.

mod expr;
mod item;
mod later;
mod mac;
mod operator;
mod pat;
mod signature;
mod stmt;
mod ty;

use std::sync::Arc;

use super::ast::{Attr, Block, Expr, Ident, Name, Path, Segment, Signature, VisKind, Visibility};
use super::lex::{Delim, Kind, Token, Word};
use super::literal;
use super::macro_calls::{Fragment, Place};
use super::mention::{self, Mentions};
use super::{Conditional, Depth, FileFacts};
use crate::span::Span;

/// Why a text is not parsed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Wrong, or too rare to be known here.
    Unclear,
    /// Nests so deeply that no parser should recurse into it.
    TooDeep(u32),
}

pub(super) type Parsed<T> = Result<T, Refused>;

/// How many operators or calls may follow one another: each makes the tree one level deeper.
const MAX_LINKS: u32 = 100_000;

/// How deep types, patterns and expressions may nest without brackets, as in `&&&&x`.
const MAX_DEPTH: u32 = 4096;

/// Parses a file from behind its byte-order mark and `#!` line; `mentioned`: with what its tokens mention.
pub(super) fn file(
    whole: &Arc<str>,
    offset: u32,
    depth: Depth,
    max_nesting: usize,
    mentioned: bool,
) -> Parsed<FileFacts> {
    let text = &whole[offset as usize..];
    let tokens = super::lex::lex(text, max_nesting)?;
    let mut parser = Parser::new(text, offset, &tokens);
    parser.later = (depth == Depth::Skeleton).then_some(whole);
    let attrs = parser.inner_attrs()?;
    let items = parser.items()?;
    if parser.at != parser.end {
        return Err(Refused::Unclear);
    }
    let facts = FileFacts { attrs, items, depth, ..FileFacts::default() };
    if !mentioned {
        return Ok(facts);
    }
    let mentions = Mentions::of(whole, offset, (depth == Depth::Whole).then_some(&tokens));
    let macros = mention::macros(text, offset, &tokens);
    Ok(FileFacts { mentions, macros, ..facts })
}

/// What of a file below its items has a `cfg`; `text` starts behind its byte-order mark and `#!` line.
pub(super) fn conditional(text: &str, offset: u32, max_nesting: usize) -> Parsed<Vec<Conditional>> {
    let tokens = super::lex::lex(text, max_nesting)?;
    let mut parser = Parser::new(text, offset, &tokens);
    parser.noted = Some(Vec::new());
    parser.inner_attrs()?;
    parser.items()?;
    Ok(parser.noted.unwrap_or_default())
}

/// Parses a function's body with its brackets.
pub(super) fn body(text: &str, offset: u32, max_nesting: usize) -> Parsed<Block> {
    let tokens = super::lex::lex(text, max_nesting)?;
    Parser::new(text, offset, &tokens).all(Parser::block_with_attrs)
}

/// Parses a function's signature.
pub(super) fn signature(text: &str, offset: u32, max_nesting: usize) -> Parsed<Signature> {
    let tokens = super::lex::lex(text, max_nesting)?;
    let parser = Parser::new(text, offset, &tokens);
    parser.all(|parser| {
        let head = parser.signature_head()?;
        parser.signature_rest(head.is_async)
    })
}

/// Parses the value of a constant.
pub(super) fn value(text: &str, offset: u32, max_nesting: usize) -> Parsed<Expr> {
    let tokens = super::lex::lex(text, max_nesting)?;
    Parser::new(text, offset, &tokens).all(Parser::expr)
}

/// Parses the text of an expansion as its place wants it.
pub(super) fn fragment(text: &str, place: Place, max_nesting: usize) -> Parsed<Fragment> {
    let tokens = super::lex::lex(text, max_nesting)?;
    let parser = || Parser::new(text, 0, &tokens);
    let stmts = || parser().all(Parser::stmts).map(Fragment::Stmts);
    match place {
        Place::Item => {
            let items = parser().all(|parser| {
                parser.inner_attrs()?;
                parser.items()
            });
            items.map(Fragment::Items)
        }
        Place::ImplMember => {
            let members = parser().all(|parser| parser.all_members(Parser::impl_member));
            members.map(Fragment::Items)
        }
        Place::TraitMember => {
            let members = parser().all(|parser| parser.all_members(Parser::trait_member));
            members.map(Fragment::Items)
        }
        Place::Expression => parser().all(Parser::expr).map(Fragment::Expr).or_else(|_| stmts()),
        Place::Statement { .. } => stmts(),
    }
}

struct Parser<'t> {
    text: &'t str,
    offset: u32,
    tokens: &'t [Token],
    at: usize,
    /// Position behind the last token that may be read.
    end: usize,
    depth: u32,
    /// Inner attributes of the block that was parsed last.
    inner: Vec<Attr>,
    /// Whether a rule is only tried: the arguments of macro calls are left out.
    trying: bool,
    /// Whether that happened.
    left_out: bool,
    /// The whole file, where signatures, bodies and values are to be parsed when they are asked for.
    later: Option<&'t Arc<str>>,
    /// What is noted of parts with attributes, where that is asked for.
    noted: Option<Vec<Conditional>>,
}

/// An open group: positions of its brackets.
#[derive(Clone, Copy)]
struct Group {
    open: usize,
    close: usize,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, offset: u32, tokens: &'t [Token]) -> Self {
        Self {
            text,
            offset,
            tokens,
            at: 0,
            end: tokens.len() - 1,
            depth: 0,
            inner: Vec::new(),
            trying: false,
            left_out: false,
            later: None,
            noted: None,
        }
    }

    /// Applies a rule that must use all tokens.
    fn all<T>(mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let value = rule(&mut self)?;
        if self.at == self.end { Ok(value) } else { Err(Refused::Unclear) }
    }

    /// Kind of the n-th token from here.
    fn kind(&self, n: usize) -> Kind {
        let at = self.at + n;
        if at < self.end { self.tokens[at].kind } else { Kind::End }
    }

    fn is(&self, n: usize, mark: u8) -> bool {
        self.kind(n) == Kind::Punct(mark)
    }

    /// Whether marks that touch stand there: `::`, `..=`.
    fn are(&self, n: usize, marks: &[u8]) -> bool {
        let last = marks.len() - 1;
        marks
            .iter()
            .enumerate()
            .all(|(at, &mark)| self.is(n + at, mark) && (at == last || self.tokens[self.at + n + at].joint))
    }

    fn is_word(&self, n: usize, word: Word) -> bool {
        self.kind(n) == Kind::Word(word)
    }

    fn is_open(&self, n: usize, delim: Delim) -> bool {
        self.kind(n) == Kind::Open(delim)
    }

    /// Whether a name that is a keyword only in some places stands there.
    fn is_named(&self, n: usize, name: &str) -> bool {
        self.kind(n) == Kind::Ident && self.slice(self.at + n) == name
    }

    /// Whether a name or keyword stands there.
    fn is_any_name(&self, n: usize) -> bool {
        matches!(self.kind(n), Kind::Ident | Kind::Word(_))
    }

    /// Whether a literal stands there, negative numbers included.
    fn is_lit(&self, n: usize) -> bool {
        match self.kind(n) {
            Kind::Str
            | Kind::Char
            | Kind::Int
            | Kind::Float
            | Kind::Bytes
            | Kind::Word(Word::True | Word::False) => true,
            Kind::Punct(b'-') => matches!(self.kind(n + 1), Kind::Int | Kind::Float),
            _ => false,
        }
    }

    /// Whether nothing is left in this group or text.
    fn is_done(&self) -> bool {
        matches!(self.kind(0), Kind::Close(_) | Kind::End)
    }

    fn slice(&self, at: usize) -> &'t str {
        let token = &self.tokens[at];
        &self.text[token.start as usize..token.end as usize]
    }

    fn span_at(&self, at: usize) -> Span {
        let token = &self.tokens[at];
        Span::new(token.start + self.offset, token.end + self.offset)
    }

    /// Span of the next token.
    fn here(&self) -> Span {
        self.span_at(self.at)
    }

    /// From a token to the one before the next.
    fn since(&self, start: usize) -> Span {
        self.span_at(start).to(self.span_at(self.at - 1))
    }

    fn next(&mut self) -> Span {
        let span = self.here();
        self.at += 1;
        span
    }

    fn mark(&mut self, mark: u8) -> Parsed<Span> {
        if self.is(0, mark) { Ok(self.next()) } else { Err(Refused::Unclear) }
    }

    fn eat(&mut self, mark: u8) -> Option<Span> {
        self.is(0, mark).then(|| self.next())
    }

    fn marks(&mut self, marks: &[u8]) -> Parsed<Span> {
        self.eat_marks(marks).ok_or(Refused::Unclear)
    }

    fn eat_marks(&mut self, marks: &[u8]) -> Option<Span> {
        if !self.are(0, marks) {
            return None;
        }
        let span = self.here().to(self.span_at(self.at + marks.len() - 1));
        self.at += marks.len();
        Some(span)
    }

    fn word(&mut self, word: Word) -> Parsed<Span> {
        self.eat_word(word).ok_or(Refused::Unclear)
    }

    fn eat_word(&mut self, word: Word) -> Option<Span> {
        self.is_word(0, word).then(|| self.next())
    }

    fn eat_lifetime(&mut self) -> bool {
        let found = self.kind(0) == Kind::Lifetime;
        self.at += usize::from(found);
        found
    }

    /// A name that is no keyword.
    fn ident(&mut self) -> Parsed<Ident> {
        if self.kind(0) == Kind::Ident { self.any_name() } else { Err(Refused::Unclear) }
    }

    fn any_name(&mut self) -> Parsed<Ident> {
        if !self.is_any_name(0) {
            return Err(Refused::Unclear);
        }
        let name = name_of(self.slice(self.at));
        Ok(Ident { name, span: self.next() })
    }

    fn open(&mut self, delim: Delim) -> Parsed<Group> {
        if !self.is_open(0, delim) {
            return Err(Refused::Unclear);
        }
        let group = Group { open: self.at, close: self.tokens[self.at].mate as usize };
        self.at += 1;
        Ok(group)
    }

    /// Leaves a group, of which nothing may be left; its span with both brackets.
    fn close(&mut self, group: Group) -> Parsed<Span> {
        if self.at != group.close {
            return Err(Refused::Unclear);
        }
        self.at += 1;
        Ok(self.group_span(group))
    }

    fn group_span(&self, group: Group) -> Span {
        self.span_at(group.open).to(self.span_at(group.close))
    }

    /// Leaves a group wherever in it the parser stands.
    fn skip_group(&mut self, group: Group) -> Span {
        self.at = group.close + 1;
        self.group_span(group)
    }

    /// Runs a rule that may contain itself.
    fn deeper<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Refused::TooDeep(self.tokens[self.at].start));
        }
        self.depth += 1;
        let value = rule(self);
        self.depth -= 1;
        value
    }

    /// Counts one more link of a chain.
    fn link(&self, links: &mut u32) -> Parsed<()> {
        *links += 1;
        if *links > MAX_LINKS { Err(Refused::TooDeep(self.tokens[self.at].start)) } else { Ok(()) }
    }

    /// A list with commas between, up to the end of the group.
    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut all = Vec::new();
        while !self.is_done() {
            all.push(self.noted(&mut one)?);
            if self.is_done() {
                break;
            }
            self.mark(b',')?;
        }
        // Most lists are short and the tree is kept: room for four would be three too many.
        all.shrink_to_fit();
        Ok(all)
    }

    /// Applies a rule to a part that attributes may switch off, and notes it with the comma behind it where one has a `cfg`.
    fn noted<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.noted.is_none() || !(self.is(0, b'#') || self.kind(0) == Kind::DocOuter) {
            return rule(self);
        }
        let begin = self.at;
        let attrs = self.outer_attrs()?;
        self.at = begin;
        let value = rule(self)?;
        if attrs.iter().any(|attr| attr.path == "cfg") {
            let part = self.since(begin);
            let span = if self.is(0, b',') { part.to(self.here()) } else { part };
            self.noted.iter_mut().for_each(|noted| noted.push(Conditional { span, attrs: attrs.clone() }));
        }
        Ok(value)
    }

    fn outer_attrs(&mut self) -> Parsed<Vec<Attr>> {
        let mut attrs = Vec::new();
        while self.kind(0) == Kind::DocOuter || (self.is(0, b'#') && !self.is(1, b'!')) {
            let attr = self.attr()?;
            attr.add_to(&mut attrs);
        }
        attrs.shrink_to_fit();
        Ok(attrs)
    }

    fn inner_attrs(&mut self) -> Parsed<Vec<Attr>> {
        let mut attrs = Vec::new();
        while self.kind(0) == Kind::DocInner || (self.is(0, b'#') && self.is(1, b'!')) {
            let attr = self.attr()?;
            attr.add_to(&mut attrs);
        }
        Ok(attrs)
    }

    fn attr(&mut self) -> Parsed<Attr> {
        if matches!(self.kind(0), Kind::DocOuter | Kind::DocInner) {
            return Ok(Attr { path: Name::new_static("doc"), args: String::new(), span: self.next() });
        }
        let pound = self.mark(b'#')?;
        self.eat(b'!');
        let group = self.open(Delim::Bracket)?;
        let path = self.attr_path()?;
        let close = self.span_at(group.close).start;
        let args = match self.kind(0) {
            Kind::Open(_) => {
                let inside = Group { open: self.at, close: self.tokens[self.at].mate as usize };
                self.skip_group(inside);
                self.text_of(self.group_span(inside)).to_string()
            }
            Kind::Punct(b'=') => {
                let eq = self.next();
                if self.kind(0) == Kind::Str && self.at + 1 == group.close {
                    let value = literal::string(self.slice(self.at)).ok_or(Refused::Unclear)?;
                    self.at += 1;
                    if path == "doc" { String::new() } else { format!("= \"{value}\"") }
                } else {
                    self.at = group.close;
                    self.text_of(Span::new(eq.start, close)).to_string()
                }
            }
            _ => String::new(),
        };
        let end = self.close(group)?;
        Ok(Attr { path, args, span: pound.to(end) })
    }

    /// `tokio::main`, or `unsafe` before parentheses.
    fn attr_path(&mut self) -> Parsed<Name> {
        if self.is_word(0, Word::Unsafe) {
            self.at += 1;
            return Ok(Name::new_static("unsafe"));
        }
        self.eat_marks(b"::");
        let first = self.at;
        self.any_name()?;
        if !self.are(0, b"::") {
            return Ok(Name::new(self.slice(first)));
        }
        let mut path = self.slice(first).to_string();
        while self.eat_marks(b"::").is_some() {
            path.push_str("::");
            path.push_str(self.slice(self.at));
            self.any_name()?;
        }
        Ok(Name::new(path))
    }

    fn text_of(&self, span: Span) -> &'t str {
        &self.text[(span.start - self.offset) as usize..(span.end - self.offset) as usize]
    }

    /// `pub`, `pub(crate)` or nothing.
    fn vis(&mut self) -> Option<Visibility> {
        let token = self.eat_word(Word::Pub)?;
        if self.is_open(0, Delim::Paren) {
            let close = self.tokens[self.at].mate as usize;
            let is_short = matches!(self.kind(1), Kind::Word(Word::Crate | Word::SelfValue | Word::Super))
                && close == self.at + 2;
            if is_short || self.is_word(1, Word::In) {
                let span = token.to(self.span_at(close));
                self.at = close + 1;
                return Some(Visibility { kind: VisKind::Restricted, span });
            }
        }
        Some(Visibility { kind: VisKind::Public, span: token })
    }

    /// A path of names alone, as in `use`, attributes and macro calls.
    fn mod_path(&mut self) -> Parsed<Path> {
        let colon = self.eat_marks(b"::");
        let mut span = colon.map(|colon| Span::new(colon.start, colon.start + 1));
        let mut segments = Vec::new();
        loop {
            if !self.is_path_name(0) {
                return Err(Refused::Unclear);
            }
            let ident = self.any_name()?;
            span = Some(span.map_or(ident.span, |span| span.to(ident.span)));
            segments.push(Segment::plain(ident));
            if self.eat_marks(b"::").is_none() {
                break;
            }
        }
        Ok(Path {
            leading_colon: colon.is_some(),
            qself: None,
            trait_len: 0,
            segments,
            span: span.unwrap_or_default(),
        })
    }

    fn is_path_name(&self, n: usize) -> bool {
        matches!(
            self.kind(n),
            Kind::Ident | Kind::Word(Word::SelfValue | Word::SelfType | Word::Super | Word::Crate)
        )
    }
}

/// Where a visibility stands, or would stand.
fn vis_or(vis: Option<Visibility>, next: Span) -> Visibility {
    vis.unwrap_or(Visibility { kind: VisKind::Inherited, span: Span::empty(next.start) })
}

/// The identifier without `r#`.
pub(super) fn name_of(text: &str) -> Name {
    Name::new(text.strip_prefix("r#").unwrap_or(text))
}

/// What a doc comment says.
pub(super) fn doc_text(comment: &str) -> &str {
    if comment.starts_with("//") { &comment[3..] } else { &comment[3..comment.len() - 2] }
}

/// Start of the first attribute, or `otherwise`.
fn start(attrs: &[Attr], otherwise: Span) -> Span {
    attrs.first().map_or(otherwise, |attr| Span::new(attr.span.start, attr.span.start).to(otherwise))
}
