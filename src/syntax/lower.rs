//! `syn` tree -> owned tree. One function per kind of node; nothing of `syn` leaves this folder.

mod expr;
mod item;
mod ty;

use std::sync::Arc;

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::spanned::Spanned as _;

use super::ast::{Attr, Block, Expr, Ident, Name, Signature};
use super::macro_calls::{Fragment, Place};
use super::{FileFacts, ParseError};
use crate::span::Span;

/// Lowers the items of a text that has neither byte-order mark nor `#!` line; `offset` is where it starts in the file.
pub(super) fn file(text: &str, offset: u32) -> Result<FileFacts, ParseError> {
    let file: syn::File = parsed(text, offset)?;
    let lower = Lower { text, offset };
    let (attrs, items) = (lower.attrs(&file.attrs), lower.items(&file.items));
    Ok(FileFacts { attrs, items, ..FileFacts::default() })
}

/// Lowers a function's body with its brackets.
pub(super) fn body(text: &str, offset: u32) -> Result<Block, ParseError> {
    parsed(text, offset).map(|block: WithAttrs| Lower { text, offset }.block(&block.0))
}

/// Lowers a function's signature.
pub(super) fn signature(text: &str, offset: u32) -> Result<Signature, ParseError> {
    parsed(text, offset).map(|signature: syn::Signature| Lower { text, offset }.signature(&signature))
}

/// Lowers the value of a constant.
pub(super) fn value(text: &str, offset: u32) -> Result<Expr, ParseError> {
    parsed(text, offset).map(|expr: syn::Expr| Lower { text, offset }.expr(&expr))
}

fn parsed<T: Parse>(text: &str, offset: u32) -> Result<T, ParseError> {
    let lower = Lower { text, offset };
    let wrong = |message: String, span| ParseError { message, span: lower.span(span) };
    let tokens = text.parse::<TokenStream>().map_err(|error| wrong(error.to_string(), error.span()))?;
    syn::parse2(tokens).map_err(|error| wrong(error.to_string(), error.span()))
}

/// A block that may start with inner attributes.
struct WithAttrs(syn::Block);

impl Parse for WithAttrs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let content;
        let brace_token = syn::braced!(content in input);
        content.call(syn::Attribute::parse_inner)?;
        let stmts = content.call(syn::Block::parse_within)?;
        Ok(Self(syn::Block { brace_token, stmts }))
    }
}

/// Lowers the text of an expansion as its place wants it.
pub(super) fn fragment(text: &str, place: Place) -> Result<Fragment, String> {
    let lower = Lower { text, offset: 0 };
    let tokens: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| error.to_string())?;
    let message = |error: syn::Error| error.to_string();
    match place {
        Place::Item => {
            let file: syn::File = syn::parse2(tokens).map_err(message)?;
            Ok(Fragment::Items(lower.items(&file.items)))
        }
        Place::ImplMember => {
            let members = all::<syn::ImplItem>.parse2(tokens).map_err(message)?;
            Ok(Fragment::Items(members.iter().map(|item| Arc::new(lower.impl_item(item))).collect()))
        }
        Place::TraitMember => {
            let members = all::<syn::TraitItem>.parse2(tokens).map_err(message)?;
            Ok(Fragment::Items(members.iter().map(|item| Arc::new(lower.trait_item(item))).collect()))
        }
        Place::Expression => {
            if let Ok(expr) = syn::parse2::<syn::Expr>(tokens.clone()) {
                return Ok(Fragment::Expr(lower.expr(&expr)));
            }
            let stmts = syn::Block::parse_within.parse2(tokens).map_err(message)?;
            Ok(Fragment::Stmts(lower.stmts(&stmts)))
        }
        Place::Statement { .. } => {
            let stmts = syn::Block::parse_within.parse2(tokens).map_err(message)?;
            Ok(Fragment::Stmts(lower.stmts(&stmts)))
        }
    }
}

/// As many as there are.
fn all<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    let mut all = Vec::new();
    while !input.is_empty() {
        all.push(input.parse()?);
    }
    Ok(all)
}

/// What lowering needs to know: the text, and where it starts in the file.
pub(super) struct Lower<'a> {
    /// The parsed text: token positions are relative to it.
    text: &'a str,
    offset: u32,
}

impl Lower<'_> {
    pub(super) fn span(&self, span: proc_macro2::Span) -> Span {
        let range = span.byte_range();
        Span::new(range.start as u32 + self.offset, range.end as u32 + self.offset)
    }

    fn slice(&self, span: Span) -> &str {
        &self.text[(span.start - self.offset) as usize..(span.end - self.offset) as usize]
    }

    fn ident(&self, ident: &proc_macro2::Ident) -> Ident {
        Ident { name: name_of(ident), span: self.span(ident.span()) }
    }

    /// From the first opening to the last closing bracket of a delimiter.
    fn delim(&self, span: proc_macro2::extra::DelimSpan) -> Span {
        self.span(span.open()).to(self.span(span.close()))
    }

    fn attrs(&self, attrs: &[syn::Attribute]) -> Vec<Attr> {
        let mut all = Vec::new();
        attrs.iter().for_each(|attr| self.attr(attr).add_to(&mut all));
        all
    }

    fn attr(&self, attr: &syn::Attribute) -> Attr {
        let span = self.span(attr.pound_token.span).to(self.delim(attr.bracket_token.span));
        let path = attr.path();
        let joined =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::");
        let args = match &attr.meta {
            syn::Meta::Path(_) => String::new(),
            syn::Meta::List(list) => {
                let delim = match &list.delimiter {
                    syn::MacroDelimiter::Paren(token) => token.span,
                    syn::MacroDelimiter::Brace(token) => token.span,
                    syn::MacroDelimiter::Bracket(token) => token.span,
                };
                self.slice(self.delim(delim)).to_string()
            }
            syn::Meta::NameValue(pair) => match &pair.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => {
                    if joined == "doc" {
                        String::new()
                    } else {
                        format!("= \"{}\"", text.value())
                    }
                }
                _ => {
                    let from = self.span(pair.eq_token.span());
                    let inside = Span::new(from.start, self.span(attr.bracket_token.span.close()).start);
                    self.slice(inside).to_string()
                }
            },
        };
        Attr { path: Name::new(joined), args, span }
    }

    /// Start of the first attribute, or `otherwise`.
    fn start(&self, attrs: &[syn::Attribute], otherwise: Span) -> Span {
        attrs.first().map_or(otherwise, |attr| self.span(attr.pound_token.span).to(otherwise))
    }
}

/// The identifier without `r#`.
pub(super) fn name_of(ident: &proc_macro2::Ident) -> Name {
    let text = ident.to_string();
    Name::new(text.strip_prefix("r#").unwrap_or(&text))
}
