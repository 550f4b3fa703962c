//! Which functions can matter to routing: those that name something of a router, and those from which such a function is reached.
//!
//! The evaluator follows these to the end and spends little on all others: a program's start-up code may be larger than its routers.

use super::axum;
use crate::load::{DependencyKind, Package};
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::{DefId, DefKind, EdgeKind, Program};
use crate::syntax::Mention;
use crate::syntax::mention::MentionKind;

/// Methods of routers, method routers and servers.
const METHODS: &[&str] = &[
    "route",
    "route_service",
    "api_route",
    "api_route_with",
    "routes",
    "nest",
    "nest_service",
    "nest_api_service",
    "route_layer",
    "layer",
    "with_state",
    "fallback",
    "fallback_service",
    "into_make_service",
    "into_make_service_with_connect_info",
    "oneshot",
];

/// Types and functions of routers, method routers and layers.
const NAMES: &[&str] = &[
    "Router",
    "OpenApiRouter",
    "ApiRouter",
    "MethodRouter",
    "MethodFilter",
    "ServiceBuilder",
    "from_fn",
    "from_fn_with_state",
    "service_fn",
    "routing",
];

/// The functions that can matter.
pub(super) fn functions(program: &Program) -> UnorderedSet<DefId> {
    let mut callers: UnorderedMap<DefId, Vec<DefId>> = UnorderedMap::default();
    for edge in &program.edges {
        if matches!(edge.kind, EdgeKind::Call | EdgeKind::Value | EdgeKind::Const) {
            callers.entry(edge.to).or_default().push(edge.from);
        }
    }
    let mut relevant = UnorderedSet::default();
    let mut queue: Vec<DefId> = program
        .live_defs()
        .filter(|def| matches!(def.kind, DefKind::Fn | DefKind::Method | DefKind::Const | DefKind::Static))
        .filter(|def| depends_on_http(program.tree.package_of(def.module)))
        .filter(|def| program.mentions(def.id).iter().any(matters))
        .map(|def| def.id)
        .collect();
    while let Some(def) = queue.pop() {
        if relevant.insert(def) {
            queue.extend(callers.get(&def).into_iter().flatten());
        }
    }
    relevant
}

/// Whether a function's package may have routers.
pub(super) fn serves_http(program: &Program, def: DefId) -> bool {
    depends_on_http(program.tree.package_of(program.def(def).module))
}

/// Whether a name is a call that registers a route on a router.
pub(super) fn registers(mention: &Mention) -> bool {
    let Some(last) = mention.segments.last() else { return false };
    mention.kind == MentionKind::Method
        && matches!(last.name.as_str(), "route" | "route_service" | "api_route")
}

/// Whether a package depends on anything that has routers or layers; others may use the same words for something else.
fn depends_on_http(package: &Package) -> bool {
    package.dependencies.iter().any(|dependency| {
        let name = dependency.package.as_str();
        dependency.kind == DependencyKind::Normal
            && (name.starts_with("axum")
                || name.starts_with("tower")
                || matches!(name, "aide" | "utoipa-axum" | "lambda_http" | "lambda_runtime" | "hyper"))
    })
}

fn matters(mention: &Mention) -> bool {
    let Some(last) = mention.segments.last() else { return false };
    let last = last.name.as_str();
    match mention.kind {
        MentionKind::Method => METHODS.contains(&last) || axum::is_serving(last),
        MentionKind::Path | MentionKind::Macro => {
            mention.segments.iter().any(|segment| NAMES.contains(&segment.name.as_str()))
                || last.ends_with("Layer")
                || axum::is_serving(last)
        }
        _ => false,
    }
}
