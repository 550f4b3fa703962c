//! Expressions.

use super::operator::Precedence;
use super::{Parsed, Parser, Refused, start};
use crate::span::Span;
use crate::syntax::ast::{
    Arm, Closure, Expr, ExprKind, FieldInit, Ident, MethodCall, Name, Pat, PatKind, Path, Segment, StructLit,
};
use crate::syntax::lex::{Delim, Kind, Word};

/// What an expression is as far as the grammar around it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Ends a statement without a semicolon, and keeps its attributes there: `if`, `match`, loops, `{ .. }`.
    Block,
    /// Ends a statement as well: `unsafe { .. }`, `const { .. }`.
    BareBlock,
    /// A call, `.await`, `?` or `return`: as a statement it keeps its attributes.
    Call,
    Macro {
        brace: bool,
    },
    Range,
    Comparison,
    Other,
}

pub(super) type Formed = Parsed<(Expr, Form)>;

#[expect(clippy::unnecessary_wraps, reason = "it ends every rule, and these can fail")]
pub(super) fn of(kind: ExprKind, span: Span, form: Form) -> Formed {
    Ok((Expr { kind, span }, form))
}

impl Parser<'_> {
    /// An expression as a statement or arm: what is like a block ends it, whatever follows.
    pub(super) fn expr_early(&mut self) -> Formed {
        self.outer_attrs()?;
        let like_block = match self.kind(0) {
            Kind::Word(Word::If | Word::While | Word::Loop | Word::Match | Word::Unsafe)
            | Kind::Open(Delim::Brace)
            | Kind::Lifetime => true,
            Kind::Word(Word::For) => !self.is(1, b'<'),
            Kind::Word(Word::Try | Word::Const) => self.is_open(1, Delim::Brace),
            _ => false,
        };
        let mut value = if like_block { self.atom(true)? } else { self.unary(true)? };
        if matches!(value.1, Form::Block | Form::BareBlock) {
            let goes_on = (self.is(0, b'.') && !self.are(0, b"..")) || self.is(0, b'?');
            if !goes_on {
                return Ok(value);
            }
            value = self.trailer(value)?;
        }
        self.binary(value, true, Precedence::Min)
    }

    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        self.any_expr(true).map(|(expr, _)| expr)
    }

    /// An expression before `{`, where a name and a brace are no struct.
    fn expr_before_brace(&mut self) -> Parsed<Box<Expr>> {
        self.any_expr(false).map(|(expr, _)| Box::new(expr))
    }

    pub(super) fn any_expr(&mut self, allow_struct: bool) -> Formed {
        let left = self.unary(allow_struct)?;
        self.binary(left, allow_struct, Precedence::Min)
    }

    fn boxed(&mut self) -> Parsed<Box<Expr>> {
        self.expr().map(Box::new)
    }

    pub(super) fn unary(&mut self, allow_struct: bool) -> Formed {
        self.deeper(|parser| parser.unary_inside(allow_struct))
    }

    fn unary_inside(&mut self, allow_struct: bool) -> Formed {
        let begin = self.at;
        if self.is(0, b'#') || self.kind(0) == Kind::DocOuter {
            self.outer_attrs()?;
        }
        match self.kind(0) {
            Kind::Punct(b'&') => {
                let and = self.next();
                let raw =
                    self.is_named(0, "raw") && matches!(self.kind(1), Kind::Word(Word::Mut | Word::Const));
                if raw {
                    self.at += 2;
                    self.unary(allow_struct)?;
                    return of(ExprKind::Other, self.since(begin), Form::Other);
                }
                self.eat_word(Word::Mut);
                let (inner, _) = self.unary(allow_struct)?;
                let span = and.to(inner.span);
                of(ExprKind::Ref(Box::new(inner)), span, Form::Other)
            }
            Kind::Punct(mark @ (b'*' | b'!' | b'-')) => {
                let token = self.next();
                let (inner, _) = self.unary(allow_struct)?;
                let (span, inner) = (token.to(inner.span), Box::new(inner));
                let kind = if mark == b'*' { ExprKind::Deref(inner) } else { ExprKind::Unary(inner) };
                of(kind, span, Form::Other)
            }
            _ => {
                let atom = self.atom(allow_struct)?;
                self.trailer(atom)
            }
        }
    }

    /// Calls, fields, indices and `?` behind an operand.
    pub(super) fn trailer(&mut self, operand: (Expr, Form)) -> Formed {
        let (mut expr, mut form) = operand;
        let mut links = 0;
        loop {
            self.link(&mut links)?;
            match self.kind(0) {
                Kind::Open(Delim::Paren) => {
                    let group = self.open(Delim::Paren)?;
                    let args = self.list(Self::expr)?;
                    let span = expr.span.to(self.close(group)?);
                    expr = Expr { kind: ExprKind::Call { callee: Box::new(expr), args }, span };
                    form = Form::Call;
                }
                Kind::Open(Delim::Bracket) => {
                    let group = self.open(Delim::Bracket)?;
                    let index = self.boxed()?;
                    let span = expr.span.to(self.close(group)?);
                    expr = Expr { kind: ExprKind::Index { base: Box::new(expr), index }, span };
                    form = Form::Other;
                }
                Kind::Punct(b'.') if form != Form::Range && !self.are(0, b"..") => {
                    (expr, form) = self.member_access(expr)?;
                }
                Kind::Punct(b'?') if form != Form::Range => {
                    let span = expr.span.to(self.next());
                    expr = Expr { kind: ExprKind::Try(Box::new(expr)), span };
                    form = Form::Call;
                }
                _ => return Ok((expr, form)),
            }
        }
    }

    fn member_access(&mut self, base: Expr) -> Formed {
        let dot = self.next();
        if self.kind(0) == Kind::Float {
            return self.tuple_fields(base);
        }
        if self.is_word(0, Word::Await) {
            let span = base.span.to(self.next());
            return of(ExprKind::Await(Box::new(base)), span, Form::Call);
        }
        let is_named = self.kind(0) == Kind::Ident;
        let name = self.member()?;
        let has_turbofish = is_named && self.are(0, b"::");
        if is_named && (has_turbofish || self.is_open(0, Delim::Paren)) {
            let turbofish = if has_turbofish { self.turbofish()? } else { Vec::new() };
            let group = self.open(Delim::Paren)?;
            let args = self.list(Self::expr)?;
            let args_span = self.close(group)?;
            let call_span = dot.to(args_span);
            let span = base.span.to(call_span);
            let call = MethodCall { receiver: base, method: name, turbofish, args, call_span, args_span };
            return of(ExprKind::MethodCall(Box::new(call)), span, Form::Call);
        }
        let span = base.span.to(name.span);
        of(ExprKind::Field { base: Box::new(base), name }, span, Form::Other)
    }

    /// `.0.1`, of which the numbers are one token.
    fn tuple_fields(&mut self, base: Expr) -> Formed {
        let text = self.slice(self.at);
        let mut from = self.here().start;
        let mut expr = base;
        for part in text.split('.') {
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Refused::Unclear);
            }
            let name = Ident { name: Name::new(part), span: Span::new(from, from + part.len() as u32) };
            from += part.len() as u32 + 1;
            let span = expr.span.to(name.span);
            expr = Expr { kind: ExprKind::Field { base: Box::new(expr), name }, span };
        }
        self.at += 1;
        Ok((expr, Form::Other))
    }

    fn atom(&mut self, allow_struct: bool) -> Formed {
        let begin = self.at;
        match self.kind(0) {
            Kind::Str | Kind::Char | Kind::Int | Kind::Float | Kind::Bytes => self.lit_expr(),
            Kind::Ident => {
                if self.is(1, b'#') && self.is_named(0, "builtin") {
                    return Err(Refused::Unclear);
                }
                self.path_expr(allow_struct)
            }
            Kind::Open(Delim::Paren) => self.paren_or_tuple(),
            Kind::Open(Delim::Bracket) => self.array(),
            Kind::Open(Delim::Brace) => self.block_expr(),
            Kind::Lifetime => self.labelled(),
            Kind::Punct(b':' | b'<') => self.path_expr(allow_struct),
            Kind::Punct(b'|') => self.closure(allow_struct),
            Kind::Punct(b'.') if self.are(0, b"..") => {
                let (token, to) = self.range(allow_struct)?;
                let span = to.iter().fold(token, |span, to| span.to(to.span));
                of(ExprKind::Range { from: None, to }, span, Form::Range)
            }
            Kind::Word(word) => match word {
                Word::True | Word::False => self.lit_expr(),
                Word::Const | Word::Try if self.is_open(1, Delim::Brace) => self.worded_block(),
                Word::Unsafe => self.worded_block(),
                Word::SelfValue | Word::SelfType | Word::Super | Word::Crate | Word::Try => {
                    self.path_expr(allow_struct)
                }
                Word::Async => self.async_or_closure(allow_struct),
                Word::For if !self.is(1, b'<') => self.repeat(),
                Word::While | Word::Loop => self.repeat(),
                Word::Move | Word::Static | Word::For | Word::Const => self.closure(allow_struct),
                Word::If => self.if_expr(),
                Word::Match => self.match_expr(),
                Word::Let => {
                    let token = self.next();
                    let pat = Box::new(self.pat_multi()?);
                    self.mark(b'=')?;
                    let left = self.unary(allow_struct)?;
                    let (value, _) = self.binary(left, allow_struct, Precedence::Compare)?;
                    let span = token.to(value.span);
                    of(ExprKind::Let { pat, expr: Box::new(value) }, span, Form::Other)
                }
                Word::Return => {
                    let token = self.next();
                    let value = if self.is_expr_start() { Some(self.boxed()?) } else { None };
                    let span = value.as_ref().map_or(token, |value| token.to(value.span));
                    of(ExprKind::Return(value), span, Form::Call)
                }
                Word::Break => {
                    let token = self.next();
                    self.eat_lifetime();
                    let has_value = self.is_expr_start() && (allow_struct || !self.is_open(0, Delim::Brace));
                    let value = if has_value { Some(self.boxed()?) } else { None };
                    let span = value.as_ref().map_or(token, |value| token.to(value.span));
                    of(ExprKind::Break(value), span, Form::Other)
                }
                Word::Continue => {
                    let span = self.next();
                    self.eat_lifetime();
                    of(ExprKind::Continue, span, Form::Other)
                }
                Word::Underscore => {
                    let span = self.next();
                    of(ExprKind::Other, span, Form::Other)
                }
                Word::Yield => {
                    self.at += 1;
                    if self.is_expr_start() {
                        self.expr()?;
                    }
                    of(ExprKind::Other, self.since(begin), Form::Other)
                }
                _ => Err(Refused::Unclear),
            },
            _ => Err(Refused::Unclear),
        }
    }

    /// Whether an expression may start here, behind `return` or `break`.
    fn is_expr_start(&self) -> bool {
        match self.kind(0) {
            Kind::Word(Word::As) | Kind::Close(_) | Kind::End | Kind::DocInner => false,
            Kind::Punct(mark) => match mark {
                b'!' | b'*' | b'|' | b'&' => !(self.is(1, b'=') && self.tokens[self.at].joint),
                b'-' => !self.are(0, b"-=") && !self.are(0, b"->"),
                b'.' => self.are(0, b".."),
                b'<' => !self.are(0, b"<=") && !self.are(0, b"<<="),
                b':' => self.are(0, b"::"),
                b'#' => true,
                _ => false,
            },
            _ => true,
        }
    }

    fn lit_expr(&mut self) -> Formed {
        let span = self.here();
        let lit = self.lit()?;
        of(ExprKind::Lit(lit), span, Form::Other)
    }

    fn path_expr(&mut self, allow_struct: bool) -> Formed {
        let path = self.qualified_path(true)?;
        if path.qself.is_none() && self.is(0, b'!') && !self.are(0, b"!=") && super::ty::is_mod_style(&path) {
            self.at += 1;
            let (call, group) = self.macro_call(path)?;
            let span = call.path.span.to(Span::new(call.tokens.start, call.tokens.end + 1));
            let form = Form::Macro { brace: self.is_brace(group) };
            return of(ExprKind::Macro(Box::new(call)), span, form);
        }
        if allow_struct && self.is_open(0, Delim::Brace) {
            return self.struct_expr(path);
        }
        let span = path.span;
        of(ExprKind::Path(path), span, Form::Other)
    }

    fn struct_expr(&mut self, path: Path) -> Formed {
        let group = self.open(Delim::Brace)?;
        let (mut fields, mut rest) = (Vec::new(), None);
        while !self.is_done() {
            if self.eat_marks(b"..").is_some() {
                rest = if self.is_done() { None } else { Some(self.expr()?) };
                break;
            }
            fields.push(self.noted(Self::field_init)?);
            if self.is_done() {
                break;
            }
            self.mark(b',')?;
        }
        let span = path.span.to(self.close(group)?);
        of(ExprKind::Struct(Box::new(StructLit { path, fields, rest })), span, Form::Other)
    }

    fn field_init(&mut self) -> Parsed<FieldInit> {
        let attrs = self.outer_attrs()?;
        let is_named = self.kind(0) == Kind::Ident;
        let name = self.member()?;
        let (expr, shorthand) = if !is_named || self.is(0, b':') {
            self.mark(b':')?;
            (self.expr()?, false)
        } else {
            let segment = Segment::plain(name.clone());
            let path = Path {
                leading_colon: false,
                qself: None,
                trait_len: 0,
                segments: vec![segment],
                span: name.span,
            };
            (Expr { kind: ExprKind::Path(path), span: name.span }, true)
        };
        let span = start(&attrs, name.span.to(expr.span));
        Ok(FieldInit { name, expr, shorthand, attrs, span })
    }

    fn paren_or_tuple(&mut self) -> Formed {
        let group = self.open(Delim::Paren)?;
        if self.is_done() {
            let span = self.close(group)?;
            return of(ExprKind::Tuple(Vec::new()), span, Form::Other);
        }
        let first = self.expr()?;
        if self.is_done() {
            let span = self.close(group)?;
            return of(first.kind, span, Form::Other);
        }
        self.mark(b',')?;
        let mut elems = vec![first];
        elems.extend(self.list(Self::expr)?);
        let span = self.close(group)?;
        of(ExprKind::Tuple(elems), span, Form::Other)
    }

    fn array(&mut self) -> Formed {
        let group = self.open(Delim::Bracket)?;
        let mut elems = Vec::new();
        if !self.is_done() {
            elems.push(self.noted(Self::expr)?);
            if self.eat(b';').is_some() {
                elems.push(self.expr()?);
            } else if !self.is_done() {
                self.mark(b',')?;
                elems.extend(self.list(Self::expr)?);
            }
        }
        let span = self.close(group)?;
        of(ExprKind::Array(elems), span, Form::Other)
    }

    fn block_expr(&mut self) -> Formed {
        let block = self.block_with_attrs()?;
        let span = block.span;
        of(ExprKind::Block(block), span, Form::Block)
    }

    /// `unsafe { .. }`, `const { .. }`, `try { .. }`.
    fn worded_block(&mut self) -> Formed {
        let is_unsafe = self.is_word(0, Word::Unsafe);
        let token = self.next();
        let block = self.block_with_attrs()?;
        let span = token.to(block.span);
        of(if is_unsafe { ExprKind::Unsafe(block) } else { ExprKind::Block(block) }, span, Form::BareBlock)
    }

    fn labelled(&mut self) -> Formed {
        self.at += 1;
        self.mark(b':')?;
        match self.kind(0) {
            Kind::Open(Delim::Brace) => self.block_expr(),
            Kind::Word(Word::For | Word::While | Word::Loop) => self.repeat(),
            _ => Err(Refused::Unclear),
        }
    }

    /// `loop`, `while` and `for`.
    fn repeat(&mut self) -> Formed {
        let word = self.kind(0);
        let token = self.next();
        let kind = match word {
            Kind::Word(Word::While) => {
                let cond = self.expr_before_brace()?;
                ExprKind::While { cond, body: self.block_with_attrs()? }
            }
            Kind::Word(Word::For) => {
                let pat = Box::new(self.pat_multi()?);
                self.word(Word::In)?;
                let iter = self.expr_before_brace()?;
                ExprKind::For { pat, iter, body: self.block_with_attrs()? }
            }
            _ => ExprKind::Loop { body: self.block_with_attrs()? },
        };
        let span = token.to(self.span_at(self.at - 1));
        of(kind, span, Form::Block)
    }

    fn if_expr(&mut self) -> Formed {
        let token = self.word(Word::If)?;
        let cond = self.expr_before_brace()?;
        let then = self.block()?;
        let mut span = token.to(then.span);
        let mut else_ = None;
        if self.eat_word(Word::Else).is_some() {
            let expr = if self.is_word(0, Word::If) {
                self.deeper(Self::if_expr)?.0
            } else {
                let block = self.block_with_attrs()?;
                let span = block.span;
                Expr { kind: ExprKind::Block(block), span }
            };
            span = span.to(expr.span);
            else_ = Some(Box::new(expr));
        }
        self.inner.clear();
        of(ExprKind::If { cond, then, else_ }, span, Form::Block)
    }

    fn match_expr(&mut self) -> Formed {
        let token = self.word(Word::Match)?;
        let scrutinee = self.expr_before_brace()?;
        let group = self.open(Delim::Brace)?;
        let inner = self.inner_attrs()?;
        let mut arms = Vec::new();
        while !self.is_done() {
            arms.push(self.noted(Self::arm)?);
        }
        arms.shrink_to_fit();
        self.inner = inner;
        let span = token.to(self.close(group)?);
        of(ExprKind::Match { scrutinee, arms }, span, Form::Block)
    }

    fn arm(&mut self) -> Parsed<Arm> {
        let attrs = self.outer_attrs()?;
        let pat = self.pat_multi()?;
        let guard = if self.eat_word(Word::If).is_some() { Some(self.expr()?) } else { None };
        self.marks(b"=>")?;
        let (body, form) = self.expr_early()?;
        let mut span = start(&attrs, pat.span.to(body.span));
        match self.eat(b',') {
            Some(comma) => span = span.to(comma),
            None if self.is_done() || matches!(form, Form::Block | Form::BareBlock) => {}
            None => return Err(Refused::Unclear),
        }
        Ok(Arm { pat, guard, body, attrs, span })
    }

    fn async_or_closure(&mut self, allow_struct: bool) -> Formed {
        let is_block =
            self.is_open(1, Delim::Brace) || (self.is_word(1, Word::Move) && self.is_open(2, Delim::Brace));
        if !is_block {
            return self.closure(allow_struct);
        }
        let token = self.next();
        self.eat_word(Word::Move);
        let block = self.block()?;
        let span = token.to(block.span);
        of(ExprKind::Async { block }, span, Form::Other)
    }

    fn closure(&mut self, allow_struct: bool) -> Formed {
        if self.is_word(0, Word::For) {
            self.at += 1;
            self.generics()?;
        }
        let constness = self.eat_word(Word::Const);
        self.eat_word(Word::Static);
        let asyncness = self.eat_word(Word::Async);
        let capture = self.eat_word(Word::Move);
        let mut span = self.mark(b'|')?;
        let mut params = Vec::new();
        while !self.is(0, b'|') {
            params.push(self.closure_param()?);
            if self.is(0, b'|') {
                break;
            }
            self.mark(b',')?;
        }
        self.mark(b'|')?;
        let ret = self.return_type(true)?;
        let body = if ret.is_some() {
            let block = self.block_with_attrs()?;
            let span = block.span;
            Expr { kind: ExprKind::Block(block), span }
        } else {
            self.any_expr(allow_struct)?.0
        };
        span = [constness, asyncness, capture].into_iter().flatten().fold(span.to(body.span), Span::to);
        let closure = Closure { params, ret, body, is_async: asyncness.is_some() };
        of(ExprKind::Closure(Box::new(closure)), span, Form::Other)
    }

    fn closure_param(&mut self) -> Parsed<Pat> {
        self.outer_attrs()?;
        let pat = self.pat()?;
        if self.eat(b':').is_none() {
            return Ok(pat);
        }
        let ty = self.ty(true)?;
        let span = pat.span.to(ty.span);
        Ok(Pat { kind: PatKind::Typed { pat: Box::new(pat), ty }, span })
    }
}
