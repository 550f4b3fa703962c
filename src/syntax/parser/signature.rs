//! Signatures of functions.

use super::{Parsed, Parser, Refused, start};
use crate::span::Span;
use crate::syntax::ast::{Ident, Param, Receiver, Signature};
use crate::syntax::lazy::Lazy;
use crate::syntax::lex::{Delim, Kind, Word};

/// What stands in front of a signature's generics.
pub(super) struct SignatureHead {
    pub(super) is_async: bool,
    pub(super) name: Ident,
    /// The union of the words in front of the name.
    pub(super) first: Span,
}

impl Parser<'_> {
    /// Whether `fn` follows, perhaps behind `const`, `async`, `unsafe` and `extern`.
    pub(super) fn is_signature(&self) -> bool {
        let mut n = 0;
        n += usize::from(self.is_word(n, Word::Const));
        n += usize::from(self.is_word(n, Word::Async));
        n += usize::from(self.is_word(n, Word::Unsafe));
        if self.is_word(n, Word::Extern) {
            n += 1;
            n += usize::from(self.kind(n) == Kind::Str);
        }
        self.is_word(n, Word::Fn)
    }

    /// Signature, and what stands in front of it.
    pub(super) fn signature(&mut self) -> Parsed<(Lazy<Signature>, SignatureHead)> {
        let begin = self.at;
        let head = self.signature_head()?;
        let sig = match self.later {
            Some(text) => Lazy::later(self.skip_signature(begin)?, text.clone()),
            None => {
                let sig = self.signature_rest(head.is_async)?;
                Lazy::known(self.since(begin), sig)
            }
        };
        Ok((sig, head))
    }

    /// Up to the name.
    pub(super) fn signature_head(&mut self) -> Parsed<SignatureHead> {
        let constness = self.eat_word(Word::Const);
        let asyncness = self.eat_word(Word::Async);
        let safety = self.eat_word(Word::Unsafe);
        let abi = self.abi();
        let token = self.word(Word::Fn)?;
        let first = [constness, asyncness, safety, abi].into_iter().flatten().fold(token, Span::to);
        Ok(SignatureHead { is_async: asyncness.is_some(), name: self.ident()?, first })
    }

    /// Behind the name.
    pub(super) fn signature_rest(&mut self, is_async: bool) -> Parsed<Signature> {
        let mut generics = self.generics()?;
        let group = self.open(Delim::Paren)?;
        let (receiver, params) = self.params()?;
        let params_span = self.close(group)?;
        let ret = self.return_type(true)?;
        self.where_clause(&mut generics)?;
        Ok(Signature { is_async, generics, receiver, params, ret, params_span })
    }

    fn params(&mut self) -> Parsed<(Option<Receiver>, Vec<Param>)> {
        let (mut receiver, mut params) = (None, Vec::new());
        while !self.is_done() {
            let is_variadic = self.noted(|parser| parser.param(&mut receiver, &mut params))?;
            if is_variadic {
                self.eat(b',');
                break;
            }
            if self.is_done() {
                break;
            }
            self.mark(b',')?;
        }
        Ok((receiver, params))
    }

    /// Adds one parameter; whether it was `...` instead.
    fn param(&mut self, receiver: &mut Option<Receiver>, params: &mut Vec<Param>) -> Parsed<bool> {
        let attrs = self.outer_attrs()?;
        if self.eat_marks(b"...").is_some() {
            return Ok(true);
        }
        if let Some(found) = self.receiver()? {
            if receiver.is_some() || !params.is_empty() {
                return Err(Refused::Unclear);
            }
            *receiver = Some(found);
            return Ok(false);
        }
        if self.kind(0) == Kind::Ident && self.is(1, b'<') {
            return Err(Refused::Unclear);
        }
        let pat = self.pat()?;
        self.mark(b':')?;
        if self.eat_marks(b"...").is_some() {
            return Ok(true);
        }
        let ty = self.ty(true)?;
        let span = start(&attrs, pat.span.to(ty.span));
        params.push(Param { pat, ty, span });
        Ok(false)
    }

    fn receiver(&mut self) -> Parsed<Option<Receiver>> {
        let by_ref = self.is(0, b'&');
        let mut n = usize::from(by_ref);
        n += usize::from(by_ref && self.kind(n) == Kind::Lifetime);
        n += usize::from(self.is_word(n, Word::Mut));
        if !self.is_word(n, Word::SelfValue) || self.are(n + 1, b"::") {
            return Ok(None);
        }
        self.at += n;
        let span = self.next();
        let ty = if !by_ref && self.eat(b':').is_some() { Some(self.ty(true)?) } else { None };
        Ok(Some(Receiver { by_ref, ty, span }))
    }
}
