//! Methods of a router: each adds a step, serves the router, or gives it on.

use std::rc::Rc;

use super::Interp;
use super::calls::Site;
use super::methods::is_transparent;
use crate::diagnostic::{Code, Diagnostic};
use crate::resolve::Ty;
use crate::resolve::types::TyDisplay;
use crate::routes::axum;
use crate::routes::table::ServedBy;
use crate::routes::value::{Call, Chain, RUN_TIME, Step, Target, Value};

/// Methods that Axum's router types have and that register or wrap something.
const COMPOSING: &[&str] = &[
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
    "api_route",
    "api_route_with",
    "nest_api_service",
    "routes",
    "route_with_tsr",
    "route_service_with_tsr",
    "typed_get",
    "typed_post",
    "typed_put",
    "typed_patch",
    "typed_delete",
    "typed_head",
    "typed_options",
    "typed_trace",
];

/// Methods of Axum's router types that change nothing of what is routed.
const HARMLESS: &[&str] = &[
    "into_make_service",
    "into_make_service_with_connect_info",
    "as_service",
    "into_service",
    "without_v07_checks",
    "finish_api",
    "finish_api_with",
    "with_path_items",
    "with_path_items_mut",
    "ready",
    "fuse",
];

/// Whether Axum's router types have a method of that name.
pub(super) fn is_method(name: &str) -> bool {
    COMPOSING.contains(&name)
        || HARMLESS.contains(&name)
        || matches!(name, "split_for_parts" | "oneshot" | "call")
}

impl<'p> Interp<'p> {
    pub(super) fn router_method(
        &mut self,
        chain: Chain<'p>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Value<'p> {
        let first = args.first().cloned().unwrap_or_else(Value::unknown);
        let second = args.get(1).cloned().unwrap_or_else(Value::unknown);
        let kind = match name {
            "route" | "api_route" | "api_route_with" | "route_with_tsr" => {
                return self.route(chain, &first, second, site);
            }
            "routes" => return self.open_api_routes(chain, &first, site),
            "route_service" | "route_service_with_tsr" => match second {
                Value::Router(inner) => Call::Nest { prefix: Rc::from(""), inner, is_service: true },
                service => {
                    Call::RouteService { pattern: text_of(&first), service: self.target(service, site, 1) }
                }
            },
            "nest" | "nest_service" | "nest_api_service" => {
                let prefix = text_of(&first);
                let is_service = name != "nest";
                match second {
                    Value::Router(inner) => Call::Nest { prefix, inner, is_service },
                    service if is_service => {
                        Call::NestService { prefix, service: self.target(service, site, 1) }
                    }
                    _ => return self.unknown_part(chain, name, site, 1),
                }
            }
            "merge" => match first {
                Value::Router(inner) => Call::Merge { inner },
                Value::None => return Value::Router(chain),
                Value::Opaque(ref opaque) if is_docs(&opaque.ty) => {
                    let prefix = opaque.head.iter().flat_map(|(_, args)| args).find_map(|arg| match arg {
                        Value::Text(text) => Some(text.clone()),
                        _ => None,
                    });
                    let prefix = prefix.unwrap_or_else(|| Rc::from(RUN_TIME.to_string()));
                    Call::NestService { prefix, service: self.target(first.clone(), site, 0) }
                }
                _ => return self.unknown_part(chain, name, site, 0),
            },
            "layer" | "route_layer" => {
                let routes_only = name == "route_layer";
                let mut layers = self.layers_of(&first, site.arg(0));
                for layer in &mut layers {
                    layer.routes_only = routes_only;
                }
                Call::Layer { layers, routes_only }
            }
            "with_state" => Call::WithState { state: self.type_text(&first) },
            "fallback" => Call::Fallback { handler: self.target(first, site, 0) },
            "fallback_service" => match first {
                Value::Router(inner) => Call::Nest { prefix: Rc::from(""), inner, is_service: true },
                service => Call::Fallback { handler: self.target(service, site, 0) },
            },
            "method_not_allowed_fallback" => {
                Call::MethodNotAllowedFallback { handler: self.target(first, site, 0) }
            }
            "reset_fallback" => Call::ResetFallback,
            "split_for_parts" => {
                return Value::Tuple(Rc::from([Value::Router(chain), Value::unknown()]));
            }
            "oneshot" | "call" => {
                let lambda = self.program.tree.packages.iter().any(|package| {
                    package
                        .dependencies
                        .iter()
                        .any(|one| axum::is_lambda_runtime(&one.package.replace('-', "_")))
                });
                self.serve(chain, if lambda { ServedBy::Lambda } else { ServedBy::Http }, site);
                return Value::unknown();
            }
            "map" | "and_then" | "then" | "pipe" | "tap" | "map_or" | "map_or_else" | "is_some_and" => {
                let callback = args.last().cloned().unwrap_or_else(Value::unknown);
                let result = self.apply(&callback, vec![Value::Router(chain.clone())], site).value;
                return if name == "tap" { Value::Router(chain) } else { result };
            }
            "is_some" | "is_ok" | "is_none" | "is_err" | "has_routes" | "get_openapi" | "into_openapi"
            | "to_openapi" => {
                return Value::unknown();
            }
            name if name.starts_with("typed_") => return self.typed_route(chain, name, first, site),
            name if HARMLESS.contains(&name) || is_transparent(name) => return Value::Router(chain),
            // `server.serve(app)` reads backwards for some servers.
            name if axum::is_serving(name) => {
                self.serve(chain, ServedBy::Http, site);
                return Value::unknown();
            }
            name => Call::Unknown { method: name.to_string() },
        };
        self.step(chain, kind, site)
    }

    pub(super) fn step(&self, chain: Chain<'p>, kind: Call<'p>, site: &Site) -> Value<'p> {
        let step = Step::Call { kind, call: site.call, conditional: None, place: self.place() };
        Value::Router(chain.then(step))
    }

    pub(super) fn target(&self, value: Value<'p>, site: &Site, arg: usize) -> Target<'p> {
        Target { value, expr: site.arg(arg), calls: self.calls(), place: self.place() }
    }

    fn route(&mut self, chain: Chain<'p>, path: &Value<'p>, methods: Value<'p>, site: &Site) -> Value<'p> {
        match methods {
            Value::Methods(methods) => {
                self.step(chain, Call::Route { pattern: text_of(path), methods }, site)
            }
            Value::None => Value::Router(chain),
            _ => {
                let message = format!(
                    "what answers {} is not known: its method router could not be evaluated",
                    axum::pattern(&text_of(path), axum::PathSyntax::Either)
                );
                let finding = Diagnostic::new(Code::ROUTER_UNKNOWN, message).at(site.arg(1));
                self.step(chain.then(Step::Finding(finding)), Call::Unknown { method: "route".into() }, site)
            }
        }
    }

    /// A nested or merged router that could not be evaluated.
    fn unknown_part(&mut self, chain: Chain<'p>, name: &str, site: &Site, arg: usize) -> Value<'p> {
        let message =
            format!("the router given to `{name}` could not be evaluated, so its routes are missing");
        let finding = Diagnostic::new(Code::ROUTER_UNKNOWN, message).at(site.arg(arg));
        self.step(chain.then(Step::Finding(finding)), Call::Unknown { method: name.to_string() }, site)
    }

    /// A type as text, where it is known.
    fn type_text(&self, value: &Value<'p>) -> Option<String> {
        let ty = match value {
            // What the program writes where it names the type; its arguments may be inferred.
            Value::Struct(held) => Ty::Def(held.ty.def()?, Vec::new()),
            other => other.ty(),
        };
        match ty {
            Ty::Unknown | Ty::CallResult { .. } | Ty::MethodResult { .. } | Ty::Param(_) => None,
            ty => Some(TyDisplay(self.program, &ty).to_string()),
        }
    }
}

/// A path argument as text; all of it run-time where it is not known.
pub(super) fn text_of(value: &Value<'_>) -> Rc<str> {
    match value {
        Value::Text(text) => text.clone(),
        _ => Rc::from(format!("/{RUN_TIME}")),
    }
}

/// Pages of API documentation that are merged into a router.
fn is_docs(ty: &Ty) -> bool {
    matches!(ty.peel(), Ty::External(path, _) if matches!(path.last(), "SwaggerUi" | "Redoc" | "RapiDoc" | "Scalar" | "Redocly"))
}
