//! Effects: whether evaluating an expression of the start-up does anything but give its value.
//!
//! Input: an expression whose value nothing uses any more. Output: whether it can go without that being seen. What fails (`unwrap`, `?`)
//! has no effect here: a start that no longer fails answers what it answered. Deliberately absent: what is cut (`leftovers`).

use std::collections::BTreeSet;

use super::server::is_of_server;
use crate::resolve::scope::ExternalPath;
use crate::resolve::{Def, DefId, DefKind, Namespace, Program, Res};
use crate::syntax::ast::{Expr, ExprKind, Fn};
use crate::syntax::visit;

/// Functions of the program that call each other deeper than this count as having an effect.
const MAX_DEPTH: usize = 8;

pub(super) struct Effects<'a> {
    pub(super) program: &'a Program,
    /// Functions whose bodies build routers: calling them has no other effect.
    pub(super) routers: &'a BTreeSet<DefId>,
}

impl Effects<'_> {
    /// Whether evaluating an expression in the body of a definition does nothing but give its value.
    pub(super) fn is_none(&self, def: &Def, expr: &Expr) -> bool {
        self.is_quiet(def, expr, 0)
    }

    fn is_quiet(&self, def: &Def, expr: &Expr, depth: usize) -> bool {
        let mut quiet = true;
        visit::exprs_while(expr, &mut |expr| {
            quiet = quiet && self.is_quiet_step(def, expr, depth);
            quiet
        });
        quiet
    }

    /// Whether an expression does nothing beyond what is inside it.
    fn is_quiet_step(&self, def: &Def, expr: &Expr, depth: usize) -> bool {
        match &expr.kind {
            ExprKind::Call { callee, .. } => self.is_quiet_call(def, callee, depth),
            ExprKind::MethodCall(call) => {
                let name = call.method.name.as_str();
                QUIET_METHODS.contains(&name)
                    || ROUTER_METHODS.contains(&name)
                    || (self.is_built(def, &call.receiver, depth) && !LOUD_METHODS.contains(&name))
                    || self.is_of_server(def, expr)
                    || self.connects(def, expr)
            }
            ExprKind::Macro(call) => {
                matches!(
                    call.path.last().ident.name.as_str(),
                    "concat" | "format" | "include_bytes" | "include_str" | "matches" | "vec"
                )
            }
            // Waiting for connections is of no use once nothing is served over HTTP.
            ExprKind::Await(inner) => self.is_of_server(def, inner) || self.is_quiet_future(def, inner),
            // What a called function returns early is its value.
            ExprKind::Return(_) => depth > 0,
            ExprKind::Assign { .. }
            | ExprKind::Break(_)
            | ExprKind::Continue
            | ExprKind::Loop { .. }
            | ExprKind::While { .. }
            | ExprKind::Unsafe(_)
            | ExprKind::Other => false,
            _ => true,
        }
    }

    fn is_quiet_call(&self, def: &Def, callee: &Expr, depth: usize) -> bool {
        match self.callee(def, callee) {
            Some(Res::Def(id)) => {
                let called = self.program.def(id);
                self.routers.contains(&id)
                    || self.program.fields(id).is_some()
                    || called.kind == DefKind::Variant
                    || self.is_quiet_function(called, depth)
            }
            Some(Res::External(path)) => {
                is_quiet_function(&path)
                    || matches!(path.krate(), "axum" | "axum_extra" | "tower" | "tower_http")
                    // Functions of the SDK build; what is sent is sent by methods.
                    || path.krate().starts_with("aws_")
                    || is_of_server(&path)
                    || is_connection(&path)
            }
            _ => false,
        }
    }

    /// Whether waiting for a future, the making of which is looked at on its own, does nothing else: a function of the program, a connection.
    fn is_quiet_future(&self, def: &Def, future: &Expr) -> bool {
        match &future.kind {
            ExprKind::Call { callee, .. } => match self.callee(def, callee) {
                Some(Res::Def(_)) => true,
                Some(Res::External(path)) => is_connection(&path),
                _ => false,
            },
            _ => self.connects(def, future),
        }
    }

    /// `PgPoolOptions::new().connect(..)`, `aws_config::defaults(..).load()`.
    fn connects(&self, def: &Def, expr: &Expr) -> bool {
        let ExprKind::MethodCall(call) = &expr.kind else { return false };
        let mut at = &call.receiver;
        while let ExprKind::MethodCall(call) = &at.kind {
            at = &call.receiver;
        }
        let ExprKind::Call { callee, .. } = &at.kind else { return false };
        let Some(Res::External(path)) = self.callee(def, callee) else { return false };
        CONNECTING_CRATES.contains(&path.krate()) && CONNECTIONS.contains(&call.method.name.as_str())
    }

    /// Whether a function of the program has a body without effect; one that is `async` has none before it is waited for.
    fn is_quiet_function(&self, called: &Def, depth: usize) -> bool {
        let Some(func) = self.program.func(called.id) else { return false };
        let Some(body) = Fn::block(func).filter(|_| depth < MAX_DEPTH) else { return false };
        let mut quiet = true;
        visit::exprs_in_block_while(body, &mut |expr| {
            quiet = quiet && self.is_quiet_step(called, expr, depth + 1);
            quiet
        });
        quiet
    }

    fn callee(&self, def: &Def, callee: &Expr) -> Option<Res> {
        let ExprKind::Path(path) = &callee.kind else { return None };
        self.program.resolve_ast_path(path, Namespace::Values, def.module, Some(def.id))
    }

    /// Whether a call chain starts at a constructor, such as a layer's or a client's, and so only builds.
    fn is_built(&self, def: &Def, receiver: &Expr, depth: usize) -> bool {
        match &receiver.kind {
            ExprKind::MethodCall(call) => self.is_built(def, &call.receiver, depth),
            ExprKind::Call { callee, .. } => self.is_quiet_call(def, callee, depth),
            _ => false,
        }
    }

    /// `TcpListener::bind(..)` and what else only servers need, with whatever unwraps it.
    fn is_of_server(&self, def: &Def, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Await(inner) | ExprKind::Try(inner) => self.is_of_server(def, inner),
            ExprKind::MethodCall(call) => self.is_of_server(def, &call.receiver),
            ExprKind::Call { callee, .. } => {
                matches!(self.callee(def, callee), Some(Res::External(path)) if is_of_server(&path))
            }
            _ => false,
        }
    }
}

/// Whether a function of another crate only makes a value. Variables of the environment and files are only read.
fn is_quiet_function(path: &ExternalPath) -> bool {
    let owner = path.0.iter().rev().nth(1).map_or("", |owner| owner.as_str());
    // A tuple struct or variant is made by a name in capitals.
    matches!(path.last(), "new" | "default" | "from" | "builder" | "permissive" | "very_permissive")
        || path.last().starts_with("from_")
        || path.last().starts_with(char::is_uppercase)
        || matches!(
            (path.krate(), owner, path.last()),
            ("std", "env", "var" | "var_os") | ("std", "fs", "read" | "read_to_string")
        )
}

/// Whether a function opens a connection, or reads the settings for one. Nobody sees one that nobody uses.
fn is_connection(path: &ExternalPath) -> bool {
    CONNECTING_CRATES.contains(&path.krate()) && CONNECTIONS.contains(&path.last())
}

/// Crates of databases and of settings for them.
const CONNECTING_CRATES: &[&str] = &[
    "aws_config",
    "bb8",
    "bb8_postgres",
    "deadpool",
    "deadpool_diesel",
    "deadpool_postgres",
    "deadpool_redis",
    "diesel",
    "diesel_async",
    "mongodb",
    "r2d2",
    "redis",
    "sea_orm",
    "sqlx",
];

/// Their functions and methods that connect or get ready to.
const CONNECTIONS: &[&str] = &[
    "build",
    "connect",
    "connect_lazy",
    "connect_lazy_with",
    "connect_with",
    "create_pool",
    "defaults",
    "from_env",
    "get_connection_manager",
    "get_multiplexed_async_connection",
    "load",
    "load_defaults",
    "load_from_env",
    "open",
    "with_options",
    "with_uri_str",
];

/// Methods of values that only give another value, or fail.
const QUIET_METHODS: &[&str] = &[
    "as_bytes",
    "as_deref",
    "as_ref",
    "as_str",
    "build",
    "clone",
    "cloned",
    "copied",
    "expect",
    "into",
    "is_empty",
    "is_some",
    "map",
    "map_err",
    "map_or",
    "map_or_else",
    "ok",
    "ok_or",
    "ok_or_else",
    "or_else",
    "parse",
    "to_owned",
    "to_string",
    "trim",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
];

/// Methods that do something although they end a chain which builds.
const LOUD_METHODS: &[&str] = &[
    "append",
    "bind",
    "block_on",
    "call",
    "create",
    "exec",
    "execute",
    "init",
    "install",
    "listen",
    "open",
    "output",
    "query",
    "register",
    "run",
    "send",
    "serve",
    "spawn",
    "start",
    "status",
    "subscribe",
    "try_init",
    "write",
];

/// Methods of `axum::Router` that give a router.
const ROUTER_METHODS: &[&str] = &[
    "route",
    "route_service",
    "nest",
    "nest_service",
    "merge",
    "layer",
    "route_layer",
    "with_state",
    "fallback",
    "fallback_service",
    "method_not_allowed_fallback",
    "reset_fallback",
    "into_make_service",
];
