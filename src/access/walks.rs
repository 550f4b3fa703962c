//! The walks over all that a program runs, beside each other.
//!
//! Input: where to begin. Output: what each beginning reaches, in the same order. How many walks share them does not depend on the machine:
//! each has its own limit of work, and what is met at a limit must be the same everywhere.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::ground::Ground;
use super::query;
use super::reach::{Reached, Walk};
use crate::diagnostic::Diagnostic;
use crate::ordered::UnorderedSet;
use crate::resolve::{DefId, Program};
use crate::routes::Handler;
use crate::span::Location;
use crate::stack::each;

/// Among so many walks the beginnings are divided at most.
const WALKS: usize = 16;
/// A walk takes so much on average, in bytes: each finds out anew what several beginnings lead to.
const LENGTH: u64 = 15_000;
/// Nothing counts as shorter, in bytes: what it calls is followed too.
const SHORTEST: u64 = 1_000;

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

/// Shares beginnings out among walks, by number and length of each: the longest first, each to the walk with the least so far (R. Graham,
/// Bounds on multiprocessing timing anomalies, 1969). The last walks get half as much, so that no core waits long for another in the end.
fn shares(lengths: &[u32]) -> Vec<Vec<usize>> {
    let lengths: Vec<u64> = lengths.iter().map(|&length| u64::from(length).max(SHORTEST)).collect();
    let walks = lengths.iter().sum::<u64>().div_ceil(LENGTH).clamp(1, WALKS as u64) as usize;
    let mut shares: Vec<(u64, Vec<usize>)> = vec![(0, Vec::new()); walks];
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&at| Reverse(lengths[at]));
    let is_last = |walk: usize| walk >= walks - walks / 4;
    for at in order {
        let so_far = |walk: usize| shares[walk].0 * if is_last(walk) { 2 } else { 1 };
        if let Some(least) = (0..walks).min_by_key(|&walk| so_far(walk)) {
            shares[least].0 += lengths[at];
            shares[least].1.push(at);
        }
    }
    shares.into_iter().map(|(_, share)| share).collect()
}

/// Walks from every beginning.
pub(super) fn walked(ground: &Ground<'_>, beginnings: &[Beginning<'_>]) -> Walked {
    let lengths: Vec<u32> = beginnings.iter().map(|one| one.length(ground.program)).collect();
    let part = |share: Vec<usize>| Part::of(ground, beginnings, share);
    let parts: Vec<Part> = each(shares(&lengths), part);
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
    fn of(ground: &Ground<'_>, beginnings: &[Beginning<'_>], share: Vec<usize>) -> Self {
        let mut walk = Walk::new(ground);
        let from = |at| match beginnings[at] {
            Beginning::Function(def) => (at, walk.function(def)),
            Beginning::Handler(handler) => (at, walk.handler(handler)),
        };
        let reached = share.into_iter().map(from).collect();
        Self {
            reached,
            findings: walk.findings,
            ran: walk.ran,
            builders: walk.builders,
            followed: walk.followed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_is_in_one_share_and_long_ones_are_apart() {
        let lengths: Vec<u32> = (0..40).map(|at| if at % 10 == 3 { 20_000 } else { 500 + at }).collect();
        let shares = shares(&lengths);
        assert_eq!(shares.len(), 8);
        assert!(shares.iter().all(|share| share.iter().filter(|&&at| at % 10 == 3).count() <= 1));
        let mut all: Vec<usize> = shares.into_iter().flatten().collect();
        all.sort_unstable();
        assert_eq!(all, (0..40).collect::<Vec<_>>());
    }

    #[test]
    fn few_beginnings_are_one_share_and_many_make_no_more_walks_than_the_limit() {
        assert_eq!(shares(&[10, 2_000]), [[1, 0]]);
        assert_eq!(shares(&[]), [[0_usize; 0]]);
        assert_eq!(shares(&vec![1; 5_000]).len(), WALKS);
    }
}
