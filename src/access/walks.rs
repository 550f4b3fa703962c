//! The walks over all that a program runs, beside each other.
//!
//! Input: where to begin. Output: what each beginning reaches, in the same order. How many walks share them does not depend on the machine:
//! each has its own limit of work, and what is met at a limit must be the same everywhere.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::ground::Ground;
use super::query;
use super::reach::{Reached, Walk};
use crate::diagnostic::Diagnostic;
use crate::ordered::UnorderedSet;
use crate::resolve::DefId;
use crate::routes::Handler;
use crate::span::Location;
use crate::stack::on_all_cores;

/// Among so many walks the beginnings are divided at most.
const WALKS: usize = 8;
/// A walk takes at least so many: each finds out anew what several beginnings lead to.
const FEWEST: usize = 12;

/// Where a walk begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Beginning<'r> {
    Function(DefId),
    Handler(&'r Handler),
}

/// What the walks found.
pub(super) struct Walked {
    /// For each beginning.
    pub(super) reached: Vec<Reached>,
    pub(super) findings: Vec<Diagnostic>,
    /// By walk: callables that were run, by the address of their expression.
    ran: Vec<UnorderedSet<usize>>,
}

impl Walked {
    /// Callables that were put aside and that nothing ran: by their address.
    pub(super) fn never_run(&self, ground: &Ground<'_>) -> Vec<usize> {
        ground.never_run(|address| self.ran.iter().any(|ran| ran.contains(&address)))
    }
}

/// Walks from every beginning.
pub(super) fn walked(ground: &Ground<'_>, beginnings: &[Beginning<'_>]) -> Walked {
    let size = beginnings.len().div_ceil(WALKS).max(FEWEST);
    let parts: Vec<Part> =
        on_all_cores(|| beginnings.par_chunks(size).map(|some| Part::of(ground, some)).collect());
    let mut walked = Walked { reached: Vec::new(), findings: Vec::new(), ran: Vec::new() };
    let (mut builders, mut followed) = (BTreeSet::new(), BTreeSet::new());
    for part in parts {
        walked.reached.extend(part.reached);
        walked.findings.extend(part.findings);
        walked.ran.push(part.ran);
        builders.extend(part.builders);
        followed.extend(part.followed);
    }
    walked.findings.extend(builders.difference(&followed).copied().map(query::unknown));
    walked
}

/// What one walk found.
struct Part {
    reached: Vec<Reached>,
    findings: Vec<Diagnostic>,
    ran: UnorderedSet<usize>,
    builders: BTreeSet<Location>,
    followed: BTreeSet<Location>,
}

impl Part {
    fn of(ground: &Ground<'_>, beginnings: &[Beginning<'_>]) -> Self {
        let mut walk = Walk::new(ground);
        let reached = beginnings.iter().map(|beginning| match beginning {
            Beginning::Function(def) => walk.function(*def),
            Beginning::Handler(handler) => walk.handler(handler),
        });
        let reached = reached.collect();
        Self {
            reached,
            findings: walk.findings,
            ran: walk.ran,
            builders: walk.builders,
            followed: walk.followed,
        }
    }
}
