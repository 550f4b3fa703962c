//! The result of router evaluation: routes, fallbacks and mounted services, with where each comes from.

use std::fmt;

use super::elsewhere::Elsewhere;
use super::router::Router;
use crate::resolve::{DefId, Program};
use crate::span::Location;

/// Everything that the served router answers.
#[derive(Debug, Clone, Default)]
pub struct RouteTable {
    /// In registration order.
    pub routes: Vec<Route>,
    pub fallbacks: Vec<Fallback>,
    /// Services mounted by `nest_service` or `route_service` that are no `Router`.
    pub services_mounted: Vec<MountedService>,
    /// Layers around routers themselves, which run before routing.
    pub wrapped: Vec<Wrapped>,
    /// How the served router was composed.
    pub router: Option<Router>,
    /// The function in which the served router is handed to the server: usually `main`.
    pub entry: Option<DefId>,
    /// Calls that serve the router; none where it is only given to the outside.
    pub served_at: Vec<Location>,
    /// Calls that serve another router, for example one for metrics on a port of its own.
    pub other_servers: Vec<Location>,
    /// How the router is served, for example `lambda_http::run` or `axum::serve`.
    pub served_by: Vec<ServedBy>,
    /// Start-up code that does not run before the first request.
    pub elsewhere: Elsewhere,
}

impl RouteTable {
    /// What runs before the first request: the function that serves, and `main`, which leads to it.
    pub fn starts(&self, program: &Program) -> Vec<DefId> {
        let mut starts: Vec<DefId> = self.entry.into_iter().collect();
        starts.extend(program.main().filter(|main| self.entry.is_some_and(|entry| entry != *main)));
        starts
    }
}

/// What hands the router to the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ServedBy {
    /// `lambda_http::run`, `run_with_streaming_response` or `lambda_runtime::run`.
    Lambda,
    /// `axum::serve`, `Server::bind(..).serve` and the like.
    Http,
}

/// An HTTP method as Axum's `MethodFilter` knows it; `Any` is `any(..)` and services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
    Trace,
    Connect,
    Any,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Head => "HEAD",
            Method::Options => "OPTIONS",
            Method::Trace => "TRACE",
            Method::Connect => "CONNECT",
            Method::Any => "ANY",
        }
    }

    /// The method of Axum's routing function or `MethodRouter` method of that name, for example `get` or `post`.
    pub fn from_routing_fn(name: &str) -> Option<Method> {
        Some(match name.strip_suffix("_service").unwrap_or(name) {
            "get" => Method::Get,
            "post" => Method::Post,
            "put" => Method::Put,
            "patch" => Method::Patch,
            "delete" => Method::Delete,
            "head" => Method::Head,
            "options" => Method::Options,
            "trace" => Method::Trace,
            "connect" => Method::Connect,
            "any" => Method::Any,
            _ => return None,
        })
    }

    /// Whether a request can have both methods.
    pub fn meets(self, other: Method) -> bool {
        self == other || self == Method::Any || other == Method::Any
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One method on one path.
#[derive(Debug, Clone)]
pub struct Route {
    /// `GET /users/{id}`: unique in the table.
    pub id: String,
    pub method: Method,
    /// Full path with parameters as `{name}`, wildcards as `{name+}`, an unknown run-time part as `{?}`.
    pub path: String,
    pub handler: Handler,
    /// Layers that wrap this route, outermost first.
    pub layers: Vec<LayerUse>,
    /// The condition under which the route is registered, for example `feature = "admin"`.
    pub conditional: Option<String>,
    /// The router's state type as written, for example `AppState`.
    pub state: Option<String>,
    /// Extractor types in the handler's signature, as written and in order.
    pub extractors: Vec<String>,
    /// The registering call, for example the whole `.route("/x", get(h))` argument list.
    pub site: Location,
}

/// What answers: a function, a method, a closure or a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// Name of the definition; `closure` for closures.
    pub name: String,
    /// Full path of the definition, for example `shop::handlers::users::get_user`.
    pub path: String,
    pub def: Option<DefId>,
    /// Of the definition, or of the expression where there is no definition.
    pub location: Location,
    /// The handler expression in the registering call: what a stub replaces.
    pub expr: Location,
    /// The calls by which router-building code came to that expression, from the outside in.
    pub calls: Vec<Location>,
}

/// One layer around a route or fallback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerUse {
    /// Last segment of the layer's type, or of the function given to `from_fn`.
    pub name: String,
    /// The middleware function or type of the program that the layer is made of.
    pub def: Option<DefId>,
    /// The closure that it is made of.
    pub closure: Option<Location>,
    /// The `.layer(..)` or `.route_layer(..)` argument.
    pub location: Location,
    /// `route_layer` or a layer of the `MethodRouter`: does not wrap fallbacks.
    pub routes_only: bool,
}

/// What of the program runs in a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LayerCode {
    /// A function, or what a type has.
    Def(DefId),
    /// A closure, by its place.
    Closure(Location),
}

impl LayerUse {
    /// What of the program runs in it, as far as that is known.
    pub fn code(&self) -> Option<LayerCode> {
        self.def.map(LayerCode::Def).or(self.closure.map(LayerCode::Closure))
    }
}

/// Layers around a router: not `Router::layer`, but a layer that is given the router.
#[derive(Debug, Clone)]
pub struct Wrapped {
    /// Outermost first.
    pub layers: Vec<LayerUse>,
    /// The expression that wraps the router.
    pub location: Location,
}

/// A custom fallback and where it applies.
#[derive(Debug, Clone)]
pub struct Fallback {
    /// The nest prefix it answers for; empty for the application's own.
    pub prefix: String,
    pub handler: Handler,
    pub layers: Vec<LayerUse>,
    /// `method_not_allowed_fallback` rather than `fallback`.
    pub method_not_allowed: bool,
}

/// A service that is no `Router`, mounted under a path.
#[derive(Debug, Clone)]
pub struct MountedService {
    pub path: String,
    /// As written, shortened to its head, for example `ServeDir::new`.
    pub service: String,
    pub layers: Vec<LayerUse>,
    pub location: Location,
}
