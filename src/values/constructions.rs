//! Fields, elements and contents of values: back to the literal or constructor call that put them there.

use std::rc::Rc;

use super::assigned::Holder;
use super::eval::{Evaluator, present};
use super::frame::address;
use super::index::Site;
use super::memo::Task;
use super::value::{Distinct, Element, Set, Thunk, Value, Values};
use crate::resolve::scope::ExternalPath;
use crate::resolve::types::TypeContext;
use crate::resolve::{DefId, DefKind, Program, Res, Ty, derived};
use crate::syntax::ast::{ExprKind, Fields, derives};
use crate::syntax::{Attr, ItemKind, Name};

/// Longer chains of `Deref` are not followed.
const MAX_DEREF: usize = 4;

/// Derives whose code makes values: those of `serde`, `clap`, `envconfig`, `sqlx`, `diesel`, `sea-orm`, `axum`, `axum_typed_multipart`, `prost`,
/// `typed-builder`, `derive_builder`, `bon` and `derive_more`, by their documentation.
const MADE_BY: &[&str] = &[
    "Args",
    "Builder",
    "DeriveEntityModel",
    "Deserialize",
    "Envconfig",
    "From",
    "FromArgs",
    "FromQueryResult",
    "FromRequest",
    "FromRequestParts",
    "FromRow",
    "Message",
    "Parser",
    "Queryable",
    "QueryableByName",
    "TryFromMultipart",
    "TypedBuilder",
];

/// Smart pointers of the standard library.
fn is_pointer(path: &ExternalPath) -> bool {
    path.krate() == "std" && matches!(path.last(), "Arc" | "Rc" | "Box" | "Pin")
}

/// The type behind references and smart pointers.
pub(super) fn behind_pointers(ty: &Ty) -> &Ty {
    match ty.peel() {
        Ty::External(path, args) if is_pointer(path) && !args.is_empty() => behind_pointers(&args[0]),
        other => other,
    }
}

impl<'p> Evaluator<'p> {
    /// Values of a field, or of a tuple's position.
    pub(super) fn fields(&mut self, bases: &[Value<'p>], name: &str) -> Vec<Value<'p>> {
        let mut values = Vec::new();
        // What is assigned to a field may be in any value of its type.
        let mut assigned = Vec::new();
        for base in bases {
            match base {
                Value::Struct { def, made, set } => {
                    let set: Vec<&Set<'p>> = set.iter().filter(|set| set.field == name).collect();
                    values.extend(self.eval_all(set.iter().map(|set| set.value)));
                    if !set.iter().any(|set| set.always) {
                        values.extend(self.field_of_made(*def, *made, name).iter().cloned());
                        if !assigned.contains(def) {
                            assigned.push(*def);
                            values.extend(self.assigned(*def, name, Holder::Shared));
                            self.add_changes(*def, name, &mut values);
                        }
                    }
                }
                Value::Of(ty) => values.extend(self.field_of_type(ty, name)),
                Value::Filled(ty, filled) => values.extend(self.field_of_filled(ty, filled, name)),
                Value::Tuple(elems) => match name.parse::<usize>().ok().and_then(|at| elems.get(at)) {
                    Some(elem) => values.extend(self.eval(*elem).iter().cloned()),
                    None => values.push(Value::Unknown),
                },
                Value::Pair(pair) => match name.parse::<usize>().ok().and_then(|at| pair.get(at)) {
                    Some(elem) => values.extend(elem.iter().cloned()),
                    None => values.push(Value::Unknown),
                },
                Value::Absent => {}
                _ => values.push(Value::Unknown),
            }
        }
        values
    }

    /// The field as this literal or constructor call fills it.
    fn field_of_made(&mut self, def: DefId, made: Thunk<'p>, name: &str) -> Values<'p> {
        // `S { a, ..self }` may take the field from a value that the same literal made: that adds nothing.
        let task = Task::Field(address(made.expr), made.frame, Name::new(name));
        self.solve(task, |evaluator| evaluator.field_of_new(def, made, name))
    }

    fn field_of_new(&mut self, def: DefId, made: Thunk<'p>, name: &str) -> Vec<Value<'p>> {
        let values = match &made.expr.kind {
            ExprKind::Struct(literal) => {
                let filled = literal.fields.iter().find(|field| field.name.name == name);
                match (filled, &literal.rest) {
                    (Some(field), _) => self.eval(Thunk { expr: &field.expr, ..made }).to_vec(),
                    (None, Some(rest)) => {
                        let bases = self.eval(Thunk { expr: rest, ..made });
                        self.fields(&bases, name)
                    }
                    (None, None) => vec![Value::Unknown],
                }
            }
            ExprKind::Call { args, .. } => match name.parse::<usize>() {
                Ok(at) => match args.get(at) {
                    Some(arg) => self.eval(Thunk { expr: arg, ..made }).to_vec(),
                    None => vec![Value::Unknown],
                },
                Err(_) => self.field_of_derived(def, made, args, name),
            },
            // A builder's `build`.
            ExprKind::MethodCall(_) => {
                let built = self.eval(made);
                self.fields(&present(&built), name)
            }
            _ => vec![Value::Unknown],
        };
        match self.field_type(def, name) {
            Some(ty) => self.coerce(values, &self.concrete(&ty, made.frame)),
            None => values,
        }
    }

    /// A field of values that a pattern takes for this struct or variant.
    pub(super) fn fields_as(&mut self, wanted: DefId, bases: &[Value<'p>], name: &str) -> Vec<Value<'p>> {
        let own_type = self.type_of(wanted);
        let mut values = Vec::new();
        for base in bases {
            match base {
                // Another variant is not matched; a value of another type was converted on its way here.
                Value::Struct { def, .. } if *def != wanted => {
                    values.extend((self.type_of(*def) != own_type).then_some(Value::Unknown));
                }
                Value::Of(ty) if own_type != wanted && ty.peel().def() == Some(own_type) => {
                    values.extend(self.field_of_def(wanted, ty.peel(), name));
                }
                _ => values.extend(self.fields(std::slice::from_ref(base), name)),
            }
        }
        values
    }

    /// The type of what a struct literal or variant makes.
    pub(super) fn type_of(&self, def: DefId) -> DefId {
        let variant_of =
            self.program.def(def).parent.filter(|_| self.program.def(def).kind == DefKind::Variant);
        variant_of.unwrap_or(def)
    }

    /// What is assigned to the field anywhere, of values that are held so.
    fn assigned(&mut self, def: DefId, name: &str, holder: Holder) -> Vec<Value<'p>> {
        let index = self.index.clone();
        let mut values = Distinct::default();
        for site in index.assigned(def, name, holder) {
            let frame = self.root(site.owner, None);
            values.extend(self.eval(Thunk { expr: site.expr, frame }).iter().cloned());
            if values.is_full() {
                break;
            }
        }
        values.all()
    }

    /// Texts and lists in a field that is changed in place may be anything else too.
    fn add_changes(&self, def: DefId, name: &str, values: &mut Vec<Value<'p>>) {
        let may_change = |value: &Value<'_>| matches!(value, Value::Text(_) | Value::List(_));
        if values.iter().any(may_change) && self.index.is_changed(def, name) {
            values.push(Value::Unknown);
        }
    }

    /// The field in every value of that type that the program makes.
    fn field_of_type(&mut self, ty: &Ty, name: &str) -> Vec<Value<'p>> {
        match ty.peel() {
            Ty::Def(def, _) => self.field_of_def(*def, ty.peel(), name),
            Ty::Tuple(elems) => match name.parse::<usize>().ok().and_then(|at| elems.get(at)) {
                Some(elem) => vec![Value::Of(elem.clone())],
                None => vec![Value::Unknown],
            },
            Ty::External(_, args) if name == "0" && !args.is_empty() => vec![Value::Of(args[0].clone())],
            _ => vec![Value::Unknown],
        }
    }

    /// The field of this struct or variant in every value of a type that the program makes.
    fn field_of_def(&mut self, def: DefId, ty: &Ty, name: &str) -> Vec<Value<'p>> {
        let task = Task::FieldOf(def, ty.clone(), Name::new(name));
        self.solve(task, |evaluator| evaluator.field_of_all(def, ty, name)).to_vec()
    }

    /// The field in every place that makes a value of the type.
    fn field_of_all(&mut self, def: DefId, ty: &Ty, name: &str) -> Vec<Value<'p>> {
        let index = self.index.clone();
        let sites = index.constructions(def).iter();
        let is_made = !sites.as_slice().is_empty() || self.derives(def, &["Default"]);
        let mut values = Distinct::default();
        for site in sites.filter(|site| site.ty.as_ref().is_none_or(|known| may_be(known, ty))) {
            let inside = self.impl_self(site.owner).is_some_and(|own| own.def() == ty.def());
            let frame = self.root(site.owner, inside.then(|| ty.clone()));
            let made = Thunk { expr: site.expr, frame };
            values.extend(self.field_of_made(def, made, name).iter().cloned());
            if values.is_full() {
                break;
            }
        }
        for holder in [Holder::Shared, Holder::Alone] {
            values.extend(self.assigned(def, name, holder));
        }
        let mut values = values.all();
        self.add_changes(def, name, &mut values);
        if let Value::Of(declared) = self.field_by_type(def, ty, name) {
            // What a generic constructor is given elsewhere: `Shelf<Stored>` is not made with a `Built`.
            values.retain(|value| self.may_have_type(value, &declared));
        }
        if let Some(value) = self.field_of_arguments(def, name) {
            values.push(value);
        } else if !is_made || values.is_empty() || self.is_made_elsewhere(def) {
            let fillings = if self.derives(def, &["Deserialize"]) { self.fillings(def) } else { Vec::new() };
            values.extend(self.fields(&fillings, name));
            if fillings.is_empty() {
                values.push(self.field_by_type(def, ty, name));
            }
        }
        values
    }

    fn field_by_type(&self, def: DefId, ty: &Ty, name: &str) -> Value<'p> {
        let Some(field) = self.field_type(def, name) else { return Value::Unknown };
        let Ty::Def(of, args) = ty else { return Value::Of(field) };
        let params = self.program.generics(*of).into_iter().flat_map(|generics| &generics.params);
        let params = params.filter(|param| param.kind == crate::syntax::ast::GenericParamKind::Type);
        let map: Vec<(Name, Ty)> = params.map(|param| param.name.clone()).zip(args.iter().cloned()).collect();
        Value::Of(field.substitute(&map))
    }

    /// Gives values of unknown or abstract type the type that is written where they arrive. A value of another type was converted on its way.
    pub(super) fn coerce(&mut self, values: Vec<Value<'p>>, ty: &Ty) -> Vec<Value<'p>> {
        if !is_concrete(ty) {
            return values;
        }
        let mut known = |value| match &value {
            Value::Unknown => Value::Of(ty.clone()),
            Value::Struct { def, .. } if ty.peel().def().is_some_and(|own| own != self.type_of(*def)) => {
                Value::Of(ty.clone())
            }
            Value::Of(own) if !is_concrete(own) || are_others(own, ty) => Value::Of(ty.clone()),
            Value::Chain(chain) if ty.peel().def().is_some() => match self.filled(chain) {
                Some(filled) => Value::Filled(ty.peel().clone(), Rc::new(filled)),
                None => value,
            },
            _ => value,
        };
        values.into_iter().map(&mut known).collect()
    }

    /// Whether a value can be of a type, as far as both are known.
    fn may_have_type(&self, value: &Value<'p>, ty: &Ty) -> bool {
        if !matches!(ty.peel(), Ty::Def(..)) {
            return true;
        }
        match value {
            Value::Struct { def, .. } => ty.peel().def() == Some(self.type_of(*def)),
            Value::Of(own) => !matches!(own.peel(), Ty::Def(..)) || may_be(own, ty),
            _ => true,
        }
    }

    fn field_type(&self, def: DefId, name: &str) -> Option<Ty> {
        self.field_with_attrs(def, name).map(|(ty, _)| ty)
    }

    /// A field's type and attributes.
    pub(super) fn field_with_attrs(&self, def: DefId, name: &str) -> Option<(Ty, &'p [Attr])> {
        let (Fields::Named(fields) | Fields::Tuple(fields)) = self.program.fields(def)? else { return None };
        let field = fields.iter().find(|field| field.name.name == name)?;
        let context = TypeContext { module: self.program.def(def).module, owner: Some(def) };
        Some((self.program.lower_type(&field.ty, context), &field.attrs))
    }

    /// Whether code of another crate can make values of the type: from the environment, a request, a row, a builder.
    fn is_made_elsewhere(&self, def: DefId) -> bool {
        let is_made = MADE_BY.iter().any(|name| self.derives(def, &[name]) && !self.is_built(def, name));
        is_made || self.program.def(def).item.attrs.iter().any(|attr| attr.path.ends_with("enum_dispatch"))
    }

    /// Whether a derive gives the struct a builder that the program is seen to use as it is meant.
    fn is_built(&self, def: DefId, derive: &str) -> bool {
        let is_built = |site: &Site<'_>| matches!(site.expr.kind, ExprKind::MethodCall(_));
        matches!(derive, "Builder" | "TypedBuilder")
            && derived::has_plain_builder(self.program, def)
            && self.index.constructions(def).iter().any(is_built)
    }

    pub(super) fn derives(&self, def: DefId, names: &[&str]) -> bool {
        let attrs = &self.program.def(def).item.attrs;
        names.iter().any(|name| derives(attrs, name))
    }

    /// What a method that a type of the program does not have is called on: the target of its `Deref`.
    pub(super) fn deref_target(&self, ty: &Ty) -> Option<Ty> {
        let mut at = ty.peel().clone();
        let mut target = None;
        for _ in 0..MAX_DEREF {
            at = match at {
                Ty::External(path, args) if is_pointer(&path) => args.first()?.peel().clone(),
                Ty::Def(def, _) => match self.deref_of(def) {
                    Some(next) => target.insert(next).peel().clone(),
                    None => return target,
                },
                _ => return target,
            };
        }
        target
    }

    /// `Target` of a type's `Deref`, written or derived.
    fn deref_of(&self, def: DefId) -> Option<Ty> {
        let program = self.program;
        let written = program.impls_of_type(def).iter().find_map(|&id| {
            let info = program.impl_info(id);
            let is_deref = matches!(&info.trait_, Some(Res::External(path)) if path.last() == "Deref");
            let item = *info.items.iter().find(|&&item| is_deref && program.def(item).name == "Target")?;
            let ItemKind::TypeAlias { ty: Some(ty), .. } = &program.def(item).item.kind else { return None };
            let context = TypeContext { module: program.def(item).module, owner: Some(item) };
            Some(program.lower_type(ty, context))
        });
        written.or_else(|| {
            let (Fields::Named(fields) | Fields::Tuple(fields)) = program.fields(def)? else { return None };
            match fields.as_slice() {
                [only] if self.derives(def, &["Deref"]) => self.field_type(def, &only.name.name),
                _ => None,
            }
        })
    }

    /// The type of the impl that holds a function.
    pub(super) fn impl_self(&self, owner: DefId) -> Option<&'p Ty> {
        let parent = self.program.def(owner).parent?;
        (self.program.def(parent).kind == DefKind::Impl)
            .then(|| self.program.impl_of(parent))
            .flatten()
            .map(|info| info.self_ty.peel())
    }

    /// What the generics of a function's impl are when `Self` is this type.
    pub(super) fn impl_args(&self, owner: DefId, self_ty: Option<&Ty>) -> Vec<(Name, Ty)> {
        let mut map = Vec::new();
        if let (Some(pattern), Some(ty)) = (self.impl_self(owner), self_ty) {
            unify(pattern, ty.peel(), &mut map);
        }
        map
    }

    /// Elements of lists; keys with values of maps.
    pub(super) fn elements(&mut self, lists: &[Value<'p>]) -> Vec<Value<'p>> {
        let mut values = Vec::new();
        for list in lists {
            match list {
                // What fills it is not seen.
                Value::List(elements) if elements.is_empty() => values.push(Value::Unknown),
                Value::List(elements) => {
                    for element in elements.iter() {
                        match element {
                            Element::One(thunk) => values.extend(present(&self.eval(*thunk))),
                            Element::Pair(key, value) => {
                                values.push(Value::Tuple(Rc::new(vec![*key, *value])));
                            }
                            Element::Value(value) => values.push(value.clone()),
                        }
                    }
                }
                Value::Of(Ty::Slice(inner)) => values.push(Value::Of((**inner).clone())),
                Value::Of(Ty::External(path, args)) if path.krate() == "std" && args.len() == 1 => {
                    values.push(Value::Of(args[0].clone()));
                }
                Value::Absent => {}
                _ => values.push(Value::Unknown),
            }
        }
        values
    }
}

/// What stands in a wrapper of another crate: `T` of `Option<T>`, `State<T>`.
pub(super) fn unwrapped<'p>(values: &[Value<'p>]) -> Vec<Value<'p>> {
    let content = |value| match value {
        Value::Of(Ty::External(_, args)) if !args.is_empty() => Value::Of(args[0].clone()),
        value => value,
    };
    present(values).into_iter().map(content).collect()
}

pub(super) fn is_concrete(ty: &Ty) -> bool {
    matches!(ty.peel(), Ty::Def(..) | Ty::External(..) | Ty::Tuple(_) | Ty::Slice(_))
}

/// Whether two types can be the same, as far as both are known.
pub(super) fn may_be(a: &Ty, b: &Ty) -> bool {
    match (a.peel(), b.peel()) {
        (Ty::Def(a, a_args), Ty::Def(b, b_args)) => a == b && all_may_be(a_args, b_args),
        (Ty::External(a, a_args), Ty::External(b, b_args)) => {
            a.last() == b.last() && all_may_be(a_args, b_args)
        }
        (Ty::Def(..), Ty::External(..)) | (Ty::External(..), Ty::Def(..)) => false,
        _ => true,
    }
}

/// Whether both are types of the program, and not the same.
fn are_others(a: &Ty, b: &Ty) -> bool {
    matches!((a.peel().def(), b.peel().def()), (Some(a), Some(b)) if a != b)
}

fn all_may_be(a: &[Ty], b: &[Ty]) -> bool {
    a.iter().zip(b).all(|(a, b)| may_be(a, b))
}

fn unify(pattern: &Ty, ty: &Ty, map: &mut Vec<(Name, Ty)>) {
    match (pattern, ty) {
        (Ty::Param(name), ty) if !matches!(ty, Ty::Param(_) | Ty::Unknown) => {
            map.push((name.clone(), ty.clone()));
        }
        (Ty::Def(a, a_args), Ty::Def(b, b_args)) if a == b => {
            a_args.iter().zip(b_args).for_each(|(a, b)| unify(a, b, map));
        }
        (Ty::External(_, a_args), Ty::External(_, b_args)) => {
            a_args.iter().zip(b_args).for_each(|(a, b)| unify(a, b, map));
        }
        (Ty::Ref(a), Ty::Ref(b)) => unify(a, b, map),
        _ => {}
    }
}

/// The trait that declares a method, where it is a trait's own.
pub(super) fn declaring_trait(program: &Program, method: DefId) -> Option<DefId> {
    let parent = program.def(method).parent?;
    (program.def(parent).kind == DefKind::Trait).then_some(parent)
}
