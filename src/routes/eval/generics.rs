//! What type parameters stand for: told by arguments, by the receiver, and by what lies in a value's fields.

use super::Interp;
use super::control::element;
use crate::ordered::OrderedMap;
use crate::resolve::types::TypeContext;
use crate::resolve::{DefId, Ty};
use crate::routes::axum;
use crate::routes::value::Value;
use crate::syntax::Name;
use crate::syntax::ast::{GenericParam, GenericParamKind, Generics, Signature, TypeKind};

/// Type parameters with what they stand for.
type Types = Vec<(Name, Ty)>;

impl<'p> Interp<'p> {
    /// What the parameters of a function and of the impl around it stand for in a call; `types` says what is known before.
    pub(super) fn types_of_call(
        &self,
        def: DefId,
        sig: &Signature,
        mut types: Types,
        turbofish: &[Ty],
        receiver: Option<&Value<'p>>,
        args: &[Value<'p>],
    ) -> Types {
        // What the caller's own parameters of these names stand for is not meant.
        types.retain(|(name, _)| !type_params(&sig.generics).any(|param| param.name == *name));
        for (param, ty) in type_params(&sig.generics).zip(turbofish) {
            learn(&Ty::Param(param.name.clone()), ty, &mut types);
        }
        if let Some(ty) = receiver.map(Value::ty).filter(|ty| !ty.is_unknown()) {
            learn(&Ty::Param(Name::new_static("Self")), &ty, &mut types);
        }
        let around = self.program.enclosing_type(def);
        let own = around.and_then(|around| self.program.impl_of(around)).map(|info| &info.self_ty);
        let self_ty = types.iter().find(|(name, _)| name == "Self").map(|(_, ty)| ty.clone());
        if let (Some(own), Some(self_ty)) = (own, &self_ty) {
            learn(own, self_ty, &mut types);
        }
        let generics: Vec<&Generics> =
            [Some(&sig.generics), around.and_then(|around| self.program.generics(around))]
                .into_iter()
                .flatten()
                .collect();
        if generics.iter().all(|generics| type_params(generics).next().is_none()) {
            return types;
        }
        let context = TypeContext { module: self.program.def(def).module, owner: Some(def) };
        for (param, arg) in sig.params.iter().zip(args) {
            learn_value(&self.program.lower_type(&param.ty, context), arg, &mut types);
        }
        for generics in generics {
            for param in type_params(generics) {
                if !types.iter().any(|(name, _)| *name == param.name)
                    && let Some(bounds) = self.bounds(param, generics, context)
                {
                    types.push((param.name.clone(), bounds));
                }
            }
        }
        types
    }

    /// A type parameter of which only the traits of the program are known.
    fn bounds(&self, param: &GenericParam, generics: &Generics, context: TypeContext) -> Option<Ty> {
        let is_own = |kind: &TypeKind| matches!(kind, TypeKind::Path(path) if path.as_ident().is_some_and(|name| *name == param.name));
        let predicates =
            generics.predicates.iter().filter(|(ty, _)| is_own(&ty.kind)).map(|(_, bounds)| bounds);
        let mut bounds: Vec<_> = [&param.bounds]
            .into_iter()
            .chain(predicates)
            .flat_map(|bounds| self.program.lower_bounds(bounds, context))
            .collect();
        bounds.retain(|bound| bound.trait_.def().is_some());
        (!bounds.is_empty()).then_some(Ty::Impl(bounds))
    }

    /// The type of a struct or variant with the fields given, its own parameters as far as `written` and they tell them.
    pub(super) fn type_with(&self, def: DefId, written: &Ty, fields: &OrderedMap<Name, Value<'p>>) -> Ty {
        let Ty::Def(holder, written) = written else { return written.clone() };
        let Some(generics) = self.program.generics(*holder) else { return Ty::Def(*holder, Vec::new()) };
        let mut types = Vec::new();
        for (param, ty) in type_params(generics).zip(written) {
            learn(&Ty::Param(param.name.clone()), ty, &mut types);
        }
        if type_params(generics).next().is_some() {
            for (name, value) in fields {
                if let Some(declared) = self.field_type(def, name) {
                    learn_value(&declared, value, &mut types);
                }
            }
        }
        if types.is_empty() {
            return Ty::Def(*holder, Vec::new());
        }
        let args = type_params(generics).map(|param| {
            types.iter().find(|(name, _)| *name == param.name).map_or(Ty::Unknown, |(_, ty)| ty.clone())
        });
        Ty::Def(*holder, args.collect())
    }

    /// The type of a field of a value of a type, the type's parameters replaced by its arguments.
    pub(super) fn field_type_in(&self, ty: &Ty, def: DefId, name: &str) -> Option<Ty> {
        let declared = self.field_type(def, name)?;
        let Ty::Def(holder, args) = ty.peel() else { return Some(declared) };
        let Some(generics) = self.program.generics(*holder) else { return Some(declared) };
        let mut types = Vec::new();
        for (param, arg) in type_params(generics).zip(args) {
            learn(&Ty::Param(param.name.clone()), arg, &mut types);
        }
        Some(self.program.normalise(declared.substitute(&types), 0))
    }
}

fn type_params(generics: &Generics) -> impl Iterator<Item = &GenericParam> {
    generics.params.iter().filter(|param| param.kind == GenericParamKind::Type)
}

/// Type parameters that a value tells where a type is declared: `T` of `fn mount<T: Module>(module: &T)`.
fn learn_value(declared: &Ty, value: &Value<'_>, types: &mut Types) {
    match (axum::inner_type(declared), value) {
        (Ty::Tuple(declared), Value::Tuple(elems)) => {
            for (declared, elem) in declared.iter().zip(elems.iter()) {
                learn_value(declared, elem, types);
            }
        }
        (list, Value::List(elems)) => {
            if let Some(elem) = elems.first() {
                learn_value(&element(&list), elem, types);
            }
        }
        (declared, value) => learn(&declared, &value.ty(), types),
    }
}

/// Type parameters of a declared type that an actual type tells. What was known before stays.
fn learn(declared: &Ty, actual: &Ty, types: &mut Types) {
    match (declared.peel(), actual.peel()) {
        // What another crate gives may be of any type.
        (_, Ty::Unknown | Ty::Param(_) | Ty::CallResult { .. } | Ty::MethodResult { .. }) => {}
        (Ty::Param(name), actual) if !types.iter().any(|(known, _)| known == name) => {
            types.push((name.clone(), actual.clone()));
        }
        (Ty::Def(a, left), Ty::Def(b, right)) if a == b => learn_all(left, right, types),
        (Ty::External(a, left), Ty::External(b, right)) if a.last() == b.last() => {
            learn_all(left, right, types);
        }
        (Ty::Tuple(left), Ty::Tuple(right)) => learn_all(left, right, types),
        (Ty::Slice(left), Ty::Slice(right)) => learn(left, right, types),
        // Options, results and the like are the value inside them.
        (Ty::External(..), actual) => {
            let inner = axum::inner_type(declared);
            if inner != *declared.peel() {
                learn(&inner, actual, types);
            }
        }
        _ => {}
    }
}

fn learn_all(left: &[Ty], right: &[Ty], types: &mut Types) {
    for (left, right) in left.iter().zip(right) {
        learn(left, right, types);
    }
}
