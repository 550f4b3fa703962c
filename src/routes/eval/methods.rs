//! Method calls: on routers and their parts, on values of the program's types, and through wrappers of other crates.

use std::rc::Rc;
use std::sync::Arc;

use super::Interp;
use super::calls::{Entered, Site};
use crate::diagnostic::{Code, Diagnostic};
use crate::resolve::{DefId, DefKind, Res, Ty};
use crate::routes::axum;
use crate::routes::join;
use crate::routes::table::ServedBy;
use crate::routes::value::{Chain, Func, Step, Value};
use crate::syntax::ast::{Expr, ExprKind, MethodCall};

/// One link of a chain of calls, `?` and `.await`.
enum Link<'p> {
    Method(&'p Expr, &'p MethodCall),
    Try,
    Await,
}

impl<'p> Interp<'p> {
    /// A chain `a.b()?.c().await`, from its start on: chains may be thousands of links long.
    pub(super) fn eval_chain(&mut self, expr: &'p Expr) -> Value<'p> {
        let mut links = Vec::new();
        let mut at = expr;
        loop {
            at = match &at.kind {
                ExprKind::MethodCall(call) => {
                    links.push(Link::Method(at, call));
                    &call.receiver
                }
                ExprKind::Try(inner) => {
                    links.push(Link::Try);
                    inner
                }
                ExprKind::Await(inner) => {
                    links.push(Link::Await);
                    inner
                }
                _ => break,
            };
        }
        let mut value = self.eval(at);
        while let Some(link) = links.pop() {
            value = match (link, value) {
                (_, Value::Never) => return Value::Never,
                // `Err(..)?` ends here. Elsewhere an absence is only what is known of a value that others may fill.
                (Link::Try, Value::Err) if is_err_call(at) => return Value::Never,
                (Link::Try, Value::Err | Value::None) => Value::unknown(),
                (Link::Method(expr, call), value) => self.eval_method(expr, call, &value),
                (Link::Try | Link::Await, value) => value,
            };
        }
        value
    }

    fn eval_method(&mut self, expr: &'p Expr, call: &'p MethodCall, receiver: &Value<'p>) -> Value<'p> {
        let Some(args) = self.eval_all(&call.args) else { return Value::Never };
        let site = Site {
            whole: self.at(expr.span),
            call: self.at(call.call_span),
            args: call.args.iter().map(|arg| self.at(arg.span)).collect(),
            turbofish: call.turbofish.iter().map(|ty| self.lower(ty)).collect(),
        };
        let changed = match receiver {
            _ if !super::places::is_place(&call.receiver) => None,
            Value::List(elems) => super::lists::changed(elems, &call.method.name, &args),
            Value::Text(text) => super::text::changed(text, &call.method.name, &args),
            _ => None,
        };
        if let Some(changed) = changed {
            self.assign(&call.receiver, changed);
            return Value::Unit;
        }
        let entered = self.call_method(receiver, &call.method.name, &args, &site);
        if let Some(after) = entered.receiver
            && super::places::is_place(&call.receiver)
        {
            self.assign(&call.receiver, after);
        }
        if entered.args.is_empty() {
            self.forget(&call.args);
        }
        self.write_back(&call.args, entered.args);
        entered.value
    }

    pub(super) fn call_method(
        &mut self,
        receiver: &Value<'p>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Entered<'p> {
        let value = match receiver {
            Value::Never => Value::Never,
            Value::Router(chain) => {
                if let Some(entered) = self.extension_call(receiver, name, args, site) {
                    return entered;
                }
                self.router_method(chain.clone(), name, args, site)
            }
            Value::Methods(methods) => {
                if !super::method_routers::is_method(name)
                    && let Some(entered) = self.extension_call(receiver, name, args, site)
                {
                    return entered;
                }
                self.methods_method(methods, name, args, site)
            }
            Value::Stack(layers) => self.stack_method(layers, name, args, site),
            Value::Layers(_) => self.layer_method(receiver, name, args, site),
            Value::Text(text) => self.text_method(text, name, args),
            Value::List(elems) => self.list_method(&elems.clone(), name, args, site),
            Value::Filter(filter) => match (name, args.first()) {
                ("or", Some(Value::Filter(more))) => {
                    Value::Filter(filter.iter().chain(more.iter()).copied().collect())
                }
                _ => receiver.clone(),
            },
            Value::Func(_) | Value::Closure(_) | Value::External(_) | Value::Layered(_) => {
                self.handler_method(receiver, name, args, site)
            }
            Value::None | Value::Err => self.absent_method(receiver, name, args, site),
            Value::Bool(known) => match (name, args.first(), known) {
                ("then_some" | "then", Some(_), false) => Value::None,
                ("then_some", Some(value), true) => value.clone(),
                ("then", Some(callback), true) => self.apply(callback, Vec::new(), site).value,
                _ => receiver.clone(),
            },
            Value::Struct(_) | Value::Opaque(_) => {
                if let Some(entered) = self.program_method(receiver, name, args, site) {
                    return entered;
                }
                if let Some(entered) = self.derived_method(receiver, name, args) {
                    return entered;
                }
                if let Some(entered) = self.inferred_method(receiver, name, args, site) {
                    return entered;
                }
                self.opaque_method(receiver, name, args, site)
            }
            Value::Tuple(_) | Value::Unit => receiver.clone(),
        };
        Entered::value(value)
    }

    /// A method that the program defines for the receiver's type.
    fn program_method(
        &mut self,
        receiver: &Value<'p>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Option<Entered<'p>> {
        let own = receiver.ty();
        let method = |ty: &Ty| match self.program.assoc_of(ty.peel(), name) {
            Some(Res::Def(id)) if self.program.def(id).kind == DefKind::Method => Some(id),
            _ => None,
        };
        // An option is the value inside it, but for the methods that options have.
        let inner = axum::inner_type(&own);
        let found = match method(&own) {
            Some(found) => Some((found, own)),
            None if is_transparent(name) || super::extensions::is_std_method(name) => None,
            None => method(&inner).map(|found| (found, inner)),
        };
        let Some((found, ty)) = found else {
            return self.extension_call(receiver, name, args, site);
        };
        let receiver = &if ty == receiver.ty() { receiver.clone() } else { retyped(receiver, &ty) };
        let implementations = self.implementations(found, &ty);
        if implementations.is_empty() {
            return Some(self.enter_method(found, receiver.clone(), args, site));
        }
        Some(self.enter_each(&implementations, site, |interp, one, self_ty| {
            interp.enter_method(one, retyped(receiver, self_ty), args, site)
        }))
    }

    /// Enters the function of each impl that a trait's function can be; each is conditional where there are several.
    pub(super) fn enter_each(
        &mut self,
        candidates: &[(DefId, Ty)],
        site: &Site,
        mut enter: impl FnMut(&mut Self, DefId, &Ty) -> Entered<'p>,
    ) -> Entered<'p> {
        if let [(only, self_ty)] = candidates {
            return enter(self, *only, self_ty);
        }
        let branches = candidates.iter().map(|(one, self_ty)| {
            let shown = crate::resolve::types::TyDisplay(self.program, self_ty).to_string();
            (Some(format!("is {shown}")), enter(self, *one, self_ty).value)
        });
        let branches = branches.collect();
        Entered::value(join::values(branches, site.whole))
    }

    /// A method that is given a router, on a value whose type only the types of the body tell: all that may be meant.
    fn inferred_method(
        &mut self,
        receiver: &Value<'p>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Option<Entered<'p>> {
        if !args.iter().any(|arg| arg.router().is_some()) {
            return None;
        }
        let program = self.program;
        let call = program.body(self.place().def)?.call(site.whole.span)?;
        let candidates: Vec<(DefId, Ty)> = call
            .defs()
            .filter(|&def| program.def(def).name == name)
            .filter(|&def| {
                program.func(def).is_some_and(|ast| ast.sig().receiver.is_some() && ast.block().is_some())
            })
            .map(|def| {
                let around = program.enclosing_type(def).and_then(|around| program.impl_of(around));
                (def, around.map_or(Ty::Unknown, |info| info.self_ty.peel().clone()))
            })
            .collect();
        if candidates.is_empty() {
            return None;
        }
        Some(self.enter_each(&candidates, site, |interp, one, self_ty| {
            interp.enter_method(one, retyped(receiver, self_ty), args, site)
        }))
    }

    fn enter_method(
        &mut self,
        def: DefId,
        receiver: Value<'p>,
        args: &[Value<'p>],
        site: &Site,
    ) -> Entered<'p> {
        let func = Func { def, types: Vec::new(), turbofish: site.turbofish.clone() };
        self.enter(&func, Some(receiver), args, site.whole.span)
    }

    /// The functions that a trait's method can be, where the receiver is known by its trait only.
    pub(super) fn implementations(&self, method: DefId, ty: &Ty) -> Vec<(DefId, Ty)> {
        let info = self.program.def(method);
        let Some(trait_) = info.parent.filter(|&parent| self.program.def(parent).kind == DefKind::Trait)
        else {
            return Vec::new();
        };
        if !matches!(ty.peel(), Ty::Dyn(_) | Ty::Impl(_) | Ty::Param(_)) {
            return Vec::new();
        }
        let impls = self.program.impls_of_trait(trait_).iter().map(|&id| self.program.impl_info(id));
        impls
            .map(|implementation| {
                let own = implementation.items.iter().find(|&&item| self.program.def(item).name == info.name);
                (own.copied().unwrap_or(method), implementation.self_ty.peel().clone())
            })
            .collect()
    }

    /// A method that a trait of the program gives to a type that is not the program's, or to every type.
    fn extension_call(
        &mut self,
        receiver: &Value<'p>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Option<Entered<'p>> {
        let ty = match receiver {
            Value::Methods(_) => Ty::external("axum::routing::MethodRouter"),
            other => other.ty(),
        };
        if matches!(receiver, Value::Router(_)) && super::routers::is_method(name) {
            return None;
        }
        let found = self.extension(&ty, name)?;
        Some(self.enter_method(found, receiver.clone(), args, site))
    }

    pub(super) fn extension(&self, ty: &Ty, name: &str) -> Option<DefId> {
        self.knowledge.extensions.find(self.program, ty, name)
    }

    /// A method of a value that is not followed: a server, a wrapper around a router, or nothing that matters here.
    fn opaque_method(
        &mut self,
        receiver: &Value<'p>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Value<'p> {
        if let Some(chain) = Self::assumed_router(receiver, name, args, site) {
            return self.router_method(chain, name, args, site);
        }
        if let Some(router) = args.iter().find_map(Value::router).cloned() {
            if axum::is_serving(name) {
                let lambda =
                    matches!(receiver.ty(), Ty::External(path, _) if axum::is_lambda_runtime(path.krate()));
                self.serve(router, if lambda { ServedBy::Lambda } else { ServedBy::Http }, site);
                return Value::unknown();
            }
            if matches!(name, "layer" | "service") {
                return self.wrapped(receiver, router, site);
            }
            return Value::Router(router);
        }
        if let Some(value) = self.router_of_callbacks(args, site) {
            return value;
        }
        // Pages of documentation of `aide`: `Scalar::new("/openapi.json").axum_route()`.
        if let ("axum_route", [], Ty::External(path, _)) = (name, args, receiver.ty())
            && path.krate() == "aide"
        {
            let page = Value::External(Rc::new((path.clone(), Vec::new())));
            return self.answers_get(page, site);
        }
        // A condition that is not known: a layer that may be there.
        if let ("then_some", Some(value @ Value::Layers(_))) = (name, args.first()) {
            return value.clone();
        }
        match receiver {
            // Builders give themselves; so do clones and references.
            Value::Opaque(opaque) if matches!(opaque.ty, Ty::External(..) | Ty::CallResult { .. }) => {
                receiver.clone()
            }
            _ if is_transparent(name) => receiver.clone(),
            Value::Opaque(opaque) => {
                let ty = match opaque.ty.peel() {
                    Ty::Unknown => Ty::Unknown,
                    ty => Ty::MethodResult { receiver: Arc::new(ty.clone()), method: name.into() },
                };
                Value::typed(ty)
            }
            _ => Value::unknown(),
        }
    }

    /// A value that can only be a router by what is called on it, though where it comes from is not known.
    fn assumed_router(
        receiver: &Value<'p>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Option<Chain<'p>> {
        let Value::Opaque(opaque) = receiver else { return None };
        let by_type = axum::is_router(&axum::inner_type(&opaque.ty)) && super::routers::is_method(name);
        let by_call = match name {
            "route" => matches!(args, [_, Value::Methods(_)]),
            "nest" | "nest_service" | "merge" => args.iter().any(|arg| arg.router().is_some()),
            _ => false,
        };
        if !by_type && !by_call {
            return None;
        }
        let start = site.whole.span.start;
        let origin = crate::span::Location {
            source: site.whole.source,
            span: crate::span::Span::new(start, site.call.span.start.max(start)),
        };
        let finding = Diagnostic::new(
            Code::ROUTER_UNKNOWN,
            "a router that is not made here: what it already holds is not known",
        )
        .at(origin)
        .help("Routes added to it here are listed; those it came with are not.");
        Some(Chain::origin(origin, None).then(Step::Finding(finding)))
    }

    /// A layer around the whole router: it runs before routing.
    pub(super) fn wrapped(&mut self, layer: &Value<'p>, router: Chain<'p>, site: &Site) -> Value<'p> {
        let layers = self.layers_of(layer, site.whole);
        Value::Router(router.then(Step::Wrapped { layers, at: site.whole }))
    }

    fn absent_method(
        &mut self,
        receiver: &Value<'p>,
        name: &str,
        args: &[Value<'p>],
        site: &Site,
    ) -> Value<'p> {
        match (name, args) {
            ("unwrap_or" | "or", [other]) | ("map_or", [other, _]) => other.clone(),
            ("unwrap_or_else" | "or_else" | "get_or_insert_with", [callback])
            | ("map_or_else", [callback, _]) => self.apply(callback, vec![Value::unknown()], site).value,
            ("unwrap" | "expect", _) => Value::unknown(),
            ("unwrap_or_default", _) => {
                let place = self.place();
                let ty =
                    self.program.body(place.def).map_or(Ty::Unknown, |body| body.ty(site.whole.span).clone());
                match ty.substitute(&self.frame().types) {
                    Ty::Unknown | Ty::Param(_) | Ty::Assoc(..) => Self::untold_default(),
                    ty => self.default_of(&ty, site.whole),
                }
            }
            ("ok_or" | "ok_or_else" | "context" | "with_context" | "ok", _) => Value::Err,
            ("is_some" | "is_ok", _) => Value::Bool(false),
            ("is_none" | "is_err", _) => Value::Bool(true),
            _ => receiver.clone(),
        }
    }
}

/// Whether an expression is `Err(..)`.
fn is_err_call(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call { callee, .. } => {
            matches!(&callee.kind, ExprKind::Path(path) if path.last().ident.name == "Err")
        }
        _ => false,
    }
}

/// The receiver as the type that an impl is for.
fn retyped<'p>(receiver: &Value<'p>, ty: &Ty) -> Value<'p> {
    match receiver {
        Value::Opaque(_) => Value::typed(ty.clone()),
        other => other.clone(),
    }
}

/// Methods that give the receiver itself, or what is inside it, as far as routing cares.
pub(super) fn is_transparent(name: &str) -> bool {
    matches!(
        name,
        "clone"
            | "cloned"
            | "copied"
            | "as_ref"
            | "as_mut"
            | "as_deref"
            | "as_deref_mut"
            | "borrow"
            | "borrow_mut"
            | "to_owned"
            | "into"
            | "try_into"
            | "take"
            | "unwrap"
            | "expect"
            | "ok"
            | "unwrap_or"
            | "unwrap_or_default"
            | "unwrap_or_else"
            | "ok_or"
            | "ok_or_else"
            | "or"
            | "or_else"
            | "context"
            | "with_context"
            | "wrap_err"
            | "wrap_err_with"
            | "map_err"
            | "inspect"
            | "inspect_err"
            | "into_inner"
            | "into_iter"
            | "iter"
            | "by_ref"
            | "get"
            | "lock"
            | "read"
            | "write"
            | "boxed"
            | "boxed_clone"
            | "into_boxed"
            | "instrument"
            | "in_current_span"
    )
}
