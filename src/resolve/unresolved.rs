//! References that lead nowhere, with the reason.

use super::infer::Why;
use super::program::{DefId, Program};
use crate::span::Location;

/// One call whose target is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unresolved {
    /// The definition in whose body it stands.
    pub from: DefId,
    /// Of the name in the text.
    pub location: Location,
    pub why: Why,
}

impl Program {
    /// Calls whose target is not known, of live definitions, in the order of the text.
    pub fn unresolved(&self) -> Vec<Unresolved> {
        let mut all = Vec::new();
        for def in self.live_defs() {
            let calls = self.body(def.id).map_or(&[][..], |body| &body.calls);
            let start = all.len();
            all.extend(calls.iter().filter_map(|site| {
                let location = Location { source: def.location.source, span: site.name };
                Some(Unresolved { from: def.id, location, why: site.why()? })
            }));
            all[start..].sort_by_key(|unresolved| unresolved.location);
        }
        all
    }
}
