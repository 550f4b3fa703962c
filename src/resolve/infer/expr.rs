//! Types of expressions.

use std::sync::Arc;

use super::body::{At, Infer};
use super::unify::{Map, element, merge_into, unify_arg};
use super::values::ok_type;
use super::{Callee, Why};
use crate::certainty::Certainty;
use crate::resolve::evidence::Evidence;
use crate::resolve::types::Ty;
use crate::syntax::Name;
use crate::syntax::ast::{Closure, Expr, ExprKind, Lit, StructLit, Type, TypeKind};

pub(super) fn unit() -> Ty {
    Ty::Tuple(Vec::new())
}

pub(super) fn external(path: &str, args: Vec<Ty>) -> Ty {
    Ty::External(crate::resolve::scope::ExternalPath::parse(path), args)
}

pub(super) fn string() -> Ty {
    Ty::external("std::string::String")
}

pub(super) fn boolean() -> Ty {
    Ty::external("std::bool")
}

impl Infer<'_> {
    pub(super) fn expr(&mut self, expr: &Expr, expected: Option<&Ty>) -> Ty {
        // Chains of calls are long where they are deep: they are walked, not entered.
        let mut chain = Vec::new();
        let mut root = expr;
        while let ExprKind::MethodCall(call) = &root.kind {
            chain.push((root.span, call));
            root = &call.receiver;
        }
        if self.depth > MAX_DEPTH {
            return Ty::Unknown;
        }
        self.depth += 1;
        let mut ty = self.expr_kind(root, if chain.is_empty() { expected } else { None });
        self.record(root.span, &ty);
        while let Some((span, call)) = chain.pop() {
            ty = self.method_call(span, call, &ty, if chain.is_empty() { expected } else { None });
            self.record(span, &ty);
        }
        self.depth -= 1;
        ty
    }

    fn expr_kind(&mut self, expr: &Expr, expected: Option<&Ty>) -> Ty {
        match &expr.kind {
            ExprKind::Path(path) => self.path_value(path, expected),
            ExprKind::Lit(lit) => literal(lit),
            ExprKind::Call { callee, args } => self.call(expr.span, callee, args, expected),
            ExprKind::Field { base, name } => {
                let base = self.expr(base, None);
                self.field(&base, &name.name, name.span)
            }
            ExprKind::Macro(call) => self.macro_call(call, expected),
            ExprKind::Block(block) | ExprKind::Unsafe(block) => self.block(block, expected),
            ExprKind::Async { block } => {
                let expected = match expected {
                    Some(Ty::Future(inner)) => Some((**inner).clone()),
                    Some(other) => match super::unify::future_of_bounds(other.clone()) {
                        Ty::Future(inner) => Some(*inner),
                        _ => None,
                    },
                    None => None,
                };
                self.rets.push(expected.clone());
                let value = self.block(block, expected.as_ref());
                let left = self.rets.pop().flatten();
                Ty::Future(Box::new(first_known([Some(value), left])))
            }
            ExprKind::If { cond, then, else_ } => self.scoped(|this| {
                this.expr(cond, None);
                let first = this.block(then, expected);
                let sibling = known_sibling(expected, &first);
                let second = else_.as_ref().map(|else_| this.expr(else_, sibling.as_ref()));
                for branch in [Some(&first), second.as_ref()].into_iter().flatten() {
                    this.meets(branch, expected);
                }
                join(first, second)
            }),
            ExprKind::Let { pat, expr } => {
                let ty = self.expr(expr, None);
                self.bind(pat, &ty);
                boolean()
            }
            ExprKind::Match { scrutinee, arms } => {
                let ty = self.expr(scrutinee, None);
                let mut result = Ty::Unknown;
                let whole = expected;
                for arm in arms {
                    let expected = known_sibling(expected, &result);
                    let value = self.scoped(|this| {
                        this.bind(&arm.pat, &ty);
                        if let Some(guard) = &arm.guard {
                            this.expr(guard, None);
                        }
                        this.expr(&arm.body, expected.as_ref())
                    });
                    self.meets(&value, whole);
                    if !diverges(&arm.body) {
                        result = join(result, Some(value));
                    }
                }
                result
            }
            ExprKind::Loop { body } => {
                self.block(body, None);
                expected.cloned().unwrap_or(Ty::Unknown)
            }
            ExprKind::While { cond, body } => self.scoped(|this| {
                this.expr(cond, None);
                this.block(body, None);
                unit()
            }),
            ExprKind::For { pat, iter, body } => {
                let iter = self.expr(iter, None);
                let item = self.iterated(&iter);
                self.runs_for(&iter, None, "IntoIterator", "into_iter", pat.span, Evidence::Iteration);
                self.runs_for(&iter, None, "Iterator", "next", pat.span, Evidence::Iteration);
                self.scoped(|this| {
                    this.bind(pat, &item);
                    this.block(body, None);
                });
                unit()
            }
            ExprKind::Closure(closure) => self.closure(closure, expected),
            ExprKind::Assign { left, right } => {
                let place = self.expr(left, None);
                let value = self.expr(right, Some(&place));
                self.meet(&value, &place);
                if let ExprKind::Path(path) = &left.kind
                    && let Some(name) = path.as_ident()
                {
                    self.refine_local(name, &value);
                }
                unit()
            }
            ExprKind::Binary { op, left, right } => {
                let left = self.expr(left, None);
                let right = self.expr(right, Some(&left));
                self.operator(*op, &left, &right, expr.span)
            }
            ExprKind::Unary(inner) => self.expr(inner, expected),
            ExprKind::Deref(inner) => {
                let inner = self.expr(inner, None);
                let Some((ty, deref)) = self.deref(&inner) else { return inner };
                if let Some(deref) = deref {
                    self.implicit(deref, expr.span, Certainty::Proved, Evidence::Deref);
                }
                ty
            }
            ExprKind::Ref(inner) => {
                let expected = match expected {
                    Some(Ty::Ref(inner)) => Some(&**inner),
                    other => other,
                };
                Ty::Ref(Box::new(self.expr(inner, expected)))
            }
            ExprKind::Try(inner) => {
                let wrapped =
                    expected.map(|ty| external("std::result::Result", vec![ty.clone(), Ty::Unknown]));
                let ty = self.expr(inner, wrapped.as_ref());
                self.question_mark(&ty, expr.span)
            }
            ExprKind::Await(inner) => {
                let wrapped = expected.map(|ty| Ty::Future(Box::new(ty.clone())));
                let ty = self.expr(inner, wrapped.as_ref());
                self.awaited(&ty)
            }
            ExprKind::Struct(literal) => self.struct_literal(literal, expected),
            ExprKind::Tuple(elems) => {
                let wanted = match expected {
                    Some(Ty::Tuple(wanted)) => wanted.as_slice(),
                    _ => &[],
                };
                Ty::Tuple(
                    elems.iter().enumerate().map(|(at, elem)| self.expr(elem, wanted.get(at))).collect(),
                )
            }
            ExprKind::Array(elems) => {
                let wanted = expected.and_then(element);
                Ty::Slice(Box::new(self.all_same(elems, wanted.as_ref())))
            }
            ExprKind::Index { base, index } => {
                let base = self.expr(base, None);
                self.expr(index, None);
                self.runs_for(&base, None, "Index", "index", expr.span, Evidence::Operator);
                if matches!(index.kind, ExprKind::Range { .. }) {
                    return base;
                }
                self.indexed(&base)
            }
            ExprKind::Cast { expr, ty } => {
                let ty = self.lower(ty);
                let value = self.expr(expr, Some(&ty));
                self.meet(&value, &ty);
                if matches!(ty, Ty::Unknown) { value } else { ty }
            }
            ExprKind::Range { from, to } => {
                let mut elem = Ty::Unknown;
                for end in from.iter().chain(to) {
                    let ty = self.expr(end, None);
                    merge_into(&mut elem, &ty);
                }
                external("std::ops::Range", vec![elem])
            }
            ExprKind::Return(value) => {
                let wanted = self.rets.last().cloned().flatten();
                if let Some(value) = value {
                    let ty = self.expr(value, wanted.as_ref());
                    self.leave(&ty);
                }
                Ty::Unknown
            }
            ExprKind::Break(value) => {
                if let Some(value) = value {
                    self.expr(value, None);
                }
                Ty::Unknown
            }
            ExprKind::MethodCall(_) | ExprKind::Continue | ExprKind::Other => Ty::Unknown,
        }
    }

    /// A value leaves the innermost function, closure or async block.
    fn leave(&mut self, ty: &Ty) {
        if let Some(Some(wanted)) = self.rets.last().cloned() {
            self.meet(ty, &wanted);
        }
        match self.rets.last_mut() {
            Some(Some(known)) => merge_into(known, ty),
            Some(none) => *none = Some(ty.clone()),
            None => {}
        }
    }

    /// A branch meets what is wanted of all: each may put another type behind a trait.
    fn meets(&mut self, branch: &Ty, expected: Option<&Ty>) {
        if let Some(expected) = expected {
            self.meet(branch, expected);
        }
    }

    fn all_same(&mut self, elems: &[Expr], expected: Option<&Ty>) -> Ty {
        let mut elem = expected.cloned().unwrap_or(Ty::Unknown);
        for value in elems {
            let ty = self.expr(value, expected);
            if let Some(expected) = expected {
                self.meet(&ty, expected);
            }
            merge_into(&mut elem, &ty);
        }
        elem
    }

    /// Type of a field of a value, through everything that dereferences.
    pub(super) fn field(&mut self, base: &Ty, name: &Name, span: crate::span::Span) -> Ty {
        let mut at = base.clone();
        for _ in 0..MAX_DEREF {
            match &at {
                Ty::Def(id, _) => {
                    let fields = self.own_fields(*id, &at);
                    if let Some((_, ty)) = fields.into_iter().find(|(known, _)| known == name) {
                        return ty;
                    }
                }
                Ty::Tuple(elems) => {
                    return name
                        .parse()
                        .ok()
                        .and_then(|at: usize| elems.get(at))
                        .cloned()
                        .unwrap_or(Ty::Unknown);
                }
                Ty::External(_, args) if name == "0" && args.len() == 1 => return args[0].clone(),
                _ => {}
            }
            match self.deref(&at) {
                Some((next, implicit)) => {
                    if let Some(def) = implicit {
                        self.implicit(def, span, Certainty::Proved, Evidence::Deref);
                    }
                    at = next;
                }
                None => break,
            }
        }
        // What a derive made for a type of the program gives that type, sooner or later.
        if let Some(root @ Ty::Def(id, _)) = chain_root(&at)
            && let Some((_, ty)) = self.own_fields(*id, root).into_iter().find(|(known, _)| known == name)
        {
            return ty;
        }
        match at {
            Ty::MethodResult { .. } | Ty::CallResult { .. } | Ty::External(..) => {
                Ty::MethodResult { receiver: Arc::new(at), method: Name::new(format!(".{name}")) }
            }
            _ => Ty::Unknown,
        }
    }

    fn closure(&mut self, closure: &Closure, expected: Option<&Ty>) -> Ty {
        let bound = match expected.map(Ty::peel) {
            Some(Ty::Impl(bounds) | Ty::Dyn(bounds)) => bounds.first().cloned(),
            _ => None,
        };
        let params = bound.as_ref().map_or(&[][..], |bound| &bound.args);
        let wanted = closure.ret.as_ref().map(|ty| self.lower(ty)).or_else(|| {
            let assoc = bound.as_ref()?.assoc.iter().find(|(name, _)| name == "Output")?;
            Some(assoc.1.clone())
        });
        self.rets.push(wanted.clone());
        let value = self.scoped(|this| {
            for (at, pat) in closure.params.iter().enumerate() {
                this.bind(pat, params.get(at).unwrap_or(&Ty::Unknown));
            }
            this.expr(&closure.body, wanted.as_ref())
        });
        let left = self.rets.pop().flatten();
        let value = if diverges(&closure.body) { Ty::Unknown } else { value };
        let value = first_known([closure.ret.as_ref().and(wanted), Some(value), left]);
        Ty::Closure(Box::new(if closure.is_async { Ty::Future(Box::new(value)) } else { value }))
    }

    fn struct_literal(&mut self, literal: &StructLit, expected: Option<&Ty>) -> Ty {
        let ty = Type { kind: TypeKind::Path(literal.path.clone()), span: literal.path.span };
        let found = self.value_def(&literal.path);
        let Some((def, self_args)) = found else {
            for field in &literal.fields {
                self.expr(&field.expr, None);
            }
            if let Some(rest) = &literal.rest {
                self.expr(rest, None);
            }
            return self.lower(&ty);
        };
        let (def, generic) = self.constructed_type(def);
        let mut map = Map::new();
        unify_arg(&generic, &self_args, &mut map);
        if let Some(expected) = expected
            && expected.def() == generic.def()
        {
            unify_arg(&generic, expected, &mut map);
        }
        let fields = self.program.field_types(def);
        for field in &literal.fields {
            let param = fields.iter().find(|(name, _)| *name == field.name.name).map(|(_, ty)| ty);
            let Some(param) = param else {
                self.expr(&field.expr, None);
                continue;
            };
            self.arguments(std::slice::from_ref(&field.expr), std::slice::from_ref(param), &[], &mut map);
        }
        let made = Self::close(&generic, &generic, &map);
        if let Some(rest) = &literal.rest {
            self.expr(rest, Some(&made));
        }
        self.note_constructed(&made);
        made
    }

    pub(super) fn note_constructed(&mut self, ty: &Ty) {
        if let Ty::Def(id, _) = ty.peel() {
            self.out.constructed.push(*id);
        }
    }

    /// `?`: the good value; the error goes through `From`.
    fn question_mark(&mut self, ty: &Ty, span: crate::span::Span) -> Ty {
        self.convert_error(ty, span);
        ok_type(ty)
    }

    /// A local value, closure or field is called.
    pub(super) fn call_value(&mut self, at: At, callee: &Ty) -> Ty {
        match callee.peel() {
            Ty::Closure(ret) | Ty::FnPtr(ret) => (**ret).clone(),
            Ty::FnDef(def) => {
                let callee = Callee::Def { def: *def, self_ty: None, type_args: Vec::new() };
                self.add_call(at.to(callee));
                self.program.sig(*def).map_or(Ty::Unknown, |sig| sig.ret.clone())
            }
            other => {
                for bound in self.bounds_of(other) {
                    let is_fn = bound
                        .trait_
                        .external()
                        .is_some_and(|path| matches!(path.last(), "Fn" | "FnMut" | "FnOnce"));
                    if is_fn {
                        let output = bound.assoc.iter().find(|(name, _)| name == "Output");
                        return output
                            .map_or_else(unit, |(_, ty)| super::unify::future_of_bounds(ty.clone()));
                    }
                }
                self.unresolved(at, Why::UnknownValue);
                Ty::Unknown
            }
        }
    }
}

/// Where a chain of calls without known results starts.
pub(super) fn chain_root(ty: &Ty) -> Option<&Ty> {
    match ty.peel() {
        Ty::MethodResult { receiver, .. } => match receiver.peel() {
            Ty::MethodResult { .. } => chain_root(receiver),
            root => Some(root),
        },
        _ => None,
    }
}

/// How deep expressions may nest before they count as unknown.
const MAX_DEPTH: usize = 1500;

/// How many smart pointers may lie around a value.
pub(super) const MAX_DEREF: usize = 10;

fn literal(lit: &Lit) -> Ty {
    match lit {
        Lit::Str(_) => Ty::Ref(Box::new(Ty::external("std::str"))),
        Lit::Bool(_) => boolean(),
        Lit::Char(_) => Ty::external("std::char"),
        Lit::Int(_) => Ty::external("std::i32"),
        Lit::Other => Ty::Unknown,
    }
}

/// What is expected of a branch: the same as of all, else what an earlier branch gave.
fn known_sibling(expected: Option<&Ty>, earlier: &Ty) -> Option<Ty> {
    let told = (!earlier.is_unknown() && *earlier != unit()).then_some(earlier);
    expected.filter(|ty| !ty.is_unknown()).or(told).cloned()
}

/// Two branches: the first that is known, completed by the other.
fn join(mut first: Ty, second: Option<Ty>) -> Ty {
    if let Some(second) = second {
        if first == unit() {
            return second;
        }
        merge_into(&mut first, &second);
    }
    first
}

fn first_known<const N: usize>(types: [Option<Ty>; N]) -> Ty {
    let mut known = Ty::Unknown;
    for ty in types.into_iter().flatten() {
        if known.is_unknown() || known == unit() {
            known = ty;
        } else {
            merge_into(&mut known, &ty);
        }
    }
    known
}

/// Whether an expression never gives a value.
fn diverges(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Return(_) | ExprKind::Break(_) | ExprKind::Continue => true,
        ExprKind::Macro(call) => {
            matches!(
                call.path.last().ident.name.as_str(),
                "panic" | "unreachable" | "todo" | "unimplemented" | "bail"
            )
        }
        ExprKind::Block(block) => match block.stmts.last().map(|stmt| &stmt.kind) {
            Some(crate::syntax::ast::StmtKind::Expr { expr, .. }) => diverges(expr),
            _ => false,
        },
        _ => false,
    }
}
