//! Where macros are called, and what the text of an expansion parses as in such a place.
//!
//! Input: owned items, or the text of an expansion. Output: calls with their place, outer ones first; the parsed fragment.
//! Deliberately absent: calls in the place of a type or a pattern.

use std::sync::Arc;

use super::ast::{Block, Expr, ExprKind, Item, ItemKind, MacroCall, Path, Stmt, StmtKind};
use super::visit::{Child, children};
use super::{lower, parser, with_tokens};
use crate::span::Span;

/// Where a macro is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Among the items of a module.
    Item,
    ImplMember,
    TraitMember,
    /// A statement; `needs_end` where it has no semicolon and is not the value of its block.
    Statement {
        needs_end: bool,
    },
    Expression,
}

impl Place {
    /// Whether items stand there, of a module, an impl or a trait.
    pub fn is_among_items(self) -> bool {
        matches!(self, Place::Item | Place::ImplMember | Place::TraitMember)
    }
}

/// One call of a macro.
#[derive(Debug, Clone)]
pub struct Call {
    pub path: Path,
    /// From the path to the closing bracket; for items and members also the semicolon.
    pub span: Span,
    /// Between the brackets.
    pub arguments: Span,
    pub place: Place,
}

/// What a text is in the place of a call.
#[derive(Debug, Clone)]
pub enum Fragment {
    Items(Vec<Arc<Item>>),
    Stmts(Vec<Stmt>),
    Expr(Expr),
}

/// The text of an expansion as the place of its call wants it: items, members, statements, or an expression and else statements.
///
/// # Errors
/// The parser's message.
pub fn parse(text: &str, place: Place) -> Result<Fragment, String> {
    if super::nesting_over(text, super::MAX_NESTING).is_some() {
        return Err(format!("brackets nest deeper than {} levels", super::MAX_NESTING));
    }
    match parser::fragment(text, place, super::MAX_NESTING) {
        Ok(fragment) => Ok(fragment),
        Err(_) => with_tokens(|| lower::fragment(text, place)),
    }
}

/// Names that stand before a `!` in a text, and so all names of macros that it calls.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('!').map(|(at, _)| {
        let before = text[..at].trim_end();
        let name = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
        &before[name.len()..]
    })
}

/// The calls in some items that `wanted` takes, except those among the arguments of another such call. Items of inline modules are left out.
pub fn in_items(items: &[Arc<Item>], wanted: &dyn Fn(&Path) -> bool) -> Vec<Call> {
    let mut search = Search { wanted, calls: Vec::new() };
    items.iter().for_each(|item| search.item(item, Place::Item));
    search.calls
}

impl Fragment {
    /// The calls in a fragment, as `in_items` finds them.
    pub fn calls(&self, wanted: &dyn Fn(&Path) -> bool) -> Vec<Call> {
        let mut search = Search { wanted, calls: Vec::new() };
        match self {
            Fragment::Items(items) => items.iter().for_each(|item| search.item(item, Place::Item)),
            Fragment::Stmts(stmts) => search.stmts(stmts),
            Fragment::Expr(expr) => search.expr(expr),
        }
        search.calls
    }
}

struct Search<'w> {
    wanted: &'w dyn Fn(&Path) -> bool,
    calls: Vec<Call>,
}

impl Search<'_> {
    /// Notes a call; whether it is wanted.
    fn call(&mut self, call: &MacroCall, span: Span, place: Place) -> bool {
        let is_wanted = (self.wanted)(&call.path);
        if is_wanted {
            self.calls.push(Call { path: call.path.clone(), span, arguments: call.tokens, place });
        }
        is_wanted
    }

    fn item(&mut self, item: &Item, place: Place) {
        match &item.kind {
            ItemKind::MacroCall(call) => {
                self.call(call, item.span, place);
            }
            ItemKind::Fn(func) => {
                func.body.iter().for_each(|body| body.look(|body| self.block(body)));
            }
            ItemKind::Const { expr, .. } | ItemKind::Static { expr, .. } => {
                expr.iter().for_each(|expr| expr.look(|expr| self.expr(expr)));
            }
            ItemKind::Impl(implementation) => {
                implementation.items.iter().for_each(|item| self.item(item, Place::ImplMember));
            }
            ItemKind::Trait(trait_) => {
                trait_.items.iter().for_each(|item| self.item(item, Place::TraitMember));
            }
            _ => {}
        }
    }

    fn block(&mut self, block: &Block) {
        self.stmts(&block.stmts);
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for (at, stmt) in stmts.iter().enumerate() {
            match &stmt.kind {
                StmtKind::Let { init, else_, .. } => {
                    init.iter().chain(else_).for_each(|expr| self.expr(expr));
                }
                StmtKind::Expr { expr, semi } => {
                    if let ExprKind::Macro(call) = &expr.kind {
                        let place = Place::Statement { needs_end: at + 1 < stmts.len() && !semi };
                        if self.call(call, expr.span, place) {
                            continue;
                        }
                    }
                    self.expr(expr);
                }
                StmtKind::Item(item) => self.item(item, Place::Item),
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::Macro(call) = &expr.kind
            && self.call(call, expr.span, Place::Expression)
        {
            return;
        }
        children(expr, &mut |child| match child {
            Child::Expr(expr) => self.expr(expr),
            Child::Block(block) => self.block(block),
        });
    }
}
