//! Patterns.

use super::{Parsed, Parser, Refused};
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind, Ident, Lit, Name, Pat, PatKind, Path};
use crate::syntax::lex::{Delim, Kind, Word};
use crate::syntax::literal;

impl Parser<'_> {
    /// A pattern with `|` between its cases, and perhaps before them.
    pub(super) fn pat_multi(&mut self) -> Parsed<Pat> {
        let leading = self.eat(b'|').is_some();
        let first = self.pat()?;
        if !leading && !self.is_or() {
            return Ok(first);
        }
        let mut cases = vec![first];
        while self.is_or() {
            self.at += 1;
            cases.push(self.pat()?);
        }
        let span = cases.iter().map(|case| case.span).reduce(Span::to).unwrap_or_default();
        Ok(Pat { kind: PatKind::Or(cases), span })
    }

    fn is_or(&self) -> bool {
        self.is(0, b'|') && !self.are(0, b"||") && !self.are(0, b"|=")
    }

    /// A pattern without `|`.
    pub(super) fn pat(&mut self) -> Parsed<Pat> {
        self.deeper(Self::pat_inside)
    }

    fn pat_inside(&mut self) -> Parsed<Pat> {
        let of = |kind, span| Ok(Pat { kind, span });
        let starts_path = match self.kind(0) {
            Kind::Ident => {
                self.are(1, b"::")
                    || self.is(1, b'!')
                    || self.is_open(1, Delim::Brace)
                    || self.is_open(1, Delim::Paren)
                    || self.are(1, b"..")
            }
            Kind::Word(Word::SelfValue) => self.are(1, b"::"),
            Kind::Punct(b':') => self.are(0, b"::"),
            Kind::Punct(b'<') | Kind::Word(Word::SelfType | Word::Super | Word::Crate) => true,
            _ => false,
        };
        if starts_path {
            return self.pat_path();
        }
        match self.kind(0) {
            Kind::Word(Word::Underscore) => {
                let span = self.next();
                of(PatKind::Wild, span)
            }
            Kind::Word(Word::Box) => {
                self.at += 1;
                self.pat()?;
                of(PatKind::Other, Span::default())
            }
            Kind::Word(Word::Ref | Word::Mut | Word::SelfValue) | Kind::Ident => self.pat_ident(),
            Kind::Punct(b'&') => {
                let and = self.next();
                self.eat_word(Word::Mut);
                let inner = self.pat()?;
                let span = and.to(inner.span);
                of(PatKind::Ref(Box::new(inner)), span)
            }
            Kind::Open(Delim::Paren) => self.pat_in_parens(),
            Kind::Open(Delim::Bracket) => {
                let group = self.open(Delim::Bracket)?;
                let elems = self.list(Self::pat_multi)?;
                of(PatKind::Slice(elems), self.close(group)?)
            }
            Kind::Punct(b'.') if self.are(0, b"..") && !self.are(0, b"...") => {
                let closed = self.are(0, b"..=");
                let start = self.here();
                self.at += if closed { 3 } else { 2 };
                if self.range_bound()? {
                    of(PatKind::Other, Span::default())
                } else if closed {
                    Err(Refused::Unclear)
                } else {
                    of(PatKind::Rest, start)
                }
            }
            Kind::Punct(b'-') | Kind::Word(Word::Const) => self.pat_lit_or_range(),
            _ if self.is_lit(0) => self.pat_lit_or_range(),
            _ => Err(Refused::Unclear),
        }
    }

    fn pat_path(&mut self) -> Parsed<Pat> {
        let path = self.qualified_path(true)?;
        let of = |kind, span| Ok(Pat { kind, span });
        if path.qself.is_none() && self.is(0, b'!') && !self.are(0, b"!=") && super::ty::is_mod_style(&path) {
            self.at += 1;
            self.delimited()?;
            return of(PatKind::Other, Span::default());
        }
        if self.is_open(0, Delim::Brace) {
            return self.pat_struct(path);
        }
        if self.is_open(0, Delim::Paren) {
            let group = self.open(Delim::Paren)?;
            let elems = self.list(Self::pat_multi)?;
            let span = path.span.to(self.close(group)?);
            return of(PatKind::TupleStruct { path, elems }, span);
        }
        if self.are(0, b"..") {
            self.range_end()?;
            return of(PatKind::Other, Span::default());
        }
        let span = path.span;
        of(PatKind::Path(path), span)
    }

    fn pat_struct(&mut self, path: Path) -> Parsed<Pat> {
        let group = self.open(Delim::Brace)?;
        let (mut fields, mut rest) = (Vec::new(), false);
        while !self.is_done() {
            let field = self.noted(|parser| {
                parser.outer_attrs()?;
                if parser.eat_marks(b"..").is_some() { Ok(None) } else { parser.field_pat().map(Some) }
            })?;
            let Some(field) = field else {
                rest = true;
                break;
            };
            fields.push(field);
            if self.is_done() {
                break;
            }
            self.mark(b',')?;
        }
        let span = path.span.to(self.close(group)?);
        Ok(Pat { kind: PatKind::Struct { path, fields, rest }, span })
    }

    fn field_pat(&mut self) -> Parsed<(Ident, Pat)> {
        let boxed = self.eat_word(Word::Box).is_some();
        let by_ref = self.eat_word(Word::Ref);
        let mutable = self.eat_word(Word::Mut);
        let short = boxed || by_ref.is_some() || mutable.is_some();
        let is_named = self.kind(0) == Kind::Ident;
        let member = if short { self.ident()? } else { self.member()? };
        if !short && (self.is(0, b':') || !is_named) {
            self.mark(b':')?;
            return Ok((member, self.pat_multi()?));
        }
        let pat = if boxed {
            Pat { kind: PatKind::Other, span: Span::default() }
        } else {
            let span = [by_ref, mutable].into_iter().flatten().fold(member.span, Span::to);
            let kind = PatKind::Ident { ident: member.clone(), by_ref: by_ref.is_some(), sub: None };
            Pat { kind, span }
        };
        Ok((member, pat))
    }

    fn pat_ident(&mut self) -> Parsed<Pat> {
        let by_ref = self.eat_word(Word::Ref);
        let mutable = self.eat_word(Word::Mut);
        let ident = if self.is_word(0, Word::SelfValue) { self.any_name()? } else { self.ident()? };
        let sub = if self.eat(b'@').is_some() { Some(Box::new(self.pat()?)) } else { None };
        let mut span = [by_ref, mutable].into_iter().flatten().fold(ident.span, Span::to);
        if let Some(sub) = &sub {
            span = span.to(sub.span);
        }
        Ok(Pat { kind: PatKind::Ident { ident, by_ref: by_ref.is_some(), sub }, span })
    }

    fn pat_in_parens(&mut self) -> Parsed<Pat> {
        let group = self.open(Delim::Paren)?;
        let mut elems = Vec::new();
        while !self.is_done() {
            let value = self.pat_multi()?;
            if self.is_done() {
                if elems.is_empty() && !matches!(value.kind, PatKind::Rest) {
                    self.close(group)?;
                    return Ok(value);
                }
                elems.push(value);
                break;
            }
            elems.push(value);
            self.mark(b',')?;
        }
        Ok(Pat { kind: PatKind::Tuple(elems), span: self.close(group)? })
    }

    fn pat_lit_or_range(&mut self) -> Parsed<Pat> {
        let start = self.at;
        let is_const = self.is_word(0, Word::Const);
        let lit = if self.is_lit(0) { Some(self.lit()?) } else { None };
        if lit.is_none() && !self.range_bound()? {
            return Err(Refused::Unclear);
        }
        if self.are(0, b"..") {
            self.range_end()?;
            return Ok(Pat { kind: PatKind::Other, span: Span::default() });
        }
        match lit {
            Some(lit) => {
                let span = self.since(start);
                let expr = Expr { kind: ExprKind::Lit(lit), span };
                Ok(Pat { kind: PatKind::Lit(Box::new(expr)), span })
            }
            None if is_const => Ok(Pat { kind: PatKind::Other, span: Span::default() }),
            None => Err(Refused::Unclear),
        }
    }

    /// `..`, `..=` or `...` and the end of a range.
    fn range_end(&mut self) -> Parsed<()> {
        let closed = self.are(0, b"..=") || self.are(0, b"...");
        self.at += if closed { 3 } else { 2 };
        if !self.range_bound()? && closed { Err(Refused::Unclear) } else { Ok(()) }
    }

    /// A literal, path or `const` block at an end of a range; whether it stands there.
    fn range_bound(&mut self) -> Parsed<bool> {
        let ends = self.is_done()
            || self.is(0, b'|')
            || self.is(0, b'=')
            || (self.is(0, b':') && !self.are(0, b"::"))
            || self.is(0, b',')
            || self.is(0, b';')
            || self.is_word(0, Word::If);
        if ends {
            return Ok(false);
        }
        if self.is_lit(0) {
            self.lit()?;
        } else if self.eat_word(Word::Const).is_some() {
            self.block()?;
        } else {
            self.qualified_path(true)?;
        }
        Ok(true)
    }

    /// A name, or the number of a tuple's field.
    pub(super) fn member(&mut self) -> Parsed<Ident> {
        if self.kind(0) != Kind::Int {
            return self.ident();
        }
        let text = self.slice(self.at);
        if !text.bytes().all(|byte| byte.is_ascii_digit()) || (text.len() > 1 && text.starts_with('0')) {
            return Err(Refused::Unclear);
        }
        Ok(Ident { name: Name::new(text), span: self.next() })
    }

    /// A literal, with a minus sign where patterns allow one.
    pub(super) fn lit(&mut self) -> Parsed<Lit> {
        let negative = self.eat(b'-').is_some();
        let text = self.slice(self.at);
        let kind = self.kind(0);
        self.at += 1;
        Ok(match kind {
            Kind::Str => Lit::Str(literal::string(text).ok_or(Refused::Unclear)?),
            Kind::Char => Lit::Char(literal::character(text).ok_or(Refused::Unclear)?),
            Kind::Int => {
                let digits = literal::digits(text).ok_or(Refused::Unclear)?;
                Lit::Int(if negative { format!("-{digits}") } else { digits })
            }
            Kind::Word(Word::True) => Lit::Bool(true),
            Kind::Word(Word::False) => Lit::Bool(false),
            _ => Lit::Other,
        })
    }
}
