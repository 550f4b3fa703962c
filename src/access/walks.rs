//! The walks over all that a program runs, beside each other.
//!
//! Input: where to begin. Output: what each beginning reaches, in the same order. How many walks share them does not depend on the machine:
//! each has its own limit of work, and what is met at a limit must be the same everywhere.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use rayon::prelude::*;

use super::ground::Ground;
use super::query;
use super::reach::{Reached, Walk};
use crate::diagnostic::Diagnostic;
use crate::ordered::UnorderedSet;
use crate::resolve::{DefId, Program};
use crate::routes::Handler;
use crate::span::Location;
use crate::stack::on_all_cores;

/// Among so many walks the beginnings are divided at most.
const WALKS: usize = 8;
/// A walk takes at least so many: each finds out anew what several beginnings lead to.
const FEWEST: usize = 16;

/// Where a walk begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Beginning<'r> {
    Function(DefId),
    Handler(&'r Handler),
}

impl Beginning<'_> {
    /// Length of the function or expression, in bytes.
    fn length(self, program: &Program) -> u32 {
        let at = match self {
            Beginning::Function(def) => program.def(def).location,
            Beginning::Handler(handler) => handler.def.map_or(handler.expr, |def| program.def(def).location),
        };
        at.span.len()
    }
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

/// Walks from every beginning. What is written at length is followed first, so that no walk is left to the end with most of the work.
pub(super) fn walked(ground: &Ground<'_>, beginnings: &[Beginning<'_>]) -> Walked {
    let walks = beginnings.len().div_ceil(FEWEST).clamp(1, WALKS);
    let mut order: Vec<usize> = (0..beginnings.len()).collect();
    order.sort_by_key(|&at| Reverse(beginnings[at].length(ground.program)));
    let part = |walk| Part::of(ground, beginnings, order.iter().copied().skip(walk).step_by(walks));
    let parts: Vec<Part> = on_all_cores(|| (0..walks).into_par_iter().with_max_len(1).map(part).collect());
    let mut reached = Vec::with_capacity(beginnings.len());
    let mut walked = Walked { reached: Vec::new(), findings: Vec::new(), ran: Vec::new() };
    let (mut builders, mut followed) = (BTreeSet::new(), BTreeSet::new());
    for part in parts {
        reached.extend(part.reached);
        walked.findings.extend(part.findings);
        walked.ran.push(part.ran);
        builders.extend(part.builders);
        followed.extend(part.followed);
    }
    reached.sort_by_key(|(at, _)| *at);
    walked.reached = reached.into_iter().map(|(_, found)| found).collect();
    walked.findings.extend(builders.difference(&followed).copied().map(query::unknown));
    walked
}

/// What one walk found.
struct Part {
    /// By number of the beginning.
    reached: Vec<(usize, Reached)>,
    findings: Vec<Diagnostic>,
    ran: UnorderedSet<usize>,
    builders: BTreeSet<Location>,
    followed: BTreeSet<Location>,
}

impl Part {
    fn of(ground: &Ground<'_>, beginnings: &[Beginning<'_>], which: impl Iterator<Item = usize>) -> Self {
        let mut walk = Walk::new(ground);
        let from = |at| match beginnings[at] {
            Beginning::Function(def) => (at, walk.function(def)),
            Beginning::Handler(handler) => (at, walk.handler(handler)),
        };
        let reached = which.map(from).collect();
        Self {
            reached,
            findings: walk.findings,
            ran: walk.ran,
            builders: walk.builders,
            followed: walk.followed,
        }
    }
}
