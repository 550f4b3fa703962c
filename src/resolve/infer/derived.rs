//! Types of what derives add to structs.

use super::body::{At, Infer};
use super::known::result;
use super::method::Found;
use super::unify::{Map, unify};
use crate::certainty::Certainty;
use crate::resolve::DefId;
use crate::resolve::derived::{self, Derived};
use crate::resolve::evidence::Evidence;
use crate::resolve::scope::ExternalPath;
use crate::resolve::types::Ty;
use crate::span::Span;
use crate::syntax::ast::{Expr, MethodCall};

impl<'p> Infer<'p> {
    /// What a function is that a type of the program has, but not in its text.
    pub(super) fn derived_function(
        &self,
        function: &ExternalPath,
        self_ty: Option<&Ty>,
    ) -> Option<Derived<'p>> {
        derived::function(self.program, self_ty?.def()?, function.last())
    }

    /// What such a function gives for arguments.
    pub(super) fn call_derived(
        &mut self,
        at: At,
        function: &Derived<'p>,
        self_ty: Ty,
        args: &[Expr],
        expected: Option<&Ty>,
    ) -> Ty {
        let Some(id) = self_ty.def() else { return Ty::Unknown };
        let Derived::Constructor(given) = function else {
            args.iter().for_each(|arg| _ = self.expr(arg, None));
            if let Some(new) = derived::wrapped(self.program, id, "new") {
                self.call_wrapped(at, new, &self_ty);
            }
            return derived::builder(self_ty);
        };
        let (id, generic) = self.constructed_type(id);
        let mut map = Map::new();
        for known in std::iter::once(&self_ty).chain(expected.map(Ty::peel)) {
            unify(&generic, known, &mut map);
        }
        let fields = self.program.field_types(id);
        let params = given.iter().map(|field| {
            let ty = fields.iter().find(|(name, _)| *name == field.name.name);
            ty.map_or(Ty::Unknown, |(_, ty)| ty.clone())
        });
        let params: Vec<Ty> = params.collect();
        self.arguments(args, &params, &[], &mut map);
        let made = Self::close(&generic, &generic, &map);
        self.note_constructed(&made);
        made
    }

    /// A method that an attribute makes a builder of: it runs once its arguments are given one by one. Whether it is one.
    pub(super) fn calls_wrapped(&mut self, receiver: &Ty, call: &MethodCall, span: Span) -> bool {
        let wrapped = receiver.def().and_then(|id| derived::wrapped(self.program, id, &call.method.name));
        if let Some(method) = wrapped {
            self.call_wrapped(At::call(span, call.method.span), method, receiver);
        }
        wrapped.is_some()
    }

    fn call_wrapped(&mut self, at: At, def: DefId, self_ty: &Ty) {
        let found = Found { def, self_ty: Some(self_ty.clone()), map: Map::new(), bound: None };
        self.add_found(at, &[found], Certainty::Proved, Evidence::Path);
    }

    /// What a method that a derive adds gives, called on a type of the program.
    pub(super) fn derived_method(&mut self, receiver: &Ty, call: &MethodCall) -> Option<Ty> {
        let id = receiver.def()?;
        match derived::method(self.program, id, &call.method.name, call.args.len())? {
            Derived::Getter(field) | Derived::MutGetter(field) => {
                let ty = self.field(receiver, &field.name.name, call.method.span);
                Some(Ty::Ref(Box::new(ty)))
            }
            Derived::Setter(_) => Some(receiver.clone()),
            Derived::Constructor(_) | Derived::Builder => None,
        }
    }

    /// What a method of a builder gives that a derive adds: what it makes, at the end, else the builder again.
    pub(super) fn method_of_builder(&mut self, receiver: &Ty, name: &str) -> Option<Ty> {
        let made = derived::built(receiver)?.clone();
        let Ty::Def(id, _) = &made else { return None };
        if name != derived::BUILD {
            return Some(receiver.clone());
        }
        self.note_constructed(&made);
        Some(if derived::may_fail(self.program, *id) { result(made, Ty::Unknown) } else { made })
    }
}
