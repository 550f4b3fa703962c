//! All groups of a small graph, tried one after the other: how far the groups found are from the best there are.

use super::contract::Work;
use super::state::{State, Value};
use super::{Limits, Measures, Weights};

/// Contracted nodes of a graph whose groups can all be tried.
const SMALL: usize = 10;

/// The best score there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    pub score: f64,
    /// How much worse the groups found are.
    pub gap: f64,
}

pub(super) fn bound(work: &Work, limits: Limits, weights: Weights, found: &Measures) -> Option<Bound> {
    if work.len() > SMALL || work.len() == 0 {
        return None;
    }
    let mut state =
        State::new(work, limits, weights, vec![0; work.len()], limits.groups.unwrap_or(work.len()));
    let mut best: Option<Value> = None;
    place(&mut state, 0, 0, &mut best);
    let score = best?.score;
    Some(Bound { score, gap: (found.score - score).max(0.0) })
}

/// Each node goes to each group in use and to the next one, so that groups in another order do not count again.
fn place(state: &mut State, node: usize, used: usize, best: &mut Option<Value>) {
    if node == state.of.len() {
        if (0..node).all(|node| state.may_stay(node)) {
            state.count();
            let value = state.value();
            if best.is_none_or(|best| value.beats(best)) {
                *best = Some(value);
            }
        }
        return;
    }
    for group in 0..(used + 1).min(state.slots()) {
        state.apply(node, group);
        place(state, node + 1, used.max(group + 1), best);
    }
}
