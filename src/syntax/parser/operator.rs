//! Operators and ranges: which operands belong together.

use super::expr::{Form, Formed};
use super::{Parsed, Parser, Refused};
use crate::span::Span;
use crate::syntax::ast::{BinOp, Expr, ExprKind};
use crate::syntax::lex::{Delim, Kind, Word};

/// How tightly operators bind, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Precedence {
    Min,
    Assign,
    Range,
    Or,
    And,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Sum,
    Product,
    Cast,
}

impl Parser<'_> {
    /// Operators behind an operand, as far as they bind at least as tightly as `base`.
    pub(super) fn binary(&mut self, left: (Expr, Form), allow_struct: bool, base: Precedence) -> Formed {
        let (mut left, mut form) = left;
        let mut links = 0;
        // The marks that may go on with an expression; most expressions end here.
        while matches!(self.kind(0), Kind::Punct(_) | Kind::Word(Word::As)) {
            if form == Form::Range {
                break;
            }
            self.link(&mut links)?;
            if let Some((precedence, len, op)) = self.operator() {
                if precedence < base {
                    break;
                }
                if precedence == Precedence::Compare && form == Form::Comparison {
                    return Err(Refused::Unclear);
                }
                self.at += len;
                let right = self.right_of(allow_struct, precedence)?;
                let span = left.span.to(right.span);
                let kind = ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) };
                left = Expr { kind, span };
                form = if precedence == Precedence::Compare { Form::Comparison } else { Form::Other };
            } else if Precedence::Assign >= base && self.is(0, b'=') && !self.are(0, b"=>") {
                self.at += 1;
                let right = self.right_of(allow_struct, Precedence::Assign)?;
                let span = left.span.to(right.span);
                let kind = ExprKind::Assign { left: Box::new(left), right: Box::new(right) };
                left = Expr { kind, span };
                form = Form::Other;
            } else if Precedence::Range >= base && self.are(0, b"..") {
                let (token, to) = self.range(allow_struct)?;
                let span = to.iter().fold(token.to(left.span), |span, to| span.to(to.span));
                left = Expr { kind: ExprKind::Range { from: Some(Box::new(left)), to }, span };
                form = Form::Range;
            } else if Precedence::Cast >= base && self.eat_word(Word::As).is_some() {
                let ty = self.ty(false)?;
                if matches!(self.kind(0), Kind::Open(Delim::Paren | Delim::Bracket))
                    || self.is(0, b'?')
                    || (self.is(0, b'.') && !self.are(0, b".."))
                {
                    return Err(Refused::Unclear);
                }
                let span = left.span.to(ty.span);
                left = Expr { kind: ExprKind::Cast { expr: Box::new(left), ty: Box::new(ty) }, span };
                form = Form::Other;
            } else {
                break;
            }
        }
        Ok((left, form))
    }

    pub(super) fn right_of(&mut self, allow_struct: bool, precedence: Precedence) -> Parsed<Expr> {
        self.deeper(|parser| parser.right_inside(allow_struct, precedence))
    }

    fn right_inside(&mut self, allow_struct: bool, precedence: Precedence) -> Parsed<Expr> {
        let mut right = self.unary(allow_struct)?;
        loop {
            let next = self.peek_precedence();
            if next > precedence || (next == precedence && precedence == Precedence::Assign) {
                let before = self.at;
                right = self.binary(right, allow_struct, next)?;
                if self.at == before {
                    break;
                }
            } else {
                break;
            }
        }
        Ok(right.0)
    }

    fn peek_precedence(&self) -> Precedence {
        match self.kind(0) {
            Kind::Punct(_) => match self.operator() {
                Some((precedence, ..)) => precedence,
                None if self.is(0, b'=') && !self.are(0, b"=>") => Precedence::Assign,
                None if self.are(0, b"..") => Precedence::Range,
                None => Precedence::Min,
            },
            Kind::Word(Word::As) => Precedence::Cast,
            _ => Precedence::Min,
        }
    }

    /// The binary operator that stands here, assignments with an operation included: precedence, number of marks, kind.
    fn operator(&self) -> Option<(Precedence, usize, BinOp)> {
        let Kind::Punct(first) = self.kind(0) else { return None };
        let next = |n: usize| match self.kind(n) {
            Kind::Punct(mark) if self.tokens[self.at + n - 1].joint => mark,
            _ => 0,
        };
        let (precedence, len) = match (first, next(1)) {
            (b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'&' | b'|', b'=') => (Precedence::Assign, 2),
            (b'<', b'<') | (b'>', b'>') if next(2) == b'=' => (Precedence::Assign, 3),
            (b'&', b'&') => (Precedence::And, 2),
            (b'|', b'|') => (Precedence::Or, 2),
            (b'<', b'<') | (b'>', b'>') => (Precedence::Shift, 2),
            (b'=' | b'<' | b'!' | b'>', b'=') => (Precedence::Compare, 2),
            (b'-', b'>') | (b'<', b'-') => return None,
            (b'+' | b'-', _) => (Precedence::Sum, 1),
            (b'*' | b'/' | b'%', _) => (Precedence::Product, 1),
            (b'^', _) => (Precedence::BitXor, 1),
            (b'&', _) => (Precedence::BitAnd, 1),
            (b'|', _) => (Precedence::BitOr, 1),
            (b'<' | b'>', _) => (Precedence::Compare, 1),
            _ => return None,
        };
        let op = match (first, precedence) {
            (b'+', Precedence::Sum) => BinOp::Add,
            (b'+', _) => BinOp::AddAssign,
            (b'-', Precedence::Sum) => BinOp::Sub,
            (b'-', _) => BinOp::SubAssign,
            (b'*', Precedence::Product) => BinOp::Mul,
            (b'*', _) => BinOp::MulAssign,
            (b'/', Precedence::Product) => BinOp::Div,
            (b'/', _) => BinOp::DivAssign,
            (b'%', Precedence::Product) => BinOp::Rem,
            (b'%', _) => BinOp::RemAssign,
            (b'=' | b'!', Precedence::Compare) => BinOp::Equal,
            (b'<' | b'>', Precedence::Compare) => BinOp::Order,
            _ => BinOp::Other,
        };
        Some((precedence, len, op))
    }

    /// `..` or `..=` with what follows: the first mark's place and the end.
    pub(super) fn range(&mut self, allow_struct: bool) -> Parsed<(Span, Option<Box<Expr>>)> {
        let closed = self.are(0, b"..=");
        if self.are(0, b"...") {
            return Err(Refused::Unclear);
        }
        let token = self.here();
        self.at += if closed { 3 } else { 2 };
        let ends = !closed
            && match self.kind(0) {
                Kind::Close(_)
                | Kind::End
                | Kind::Word(Word::As)
                | Kind::Punct(b',' | b';' | b'?' | b'=' | b'+' | b'/' | b'%' | b'^' | b'>') => true,
                Kind::Open(Delim::Brace) => !allow_struct,
                Kind::Punct(b'.') => !self.are(0, b".."),
                Kind::Punct(b'<') => self.are(0, b"<=") || self.are(0, b"<<="),
                Kind::Punct(b'!' | b'-' | b'*' | b'&' | b'|') => {
                    self.is(1, b'=') && self.tokens[self.at].joint
                }
                _ => false,
            };
        let to = if ends { None } else { Some(Box::new(self.right_of(allow_struct, Precedence::Range)?)) };
        Ok((token, to))
    }
}
