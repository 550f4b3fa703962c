//! From first groups to good ones: merges and splits until the count is right, then moves and swaps, uphill too where the graph is small.

use super::contract::{Work, dense};
use super::start::different;
use super::state::{State, Value};
use super::{Effort, Limits, Weights};
use crate::stack::each;

/// Nodes of a graph for which swaps of all pairs are tried, and steps uphill are taken.
const SMALL: usize = 200;
/// Steps for each node and group of a small graph, and at most.
const STEPS: (usize, usize) = (150, 112_500);
/// How many of the groups that moves lead to are worked on further in a small graph, and how many where it shall be quick.
const CHOSEN: usize = 4;
const CHOSEN_QUICKLY: usize = 2;
/// How often what the best groups agree on is taken as one.
const ROUNDS: usize = 2;
/// Where the numbers start that choose steps: any will do, but always the same.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// The best groups of the contracted nodes that are found on the way from the first ones.
pub(super) fn search(
    work: &Work,
    firsts: &[Vec<usize>],
    limits: Limits,
    weights: Weights,
    effort: Effort,
) -> Vec<usize> {
    if work.len() == 0 {
        return Vec::new();
    }
    let search = Search { work, limits, weights };
    let mut found = search.descended(firsts);
    if work.len() <= SMALL && effort == Effort::Quick {
        found.truncate(CHOSEN_QUICKLY);
        found = each(found, |(_, of)| search.swapped(of));
    } else if work.len() <= SMALL {
        found.truncate(CHOSEN);
        let mut numbers = Numbers(SEED);
        found = found.into_iter().map(|(_, of)| search.wandered(of, &mut numbers)).collect();
        for _ in 0..ROUNDS {
            best_first(&mut found);
            let next = search.agreed(&found[..found.len().min(CHOSEN)], &mut numbers);
            found.push(next);
        }
    }
    best_first(&mut found);
    let (_, best) = found.swap_remove(0);
    if work.len() <= SMALL && effort == Effort::Thorough { search.settled(best) } else { best }
}

/// Groups with their value.
type Found = (Value, Vec<usize>);

fn best_first(found: &mut [Found]) {
    found.sort_by(|(one, _), (other, _)| one.partial_cmp(other).expect("scores are numbers"));
}

struct Search<'a> {
    work: &'a Work,
    limits: Limits,
    weights: Weights,
}

impl<'a> Search<'a> {
    fn state(&self, of: Vec<usize>) -> State<'a> {
        state(self.work, self.limits, self.weights, of)
    }

    /// Where moves lead to from the first groups, the best first.
    fn descended(&self, firsts: &[Vec<usize>]) -> Vec<Found> {
        let counted = each(firsts.to_vec(), |of| {
            let mut state = self.state(of);
            counted(&mut state, self.limits);
            dense(&state.of).0
        });
        let moved = each(different(counted), |of| {
            let mut state = self.state(of);
            descend(&mut state, false);
            dense(&state.of).0
        });
        let mut found = each(different(moved), |of| (self.state(of.clone()).value(), of));
        best_first(&mut found);
        found
    }

    fn swapped(&self, of: Vec<usize>) -> Found {
        let mut state = self.state(of);
        descend(&mut state, true);
        (state.value(), state.of)
    }

    /// Groups as good, with nodes that could as well exchange them placed by their numbers, and not as the search came upon them: that
    /// changes with links elsewhere.
    fn settled(&self, of: Vec<usize>) -> Vec<usize> {
        let mut state = self.state(of);
        while settle(&mut state) {}
        state.of
    }

    fn wandered(&self, of: Vec<usize>, numbers: &mut Numbers) -> Found {
        let (_, of) = self.swapped(of);
        self.swapped(wander(self.state(of), numbers))
    }

    /// What all groups found have in common is kept, and the best of them go on from there (Ovelgönne and Geyer-Schulz 2012, *An ensemble
    /// learning strategy for graph clustering*).
    fn agreed(&self, found: &[Found], numbers: &mut Numbers) -> Found {
        let (cores, count) = cores(found);
        let mut first = vec![0; count];
        cores.iter().zip(&found[0].1).for_each(|(&core, &group)| first[core] = group);
        let merged = self.work.merged(&cores, count);
        let of = wander(state(&merged, self.limits, self.weights, first), numbers);
        self.swapped(cores.iter().map(|&core| of[core]).collect())
    }
}

/// With one place for a group more than there are, but no more than there may be.
fn state(work: &Work, limits: Limits, weights: Weights, of: Vec<usize>) -> State<'_> {
    let used = of.iter().max().map_or(0, |most| most + 1);
    State::new(work, limits, weights, of, limits.groups.unwrap_or(used + 1).max(used))
}

/// Numbers of the nodes, the same for those that are together in all groups found, and how many they are.
fn cores(found: &[Found]) -> (Vec<usize>, usize) {
    let mut cores = (vec![0; found[0].1.len()], 1);
    for (_, of) in found {
        let pairs: Vec<(usize, usize)> = cores.0.iter().copied().zip(of.iter().copied()).collect();
        cores = dense(&pairs);
    }
    cores
}

/// Merges and splits until there are as many groups as there shall be; where this is open, as long as it makes them better.
fn counted(state: &mut State, limits: Limits) {
    match limits.groups {
        Some(wanted) => {
            while state.used() > wanted && merge(state, None) {}
            while state.used() < wanted && split(state) {}
        }
        None => while merge(state, Some(state.value())) {},
    }
}

/// Merges two groups: those whose merging is best among the smallest, and where a value is given only if that gets better.
fn merge(state: &mut State, below: Option<Value>) -> bool {
    let mut by_size: Vec<usize> = (0..state.slots()).filter(|&slot| state.nodes_in(slot) > 0).collect();
    by_size.sort_by_key(|&slot| state.nodes_in(slot));
    // Trying all pairs costs too much where there are hundreds.
    for chunk in by_size.chunks(8) {
        let mut best: Option<(Value, usize, usize)> = None;
        for &small in chunk {
            let members = state.members(small);
            for &other in by_size.iter().filter(|&&other| other != small) {
                let value = state.after_merge(small, other);
                let enough = below.is_none_or(|below| value.beats(below));
                if enough
                    && best.is_none_or(|(least, ..)| value.beats(least))
                    && members.iter().all(|&node| state.may(node, other))
                {
                    best = Some((value, small, other));
                }
            }
        }
        if let Some((_, small, other)) = best {
            state.members(small).into_iter().for_each(|node| state.apply(node, other));
            state.count();
            return true;
        }
    }
    false
}

/// Moves the node whose moving is best to a group of its own, and after it those that this makes better.
fn split(state: &mut State) -> bool {
    let Some(empty) = state.empty_slot() else { return false };
    let mut best: Option<(Value, usize)> = None;
    for node in 0..state.of.len() {
        if state.nodes_in(state.of[node]) > 1 {
            let value = state.after(node, empty);
            if best.is_none_or(|(least, _)| value.beats(least)) {
                best = Some((value, node));
            }
        }
    }
    let Some((_, node)) = best else { return false };
    state.apply(node, empty);
    let count = state.of.len();
    let mut first = 0;
    while let Some(node) = (first..count).chain(0..first).find(|&node| {
        state.of[node] != empty
            && state.nodes_in(state.of[node]) > 1
            && state.may(node, empty)
            && state.after(node, empty).beats(state.value())
    }) {
        state.apply(node, empty);
        if count > SMALL {
            // Starting over for each node costs too much where there are thousands.
            first = node + 1;
        }
    }
    true
}

/// Moves, and swaps where these are wanted, as long as they make it better.
fn descend(state: &mut State, with_swaps: bool) {
    let small = state.of.len() <= SMALL;
    for _ in 0..100 {
        let moved = moves(state, small);
        let swapped = with_swaps && swaps(state);
        state.count();
        if !moved && !swapped {
            break;
        }
    }
}

fn moves(state: &mut State, everywhere: bool) -> bool {
    let mut changed = false;
    for node in 0..state.of.len() {
        let targets = if everywhere || state.value().over > 0.0 {
            (0..state.slots()).collect()
        } else {
            state.neighbours(node)
        };
        let mut best = (state.value(), state.of[node]);
        for group in targets {
            if group != state.of[node] && state.may(node, group) {
                let value = state.after(node, group);
                if value.beats(best.0) {
                    best = (value, group);
                }
            }
        }
        if best.1 != state.of[node] {
            state.apply(node, best.1);
            changed = true;
        }
    }
    changed
}

fn swaps(state: &mut State) -> bool {
    let mut changed = false;
    for one in 0..state.of.len() {
        for other in one + 1..state.of.len() {
            let (a, b) = (state.of[one], state.of[other]);
            if a == b {
                continue;
            }
            if state.after_swap(one, other).beats(state.value()) && state.may_swap(one, other) {
                swap(state, one, other);
                changed = true;
            }
        }
    }
    changed
}

/// Swaps that make it no worse and bring the earlier of two nodes to the smaller group. Each brings later nodes to larger groups, so they end.
fn settle(state: &mut State) -> bool {
    let mut changed = false;
    for one in 0..state.of.len() {
        for other in one + 1..state.of.len() {
            if state.nodes_in(state.of[one]) > state.nodes_in(state.of[other])
                && !state.value().beats(state.after_swap(one, other))
                && state.may_swap(one, other)
            {
                swap(state, one, other);
                changed = true;
            }
        }
    }
    state.count();
    changed
}

/// Exchanges the groups of two nodes.
fn swap(state: &mut State, one: usize, other: usize) {
    let (a, b) = (state.of[one], state.of[other]);
    state.apply(one, b);
    state.apply(other, a);
}

/// The best on a way of steps that may make it worse by less and less (threshold accepting, Dueck and Scheuer 1990).
fn wander(mut state: State, numbers: &mut Numbers) -> Vec<usize> {
    let mut best = (state.value(), state.of.clone());
    let (count, slots) = (state.of.len(), state.slots());
    let steps = (STEPS.0 * count * slots).min(STEPS.1);
    let mut current = f64::MAX;
    let mut threshold = 0.0;
    for step in 0..steps {
        if step % 512 == 0 {
            #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
            let left = 1.0 - step as f64 / steps as f64;
            threshold = 0.03 * left * left * left;
            state.count();
            current = state.value().energy();
        }
        let node = numbers.below(count);
        let kind = numbers.below(10);
        let old = state.of[node];
        if kind < 3 {
            let other = numbers.below(count);
            if state.of[other] == old || !state.may_swap(node, other) {
                continue;
            }
            if state.after_swap(node, other).energy() < current + threshold {
                swap(&mut state, node, other);
            } else {
                continue;
            }
        } else {
            let links = &state.work.links[node];
            let near = kind < 7 && !links.is_empty();
            let to = if near { state.of[links[numbers.below(links.len())].0] } else { numbers.below(slots) };
            if to == old || !state.may(node, to) {
                continue;
            }
            let with = (kind == 9 && !links.is_empty()).then(|| links[numbers.below(links.len())].0);
            if let Some(other) = with {
                // A node takes one of its neighbours along.
                let goes = state.of[other] == old && state.may(other, to);
                if !goes || state.work.apart[node].contains(&other) {
                    continue;
                }
                state.apply(other, to);
            }
            if state.after(node, to).energy() < current + threshold {
                state.apply(node, to);
            } else {
                if let Some(other) = with {
                    state.apply(other, old);
                }
                continue;
            }
        }
        let value = state.value();
        current = value.energy();
        if value.beats(best.0) {
            best = (value, state.of.clone());
        }
    }
    best.1
}

/// Numbers that look random and are the same on each run (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 16) % limit.max(1) as u64) as usize
    }
}
