//! What follows a server's future, and which error type that needs.
//!
//! Input: the body in which a `hyper::Server` is waited for. Output: `hyper::Error` where only that compiles, else `std::io::Error`; nothing
//! where it cannot be told.

use super::server::Failure;
use crate::resolve::types::TypeContext;
use crate::resolve::{Def, DefId, Namespace, Program, Res, Ty};
use crate::span::Span;
use crate::syntax::ast::{Block, Expr, ExprKind, PatKind, StmtKind};
use crate::syntax::visit;

/// Methods of a `Result` that take every error which is printable or an error at all.
const TAKE_ANY: &[&str] = &[
    "unwrap",
    "expect",
    "ok",
    "is_ok",
    "is_err",
    "unwrap_or",
    "unwrap_or_default",
    "context",
    "with_context",
    "wrap_err",
    "wrap_err_with",
    "into_diagnostic",
    "boxed",
];

/// Crates whose functions make their error of any other.
const ERROR_CRATES: &[&str] = &["anyhow", "eyre", "color_eyre", "miette", "std", "tracing", "log"];

pub(super) struct Ending<'a> {
    program: &'a Program,
    def: &'a Def,
    body: &'a Block,
}

impl<'a> Ending<'a> {
    pub(super) fn new(program: &'a Program, def: &'a Def, body: &'a Block) -> Self {
        Self { program, def, body }
    }

    /// The error that fits what follows the server's future, which stands at `whole` and under some names.
    pub(super) fn of(&self, whole: Span, names: &[&str]) -> Option<Failure> {
        let is_future = |expr: &Expr| {
            expr.span == whole
                || matches!(&expr.kind, ExprKind::Path(path) if path.as_ident().is_some_and(|name| names.contains(&name.as_str())))
        };
        let mut waited = Vec::new();
        visit::exprs_in_block(self.body, &mut |expr| {
            if matches!(&expr.kind, ExprKind::Await(inner) if is_future(inner)) {
                waited.push(expr.span);
            }
        });
        let mut all = Vec::new();
        visit::exprs_in_block(self.body, &mut |expr| match &expr.kind {
            ExprKind::Try(inner) if waited.contains(&inner.span) => all.push(Some(self.of_function())),
            ExprKind::Return(Some(inner)) if waited.contains(&inner.span) => {
                all.push(Some(self.of_function()));
            }
            ExprKind::MethodCall(call) if waited.contains(&call.receiver.span) => {
                all.push(self.of_method(call.method.name.as_str(), &call.args));
            }
            _ => {}
        });
        if let Some(last) = self.body.stmts.last()
            && let StmtKind::Expr { expr, semi: false } = &last.kind
            && waited.contains(&expr.span)
        {
            all.push(Some(self.of_function()));
        }
        let all: Option<Vec<Failure>> = all.into_iter().collect();
        let needs_hyper = all?.contains(&Failure::Hyper);
        Some(if needs_hyper { Failure::Hyper } else { Failure::Io })
    }

    /// By the error type of the function.
    fn of_function(&self) -> Failure {
        let context = TypeContext { module: self.def.module, owner: Some(self.def.id) };
        let ret = self.program.func(self.def.id).and_then(|func| func.sig().ret.as_ref());
        let needs_hyper = match ret.map(|ret| self.program.lower_type(ret, context)) {
            Some(Ty::External(path, args)) => match args.get(1) {
                Some(Ty::External(error, _)) => error.krate() == "hyper",
                Some(Ty::Def(error, _)) => self.converts(*error, "hyper") && !self.converts(*error, "std"),
                _ => path.krate() == "hyper",
            },
            _ => false,
        };
        if needs_hyper { Failure::Hyper } else { Failure::Io }
    }

    /// Whether an error type of the program is made from another crate's: by `impl From<hyper::Error>` or `#[from] hyper::Error`.
    fn converts(&self, error: DefId, krate: &str) -> bool {
        let by_impl = self.program.impls_of_type(error).iter().any(|&id| {
            let info = self.program.impl_info(id);
            let is_from = matches!(&info.trait_, Some(Res::External(path)) if path.last() == "From");
            is_from
                && matches!(info.trait_args.first(), Some(Ty::External(path, _)) if path.is(krate, "Error"))
        });
        let owner = if krate == "std" { "io" } else { krate };
        let by_field = self.program.mentions(error).iter().any(|mention| {
            let mut names = mention.segments.iter().rev().map(|segment| segment.name.as_str());
            names.next() == Some("Error") && names.next() == Some(owner)
        });
        by_impl || by_field
    }

    fn of_method(&self, method: &str, args: &[Expr]) -> Option<Failure> {
        if TAKE_ANY.contains(&method) {
            return Some(Failure::Io);
        }
        let takes_error = matches!(method, "map_err" | "unwrap_or_else" | "inspect_err" | "or_else");
        let fits = takes_error && args.first().is_some_and(|arg| self.takes_any(arg));
        fits.then_some(Failure::Io)
    }

    /// Whether a callback takes every error: it only prints it, or gives it to a crate that does.
    fn takes_any(&self, callback: &Expr) -> bool {
        match &callback.kind {
            ExprKind::Path(_) => self.is_of_error_crate(callback),
            ExprKind::Closure(closure) => {
                let name = match closure.params.first().map(|param| &param.kind) {
                    Some(PatKind::Ident { ident, .. }) => &ident.name,
                    Some(PatKind::Wild) => return true,
                    _ => return false,
                };
                let is_error =
                    |expr: &Expr| matches!(&expr.kind, ExprKind::Path(path) if path.as_ident() == Some(name));
                let mut fits = true;
                visit::exprs(&closure.body, &mut |expr| match &expr.kind {
                    ExprKind::Call { callee, args } if args.iter().any(is_error) => {
                        fits &= self.is_of_error_crate(callee);
                    }
                    ExprKind::MethodCall(call) => {
                        fits &= !call.args.iter().any(is_error);
                        fits &= !is_error(&call.receiver)
                            || matches!(call.method.name.as_str(), "to_string" | "source");
                    }
                    ExprKind::Struct(literal) => {
                        fits &= !literal.fields.iter().any(|field| is_error(&field.expr));
                    }
                    _ => {}
                });
                fits && !is_error(&closure.body)
            }
            _ => false,
        }
    }

    fn is_of_error_crate(&self, callee: &Expr) -> bool {
        let ExprKind::Path(path) = &callee.kind else { return false };
        let res = self.program.resolve_ast_path(path, Namespace::Values, self.def.module, Some(self.def.id));
        matches!(res, Some(Res::External(path)) if ERROR_CRATES.contains(&path.krate()))
    }
}
