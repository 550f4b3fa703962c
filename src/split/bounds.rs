//! Traits that bounds name: what a bound names is a trait for sure.
//!
//! Input: an item. Output: the last names of the paths in its bounds. Deliberately absent: bounds of closures and in bodies.

use crate::syntax::ast::{Fields, Generics, Path, Segment, Type, TypeKind};
use crate::syntax::{Item, ItemKind};

/// Whether a bound of an item or of what stands in it names something so, as a single name: of a parameter, in a `where` clause, of a trait
/// itself, behind `impl` or `dyn`.
pub(super) fn name(item: &Item, name: &str) -> bool {
    let is_it = |path: &Path| path.names().next().is_some_and(|first| first == name);
    let any = |paths: &[Path]| paths.iter().any(is_it);
    let inside = |items: &[std::sync::Arc<Item>]| items.iter().any(|item| self::name(item, name));
    let in_type = |ty: &Type| type_names(ty, &any);
    let in_fields = |fields: &Fields| fields.all().iter().any(|field| in_type(&field.ty));
    let in_generics = |generics: &Generics| {
        generics.params.iter().any(|param| any(&param.bounds))
            || generics.predicates.iter().any(|(ty, bounds)| in_type(ty) || any(bounds))
    };
    match &item.kind {
        ItemKind::Fn(func) => {
            let sig = func.sig();
            in_generics(&sig.generics)
                || sig.params.iter().any(|param| in_type(&param.ty))
                || sig.ret.as_ref().is_some_and(in_type)
        }
        ItemKind::Struct(of) | ItemKind::Union(of) => in_generics(&of.generics) || in_fields(&of.fields),
        ItemKind::Enum(of) => {
            in_generics(&of.generics) || of.variants.iter().any(|variant| in_fields(&variant.fields))
        }
        ItemKind::Trait(of) => in_generics(&of.generics) || any(&of.supertraits) || inside(&of.items),
        ItemKind::Impl(of) => {
            in_generics(&of.generics) || of.trait_.as_ref().is_some_and(is_it) || inside(&of.items)
        }
        ItemKind::TypeAlias { generics, ty } => in_generics(generics) || ty.as_deref().is_some_and(in_type),
        ItemKind::Mod(module) => module.items.as_deref().is_some_and(inside),
        _ => false,
    }
}

/// Whether `impl` or `dyn` in a type stands before traits of which one is meant.
fn type_names(ty: &Type, any: &dyn Fn(&[Path]) -> bool) -> bool {
    match &ty.kind {
        TypeKind::ImplTrait(bounds) | TypeKind::DynTrait(bounds) => any(bounds),
        TypeKind::Ref(inner) | TypeKind::Ptr(inner) | TypeKind::Slice(inner) => type_names(inner, any),
        TypeKind::Tuple(types) => types.iter().any(|ty| type_names(ty, any)),
        TypeKind::Path(path) => {
            let args = path.segments.iter().flat_map(Segment::args);
            args.into_iter().any(|ty| type_names(ty, any))
        }
        TypeKind::FnPtr { params, ret } => params.iter().chain(ret.as_deref()).any(|ty| type_names(ty, any)),
        TypeKind::Never | TypeKind::Infer | TypeKind::Other => false,
    }
}
