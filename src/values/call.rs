//! Calls of the program's own functions and closures: which functions a call enters in a context, what they return, what their
//! parameters are.

use std::rc::Rc;

use super::constructions::{declaring_trait, is_concrete, may_be, unwrapped};
use super::eval::Evaluator;
use super::flow;
use super::frame::{Asked, Frame, FrameId, address};
use super::index::made_by;
use super::memo::Task;
use super::value::{Distinct, Thunk, Value, Values};
use crate::certainty::Certainty;
use crate::resolve::{CallSite, Callee};
use crate::resolve::{DefId, Namespace, Res, Ty};
use crate::syntax::Name;
use crate::syntax::ast::{Block, Expr, ExprKind, GenericParamKind, Type};
use crate::syntax::visit;

/// Longer call paths are not followed.
const MAX_CALL_DEPTH: u32 = 32;

/// Methods that give a closure each element, or the content of an `Option` or `Result`.
const EACH: &[&str] = &[
    "map",
    "for_each",
    "filter_map",
    "flat_map",
    "and_then",
    "then",
    "inspect",
    "any",
    "all",
    "find",
    "find_map",
    "filter",
    "map_or",
    "map_or_else",
    "is_some_and",
    "is_ok_and",
    "try_for_each",
    "retain",
    "position",
    "partition",
];

/// A function that a call can enter.
struct Target {
    def: DefId,
    self_ty: Option<Ty>,
    type_args: Vec<(Name, Ty)>,
}

impl<'p> Evaluator<'p> {
    /// The contexts that a call, or a function named as a value, enters.
    pub fn targets(&mut self, call: Thunk<'p>) -> Vec<FrameId> {
        let Thunk { expr, frame } = call;
        let at = self.frames.get(frame);
        let (owner, depth, way) = (at.owner, at.depth, at.certainty);
        let Some(site) = self.program.body(owner).and_then(|body| body.call(expr.span)) else {
            return Vec::new();
        };
        if depth >= MAX_CALL_DEPTH || self.is_on_the_way(expr, frame) {
            return Vec::new();
        }
        let mut found = self.candidates(site, |ty| self.concrete(ty, frame));
        let several = found.len() > 1 || site.certainty != Certainty::Proved;
        if several {
            self.narrow(&mut found, call);
        }
        let certainty = if found.len() == 1 && several { Certainty::Proved } else { site.certainty };
        let certainty = way.max(if found.len() > 1 { Certainty::Inferred } else { certainty });
        found
            .into_iter()
            .map(|target| {
                let mut type_args = self.impl_args(target.def, target.self_ty.as_ref());
                type_args.extend(target.type_args);
                type_args.retain(|(_, ty)| !ty.is_unknown());
                type_args.extend(self.written_args(target.def, call));
                if let Some(self_ty) = &target.self_ty {
                    type_args.push((Name::new("Self"), self_ty.clone()));
                }
                self.frames.add(Frame {
                    owner: target.def,
                    caller: Some(call),
                    self_ty: target.self_ty,
                    type_args,
                    certainty,
                    depth: depth + 1,
                    closures: Rc::default(),
                    around: None,
                    given: None,
                })
            })
            .collect()
    }

    /// Whether the way to a context is so long that its calls are not followed.
    pub fn is_deep(&self, frame: FrameId) -> bool {
        self.frames.get(frame).depth >= MAX_CALL_DEPTH
    }

    /// The functions of a call, with what its types are in a context.
    fn candidates(&self, site: &CallSite, concrete: impl Fn(&Ty) -> Ty) -> Vec<Target> {
        let mut found: Vec<Target> = Vec::new();
        for callee in site.callees.iter() {
            if let Callee::Def { def, self_ty, type_args } = callee
                && self.program.func(*def).is_some()
            {
                let self_ty = self_ty.as_ref().map(&concrete);
                let type_args = type_args.iter().map(|(name, ty)| (name.clone(), concrete(ty))).collect();
                self.expand(Target { def: *def, self_ty, type_args }, &mut found);
            }
        }
        found
    }

    /// Every function that a call, or a function named as a value, can enter in some context.
    pub fn callees(&self, owner: DefId, expr: &Expr) -> Vec<DefId> {
        let site = self.program.body(owner).and_then(|body| body.call(expr.span));
        let found = site.map(|site| self.candidates(site, Ty::clone)).unwrap_or_default();
        found.into_iter().map(|target| target.def).collect()
    }

    /// Whether a context gives to everything that another of the same function was asked the same answer.
    pub fn answers_like(&mut self, context: FrameId, known: FrameId) -> bool {
        let mut at = 0;
        // Comparing may ask for more.
        while let Some(&what) = self.frames.asked(known).get(at) {
            let same = match what {
                Asked::Receiver => self.given(None, context) == self.given(None, known),
                Asked::Param(index) => self.given(Some(index), context) == self.given(Some(index), known),
                Asked::Caller => self.is_called_like(context, known),
            };
            if !same {
                return false;
            }
            at += 1;
        }
        true
    }

    /// The argument by which a context was entered.
    fn given(&mut self, index: Option<usize>, frame: FrameId) -> Option<Values<'p>> {
        let at = self.frames.get(frame);
        let takes_self = self.program.func(at.owner).is_some_and(|func| func.sig().receiver.is_some());
        let call = at.caller?;
        self.frames.ask(frame, index.map_or(Asked::Receiver, Asked::Param));
        let expr = argument_of(call.expr, takes_self, index)?;
        Some(self.eval(Thunk { expr, frame: call.frame }))
    }

    /// The context from which one was entered.
    pub fn caller(&mut self, frame: FrameId) -> Option<FrameId> {
        self.frames.ask(frame, Asked::Caller);
        self.frames.get(frame).caller.map(|call| call.frame)
    }

    /// Whether two contexts were entered from the same functions, as far as the second was asked.
    fn is_called_like(&mut self, context: FrameId, known: FrameId) -> bool {
        let (Some(one), Some(other)) = (self.caller(context), self.caller(known)) else {
            return self.frames.get(context).caller.is_none() && self.frames.get(known).caller.is_none();
        };
        one == other
            || (self.owner(one) == self.owner(other)
                && (!self.frames.asked(other).contains(&Asked::Caller) || self.is_called_like(one, other)))
    }

    /// Type arguments of a function named as a value: `get(list::<User>)`.
    fn written_args(&self, def: DefId, at: Thunk<'p>) -> Vec<(Name, Ty)> {
        let ExprKind::Path(path) = &at.expr.kind else { return Vec::new() };
        let params = self.program.generics(def).into_iter().flat_map(|generics| &generics.params);
        let params = params.filter(|param| param.kind == GenericParamKind::Type);
        let args = path.last().args().iter().map(|ty| self.lower(ty, at.frame));
        params.map(|param| param.name.clone()).zip(args).collect()
    }

    /// Whether the call already stands on the way to its own context: recursion.
    fn is_on_the_way(&self, expr: &Expr, frame: FrameId) -> bool {
        let mut at = self.frames.get(frame).caller;
        while let Some(call) = at {
            if std::ptr::eq(call.expr, expr) {
                return true;
            }
            at = self.frames.get(call.frame).caller;
        }
        false
    }

    /// Replaces a trait's declaration by the impls' functions.
    fn expand(&self, target: Target, found: &mut Vec<Target>) {
        let mut push = |target: Target| {
            if !found.iter().any(|known| known.def == target.def && known.self_ty == target.self_ty) {
                found.push(target);
            }
        };
        let Some(trait_) = declaring_trait(self.program, target.def) else { return push(target) };
        let name = &self.program.def(target.def).name;
        let has_body = self.program.func(target.def).is_some_and(|func| func.body.is_some());
        let concrete = target.self_ty.as_ref().filter(|ty| ty.peel().def().is_some());
        let mut any = false;
        for &id in self.program.impls_of_trait(trait_) {
            let info = self.program.impl_info(id);
            if concrete.is_some_and(|ty| !may_be(&info.self_ty, ty)) {
                continue;
            }
            let own = info.items.iter().copied().find(|&item| self.program.def(item).name == *name);
            let self_ty = concrete.cloned().or_else(|| Some(info.self_ty.clone()));
            match own {
                Some(def) => push(Target { def, self_ty, type_args: target.type_args.clone() }),
                None if has_body => {
                    push(Target { def: target.def, self_ty, type_args: target.type_args.clone() });
                }
                None => continue,
            }
            any = true;
        }
        if !any && has_body {
            push(target);
        }
    }

    /// Leaves only the impls of types that the receiver really has.
    fn narrow(&mut self, found: &mut Vec<Target>, call: Thunk<'p>) {
        let Some(types) = self.called_on(call) else { return };
        let fits = |target: &Target| {
            let own =
                target.self_ty.as_ref().filter(|ty| is_concrete(ty)).or_else(|| self.impl_self(target.def));
            own.is_none_or(|own| types.iter().any(|ty| may_be(own, ty)))
        };
        if !types.is_empty() && found.iter().any(fits) {
            found.retain(fits);
        }
    }

    /// The types that a call is on in its context: those of the receiver's values, or the one that the path begins with. `None` where they are
    /// not known.
    fn called_on(&mut self, call: Thunk<'p>) -> Option<Vec<Ty>> {
        let of_path = |evaluator: &Self, expr: &Expr| match &expr.kind {
            ExprKind::Path(path) => {
                let base = evaluator.base(path, call.frame)?.peel().clone();
                base.def().is_some().then(|| vec![base])
            }
            _ => None,
        };
        let receiver = match &call.expr.kind {
            ExprKind::MethodCall(method) => &method.receiver,
            ExprKind::Call { callee, .. } => return of_path(self, callee),
            _ => return of_path(self, call.expr),
        };
        let values = self.eval(Thunk { expr: receiver, ..call });
        let of_value = |value: &Value<'p>| match value {
            Value::Struct { def, .. } => Some(Ty::Def(self.type_of(*def), Vec::new())),
            Value::Of(ty) if ty.peel().def().is_some() => Some(ty.peel().clone()),
            _ => None,
        };
        values.iter().map(of_value).collect()
    }

    /// What a call can give.
    pub(super) fn call(&mut self, callee: &'p Expr, args: &'p [Expr], thunk: Thunk<'p>) -> Vec<Value<'p>> {
        let frame = thunk.frame;
        let targets = self.targets(thunk);
        if !targets.is_empty() {
            return self.results(&targets);
        }
        let called = |evaluator: &mut Self| {
            let given: Vec<Values<'p>> =
                args.iter().map(|expr| evaluator.eval(Thunk { expr, frame })).collect();
            let functions = evaluator.eval(Thunk { expr: callee, frame });
            evaluator.apply(&functions, &given)
        };
        let ExprKind::Path(path) = &callee.kind else { return called(self) };
        // A local comes before what a glob import of another crate may have.
        if path.as_ident().is_some_and(|name| self.is_local(name, callee.span, frame)) {
            return called(self);
        }
        if let Some(def) = made_by(self.program, self.owner(frame), path, Namespace::Values) {
            return vec![Value::made(def, thunk)];
        }
        let site = self.program.body(self.owner(frame)).and_then(|body| body.call(thunk.expr.span));
        let called_elsewhere = || {
            site?.callees.iter().find_map(|callee| match callee {
                Callee::External(path) => Some(path.clone()),
                _ => None,
            })
        };
        let external = match self.resolve(path, frame) {
            Some(Res::External(external)) => Some(external),
            _ => called_elsewhere(),
        };
        if let Some(external) = external {
            return match self.derived_call(&external, thunk) {
                Some(value) => vec![value],
                None => self.external_call(&external, args, thunk),
            };
        }
        called(self)
    }

    /// What a function returns.
    pub fn returned(&mut self, frame: FrameId) -> Vec<Value<'p>> {
        self.results(&[frame])
    }

    /// What functions return that were entered.
    pub(super) fn results(&mut self, targets: &[FrameId]) -> Vec<Value<'p>> {
        let mut values = Vec::new();
        for &frame in targets {
            let Some(func) = self.program.func(self.owner(frame)) else { continue };
            let Some(body) = func.block() else {
                values
                    .push(func.sig().ret.as_ref().map_or(Value::Unknown, |ret| self.of_written(ret, frame)));
                continue;
            };
            let mut found = Vec::new();
            if !body.stmts.is_empty() {
                found = self.block(body, frame);
            }
            let mut returned = Vec::new();
            returns(body, &mut returned);
            found.extend(self.eval_all(returned.into_iter().map(|expr| Thunk { expr, frame })));
            if let Some(ret) = &func.sig().ret {
                let ret = see_through(&self.lower(ret, frame));
                found = self.coerce(found, &ret);
            }
            values.extend(found);
        }
        values
    }

    /// What closures and function values give for arguments.
    pub(super) fn apply(&mut self, functions: &[Value<'p>], args: &[Values<'p>]) -> Vec<Value<'p>> {
        let mut values = Vec::new();
        for function in functions {
            match function {
                Value::Closure(thunk) => {
                    let ExprKind::Closure(closure) = &thunk.expr.kind else { continue };
                    let frame = self.frames.get(thunk.frame);
                    if frame.closures.len() > 8 {
                        values.push(Value::Unknown);
                        continue;
                    }
                    let mut closures = (*frame.closures).clone();
                    closures.push((address(thunk.expr), args.to_vec()));
                    let around = frame.around.or(Some(thunk.frame));
                    let frame = Frame { closures: Rc::new(closures), around, ..frame.clone() };
                    let frame = self.frames.add(frame);
                    values.extend(self.eval(Thunk { expr: &closure.body, frame }).iter().cloned());
                }
                Value::Func(def) => {
                    let frame = self.root(*def, None);
                    values.extend(self.results(&[frame]));
                }
                _ => values.push(Value::Unknown),
            }
        }
        values
    }

    /// A parameter: the argument of the call by which the function was entered, else of every call.
    pub(super) fn param(
        &mut self,
        index: usize,
        written: Option<&'p Type>,
        frame: FrameId,
    ) -> Vec<Value<'p>> {
        let declared = written.map_or(Ty::Unknown, |ty| self.lower(ty, frame));
        let values = self.argument(Some(index), &declared, frame);
        self.coerce(values, &declared)
    }

    /// `self`.
    pub(super) fn receiver(&mut self, frame: FrameId) -> Vec<Value<'p>> {
        let at = self.frames.get(frame);
        let own = at.self_ty.clone().filter(is_concrete).or_else(|| self.impl_self(at.owner).cloned());
        let declared = own.unwrap_or(Ty::Unknown);
        let declared = self.concrete(&declared, frame);
        let values = self.argument(None, &declared, frame);
        self.coerce(values, &declared)
    }

    /// What a context was entered with: the argument of its call, else of every call that there is.
    fn argument(&mut self, index: Option<usize>, declared: &Ty, frame: FrameId) -> Vec<Value<'p>> {
        self.frames.ask(frame, index.map_or(Asked::Receiver, Asked::Param));
        let at = self.frames.get(frame);
        if let Some((of, values)) = &at.given
            && *of == index
        {
            return values.to_vec();
        }
        let (owner, caller) = (at.owner, at.caller);
        let takes_self = self.program.func(owner).is_some_and(|func| func.sig().receiver.is_some());
        let by_type = || if declared.is_unknown() { Value::Unknown } else { Value::Of(declared.clone()) };
        if let Some(call) = caller {
            return match argument_of(call.expr, takes_self, index) {
                Some(expr) => self.eval(Thunk { expr, frame: call.frame }).to_vec(),
                None => vec![by_type()],
            };
        }
        let sites = self.index.clone();
        let self_ty = at.self_ty.clone();
        let is_value = self.index.is_value(owner);
        let values = self.solve(Task::Argument(frame, index), |evaluator| {
            let mut values = Distinct::default();
            for site in sites.callers(owner) {
                if site.ty.as_ref().zip(self_ty.as_ref()).is_some_and(|(a, b)| !may_be(a, b)) {
                    continue;
                }
                if let Some(expr) = argument_of(site.expr, takes_self, index) {
                    let frame = evaluator.root(site.owner, None);
                    values.extend(evaluator.eval(Thunk { expr, frame }).iter().cloned());
                }
                if values.is_full() {
                    break;
                }
            }
            let mut values = values.all();
            if values.is_empty() || is_value {
                values.push(by_type());
            }
            values
        });
        values.to_vec()
    }

    /// A closure's parameter: what it is applied to.
    pub(super) fn closure_param(
        &mut self,
        closure: &'p Expr,
        param: usize,
        call: Option<&'p Expr>,
        frame: FrameId,
    ) -> Vec<Value<'p>> {
        let known = self.frames.get(frame).closures.clone();
        if let Some((_, args)) = known.iter().rev().find(|(at, _)| *at == address(closure)) {
            return args.get(param).map_or_else(|| vec![Value::Unknown], |values| values.to_vec());
        }
        if let Some(call) = call
            && let ExprKind::MethodCall(method) = &call.kind
            && param == 0
            && EACH.contains(&method.method.name.as_str())
        {
            let receivers = self.eval(Thunk { expr: &method.receiver, frame });
            return self.each(&receivers);
        }
        let owner = self.owner(frame);
        let body = self.program.func(owner).and_then(crate::syntax::ast::Fn::block);
        let calls = body.map(|body| flow::calls_of_closure(body, closure)).unwrap_or_default();
        let args: Vec<&'p Expr> = calls.into_iter().filter_map(|args| args.get(param)).collect();
        if args.is_empty() {
            return vec![Value::Unknown];
        }
        self.eval_all(args.into_iter().map(|expr| Thunk { expr, frame }))
    }

    /// Elements of lists, and the contents of everything else.
    pub(super) fn each(&mut self, receivers: &[Value<'p>]) -> Vec<Value<'p>> {
        let mut values = Vec::new();
        for receiver in receivers {
            let one = std::slice::from_ref(receiver);
            values.extend(match receiver {
                Value::List(_) => self.elements(one),
                _ => unwrapped(one),
            });
        }
        values
    }
}

/// The argument for a parameter, or for `self`.
pub(super) fn argument_of(call: &Expr, takes_self: bool, index: Option<usize>) -> Option<&Expr> {
    match (&call.kind, index) {
        (ExprKind::MethodCall(call), None) => Some(&call.receiver),
        (ExprKind::MethodCall(call), Some(index)) => call.args.get(index),
        (ExprKind::Call { args, .. }, None) => args.first(),
        (ExprKind::Call { args, .. }, Some(index)) => args.get(index + usize::from(takes_self)),
        _ => None,
    }
}

/// `T` of `Option<T>`, `Result<T, E>` and futures, which values see through.
fn see_through(ty: &Ty) -> Ty {
    match ty.peel() {
        Ty::External(path, args) if matches!(path.last(), "Option" | "Result") && !args.is_empty() => {
            see_through(&args[0])
        }
        Ty::Future(inner) => see_through(inner),
        other => other.clone(),
    }
}

/// Values of `return` outside of closures.
fn returns<'p>(block: &'p Block, found: &mut Vec<&'p Expr>) {
    visit::exprs_in_block_while(block, &mut |expr| {
        if let ExprKind::Return(Some(value)) = &expr.kind {
            found.push(value);
        }
        !matches!(expr.kind, ExprKind::Closure(_))
    });
}
