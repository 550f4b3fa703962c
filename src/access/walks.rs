//! The walks over all that a program runs, beside each other.
//!
//! Input: where to begin. Output: what each beginning reaches, in the same order. How many walks share them does not depend on the machine:
//! each has its own limit of work, and what is met at a limit must be the same everywhere.

use std::collections::BTreeSet;

use super::ground::Ground;
use super::query;
use super::reach::{ROUTE_WORK, Reached, Walk};
use crate::diagnostic::Diagnostic;
use crate::ordered::UnorderedSet;
use crate::resolve::{DefId, Program};
use crate::routes::Handler;
use crate::span::Location;
use crate::stack::each;

/// Walks that the beginnings are divided among, if each had so much, in bytes: each finds out anew what several beginnings lead to.
const LENGTH: u64 = 15_000;
/// At most so many; as the first ones get more and the last ones less, they become some more.
const WALKS: u64 = 16;
/// Work for as much as a walk takes on average, whatever it takes: not more for more walks.
const WORK: u32 = 250_000;
/// Nothing counts as shorter, in bytes: what it calls is followed too.
const SHORTEST: u64 = 1_000;

/// Where a walk begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Beginning<'r> {
    Function(DefId),
    Handler(&'r Handler),
    /// A closure that is middleware.
    Closure(Location),
}

impl Beginning<'_> {
    /// Length of the function or expression, in bytes.
    fn length(self, program: &Program) -> u32 {
        let at = match self {
            Beginning::Function(def) => program.def(def).location,
            Beginning::Handler(handler) => handler.def.map_or(handler.expr, |def| program.def(def).location),
            Beginning::Closure(closure) => closure,
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

/// What one walk is to follow.
struct Share {
    /// By number.
    beginnings: Vec<usize>,
    /// What that may cost.
    work: u32,
}

/// Shares beginnings out among walks, by number and length of each. Neighbours, which have most in common, go together; each walk gets the
/// same part of what is left by then, so that no core waits long for another in the end (C. Polychronopoulos and D. Kuck, "Guided
/// self-scheduling", IEEE Transactions on Computers, 1987).
fn shares(lengths: &[u32]) -> Vec<Share> {
    let lengths: Vec<u64> = lengths.iter().map(|&length| u64::from(length).max(SHORTEST)).collect();
    let total: u64 = lengths.iter().sum();
    let walks = total.div_ceil(LENGTH).clamp(1, WALKS);
    let full = |left: u64| (left / (walks / 2 + 1)).max(total / (6 * walks));
    let mut shares: Vec<(Vec<usize>, u64)> = vec![(Vec::new(), 0)];
    let (mut left, mut room) = (total, full(total));
    for (at, length) in lengths.into_iter().enumerate() {
        if room == 0 {
            shares.push((Vec::new(), 0));
            room = full(left);
        }
        left -= length;
        room = room.saturating_sub(length);
        let (beginnings, so_far) = shares.last_mut().expect("there is a share");
        beginnings.push(at);
        *so_far += length;
    }
    let work = |length: u64| u64::from(WORK) * walks * length / total.max(1);
    let work = |length| u32::try_from(work(length)).unwrap_or(u32::MAX).max(ROUTE_WORK);
    shares.into_iter().map(|(beginnings, length)| Share { beginnings, work: work(length) }).collect()
}

/// Walks from every beginning.
pub(super) fn walked(ground: &Ground<'_>, beginnings: &[Beginning<'_>]) -> Walked {
    let lengths: Vec<u32> = beginnings.iter().map(|one| one.length(ground.program)).collect();
    let part = |share: Share| Part::of(ground, beginnings, share);
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
    fn of(ground: &Ground<'_>, beginnings: &[Beginning<'_>], share: Share) -> Self {
        let mut walk = Walk::new(ground, share.work);
        let from = |at| match beginnings[at] {
            Beginning::Function(def) => (at, walk.function(def)),
            Beginning::Handler(handler) => (at, walk.handler(handler)),
            Beginning::Closure(closure) => (at, walk.middleware(closure)),
        };
        let reached = share.beginnings.into_iter().map(from).collect();
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

    fn beginnings(lengths: &[u32]) -> Vec<Vec<usize>> {
        shares(lengths).into_iter().map(|share| share.beginnings).collect()
    }

    #[test]
    fn neighbours_share_a_walk_until_it_has_enough() {
        let shares = beginnings(&[9_000, 9_000, 30_000, 500, 700, 9_000, 6_000, 9_000, 8_000, 8_000]);
        assert_eq!(shares, [vec![0, 1, 2], vec![3, 4, 5], vec![6, 7], vec![8], vec![9]]);
    }

    #[test]
    fn few_beginnings_are_one_share_and_the_last_of_many_are_short() {
        assert_eq!(beginnings(&[10, 2_000]), [[0, 1]]);
        assert_eq!(beginnings(&[]), [[0_usize; 0]]);
        let many = beginnings(&vec![1; 5_000]);
        assert!(many.iter().flatten().copied().eq(0..5_000));
        assert!((many.len() as u64) < 2 * WALKS, "{}", many.len());
        assert!(many.is_sorted_by_key(|share| std::cmp::Reverse(share.len())));
        assert!(many[0].len() > 5 * many[many.len() - 1].len());
    }

    #[test]
    fn more_walks_are_no_more_work() {
        let work = |lengths: &[u32]| shares(lengths).iter().map(|share| share.work).sum::<u32>();
        assert_eq!(work(&[10, 2_000]), WORK);
        let most = u32::try_from(WALKS).expect("it is small") * WORK;
        assert!((most - 100..=most + WORK).contains(&work(&vec![1; 5_000])));
    }
}
