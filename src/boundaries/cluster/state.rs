//! Groups under change: what each part of the score is, and what it would be after a move, a swap or a merger.
//!
//! Each of these costs as much as the nodes have links and requests, not as much as there are groups.

use super::contract::{Work, to_f64};
use super::{BALANCED, Limits, Weights};

mod shift;

use shift::Shift;

/// How far from the limits, then the score. Less is better.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Value {
    pub(super) over: f64,
    pub(super) score: f64,
}

impl Value {
    /// Both in one, for steps that may make it worse for a while.
    pub(super) fn energy(self) -> f64 {
        self.score + 0.1 * self.over
    }

    /// Whether this is better by more than rounding.
    pub(super) fn beats(self, other: Value) -> bool {
        self.over < other.over - 1e-9 || (self.over < other.over + 1e-9 && self.score < other.score - 1e-9)
    }
}

/// One group.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    nodes: usize,
    size: u32,
    /// One over its size, 0 where it has none.
    inverse: f64,
    /// Weight of links inside.
    inside: f64,
    /// Twice the weight of links inside and once that of links to others.
    volume: f64,
    /// Weight of its links to others, each over the size of the other.
    drawn: f64,
    requests: Requests,
}

/// Sum of a group's counts of requests, and of `count * ln(count)`.
#[derive(Debug, Clone, Copy, Default)]
struct Requests {
    count: u32,
    n_ln_n: f64,
}

impl Group {
    /// Its density by its size: `size * inside / size^2`.
    fn density(&self) -> f64 {
        self.inside * self.inverse
    }

    fn over(&self, limits: &Limits) -> (u32, u32) {
        let large = limits.largest.map_or(0, |largest| self.size.saturating_sub(largest));
        let balanced = (BALANCED.0..=BALANCED.1).contains(&self.size);
        (large, if balanced { 0 } else { self.size })
    }
}

fn inverse(size: u32) -> f64 {
    if size == 0 { 0.0 } else { 1.0 / f64::from(size) }
}

pub(super) struct State<'a> {
    pub(super) work: &'a Work,
    limits: Limits,
    /// Group of each node.
    pub(super) of: Vec<usize>,
    groups: Vec<Group>,
    /// Weight of links between two groups, both ways.
    between: Vec<f64>,
    /// Count of each request in each group.
    requests: Vec<u32>,
    /// `ln(n)` and `n * ln(n)` for each count that can come up.
    logarithms: Vec<(f64, f64)>,
    /// What each total counts for in the score.
    factors: Totals,
    totals: Totals,
}

/// Sums over groups, and what they count for.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    used: usize,
    cut: f64,
    /// Sum of the groups' densities by their sizes.
    dense: f64,
    /// Sum over pairs of links for their sizes.
    coupled: f64,
    entropy: f64,
    /// Sum of squares of the groups' volumes.
    balance: f64,
    /// Sizes over the largest.
    large: u32,
    uneven: u32,
}

impl<'a> State<'a> {
    /// `of` names a group below `slots` for each node. There may be more slots than groups wanted.
    pub(super) fn new(
        work: &'a Work,
        limits: Limits,
        weights: Weights,
        of: Vec<usize>,
        slots: usize,
    ) -> Self {
        let mut state = Self {
            work,
            limits,
            of,
            groups: vec![Group::default(); slots],
            between: vec![0.0; slots * slots],
            requests: vec![0; slots * work.request_count],
            logarithms: work.logarithms(),
            factors: factors(work, weights),
            totals: Totals::default(),
        };
        state.count();
        state
    }

    /// Everything anew, so that rounding does not add up.
    pub(super) fn count(&mut self) {
        self.groups.fill(Group::default());
        self.between.fill(0.0);
        self.requests.fill(0);
        let slots = self.groups.len();
        for (node, &at) in self.of.iter().enumerate() {
            let group = &mut self.groups[at];
            group.nodes += 1;
            group.size += self.work.sizes[node];
            group.inside += self.work.inside[node];
            group.volume += self.work.volume[node];
            for &(request, count) in &self.work.requests[node] {
                self.requests[at * self.work.request_count + request] += count;
            }
            for &(to, weight) in self.work.links[node].iter().filter(|(to, _)| *to > node) {
                let other = self.of[to];
                if other == at {
                    self.groups[at].inside += weight;
                } else {
                    self.between[at * slots + other] += weight;
                    self.between[other * slots + at] += weight;
                }
            }
        }
        for group in &mut self.groups {
            group.inverse = inverse(group.size);
        }
        let mut totals = Totals::default();
        for at in 0..slots {
            let row = self.requests_of(at);
            let count = row.iter().sum();
            let n_ln_n = row.iter().map(|&count| self.n_ln_n(count)).sum();
            totals.cut += self.between[at * slots..][..slots].iter().sum::<f64>() / 2.0;
            let drawn = self.drawn(at);
            let group = &mut self.groups[at];
            group.requests = Requests { count, n_ln_n };
            group.drawn = drawn;
            let group = *group;
            totals.coupled += drawn * group.inverse / 2.0;
            totals.used += usize::from(group.nodes > 0);
            self.add(&mut totals, &group);
        }
        self.totals = totals;
    }

    fn requests_of(&self, group: usize) -> &[u32] {
        &self.requests[group * self.work.request_count..(group + 1) * self.work.request_count]
    }

    /// What a group adds to the totals by itself.
    fn add(&self, totals: &mut Totals, group: &Group) {
        let (large, uneven) = group.over(&self.limits);
        totals.dense += group.density();
        totals.entropy += self.entropy(group.requests);
        totals.balance += group.volume * group.volume;
        totals.large += large;
        totals.uneven += uneven;
    }

    /// The opposite.
    fn take(&self, totals: &mut Totals, group: &Group) {
        let (large, uneven) = group.over(&self.limits);
        totals.dense -= group.density();
        totals.entropy -= self.entropy(group.requests);
        totals.balance -= group.volume * group.volume;
        totals.large -= large;
        totals.uneven -= uneven;
    }

    fn entropy(&self, Requests { count, n_ln_n }: Requests) -> f64 {
        if count > 0 { (self.logarithms[count as usize].0 - n_ln_n / f64::from(count)).max(0.0) } else { 0.0 }
    }

    fn n_ln_n(&self, count: u32) -> f64 {
        self.logarithms[count as usize].1
    }

    pub(super) fn slots(&self) -> usize {
        self.groups.len()
    }

    pub(super) fn used(&self) -> usize {
        self.totals.used
    }

    pub(super) fn nodes_in(&self, group: usize) -> usize {
        self.groups[group].nodes
    }

    pub(super) fn empty_slot(&self) -> Option<usize> {
        self.groups.iter().position(|group| group.nodes == 0)
    }

    pub(super) fn value(&self) -> Value {
        self.value_of(&self.totals)
    }

    fn value_of(&self, totals: &Totals) -> Value {
        let uneven = self.limits.uneven.map_or(0, |limit| totals.uneven.saturating_sub(limit));
        let groups = self.limits.groups.map_or(0.0, |wanted| to_f64(totals.used.abs_diff(wanted)));
        // A group too many or too few weighs as much as a few nodes out of place, so that the search can go through either.
        let over = f64::from(totals.large) + f64::from(uneven) + 3.0 * groups;
        let used = to_f64(totals.used);
        let pairs = (used * (used - 1.0) / 2.0).max(1.0);
        let Totals { cut, dense, coupled, entropy, balance, .. } = self.factors;
        let score = cut * totals.cut - dense * totals.dense
            + coupled * totals.coupled / pairs
            + entropy * totals.entropy / used.max(1.0)
            + balance * totals.balance;
        Value { over, score }
    }

    /// Whether the rules allow a node in a group.
    pub(super) fn may(&self, node: usize, group: usize) -> bool {
        self.work.apart[node].iter().all(|&other| self.of[other] != group)
    }

    /// Whether the rules allow a node where it is.
    pub(super) fn may_stay(&self, node: usize) -> bool {
        self.may(node, self.of[node])
    }

    /// Whether the rules allow two nodes to exchange their groups.
    pub(super) fn may_swap(&self, one: usize, other: usize) -> bool {
        let may = |node: usize, gone: usize, group: usize| {
            self.work.apart[node].iter().all(|&next| next == gone || self.of[next] != group)
        };
        may(one, other, self.of[other]) && may(other, one, self.of[one])
    }

    /// Groups that a node is linked to, in order.
    pub(super) fn neighbours(&self, node: usize) -> Vec<usize> {
        let mut groups: Vec<usize> = self.work.links[node].iter().map(|&(other, _)| self.of[other]).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// All nodes of a group, in order.
    pub(super) fn members(&self, group: usize) -> Vec<usize> {
        (0..self.of.len()).filter(|&node| self.of[node] == group).collect()
    }

    /// What the value is after a node has moved.
    pub(super) fn after(&self, node: usize, to: usize) -> Value {
        if self.of[node] == to { self.value() } else { self.after_shift(&self.moved(node, to)) }
    }

    /// What the value is after two nodes of different groups have exchanged these.
    pub(super) fn after_swap(&self, one: usize, other: usize) -> Value {
        self.after_shift(&self.swapped(one, other))
    }

    /// What the value is after all nodes of a group have moved to another one.
    pub(super) fn after_merge(&self, from: usize, to: usize) -> Value {
        self.value_of(&self.totals_merged(from, to))
    }

    fn after_shift(&self, shift: &Shift) -> Value {
        let (from, to) = self.shifted(shift);
        self.value_of(&self.totals_after(shift, &from, &to))
    }

    /// Moves a node.
    pub(super) fn apply(&mut self, node: usize, to: usize) {
        let from = self.of[node];
        if from == to {
            return;
        }
        let shift = self.moved(node, to);
        let (less, more) = self.shifted(&shift);
        self.totals = self.totals_after(&shift, &less, &more);
        self.draw(from, to, -1.0);
        (self.groups[from], self.groups[to]) = (less, more);
        let (work, slots) = (self.work, self.groups.len());
        for &(other, weight) in &work.links[node] {
            let group = self.of[other];
            if group != from {
                self.between[from * slots + group] -= weight;
                self.between[group * slots + from] -= weight;
            }
            if group != to {
                self.between[to * slots + group] += weight;
                self.between[group * slots + to] += weight;
            }
        }
        for &(request, count) in &work.requests[node] {
            self.requests[from * work.request_count + request] -= count;
            self.requests[to * work.request_count + request] += count;
        }
        self.draw(from, to, 1.0);
        self.of[node] = to;
        for group in [from, to] {
            self.groups[group].drawn = self.drawn(group);
        }
    }

    /// Weight of a group's links to others, each over the size of the other.
    fn drawn(&self, group: usize) -> f64 {
        let row = &self.between[group * self.groups.len()..][..self.groups.len()];
        row.iter().zip(&self.groups).map(|(weight, other)| weight * other.inverse).sum()
    }

    /// Adds what two groups draw from all others to what these draw, or takes it off.
    fn draw(&mut self, one: usize, two: usize, sign: f64) {
        let slots = self.groups.len();
        let (a, b) = (sign * self.groups[one].inverse, sign * self.groups[two].inverse);
        let rows = self.between[one * slots..][..slots].iter().zip(&self.between[two * slots..][..slots]);
        for (group, (to_one, to_two)) in self.groups.iter_mut().zip(rows) {
            group.drawn += to_one * a + to_two * b;
        }
    }
}

/// What each total counts for, so that the score is as `Weights` say.
fn factors(work: &Work, weights: Weights) -> Totals {
    let over = |weight: f64, whole: f64| if whole > 0.0 { weight / whole } else { 0.0 };
    let unit = work.unit.max(f64::MIN_POSITIVE);
    let all = 2.0 * work.weight;
    Totals {
        cut: over(weights.cut, work.weight),
        dense: over(weights.density, work.size * unit),
        coupled: weights.density / unit,
        entropy: over(weights.spread, to_f64(work.request_count).ln()),
        balance: over(weights.balance, all * all),
        ..Totals::default()
    }
}
