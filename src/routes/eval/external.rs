//! Calls into other crates: Axum's constructors and routing functions, servers, and wrappers that pass a router on.

use std::rc::Rc;

use super::calls::Site;
use super::{Interp, Served};
use crate::resolve::Ty;
use crate::resolve::scope::ExternalPath;
use crate::routes::axum;
use crate::routes::table::ServedBy;
use crate::routes::value::{Chain, Methods, Opaque, Value};
use crate::syntax::Name;

impl<'p> Interp<'p> {
    pub(super) fn call_external(
        &mut self,
        path: &ExternalPath,
        turbofish: &[Ty],
        args: Vec<Value<'p>>,
        site: &Site,
    ) -> Value<'p> {
        let last = path.last();
        let owner = path.owner();
        if path.krate() == "std"
            && let Some(value) = self.call_std(owner, last, &args, site)
        {
            return value;
        }
        if axum::is_axum(path)
            && let Some(value) = self.call_axum(owner, last, turbofish, &args, site)
        {
            return value;
        }
        if args.is_empty()
            && let Some(built) = self.derived_builder(path, turbofish)
        {
            return built;
        }
        if let Some(layers) = self.layer_function(path, turbofish, &args, site) {
            return layers;
        }
        match last {
            "service_fn" | "service_fn_with_context" | "handler_fn" | "make_service_fn" => {
                if let Some(handler @ (Value::Func(_) | Value::Closure(_))) = args.first() {
                    self.apply(handler, vec![Value::unknown()], site);
                }
                return Value::unknown();
            }
            "spawn" | "block_on" | "timeout" | "unconstrained" => {
                if let Some(value) = args.last().filter(|value| value.router().is_some()) {
                    return value.clone();
                }
            }
            _ => {}
        }
        if let Some(router) = args.iter().find_map(Value::router).cloned() {
            if axum::is_lambda_runtime(path.krate()) {
                self.serve(router, ServedBy::Lambda, site);
                return Value::unknown();
            }
            let is_free = !owner.starts_with(char::is_uppercase);
            if axum::is_serving(last) && is_free {
                self.serve(router, ServedBy::Http, site);
                return Value::unknown();
            }
            // Another crate's wrapper around the router is taken for the router.
            return Value::Router(router);
        }
        if let Some(value) = self.router_of_callbacks(&args, site) {
            return value;
        }
        if let (Some(own @ Ty::Def(..)), true) =
            (turbofish.first(), path.krate() == axum::UNRESOLVED && last == "default" && args.is_empty())
        {
            return self.default_of(own, site.whole);
        }
        let ty = match turbofish.first() {
            Some(own @ Ty::Def(..)) if path.krate() == axum::UNRESOLVED => own.clone(),
            _ => external_type(path),
        };
        Value::Opaque(Rc::new(Opaque { ty, head: Some((path.clone(), args)) }))
    }

    pub(super) fn serve(&mut self, router: Chain<'p>, by: ServedBy, site: &Site) {
        let entry = self.place().def;
        self.served.push(Served { router, by, entry, calls: vec![site.whole] });
    }

    fn call_std(&mut self, owner: &str, last: &str, args: &[Value<'p>], site: &Site) -> Option<Value<'p>> {
        Some(match (owner, last) {
            (_, "Err") => Value::Err,
            ("process", "exit" | "abort") => Value::Never,
            ("String", "new") => Value::text(""),
            ("Vec", "new" | "with_capacity") | ("iter", "empty") => Value::List(Rc::from([])),
            ("iter", "once") => Value::List(args.to_vec().into()),
            ("env", "var") => Value::unknown(),
            ("String" | "Vec" | "VecDeque" | "Option", "default") => {
                self.default_of(&Ty::external(&format!("std::{owner}")), site.whole)
            }
            (_, "default") => Self::untold_default(),
            ("mem", "replace" | "take" | "swap") | (_, "Some" | "Ok" | "identity" | "black_box") => {
                args.first()?.clone()
            }
            (
                "Box" | "Arc" | "Rc" | "Pin" | "Cow" | "Cell" | "RefCell" | "Mutex" | "RwLock" | "OnceLock"
                | "LazyLock" | "String" | "Vec" | "From" | "Into" | "Clone" | "ToString" | "ToOwned"
                | "IntoIterator",
                _,
            ) if !args.is_empty() => match &args[0] {
                callback @ (Value::Closure(_) | Value::Func(_)) if owner == "LazyLock" => {
                    self.apply(callback, Vec::new(), site).value
                }
                other => other.clone(),
            },
            _ => return None,
        })
    }

    fn call_axum(
        &mut self,
        owner: &str,
        last: &str,
        turbofish: &[Ty],
        args: &[Value<'p>],
        site: &Site,
    ) -> Option<Value<'p>> {
        if axum::is_router_name(owner) {
            if let Some(Value::Router(chain)) = args.first() {
                return Some(self.router_method(chain.clone(), last, &args[1..], site));
            }
            return match last {
                "new" | "default" | "with_openapi" => {
                    let state = turbofish
                        .first()
                        .map(|ty| crate::resolve::types::TyDisplay(self.program, ty).to_string());
                    Some(Value::Router(Chain::origin(
                        site.whole,
                        state.filter(|text| text != "()" && text != "_"),
                    )))
                }
                _ => None,
            };
        }
        if owner == "MethodRouter" {
            return match (last, args.first()) {
                ("new" | "default", _) => Some(Value::Methods(Rc::new(Methods::default()))),
                (_, Some(Value::Methods(methods))) => {
                    Some(self.methods_method(methods, last, &args[1..], site))
                }
                _ => None,
            };
        }
        if owner == "MethodFilter" {
            return Some(method_filter(last, args));
        }
        if last == "serve"
            && let Some(router) = args.iter().find_map(Value::router)
        {
            self.serve(router.clone(), ServedBy::Http, site);
            return Some(Value::unknown());
        }
        self.method_head(last, args, site)
    }
}

/// `MethodFilter::all()`, `MethodFilter::from(..)`.
fn method_filter<'p>(name: &str, args: &[Value<'p>]) -> Value<'p> {
    use crate::routes::table::Method;
    match (name, args) {
        ("all", _) => Value::Filter(Rc::from([Method::Any])),
        ("or", [Value::Filter(a), Value::Filter(b)]) => {
            Value::Filter(a.iter().chain(b.iter()).copied().collect())
        }
        (_, [Value::External(method), ..]) => {
            Value::Filter(Method::from_routing_fn(&method.0.last().to_lowercase()).into_iter().collect())
        }
        _ => Value::unknown(),
    }
}

/// The type that an external function most likely gives: a constructor's own type.
fn external_type(path: &ExternalPath) -> Ty {
    let is_type = |name: &Name| name.starts_with(char::is_uppercase);
    let names = &path.0;
    if names.len() >= 2 && is_type(&names[names.len() - 1]) {
        return Ty::External(path.clone(), Vec::new());
    }
    if names.len() >= 2 && is_type(&names[names.len() - 2]) {
        let owner = ExternalPath::new(names[..names.len() - 1].iter().cloned());
        return Ty::External(owner, Vec::new());
    }
    Ty::CallResult { function: path.clone() }
}
