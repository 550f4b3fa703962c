//! Method routers: `get(a).post(b).layer(l)`, `on(filter, h)`, services, and the variants of `aide`, `utoipa-axum` and `axum-extra`.

use std::rc::Rc;

use super::Interp;
use super::calls::Site;
use crate::diagnostic::{Code, Diagnostic};
use crate::routes::table::Method;
use crate::routes::value::{Call, Chain, Entry, Methods, RUN_TIME, Step, Target, Value};

/// Whether Axum's `MethodRouter` has a method of that name.
pub(super) fn is_method(name: &str) -> bool {
    method_of(name).is_some()
        || matches!(
            name,
            "on" | "on_service"
                | "layer"
                | "route_layer"
                | "with_state"
                | "fallback"
                | "fallback_service"
                | "merge"
                | "handle_error"
                | "into_make_service"
                | "clone"
                | "boxed"
        )
}

/// The method that a routing function stands for; `aide` adds `_with` to take documentation.
fn method_of(name: &str) -> Option<Method> {
    Method::from_routing_fn(name.strip_suffix("_with").unwrap_or(name))
}

impl<'p> Interp<'p> {
    /// A routing function at the head of a chain: `get(handler)`.
    pub(super) fn method_head(&mut self, name: &str, args: &[Value<'p>], site: &Site) -> Option<Value<'p>> {
        let mut methods = Methods::default();
        self.add_method(&mut methods, name, args, site, true).then(|| Value::Methods(Rc::new(methods)))
    }

    /// Adds what a routing function registers; whether it is one.
    fn add_method(
        &mut self,
        methods: &mut Methods<'p>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
        is_head: bool,
    ) -> bool {
        let (verbs, at) = match (name, args) {
            ("on" | "on_service", [filter, _, ..]) => {
                let verbs = if let Value::Filter(verbs) = filter {
                    verbs.to_vec()
                } else {
                    let finding = Diagnostic::new(
                        Code::ROUTER_UNKNOWN,
                        "the method filter is not known; the route is listed for every method",
                    )
                    .at(site.arg(0));
                    methods.findings.push(finding);
                    vec![Method::Any]
                };
                (verbs, 1)
            }
            (name, [_, ..]) => match method_of(name) {
                Some(method) => (vec![method], 0),
                None => return false,
            },
            _ => return false,
        };
        let (handler, layers) = match &args[at] {
            Value::Layered(layered) => (layered.0.clone(), layered.1.clone()),
            other => (other.clone(), Vec::new()),
        };
        let call = if is_head { site.whole } else { site.call };
        for method in verbs {
            methods.entries.push(Entry {
                method,
                target: Target {
                    value: handler.clone(),
                    expr: site.arg(at),
                    calls: self.calls(),
                    place: self.place(),
                },
                call,
                is_head,
                layers: layers.clone(),
            });
        }
        true
    }

    /// A method router for GET that code of another crate gives.
    pub(super) fn answers_get(&mut self, handler: Value<'p>, site: &Site) -> Value<'p> {
        let target = Target { value: handler, expr: site.whole, calls: self.calls(), place: self.place() };
        let entry =
            Entry { method: Method::Get, target, call: site.whole, is_head: true, layers: Vec::new() };
        Value::Methods(Rc::new(Methods { entries: vec![entry], ..Methods::default() }))
    }

    pub(super) fn methods_method(
        &mut self,
        methods: &Rc<Methods<'p>>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Value<'p> {
        let mut changed = (**methods).clone();
        match name {
            "layer" | "route_layer" => {
                let mut layers = args.first().map_or_else(Vec::new, |arg| self.layers_of(arg, site.arg(0)));
                for layer in &mut layers {
                    layer.routes_only = true;
                }
                for entry in &mut changed.entries {
                    entry.layers.splice(0..0, layers.iter().cloned());
                }
                changed.layers.splice(0..0, layers);
            }
            "fallback" | "fallback_service" => {
                changed.fallback = args.first().map(|arg| self.target(arg.clone(), site, 0));
            }
            "merge" => match args.first() {
                Some(Value::Methods(more)) => {
                    changed.entries.extend(more.entries.iter().cloned());
                    changed.layers.extend(more.layers.iter().cloned());
                    changed.findings.extend(more.findings.iter().cloned());
                    changed.fallback = changed.fallback.or_else(|| more.fallback.clone());
                }
                _ => changed.findings.push(
                    Diagnostic::new(
                        Code::ROUTER_UNKNOWN,
                        "the method router given to `merge` could not be evaluated",
                    )
                    .at(site.arg(0)),
                ),
            },
            "map" | "and_then" | "pipe" => {
                let callback = args.last().cloned().unwrap_or_else(Value::unknown);
                return self.apply(&callback, vec![Value::Methods(methods.clone())], site).value;
            }
            "with_state" | "handle_error" | "into_make_service" => {}
            name => {
                let is_known = self.add_method(&mut changed, name, args, site, false)
                    || super::methods::is_transparent(name);
                if !is_known {
                    changed.findings.push(
                        Diagnostic::new(
                            Code::ROUTER_METHOD_UNKNOWN,
                            format!("`{name}` is called on a method router and is not known"),
                        )
                        .at(site.call),
                    );
                }
            }
        }
        Value::Methods(Rc::new(changed))
    }

    /// A method of a handler: `handler.layer(..)`, `handler.with_state(..)`.
    pub(super) fn handler_method(
        &mut self,
        handler: &Value<'p>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Value<'p> {
        match (name, args) {
            ("layer", [layer]) => {
                let layers = self.layers_of(layer, site.arg(0));
                let (inner, mut all) = match handler {
                    Value::Layered(layered) => (layered.0.clone(), layered.1.clone()),
                    other => (other.clone(), Vec::new()),
                };
                all.splice(
                    0..0,
                    layers.into_iter().map(|layer| crate::routes::LayerUse { routes_only: true, ..layer }),
                );
                Value::Layered(Rc::new((inner, all)))
            }
            _ => handler.clone(),
        }
    }

    /// `.routes(routes!(a, b))` of utoipa-axum: paths and methods come from the handlers' attributes.
    pub(super) fn open_api_routes(
        &mut self,
        chain: Chain<'p>,
        methods: &Value<'p>,
        site: &Site,
    ) -> Value<'p> {
        let Value::Methods(methods) = methods else {
            let finding =
                Diagnostic::new(Code::ROUTER_UNKNOWN, "the routes given to `routes` could not be evaluated")
                    .at(site.arg(0));
            return self.step(
                chain.then(Step::Finding(finding)),
                Call::Unknown { method: "routes".into() },
                site,
            );
        };
        let mut patterns: Vec<Rc<str>> = methods.patterns.clone();
        patterns.sort();
        patterns.dedup();
        let mut value = Value::Router(chain);
        for pattern in patterns {
            let mut some = (**methods).clone();
            let mut of_pattern = methods.patterns.iter();
            some.entries.retain(|_| of_pattern.next() == Some(&pattern));
            some.patterns.clear();
            let Value::Router(chain) = value else { break };
            value = self.step(chain, Call::Route { pattern, methods: Rc::new(some) }, site);
        }
        value
    }

    /// `.typed_get(handler)` of axum-extra: the path is an attribute of the handler's parameter type.
    pub(super) fn typed_route(
        &mut self,
        chain: Chain<'p>,
        name: &str,
        handler: Value<'p>,
        site: &Site,
    ) -> Value<'p> {
        let verb = name.trim_start_matches("typed_");
        let pattern = self.typed_path(&handler).unwrap_or_else(|| Rc::from(format!("/{RUN_TIME}")));
        let mut methods = Methods::default();
        if !self.add_method(&mut methods, verb, &[handler], site, true) {
            return self.step(chain, Call::Unknown { method: name.to_string() }, site);
        }
        self.step(chain, Call::Route { pattern, methods: Rc::new(methods) }, site)
    }

    fn typed_path(&self, handler: &Value<'p>) -> Option<Rc<str>> {
        let Value::Func(func) = handler else { return None };
        let sig = self.program.func(func.def)?.sig();
        let context = crate::resolve::types::TypeContext {
            module: self.program.def(func.def).module,
            owner: Some(func.def),
        };
        sig.params.iter().find_map(|param| {
            let ty = self.program.lower_type(&param.ty, context);
            let def = self.program.def(ty.peel().def()?);
            let attr = def.item.attrs.iter().find(|attr| attr.path.ends_with("typed_path"))?;
            let text = attr.inside()?.trim();
            let text = text.strip_prefix('"')?;
            Some(Rc::from(&text[..text.find('"')?]))
        })
    }
}
