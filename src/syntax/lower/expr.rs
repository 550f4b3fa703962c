//! Expressions, blocks and macro arguments.

use std::sync::Arc;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::Parser as _;

use super::Lower;
use crate::span::Span;
use crate::syntax::ast::{
    Arm, Attr, BinOp, Block, Closure, Expr, ExprKind, FieldInit, Lit, MacroArg, MacroCall, MethodCall, Stmt,
    StmtKind, StructLit,
};

impl Lower<'_> {
    pub(super) fn block(&self, block: &syn::Block) -> Block {
        Block { stmts: self.stmts(&block.stmts), span: self.delim(block.brace_token.span) }
    }

    pub(super) fn stmts(&self, stmts: &[syn::Stmt]) -> Vec<Stmt> {
        stmts.iter().map(|stmt| self.stmt(stmt)).collect()
    }

    fn stmt(&self, stmt: &syn::Stmt) -> Stmt {
        match stmt {
            syn::Stmt::Local(local) => {
                let (pat, ty) = match &local.pat {
                    syn::Pat::Type(typed) => (self.pat(&typed.pat), Some(self.ty(&typed.ty))),
                    pat => (self.pat(pat), None),
                };
                let init = local.init.as_ref().map(|init| self.expr(&init.expr));
                let else_ = local
                    .init
                    .as_ref()
                    .and_then(|init| init.diverge.as_ref())
                    .map(|(_, expr)| self.expr(expr));
                let span = self.span(local.let_token.span).to(self.span(local.semi_token.spans[0]));
                Stmt {
                    kind: StmtKind::Let { pat, ty, init, else_ },
                    attrs: self.attrs(&local.attrs),
                    span: self.start(&local.attrs, span),
                }
            }
            syn::Stmt::Item(item) => {
                let item = Arc::new(self.item(item));
                Stmt { attrs: item.attrs.clone(), span: item.span, kind: StmtKind::Item(item) }
            }
            syn::Stmt::Expr(expr, semi) => {
                let attrs = expr_attrs(expr);
                let is_nothing = matches!(expr, syn::Expr::Verbatim(tokens) if tokens.is_empty());
                let mut expr = self.expr(expr);
                // A semicolon alone: the expression before it has no tokens, and so no place of its own.
                if let (true, Some(semi)) = (is_nothing, semi) {
                    expr.span = self.span(semi.spans[0]);
                }
                let span = semi.map_or(expr.span, |semi| expr.span.to(self.span(semi.spans[0])));
                Stmt {
                    kind: StmtKind::Expr { expr, semi: semi.is_some() },
                    attrs: self.attrs(attrs),
                    span: self.start(attrs, span),
                }
            }
            syn::Stmt::Macro(mac) => {
                let call = self.macro_call(&mac.mac);
                let span = call.path.span.to(Span::new(call.tokens.start, call.tokens.end + 1));
                let expr = Expr { kind: ExprKind::Macro(Box::new(call)), span };
                let whole = mac.semi_token.map_or(span, |semi| span.to(self.span(semi.spans[0])));
                Stmt {
                    kind: StmtKind::Expr { expr, semi: mac.semi_token.is_some() },
                    attrs: self.attrs(&mac.attrs),
                    span: self.start(&mac.attrs, whole),
                }
            }
        }
    }

    fn boxed(&self, expr: &syn::Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn exprs<'e>(&self, exprs: impl IntoIterator<Item = &'e syn::Expr>) -> Vec<Expr> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    pub(super) fn expr(&self, expr: &syn::Expr) -> Expr {
        let (kind, span) = match expr {
            syn::Expr::Path(path) => {
                let path = self.path(&path.path, path.qself.as_ref());
                let span = path.span;
                (ExprKind::Path(path), span)
            }
            syn::Expr::Lit(literal) => (ExprKind::Lit(lit(&literal.lit)), self.span(literal.lit.span())),
            syn::Expr::Call(call) => {
                let callee = self.boxed(&call.func);
                let span = callee.span.to(self.delim(call.paren_token.span));
                (ExprKind::Call { callee, args: self.exprs(&call.args) }, span)
            }
            syn::Expr::MethodCall(call) => {
                let receiver = self.expr(&call.receiver);
                let args_span = self.delim(call.paren_token.span);
                let call_span = self.span(call.dot_token.spans[0]).to(args_span);
                let span = receiver.span.to(call_span);
                let call = MethodCall {
                    receiver,
                    method: self.ident(&call.method),
                    turbofish: self.turbofish(call.turbofish.as_ref()),
                    args: self.exprs(&call.args),
                    call_span,
                    args_span,
                };
                (ExprKind::MethodCall(Box::new(call)), span)
            }
            syn::Expr::Field(field) => {
                let base = self.boxed(&field.base);
                let name = self.member(&field.member);
                let span = base.span.to(name.span);
                (ExprKind::Field { base, name }, span)
            }
            syn::Expr::Macro(mac) => {
                let call = self.macro_call(&mac.mac);
                let span = call.path.span.to(Span::new(call.tokens.start, call.tokens.end + 1));
                (ExprKind::Macro(Box::new(call)), span)
            }
            syn::Expr::Block(block) => {
                let lowered = self.block(&block.block);
                let span = lowered.span;
                (ExprKind::Block(lowered), span)
            }
            syn::Expr::Unsafe(block) => {
                let lowered = self.block(&block.block);
                let span = self.span(block.unsafe_token.span).to(lowered.span);
                (ExprKind::Unsafe(lowered), span)
            }
            syn::Expr::Const(block) => {
                let lowered = self.block(&block.block);
                let span = self.span(block.const_token.span).to(lowered.span);
                (ExprKind::Block(lowered), span)
            }
            syn::Expr::Async(block) => {
                let lowered = self.block(&block.block);
                let span = self.span(block.async_token.span).to(lowered.span);
                (ExprKind::Async { block: lowered }, span)
            }
            syn::Expr::TryBlock(block) => {
                let lowered = self.block(&block.block);
                let span = self.span(block.try_token.span).to(lowered.span);
                (ExprKind::Block(lowered), span)
            }
            syn::Expr::If(branch) => {
                let then = self.block(&branch.then_branch);
                let else_ = branch.else_branch.as_ref().map(|(_, expr)| self.boxed(expr));
                let start = self.span(branch.if_token.span).to(then.span);
                let span = else_.as_ref().map_or(start, |expr| start.to(expr.span));
                (ExprKind::If { cond: self.boxed(&branch.cond), then, else_ }, span)
            }
            syn::Expr::Let(binding) => {
                let value = self.boxed(&binding.expr);
                let span = self.span(binding.let_token.span).to(value.span);
                (ExprKind::Let { pat: Box::new(self.pat(&binding.pat)), expr: value }, span)
            }
            syn::Expr::Match(branch) => {
                let span = self.span(branch.match_token.span).to(self.delim(branch.brace_token.span));
                let arms = branch.arms.iter().map(|arm| self.arm(arm)).collect();
                (ExprKind::Match { scrutinee: self.boxed(&branch.expr), arms }, span)
            }
            syn::Expr::Loop(repeat) => {
                let body = self.block(&repeat.body);
                let span = self.span(repeat.loop_token.span).to(body.span);
                (ExprKind::Loop { body }, span)
            }
            syn::Expr::While(repeat) => {
                let body = self.block(&repeat.body);
                let span = self.span(repeat.while_token.span).to(body.span);
                (ExprKind::While { cond: self.boxed(&repeat.cond), body }, span)
            }
            syn::Expr::ForLoop(repeat) => {
                let body = self.block(&repeat.body);
                let span = self.span(repeat.for_token.span).to(body.span);
                (
                    ExprKind::For {
                        pat: Box::new(self.pat(&repeat.pat)),
                        iter: self.boxed(&repeat.expr),
                        body,
                    },
                    span,
                )
            }
            syn::Expr::Closure(closure) => {
                let body = self.expr(&closure.body);
                let mut span = self.span(closure.inputs_begin.spans[0]).to(body.span);
                let keywords = [
                    closure.asyncness.map(|token| token.span),
                    closure.capture.map(|token| token.span),
                    closure.constness.map(|token| token.span),
                ];
                for keyword in keywords.into_iter().flatten() {
                    span = span.to(self.span(keyword));
                }
                let lowered = Closure {
                    params: closure.inputs.iter().map(|pat| self.pat(pat)).collect(),
                    ret: self.return_type(&closure.output),
                    is_async: closure.asyncness.is_some(),
                    body,
                };
                (ExprKind::Closure(Box::new(lowered)), span)
            }
            syn::Expr::Assign(assign) => {
                let (left, right) = (self.boxed(&assign.left), self.boxed(&assign.right));
                let span = left.span.to(right.span);
                (ExprKind::Assign { left, right }, span)
            }
            syn::Expr::Binary(binary) => {
                let op = operator(&binary.op);
                let (left, right) = (self.boxed(&binary.left), self.boxed(&binary.right));
                let span = left.span.to(right.span);
                (ExprKind::Binary { op, left, right }, span)
            }
            syn::Expr::Unary(unary) => {
                let inner = self.boxed(&unary.expr);
                let (token, deref) = match &unary.op {
                    syn::UnOp::Deref(token) => (token.spans[0], true),
                    syn::UnOp::Not(token) => (token.spans[0], false),
                    syn::UnOp::Neg(token) => (token.spans[0], false),
                    _ => return *inner,
                };
                let span = self.span(token).to(inner.span);
                (if deref { ExprKind::Deref(inner) } else { ExprKind::Unary(inner) }, span)
            }
            syn::Expr::Reference(reference) => {
                let inner = self.boxed(&reference.expr);
                let span = self.span(reference.and_token.spans[0]).to(inner.span);
                (ExprKind::Ref(inner), span)
            }
            syn::Expr::Try(attempt) => {
                let inner = self.boxed(&attempt.expr);
                let span = inner.span.to(self.span(attempt.question_token.spans[0]));
                (ExprKind::Try(inner), span)
            }
            syn::Expr::Await(wait) => {
                let inner = self.boxed(&wait.base);
                let span = inner.span.to(self.span(wait.await_token.span));
                (ExprKind::Await(inner), span)
            }
            syn::Expr::Struct(literal) => {
                let path = self.path(&literal.path, literal.qself.as_ref());
                let span = path.span.to(self.delim(literal.brace_token.span));
                let fields = literal.fields.iter().map(|field| self.field_init(field)).collect();
                let rest = literal.rest.as_ref().map(|rest| self.expr(rest));
                (ExprKind::Struct(Box::new(StructLit { path, fields, rest })), span)
            }
            syn::Expr::Tuple(tuple) => {
                (ExprKind::Tuple(self.exprs(&tuple.elems)), self.delim(tuple.paren_token.span))
            }
            syn::Expr::Array(array) => {
                (ExprKind::Array(self.exprs(&array.elems)), self.delim(array.bracket_token.span))
            }
            syn::Expr::Repeat(repeat) => {
                let elems = vec![self.expr(&repeat.expr), self.expr(&repeat.len)];
                (ExprKind::Array(elems), self.delim(repeat.bracket_token.span))
            }
            syn::Expr::Index(index) => {
                let base = self.boxed(&index.expr);
                let span = base.span.to(self.delim(index.bracket_token.span));
                (ExprKind::Index { base, index: self.boxed(&index.index) }, span)
            }
            syn::Expr::Cast(cast) => {
                let (inner, ty) = (self.boxed(&cast.expr), Box::new(self.ty(&cast.ty)));
                let span = inner.span.to(ty.span);
                (ExprKind::Cast { expr: inner, ty }, span)
            }
            syn::Expr::Range(range) => {
                let token = match &range.limits {
                    syn::RangeLimits::HalfOpen(token) => token.spans[0],
                    syn::RangeLimits::Closed(token) => token.spans[0],
                };
                let from = range.start.as_ref().map(|expr| self.boxed(expr));
                let to = range.end.as_ref().map(|expr| self.boxed(expr));
                let span = [from.as_ref(), to.as_ref()]
                    .into_iter()
                    .flatten()
                    .fold(self.span(token), |span, expr| span.to(expr.span));
                (ExprKind::Range { from, to }, span)
            }
            syn::Expr::Return(ret) => {
                let value = ret.expr.as_ref().map(|expr| self.boxed(expr));
                let keyword = self.span(ret.return_token.span);
                let span = value.as_ref().map_or(keyword, |value| keyword.to(value.span));
                (ExprKind::Return(value), span)
            }
            syn::Expr::Break(ret) => {
                let value = ret.expr.as_ref().map(|expr| self.boxed(expr));
                let keyword = self.span(ret.break_token.span);
                let span = value.as_ref().map_or(keyword, |value| keyword.to(value.span));
                (ExprKind::Break(value), span)
            }
            syn::Expr::Continue(cont) => (ExprKind::Continue, self.span(cont.continue_token.span)),
            syn::Expr::Paren(paren) => {
                return Expr { span: self.delim(paren.paren_token.span), ..self.expr(&paren.expr) };
            }
            syn::Expr::Group(group) => return self.expr(&group.expr),
            syn::Expr::Infer(infer) => (ExprKind::Other, self.span(infer.underscore_token.spans[0])),
            other => {
                use syn::spanned::Spanned as _;
                (ExprKind::Other, self.span(other.span()))
            }
        };
        Expr { kind, span }
    }

    fn field_init(&self, field: &syn::FieldValue) -> FieldInit {
        let name = self.member(&field.member);
        let expr = self.expr(&field.expr);
        FieldInit {
            span: self.start(&field.attrs, name.span.to(expr.span)),
            attrs: self.attrs(&field.attrs),
            shorthand: field.colon_token.is_none(),
            name,
            expr,
        }
    }

    fn arm(&self, arm: &syn::Arm) -> Arm {
        let (pat, guard) = match &arm.pat {
            syn::Pat::Guard(guarded) => (self.pat(&guarded.pat), Some(self.expr(&guarded.guard))),
            pat => (self.pat(pat), None),
        };
        let body = self.expr(&arm.body);
        let mut span = self.start(&arm.attrs, pat.span.to(body.span));
        if let Some(comma) = arm.comma {
            span = span.to(self.span(comma.spans[0]));
        }
        let attrs: Vec<Attr> = self.attrs(&arm.attrs);
        Arm { pat, guard, body, attrs, span }
    }

    pub(super) fn macro_call(&self, mac: &syn::Macro) -> MacroCall {
        let delim = match &mac.delimiter {
            syn::MacroDelimiter::Paren(token) => token.span,
            syn::MacroDelimiter::Brace(token) => token.span,
            syn::MacroDelimiter::Bracket(token) => token.span,
        };
        let (open, close) = (self.span(delim.open()), self.span(delim.close()));
        let path = self.path(&mac.path, None);
        let is_definition = path.as_ident().is_some_and(|name| name == "macro_rules");
        let mut args = Vec::new();
        if !is_definition {
            self.macro_args(&mac.tokens, &mut args);
        }
        MacroCall { path, args, tokens: Span::new(open.end, close.start) }
    }

    /// Expressions in a macro's tokens: the comma-separated list that most macros take, else a block,
    /// else whatever parses between commas, semicolons, colons and arrows, at any depth.
    fn macro_args(&self, tokens: &TokenStream, args: &mut Vec<MacroArg>) {
        if tokens.is_empty() {
            return;
        }
        let list = syn::punctuated::Punctuated::<MacroArgument, syn::Token![,]>::parse_terminated;
        if let Ok(list) = list.parse2(tokens.clone()) {
            args.extend(list.iter().map(|arg| MacroArg {
                name: arg.name.as_ref().map(super::name_of),
                expr: self.expr(&arg.expr),
            }));
            return;
        }
        if let Ok(stmts) = syn::Block::parse_within.parse2(tokens.clone())
            && !stmts.is_empty()
        {
            let stmts = self.stmts(&stmts);
            let span = stmts.iter().map(|stmt| stmt.span).reduce(Span::to).unwrap_or_default();
            args.push(MacroArg {
                name: None,
                expr: Expr { kind: ExprKind::Block(Block { stmts, span }), span },
            });
            return;
        }
        let mut piece: Vec<TokenTree> = Vec::new();
        for tree in tokens.clone() {
            let separates = matches!(&tree, TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';' | '=' | ':' | '>' | '|'));
            let is_path_colon = matches!((&tree, piece.last()), (TokenTree::Punct(colon), _) if colon.as_char() == ':' && colon.spacing() == proc_macro2::Spacing::Joint)
                || matches!(piece.last(), Some(TokenTree::Punct(last)) if last.as_char() == ':');
            if separates && !is_path_colon {
                self.macro_piece(&mut piece, args);
            } else {
                piece.push(tree);
            }
        }
        self.macro_piece(&mut piece, args);
    }

    fn macro_piece(&self, piece: &mut Vec<TokenTree>, args: &mut Vec<MacroArg>) {
        let piece = std::mem::take(piece);
        if piece.is_empty() {
            return;
        }
        let tokens: TokenStream = piece.iter().cloned().collect();
        if let Ok(expr) = syn::parse2::<syn::Expr>(tokens) {
            args.push(MacroArg { name: None, expr: self.expr(&expr) });
            return;
        }
        for tree in &piece {
            if let TokenTree::Group(group) = tree
                && group.delimiter() != Delimiter::None
            {
                self.macro_args(&group.stream(), args);
            }
        }
    }
}

/// `expr` or `name = expr`.
struct MacroArgument {
    name: Option<proc_macro2::Ident>,
    expr: syn::Expr,
}

impl syn::parse::Parse for MacroArgument {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let mut name = None;
        if input.peek(syn::Ident) && input.peek2(syn::Token![=]) && !input.peek2(syn::Token![==]) {
            name = Some(input.parse()?);
            input.parse::<syn::Token![=]>()?;
        }
        Ok(Self { name, expr: input.parse()? })
    }
}

pub(super) fn lit(lit: &syn::Lit) -> Lit {
    match lit {
        syn::Lit::Str(text) => Lit::Str(text.value()),
        syn::Lit::Int(int) => Lit::Int(int.base10_digits().to_string()),
        syn::Lit::Bool(value) => Lit::Bool(value.value),
        syn::Lit::Char(value) => Lit::Char(value.value()),
        _ => Lit::Other,
    }
}

/// Attributes of the expression kinds that occur as statements.
fn expr_attrs(expr: &syn::Expr) -> &[syn::Attribute] {
    match expr {
        syn::Expr::Block(expr) => &expr.attrs,
        syn::Expr::Call(expr) => &expr.attrs,
        syn::Expr::MethodCall(expr) => &expr.attrs,
        syn::Expr::If(expr) => &expr.attrs,
        syn::Expr::Match(expr) => &expr.attrs,
        syn::Expr::Macro(expr) => &expr.attrs,
        syn::Expr::Await(expr) => &expr.attrs,
        syn::Expr::Try(expr) => &expr.attrs,
        syn::Expr::Assign(expr) => &expr.attrs,
        syn::Expr::Return(expr) => &expr.attrs,
        syn::Expr::ForLoop(expr) => &expr.attrs,
        syn::Expr::While(expr) => &expr.attrs,
        syn::Expr::Loop(expr) => &expr.attrs,
        _ => &[],
    }
}

fn operator(op: &syn::BinOp) -> BinOp {
    match op {
        syn::BinOp::Add(_) => BinOp::Add,
        syn::BinOp::AddAssign(_) => BinOp::AddAssign,
        syn::BinOp::Sub(_) => BinOp::Sub,
        syn::BinOp::SubAssign(_) => BinOp::SubAssign,
        syn::BinOp::Mul(_) => BinOp::Mul,
        syn::BinOp::MulAssign(_) => BinOp::MulAssign,
        syn::BinOp::Div(_) => BinOp::Div,
        syn::BinOp::DivAssign(_) => BinOp::DivAssign,
        syn::BinOp::Rem(_) => BinOp::Rem,
        syn::BinOp::RemAssign(_) => BinOp::RemAssign,
        syn::BinOp::Eq(_) | syn::BinOp::Ne(_) => BinOp::Equal,
        syn::BinOp::Lt(_) | syn::BinOp::Le(_) | syn::BinOp::Gt(_) | syn::BinOp::Ge(_) => BinOp::Order,
        _ => BinOp::Other,
    }
}
