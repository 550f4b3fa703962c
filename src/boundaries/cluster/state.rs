//! Groups under change: what each part of the score is, and what it would be after a move.

use super::contract::{Work, to_f64};
use super::{BALANCED, Limits, Weights};

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
    /// Weight of links inside.
    inside: f64,
    /// Twice the weight of links inside and once that of links to others.
    volume: f64,
    /// Sum of its requests' counts, and of `count * ln(count)`.
    count: f64,
    count_ln: f64,
}

impl Group {
    /// Its density by its size: `size * inside / size^2`.
    fn density(&self) -> f64 {
        if self.size == 0 { 0.0 } else { self.inside / f64::from(self.size) }
    }

    fn entropy(&self) -> f64 {
        if self.count > 0.0 { (self.count.ln() - self.count_ln / self.count).max(0.0) } else { 0.0 }
    }

    fn over(&self, limits: &Limits) -> (f64, u32) {
        let large = limits.largest.map_or(0, |largest| self.size.saturating_sub(largest));
        let balanced = (BALANCED.0..=BALANCED.1).contains(&self.size);
        (f64::from(large), if balanced { 0 } else { self.size })
    }
}

pub(super) struct State<'a> {
    pub(super) work: &'a Work,
    limits: Limits,
    weights: Weights,
    /// Group of each node.
    pub(super) of: Vec<usize>,
    groups: Vec<Group>,
    /// Weight of links between two groups, both ways.
    between: Vec<f64>,
    /// Count of each request in each group.
    requests: Vec<u32>,
    /// `n * ln(n)` for each count that can come up.
    n_ln_n: Vec<f64>,
    totals: Totals,
    /// Weight of links from one node to each group; empty between uses.
    reach: Vec<f64>,
    touched: Vec<usize>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    used: usize,
    cut: f64,
    /// Sum of the groups' densities by their sizes.
    dense: f64,
    /// Sum over pairs of links for their sizes.
    coupled: f64,
    entropy: f64,
    /// Sum of squares of the groups' shares of all volume.
    balance: f64,
    /// Sizes over the largest.
    large: f64,
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
            weights,
            of,
            groups: vec![Group::default(); slots],
            between: vec![0.0; slots * slots],
            requests: vec![0; slots * work.request_count],
            n_ln_n: work.n_ln_n(),
            totals: Totals::default(),
            reach: vec![0.0; slots],
            touched: Vec::new(),
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
        let mut totals = Totals::default();
        for at in 0..slots {
            let row = &self.requests[at * self.work.request_count..(at + 1) * self.work.request_count];
            let group = &mut self.groups[at];
            group.count = row.iter().map(|&count| f64::from(count)).sum();
            group.count_ln = row.iter().map(|&count| self.n_ln_n[count as usize]).sum();
            totals.used += usize::from(group.nodes > 0);
            totals.dense += group.density();
            totals.entropy += group.entropy();
            totals.balance += group.volume * group.volume;
            let (large, uneven) = group.over(&self.limits);
            totals.large += large;
            totals.uneven += uneven;
            for other in at + 1..slots {
                let weight = self.between[at * slots + other];
                totals.cut += weight;
                totals.coupled += self.coupling(weight, self.groups[at].size, self.groups[other].size);
            }
        }
        self.totals = totals;
    }

    #[expect(clippy::unused_self, reason = "reads as one of the parts")]
    fn coupling(&self, weight: f64, one: u32, other: u32) -> f64 {
        if one == 0 || other == 0 { 0.0 } else { weight / (f64::from(one) * f64::from(other)) }
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
        let over = totals.large + f64::from(uneven) + 3.0 * groups;
        let used = to_f64(totals.used);
        let cut = if self.work.weight > 0.0 { totals.cut / self.work.weight } else { 0.0 };
        let pairs = used * (used - 1.0) / 2.0;
        let unit = self.work.unit.max(f64::MIN_POSITIVE);
        let coupled = if pairs > 0.0 { totals.coupled / pairs / unit } else { 0.0 };
        let dense = if self.work.size > 0.0 { totals.dense / self.work.size / unit } else { 0.0 };
        let all = to_f64(self.work.request_count).ln();
        let spread = if all > 0.0 && used > 0.0 { totals.entropy / used / all } else { 0.0 };
        let volume = 2.0 * self.work.weight;
        let balance = if volume > 0.0 { totals.balance / (volume * volume) } else { 0.0 };
        let Weights { cut: c, density: d, spread: s, balance: b } = self.weights;
        Value { over, score: c * cut - d * (dense - coupled) + s * spread + b * balance }
    }

    /// Whether the rules allow a node in a group.
    pub(super) fn may(&self, node: usize, group: usize) -> bool {
        self.work.apart[node].iter().all(|&other| self.of[other] != group)
    }

    /// Whether the rules allow a node where it is.
    pub(super) fn may_stay(&self, node: usize) -> bool {
        self.may(node, self.of[node])
    }

    /// What the value is after a node has moved.
    pub(super) fn after(&mut self, node: usize, to: usize) -> Value {
        let totals = self.totals_after(node, to);
        self.value_of(&totals)
    }

    fn gather(&mut self, node: usize) {
        for &(other, weight) in &self.work.links[node] {
            let group = self.of[other];
            if self.reach[group] == 0.0 {
                self.touched.push(group);
            }
            self.reach[group] += weight;
        }
    }

    fn scatter(&mut self) {
        for group in self.touched.drain(..) {
            self.reach[group] = 0.0;
        }
    }

    /// Groups that a node is linked to, in order.
    pub(super) fn neighbours(&mut self, node: usize) -> Vec<usize> {
        self.gather(node);
        let mut groups = self.touched.clone();
        self.scatter();
        groups.sort_unstable();
        groups
    }

    fn totals_after(&mut self, node: usize, to: usize) -> Totals {
        let from = self.of[node];
        if from == to {
            return self.totals;
        }
        self.gather(node);
        let (mut a, mut b) = (self.groups[from], self.groups[to]);
        let mut totals = self.totals;
        totals.dense -= a.density() + b.density();
        totals.entropy -= a.entropy() + b.entropy();
        totals.balance -= a.volume * a.volume + b.volume * b.volume;
        for group in [a, b] {
            let (large, uneven) = group.over(&self.limits);
            totals.large -= large;
            totals.uneven -= uneven;
        }
        let size = self.work.sizes[node];
        let (old_a, old_b) = (a.size, b.size);
        a.nodes -= 1;
        b.nodes += 1;
        a.size -= size;
        b.size += size;
        a.volume -= self.work.volume[node];
        b.volume += self.work.volume[node];
        totals.used = totals.used - usize::from(a.nodes == 0) + usize::from(b.nodes == 1);
        a.inside -= self.reach[from] + self.work.inside[node];
        b.inside += self.reach[to] + self.work.inside[node];
        totals.cut += self.reach[from] - self.reach[to];
        for &(request, count) in &self.work.requests[node] {
            let in_a = self.requests[from * self.work.request_count + request];
            let in_b = self.requests[to * self.work.request_count + request];
            a.count_ln += self.n_ln_n[(in_a - count) as usize] - self.n_ln_n[in_a as usize];
            b.count_ln += self.n_ln_n[(in_b + count) as usize] - self.n_ln_n[in_b as usize];
            a.count -= f64::from(count);
            b.count += f64::from(count);
        }
        totals.dense += a.density() + b.density();
        totals.entropy += a.entropy() + b.entropy();
        totals.balance += a.volume * a.volume + b.volume * b.volume;
        for group in [a, b] {
            let (large, uneven) = group.over(&self.limits);
            totals.large += large;
            totals.uneven += uneven;
        }
        let slots = self.groups.len();
        for (other, group) in self.groups.iter().enumerate() {
            if other == from || other == to || group.nodes == 0 {
                continue;
            }
            let (with_a, with_b) = (self.between[from * slots + other], self.between[to * slots + other]);
            if with_a == 0.0 && with_b == 0.0 {
                continue;
            }
            let moved = self.reach[other];
            totals.coupled += self.coupling(with_a - moved, a.size, group.size)
                - self.coupling(with_a, old_a, group.size)
                + self.coupling(with_b + moved, b.size, group.size)
                - self.coupling(with_b, old_b, group.size);
        }
        let direct = self.between[from * slots + to];
        totals.coupled += self.coupling(direct + self.reach[from] - self.reach[to], a.size, b.size)
            - self.coupling(direct, old_a, old_b);
        self.scatter();
        totals
    }

    /// Moves a node.
    pub(super) fn apply(&mut self, node: usize, to: usize) {
        let from = self.of[node];
        if from == to {
            return;
        }
        let totals = self.totals_after(node, to);
        self.gather(node);
        let slots = self.groups.len();
        let (size, inside) = (self.work.sizes[node], self.work.inside[node]);
        let (at_from, at_to) = (self.reach[from], self.reach[to]);
        let a = &mut self.groups[from];
        a.nodes -= 1;
        a.size -= size;
        a.inside -= at_from + inside;
        a.volume -= self.work.volume[node];
        let b = &mut self.groups[to];
        b.nodes += 1;
        b.size += size;
        b.inside += at_to + inside;
        b.volume += self.work.volume[node];
        for &other in &self.touched {
            let weight = self.reach[other];
            if other != from {
                self.between[from * slots + other] -= weight;
                self.between[other * slots + from] -= weight;
            }
            if other != to {
                self.between[to * slots + other] += weight;
                self.between[other * slots + to] += weight;
            }
        }
        for &(request, count) in &self.work.requests[node] {
            let (at_a, at_b) =
                (from * self.work.request_count + request, to * self.work.request_count + request);
            let (in_a, in_b) = (self.requests[at_a], self.requests[at_b]);
            self.groups[from].count_ln += self.n_ln_n[(in_a - count) as usize] - self.n_ln_n[in_a as usize];
            self.groups[to].count_ln += self.n_ln_n[(in_b + count) as usize] - self.n_ln_n[in_b as usize];
            self.groups[from].count -= f64::from(count);
            self.groups[to].count += f64::from(count);
            self.requests[at_a] -= count;
            self.requests[at_b] += count;
        }
        self.scatter();
        self.of[node] = to;
        self.totals = totals;
    }

    /// All nodes of a group, in order.
    pub(super) fn members(&self, group: usize) -> Vec<usize> {
        (0..self.of.len()).filter(|&node| self.of[node] == group).collect()
    }
}
