//! Macro calls: their arguments as far as they are expressions.

use super::{Group, Parsed, Parser, Refused, doc_text};
use crate::span::Span;
use crate::syntax::ast::{Block, Expr, ExprKind, Lit, MacroArg, MacroCall, Name, Path};
use crate::syntax::lex::{Delim, Kind};

impl Parser<'_> {
    /// Any brackets with what is in them.
    pub(super) fn delimited(&mut self) -> Parsed<Group> {
        let Kind::Open(delim) = self.kind(0) else { return Err(Refused::Unclear) };
        let group = self.open(delim)?;
        self.at = group.close + 1;
        Ok(group)
    }

    pub(super) fn is_brace(&self, group: Group) -> bool {
        self.tokens[group.open].kind == Kind::Open(Delim::Brace)
    }

    /// The brackets of a macro call; path and `!` are read.
    pub(super) fn macro_call(&mut self, path: Path) -> Parsed<(MacroCall, Group)> {
        let group = self.delimited()?;
        let mut args = Vec::new();
        if self.trying {
            self.left_out = true;
        } else if path.as_ident().is_none_or(|name| name != "macro_rules") {
            self.macro_args(group.open + 1, group.close, &mut args)?;
        }
        let tokens = Span::new(self.span_at(group.open).end, self.span_at(group.close).start);
        Ok((MacroCall { path, args, tokens }, group))
    }

    /// Expressions in a macro's tokens: the comma-separated list that most macros take, else a block,
    /// else whatever parses between commas, semicolons, colons and arrows, at any depth.
    fn macro_args(&mut self, from: usize, to: usize, args: &mut Vec<MacroArg>) -> Parsed<()> {
        if from == to {
            return Ok(());
        }
        if let Some(list) = self.within(from, to, &|parser| parser.list(Self::macro_arg))? {
            args.extend(list);
            return Ok(());
        }
        if let Some(stmts) = self.within(from, to, &Self::stmts)?
            && !stmts.is_empty()
        {
            let span = stmts.iter().map(|stmt| stmt.span).reduce(Span::to).unwrap_or_default();
            let expr = Expr { kind: ExprKind::Block(Block { stmts, span }), span };
            args.push(MacroArg { name: None, expr });
            return Ok(());
        }
        let (mut piece, mut at) = (from, from);
        while at < to {
            let token = &self.tokens[at];
            let follows_colon = at > piece && self.tokens[at - 1].kind == Kind::Punct(b':');
            let separates = match token.kind {
                Kind::Punct(b':') => !token.joint && !follows_colon,
                Kind::Punct(b',' | b';' | b'=' | b'>' | b'|') => !follows_colon,
                _ => false,
            };
            let next = if matches!(token.kind, Kind::Open(_)) { token.mate as usize + 1 } else { at + 1 };
            if separates {
                self.macro_piece(piece, at, args)?;
                piece = next;
            }
            at = next;
        }
        self.macro_piece(piece, to, args)
    }

    fn macro_piece(&mut self, from: usize, to: usize, args: &mut Vec<MacroArg>) -> Parsed<()> {
        if from == to {
            return Ok(());
        }
        if let Some(expr) = self.within(from, to, &Self::expr)? {
            args.push(MacroArg { name: None, expr });
            return Ok(());
        }
        let mut at = from;
        while at < to {
            let token = self.tokens[at];
            match token.kind {
                Kind::Open(_) => {
                    self.deeper(|parser| parser.macro_args(at + 1, token.mate as usize, args))?;
                    at = token.mate as usize;
                }
                // A doc comment is an attribute with brackets of its own.
                Kind::DocOuter | Kind::DocInner => {
                    let value = Lit::Str(doc_text(self.slice(at)).to_string());
                    let expr = Expr { kind: ExprKind::Lit(value), span: self.span_at(at) };
                    args.push(MacroArg { name: Some(Name::new_static("doc")), expr });
                }
                _ => {}
            }
            at += 1;
        }
        Ok(())
    }

    /// Applies a rule to a range of tokens, which must use all of them; `None` where it does not fit.
    ///
    /// While it is tried, macro calls inside are passed over, so that nested macros are not tried again and again.
    fn within<T>(
        &mut self,
        from: usize,
        to: usize,
        rule: &dyn Fn(&mut Self) -> Parsed<T>,
    ) -> Parsed<Option<T>> {
        let before = (self.at, self.end, self.depth, self.trying, self.left_out);
        (self.at, self.end, self.trying, self.left_out) = (from, to, true, false);
        // Whether the rule fits is only seen where all of it is parsed.
        let later = self.later.take();
        let noted = self.noted.as_ref().map_or(0, Vec::len);
        let mut value = rule(self);
        let mut fits = self.at == to;
        if value.is_ok() && fits && self.left_out && !before.3 {
            (self.at, self.trying) = (from, false);
            value = rule(self);
            fits = self.at == to;
        }
        (self.at, self.end, self.depth, self.trying, self.left_out) = before;
        self.later = later;
        if !(fits && value.is_ok()) {
            self.noted.iter_mut().for_each(|all| all.truncate(noted));
        }
        match value {
            Ok(value) => Ok(fits.then_some(value)),
            Err(Refused::Unclear) => Ok(None),
            Err(deep) => Err(deep),
        }
    }

    /// `expr` or `name = expr`.
    fn macro_arg(&mut self) -> Parsed<MacroArg> {
        let mut name = None;
        if self.kind(0) == Kind::Ident && self.is(1, b'=') && !self.are(1, b"==") {
            name = Some(self.ident()?.name);
            self.at += 1;
        }
        Ok(MacroArg { name, expr: self.expr()? })
    }
}
