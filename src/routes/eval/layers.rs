//! Layers: what a `.layer(..)` argument is called, alone, in tuples and in a `ServiceBuilder`.

use std::rc::Rc;

use super::Interp;
use super::calls::Site;
use crate::resolve::scope::ExternalPath;
use crate::resolve::types::TyDisplay;
use crate::resolve::{DefId, ImplId, Res, Ty};
use crate::routes::table::LayerUse;
use crate::routes::value::{Opaque, Value};
use crate::span::Location;

/// Functions that make a layer of their function argument.
const FROM_FUNCTION: &[&str] = &[
    "from_fn",
    "from_fn_with_state",
    "map_request",
    "map_request_with_state",
    "map_response",
    "map_response_with_state",
    "from_extractor",
    "from_extractor_with_state",
    "layer_fn",
];

impl<'p> Interp<'p> {
    /// `from_fn(f)` and its like, `ServiceBuilder::new()`, `option_layer(..)`.
    pub(super) fn layer_function(
        &mut self,
        path: &ExternalPath,
        turbofish: &[Ty],
        args: &[Value<'p>],
        site: &Site,
    ) -> Option<Value<'p>> {
        let last = path.last();
        if path.owner() == "ServiceBuilder" {
            return matches!(last, "new" | "default").then(|| Value::Stack(Rc::from([])));
        }
        if last == "option_layer" || last == "from_layer" {
            let layers = self.layers_of(args.first()?, site.arg(0));
            return Some(Value::Layers(layers.into()));
        }
        // `ServiceExt::map_request(service, f)` makes a service.
        if !FROM_FUNCTION.contains(&last) || path.owner() == "ServiceExt" {
            return None;
        }
        let location = site.whole;
        let layer = if last.starts_with("from_extractor") {
            let ty = turbofish.first()?;
            let name = TyDisplay(self.program, ty).to_string();
            LayerUse { name, def: ty.peel().def(), closure: None, location, routes_only: false }
        } else {
            let at = args.len().checked_sub(1)?;
            LayerUse { location, ..self.layer_of_callable(&args[at], site.arg(at)) }
        };
        Some(Value::Layers(Rc::from([layer])))
    }

    /// A layer that is made of a function or closure given as a value.
    fn layer_of_callable(&self, value: &Value<'p>, location: Location) -> LayerUse {
        let (name, def, closure) = match value {
            Value::Func(func) => (self.program.def(func.def).name.to_string(), Some(func.def), None),
            Value::External(path) => (path.0.last().to_string(), None, None),
            Value::Closure(closure) => ("closure".to_string(), None, Some(closure.location)),
            _ => (self.last_name(location), None, None),
        };
        LayerUse { name, def, closure, location, routes_only: false }
    }

    /// The function or value of the program that a layer of another crate calls: `HandleErrorLayer::new(on_error)`. A type counts
    /// where it has impls; `Extension` only hands its value on.
    fn given_to(&self, layer: &Opaque<'p>) -> Option<DefId> {
        let (path, args) = layer.head.as_ref()?;
        if path.0.iter().any(|name| matches!(name.as_str(), "Extension" | "AddExtensionLayer")) {
            return None;
        }
        args.iter().find_map(|arg| match arg {
            Value::Func(func) => Some(func.def),
            Value::Struct(held) => {
                let def = held.ty.peel().def()?;
                let implements = |id: &ImplId| {
                    matches!(&self.program.impl_info(*id).trait_, Some(Res::External(path)) if path.krate() != "std")
                };
                self.program.impls_of_type(def).iter().any(implements).then_some(def)
            }
            _ => None,
        })
    }

    /// The last name in a text, for something of which nothing else is known.
    fn last_name(&self, at: Location) -> String {
        let text = self.program.tree.sources.text(at);
        let text = text.split(['(', '{']).next().unwrap_or_default();
        let name = text.rsplit(|c: char| !c.is_alphanumeric() && c != '_').find(|name| !name.is_empty());
        name.unwrap_or("?").to_string()
    }

    /// The layers that an argument of `.layer(..)` stands for, outermost first.
    pub(super) fn layers_of(&self, value: &Value<'p>, at: Location) -> Vec<LayerUse> {
        let one = |name: String, def: Option<DefId>| {
            vec![LayerUse { name, def, closure: None, location: at, routes_only: false }]
        };
        match value {
            Value::Layers(layers) => match &layers[..] {
                [only] => vec![LayerUse { location: at, ..only.clone() }],
                several => several.to_vec(),
            },
            Value::Stack(layers) => layers.to_vec(),
            Value::Tuple(elems) => elems.iter().flat_map(|elem| self.layers_of(elem, at)).collect(),
            Value::None | Value::Unit | Value::Never => Vec::new(),
            Value::Struct(held) => {
                let def = held.ty.peel().def();
                one(self.program.def(def.unwrap_or(held.def)).name.to_string(), def)
            }
            Value::Opaque(opaque) => match opaque.ty.peel() {
                Ty::External(path, _) => one(path.last().to_string(), self.given_to(opaque)),
                Ty::CallResult { function } => one(function.last().to_string(), self.given_to(opaque)),
                Ty::Def(def, _) => one(self.program.def(*def).name.to_string(), Some(*def)),
                _ => one(self.last_name(at), None),
            },
            Value::External(path) => one(path.0.last().to_string(), None),
            other => vec![self.layer_of_callable(other, at)],
        }
    }

    /// A method of a `ServiceBuilder`.
    pub(super) fn stack_method(
        &mut self,
        layers: &Rc<[LayerUse]>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Value<'p> {
        let more = match (name, args) {
            ("layer" | "option_layer", [layer]) => self.layers_of(layer, site.arg(0)),
            ("service", [service]) => {
                return match service.router() {
                    Some(router) => self.wrapped(&Value::Stack(layers.clone()), router.clone(), site),
                    None => service.clone(),
                };
            }
            ("service_fn", [callback]) => {
                self.apply(callback, vec![Value::unknown()], site);
                return Value::unknown();
            }
            (
                "into_inner"
                | "clone"
                | "check_clone"
                | "check_service_clone"
                | "check_service"
                | "boxed"
                | "boxed_clone",
                _,
            ) => Vec::new(),
            (name, args) => {
                let location = site.call;
                let layer = match (name, args) {
                    (
                        "map_request" | "map_response" | "layer_fn" | "and_then" | "then" | "filter"
                        | "filter_async",
                        [f],
                    ) => LayerUse { location, ..self.layer_of_callable(f, site.arg(0)) },
                    _ => {
                        let name = layer_of_method(name);
                        LayerUse { name, def: None, closure: None, location, routes_only: false }
                    }
                };
                vec![layer]
            }
        };
        Value::Stack(layers.iter().cloned().chain(more).collect())
    }

    /// A method of a layer: one that wraps the whole router, or one of its builder.
    pub(super) fn layer_method(
        &mut self,
        layer: &Value<'p>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Value<'p> {
        match (name, args.iter().find_map(Value::router)) {
            ("layer", Some(router)) => self.wrapped(layer, router.clone(), site),
            ("map" | "and_then", None) => match args.last() {
                Some(callback) => self.apply(callback, vec![layer.clone()], site).value,
                None => layer.clone(),
            },
            _ => layer.clone(),
        }
    }
}

/// The layer that a `ServiceBuilder` method adds: `concurrency_limit` -> `ConcurrencyLimitLayer`.
fn layer_of_method(name: &str) -> String {
    match name {
        "trace_for_http" | "trace_for_grpc" => return "TraceLayer".to_string(),
        "handle_error" => return "HandleErrorLayer".to_string(),
        _ => {}
    }
    let words = name.split('_').map(|word| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect::<String>())
    });
    format!("{}Layer", words.collect::<String>())
}
