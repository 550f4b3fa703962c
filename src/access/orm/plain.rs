//! Types whose values are plain: no statement, no column, no row is in them, so what made one need not be followed.
//!
//! Input: a type of the program. Output: whether it is a struct of plain fields, all the way down. Deliberately absent: enums, generics.

use super::known::Known;
use crate::ordered::UnorderedSet;
use crate::resolve::{DefId, DefKind, Program, Res, Ty};

/// What is known of the program's types.
#[derive(Default)]
pub(super) struct Plain(Known<DefId, bool>);

impl Plain {
    /// Whether a type is a struct of plain fields; one without fields may stand for a table. `is_row` tells those that macros know.
    pub(super) fn is_plain(&self, program: &Program, def: DefId, is_row: &dyn Fn(DefId) -> bool) -> bool {
        if let Some(known) = self.0.get(&def) {
            return known;
        }
        let is_plain = Search { program, is_row, seen: UnorderedSet::default() }.is_plain(def);
        self.0.insert(def, is_plain);
        is_plain
    }
}

struct Search<'s> {
    program: &'s Program,
    is_row: &'s dyn Fn(DefId) -> bool,
    /// A type that holds itself is plain where the rest is.
    seen: UnorderedSet<DefId>,
}

impl Search<'_> {
    fn is_plain(&mut self, def: DefId) -> bool {
        if !self.seen.insert(def) {
            return true;
        }
        let program = self.program;
        let fields = program.field_types(def);
        program.def(def).kind == DefKind::Struct
            && !fields.is_empty()
            && !(self.is_row)(def)
            && !writes_text(program, def)
            && fields.iter().all(|(_, ty)| self.holds_nothing(ty))
    }

    fn holds_nothing(&mut self, ty: &Ty) -> bool {
        match ty {
            Ty::Def(def, args) => args.iter().all(|ty| self.holds_nothing(ty)) && self.is_plain(*def),
            Ty::External(path, args) => {
                !super::is_family(path.krate()) && args.iter().all(|ty| self.holds_nothing(ty))
            }
            Ty::Ref(inner) | Ty::Slice(inner) => self.holds_nothing(inner),
            Ty::Tuple(elems) => elems.iter().all(|ty| self.holds_nothing(ty)),
            _ => false,
        }
    }
}

/// Whether a type of the program says by itself what text it is.
pub(super) fn writes_text(program: &Program, def: DefId) -> bool {
    program.impls_of_type(def).iter().any(
        |&id| matches!(&program.impl_info(id).trait_, Some(Res::External(path)) if path.last() == "QueryFragment"),
    )
}
