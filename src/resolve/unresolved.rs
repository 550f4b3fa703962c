//! References that lead nowhere, with the reason.

use super::infer::Why;
use super::program::{Def, DefId, Program};
use crate::diagnostic::{Code, Diagnostic};
use crate::span::{Location, Span};

/// One call whose target is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unresolved {
    /// The definition in whose body it stands.
    pub from: DefId,
    /// Of the name in the text.
    pub location: Location,
    pub why: Why,
}

/// How a finding tells what to do about such calls.
const HELP: &str = "write the type of the value before the dot; `analyze -v` lists all such calls";

/// The finding for calls of methods in a definition of which it is not known what they call, each by its name and the name's place; none
/// without calls.
pub fn unknown_calls<'n>(def: &Def, calls: impl IntoIterator<Item = (&'n str, Span)>) -> Option<Diagnostic> {
    let mut names: Vec<&str> = Vec::new();
    let mut first = None;
    for (name, span) in calls {
        first = first.or(Some(span));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("it is not known what {} in `{}` calls", list.join(", "), def.path);
    let at = Location { source: def.location.source, span: first? };
    Some(Diagnostic::new(Code::NAME_UNRESOLVED, message).at(at).help(HELP))
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
