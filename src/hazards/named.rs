//! What code names of other crates: `WebSocketUpgrade`, streams, the gateway's context, the peer's address, the crate's own name.

use super::Held;
use super::unit::{Unit, has};
use crate::diagnostic::{Code, Diagnostic};
use crate::ordered::OrderedSet;
use crate::resolve::scope::ExternalPath;
use crate::resolve::{Program, Res};
use crate::routes::RouteTable;
use crate::span::Location;
use crate::syntax::ast::{Expr, ExprKind, Lit};

/// Types of the gateway's context that handlers may ask for.
const GATEWAY_CONTEXT: &[&str] = &[
    "RequestContext",
    "ApiGatewayV2httpRequestContext",
    "ApiGatewayProxyRequestContext",
    "ApiGatewayRequestContext",
    "AlbTargetGroupRequestContext",
    "ApiGatewayV2httpRequest",
    "ApiGatewayProxyRequest",
];

/// Methods of `lambda_http::RequestExt` that give what depends on the route key.
const GATEWAY_METHODS: &[&str] = &[
    "path_parameters",
    "path_parameters_ref",
    "raw_http_path",
    "request_context",
    "request_context_ref",
    "stage_variables",
    "stage_variables_ref",
];

/// What `env!` gives of the package in which it stands, and that generated crates do not have alike: they keep version, licence and authors.
const PACKAGE_VARIABLES: &[&str] = &[
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PKG_DESCRIPTION",
    "CARGO_PKG_HOMEPAGE",
    "CARGO_PKG_NAME",
    "CARGO_PKG_README",
    "CARGO_PKG_REPOSITORY",
];

const LEVELS: &[&str] = &["trace", "debug", "info", "warn", "error", "off"];

/// Routes that upgrade to a WebSocket: one finding each.
pub(super) fn web_sockets(routes: &RouteTable, units: &[Unit<'_>]) -> Vec<Diagnostic> {
    let finding = |route: usize| {
        let route = &routes.routes[route];
        Diagnostic::new(Code::WEBSOCKET, format!("`{}` upgrades to a WebSocket", route.id))
            .at(route.handler.location)
            .help("keep the route in the monolith, or serve it from a WebSocket API")
    };
    upgrading(units).into_iter().map(finding).collect()
}

/// The same routes: no function of its own can serve one.
pub(super) fn held_by_web_sockets(units: &[Unit<'_>]) -> Vec<Held> {
    let held = |route| Held { route, because: "an HTTP API cannot carry a WebSocket".to_string() };
    upgrading(units).into_iter().map(held).collect()
}

/// By index, the routes whose code upgrades to a WebSocket.
fn upgrading(units: &[Unit<'_>]) -> OrderedSet<usize> {
    let is_upgrade =
        |path: &ExternalPath| path.krate().contains("axum") && has(path, path.krate(), "WebSocketUpgrade");
    let upgrading = units.iter().filter(|unit| unit.first(is_upgrade).is_some());
    upgrading.flat_map(|unit| unit.routes.iter().copied()).collect()
}

/// Functions that answer with a stream.
pub(super) fn streams(units: &[Unit<'_>]) -> Vec<Diagnostic> {
    let is_stream = |path: &ExternalPath| {
        let body = |krate| has(path, krate, "Body") && matches!(path.last(), "from_stream" | "wrap_stream");
        has(path, "axum", "Sse")
            || has(path, "axum", "StreamBody")
            || has(path, "http_body_util", "StreamBody")
            || has(path, "axum_extra", "AsyncReadBody")
            || body("axum")
            || body("hyper")
    };
    let finding = |unit: &Unit<'_>| {
        let named = unit.first(is_stream)?;
        Some(
            Diagnostic::new(Code::STREAMING, format!("`{}` answers with a stream", unit.path))
                .at(named.at)
                .help("behind an HTTP API it is sent when it is complete; a REST API or a function URL can stream"),
        )
    };
    units.iter().filter_map(finding).collect()
}

/// Functions that ask for what the gateway sends with a request.
pub(super) fn gateway_context(program: &Program, units: &[Unit<'_>]) -> Vec<Diagnostic> {
    let is_context = |path: &ExternalPath| {
        matches!(path.krate(), "lambda_http" | "aws_lambda_events") && GATEWAY_CONTEXT.contains(&path.last())
    };
    let mut found = Vec::new();
    for unit in units {
        let by_type = unit.first(is_context).map(|named| (named.path.last().to_string(), named.at));
        if let Some((what, at)) = by_type.or_else(|| gateway_method(program, unit)) {
            found.push(
                Diagnostic::new(
                    Code::REQUEST_CONTEXT_USE,
                    format!("`{}` reads the gateway's `{what}`", unit.path),
                )
                .at(at)
                .help("check that it relies on no route key or path parameter"),
            );
        }
    }
    found
}

/// The first call of a method of `RequestExt`, where that trait is in scope and no method of the program is meant.
fn gateway_method(program: &Program, unit: &Unit<'_>) -> Option<(String, Location)> {
    let is_it = |res: &Res| matches!(res, Res::External(path) if path.is("lambda_http", "RequestExt"));
    let in_scope = program.module_names(unit.def.module).any(|(_, res)| is_it(res))
        || unit.first(|path| path.is("lambda_http", "RequestExt")).is_some();
    let body = program.body(unit.def.id).filter(|_| in_scope)?;
    let mut found = None;
    unit.exprs(&mut |expr| {
        let ExprKind::MethodCall(call) = &expr.kind else { return };
        let own = body.call(expr.span).is_some_and(|site| site.defs().next().is_some());
        if found.is_none() && !own && GATEWAY_METHODS.contains(&call.method.name.as_str()) {
            found = Some((call.method.name.to_string(), unit.at(call.method.span)));
        }
    });
    found
}

/// Functions that ask for the address of the peer.
pub(super) fn peer_addresses(units: &[Unit<'_>]) -> Vec<Diagnostic> {
    let finding = |unit: &Unit<'_>| {
        let named = unit.first(|path| has(path, "axum", "ConnectInfo"))?;
        Some(
            Diagnostic::new(Code::PEER_ADDRESS, format!("`{}` asks for the peer's address", unit.path))
                .at(named.at)
                .help("take the client's address from the gateway's request context or from a header"),
        )
    };
    units.iter().filter_map(finding).collect()
}

/// What means something else in a crate of another name or in another folder.
pub(super) fn crate_names<'u, 'a: 'u>(
    program: &Program,
    units: impl Iterator<Item = &'u Unit<'a>>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for unit in units {
        let mut report = |name: &str, at: Location| {
            let message = format!("`{}` uses `{name}`, which differs in another crate", unit.path);
            found.push(Diagnostic::new(Code::CRATE_NAME_DEPENDENCE, message).at(at));
        };
        for named in &unit.names {
            let name = named.path.last();
            let is_macro = matches!(name, "module_path" | "file") && named.path.0.len() == 2;
            if named.path.krate() == "std" && is_macro {
                report(&format!("{name}!"), named.at);
            }
            if named.path.krate() == "std" && matches!(name, "type_name" | "type_name_of_val") {
                report(name, named.at);
            }
        }
        unit.exprs_while(&mut |expr| match &expr.kind {
            // A file that is read while compiling goes along with the crate.
            ExprKind::Macro(call) if call.path.last().ident.name.starts_with("include") => false,
            ExprKind::Macro(call) if matches!(call.path.last().ident.name.as_str(), "env" | "option_env") => {
                if let Some(Expr { kind: ExprKind::Lit(Lit::Str(variable)), .. }) =
                    call.args.first().map(|arg| &arg.expr)
                    && PACKAGE_VARIABLES.contains(&variable.as_str())
                {
                    report(variable, unit.at(expr.span));
                }
                true
            }
            ExprKind::Lit(Lit::Str(text)) => {
                if let Some(krate) = filtered_crate(program, text) {
                    report(&format!("{krate}=.."), unit.at(expr.span));
                }
                true
            }
            _ => true,
        });
    }
    found
}

/// The crate of the program that a log filter names: `shop` of `shop=debug,tower_http=info`.
fn filtered_crate<'t>(program: &Program, filter: &'t str) -> Option<&'t str> {
    if !filter.contains('=') {
        return None;
    }
    let krates = &program.tree.krates;
    let own = |name: &str| {
        let first = krates.first().map(|krate| krate.package);
        krates.iter().any(|krate| Some(krate.package) == first && krate.name == name)
    };
    filter.split(',').find_map(|directive| {
        let (target, level) = directive.trim().split_once('=')?;
        let krate = target.split("::").next()?;
        (LEVELS.contains(&level.to_ascii_lowercase().as_str()) && own(krate)).then_some(krate)
    })
}
