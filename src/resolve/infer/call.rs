//! Paths as values and calls of paths.

use super::body::{At, Infer};
use super::expr::external;
use super::foreign::wanted_by_external;
use super::method::Found;
use super::unify::{Map, unify, unify_arg};
use super::{Callee, Why};
use crate::certainty::Certainty;
use crate::resolve::evidence::Evidence;
use crate::resolve::program::{DefId, DefKind};
use crate::resolve::scope::{ExternalPath, Namespace, Res};
use crate::resolve::types::Ty;
use crate::span::Span;
use crate::syntax::Name;
use crate::syntax::ast::{Expr, ExprKind, Path, Segment};

/// What a path in value position means.
enum Value {
    /// Functions of the program: several where only the arguments can tell.
    Fns(Vec<Found>),
    /// A tuple struct or variant, unit ones too, with the type arguments written on the way.
    Constructor(DefId, Ty),
    Const(DefId),
    /// With the type before the last segment where that is known, and the arguments written last.
    External(ExternalPath, Option<Ty>),
    Unknown,
}

impl Infer<'_> {
    /// The struct or variant that a literal's path names, with written type arguments.
    pub(super) fn value_def(&self, path: &Path) -> Option<(DefId, Ty)> {
        let res = self.resolve(path, Namespace::Types).or_else(|| self.resolve(path, Namespace::Values));
        match res {
            Some(Res::Def(id)) => Some((id, self.written_type(path, id))),
            _ => None,
        }
    }

    fn resolve(&self, path: &Path, namespace: Namespace) -> Option<Res> {
        self.program.resolve_ast_path(path, namespace, self.context.module, self.context.owner)
    }

    /// `Thing<A>` or `Enum::<A>::Variant` as far as written; `Self` with its own arguments.
    fn written_type(&self, path: &Path, id: DefId) -> Ty {
        let def = self.program.def(id);
        if def.kind == DefKind::Variant {
            return match path.segments.len() {
                0 | 1 => Ty::Unknown,
                len => self.prefix_type(path, len - 1),
            };
        }
        self.prefix_type(path, path.segments.len())
    }

    fn prefix_type(&self, path: &Path, len: usize) -> Ty {
        let segments: Vec<Segment> = path.segments[..len].to_vec();
        let path = Path { segments, qself: None, trait_len: 0, ..path.clone() };
        let kind = crate::syntax::ast::TypeKind::Path(path);
        let span = Span::default();
        self.lower(&crate::syntax::ast::Type { kind, span })
    }

    /// A path used as a value, not called.
    pub(super) fn path_value(&mut self, path: &Path, expected: Option<&Ty>) -> Ty {
        if let Some(name) = path.as_ident()
            && let Some(ty) = self.local(name)
        {
            return ty.clone();
        }
        match self.value(path) {
            Value::Fns(mut found) => {
                if let (Some(Ty::Impl(bounds)), true) = (expected, found.len() > 1)
                    && let Some(argument) = bounds.first().and_then(|bound| bound.args.first())
                {
                    let takes = |one: &Found| {
                        let sig = self.program.sig(one.def);
                        sig.and_then(|sig| sig.receiver.iter().chain(&sig.params).next())
                            .is_some_and(|param| fits_arg(&param.substitute(&one.map), argument))
                    };
                    let fitting: Vec<Found> = found.iter().filter(|one| takes(one)).cloned().collect();
                    if !fitting.is_empty() {
                        found = fitting;
                    }
                }
                let ty = match found.as_slice() {
                    [one] => match self.program.sig(one.def) {
                        Some(sig) if !sig.generics.is_empty() => {
                            Ty::Closure(Box::new(self.result_of(sig, one)))
                        }
                        _ => Ty::FnDef(one.def),
                    },
                    _ => Ty::Unknown,
                };
                let certainty = if found.len() == 1 { Certainty::Proved } else { Certainty::Inferred };
                self.add_found(At::value(path.span), &found, certainty, Evidence::Path);
                ty
            }
            Value::Constructor(def, written) => {
                let (fields_of, generic) = self.constructed_type(def);
                let mut map = Map::new();
                unify(&generic, &written, &mut map);
                if let Some(expected) = expected {
                    unify(&generic, expected.peel(), &mut map);
                }
                let made = Self::close(&generic, &generic, &map);
                self.note_constructed(&made);
                let has_fields = !self.program.field_types(fields_of).is_empty();
                if has_fields { Ty::Closure(Box::new(made)) } else { made }
            }
            Value::Const(def) => {
                self.out.consts.push((def, path.span));
                self.program.ty_of(def).cloned().unwrap_or(Ty::Unknown)
            }
            Value::External(external_path, self_ty) => {
                if external_path.last() == "None" {
                    return match expected {
                        Some(expected @ Ty::External(path, _)) if path.last() == "Option" => expected.clone(),
                        _ => external("std::option::Option", vec![Ty::Unknown]),
                    };
                }
                if external_path.last().starts_with(char::is_lowercase) {
                    self.named_for(&external_path, path.span, expected);
                    let callee = Callee::External(external_path.clone());
                    self.add_call(At::value(path.span).to(callee));
                    let result = self.external_result(&external_path, self_ty, &[], None, path);
                    return Ty::Closure(Box::new(result));
                }
                self_ty.unwrap_or_else(|| {
                    let is_const = external_path.last().chars().all(|c| !c.is_lowercase());
                    if is_const && external_path.last().len() > 1 {
                        Ty::CallResult { function: external_path.clone() }
                    } else {
                        Ty::External(external_path.clone(), Vec::new())
                    }
                })
            }
            Value::Unknown => Ty::Unknown,
        }
    }

    /// `map_err(IntoResponse::into_response)` names the function of the impl for what is passed.
    fn named_for(&mut self, function: &ExternalPath, span: Span, expected: Option<&Ty>) {
        let Some(Ty::Impl(bounds)) = expected else { return };
        let passed = bounds.first().and_then(|bound| bound.args.first());
        if let (Some(passed), Some(trait_)) = (passed.cloned(), function.0.iter().rev().nth(1).cloned()) {
            self.runs_for(&passed, None, &trait_, function.last(), span, Evidence::Path);
        }
    }

    /// Replaces bound parameters; unbound ones become unknown.
    pub(super) fn close(ty: &Ty, generic: &Ty, map: &Map) -> Ty {
        let mut map = map.clone();
        if let Ty::Def(_, params) = generic {
            for param in params {
                if let Ty::Param(name) = param
                    && !map.iter().any(|(known, _)| known == name)
                {
                    map.push((name.clone(), Ty::Unknown));
                }
            }
        }
        ty.substitute(&map)
    }

    fn value(&mut self, path: &Path) -> Value {
        let last = &path.last().ident.name;
        let len = path.segments.len();
        if let Some(qself) = &path.qself {
            let base = self.lower(qself);
            return self.assoc_value(&base, last, path);
        }
        if len >= 2 && !path.leading_colon {
            let first = &path.segments[0].ident.name;
            let is_type = first == "Self" || self.program.is_type_param(first, self.context.owner);
            if is_type {
                let base = self.prefix_type(path, len - 1);
                return self.assoc_value(&base, last, path);
            }
        }
        match self.resolve(path, Namespace::Values) {
            Some(Res::Def(id)) => match self.program.def(id).kind {
                DefKind::Method | DefKind::AssocConst if len >= 2 => {
                    let parent = self.program.def(id).parent;
                    if parent.is_some_and(|parent| {
                        self.program.def(parent).kind == DefKind::Trait && self.names_trait(path, parent)
                    }) {
                        let self_ty = None;
                        return Value::Fns(vec![Found { def: id, self_ty, map: Map::new(), bound: parent }]);
                    }
                    let base = self.prefix_type(path, len - 1);
                    match self.assoc_value(&base, last, path) {
                        Value::Unknown if self.program.def(id).kind == DefKind::Method => {
                            Value::Fns(vec![Found {
                                def: id,
                                self_ty: Some(base),
                                map: Map::new(),
                                bound: None,
                            }])
                        }
                        value => value,
                    }
                }
                DefKind::Fn | DefKind::Method => {
                    Value::Fns(vec![Found { def: id, self_ty: None, map: Map::new(), bound: None }])
                }
                DefKind::Const | DefKind::Static | DefKind::AssocConst => Value::Const(id),
                DefKind::Struct | DefKind::Variant | DefKind::TypeAlias | DefKind::Enum => {
                    Value::Constructor(id, self.written_type(path, id))
                }
                _ => Value::Unknown,
            },
            Some(Res::External(external_path)) => {
                let before = len >= 2 && path.segments[len - 2].ident.name.starts_with(char::is_uppercase);
                let base = before.then(|| self.prefix_type(path, len - 1));
                if let Some(base) = &base {
                    // An extension trait of the program may add to the external type; an alias may be the program's own.
                    if let Value::Fns(found) = self.assoc_value(base, last, path) {
                        return Value::Fns(found);
                    }
                }
                Value::External(external_path, base)
            }
            _ if len >= 2 => {
                let base = self.prefix_type(path, len - 1);
                if base.is_unknown() { Value::Unknown } else { self.assoc_value(&base, last, path) }
            }
            _ => Value::Unknown,
        }
    }

    fn names_trait(&self, path: &Path, trait_: DefId) -> bool {
        let names: Vec<Name> = path.names().take(path.segments.len() - 1).cloned().collect();
        let found =
            self.program.resolve_names(&names, Namespace::Types, self.context.module, self.context.owner);
        found == Some(Res::Def(trait_))
    }

    /// `Type::name`: variant, function or constant.
    fn assoc_value(&mut self, base: &Ty, name: &Name, path: &Path) -> Value {
        let base = self.program.normalise(base.clone(), 0);
        if let Some(id) = base.def() {
            let variant = self.program.members(id).iter().copied().find(|&member| {
                let def = self.program.def(member);
                def.kind == DefKind::Variant && def.name == *name
            });
            if let Some(variant) = variant {
                return Value::Constructor(variant, base);
            }
        }
        let mut found = self.find_at(&base, name, None);
        if path.qself.is_some()
            && path.trait_len > 0
            && let Some(Res::Def(trait_)) = self.program.resolve_names(
                &path.names().take(path.trait_len).cloned().collect::<Vec<_>>(),
                Namespace::Types,
                self.context.module,
                self.context.owner,
            )
        {
            let of_trait: Vec<Found> =
                found.iter().filter(|found| self.trait_of(found.def) == Some(trait_)).cloned().collect();
            if !of_trait.is_empty() {
                found = of_trait;
            }
        }
        if !found.is_empty() {
            return Value::Fns(found);
        }
        let plain = match &base {
            Ty::Ref(inner) => inner,
            other => other,
        };
        match plain {
            Ty::External(external_path, _) => {
                Value::External(external_path.join(name.clone()), Some(base.clone()))
            }
            peeled => match self.program.assoc_of(peeled, name) {
                Some(Res::Def(id)) if self.program.def(id).kind == DefKind::AssocConst => Value::Const(id),
                Some(Res::External(path)) => Value::External(path, Some(base.clone())),
                _ => {
                    // A derived or external trait's function on a type of the program: `Config::default()`, `User::deserialize(d)`.
                    if matches!(peeled, Ty::Def(..) | Ty::Param(_)) {
                        let path = ExternalPath::new([Name::new("std"), Name::new("trait"), name.clone()]);
                        return Value::External(path, Some(base.clone()));
                    }
                    Value::Unknown
                }
            },
        }
    }

    /// The trait of a method: of its impl, or around it.
    pub(super) fn trait_of(&self, method: DefId) -> Option<DefId> {
        let parent = self.program.def(method).parent?;
        match self.program.impl_of(parent) {
            Some(info) => info.trait_.as_ref()?.def(),
            None => (self.program.def(parent).kind == DefKind::Trait).then_some(parent),
        }
    }

    pub(super) fn call(&mut self, span: Span, callee: &Expr, args: &[Expr], expected: Option<&Ty>) -> Ty {
        let ExprKind::Path(path) = &callee.kind else {
            let callee = self.expr(callee, None);
            for arg in args {
                self.expr(arg, None);
            }
            return self.call_value(At::call(span, span), &callee);
        };
        if let Some(name) = path.as_ident()
            && let Some(ty) = self.local(name).cloned()
        {
            self.record(callee.span, &ty);
            for arg in args {
                self.expr(arg, None);
            }
            return self.call_value(At::call(span, path.span), &ty);
        }
        match self.value(path) {
            Value::Fns(found) => {
                let base = found.first().and_then(|one| one.self_ty.as_ref());
                if let Some(base @ Ty::External(external_path, _)) = base.cloned().as_ref() {
                    // `HashMap::from(..)`: an impl of the program, or one of std?
                    let types: Vec<Ty> = args.iter().map(|arg| self.expr(arg, None)).collect();
                    // Of a trait of another crate the type may have an impl there; one of the program's it has here.
                    let known = types
                        .iter()
                        .all(|ty| !matches!(ty.peel(), Ty::Unknown | Ty::Param(_) | Ty::Assoc(..)));
                    let is_own = |one: &Found| known || self.trait_of(one.def).is_some();
                    if !found.iter().any(|one| is_own(one) && self.takes(one, &types)) {
                        let function = external_path.join(path.last().ident.name.clone());
                        self.add_call(At::call(span, path.span).to(Callee::External(function.clone())));
                        return self.external_result(&function, Some(base.clone()), &types, expected, path);
                    }
                }
                self.call_found(span, found, path, args, expected)
            }
            Value::Constructor(def, written) => self.construct(def, &written, args, expected),
            Value::Const(def) => {
                self.out.consts.push((def, path.span));
                for arg in args {
                    self.expr(arg, None);
                }
                let ty = self.program.ty_of(def).cloned().unwrap_or(Ty::Unknown);
                self.call_value(At::call(span, path.span), &ty)
            }
            Value::External(external_path, self_ty) => {
                if let Some(found) = self.default_of(&external_path, expected) {
                    return self.call_found(span, vec![found], path, args, expected);
                }
                if let Some(derived) = self.derived_function(&external_path, self_ty.as_ref()) {
                    let at = At::call(span, path.span);
                    self.add_call(at.to(Callee::External(external_path)));
                    return self.call_derived(at, &derived, self_ty.unwrap_or(Ty::Unknown), args, expected);
                }
                let wanted = wanted_by_external(&external_path, self_ty.as_ref(), expected);
                let types: Vec<Ty> = args.iter().map(|arg| self.expr(arg, wanted.as_ref())).collect();
                self.add_call(At::call(span, path.span).to(Callee::External(external_path.clone())));
                if external_path.last().starts_with(char::is_lowercase) {
                    let given: Vec<DefId> = types.iter().filter_map(super::implicit::own_value).collect();
                    self.given(external_path.krate(), &given, path.span);
                }
                self.external_result(&external_path, self_ty, &types, expected, path)
            }
            Value::Unknown => {
                for arg in args {
                    self.expr(arg, None);
                }
                self.unresolved(At::call(span, path.span), Why::UnknownPath);
                Ty::Unknown
            }
        }
    }

    /// `Default::default()` where a type of the program is wanted that says itself what that is.
    fn default_of(&self, function: &ExternalPath, expected: Option<&Ty>) -> Option<Found> {
        if function.last() != "default" || function.owner() != "Default" {
            return None;
        }
        let self_ty = expected?.peel();
        let mut impls = super::implicit::impls_named(self.program, self_ty.def()?, "Default");
        let def = impls.find_map(|info| super::implicit::function_of(self.program, info, "default"))?;
        Some(Found { def, self_ty: Some(self_ty.clone()), map: Map::new(), bound: None })
    }

    /// Whether arguments of these types fit a function.
    fn takes(&self, found: &Found, types: &[Ty]) -> bool {
        let Some(sig) = self.program.sig(found.def) else { return false };
        let all = sig.receiver.iter().chain(&sig.params);
        all.zip(types).all(|(param, ty)| fits_arg(&param.substitute(&found.map), ty))
    }

    fn construct(&mut self, def: DefId, written: &Ty, args: &[Expr], expected: Option<&Ty>) -> Ty {
        let (def, generic) = self.constructed_type(def);
        let mut map = Map::new();
        unify(&generic, written, &mut map);
        if let Some(expected) = expected {
            unify(&generic, expected.peel(), &mut map);
        }
        let params: Vec<Ty> = self.program.field_types(def).iter().map(|(_, ty)| ty.clone()).collect();
        self.arguments(args, &params, &[], &mut map);
        let made = Self::close(&generic, &generic, &map);
        self.note_constructed(&made);
        made
    }

    /// A function of the program is called by its path.
    fn call_found(
        &mut self,
        span: Span,
        mut found: Vec<Found>,
        path: &Path,
        args: &[Expr],
        expected: Option<&Ty>,
    ) -> Ty {
        if found.len() > 1 {
            // `Error::from(x)` with several impls: the argument tells.
            let types: Vec<Ty> = args.iter().map(|arg| self.expr(arg, None)).collect();
            let fitting: Vec<Found> = found.iter().filter(|one| self.takes(one, &types)).cloned().collect();
            if !fitting.is_empty() {
                found = fitting;
            }
        }
        let certainty = if found.len() == 1 { Certainty::Proved } else { Certainty::Inferred };
        let program = self.program;
        let mut result = Ty::Unknown;
        let turbofish: Vec<Ty> = path.last().args().iter().map(|ty| self.lower(ty)).collect();
        for (at, one) in found.iter_mut().enumerate() {
            let Some(sig) = program.sig(one.def) else { continue };
            for (name, ty) in sig.own_generics.iter().zip(&turbofish) {
                unify(&Ty::Param(name.clone()), ty, &mut one.map);
            }
            if at > 0 {
                continue;
            }
            let mut params: Vec<Ty> = sig.receiver.iter().cloned().collect();
            params.extend(sig.params.iter().cloned());
            if let (Some(self_ty), true) = (&one.self_ty, one.bound.is_some()) {
                unify(&Ty::Param(Name::new("Self")), self_ty, &mut one.map);
            }
            if let Some(expected) = expected {
                let mut hint = one.map.clone();
                unify(&sig.ret, expected, &mut hint);
                hint.retain(|(_, ty)| !matches!(ty, Ty::Param(_) | Ty::Dyn(_) | Ty::Impl(_)));
                one.map = hint;
            }
            self.arguments(args, &params, &sig.bounds, &mut one.map);
            if one.bound.is_some() && one.self_ty.is_none() && sig.receiver.is_none() {
                // `Entry::load(..)` where an `OutPoint` is wanted.
                let named = one.map.iter().find(|(name, _)| name == "Self").map(|(_, ty)| ty.clone());
                one.self_ty = named.filter(|ty| !matches!(ty, Ty::Unknown | Ty::Param(_) | Ty::Assoc(..)));
            }
            if one.bound.is_some() && one.self_ty.is_none() && sig.receiver.is_some() {
                one.self_ty = args.first().map(|arg| self.out.ty(arg.span).peel().clone());
            }
            result = self.result_of(sig, one);
        }
        // `Trait::method(&x)`: the type of the first argument decides.
        if let [one] = found.as_slice()
            && let (Some(_), Some(self_ty)) = (one.bound, one.self_ty.clone())
        {
            let name = program.def(one.def).name.clone();
            let concrete = self.find_at(&self_ty, &name, None);
            if !concrete.is_empty() {
                found = concrete;
            }
        }
        if let Ty::Def(..) = result.peel()
            && found.iter().any(|one| program.sig(one.def).is_some_and(|sig| sig.receiver.is_none()))
        {
            self.note_constructed(&result.clone());
        }
        self.add_found(At::call(span, path.span), &found, certainty, Evidence::Path);
        result
    }
}

/// Whether an argument may stand for a parameter, pointers aside.
pub(super) fn fits_arg(param: &Ty, arg: &Ty) -> bool {
    if let Ty::MethodResult { .. } | Ty::CallResult { .. } = arg.peel() {
        // What another crate returns is seldom a type of the program.
        return param.peel().def().is_none();
    }
    unify_arg(param, arg, &mut Map::new())
}
