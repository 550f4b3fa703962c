//! Syntax of PostgreSQL that the parser does not know, rewritten to what it knows and what needs the same rights.
//!
//! `FOR NO KEY UPDATE` and `FOR KEY SHARE` are row locks like others, `ONLY` and `OVERRIDING .. VALUE` change no right, and the target
//! `ON CONFLICT (lower(a)) WHERE b` reads the columns `a` and `b` as `ON CONFLICT (a, b)` does.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Ident, Visit, Visitor};
use sqlparser::dialect::Dialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Word};

/// The tokens of a statement, rewritten.
pub(super) fn rewritten(dialect: &dyn Dialect, tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut rest: Vec<Token> =
        tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    rest.reverse();
    while let Some(token) = rest.pop() {
        let ahead = |at: usize| rest.len().checked_sub(at + 1).and_then(|at| rest.get(at));
        let next = |at: usize, word: &str| ahead(at).is_some_and(|token| is(token, word));
        let before = |word: &str| out.last().is_some_and(|token| is(token, word));
        if is(&token, "FOR") && next(0, "NO") && next(1, "KEY") && next(2, "UPDATE") {
            rest.truncate(rest.len() - 2);
        } else if is(&token, "FOR") && next(0, "KEY") && next(1, "SHARE") {
            rest.truncate(rest.len() - 1);
        } else if is(&token, "OVERRIDING") && (next(0, "SYSTEM") || next(0, "USER")) && next(1, "VALUE") {
            rest.truncate(rest.len() - 2);
            continue;
        } else if is(&token, "ONLY") && ["FROM", "UPDATE", "JOIN", "INTO"].iter().any(|word| before(word)) {
            continue;
        } else if is(&token, "CONFLICT") && before("ON") && ahead(0) == Some(&Token::LParen) {
            out.push(token);
            if let Some((columns, length)) = conflict_target(dialect, &rest) {
                rest.truncate(rest.len() - length);
                out.extend(columns);
            }
            continue;
        }
        out.push(token);
    }
    out
}

/// `(columns)` for a target with expressions or a condition, and how many tokens it takes. The tokens stand in reverse.
fn conflict_target(dialect: &dyn Dialect, rest: &[Token]) -> Option<(Vec<Token>, usize)> {
    let ahead: Vec<&Token> = rest.iter().rev().take_while(|token| !is(token, "DO")).collect();
    let mut depth = 0;
    let close = ahead.iter().position(|token| {
        depth += match token {
            Token::LParen => 1,
            Token::RParen => -1,
            _ => 0,
        };
        depth == 0
    })?;
    let owned = |tokens: &[&Token]| tokens.iter().map(|token| (*token).clone()).collect::<Vec<_>>();
    let mut parser = Parser::new(dialect).with_tokens(owned(&ahead[1..close]));
    let mut exprs = parser.parse_comma_separated(Parser::parse_expr).ok()?;
    let mut is_complete = parser.peek_token().token == Token::EOF;
    if let Some((first, condition)) = ahead[close + 1..].split_first() {
        let mut parser = Parser::new(dialect).with_tokens(owned(condition));
        exprs.push(parser.parse_expr().ok()?);
        is_complete &= is(first, "WHERE") && parser.peek_token().token == Token::EOF;
    }
    let mut names = Names::default();
    let _ = exprs.visit(&mut names);
    if !is_complete || names.0.is_empty() {
        return None;
    }
    let mut columns = vec![Token::LParen];
    for (at, name) in names.0.iter().enumerate() {
        if at > 0 {
            columns.push(Token::Comma);
        }
        columns.push(Token::make_word(&name.value, name.quote_style));
    }
    columns.push(Token::RParen);
    Some((columns, ahead.len()))
}

/// The columns of expressions, each once.
#[derive(Default)]
struct Names(Vec<Ident>);

impl Visitor for Names {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let name = match expr {
            Expr::Identifier(name) => Some(name),
            Expr::CompoundIdentifier(names) => names.last(),
            _ => None,
        };
        if let Some(name) = name
            && !self.0.iter().any(|known| known.value == name.value)
        {
            self.0.push(name.clone());
        }
        ControlFlow::Continue(())
    }
}

fn is(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(Word { value, quote_style: None, .. }) if value.eq_ignore_ascii_case(word))
}
