//! Default values: of types of std, of structs that derive `Default`, and of those with an impl of their own.

use std::rc::Rc;

use super::Interp;
use crate::ordered::OrderedMap;
use crate::resolve::{DefId, DefKind, Res, Ty};
use crate::routes::axum;
use crate::routes::value::{Chain, Func, Methods, Opaque, StructValue, Value};
use crate::span::Location;

/// Structs in structs whose fields are followed.
const MAX_DEPTH: usize = 8;

impl<'p> Interp<'p> {
    /// `T::default()`, made at a place of the text.
    pub(super) fn default_of(&mut self, ty: &Ty, at: Location) -> Value<'p> {
        self.default_at(ty, at, 0)
    }

    fn default_at(&mut self, ty: &Ty, at: Location, depth: usize) -> Value<'p> {
        match ty.peel() {
            Ty::Tuple(elems) if elems.is_empty() => Value::Unit,
            Ty::Tuple(elems) if depth < MAX_DEPTH => {
                Value::Tuple(elems.iter().map(|ty| self.default_at(ty, at, depth + 1)).collect())
            }
            Ty::Def(def, _) if depth < MAX_DEPTH => self.default_of_def(*def, ty.peel(), at, depth),
            router if axum::is_router(router) => Value::Router(Chain::origin(at, self.state_text(router))),
            Ty::External(path, _) if axum::is_axum(path) && path.last() == "MethodRouter" => {
                Value::Methods(Rc::new(Methods::default()))
            }
            Ty::External(path, args) if path.krate() == "std" => match (path.last(), args.first()) {
                ("Option", _) => Value::None,
                ("String" | "str" | "PathBuf" | "OsString", _) => Value::text(""),
                ("Vec" | "VecDeque", _) => Value::List(Rc::from([])),
                ("bool", _) => Value::Bool(false),
                (
                    "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128"
                    | "isize",
                    _,
                ) => Value::text("0"),
                ("Mutex" | "RwLock" | "Cell" | "RefCell", Some(inner)) => {
                    self.default_at(inner, at, depth + 1)
                }
                _ => Value::typed(ty.clone()),
            },
            other => Value::typed(other.clone()),
        }
    }

    fn default_of_def(&mut self, def: DefId, ty: &Ty, at: Location, depth: usize) -> Value<'p> {
        if let Some(Res::Def(found)) = self.program.assoc_of(ty, "default")
            && self.program.func(found).is_some()
        {
            let func = Func { def: found, types: Self::types_for(ty), turbofish: Vec::new() };
            return self.enter(&func, None, &[], at.span).value;
        }
        let info = self.program.def(def);
        let derives = |args: &str| args.split(',').any(|derive| derive.trim() == "Default");
        let is_derived = info.kind == DefKind::Struct
            && info.item.attrs.iter().any(|attr| attr.path == "derive" && attr.inside().is_some_and(derives));
        let Some(fields) = self.program.fields(def).filter(|_| is_derived) else {
            return Value::typed(ty.clone());
        };
        let mut held = OrderedMap::default();
        for field in fields.all() {
            let declared = self.field_type_in(ty, def, &field.name.name).unwrap_or(Ty::Unknown);
            held.insert(field.name.name.clone(), self.default_at(&declared, at, depth + 1));
        }
        Value::Struct(Rc::new(StructValue { def, ty: ty.clone(), fields: held }))
    }

    /// A default value whose type its place will tell.
    pub(super) fn untold_default() -> Value<'p> {
        let path = crate::resolve::scope::ExternalPath::parse("std::default::Default::default");
        Value::Opaque(Rc::new(Opaque { ty: Ty::Unknown, head: Some((path, Vec::new())) }))
    }
}
