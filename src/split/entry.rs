//! The Lambda entry: programs that only serve HTTP (`axum::serve`) get `lambda_http::run` in its place.
//!
//! The replacement is a future of `std::io::Result<()>` as `axum::serve` is, so what follows it (`.await`, `?`, `.unwrap()`) stays.

use super::edit::Edit;
use super::skeleton::Skeleton;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::resolve::{Def, Namespace, Program, Res};
use crate::routes::RouteTable;
use crate::routes::table::ServedBy;
use crate::span::{Location, Span};
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::visit;

/// Whether the program must get a Lambda entry.
pub(super) fn is_needed(table: &RouteTable) -> bool {
    !table.served_by.contains(&ServedBy::Lambda)
}

/// Edits that replace every `axum::serve(listener, router)` of code that the program leads to.
pub(super) fn lambda_entry(program: &Program, diagnostics: &mut Diagnostics) -> Vec<(Location, Edit)> {
    let mut edits = Vec::new();
    for def in program.live_defs() {
        let Some(body) = program.func(def.id).and_then(crate::syntax::ast::Fn::block) else { continue };
        visit::exprs_in_block(body, &mut |expr| {
            if let Some((whole, router)) = serve_call(program, def, expr) {
                replace(def, whole, router, &mut edits);
            }
        });
    }
    if edits.is_empty() {
        diagnostics.push(
            Diagnostic::new(Code::CONSTRUCT_NOT_SPLIT, "the router is served by something other than `axum::serve`, for which there is no Lambda entry")
                .help("serve it with `lambda_http::run` when the program runs on Lambda"),
        );
    }
    edits
}

/// `axum::serve(listener, router)`, with what is chained to it: `(whole, router)`.
fn serve_call<'e>(program: &Program, def: &Def, expr: &'e Expr) -> Option<(Span, &'e Expr)> {
    match &expr.kind {
        ExprKind::Call { callee, args } => {
            let ExprKind::Path(path) = &callee.kind else { return None };
            let res = program.resolve_ast_path(path, Namespace::Values, def.module, Some(def.id))?;
            let is_serve = matches!(&res, Res::External(path) if path.is("axum", "serve"));
            (is_serve && args.len() == 2).then(|| (expr.span, &args[1]))
        }
        ExprKind::MethodCall(call) if call.method.name == "with_graceful_shutdown" => {
            let (_, router) = serve_call(program, def, &call.receiver)?;
            Some((expr.span, router))
        }
        _ => None,
    }
}

fn replace(def: &Def, whole: Span, router: &Expr, edits: &mut Vec<(Location, Edit)>) {
    let at = |span: Span| Location { source: def.location.source, span };
    // `lambda_http::run` takes the router itself.
    let mut end = router.span.end;
    if let ExprKind::MethodCall(call) = &router.kind
        && call.method.name.starts_with("into_make_service")
    {
        end = call.receiver.span.end;
    }
    let before = Span::new(whole.start, router.span.start);
    let after = Span::new(end, whole.end);
    let pieces = [
        Edit::replace(before, "async { lambda_http::run("),
        Edit::replace(after, ").await.map_err(std::io::Error::other) }"),
    ];
    // The outermost call of a chain is met first and holds the inner ones.
    let is_inside =
        edits.iter().any(|(known, _)| known.source == def.location.source && known.span.contains(before));
    if !is_inside {
        for edit in pieces {
            edits.push((at(edit.span), edit));
        }
    }
}

/// Adds the entry's edits to a function's skeleton.
pub(super) fn add(skeleton: &mut Skeleton, edits: &[(Location, Edit)]) {
    for (location, edit) in edits {
        skeleton.add(location.source, edit.clone());
    }
}
