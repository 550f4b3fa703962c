//! Struct values, fields, and assignment to places.

use std::rc::Rc;

use super::Interp;
use crate::ordered::OrderedMap;
use crate::resolve::types::TypeContext;
use crate::resolve::{DefId, Namespace, Res, Ty};
use crate::routes::value::{RUN_TIME, StructValue, Value};
use crate::syntax::ast::{Expr, ExprKind, StructLit};

impl<'p> Interp<'p> {
    pub(super) fn eval_struct(&mut self, literal: &'p StructLit) -> Value<'p> {
        let def = match self.resolve(&literal.path, Namespace::Types) {
            Some(Res::Def(id)) => Some(id),
            _ => None,
        };
        let own = def.map(|def| self.type_of_constructor(def));
        let rest = literal.rest.as_ref().map(|rest| {
            let value = self.eval(rest);
            own.map_or(value.clone(), |own| self.coerce(value, &own, rest.span))
        });
        let mut fields = match &rest {
            Some(Value::Struct(rest)) if Some(rest.def) == def => rest.fields.clone(),
            _ => OrderedMap::default(),
        };
        for field in &literal.fields {
            let mut value = self.eval(&field.expr);
            if value.is_never() {
                return value;
            }
            if let Some(def) = def
                && let Some(ty) = self.field_type(def, &field.name.name)
            {
                value = self.coerce(value, &ty, field.expr.span);
            }
            fields.insert(field.name.name.clone(), value);
        }
        let Some(def) = def else { return Value::unknown() };
        let written = match self.type_of_constructor(def) {
            Ty::Def(holder, _) => match self.lower_path(&literal.path) {
                Ty::Def(same, args) if same == holder => Ty::Def(holder, args),
                _ => Ty::Def(holder, Vec::new()),
            },
            other => other,
        };
        let ty = self.type_with(def, &written, &fields);
        Value::Struct(Rc::new(StructValue { def, ty, fields }))
    }

    pub(super) fn eval_index(&mut self, base: &'p Expr, index: &'p Expr) -> Value<'p> {
        let base = self.eval(base);
        if let (Value::Text(text), ExprKind::Range { from, to }) = (&base, &index.kind) {
            let text = text.clone();
            return self.slice(&text, from.as_deref(), to.as_deref());
        }
        let index = self.eval(index);
        match (&base, &index) {
            (Value::List(elems), Value::Text(at)) => {
                at.parse::<usize>().ok().and_then(|at| elems.get(at).cloned()).unwrap_or_else(Value::unknown)
            }
            _ => Value::unknown(),
        }
    }

    /// `text[from..to]`.
    fn slice(&mut self, text: &str, from: Option<&'p Expr>, to: Option<&'p Expr>) -> Value<'p> {
        let mut end = |end: Option<&'p Expr>, otherwise: usize| match end.map(|end| self.eval(end)) {
            None => Some(otherwise),
            Some(Value::Text(at)) => at.parse().ok(),
            Some(_) => None,
        };
        let (from, to) = (end(from, 0), end(to, text.len()));
        // Where a part is not known, neither is any position.
        let is_known = !text.contains(RUN_TIME);
        let part = from.zip(to).filter(|_| is_known).and_then(|(from, to)| text.get(from..to));
        part.map_or_else(|| Value::text(RUN_TIME.to_string()), Value::text)
    }

    /// The value of a field.
    pub(super) fn field(&mut self, base: &Value<'p>, name: &str) -> Value<'p> {
        match base {
            Value::Never => Value::Never,
            Value::Tuple(elems) => name
                .parse::<usize>()
                .ok()
                .and_then(|at| elems.get(at).cloned())
                .unwrap_or_else(Value::unknown),
            Value::Struct(value) => match value.fields.get(name) {
                Some(field) => field.clone(),
                None => Value::typed(self.field_type_in(&value.ty, value.def, name).unwrap_or(Ty::Unknown)),
            },
            Value::Opaque(value) => {
                let ty = value.ty.peel().def().and_then(|def| self.field_type_in(&value.ty, def, name));
                Value::typed(ty.unwrap_or(Ty::Unknown))
            }
            _ => Value::unknown(),
        }
    }

    /// The declared type of a field.
    pub(super) fn field_type(&self, def: DefId, name: &str) -> Option<Ty> {
        let fields = self.program.fields(def)?;
        let field = fields.all().iter().find(|field| field.name.name == name)?;
        let context = TypeContext { module: self.program.def(def).module, owner: Some(def) };
        Some(self.program.lower_type(&field.ty, context))
    }

    /// Assigns to a local, a field of a local, or what a reference in a local points to.
    pub(super) fn assign(&mut self, place: &'p Expr, value: Value<'p>) {
        match &place.kind {
            ExprKind::Path(path) => {
                if let Some(name) = path.as_ident() {
                    self.set_local(name, value);
                }
            }
            ExprKind::Deref(inner) | ExprKind::Ref(inner) => self.assign(inner, value),
            ExprKind::Field { base, name } => {
                if !is_place(base) {
                    return;
                }
                let changed = match self.eval(base) {
                    Value::Struct(holder) => {
                        let mut holder = (*holder).clone();
                        holder.fields.insert(name.name.clone(), value);
                        Value::Struct(Rc::new(holder))
                    }
                    Value::Tuple(elems) => {
                        let mut elems = elems.to_vec();
                        if let Some(elem) = name.name.parse::<usize>().ok().and_then(|at| elems.get_mut(at)) {
                            *elem = value;
                        }
                        Value::Tuple(elems.into())
                    }
                    Value::Opaque(holder) => match holder.ty.peel().def() {
                        Some(def) => {
                            let fields = OrderedMap::from_iter([(name.name.clone(), value)]);
                            Value::Struct(Rc::new(StructValue { def, ty: holder.ty.clone(), fields }))
                        }
                        None => return,
                    },
                    _ => return,
                };
                self.assign(base, changed);
            }
            ExprKind::Tuple(elems) => {
                for (at, elem) in elems.iter().enumerate() {
                    let part = self.field(&value, &at.to_string());
                    self.assign(elem, part);
                }
            }
            _ => {}
        }
    }
}

/// Whether an expression names something that can be assigned to: a local, or a field of one.
pub(super) fn is_place(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Path(path) => path.as_ident().is_some(),
        ExprKind::Field { base, .. } => is_place(base),
        ExprKind::Deref(inner) | ExprKind::Ref(inner) => is_place(inner),
        _ => false,
    }
}
