//! Builders that a derive makes for a struct of the program: nobody sees their code, but each setter bears the name of its field.

use std::rc::Rc;

use super::Interp;
use super::calls::Entered;
use crate::ordered::OrderedMap;
use crate::resolve::scope::ExternalPath;
use crate::resolve::{DefId, DefKind, Ty};
use crate::routes::axum;
use crate::routes::value::{StructValue, Value};

impl<'p> Interp<'p> {
    /// `Config::builder()`, `ConfigBuilder::default()`: the struct that is being built, without fields.
    pub(super) fn derived_builder(&self, path: &ExternalPath, types: &[Ty]) -> Option<Value<'p>> {
        if path.krate() != axum::UNRESOLVED {
            return None;
        }
        let [.., owner, last] = &path.0[..] else { return None };
        let ty = match (last.as_str(), types.first()) {
            ("builder", Some(ty @ Ty::Def(..))) => ty.clone(),
            ("default" | "new" | "create_empty", _) => {
                Ty::Def(self.with_derived_builder(owner.strip_suffix("Builder")?)?, Vec::new())
            }
            _ => return None,
        };
        let def = ty.def().filter(|&def| self.program.def(def).kind == DefKind::Struct)?;
        Some(Value::Struct(Rc::new(StructValue { def, ty, fields: OrderedMap::default() })))
    }

    /// The only struct of that name with a derived builder.
    fn with_derived_builder(&self, name: &str) -> Option<DefId> {
        let derives = |args: &str| args.split(',').any(|derive| derive.trim().ends_with("Builder"));
        let mut all = self.program.defs.iter().filter(|def| {
            def.kind == DefKind::Struct
                && def.name == name
                && def
                    .item
                    .attrs
                    .iter()
                    .any(|attr| attr.path == "derive" && attr.inside().is_some_and(derives))
        });
        all.next().filter(|_| all.next().is_none()).map(|def| def.id)
    }

    /// A method that the program does not define for a struct: a setter of one of its fields, or the end of building it.
    pub(super) fn derived_method(
        &self,
        receiver: &Value<'p>,
        name: &str,
        args: &[Value<'p>],
    ) -> Option<Entered<'p>> {
        let Value::Struct(held) = receiver else { return None };
        let value = match args {
            [] if matches!(name, "build" | "try_build") => return Some(Entered::value(receiver.clone())),
            [value] => value,
            _ => return None,
        };
        let field = ["", "with_", "set_", "maybe_"].into_iter().find_map(|prefix| {
            let fields = self.program.fields(held.def)?.all();
            fields.iter().find(|field| name.strip_prefix(prefix).is_some_and(|name| field.name.name == name))
        })?;
        let mut fields = held.fields.clone();
        fields.insert(field.name.name.clone(), value.clone());
        let ty = self.type_with(held.def, &held.ty, &fields);
        let built = Value::Struct(Rc::new(StructValue { def: held.def, ty, fields }));
        Some(Entered { value: built.clone(), receiver: Some(built), args: Vec::new() })
    }
}
