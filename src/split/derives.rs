//! Derives and attributes that define items of their own, and those that name items beside the type.
//!
//! Input: a type of the program. Output: names in its module. Other macros are looked through by their tokens (`live`); a derive has none.
//!
//! Sources: the documentation of `sea-orm`, `derive_builder`, `typed-builder`, `bon` and `strum`; `utoipa_gen::path`.

use crate::resolve::{Def, DefId, DefKind, Program};
use crate::syntax::Name;
use crate::syntax::ast::derives;

struct Derive {
    name: &'static str,
    /// Whole names.
    defines: &'static [&'static str],
    /// Ends of names behind that of the type.
    extends: &'static [&'static str],
    needs: &'static [&'static str],
    /// Methods that what it makes calls, for which their traits must be there.
    calls: &'static [&'static str],
}

const DERIVES: &[Derive] = &[
    Derive {
        name: "DeriveEntityModel",
        defines: &["Entity", "Column", "PrimaryKey", "ActiveModel", "ModelEx", "ActiveModelEx"],
        extends: &[],
        needs: &["Relation"],
        calls: &["find", "paginate"],
    },
    Derive {
        name: "DeriveRelation",
        defines: &[],
        extends: &[],
        needs: &[],
        calls: &["belongs_to", "has_many", "has_one"],
    },
    Derive { name: "Builder", defines: &[], extends: &["Builder", "BuilderError"], needs: &[], calls: &[] },
    Derive { name: "TypedBuilder", defines: &[], extends: &["Builder"], needs: &[], calls: &[] },
    Derive { name: "EnumDiscriminants", defines: &[], extends: &["Discriminants"], needs: &[], calls: &[] },
    Derive { name: "EnumIter", defines: &[], extends: &["Iter"], needs: &[], calls: &[] },
];

/// The attribute of `sea-orm` 2 that stands for its derive.
const ENTITY: &str = "sea_orm::model";

/// The item that the attribute of a handler defines beside it, where the program has macros that name it: `routes!` of `utoipa-axum` names
/// what `#[utoipa::path]` makes.
pub(super) fn beside(program: &Program, id: DefId) -> Option<Name> {
    let def = program.def(id);
    let is_documented = def.item.attrs.iter().any(|attr| attr.path == "utoipa::path" || attr.path == "path");
    let has_routes = || program.tree.dependencies().any(|dependency| dependency.package == "utoipa-axum");
    (is_documented && has_routes()).then(|| Name::new(format!("__path_{}", def.name)))
}

fn of(def: &Def) -> impl Iterator<Item = &'static Derive> + '_ {
    let is_type = matches!(def.kind, DefKind::Struct | DefKind::Enum);
    let has = |name: &str| {
        derives(&def.item.attrs, name)
            || (name == "DeriveEntityModel" && def.item.attrs.iter().any(|attr| attr.path == ENTITY))
    };
    DERIVES.iter().filter(move |derive| is_type && has(derive.name))
}

/// Names of the items that the derives of a type define.
pub(super) fn defined(def: &Def) -> Vec<Name> {
    let each = |derive: &'static Derive| {
        let extended = derive.extends.iter().map(|end| Name::new(format!("{}{end}", def.name)));
        derive.defines.iter().map(|name| Name::new_static(name)).chain(extended)
    };
    of(def).flat_map(each).collect()
}

/// Names of the items that what the derives of a type make refers to.
pub(super) fn needed(def: &Def) -> Vec<Name> {
    of(def).flat_map(|derive| derive.needs).map(|name| Name::new_static(name)).collect()
}

/// Methods that what the derives of a type make calls.
pub(super) fn called(def: &Def) -> impl Iterator<Item = Name> + '_ {
    of(def).flat_map(|derive| derive.calls).map(|name| Name::new_static(name))
}
