//! Signatures and bodies of functions and values of constants: passed over, to be parsed when they are asked for.

use std::sync::Arc;

use super::{Group, Parsed, Parser, Refused};
use crate::span::Span;
use crate::syntax::ast::{Block, Expr, Item};
use crate::syntax::lazy::Lazy;
use crate::syntax::lex::{Delim, Kind, Word};
use crate::syntax::visit;

type Items = Box<[Arc<Item>]>;

impl Parser<'_> {
    /// A function's body and the items in it; its inner attributes are left in `inner`.
    pub(super) fn body(&mut self) -> Parsed<(Lazy<Block>, Items)> {
        let begin = self.at;
        let group = self.open(Delim::Brace)?;
        let may_hold_items = self.may_hold_items(group);
        let items = |block: &Block| if may_hold_items { visit::items(block) } else { Box::default() };
        let Some(text) = self.later else {
            self.at = begin;
            let block = self.block_with_attrs()?;
            let items = items(&block);
            return Ok((Lazy::known(block.span, block), items));
        };
        if may_hold_items {
            (self.at, self.later) = (begin, None);
            let block = self.block_with_attrs()?;
            self.later = Some(text);
            return Ok((Lazy::later(block.span, text.clone()), items(&block)));
        }
        self.inner = self.inner_attrs()?;
        Ok((Lazy::later(self.skip_group(group), text.clone()), Box::default()))
    }

    /// Whether a word that starts an item stands anywhere in a group.
    fn may_hold_items(&self, group: Group) -> bool {
        self.tokens[group.open..group.close].iter().enumerate().any(|(at, token)| match token.kind {
            Kind::Word(word) => matches!(
                word,
                Word::Use
                    | Word::Fn
                    | Word::Struct
                    | Word::Enum
                    | Word::Impl
                    | Word::Const
                    | Word::Static
                    | Word::Trait
                    | Word::Type
                    | Word::Mod
                    | Word::Extern
                    | Word::Macro
            ),
            Kind::Ident => matches!(self.slice(group.open + at), "macro_rules" | "union"),
            _ => false,
        })
    }

    /// Passes over what is left of a signature that starts at the token `begin`; its span.
    pub(super) fn skip_signature(&mut self, begin: usize) -> Parsed<Span> {
        loop {
            match self.kind(0) {
                Kind::Open(delim) => {
                    let after = self.tokens[self.at].mate as usize + 1;
                    // `A<{ N + 1 }>` is part of a type; what follows a body is neither of these marks.
                    let follows = |mark| after < self.end && self.tokens[after].kind == Kind::Punct(mark);
                    if delim == Delim::Brace && !follows(b'>') && !follows(b',') {
                        break;
                    }
                    self.at = after;
                }
                Kind::Punct(b';') => break,
                Kind::Close(_) | Kind::End => return Err(Refused::Unclear),
                _ => self.at += 1,
            }
        }
        Ok(self.since(begin))
    }

    /// The value of a constant or static, up to the semicolon.
    pub(super) fn value(&mut self) -> Parsed<Lazy<Expr>> {
        let begin = self.at;
        let Some(text) = self.later else {
            let expr = self.expr()?;
            return Ok(Lazy::known(self.since(begin), expr));
        };
        while !self.is_done() && !self.is(0, b';') {
            self.at = match self.kind(0) {
                Kind::Open(_) => self.tokens[self.at].mate as usize + 1,
                _ => self.at + 1,
            };
        }
        if self.at == begin {
            return Err(Refused::Unclear);
        }
        Ok(Lazy::later(self.since(begin), text.clone()))
    }
}
