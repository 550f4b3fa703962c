//! Layers around the whole router: they run before routing and may change the path by which the gateway chose the function.
//!
//! Input: the route table. Output: findings, and the routes that the monolith keeps for it. Source of the rules: `tower_http`'s layers by
//! their documentation; Axum, "Rewriting request URI in middleware".

use super::Held;
use crate::diagnostic::{Code, Diagnostic};
use crate::graph::AppGraph;
use crate::resolve::{DefKind, Program};
use crate::routes::{LayerUse, RouteTable};
use crate::syntax::MentionKind;

/// Layers of other crates that leave the path alone.
const QUIET: &[&str] = &[
    "AddAuthorizationLayer",
    "AddExtensionLayer",
    "AsyncRequireAuthorizationLayer",
    "AuthManagerLayer",
    "BufferLayer",
    "CatchPanicLayer",
    "CompressionLayer",
    "ConcurrencyLimitLayer",
    "CookieManagerLayer",
    "CorsLayer",
    "DecompressionLayer",
    "Extension",
    "GovernorLayer",
    "HandleErrorLayer",
    "LoadShedLayer",
    "MapErrLayer",
    "MapResponseLayer",
    "NewSentryLayer",
    "OtelAxumLayer",
    "OtelInResponseLayer",
    "PrometheusMetricLayer",
    "PropagateHeaderLayer",
    "PropagateRequestIdLayer",
    "RateLimitLayer",
    "RequestBodyLimitLayer",
    "RequestDecompressionLayer",
    "RequireAuthorizationLayer",
    "SentryHttpLayer",
    "SessionManagerLayer",
    "SetRequestHeaderLayer",
    "SetRequestIdLayer",
    "SetResponseHeaderLayer",
    "SetSensitiveHeadersLayer",
    "SetSensitiveRequestHeadersLayer",
    "SetSensitiveResponseHeadersLayer",
    "SetStatusLayer",
    "TimeoutLayer",
    "TraceLayer",
    "ValidateRequestHeaderLayer",
];

/// The layer of `tower_http` that takes slashes off the end of paths.
const NORMALIZE: &str = "NormalizePathLayer";

/// Methods by which a function can change the path of a request.
const CHANGES: &[&str] = &["from_parts", "into_parts", "uri", "uri_mut"];

/// One finding for each router with a layer around it that may change the path.
pub(super) fn find(program: &Program, routes: &RouteTable) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for wrapped in &routes.wrapped {
        let loud: Vec<String> = wrapped
            .layers
            .iter()
            .filter(|layer| !is_quiet(program, layer))
            .map(|layer| format!("`{}`", layer.name))
            .collect();
        if !loud.is_empty() {
            let message =
                format!("{} around the router runs before routing and may change the path", loud.join(", "));
            found.push(
                Diagnostic::new(Code::ROUTER_WRAPPED, message)
                    .at(wrapped.location)
                    .help("leave the paths alone, or leave the routes that `plan` keeps in the monolith"),
            );
        }
    }
    found
}

/// Routes that stay in the monolith: none where the layers leave the path alone, one where paths lose their slashes, so that `$default`
/// leads to the monolith, else all.
pub(super) fn held(program: &Program, graph: &AppGraph, routes: &RouteTable) -> Vec<Held> {
    let layers = routes.wrapped.iter().flat_map(|wrapped| &wrapped.layers);
    let loud: Vec<&LayerUse> = layers.filter(|layer| !is_quiet(program, layer)).collect();
    let Some(first) = loud.first() else { return Vec::new() };
    if loud.iter().all(|layer| layer.name == NORMALIZE) {
        let least = (0..routes.routes.len()).min_by_key(|&route| graph.touches(route).len());
        let because =
            format!("while the monolith keeps a route, it answers the paths that `{NORMALIZE}` changes");
        return least.map(|route| Held { route, because }).into_iter().collect();
    }
    let because =
        format!("`{}` around the router may change the path by which a function was chosen", first.name);
    (0..routes.routes.len()).map(|route| Held { route, because: because.clone() }).collect()
}

/// Whether a layer leaves the path alone.
fn is_quiet(program: &Program, layer: &LayerUse) -> bool {
    match layer.def {
        Some(def) if matches!(program.def(def).kind, DefKind::Fn | DefKind::Method) => {
            let mut methods = program.mentions(def).iter().filter(|one| one.kind == MentionKind::Method);
            !methods.any(|one| CHANGES.contains(&one.segments[0].name.as_str()))
        }
        Some(_) => false,
        None => QUIET.contains(&layer.name.as_str()),
    }
}
