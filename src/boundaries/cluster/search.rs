//! From first groups to good ones: merges and splits until the count is right, then moves and swaps, uphill too where the graph is small.

use super::contract::Work;
use super::state::{State, Value};
use super::{Effort, Limits, Weights, start};

/// Nodes of a graph for which swaps of all pairs are tried, and steps uphill are taken.
const SMALL: usize = 200;
/// Steps for each node and group of a small graph, and at most.
const STEPS: (usize, usize) = (1200, 900_000);
/// How many of the first groups are worked on further in a small graph.
const CHOSEN: usize = 4;
/// Where the numbers start that choose steps: any will do, but always the same.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// The best groups found of the contracted nodes.
pub(super) fn search(work: &Work, limits: Limits, weights: Weights, effort: Effort) -> Vec<usize> {
    if work.len() == 0 {
        return Vec::new();
    }
    let mut found: Vec<(Value, Vec<usize>)> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for &resolution in start::RESOLUTIONS {
        let first = start::groups(work, resolution);
        if seen.insert(first.clone()) {
            let mut state = State::new(work, limits, weights, first.clone(), slots(&first, limits));
            counted(&mut state, limits);
            let (of, count) = start::dense(&state.of);
            let mut state =
                State::new(work, limits, weights, of, limits.groups.unwrap_or(count + 1).max(count));
            descend(&mut state);
            found.push((state.value(), state.of));
        }
    }
    found.sort_by(|(one, _), (other, _)| one.partial_cmp(other).expect("scores are numbers"));
    if work.len() <= SMALL && effort == Effort::Thorough {
        found.truncate(CHOSEN);
        let mut numbers = Numbers(SEED);
        for (value, of) in &mut found {
            let mut best = (*value, of.clone());
            let mut state = State::new(work, limits, weights, of.clone(), slots(of, limits));
            wander(&mut state, &mut numbers, &mut best);
            let count = slots(&best.1, limits);
            let mut state = State::new(work, limits, weights, best.1, count);
            descend(&mut state);
            (*value, *of) = (state.value(), state.of);
        }
    }
    let mut best = found.swap_remove(0);
    for other in found {
        if other.0.beats(best.0) {
            best = other;
        }
    }
    best.1
}

/// Places for groups: one more than there are, but no more than there may be.
fn slots(of: &[usize], limits: Limits) -> usize {
    let used = of.iter().max().map_or(0, |most| most + 1);
    limits.groups.unwrap_or(used + 1).max(used)
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
                if !members.iter().all(|&node| state.may(node, other)) {
                    continue;
                }
                members.iter().for_each(|&node| state.apply(node, other));
                let value = state.value();
                members.iter().for_each(|&node| state.apply(node, small));
                let enough = below.is_none_or(|below| value.beats(below));
                if enough && best.is_none_or(|(least, ..)| value.beats(least)) {
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
    while let Some(node) = (0..state.of.len()).find(|&node| {
        state.of[node] != empty
            && state.nodes_in(state.of[node]) > 1
            && state.may(node, empty)
            && state.after(node, empty).beats(state.value())
    }) {
        state.apply(node, empty);
    }
    true
}

/// Moves, and in a small graph swaps, as long as they make it better.
fn descend(state: &mut State) {
    let small = state.of.len() <= SMALL;
    for _ in 0..100 {
        let moved = moves(state, small);
        let swapped = small && swaps(state);
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
            let before = state.value();
            if swap(state, one, other) && !state.value().beats(before) {
                state.apply(other, b);
                state.apply(one, a);
            } else if state.of[one] != a {
                changed = true;
            }
        }
    }
    changed
}

/// Exchanges the groups of two nodes where the rules allow it.
fn swap(state: &mut State, one: usize, other: usize) -> bool {
    let (a, b) = (state.of[one], state.of[other]);
    state.apply(one, b);
    state.apply(other, a);
    if state.may_stay(one) && state.may_stay(other) {
        return true;
    }
    state.apply(other, b);
    state.apply(one, a);
    false
}

/// Steps that may make it worse by less and less (threshold accepting, Dueck and Scheuer 1990); `best` is the best on the way.
fn wander(state: &mut State, numbers: &mut Numbers, best: &mut (Value, Vec<usize>)) {
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
        let mut undo: [(usize, usize); 2] = [(node, old), (node, old)];
        if kind < 3 {
            let other = numbers.below(count);
            if state.of[other] == old || !swap(state, node, other) {
                continue;
            }
            undo[1] = (other, state.of[node]);
        } else {
            let links = &state.work.links[node];
            let near = kind < 7 && !links.is_empty();
            let to = if near { state.of[links[numbers.below(links.len())].0] } else { numbers.below(slots) };
            if to == old || !state.may(node, to) {
                continue;
            }
            if kind == 9 && !links.is_empty() {
                // A node takes one of its neighbours along.
                let other = links[numbers.below(links.len())].0;
                if state.of[other] != old || !state.may(other, to) || state.work.apart[node].contains(&other)
                {
                    continue;
                }
                undo[1] = (other, old);
                state.apply(other, to);
            }
            if kind != 9 {
                let after = state.after(node, to).energy();
                if after >= current + threshold {
                    continue;
                }
            }
            state.apply(node, to);
        }
        let value = state.value();
        if value.energy() < current + threshold {
            current = value.energy();
            if value.beats(best.0) {
                *best = (value, state.of.clone());
            }
        } else {
            state.apply(undo[1].0, undo[1].1);
            state.apply(undo[0].0, undo[0].1);
        }
    }
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
