//! The served router as it was composed: the calls in the text, in the order in which they ran.
//!
//! `RouteTable::routes` says what is answered; this tree says which text registers it, so that `split` can take calls out of it.

use super::table::{Handler, LayerUse, Method};
use crate::span::Location;

/// One router value: where it was created and what was called on it.
#[derive(Debug, Clone)]
pub struct Router {
    /// `Router::new()` or what stands for it.
    pub origin: Location,
    /// In evaluation order.
    pub ops: Vec<Op>,
}

impl Router {
    /// This router and those nested in or merged into it.
    pub fn all(&self) -> Vec<&Router> {
        let inner = self.ops.iter().flat_map(|op| match &op.kind {
            OpKind::Nest { inner, .. } | OpKind::Merge { inner } => inner.all(),
            _ => Vec::new(),
        });
        std::iter::once(self).chain(inner).collect()
    }
}

/// One call on a router.
#[derive(Debug, Clone)]
pub struct Op {
    pub kind: OpKind,
    /// From the dot to the closing parenthesis: deleting it takes the call out of the chain.
    pub call: Location,
    /// The condition under which the call runs.
    pub conditional: Option<String>,
}

#[derive(Debug, Clone)]
pub enum OpKind {
    /// `.route(pattern, method_router)`.
    Route {
        /// As the router sees it, without the prefixes of nests: `/{id}`.
        pattern: String,
        methods: Vec<MethodEntry>,
        /// Layers on the method router, outermost first.
        layers: Vec<LayerUse>,
    },
    /// `.route_service(pattern, service)` of something that is no router; answers every method.
    RouteService {
        pattern: String,
        /// The service argument.
        service: Location,
        /// Position in `RouteTable::routes`.
        route: usize,
    },
    /// `.nest(prefix, router)` and `.nest_service(prefix, router)`.
    Nest {
        prefix: String,
        inner: Router,
        is_service: bool,
    },
    /// `.nest_service(prefix, service)` of something that is no router.
    NestService {
        prefix: String,
        service: Location,
    },
    Merge {
        inner: Router,
    },
    /// `.layer(..)` or `.route_layer(..)`, as `LayerUse::routes_only` says; several where a `ServiceBuilder` holds several, outermost first.
    Layer {
        layers: Vec<LayerUse>,
        routes_only: bool,
    },
    /// `.fallback(handler)` or `.fallback_service(service)`.
    Fallback {
        handler: Handler,
    },
    MethodNotAllowedFallback {
        handler: Handler,
    },
    ResetFallback,
    WithState,
    /// A method that is not known; what it registers is not known either.
    Unknown {
        method: String,
    },
}

/// One method of a method router.
#[derive(Debug, Clone)]
pub struct MethodEntry {
    pub method: Method,
    /// Its `expr` is what a stub replaces.
    pub handler: Handler,
    /// The call in the chain: `.post(h)` from its dot, or the whole head call `get(h)`.
    pub call: Location,
    /// Whether `call` is the head of the chain.
    pub is_head: bool,
    /// Position in `RouteTable::routes`.
    pub route: usize,
}
