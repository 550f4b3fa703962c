//! First groups: greedy modularity at a resolution (Blondel et al. 2008), in the order of nodes and without those that all others use.

use super::contract::{Work, dense, merged_links};
use crate::stack::each;

/// From few large groups to many small ones.
const RESOLUTIONS: &[f64] = &[0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0];

/// Groups of the nodes at all resolutions, those that are different.
pub(super) fn firsts(work: &Work) -> Vec<Vec<usize>> {
    let kernel = work.kernel();
    different(each(RESOLUTIONS.to_vec(), |resolution| groups(work, &kernel, resolution)))
}

/// The same groups once.
pub(super) fn different(all: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let mut different: Vec<Vec<usize>> = Vec::new();
    for of in all {
        if !different.contains(&of) {
            different.push(of);
        }
    }
    different
}

/// Groups numbered without a gap in the order of their first nodes.
fn groups(work: &Work, kernel: &[bool], resolution: f64) -> Vec<usize> {
    let mut level = Level {
        links: (0..work.len())
            .map(|node| {
                let kept = work.links[node].iter().filter(|(to, _)| !kernel[node] && !kernel[*to]);
                kept.copied().collect()
            })
            .collect(),
        inside: work.inside.clone(),
    };
    let mut of: Vec<usize> = (0..work.len()).collect();
    loop {
        let moved = level.moved(resolution);
        let (merged, count) = dense(&moved);
        if count == level.inside.len() {
            break;
        }
        of.iter_mut().for_each(|group| *group = merged[*group]);
        let (links, inside) = merged_links(&level.links, &level.inside, &merged, count);
        level = Level { links, inside };
    }
    keep_apart(work, &mut of);
    place_kernel(work, kernel, &mut of);
    dense(&of).0
}

struct Level {
    links: Vec<Vec<(usize, f64)>>,
    inside: Vec<f64>,
}

impl Level {
    /// Moves each node to the group where modularity gains most, until none gains.
    fn moved(&self, resolution: f64) -> Vec<usize> {
        let count = self.inside.len();
        let degree: Vec<f64> = (0..count)
            .map(|node| {
                2.0 * self.inside[node] + self.links[node].iter().map(|(_, weight)| weight).sum::<f64>()
            })
            .collect();
        let total: f64 = degree.iter().sum();
        let mut of: Vec<usize> = (0..count).collect();
        if total <= 0.0 {
            return of;
        }
        let mut volume = degree.clone();
        let mut reach = vec![0.0; count];
        let mut touched = Vec::new();
        // Each sweep raises modularity, so this ends; the limit is for graphs where gains are tiny.
        for _ in 0..50 {
            let mut changed = false;
            for node in 0..count {
                let from = of[node];
                touched.clear();
                touched.push(from);
                for &(to, weight) in &self.links[node] {
                    if reach[of[to]] == 0.0 && of[to] != from {
                        touched.push(of[to]);
                    }
                    reach[of[to]] += weight;
                }
                touched.sort_unstable();
                volume[from] -= degree[node];
                let gain = |group: usize| reach[group] - resolution * degree[node] * volume[group] / total;
                let mut best = (from, gain(from));
                for &group in &touched {
                    if gain(group) > best.1 + 1e-12 {
                        best = (group, gain(group));
                    }
                }
                volume[best.0] += degree[node];
                changed |= best.0 != from;
                of[node] = best.0;
                for &group in &touched {
                    reach[group] = 0.0;
                }
            }
            if !changed {
                break;
            }
        }
        of
    }
}

/// Nodes that the rules keep apart, and found themselves together, get groups of their own.
fn keep_apart(work: &Work, of: &mut [usize]) {
    for node in 0..work.len() {
        let earlier = work.apart[node].iter().any(|&other| other < node && of[other] == of[node]);
        if earlier {
            of[node] = of.iter().max().map_or(0, |most| most + 1);
        }
    }
}

/// Each node that was left out goes where most of its links lead and the rules allow.
fn place_kernel(work: &Work, kernel: &[bool], of: &mut [usize]) {
    for node in (0..work.len()).filter(|&node| kernel[node]) {
        let mut votes = std::collections::BTreeMap::new();
        for &(to, weight) in &work.links[node] {
            *votes.entry(of[to]).or_insert(0.0) += weight;
        }
        let mut best = (of[node], 0.0);
        for (group, weight) in votes {
            if weight > best.1 && work.apart[node].iter().all(|&other| of[other] != group) {
                best = (group, weight);
            }
        }
        of[node] = best.0;
    }
}
