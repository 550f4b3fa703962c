//! Calls: functions, constructors and closures of the program are entered with their arguments.

use std::rc::Rc;

use super::places::is_place;
use super::{Frame, Interp, MAX_ASIDE, MAX_FRAMES, MAX_STEPS, join};
use crate::ordered::OrderedMap;
use crate::resolve::{DefId, DefKind, Res, Ty};
use crate::routes::axum;
use crate::routes::value::{Closure, Func, Opaque, Place, StructValue, Value};
use crate::span::{Location, Span};
use crate::syntax::Name;
use crate::syntax::ast::{Expr, ExprKind, GenericParamKind, TypeKind};
use crate::syntax::visit;

/// Where a call stands in the text.
#[derive(Debug, Clone)]
pub(super) struct Site {
    /// The whole call expression.
    pub(super) whole: Location,
    /// From the dot to the closing parenthesis; the whole call where it has no dot.
    pub(super) call: Location,
    /// Each argument.
    pub(super) args: Vec<Location>,
    pub(super) turbofish: Vec<Ty>,
}

impl Site {
    /// Place of an argument; the call where it was not written there.
    pub(super) fn arg(&self, at: usize) -> Location {
        self.args.get(at).copied().unwrap_or(self.whole)
    }
}

/// What a function of the program leaves.
pub(super) struct Entered<'p> {
    pub(super) value: Value<'p>,
    /// `self` afterwards, where it is taken by reference.
    pub(super) receiver: Option<Value<'p>>,
    /// Each argument afterwards, where it is taken by reference.
    pub(super) args: Vec<Option<Value<'p>>>,
}

impl<'p> Entered<'p> {
    pub(super) fn value(value: Value<'p>) -> Self {
        Self { value, receiver: None, args: Vec::new() }
    }
}

impl<'p> Interp<'p> {
    pub(super) fn eval_call(&mut self, expr: &'p Expr, callee: &'p Expr, args: &'p [Expr]) -> Value<'p> {
        let callee = self.eval(callee);
        let Some(values) = self.eval_all(args) else { return Value::Never };
        let whole = self.at(expr.span);
        let site = Site {
            whole,
            call: Location { source: whole.source, span: Span::empty(whole.span.end) },
            args: args.iter().map(|arg| self.at(arg.span)).collect(),
            turbofish: Vec::new(),
        };
        let entered = self.apply(&callee, values, &site);
        if entered.args.is_empty() {
            self.forget(args);
        }
        self.write_back(args, entered.args);
        entered.value
    }

    /// Stores what a callee left behind references to places of ours.
    pub(super) fn write_back(&mut self, args: &'p [Expr], after: Vec<Option<Value<'p>>>) {
        for (arg, value) in args.iter().zip(after) {
            if let Some(value) = value
                && is_place(arg)
            {
                self.assign(arg, value);
            }
        }
    }

    /// What code that is not followed may have changed behind `&mut` is not known any more.
    pub(super) fn forget(&mut self, args: &'p [Expr]) {
        for arg in args {
            let is_forgotten = is_place(arg)
                && self.program.tree.sources.text(self.at(arg.span)).starts_with("&mut ")
                && matches!(
                    self.eval(arg),
                    Value::None | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Unit
                );
            if is_forgotten {
                self.assign(arg, Value::unknown());
            }
        }
    }

    /// Calls a value.
    pub(super) fn apply(&mut self, callee: &Value<'p>, args: Vec<Value<'p>>, site: &Site) -> Entered<'p> {
        match callee {
            Value::Never => Entered::value(Value::Never),
            Value::Func(func) => self.call_func(func, args, site),
            Value::Closure(closure) => Entered::value(self.run_closure(closure, args)),
            Value::External(external) => {
                Entered::value(self.call_external(&external.0, &external.1, args, site))
            }
            _ => Entered::value(Value::unknown()),
        }
    }

    fn call_func(&mut self, func: &Rc<Func>, mut args: Vec<Value<'p>>, site: &Site) -> Entered<'p> {
        let Some(ast) = self.program.func(func.def) else {
            return Entered::value(self.construct(func.def, args));
        };
        if ast.sig().receiver.is_none() || args.is_empty() {
            let own = func.types.iter().find(|(name, _)| name == "Self");
            let candidates = own.map_or_else(Vec::new, |(_, ty)| self.implementations(func.def, ty));
            if candidates.is_empty() {
                return self.enter(func, None, &args, site.whole.span);
            }
            return self.enter_each(&candidates, site, |interp, def, ty| {
                let func = Func { def, types: Self::types_for(ty), turbofish: func.turbofish.clone() };
                interp.enter(&func, None, &args, site.whole.span)
            });
        }
        let receiver = args.remove(0);
        let target = self.dispatched(func.def, &receiver);
        let func = Func { def: target, types: func.types.clone(), turbofish: func.turbofish.clone() };
        let mut entered = self.enter(&func, Some(receiver), &args, site.whole.span);
        entered.args.insert(0, entered.receiver.take());
        entered
    }

    /// The impl's function where a trait's function is called for a known type.
    fn dispatched(&self, def: DefId, receiver: &Value<'p>) -> DefId {
        let info = self.program.def(def);
        let in_trait = info.parent.is_some_and(|parent| self.program.def(parent).kind == DefKind::Trait);
        if !in_trait {
            return def;
        }
        match self.program.assoc_of(receiver.ty().peel(), &info.name) {
            Some(Res::Def(found)) => found,
            _ => def,
        }
    }

    /// A tuple struct or tuple variant.
    fn construct(&self, def: DefId, args: Vec<Value<'p>>) -> Value<'p> {
        let fields: OrderedMap<Name, Value<'p>> =
            args.into_iter().enumerate().map(|(at, value)| (Name::new(at.to_string()), value)).collect();
        let ty = self.type_with(def, &self.type_of_constructor(def), &fields);
        Value::Struct(Rc::new(StructValue { def, ty, fields }))
    }

    /// Evaluates a function of the program with its arguments.
    pub(super) fn enter(
        &mut self,
        func: &Func,
        receiver: Option<Value<'p>>,
        args: &[Value<'p>],
        span: Span,
    ) -> Entered<'p> {
        let program = self.program;
        let def = program.def(func.def);
        let Some(ast) = program.func(func.def) else { return Entered::value(Value::unknown()) };
        let around = program.enclosing_type(func.def).and_then(|around| program.generics(around));
        let is_generic = [Some(&ast.sig().generics), around]
            .into_iter()
            .flatten()
            .any(|generics| generics.params.iter().any(|param| param.kind == GenericParamKind::Type))
            || func.types.iter().any(|(name, _)| name != "Self");
        let is_plain = !is_generic
            && receiver.is_none()
            && args.iter().all(Value::is_plain)
            && def.parent.is_none_or(|parent| program.def(parent).kind != DefKind::Trait);
        if is_plain && let Some(known) = self.known.get(&func.def) {
            return Entered::value(known.clone());
        }
        let place = Place { def: func.def, module: def.module, source: def.location.source };
        let known = func.types.clone();
        let types = self.types_of_call(func.def, ast.sig(), known, &func.turbofish, receiver.as_ref(), args);
        let repeats = self.frames.iter().filter(|frame| frame.place.def == func.def).count();
        let too_deep = self.frames.len() >= MAX_FRAMES || repeats >= 3;
        let Some(body) = ast.block() else {
            let ret = ast.sig().ret.as_ref();
            return Entered::value(self.in_frame(place, types, Vec::new(), None, |interp| {
                Value::typed(ret.map_or(Ty::Unknown, |ret| axum::inner_type(&interp.lower(ret))))
            }));
        };
        let by_ref = ast.sig().receiver.as_ref().is_some_and(|receiver| receiver.by_ref);
        let has_receiver = receiver.is_some();
        let limit = self.limit;
        self.limit = if self.knowledge.relevant.contains(&func.def) {
            MAX_STEPS
        } else {
            limit.min(self.steps + MAX_ASIDE)
        };
        let call = (!self.frames.is_empty()).then(|| self.at(span));
        let (value, receiver, after) = self.in_frame(place, types, Vec::new(), call, |interp| {
            let ret = ast.sig().ret.as_ref().map(|ret| interp.lower(ret));
            if too_deep {
                let ty = ret.map_or(Ty::Unknown, |ret| axum::inner_type(&ret));
                return (Value::typed(ty), None, Vec::new());
            }
            if let Some(receiver) = receiver {
                interp.bind(Name::new_static("self"), receiver);
            }
            let mut by_reference: Vec<Option<Name>> = Vec::new();
            for (at, param) in ast.sig().params.iter().enumerate() {
                let ty = interp.lower(&param.ty);
                let value = args.get(at).cloned().unwrap_or_else(Value::unknown);
                let value = interp.coerce(value, &ty, param.span);
                interp.bind_pat(&param.pat, &value);
                let name = match &param.pat.kind {
                    crate::syntax::ast::PatKind::Ident { ident, .. }
                        if matches!(param.ty.kind, TypeKind::Ref(_)) =>
                    {
                        Some(ident.name.clone())
                    }
                    _ => None,
                };
                by_reference.push(name);
            }
            let params = interp.frame().locals.len();
            let tail = interp.eval_stmts(&body.stmts);
            let frame = interp.frame_mut();
            frame.locals.truncate(params);
            let mut branches = std::mem::take(&mut frame.returns);
            let condition = (!frame.conditions.is_empty()).then(|| frame.conditions.join(" && "));
            branches.push((condition, tail));
            let mut value = join::values(branches, Location { source: place.source, span: body.span });
            if let Some(ret) = ret {
                let is_diverging =
                    ast.sig().ret.as_ref().is_some_and(|ret| matches!(ret.kind, TypeKind::Never));
                if value.is_never() && !is_diverging {
                    // What is known of the arguments says that it fails; then something is not known.
                    value = Value::unknown();
                }
                value = interp.coerce(value, &ret, span);
            } else if value.is_never() {
                value = Value::Unit;
            }
            let receiver = (has_receiver && by_ref).then(|| interp.local("self").cloned()).flatten();
            let after = by_reference
                .into_iter()
                .map(|name| name.and_then(|name| interp.local(&name).cloned()))
                .collect();
            (value, receiver, after)
        });
        let is_cut = self.steps >= self.limit;
        self.limit = limit;
        if is_cut {
            let ty = ast.sig().ret.as_ref().map(|_| axum::return_type(program, func.def)).unwrap_or_default();
            return Entered::value(Value::typed(ty.map_or(Ty::Unknown, |ty| axum::inner_type(&ty))));
        }
        if is_plain && !too_deep {
            self.known.insert(func.def, value.clone());
        }
        Entered { value, receiver, args: after }
    }

    /// Runs something in a frame of its own.
    pub(super) fn in_frame<R>(
        &mut self,
        place: Place,
        types: Vec<(Name, Ty)>,
        locals: Vec<(Name, Value<'p>)>,
        call: Option<Location>,
        run: impl FnOnce(&mut Self) -> R,
    ) -> R {
        self.next_frame += 1;
        let id = self.next_frame;
        self.frames.push(Frame {
            id,
            place,
            call,
            types,
            locals,
            returns: Vec::new(),
            conditions: Vec::new(),
            loops: Vec::new(),
        });
        let result = run(self);
        self.frames.pop();
        result
    }

    /// Runs a closure's body: in the frame that made it where that still runs, so that what it assigns is seen there.
    pub(super) fn run_closure(&mut self, closure: &Rc<Closure<'p>>, args: Vec<Value<'p>>) -> Value<'p> {
        if self.frames.len() >= MAX_FRAMES {
            return Value::unknown();
        }
        let seen = closure.locals.len();
        let frame = self.frame();
        let in_place = frame.id == closure.frame
            && frame.locals.len() >= seen
            && frame.locals.iter().zip(&closure.locals).all(|((a, _), (b, _))| a == b);
        if !in_place {
            let (types, locals) = (closure.types.clone(), closure.locals.clone());
            return self
                .in_frame(closure.place, types, locals, None, |interp| interp.closure_body(closure, args));
        }
        let frame = self.frame_mut();
        let hidden = frame.locals.split_off(seen);
        let returns = std::mem::take(&mut frame.returns);
        let conditions = std::mem::take(&mut frame.conditions);
        let value = self.closure_body(closure, args);
        let frame = self.frame_mut();
        frame.returns = returns;
        frame.conditions = conditions;
        frame.locals.truncate(seen);
        frame.locals.extend(hidden);
        value
    }

    fn closure_body(&mut self, closure: &Closure<'p>, args: Vec<Value<'p>>) -> Value<'p> {
        let ast = closure.ast;
        let mut args = args.into_iter();
        for pat in &ast.params {
            let mut value = args.next().unwrap_or_else(Value::unknown);
            if let crate::syntax::ast::PatKind::Typed { ty, .. } = &pat.kind {
                let ty = self.lower(ty);
                value = self.coerce(value, &ty, pat.span);
            }
            self.bind_pat(pat, &value);
        }
        let value = self.eval(&ast.body);
        let at = self.at(ast.body.span);
        let frame = self.frame_mut();
        let mut branches = std::mem::take(&mut frame.returns);
        branches.push((None, value));
        let joined = join::values(branches, at);
        if joined.is_never() { Value::unknown() } else { joined }
    }

    /// Gives an unknown value the type that its place wants, and `Default::default()` the value.
    pub(super) fn coerce(&mut self, value: Value<'p>, expected: &Ty, span: Span) -> Value<'p> {
        let Value::Opaque(opaque) = &value else { return value };
        let inner = axum::inner_type(expected);
        let is_default = opaque.head.as_ref().is_some_and(|(path, _)| path.is("std", "default"));
        // `Some(Default::default())` looks the same: whether an option holds something is not told.
        let is_option = matches!(expected.peel(), Ty::External(path, _) if path.last() == "Option");
        if is_default && (axum::is_router(&inner) || !is_option) {
            let at = self.at(span);
            return self.default_of(&inner, at);
        }
        let is_vague = matches!(opaque.ty, Ty::Unknown | Ty::CallResult { .. } | Ty::MethodResult { .. });
        let says_more = match &inner {
            Ty::Dyn(bounds) | Ty::Impl(bounds) => bounds.iter().any(|bound| bound.trait_.def().is_some()),
            Ty::Unknown | Ty::Param(_) | Ty::Assoc(..) => false,
            _ => true,
        };
        if is_default || opaque.ty.is_unknown() || (is_vague && says_more) {
            return Value::Opaque(Rc::new(Opaque { ty: inner, head: None }));
        }
        value
    }

    /// The state type of a router type as text.
    pub(super) fn state_text(&self, router: &Ty) -> Option<String> {
        match router.peel() {
            Ty::External(_, args) => args
                .first()
                .filter(|ty| !matches!(ty, Ty::Unknown | Ty::Param(_)))
                .map(|ty| crate::resolve::types::TyDisplay(self.program, ty).to_string())
                .filter(|text| text != "()"),
            _ => None,
        }
    }

    /// The result of the arguments that are functions or closures making a router, where another crate is given them.
    pub(super) fn router_of_callbacks(&mut self, args: &[Value<'p>], site: &Site) -> Option<Value<'p>> {
        for arg in args {
            let value = match arg {
                Value::Closure(closure) => self.run_closure(closure, Vec::new()),
                Value::Func(func) if self.returns_router(func.def) => self.apply(arg, Vec::new(), site).value,
                _ => continue,
            };
            if value.router().is_some() || matches!(value, Value::Layers(_)) {
                return Some(value);
            }
        }
        None
    }

    /// What a closure assigns to is not known from where the closure is made: it may run or not.
    pub(super) fn may_assign(&mut self, closure: &'p crate::syntax::ast::Closure) {
        let mut names = Vec::new();
        visit::exprs(&closure.body, &mut |expr| {
            if let ExprKind::Assign { left, .. } = &expr.kind
                && let ExprKind::Path(path) = &left.kind
            {
                names.extend(path.as_ident().cloned());
            }
        });
        for name in names {
            if matches!(self.local(&name), Some(Value::Bool(_) | Value::None | Value::Text(_))) {
                self.set_local(&name, Value::unknown());
            }
        }
    }

    fn returns_router(&self, def: DefId) -> bool {
        axum::return_type(self.program, def).is_some_and(|ty| axum::is_router(&axum::inner_type(&ty)))
    }
}
