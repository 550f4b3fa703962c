//! Methods of a function crate that nothing in it calls. They are kept for a call in shared code whose target is not known; as shared code
//! cannot see the types of a function, it means others.
//!
//! Input: what each crate keeps. Output: these methods, which are allowed to have no use. Deliberately absent: methods of shared crates, which
//! other crates may call.

use std::collections::BTreeSet;

use super::leads::Leads;
use super::live::CutProgram;
use super::names::{CrateKey, Names};
use crate::ordered::UnorderedSet;
use crate::resolve::{DefId, DefKind, Program};

/// Finds them in every function crate.
pub(super) fn find(names: &mut Names<'_>, leads: &Leads<'_>) {
    let program = names.program;
    for (key, contents) in &mut names.crates {
        let CrateKey::Function { .. } = key else { continue };
        let cut = CutProgram::new(program, &contents.skeleton);
        let (mut led_to, mut called) = (BTreeSet::new(), UnorderedSet::default());
        for &id in &contents.defs {
            let source = program.def(id).location.source;
            for lead in leads.of(id).iter().filter(|lead| !cut.is_gone(source, lead.span)) {
                led_to.extend(lead.defs.iter().copied());
                if let Some(name) = &lead.called {
                    called.insert(name.clone());
                }
            }
        }
        let methods = contents.defs.iter().copied().filter(|&id| is_of_type(program, id));
        contents.uncalled =
            methods.filter(|id| !led_to.contains(id) && !called.contains(&program.def(*id).name)).collect();
    }
}

/// Whether it is a method in an impl without a trait.
fn is_of_type(program: &Program, id: DefId) -> bool {
    let def = program.def(id);
    let of_impl = def.parent.and_then(|parent| program.impl_of(parent));
    def.kind == DefKind::Method && of_impl.is_some_and(|info| info.trait_.is_none())
}
