//! Layers of merged routers that answer the application's 404.

use crate::diagnostic::{Code, Diagnostic};
use crate::routes::router::{Op, OpKind, Router};

/// One note per merge of a router whose layer wraps its default fallback, unless a fallback of the application takes over.
pub(super) fn layered_fallbacks(router: &Router) -> Vec<Diagnostic> {
    let own_fallback = router.ops.iter().any(|op| matches!(op.kind, OpKind::Fallback { .. }));
    let mut found = Vec::new();
    for op in &router.ops {
        match &op.kind {
            OpKind::Merge { inner } => {
                if let Some(name) = outer_layer(inner)
                    && !own_fallback
                {
                    found.push(finding(op, name));
                }
                found.extend(layered_fallbacks(inner));
            }
            OpKind::Nest { inner, .. } => found.extend(layered_fallbacks(inner)),
            _ => {}
        }
    }
    found
}

/// The last layer around a router that has no fallback of its own.
fn outer_layer(router: &Router) -> Option<&str> {
    if router.ops.iter().any(|op| matches!(op.kind, OpKind::Fallback { .. })) {
        return None;
    }
    router.ops.iter().rev().find_map(|op| match &op.kind {
        OpKind::Layer { layers, routes_only: false } => layers.first().map(|layer| layer.name.as_str()),
        _ => None,
    })
}

fn finding(op: &Op, name: &str) -> Diagnostic {
    let message = format!("layer `{name}` of this merged router runs on every path that no route matches");
    Diagnostic::new(Code::MERGED_LAYER_404, message).at(op.call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::{Handler, LayerUse};
    use crate::span::{Location, SourceId, Span};

    const HERE: Location = Location { source: SourceId(0), span: Span { start: 0, end: 1 } };

    fn router(kinds: Vec<OpKind>) -> Router {
        let op = |kind| Op { kind, call: HERE, conditional: None };
        Router { origin: HERE, ops: kinds.into_iter().map(op).collect() }
    }

    fn layer(routes_only: bool) -> OpKind {
        let layer = LayerUse { name: "auth".into(), def: None, closure: None, location: HERE, routes_only };
        OpKind::Layer { layers: vec![layer], routes_only }
    }

    fn fallback() -> OpKind {
        let (name, path) = ("closure".to_string(), "closure".to_string());
        OpKind::Fallback {
            handler: Handler { name, path, def: None, location: HERE, expr: HERE, calls: Vec::new() },
        }
    }

    #[test]
    fn a_layer_on_a_merged_router_is_found_at_any_depth() {
        let merged = || OpKind::Merge { inner: router(vec![layer(false)]) };
        assert_eq!(layered_fallbacks(&router(vec![merged()])).len(), 1);
        let nest = OpKind::Nest { prefix: "/a".into(), inner: router(vec![merged()]), is_service: false };
        assert_eq!(layered_fallbacks(&router(vec![nest])).len(), 1);
    }

    #[test]
    fn route_layers_nests_and_fallbacks_of_the_application_are_no_finding() {
        let merge = |kinds| OpKind::Merge { inner: router(kinds) };
        assert!(layered_fallbacks(&router(vec![merge(vec![layer(true)])])).is_empty());
        assert!(layered_fallbacks(&router(vec![merge(vec![layer(false)]), fallback()])).is_empty());
        assert!(layered_fallbacks(&router(vec![merge(vec![fallback(), layer(false)])])).is_empty());
        let nest = OpKind::Nest { prefix: "/a".into(), inner: router(vec![layer(false)]), is_service: false };
        assert!(layered_fallbacks(&router(vec![nest, layer(false)])).is_empty());
    }
}
