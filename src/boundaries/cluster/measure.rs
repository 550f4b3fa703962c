//! The parts of the score, for any groups.

use std::collections::{BTreeMap, BTreeSet};

use super::contract::to_f64;
use super::{BALANCED, Problem, Weights};

/// How good groups are, with what shows whether one giant group bought it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measures {
    pub groups: usize,
    /// Share of all sizes in the largest group.
    pub largest_share: f64,
    /// Groups of one node.
    pub singletons: usize,
    /// Sum of the sizes of groups that are not balanced.
    pub uneven: u32,
    /// Share of the weight of links between groups.
    pub cut: f64,
    /// Mean over nodes of the density of their groups, less the mean density between two groups; links of mean weight 1.
    pub density: f64,
    /// Mean entropy of the requests of a group over that of all.
    pub spread: f64,
    /// Newman's modularity.
    pub modularity: f64,
    /// Less is better.
    pub score: f64,
}

pub(super) fn measure(problem: &Problem, group: &[usize], weights: Weights) -> Measures {
    let count = group.iter().max().map_or(0, |most| most + 1);
    if count == 0 {
        return Measures::default();
    }
    let mut sizes = vec![0_u32; count];
    let mut nodes = vec![0_usize; count];
    for (node, &at) in group.iter().enumerate() {
        sizes[at] += problem.sizes[node];
        nodes[at] += 1;
    }
    let mut inside = vec![0.0; count];
    let mut volume = vec![0.0; count];
    let mut between: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let (mut all, mut cut) = (0.0, 0.0);
    for link in problem.links.iter().filter(|link| link.from != link.to) {
        let (a, b) = (group[link.from], group[link.to]);
        all += link.weight;
        volume[a] += link.weight;
        volume[b] += link.weight;
        if a == b {
            inside[a] += link.weight;
        } else {
            cut += link.weight;
            *between.entry((a.min(b), a.max(b))).or_default() += link.weight;
        }
    }
    let used = to_f64(count);
    let of_size =
        |weight: f64, a: u32, b: u32| if a * b == 0 { 0.0 } else { weight / (f64::from(a) * f64::from(b)) };
    let total: u32 = sizes.iter().sum();
    let dense: f64 = (0..count).map(|at| of_size(inside[at], sizes[at], total)).sum();
    let coupled: f64 = between.iter().map(|(&(a, b), &weight)| of_size(weight, sizes[a], sizes[b])).sum();
    let pairs = used * (used - 1.0) / 2.0;
    let unit = unit(problem);
    let density = (dense - if pairs > 0.0 { coupled / pairs } else { 0.0 }) / unit;
    let cut = if all > 0.0 { cut / all } else { 0.0 };
    let spread = spread(problem, group, count);
    let balance =
        if all > 0.0 { volume.iter().map(|volume| (volume / (2.0 * all)).powi(2)).sum::<f64>() } else { 0.0 };
    let modularity = if all > 0.0 { 1.0 - cut - balance } else { 0.0 };
    Measures {
        groups: count,
        largest_share: f64::from(sizes.iter().copied().max().unwrap_or(0)) / f64::from(total.max(1)),
        singletons: nodes.iter().filter(|&&nodes| nodes == 1).count(),
        uneven: sizes.iter().filter(|size| !(BALANCED.0..=BALANCED.1).contains(*size)).sum(),
        cut,
        density,
        spread,
        modularity,
        score: weights.cut * cut - weights.density * density
            + weights.spread * spread
            + weights.balance * balance,
    }
}

/// Adjusted Rand index (Hubert and Arabie 1985, *Comparing partitions*) of two groupings of the same nodes: 1 for the same groups, about 0
/// for unrelated ones.
pub fn rand_index(one: &[usize], other: &[usize]) -> f64 {
    let pairs = |count: usize| to_f64(count * count.saturating_sub(1) / 2);
    let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
    let mut columns: BTreeMap<usize, usize> = BTreeMap::new();
    let mut cells: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (&a, &b) in one.iter().zip(other) {
        *rows.entry(a).or_default() += 1;
        *columns.entry(b).or_default() += 1;
        *cells.entry((a, b)).or_default() += 1;
    }
    let rows: f64 = rows.into_values().map(pairs).sum();
    let columns: f64 = columns.into_values().map(pairs).sum();
    let both: f64 = cells.into_values().map(pairs).sum();
    let all = pairs(one.len());
    let chance = if all > 0.0 { rows * columns / all } else { 0.0 };
    let most = f64::midpoint(rows, columns);
    // Both are one group, or single nodes.
    if most - chance <= 0.0 { 1.0 } else { (both - chance) / (most - chance) }
}

/// Mean weight of the pairs of nodes that are linked.
fn unit(problem: &Problem) -> f64 {
    let mut pairs: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut weight = 0.0;
    for link in problem.links.iter().filter(|link| link.from != link.to) {
        pairs.insert((link.from.min(link.to), link.from.max(link.to)));
        weight += link.weight;
    }
    if pairs.is_empty() { 1.0 } else { weight / to_f64(pairs.len()) }
}

fn spread(problem: &Problem, group: &[usize], count: usize) -> f64 {
    let mut counts: Vec<BTreeMap<usize, f64>> = vec![BTreeMap::new(); count];
    for (request, members) in problem.requests.iter().enumerate() {
        for member in members.iter().collect::<BTreeSet<_>>() {
            *counts[group[*member]].entry(request).or_default() += 1.0;
        }
    }
    let all = to_f64(problem.requests.len()).ln();
    if all <= 0.0 {
        return 0.0;
    }
    let entropy = |counts: &BTreeMap<usize, f64>| {
        let total: f64 = counts.values().sum();
        -counts.values().map(|count| count / total * (count / total).ln()).sum::<f64>()
    };
    counts.iter().map(entropy).sum::<f64>() / to_f64(count) / all
}
