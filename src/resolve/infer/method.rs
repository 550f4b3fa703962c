//! Method calls: from the receiver's type and a name to the definitions that may run.

use std::sync::Arc;

use super::body::{At, Infer};
use super::expr::MAX_DEREF;
use super::index::{Member, Owner, Sig};
use super::unify::{Map, unify};
use super::{Callee, Dispatched, Why};
use crate::certainty::Certainty;
use crate::resolve::evidence::Evidence;
use crate::resolve::program::{DefId, ImplInfo};
use crate::resolve::scope::Res;
use crate::resolve::types::{Bound, Ty};
use crate::span::Span;
use crate::syntax::Name;
use crate::syntax::ast::{self, MethodCall};

/// A function of the program that a name on a type leads to.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) def: DefId,
    pub(super) self_ty: Option<Ty>,
    pub(super) map: Map,
    /// The trait of the bound through which it is called: which impl runs depends on the program.
    pub(super) bound: Option<DefId>,
}

/// One place where a method may be found.
type Step<'a, T> = &'a dyn Fn(&T) -> Vec<Found>;

/// The types of the program that a type mentions, the outer ones first.
fn own_types<'t>(ty: &'t Ty, found: &mut Vec<&'t Ty>) {
    match ty {
        Ty::Def(_, args) => {
            found.push(ty);
            args.iter().for_each(|arg| own_types(arg, found));
        }
        Ty::External(_, args) | Ty::Tuple(args) => args.iter().for_each(|arg| own_types(arg, found)),
        Ty::Ref(inner) | Ty::Slice(inner) | Ty::Future(inner) => own_types(inner, found),
        _ => {}
    }
}

/// More candidates than this say nothing.
pub(super) const MAX_BY_NAME: usize = 4;

/// A chain with more calls is shortened to where it starts: each call's type would else hold all calls before it.
const MAX_CHAIN: usize = 64;

/// The start of a chain, where it is longer than any that is told apart by what comes later.
fn shortened(receiver: &Ty) -> &Ty {
    let mut chain = vec![receiver];
    while let Some(Ty::MethodResult { receiver, .. }) = chain.last().map(|ty| ty.peel()) {
        chain.push(receiver);
    }
    if chain.len() > MAX_CHAIN { chain[chain.len() - 2] } else { receiver }
}

/// What a method of another crate gives, as far as it is known: a step further on the chain.
pub(super) fn method_result(receiver: &Ty, method: &Name) -> Ty {
    Ty::MethodResult { receiver: Arc::new(shortened(receiver).clone()), method: method.clone() }
}

impl Infer<'_> {
    /// A method is called on a value of a type.
    pub(super) fn method_call(
        &mut self,
        span: Span,
        call: &MethodCall,
        receiver: &Ty,
        expected: Option<&Ty>,
    ) -> Ty {
        let name = &call.method.name;
        let (found, at) = self.find_method(receiver, name, call.args.len(), call.method.span);
        if !found.is_empty() {
            return self.call_method(span, call, found, &at, expected);
        }
        let turbofish: Vec<Ty> = call.turbofish.iter().map(|ty| self.lower(ty)).collect();
        let args: Vec<Ty> = self.known_args(receiver, name, &call.args, expected);
        if name == "to_string" {
            self.display_of(receiver, call.method.span);
        }
        if !self.must_be_written(receiver.peel(), name)
            && let Some(ty) = super::known_methods::method(self, receiver, name, &turbofish, &args, expected)
        {
            self.learn_elements(call, &args);
            if !receiver.is_unknown() || super::known::is_common(name) {
                let callee =
                    Callee::ExternalMethod { receiver: receiver.peel().clone(), method: name.clone() };
                self.add_call(At::call(span, call.method.span).to(callee));
                match name.as_str() {
                    "into" => self.convert_into(receiver, &ty, span),
                    "try_into" | "parse" => self.convert_fallibly(name, receiver, &ty, span),
                    _ => {}
                }
                return ty;
            }
        }
        if let Some(ty) = self.query_result(call, &turbofish, expected) {
            let callee = Callee::ExternalMethod { receiver: receiver.peel().clone(), method: name.clone() };
            self.add_call(At::call(span, call.method.span).to(callee));
            return ty;
        }
        let innermost = self.innermost(receiver);
        match &innermost {
            Ty::Unknown | Ty::Assoc(..) => self.by_name(span, call),
            Ty::MethodResult { .. } | Ty::CallResult { .. } if self.by_extension(span, call) => {
                self.first_result(span)
            }
            Ty::Def(..) | Ty::Param(_) | Ty::Dyn(_) | Ty::Impl(_) => {
                if let Some(ty) = self.derived_method(&innermost, call) {
                    self.external_method(span, call, &innermost);
                    return ty;
                }
                if self.calls_wrapped(&innermost, call, span) {
                    return method_result(&innermost, name);
                }
                let delegated = self.delegated(&innermost, call);
                if !delegated.is_empty() {
                    return self.call_method(span, call, delegated, &innermost, expected);
                }
                // A derived method or one of an external trait.
                let is_elsewhere = match &innermost {
                    Ty::Def(..) => !self.must_be_written(&innermost, name),
                    _ => super::known::is_common(name) || self.has_external_traits(&innermost),
                };
                if is_elsewhere {
                    return self.external_method(span, call, &innermost);
                }
                self.unresolved(At::call(span, call.method.span), Why::NoSuchMethod);
                Ty::Unknown
            }
            // A reference or pointer to what is not known.
            _ if matches!(self.deref(&innermost), Some((Ty::Unknown, _))) => match self.by_name(span, call) {
                Ty::Unknown => method_result(&innermost, name),
                ty => ty,
            },
            _ => {
                if let Some((at, found)) = self.on_types_of_root(&innermost, call) {
                    return self.call_one_of(span, call, found, &at, expected, Some(Evidence::Name));
                }
                let unknown = self.external_method(span, call, &innermost);
                self.method_of_builder(&innermost, name).unwrap_or(unknown)
            }
        }
    }

    fn external_method(&mut self, span: Span, call: &MethodCall, receiver: &Ty) -> Ty {
        let name = &call.method.name;
        let own = |arg| super::implicit::own_value(self.out.ty(arg));
        let given: Vec<DefId> = call.args.iter().filter_map(|arg| own(arg.span)).collect();
        if !given.is_empty()
            && let Some(krate) = super::implicit::root_crate(receiver)
        {
            self.given(&krate, &given, call.method.span);
        }
        let callee = Callee::ExternalMethod { receiver: receiver.clone(), method: name.clone() };
        self.add_call(At::call(span, call.method.span).to(callee));
        match receiver {
            Ty::Unknown => Ty::Unknown,
            _ => method_result(receiver, name),
        }
    }

    /// Behind all pointers and wrappers.
    fn innermost(&self, ty: &Ty) -> Ty {
        let mut at = ty.clone();
        for _ in 0..MAX_DEREF {
            match self.deref(&at) {
                Some((next, _)) if !next.is_unknown() => at = next,
                _ => break,
            }
        }
        at
    }

    /// Candidates at the first step of dereferencing that has some, and the type of that step.
    fn find_method(&mut self, receiver: &Ty, name: &Name, arity: usize, span: Span) -> (Vec<Found>, Ty) {
        if self.program.index.members(name).is_empty() {
            return (Vec::new(), Ty::Unknown);
        }
        let mut at = receiver.clone();
        let mut steps: Vec<DefId> = Vec::new();
        let mut behind_wrapper = false;
        for _ in 0..MAX_DEREF {
            if at.is_unknown() {
                break;
            }
            let mut found = self.find_at(&at, name, Some(arity));
            if behind_wrapper {
                // `Json(x).into_response()` is that of `Json`.
                found.retain(|one| one.bound.is_some() || !self.is_of_foreign_trait(one.def));
            }
            if !found.is_empty() {
                for deref in steps {
                    self.implicit(deref, span, Certainty::Proved, Evidence::Deref);
                }
                return (found, at);
            }
            match self.deref(&at) {
                Some((next, implicit)) => {
                    steps.extend(implicit);
                    behind_wrapper |= matches!(&at, Ty::External(path, _) if path.krate() != "std");
                    at = next;
                }
                None => break,
            }
        }
        (Vec::new(), at)
    }

    /// Functions of that name on exactly this type: inherent ones, else those of trait impls, else a trait's own.
    /// With an arity only methods with `self`.
    pub(super) fn find_at(&self, ty: &Ty, name: &str, arity: Option<usize>) -> Vec<Found> {
        let members = self.program.index.members(name);
        // `fn uri(&self) { self.uri() }` for a type of another crate tells that the type has that method itself.
        let is_own = |member: &Member| {
            matches!(ty, Ty::External(..))
                && (self.context.owner == Some(member.def)
                    || matches!(member.owner, Owner::TraitImpl(_)) && self.program.forwards(member.def))
        };
        let fits = |member: &&Member| {
            !is_own(member)
                && arity.is_none_or(|arity| {
                    self.program.takes_self(member.def) && self.program.arity(member.def) == arity
                })
        };
        let members: Vec<&Member> = members.iter().filter(fits).collect();
        if members.is_empty() {
            return Vec::new();
        }
        let is_open = matches!(ty, Ty::Param(_) | Ty::Dyn(_) | Ty::Impl(_) | Ty::Assoc(..));
        let by_bound = |this: &Self| {
            let bounds = if is_open { this.bounds_of(ty) } else { Vec::new() };
            let mut found = Vec::new();
            for member in &members {
                let Owner::Trait(trait_) = member.owner else { continue };
                if let Some((bound, map)) = this.bound_with(&bounds, trait_) {
                    found.push(Found { def: member.def, self_ty: Some(ty.clone()), map, bound: Some(bound) });
                }
            }
            found
        };
        let by_impl = |this: &Self, inherent: bool, blanket: bool| {
            let mut found = Vec::new();
            for member in &members {
                let impl_id = match member.owner {
                    Owner::Inherent(id) if inherent => id,
                    Owner::TraitImpl(id) if !inherent => id,
                    _ => continue,
                };
                let info = this.program.impl_info(impl_id);
                let is_blanket = matches!(info.self_ty, Ty::Param(_));
                // Of a type that a macro made nothing is known.
                if info.self_ty.is_unknown()
                    || is_blanket != blanket
                    || is_open && !is_blanket && !matches!(info.self_ty, Ty::Dyn(_))
                {
                    continue;
                }
                let mut map = Map::new();
                if unify(&info.self_ty, ty, &mut map) && this.bounds_hold(info.def, &map) {
                    found.push(Found { def: member.def, self_ty: Some(ty.clone()), map, bound: None });
                }
            }
            found
        };
        let defaults = |this: &Self| {
            let mut found = Vec::new();
            for member in &members {
                let Owner::Trait(trait_) = member.owner else { continue };
                if let Some((info, map)) = this.impl_for(ty, trait_)
                    && (!is_open || matches!(info.self_ty, Ty::Param(_)))
                    && !info.items.iter().any(|&item| this.program.def(item).name == name)
                {
                    found.push(Found { def: member.def, self_ty: Some(ty.clone()), map, bound: None });
                }
            }
            found
        };
        let steps: [Step<'_, Self>; 5] = [
            &by_bound,
            &|this| by_impl(this, true, false),
            &|this| by_impl(this, false, false),
            &defaults,
            &|this| by_impl(this, false, true),
        ];
        steps.iter().map(|step| step(self)).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// The bound that gives a trait, itself or through its supertraits, with what the trait's parameters stand for.
    fn bound_with(&self, bounds: &[Bound], trait_: DefId) -> Option<(DefId, Map)> {
        bounds.iter().find_map(|bound| {
            let id = bound.trait_.def()?;
            self.reaches(id, trait_, 0).then(|| {
                let mut map = Map::new();
                if id == trait_
                    && let Some(generics) = self.program.generics(id)
                {
                    let names = super::index::type_param_names(generics);
                    map.extend(names.zip(bound.args.iter().cloned()));
                }
                (id, map)
            })
        })
    }

    fn reaches(&self, from: DefId, to: DefId, depth: usize) -> bool {
        if from == to {
            return true;
        }
        depth < MAX_DEREF
            && self.program.bounds_on(from).iter().any(|(ty, bounds)| {
                matches!(ty, Ty::Param(name) if name == "Self")
                    && bounds
                        .iter()
                        .filter_map(|bound| bound.trait_.def())
                        .any(|id| self.reaches(id, to, depth + 1))
            })
    }

    fn impl_for(&self, ty: &Ty, trait_: DefId) -> Option<(&ImplInfo, Map)> {
        self.program.impls_of_trait(trait_).iter().find_map(|&id| {
            let info = self.program.impl_info(id);
            let mut map = Map::new();
            let fits = !info.self_ty.is_unknown() && unify(&info.self_ty, ty, &mut map);
            (fits && self.bounds_hold(info.def, &map)).then_some((info, map))
        })
    }

    /// Bounds of an impl's parameters that are traits of the program.
    fn bounds_hold(&self, impl_def: DefId, map: &Map) -> bool {
        self.program.bounds_on(impl_def).iter().all(|(ty, bounds)| {
            let Ty::Param(name) = ty else { return true };
            let Some((_, actual)) = map.iter().find(|(known, _)| known == name) else { return true };
            if let Ty::Param(_) | Ty::Assoc(..) = actual {
                let own = self.bounds_of(actual);
                return bounds
                    .iter()
                    .all(|bound| bound.trait_.def().is_none_or(|id| self.bound_with(&own, id).is_some()));
            }
            bounds.iter().all(|bound| self.program.implements(actual, &bound.trait_))
        })
    }

    fn call_method(
        &mut self,
        span: Span,
        call: &MethodCall,
        found: Vec<Found>,
        at: &Ty,
        expected: Option<&Ty>,
    ) -> Ty {
        self.call_one_of(span, call, found, at, expected, None)
    }

    /// A method of the program is called: one of those found, or, where it is a guess what is called, with the evidence for that.
    fn call_one_of(
        &mut self,
        span: Span,
        call: &MethodCall,
        mut found: Vec<Found>,
        at: &Ty,
        expected: Option<&Ty>,
        guess: Option<Evidence>,
    ) -> Ty {
        if found.len() > 1 {
            let types: Vec<Ty> = call.args.iter().map(|arg| self.expr(arg, None)).collect();
            let fits = |found: &Found| {
                let Some(sig) = self.program.sig(found.def) else { return false };
                sig.params
                    .iter()
                    .zip(&types)
                    .all(|(param, ty)| super::call::fits_arg(&param.substitute(&found.map), ty))
            };
            let fitting: Vec<Found> = found.iter().filter(|one| fits(one)).cloned().collect();
            if !fitting.is_empty() {
                found = fitting;
            }
        }
        let program = self.program;
        let turbofish: Vec<Ty> = call.turbofish.iter().map(|ty| self.lower(ty)).collect();
        let mut result = Ty::Unknown;
        for (index, one) in found.iter_mut().enumerate() {
            let Some(sig) = program.sig(one.def) else { continue };
            for (name, ty) in sig.own_generics.iter().zip(&turbofish) {
                unify(&Ty::Param(name.clone()), ty, &mut one.map);
            }
            unify(&Ty::Param(Name::new("Self")), at, &mut one.map);
            if index > 0 {
                continue;
            }
            if let Some(expected) = expected {
                let mut hint = one.map.clone();
                unify(&sig.ret, expected, &mut hint);
                hint.retain(|(_, ty)| !matches!(ty, Ty::Param(_) | Ty::Dyn(_) | Ty::Impl(_)));
                one.map.extend(
                    hint.into_iter().filter(|(name, _)| sig.own_generics.contains(name)).collect::<Map>(),
                );
            }
            self.arguments(&call.args, &sig.params, &sig.bounds, &mut one.map);
            result = self.result_of(sig, one);
        }
        let is_proved = found.len() == 1 && guess.is_none();
        let certainty = if is_proved { Certainty::Proved } else { Certainty::Inferred };
        let evidence = guess.unwrap_or(Evidence::Receiver);
        self.add_found(At::call(span, call.method.span), &found, certainty, evidence);
        result
    }

    /// Methods of that name on the types of the program that calls without known results start from: a macro or another crate gives a value of
    /// one of them, sooner or later. With the type that has them.
    fn on_types_of_root(&self, receiver: &Ty, call: &MethodCall) -> Option<(Ty, Vec<Found>)> {
        let root = super::expr::chain_root(receiver)?;
        let name = &call.method.name;
        if self.program.index.members(name).is_empty() {
            return None;
        }
        let mut mentioned = Vec::new();
        own_types(root, &mut mentioned);
        let found = |ty: &&Ty| self.find_at(ty, name, Some(call.args.len()));
        mentioned.iter().map(|ty| ((*ty).clone(), found(ty))).find(|(_, found)| !found.is_empty())
    }

    /// What a call gives, with generics replaced and associated types followed.
    pub(super) fn result_of(&self, sig: &Sig, found: &Found) -> Ty {
        let mut map = found.map.clone();
        for name in &sig.generics {
            if name != "Self" && !map.iter().any(|(known, _)| known == name) {
                map.push((name.clone(), Ty::Unknown));
            }
        }
        if let Some(self_ty) = &found.self_ty
            && !map.iter().any(|(known, _)| known == "Self")
        {
            map.push((Name::new("Self"), self_ty.clone()));
        }
        self.program.normalise(sig.ret.substitute(&map), 0)
    }

    pub(super) fn add_found(&mut self, at: At, found: &[Found], certainty: Certainty, evidence: Evidence) {
        let call = self.out.call_at.get(&at.span).copied().unwrap_or(self.out.calls.len());
        let callees = found
            .iter()
            .map(|one| Callee::Def { def: one.def, self_ty: one.self_ty.clone(), type_args: one.map.clone() })
            .collect();
        if found.len() > MAX_BY_NAME {
            self.add_call(at.site(
                vec![Callee::Unresolved { why: Why::Ambiguous }],
                Certainty::Unknown,
                evidence,
            ));
            return;
        }
        for one in found {
            if let Some(bound) = one.bound {
                let is_one = one.self_ty.is_none();
                self.out.dispatched.push(Dispatched { call, bound, method: one.def, is_one });
            }
        }
        self.add_call(at.site(callees, certainty, evidence));
    }

    /// The receiver is not known: the few methods of the program with that name and arity, unless std has one so called.
    fn by_name(&mut self, span: Span, call: &MethodCall) -> Ty {
        if self.by_extension(span, call) || self.by_only_name(span, call) {
            return self.first_result(span);
        }
        self.unresolved(At::call(span, call.method.span), Why::UnknownReceiver);
        Ty::Unknown
    }

    /// The only method of the program with that name and number of arguments, unless std has one so called.
    fn by_only_name(&mut self, span: Span, call: &MethodCall) -> bool {
        let is_inherent = |member: &Member| matches!(member.owner, Owner::Inherent(_));
        let all = self.named(call, &is_inherent);
        all.len() == 1 && self.add_guessed(span, call, &all)
    }

    /// A method that a trait of the program in scope adds to types of other crates.
    fn by_extension(&mut self, span: Span, call: &MethodCall) -> bool {
        let is_extension = |member: &Member| match member.owner {
            Owner::TraitImpl(id) => {
                let info = self.program.impl_info(id);
                let is_foreign = !matches!(info.self_ty.peel(), Ty::Def(..) | Ty::Unknown);
                let trait_ = info.trait_.as_ref().and_then(Res::def);
                is_foreign && trait_.is_some_and(|trait_| self.is_in_scope(trait_))
            }
            _ => false,
        };
        let all = self.named(call, &is_extension);
        all.len() == 1 && self.add_guessed(span, call, &all)
    }

    /// The method of a trait of the program that a macro implements for a type by calling it on what is inside: `#[enum_dispatch]` (crate
    /// `enum_dispatch`), `#[derive(Delegate)]` (crate `ambassador`).
    fn delegated(&self, ty: &Ty, call: &MethodCall) -> Vec<Found> {
        let Ty::Def(id, _) = ty else { return Vec::new() };
        let program = self.program;
        let has_attr = |def: DefId, name: &str| {
            program.def(def).item.attrs.iter().any(|attr| attr.path.rsplit("::").next() == Some(name))
        };
        let delegates = |trait_: DefId| {
            has_attr(*id, "enum_dispatch")
                || has_attr(trait_, "enum_dispatch")
                || ast::derives(&program.def(*id).item.attrs, "Delegate")
        };
        let found = program.index.members(&call.method.name).iter().filter_map(|member| {
            let Owner::Trait(trait_) = member.owner else { return None };
            let fits = program.takes_self(member.def) && program.arity(member.def) == call.args.len();
            let bound = Some(trait_);
            (fits && delegates(trait_)).then(|| Found {
                def: member.def,
                self_ty: None,
                map: Map::new(),
                bound,
            })
        });
        found.collect()
    }

    fn is_of_foreign_trait(&self, method: DefId) -> bool {
        let parent = self.program.def(method).parent.and_then(|parent| self.program.impl_of(parent));
        parent.is_some_and(|info| matches!(info.trait_, Some(Res::External(_))))
    }

    fn is_in_scope(&self, trait_: DefId) -> bool {
        let module = self.context.module;
        self.program.def(trait_).module == module
            || self.program.module_names(module).any(|(_, res)| *res == Res::Def(trait_))
    }

    /// Methods of that name and number of arguments.
    fn named(&self, call: &MethodCall, wanted: &dyn Fn(&Member) -> bool) -> Vec<Member> {
        let name = &call.method.name;
        if super::known::is_common(name) {
            return Vec::new();
        }
        let (program, args) = (self.program, call.args.len());
        let fits = |member: &&Member| {
            wanted(member) && program.takes_self(member.def) && program.arity(member.def) == args
        };
        self.program.index.members(name).iter().filter(fits).copied().collect()
    }

    fn add_guessed(&mut self, span: Span, call: &MethodCall, all: &[Member]) -> bool {
        let found: Vec<Found> = all
            .iter()
            .map(|member| Found { def: member.def, self_ty: None, map: Map::new(), bound: None })
            .collect();
        self.add_found(At::call(span, call.method.span), &found, Certainty::Inferred, Evidence::Name);
        true
    }

    /// Type of a call just added, from its first candidate.
    fn first_result(&self, span: Span) -> Ty {
        let Some(def) = self.out.call(span).and_then(|site| site.defs().next()) else { return Ty::Unknown };
        let found = Found { def, self_ty: None, map: Map::new(), bound: None };
        match self.program.sig(def) {
            Some(sig) => self.result_of(sig, &found),
            None => Ty::Unknown,
        }
    }

    /// Whether some trait of another crate may give the method.
    /// Whether a type is one of the program of which no derive, attribute or trait of another crate can give a method.
    fn must_be_written(&self, ty: &Ty, name: &str) -> bool {
        /// Of traits that `core` and `alloc` implement for every type, or for references to every type.
        const OF_ALL: &[&str] =
            &["into", "try_into", "borrow", "borrow_mut", "type_id", "clone", "clone_from", "to_owned"];
        matches!(ty, Ty::Def(..)) && !OF_ALL.contains(&name) && !self.has_external_traits(ty)
    }

    fn has_external_traits(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Def(id, _) => {
                let derives = self.program.def(*id).item.attrs.iter().any(|attr| attr.path != "doc");
                derives
                    || self
                        .program
                        .impls_of_type(*id)
                        .iter()
                        .any(|&id| matches!(self.program.impl_info(id).trait_, Some(Res::External(_))))
            }
            Ty::Param(_) | Ty::Dyn(_) | Ty::Impl(_) => {
                let bounds = self.bounds_of(ty);
                bounds.is_empty() || bounds.iter().any(|bound| bound.trait_.def().is_none())
            }
            _ => true,
        }
    }
}
