//! Parts of a file that are parsed when they are first asked for: signatures and bodies of functions, values of constants and statics.
//!
//! Most code of a program's dependencies is reached by nothing: a tree of it would take thirty times the room of its text.
//! Input: the file's text and the part's range. Output: the part's tree, kept from then on, and what is wrong with it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::ast::{Block, Expr, ExprKind, Signature};
use super::{ParseError, judged, lower, parser};
use crate::span::Span;

/// A part of a file.
#[derive(Clone)]
pub struct Lazy<T> {
    span: Span,
    /// Of the whole file; `None` where the part was parsed with what is around it.
    text: Option<Arc<str>>,
    parsed: OnceLock<Box<Parsed<T>>>,
}

#[derive(Clone)]
struct Parsed<T> {
    tree: T,
    error: Option<ParseError>,
}

/// What can be parsed apart from what is around it.
pub trait Part: Sized {
    /// Parses a text that starts at `offset` of its file; where it is wrong, what stands for it is empty.
    fn parse(text: &str, offset: u32) -> Result<Self, ParseError>;

    /// What stands for a part that does not parse.
    fn empty(span: Span) -> Self;
}

impl Part for Block {
    fn parse(text: &str, offset: u32) -> Result<Self, ParseError> {
        judged(text, offset, parser::body(text, offset, super::MAX_NESTING), lower::body)
    }

    fn empty(span: Span) -> Self {
        Block { stmts: Vec::new(), span }
    }
}

impl Part for Signature {
    fn parse(text: &str, offset: u32) -> Result<Self, ParseError> {
        judged(text, offset, parser::signature(text, offset, super::MAX_NESTING), lower::signature)
    }

    fn empty(_: Span) -> Self {
        Signature::default()
    }
}

impl Part for Expr {
    fn parse(text: &str, offset: u32) -> Result<Self, ParseError> {
        judged(text, offset, parser::value(text, offset, super::MAX_NESTING), lower::value)
    }

    fn empty(span: Span) -> Self {
        Expr { kind: ExprKind::Other, span }
    }
}

impl<T> Lazy<T> {
    /// A part that is parsed already.
    pub(super) fn known(span: Span, tree: T) -> Self {
        let parsed = OnceLock::from(Box::new(Parsed { tree, error: None }));
        Self { span, text: None, parsed }
    }

    /// A part that is parsed when it is asked for; `text` is the whole file's.
    pub(super) fn later(span: Span, text: Arc<str>) -> Self {
        Self { span, text: Some(text), parsed: OnceLock::new() }
    }

    /// With its brackets, for a body.
    pub fn span(&self) -> Span {
        self.span
    }

    /// What is wrong with it, where it was asked for and does not parse.
    pub fn error(&self) -> Option<&ParseError> {
        self.parsed.get()?.error.as_ref()
    }
}

impl<T: Part> Lazy<T> {
    /// The tree.
    pub fn get(&self) -> &T {
        &self.parsed.get_or_init(|| Box::new(self.parse())).tree
    }

    /// Shows the tree, which is not kept where it was not before: for passes over code that may be reached by nothing.
    pub fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        match self.parsed.get() {
            Some(parsed) => look(&parsed.tree),
            None => look(&self.parse().tree),
        }
    }

    fn parse(&self) -> Parsed<T> {
        let text = self.text.as_deref().map_or("", |text| self.span.slice(text));
        match T::parse(text, self.span.start) {
            Ok(tree) => Parsed { tree, error: None },
            Err(error) => Parsed { tree: T::empty(self.span), error: Some(error) },
        }
    }
}

impl<T: Part + fmt::Debug> fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
