//! One body under inference: its locals, its bounds, its statements.

use super::index::Sig;
use super::unify::{Map, merge_into, unify_arg};
use super::{BodyTypes, CallSite, Callee, Implicit, Why};
use crate::certainty::Certainty;
use crate::resolve::evidence::Evidence;
use crate::resolve::program::{DefId, DefKind, Program};
use crate::resolve::scope::Res;
use crate::resolve::types::{Bound, Ty, TypeContext};
use crate::span::Span;
use crate::syntax::ast::{self, Block, Expr, Stmt, StmtKind};
use crate::syntax::{ItemKind, Name};

/// Where a function is called or named.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    /// The whole call, or the path of a value.
    pub(super) span: Span,
    pub(super) name: Span,
    pub(super) is_call: bool,
}

impl At {
    pub(super) fn call(span: Span, name: Span) -> Self {
        Self { span, name, is_call: true }
    }

    pub(super) fn value(span: Span) -> Self {
        Self { span, name: span, is_call: false }
    }

    pub(super) fn site(self, callees: Vec<Callee>, certainty: Certainty, evidence: Evidence) -> CallSite {
        let At { span, name, is_call } = self;
        CallSite { span, name, is_call, callees: callees.into(), certainty, evidence }
    }

    /// One callee that is sure.
    pub(super) fn to(self, callee: Callee) -> CallSite {
        self.site(vec![callee], Certainty::Proved, Evidence::Path)
    }
}

pub(super) struct Infer<'p> {
    pub(super) program: &'p Program,
    pub(super) context: TypeContext,
    /// Bounds on type parameters in scope.
    bounds: Vec<(Ty, Vec<Bound>)>,
    /// Innermost last.
    locals: Vec<(Name, Ty)>,
    /// What `return` and `?` leave: of the function, of async blocks and of closures inside.
    pub(super) rets: Vec<Option<Ty>>,
    pub(super) out: BodyTypes,
    /// Of the expression under view.
    pub(super) depth: usize,
}

/// Infers a function's body, or the initialiser of a const or static.
pub(super) fn infer(program: &Program, id: DefId) -> Option<BodyTypes> {
    let def = program.def(id);
    let context = TypeContext { module: def.module, owner: Some(id) };
    let mut typing = Infer {
        program,
        context,
        bounds: Vec::new(),
        locals: Vec::new(),
        rets: Vec::new(),
        out: BodyTypes::default(),
        depth: 0,
    };
    match &def.item.kind {
        ItemKind::Fn(func) => {
            let body = func.block()?;
            let sig = program.sig(id)?;
            typing.enter(sig, func);
            typing.collect_bounds(id);
            let ret = match &sig.ret {
                Ty::Future(inner) => (**inner).clone(),
                other => other.clone(),
            };
            typing.rets.push(Some(if func.sig().is_async { ret } else { sig.ret.clone() }));
            let expected = typing.rets.last().cloned().flatten();
            let value = typing.block(body, expected.as_ref());
            typing.out.value = Some(value);
        }
        ItemKind::Const { expr: Some(expr), .. } | ItemKind::Static { expr: Some(expr), .. } => {
            let ty = program.ty_of(id).cloned();
            let value = typing.expr(expr.get(), ty.as_ref());
            typing.out.value = Some(value);
        }
        _ => return None,
    }
    Some(typing.out)
}

impl Infer<'_> {
    fn enter(&mut self, sig: &Sig, func: &ast::Fn) {
        if let Some(receiver) = &sig.receiver {
            self.locals.push((Name::new("self"), receiver.clone()));
        }
        for (param, ty) in func.sig().params.iter().zip(&sig.params) {
            self.bind(&param.pat, ty);
        }
    }

    fn collect_bounds(&mut self, id: DefId) {
        let mut at = Some(id);
        while let Some(id) = at {
            if let Some(sig) = self.program.sig(id) {
                self.bounds.extend(sig.bounds.iter().cloned());
            }
            self.bounds.extend(self.program.bounds_on(id).iter().cloned());
            let def = self.program.def(id);
            if def.kind == DefKind::Trait {
                let params = self.program.generics(id).into_iter().flat_map(super::index::type_param_names);
                let itself =
                    Bound { trait_: Res::Def(id), args: params.map(Ty::Param).collect(), assoc: Vec::new() };
                self.bounds.push((Ty::Param(Name::new("Self")), vec![itself]));
            }
            at = def.parent;
        }
    }

    /// Bounds of a type parameter, `impl T` or `dyn T`.
    pub(super) fn bounds_of(&self, ty: &Ty) -> Vec<Bound> {
        match ty {
            Ty::Dyn(bounds) | Ty::Impl(bounds) => bounds.clone(),
            Ty::Param(_) => self.bounds_here(ty),
            Ty::Assoc(base, name) => {
                let mut bounds = self.bounds_here(ty);
                bounds.extend(
                    self.bounds_of(base).iter().flat_map(|bound| self.assoc_bounds(bound, base, name)),
                );
                bounds
            }
            _ => Vec::new(),
        }
    }

    /// What the code around says of a type.
    fn bounds_here(&self, ty: &Ty) -> Vec<Bound> {
        let known = self.bounds.iter().filter(|(known, _)| known == ty);
        known.flat_map(|(_, bounds)| bounds.iter().cloned()).collect()
    }

    /// What a trait of the program says of its associated type: `type Name: Bound;`. `base` is what the trait is a bound of.
    fn assoc_bounds(&self, bound: &Bound, base: &Ty, name: &Name) -> Vec<Bound> {
        let Some(trait_) = bound.trait_.def() else { return Vec::new() };
        let is_it = |&&member: &&DefId| {
            let def = self.program.def(member);
            def.kind == DefKind::AssocType && def.name == *name
        };
        let Some(&member) = self.program.members(trait_).iter().find(is_it) else { return Vec::new() };
        let mut map = vec![(Name::new("Self"), base.clone())];
        let params = self.program.generics(trait_).into_iter().flat_map(super::index::type_param_names);
        map.extend(params.zip(bound.args.iter().cloned()));
        let declared = self.program.bounds_on(member).iter().flat_map(|(_, bounds)| bounds);
        declared.map(|bound| bound.substitute(&map)).collect()
    }

    pub(super) fn local(&self, name: &str) -> Option<&Ty> {
        self.locals.iter().rev().find(|(known, _)| known == name).map(|(_, ty)| ty)
    }

    pub(super) fn set_local(&mut self, name: &Name, ty: Ty) {
        self.locals.push((name.clone(), ty));
    }

    /// A local learns its type later: `let x; x = f();`, `let mut v = Vec::new(); v.push(y);`.
    pub(super) fn refine_local(&mut self, name: &str, ty: &Ty) {
        if let Some((_, known)) = self.locals.iter_mut().rev().find(|(known, _)| known == name) {
            merge_into(known, ty);
        }
    }

    /// Runs with locals of its own.
    pub(super) fn scoped<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.locals.len();
        let value = run(self);
        self.locals.truncate(mark);
        value
    }

    pub(super) fn lower(&self, ty: &ast::Type) -> Ty {
        self.program.normalise(self.program.lower_type(ty, self.context), 0)
    }

    pub(super) fn block(&mut self, block: &Block, expected: Option<&Ty>) -> Ty {
        self.scoped(|this| {
            let mut value = Ty::Tuple(Vec::new());
            for (at, stmt) in block.stmts.iter().enumerate() {
                let last = at + 1 == block.stmts.len();
                value = this.stmt(stmt, if last { expected } else { None });
            }
            value
        })
    }

    fn stmt(&mut self, stmt: &Stmt, expected: Option<&Ty>) -> Ty {
        match &stmt.kind {
            StmtKind::Let { pat, ty, init, else_ } => {
                let written = ty.as_ref().map(|ty| self.lower(ty));
                let value = init.as_ref().map(|init| self.expr(init, written.as_ref()));
                if let Some(else_) = else_ {
                    self.expr(else_, None);
                }
                let ty = match (written, value) {
                    (Some(mut written), Some(value)) => {
                        self.meet(&value, &written);
                        merge_written(&mut written, &value);
                        written
                    }
                    (Some(written), None) => written,
                    (None, Some(value)) => value,
                    (None, None) => Ty::Unknown,
                };
                self.bind(pat, &ty);
                Ty::Tuple(Vec::new())
            }
            StmtKind::Expr { expr, semi } => {
                let ty = self.expr(expr, if *semi { None } else { expected });
                if *semi { Ty::Tuple(Vec::new()) } else { ty }
            }
            StmtKind::Item(_) => Ty::Tuple(Vec::new()),
        }
    }

    /// A value of one type meets a place of another: a type of the program behind a trait is noted.
    pub(super) fn meet(&mut self, actual: &Ty, expected: &Ty) {
        match (actual, expected) {
            (Ty::Unknown, _) | (_, Ty::Unknown) => {}
            (Ty::Ref(actual), _) => self.meet(actual, expected),
            (_, Ty::Ref(expected)) => self.meet(actual, expected),
            (_, Ty::Dyn(bounds) | Ty::Impl(bounds)) => {
                for bound in bounds {
                    self.coerce(actual, bound);
                }
            }
            (Ty::External(a, left), Ty::External(b, right)) if a.last() == b.last() => {
                for (left, right) in left.iter().zip(right) {
                    self.meet(left, right);
                }
            }
            (Ty::Def(a, left), Ty::Def(b, right)) if a == b => {
                for (left, right) in left.iter().zip(right) {
                    self.meet(left, right);
                }
            }
            (Ty::Tuple(left), Ty::Tuple(right)) => {
                for (left, right) in left.iter().zip(right) {
                    self.meet(left, right);
                }
            }
            (Ty::External(_, args), _) if actual.peel() != actual && !args.is_empty() => {
                self.meet(&args[0], expected);
            }
            (_, Ty::External(_, args)) if expected.peel() != expected && !args.is_empty() => {
                self.meet(actual, &args[0]);
            }
            _ => {}
        }
    }

    /// Notes that a type is used where a trait of the program is asked for.
    pub(super) fn coerce(&mut self, actual: &Ty, bound: &Bound) {
        if let (Some(trait_), Some(def)) = (bound.trait_.def(), actual.peel().def()) {
            self.out.coerced.push((trait_, def));
        }
    }

    /// Types the arguments against the parameters, notes coercions, gives what the generics stand for.
    pub(super) fn arguments(
        &mut self,
        args: &[Expr],
        params: &[Ty],
        bounds: &[(Ty, Vec<Bound>)],
        map: &mut Map,
    ) {
        for (at, arg) in args.iter().enumerate() {
            let Some(param) = params.get(at) else {
                self.expr(arg, None);
                continue;
            };
            let expected = param.substitute(map);
            let callable = Self::callable_bound(&expected, bounds);
            let ty = match callable {
                Some(bound) => {
                    let expected = Ty::Impl(vec![substitute_bound(&bound, map)]);
                    let ty = self.expr(arg, Some(&expected));
                    super::unify::unify_callable(&bound, &self.called(&ty), map);
                    ty
                }
                None => self.expr(arg, Some(&expected)),
            };
            self.meet(&ty, &expected);
            unify_arg(param, &ty, map);
            if let Ty::Param(_) = param.peel() {
                for (known, bounds) in bounds {
                    if known == param.peel() {
                        for bound in bounds {
                            self.coerce(&ty, bound);
                        }
                    }
                }
            }
        }
    }

    /// What calling a value gives, as a closure.
    pub(super) fn called(&self, ty: &Ty) -> Ty {
        match ty {
            Ty::FnDef(def) => {
                self.program.sig(*def).map_or(Ty::Unknown, |sig| Ty::Closure(Box::new(sig.ret.clone())))
            }
            other => other.clone(),
        }
    }

    /// The `Fn(A) -> B` or `Future` bound that a parameter has.
    fn callable_bound(param: &Ty, bounds: &[(Ty, Vec<Bound>)]) -> Option<Bound> {
        let is_callable = |bound: &&Bound| {
            bound.trait_.external().is_some_and(|path| {
                matches!(
                    path.last(),
                    "Fn" | "FnMut"
                        | "FnOnce"
                        | "AsyncFn"
                        | "AsyncFnOnce"
                        | "AsyncFnMut"
                        | "Future"
                        | "IntoIterator"
                )
            })
        };
        match param.peel() {
            Ty::Impl(list) | Ty::Dyn(list) => list.iter().find(is_callable).cloned(),
            Ty::Param(_) => bounds
                .iter()
                .filter(|(known, _)| known == param.peel())
                .flat_map(|(_, list)| list)
                .find(is_callable)
                .cloned(),
            _ => None,
        }
    }

    pub(super) fn add_call(&mut self, site: CallSite) {
        let span = site.span;
        if let Some(&known) = self.out.call_at.get(&span) {
            // An argument that was read before the callee was known is read again with what is expected of it.
            self.out.calls[known] = site;
            return;
        }
        let at = self.out.calls.len();
        self.out.call_at.insert(span, at);
        self.out.calls.push(site);
    }

    pub(super) fn unresolved(&mut self, at: At, why: Why) {
        self.add_call(at.site(vec![Callee::Unresolved { why }], Certainty::Unknown, Evidence::Name));
    }

    pub(super) fn implicit(&mut self, def: DefId, span: Span, certainty: Certainty, evidence: Evidence) {
        self.out.implicit.push(Implicit { def, span, certainty, evidence });
    }

    pub(super) fn record(&mut self, span: Span, ty: &Ty) {
        if !ty.is_unknown() {
            self.out.types.insert(span, ty.clone());
        }
    }
}

/// The written type wins; its `_` and missing arguments come from the value.
fn merge_written(written: &mut Ty, value: &Ty) {
    if let Ty::Ref(inner) = written
        && !matches!(value, Ty::Ref(_))
    {
        merge_into(inner, value);
    } else {
        merge_into(written, value);
    }
}

pub(super) fn substitute_bound(bound: &Bound, map: &Map) -> Bound {
    match (Ty::Impl(vec![bound.clone()])).substitute(map) {
        Ty::Impl(mut bounds) => bounds.remove(0),
        _ => bound.clone(),
    }
}
