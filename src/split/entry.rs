//! The Lambda entry: programs that only serve HTTP get `lambda_http::run` in the server's place.
//!
//! The replacement is a future of a `Result` as the server's is, so what follows it (`.await`, `?`, `.unwrap()`) stays. Deliberately absent:
//! which calls are servers (`server`), and the text of the entry (`glue`).

use super::edit::Edit;
use super::ending::Ending;
use super::glue;
use super::server::{Failure, Servers, Serving, made_from};
use super::skeleton::Skeleton;
use super::written::axum_version;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::resolve::{Def, Program, Ty};
use crate::routes::RouteTable;
use crate::routes::table::ServedBy;
use crate::span::{Location, Span};
use crate::syntax::ast::{Block, Expr, ExprKind, Fn};
use crate::syntax::visit;

/// Whether the program must get a Lambda entry.
pub(super) fn is_needed(table: &RouteTable) -> bool {
    !table.served_by.contains(&ServedBy::Lambda)
}

/// Edits that replace every serving call of code that the program leads to. One that serves another router stays: Lambda sends requests
/// to one alone.
pub(super) fn lambda_entry(
    program: &Program,
    table: &RouteTable,
    diagnostics: &mut Diagnostics,
) -> Vec<(Location, Edit)> {
    let mut edits = Vec::new();
    let mut refused = false;
    for def in program.live_defs().filter(|def| program.func(def.id).is_some()) {
        let servers = Servers::new(program, def);
        let of_other = |serving: &Serving<'_>| {
            let mut others = table.other_servers.iter();
            others.any(|call| call.source == def.location.source && serving.whole.contains(call.span))
        };
        let mut found = servers.all();
        found.retain(|serving| !of_other(serving));
        let Some(body) = program.func(def.id).and_then(Fn::block).filter(|_| !found.is_empty()) else {
            continue;
        };
        let names = servers.names(&found);
        match (Served { program, def, body, servers, all: found, names }).replaced() {
            Ok(replaced) => edits.extend(replaced),
            Err(finding) => {
                refused = true;
                diagnostics.push(finding);
            }
        }
    }
    if edits.is_empty() && !refused {
        let message = "the router is served by a server for which there is no Lambda entry";
        let mut finding = Diagnostic::new(Code::CONSTRUCT_NOT_SPLIT, message)
            .help("serve it with `lambda_http::run` when the program runs on Lambda");
        let entry = table.entry.map(|def| program.def(def).location);
        if let Some(at) = table.served_at.first().copied().or(entry) {
            finding = finding.at(at);
        }
        diagnostics.push(finding);
    }
    edits
}

/// A body that serves, with its serving calls.
struct Served<'a> {
    program: &'a Program,
    def: &'a Def,
    body: &'a Block,
    servers: Servers<'a>,
    all: Vec<Serving<'a>>,
    /// Names of the body that are bound to a server's future.
    names: Vec<&'a str>,
}

impl Served<'_> {
    fn at(&self, span: Span) -> Location {
        Location { source: self.def.location.source, span }
    }

    /// The edits for every serving call of the body, or why there is none.
    fn replaced(&self) -> Result<Vec<(Location, Edit)>, Diagnostic> {
        let mut edits = self.later_calls()?;
        let axum = axum_version(&self.program.tree, 0);
        for serving in &self.all {
            let ending = match serving.failure {
                Failure::Io => Failure::Io,
                Failure::Hyper => Ending::new(self.program, self.def, self.body)
                    .of(serving.whole, &self.names)
                    .ok_or_else(|| {
                        self.refusal(
                            serving.whole,
                            "what follows the server may need its own error, which Lambda does not have",
                        )
                    })?,
            };
            let service = serving.service;
            let entry = glue::LambdaEntry::new(&axum, self.is_router(service), ending == Failure::Hyper);
            let before = Span::new(serving.whole.start, service.span.start);
            let after = Span::new(service.span.end, serving.whole.end);
            edits.push(Edit::replace(before, entry.before));
            edits.push(Edit::replace(after, entry.after));
            edits.extend(self.unmade(service));
        }
        Ok(edits.into_iter().map(|edit| (self.at(edit.span), edit)).collect())
    }

    /// Whether a service is known to be a router, and not what a layer was put around.
    fn is_router(&self, service: &Expr) -> bool {
        let service = self.made(service).map_or(service, |(_, inner)| inner);
        self.program.body(self.def.id).is_some_and(|body| is_router(body.ty(service.span)))
    }

    /// What a variable is bound to that holds a service per connection, and the service itself.
    fn made(&self, service: &Expr) -> Option<(&Expr, &Expr)> {
        let ExprKind::Path(path) = &service.kind else { return None };
        let init = self.servers.bound(path.as_ident()?, service.span)?;
        Some((init, made_from(init)?))
    }

    /// `let app = app.into_make_service();`: the service itself is bound.
    fn unmade(&self, service: &Expr) -> Vec<Edit> {
        let Some((init, inner)) = self.made(service) else { return Vec::new() };
        let around = [Span::new(init.span.start, inner.span.start), Span::new(inner.span.end, init.span.end)];
        around.into_iter().filter(|span| !span.is_empty()).map(Edit::delete).collect()
    }

    /// Calls on a server that a variable holds: a graceful shutdown is Lambda's own, others have nothing that could answer them.
    fn later_calls(&self) -> Result<Vec<Edit>, Diagnostic> {
        let mut edits = Vec::new();
        let mut other = None;
        visit::exprs_in_block(self.body, &mut |expr| {
            let ExprKind::MethodCall(call) = &expr.kind else { return };
            if self.is_server(&call.receiver) && !matches!(call.method.name.as_str(), "into_future" | "boxed")
            {
                if call.method.name == "with_graceful_shutdown" {
                    edits.push(Edit::delete(call.call_span));
                } else {
                    other = other.or(Some(call.call_span));
                }
            }
        });
        match other {
            Some(span) => {
                Err(self
                    .refusal(span, "a method of the server is called, for which there is nothing on Lambda"))
            }
            None => Ok(edits),
        }
    }

    fn is_server(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Path(path) if path.as_ident().is_some_and(|name| self.names.contains(&name.as_str())))
    }

    fn refusal(&self, span: Span, message: &str) -> Diagnostic {
        Diagnostic::new(Code::CONSTRUCT_NOT_SPLIT, message)
            .at(self.at(span))
            .help("serve the router with `lambda_http::run` when the program runs on Lambda")
    }
}

/// A router, or what one of its methods gives.
fn is_router(ty: &Ty) -> bool {
    match ty.peel() {
        Ty::External(path, _) => path.krate() == "axum" && path.last() == "Router",
        Ty::MethodResult { receiver, .. } => is_router(receiver),
        _ => false,
    }
}

/// Adds the entry's edits to a function's skeleton.
pub(super) fn add(skeleton: &mut Skeleton, edits: &[(Location, Edit)]) {
    for (location, edit) in edits {
        skeleton.add(location.source, edit.clone());
    }
}
