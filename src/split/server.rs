//! Servers over HTTP: the calls of a body that serve a router, and the values that only a server needs.
//!
//! Input: the definition whose body is searched, and an expression of it. Output: the ranges of the whole call and of the service that it
//! is given, and what error it may end with. Deliberately absent: what takes their place (`entry`).

use crate::resolve::scope::ExternalPath;
use crate::resolve::{Def, Namespace, Program, Res};
use crate::span::Span;
use crate::syntax::ast::{Block, Expr, ExprKind, Fn, PatKind, StmtKind};
use crate::syntax::visit;

/// The error of a server's future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// `std::io::Error`: `axum::serve`, `axum_server`.
    Io,
    /// `hyper::Error`: `hyper::Server`, which Axum up to 0.6 gives on.
    Hyper,
}

/// A call that serves, with what is chained to it: `axum::serve(listener, router)`, `Server::bind(&addr).serve(router)`.
pub(super) struct Serving<'e> {
    pub(super) whole: Span,
    /// What answers the requests, without the call that makes a service per connection of it.
    pub(super) service: &'e Expr,
    pub(super) failure: Failure,
}

/// A body with the bindings that lead to its servers.
pub(super) struct Servers<'a> {
    program: &'a Program,
    def: &'a Def,
    body: Option<&'a Block>,
}

impl<'a> Servers<'a> {
    pub(super) fn new(program: &'a Program, def: &'a Def) -> Self {
        Self { program, def, body: program.func(def.id).and_then(Fn::block) }
    }

    /// Every serving call of the body.
    pub(super) fn all(&self) -> Vec<Serving<'a>> {
        let mut found: Vec<Serving<'a>> = Vec::new();
        let Some(body) = self.body else { return found };
        visit::exprs_in_block(body, &mut |expr| {
            // The outermost call of a chain is met first and holds the inner ones.
            if !found.iter().any(|known| known.whole.contains(expr.span))
                && let Some(serving) = self.serving(expr)
            {
                found.push(serving);
            }
        });
        found
    }

    fn serving(&self, expr: &'a Expr) -> Option<Serving<'a>> {
        match &expr.kind {
            ExprKind::Call { callee, args } => {
                let path = external(self.program, self.def, callee)?;
                let [_, router] = args.as_slice() else { return None };
                path.is("axum", "serve").then(|| Serving {
                    whole: expr.span,
                    service: made_from(router).unwrap_or(router),
                    failure: Failure::Io,
                })
            }
            ExprKind::MethodCall(call) => match (call.method.name.as_str(), call.args.as_slice()) {
                ("serve", [router]) => Some(Serving {
                    whole: expr.span,
                    service: made_from(router).unwrap_or(router),
                    failure: self.builder(&call.receiver)?,
                }),
                ("with_graceful_shutdown", _) => {
                    let inner = self.serving(&call.receiver)?;
                    Some(Serving { whole: expr.span, ..inner })
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The error of the server that a chain of builder calls sets up.
    fn builder(&self, expr: &Expr) -> Option<Failure> {
        match &expr.kind {
            ExprKind::MethodCall(call) => self.builder(&call.receiver),
            ExprKind::Try(inner) | ExprKind::Await(inner) => self.builder(inner),
            ExprKind::Call { callee, .. } => constructor(&external(self.program, self.def, callee)?),
            ExprKind::Path(path) => self.builder(self.bound(path.as_ident()?, expr.span)?),
            _ => None,
        }
    }

    /// What the last `let` of a name before its use gives it.
    pub(super) fn bound(&self, name: &str, used: Span) -> Option<&'a Expr> {
        let mut found = None;
        visit::stmts(self.body?, &mut |stmt| {
            if let StmtKind::Let { pat, init: Some(init), .. } = &stmt.kind
                && stmt.span.end <= used.start
                && matches!(&pat.kind, PatKind::Ident { ident, .. } if ident.name == name)
            {
                found = Some(init);
            }
        });
        found
    }

    /// Names that are bound to what a serving call gives.
    pub(super) fn names(&self, all: &[Serving<'_>]) -> Vec<&'a str> {
        let mut names = Vec::new();
        let Some(body) = self.body else { return names };
        visit::stmts(body, &mut |stmt| {
            if let StmtKind::Let { pat, init: Some(init), .. } = &stmt.kind
                && let PatKind::Ident { ident, .. } = &pat.kind
                && all.iter().any(|serving| serving.whole == init.span)
            {
                names.push(ident.name.as_str());
            }
        });
        names
    }
}

fn external(program: &Program, def: &Def, callee: &Expr) -> Option<ExternalPath> {
    let ExprKind::Path(path) = &callee.kind else { return None };
    match program.resolve_ast_path(path, Namespace::Values, def.module, Some(def.id))? {
        Res::External(path) => Some(path),
        _ => None,
    }
}

/// Whether a function of another crate starts the set-up of a server.
fn constructor(path: &ExternalPath) -> Option<Failure> {
    let is_start =
        |name: &str| name.starts_with("bind") || name.starts_with("try_bind") || name.starts_with("from_tcp");
    if !is_start(path.last()) {
        return None;
    }
    let is_server = path.0.iter().rev().nth(1).is_some_and(|owner| owner == "Server");
    match path.krate() {
        "axum_server" => Some(Failure::Io),
        "axum" | "hyper" if is_server => Some(Failure::Hyper),
        _ => None,
    }
}

/// The service from which an expression makes one per connection: `app.into_make_service()`, `ServiceExt::into_make_service(app)`,
/// `Shared::new(app)`.
pub(super) fn made_from(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::MethodCall(call) if call.method.name.starts_with("into_make_service") => {
            Some(&call.receiver)
        }
        ExprKind::Call { callee, args } => {
            let (ExprKind::Path(path), [service]) = (&callee.kind, args.as_slice()) else { return None };
            let names: Vec<&str> = path.names().map(smol_str::SmolStr::as_str).collect();
            let makes = names.last().is_some_and(|last| last.starts_with("into_make_service"))
                || names.ends_with(&["Shared", "new"]);
            makes.then_some(service)
        }
        _ => None,
    }
}

/// Whether a function of another crate gives what only a server needs: a listener, a server, a TLS configuration.
pub(super) fn is_of_server(path: &ExternalPath) -> bool {
    let owner = path.0.iter().rev().nth(1).map_or("", |owner| owner.as_str());
    path.krate() == "axum_server"
        || (owner == "TcpListener" && path.last() == "bind")
        || constructor(path).is_some()
}
