//! Blocks and statements.

use std::sync::Arc;

use super::expr::Form;
use super::{Parsed, Parser, Refused, start};
use crate::span::Span;
use crate::syntax::ast::{Attr, Block, Expr, ExprKind, Stmt, StmtKind};
use crate::syntax::lex::{Delim, Kind, Word};

impl Parser<'_> {
    pub(super) fn block(&mut self) -> Parsed<Block> {
        let group = self.open(Delim::Brace)?;
        let stmts = self.stmts()?;
        Ok(Block { stmts, span: self.close(group)? })
    }

    /// A block that may start with inner attributes; they are left in `inner`.
    pub(super) fn block_with_attrs(&mut self) -> Parsed<Block> {
        let group = self.open(Delim::Brace)?;
        let inner = self.inner_attrs()?;
        let stmts = self.stmts()?;
        self.inner = inner;
        Ok(Block { stmts, span: self.close(group)? })
    }

    pub(super) fn stmts(&mut self) -> Parsed<Vec<Stmt>> {
        let mut stmts = Vec::new();
        loop {
            while self.is(0, b';') {
                let span = self.next();
                let expr = Expr { kind: ExprKind::Other, span };
                stmts.push(Stmt { kind: StmtKind::Expr { expr, semi: true }, attrs: Vec::new(), span });
            }
            if self.is_done() {
                stmts.shrink_to_fit();
                return Ok(stmts);
            }
            let (stmt, ends) = self.noted(Self::stmt)?;
            stmts.push(stmt);
            if !ends && !self.is_done() {
                return Err(Refused::Unclear);
            }
        }
    }

    /// One statement, and whether another may follow it.
    fn stmt(&mut self) -> Parsed<(Stmt, bool)> {
        let begin = self.at;
        let attrs = self.outer_attrs()?;
        let bang = self.macro_bang();
        if let Some(bang) = bang {
            let is_item = matches!(self.kind(bang + 1), Kind::Ident | Kind::Word(Word::Try));
            if is_item {
                return self.item_stmt(begin, attrs);
            }
            if self.is_open(bang + 1, Delim::Brace) {
                let close = self.tokens[self.at + bang + 1].mate as usize - self.at;
                let goes_on =
                    (self.is(close + 1, b'.') && !self.are(close + 1, b"..")) || self.is(close + 1, b'?');
                if !goes_on {
                    let path = self.mod_path()?;
                    self.mark(b'!')?;
                    let (call, _) = self.macro_call(path)?;
                    let mut span = call.path.span.to(Span::new(call.tokens.start, call.tokens.end + 1));
                    let expr = Expr { kind: ExprKind::Macro(Box::new(call)), span };
                    let semi = self.eat(b';');
                    span = semi.map_or(span, |semi| span.to(semi));
                    let span = start(&attrs, span);
                    let kind = StmtKind::Expr { expr, semi: semi.is_some() };
                    return Ok((Stmt { kind, attrs, span }, true));
                }
            }
        }
        if self.is_word(0, Word::Let) {
            return self.local(attrs);
        }
        if self.is_item_start() {
            return self.item_stmt(begin, attrs);
        }
        self.expr_stmt(attrs)
    }

    /// Position of the `!` behind a path that starts here.
    fn macro_bang(&self) -> Option<usize> {
        let mut n = if self.are(0, b"::") { 2 } else { 0 };
        loop {
            if !self.is_path_name(n) {
                return None;
            }
            n += 1;
            if !self.are(n, b"::") {
                return self.is(n, b'!').then_some(n);
            }
            n += 2;
        }
    }

    fn is_item_start(&self) -> bool {
        match self.kind(0) {
            Kind::Word(word) => match word {
                Word::Pub
                | Word::Extern
                | Word::Use
                | Word::Fn
                | Word::Mod
                | Word::Type
                | Word::Struct
                | Word::Enum
                | Word::Trait
                | Word::Impl
                | Word::Macro => true,
                Word::Crate => !self.are(1, b"::"),
                Word::Static => {
                    self.is_word(1, Word::Mut)
                        || self.kind(1) == Kind::Ident
                        || (self.is_any_name(1)
                            && !self.is_word(1, Word::Async)
                            && !self.is_word(1, Word::Move))
                }
                Word::Const => {
                    !(self.is_open(1, Delim::Brace)
                        || self.is_word(1, Word::Static)
                        || (self.is_word(1, Word::Async)
                            && !matches!(self.kind(2), Kind::Word(Word::Unsafe | Word::Extern | Word::Fn)))
                        || self.is_word(1, Word::Move)
                        || self.is(1, b'|'))
                }
                Word::Unsafe => !self.is_open(1, Delim::Brace),
                Word::Async => matches!(self.kind(1), Kind::Word(Word::Unsafe | Word::Extern | Word::Fn)),
                _ => false,
            },
            Kind::Ident => {
                (self.kind(1) == Kind::Ident && self.is_named(0, "union"))
                    || (self.is_word(1, Word::Trait) && self.is_named(0, "auto"))
                    || (matches!(self.kind(1), Kind::Word(Word::Unsafe | Word::Impl))
                        && self.is_named(0, "default"))
            }
            _ => false,
        }
    }

    fn item_stmt(&mut self, begin: usize, attrs: Vec<Attr>) -> Parsed<(Stmt, bool)> {
        let item = Arc::new(self.item_after_attrs(begin, attrs)?);
        Ok((Stmt { attrs: item.attrs.clone(), span: item.span, kind: StmtKind::Item(item) }, true))
    }

    fn local(&mut self, attrs: Vec<Attr>) -> Parsed<(Stmt, bool)> {
        let token = self.word(Word::Let)?;
        let pat = self.pat()?;
        let ty = if self.eat(b':').is_some() { Some(self.ty(true)?) } else { None };
        let (mut init, mut else_) = (None, None);
        if self.eat(b'=').is_some() {
            init = Some(self.expr()?);
            if self.eat_word(Word::Else).is_some() {
                let block = self.block()?;
                let span = block.span;
                else_ = Some(Expr { kind: ExprKind::Block(block), span });
            }
        }
        let span = start(&attrs, token.to(self.mark(b';')?));
        Ok((Stmt { kind: StmtKind::Let { pat, ty, init, else_ }, attrs, span }, true))
    }

    fn expr_stmt(&mut self, attrs: Vec<Attr>) -> Parsed<(Stmt, bool)> {
        let (expr, form) = self.expr_early()?;
        let mut attrs = match form {
            Form::Block | Form::Call | Form::Macro { .. } => attrs,
            _ => Vec::new(),
        };
        let semi = self.eat(b';');
        let whole = semi.map_or(expr.span, |semi| expr.span.to(semi));
        if form == Form::Block {
            attrs.append(&mut self.inner);
        }
        let span = start(&attrs, whole);
        let ends =
            semi.is_some() || matches!(form, Form::Block | Form::BareBlock | Form::Macro { brace: true });
        Ok((Stmt { kind: StmtKind::Expr { expr, semi: semi.is_some() }, attrs, span }, ends))
    }
}
