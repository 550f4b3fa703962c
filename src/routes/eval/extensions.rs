//! Methods that traits of the program give to types, by name: extension traits are looked up for every method call.

use std::rc::Rc;

use super::methods::is_transparent;
use crate::ordered::UnorderedMap;
use crate::resolve::{DefId, Program, Ty};
use crate::routes::axum;
use crate::syntax::Name;

/// Methods of the standard library's types whose names traits like to use too.
const STD_METHODS: &[&str] = &[
    "map",
    "and_then",
    "filter",
    "contains",
    "insert",
    "remove",
    "push",
    "len",
    "is_empty",
    "extend",
    "append",
    "join",
    "split",
    "find",
    "replace",
    "trim",
    "to_string",
    "parse",
    "as_str",
    "chars",
    "lines",
    "collect",
    "fold",
    "flatten",
    "zip",
    "chain",
    "is_some",
    "is_none",
    "is_ok",
    "is_err",
    "map_or",
    "map_or_else",
    "starts_with",
    "ends_with",
    "keys",
    "values",
    "entry",
];

/// Whether values of the standard library are likely meant where a method of that name is called on one.
pub(super) fn is_std_method(name: &str) -> bool {
    STD_METHODS.contains(&name)
}

/// All methods of trait impls, by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Extensions(Rc<UnorderedMap<Name, Vec<Extension>>>);

/// One method of one impl: its own or the trait's default.
#[derive(Debug)]
struct Extension {
    /// Position in `Program::impls`.
    implementation: usize,
    method: DefId,
}

impl Extensions {
    pub(super) fn new(program: &Program) -> Self {
        let mut by_name: UnorderedMap<Name, Vec<Extension>> = UnorderedMap::default();
        for (implementation, info) in program.impls.iter().enumerate() {
            let Some(trait_) = info.trait_.as_ref().and_then(crate::resolve::Res::def) else { continue };
            let own = info.items.iter().copied();
            let named = |name: &Name| info.items.iter().any(|&item| program.def(item).name == *name);
            let defaults =
                program.members(trait_).iter().copied().filter(|&item| !named(&program.def(item).name));
            for method in own.chain(defaults) {
                let name = program.def(method).name.clone();
                by_name.entry(name).or_default().push(Extension { implementation, method });
            }
        }
        Self(Rc::new(by_name))
    }

    /// The method of that name that a trait of the program gives to a type.
    pub(super) fn find(&self, program: &Program, ty: &Ty, name: &str) -> Option<DefId> {
        let wanted = ty.peel();
        // The standard library's own methods come before those of traits.
        let is_std = matches!(wanted, Ty::External(path, _) if path.krate() == "std");
        if wanted.is_unknown() || (is_std && (is_transparent(name) || STD_METHODS.contains(&name))) {
            return None;
        }
        let fits =
            |extension: &&Extension| match (program.impls[extension.implementation].self_ty.peel(), wanted) {
                (Ty::Param(_), _) => true,
                // One value stands for the router types of all crates.
                (a, b) if axum::is_router(a) && axum::is_router(b) => true,
                (Ty::External(a, _), Ty::External(b, _)) => a.last() == b.last(),
                (Ty::Def(a, _), Ty::Def(b, _)) => a == b,
                _ => false,
            };
        self.0.get(name)?.iter().find(fits).map(|extension| extension.method)
    }
}
