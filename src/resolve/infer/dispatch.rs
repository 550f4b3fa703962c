//! Calls through bounds lead to the impls that the program really puts there.

use std::sync::Arc;

use super::method::MAX_BY_NAME;
use super::{BodyTypes, Callee, Why};
use crate::certainty::Certainty;
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::evidence::Evidence;
use crate::resolve::program::{DefId, ImplInfo, Program};
use crate::resolve::types::Ty;

/// Which types stand behind which traits, in all live code.
#[derive(Debug, Default)]
pub(in crate::resolve) struct Uses {
    /// By trait: types of the program that a place for the trait is given.
    coerced: UnorderedMap<DefId, Vec<DefId>>,
    constructed: UnorderedSet<DefId>,
}

/// By the trait of a bound and its method: where calls lead.
pub(super) type Candidates = UnorderedMap<(DefId, DefId), (Arc<[Callee]>, Certainty)>;

impl Uses {
    pub(in crate::resolve) fn add(&mut self, body: &BodyTypes) {
        for &(trait_, ty) in &body.coerced {
            let types = self.coerced.entry(trait_).or_default();
            if !types.contains(&ty) {
                types.push(ty);
            }
        }
        for &ty in &body.constructed {
            self.constructed.insert(ty);
        }
    }

    /// The functions to which calls of a trait's method through a bound lead.
    pub(in crate::resolve) fn targets(&self, program: &Program, bound: DefId, method: DefId) -> Vec<DefId> {
        let (callees, _) = candidates(program, self, bound, method);
        let def = |callee: &Callee| match callee {
            Callee::Def { def, .. } => Some(*def),
            _ => None,
        };
        callees.iter().filter_map(def).collect()
    }
}

/// Puts what the program uses in the place of traits' methods that a body calls through bounds.
pub(super) fn fill(program: &Program, body: &mut BodyTypes, known: &mut Candidates) {
    for dispatched in &body.dispatched {
        let key = (dispatched.bound, dispatched.method);
        let (callees, certainty) =
            known.entry(key).or_insert_with(|| candidates(program, &program.uses, key.0, key.1)).clone();
        if callees.is_empty() {
            continue;
        }
        if let Some(site) = body.calls.get_mut(dispatched.call) {
            site.evidence = Evidence::Bound;
            if dispatched.is_one && callees.len() > MAX_BY_NAME {
                site.callees = [Callee::Unresolved { why: Why::Ambiguous }].into();
                site.certainty = Certainty::Unknown;
            } else {
                site.callees = callees;
                site.certainty = certainty;
            }
        }
    }
}

/// The methods that may run where `method` is called through a bound on the trait.
fn candidates(program: &Program, uses: &Uses, bound: DefId, method: DefId) -> (Arc<[Callee]>, Certainty) {
    let impls: Vec<&ImplInfo> =
        program.impls_of_trait(bound).iter().map(|&id| program.impl_info(id)).collect();
    let of_types = |wanted: &dyn Fn(DefId) -> bool| -> Vec<&ImplInfo> {
        impls.iter().copied().filter(|info| info.self_ty.peel().def().is_some_and(wanted)).collect()
    };
    let coerced = uses.coerced.get(&bound);
    let mut chosen = of_types(&|ty| coerced.is_some_and(|types| types.contains(&ty)));
    if chosen.is_empty() {
        chosen = of_types(&|ty| uses.constructed.contains(&ty));
    }
    if chosen.is_empty() {
        chosen.clone_from(&impls);
    }
    let mut callees: Vec<Callee> = Vec::new();
    for info in &chosen {
        let def = method_of(program, info, bound, method);
        let self_ty = match &info.self_ty {
            Ty::Param(_) => None,
            other => Some(other.clone()),
        };
        let callee = Callee::Def { def, self_ty, type_args: Vec::new() };
        if !callees.contains(&callee) {
            callees.push(callee);
        }
    }
    let certainty = if callees.len() == 1 { Certainty::Proved } else { Certainty::Inferred };
    (callees.into(), certainty)
}

/// The impl's own method, also through a supertrait's impl for the same type; else the trait's default.
fn method_of(program: &Program, info: &ImplInfo, bound: DefId, method: DefId) -> DefId {
    let name = &program.def(method).name;
    let trait_ = program.def(method).parent;
    let find = |info: &ImplInfo| info.items.iter().copied().find(|&item| program.def(item).name == *name);
    if trait_ == Some(bound) {
        return find(info).unwrap_or(method);
    }
    let Some(ty) = info.self_ty.peel().def() else { return method };
    let own = program.impls_of_type(ty).iter().map(|&id| program.impl_info(id));
    own.filter(|info| info.trait_.as_ref().and_then(crate::resolve::Res::def) == trait_)
        .find_map(find)
        .unwrap_or(method)
}
