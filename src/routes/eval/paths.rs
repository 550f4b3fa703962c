//! Names in expressions: locals, functions, constants and constructors, with what type parameters stand for.

use std::rc::Rc;

use super::Interp;
use crate::ordered::OrderedMap;
use crate::resolve::scope::ExternalPath;
use crate::resolve::types::TypeContext;
use crate::resolve::{DefId, DefKind, Namespace, Res, Ty};
use crate::routes::axum;
use crate::routes::table::Method;
use crate::routes::value::{Func, Place, StructValue, Value};
use crate::syntax::ast::{Fields, Path, Type, TypeKind};
use crate::syntax::{ItemKind, Name};

impl<'p> Interp<'p> {
    pub(super) fn eval_path(&mut self, path: &'p Path) -> Value<'p> {
        if let Some(name) = path.as_ident()
            && let Some(value) = self.local(name)
        {
            return value.clone();
        }
        let turbofish: Vec<Ty> = path.last().args().iter().map(|arg| self.lower(arg)).collect();
        match self.resolve_value(path) {
            Some((Res::Def(id), types)) => self.value_of(id, types, turbofish),
            Some((Res::External(external), _)) => {
                let of_type = path.segments.iter().rev().nth(1).map_or(&[][..], |segment| segment.args());
                let mut turbofish = turbofish;
                turbofish.extend(of_type.iter().map(|arg| self.lower(arg)));
                external_value(external, turbofish)
            }
            Some((Res::Module(_), _)) => Value::unknown(),
            None => {
                let names = [Name::new(axum::UNRESOLVED)].into_iter().chain(path.names().cloned());
                // What a derive adds to a type of the program most likely makes one: `Arguments::parse()`.
                let types = if path.segments.len() > 1 { self.type_before(path) } else { None };
                external_value(ExternalPath::new(names), types.map_or(turbofish, |ty| vec![ty]))
            }
        }
    }

    /// What a path names, and what `Self` and the type's own parameters stand for there.
    fn resolve_value(&self, path: &Path) -> Option<(Res, Vec<(Name, Ty)>)> {
        let frame = self.frame();
        let last = &path.last().ident.name;
        if let Some(qself) = &path.qself {
            let ty = self.lower(qself);
            return Some((self.assoc(&ty, last)?, Self::types_for(&ty)));
        }
        let first = &path.segments[0].ident.name;
        if path.segments.len() == 2
            && let Some((_, ty)) = frame.types.iter().find(|(name, _)| name == first)
        {
            return Some((self.assoc(ty, last)?, Self::types_for(ty)));
        }
        let Some(res) = self.resolve(path, Namespace::Values) else {
            // What an impl for all types of a kind gives: `impl<T: SimpleRoute> Route for T`.
            let ty = (path.segments.len() > 1).then(|| self.type_before(path))??;
            return match self.assoc(&ty, last) {
                Some(res @ Res::Def(_)) => Some((res, Self::types_for(&ty))),
                _ => None,
            };
        };
        let mut types = Vec::new();
        if first == "Self" {
            types.clone_from(&frame.types);
        }
        if path.segments.len() > 1
            && let Some(ty) = self.type_before(path)
        {
            types.push((Name::new("Self"), ty));
        }
        Some((res, types))
    }

    /// The associated item of a type; for external types one that a trait of the program gives them.
    fn assoc(&self, ty: &Ty, name: &str) -> Option<Res> {
        let res = self.program.assoc_of(ty, name);
        if matches!(res, None | Some(Res::External(_)))
            && let Some(found) = self.extension(ty, name)
        {
            return Some(Res::Def(found));
        }
        res
    }

    /// The type that a path's part before its last name means.
    fn type_before(&self, path: &Path) -> Option<Ty> {
        let mut before = path.clone();
        before.segments.pop();
        match self.lower_path(&before) {
            ty @ Ty::Def(..) => Some(ty),
            _ => None,
        }
    }

    /// The type that a path means.
    pub(super) fn lower_path(&self, path: &Path) -> Ty {
        self.lower(&Type { kind: TypeKind::Path(path.clone()), span: path.span })
    }

    pub(super) fn types_for(ty: &Ty) -> Vec<(Name, Ty)> {
        vec![(Name::new("Self"), ty.clone())]
    }

    fn value_of(&mut self, id: DefId, types: Vec<(Name, Ty)>, turbofish: Vec<Ty>) -> Value<'p> {
        let def = self.program.def(id);
        match def.kind {
            DefKind::Const | DefKind::Static | DefKind::AssocConst => self.constant(id, types),
            DefKind::Struct | DefKind::Variant
                if !matches!(self.program.fields(id), Some(Fields::Tuple(_))) =>
            {
                let ty = self.type_of_constructor(id);
                Value::Struct(Rc::new(StructValue { def: id, ty, fields: OrderedMap::default() }))
            }
            DefKind::Fn | DefKind::Method | DefKind::Struct | DefKind::Variant => {
                Value::Func(Rc::new(Func { def: id, types, turbofish }))
            }
            _ => Value::unknown(),
        }
    }

    /// The type that a struct's or variant's constructor makes.
    pub(super) fn type_of_constructor(&self, def: DefId) -> Ty {
        let info = self.program.def(def);
        match (info.kind, info.parent) {
            (DefKind::Variant, Some(parent)) => Ty::Def(parent, Vec::new()),
            (DefKind::TypeAlias, _) => {
                self.program.self_type(TypeContext { module: info.module, owner: Some(def) })
            }
            _ => Ty::Def(def, Vec::new()),
        }
    }

    /// The value of a constant or static.
    pub(super) fn constant_of(&mut self, id: DefId) -> Value<'p> {
        self.value_of(id, Vec::new(), Vec::new())
    }

    fn constant(&mut self, id: DefId, types: Vec<(Name, Ty)>) -> Value<'p> {
        let is_generic = types.iter().any(|(name, _)| name == "Self");
        if !is_generic && let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let def = self.program.def(id);
        let (ItemKind::Const { expr, ty } | ItemKind::Static { expr, ty, .. }) = &def.item.kind else {
            return Value::unknown();
        };
        if self.consts_open.contains(&id) {
            return Value::unknown();
        }
        self.consts_open.push(id);
        let place = Place { def: id, module: def.module, source: def.location.source };
        let value = self.in_frame(place, types, Vec::new(), None, |interp| match expr {
            Some(expr) => {
                let value = interp.eval(expr.get());
                let ty = interp.lower(ty);
                interp.coerce(value, &ty, expr.span())
            }
            None => Value::typed(interp.lower(ty)),
        });
        self.consts_open.pop();
        if !is_generic {
            self.known.insert(id, value.clone());
        }
        value
    }
}

fn external_value<'p>(path: ExternalPath, types: Vec<Ty>) -> Value<'p> {
    let names = &path.0;
    if path.last() == "None" && path.krate() == "std" {
        return Value::None;
    }
    if let [.., owner, last] = &names[..]
        && owner == "MethodFilter"
        && last.chars().all(char::is_uppercase)
    {
        let method = Method::from_routing_fn(&last.to_lowercase());
        return Value::Filter(method.into_iter().collect());
    }
    Value::External(Rc::new((path, types)))
}
