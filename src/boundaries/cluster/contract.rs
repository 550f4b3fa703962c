//! Nodes that must stay together become one node; what must stay apart is led over.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::unionfind::UnionFind;

use super::{Conflict, Problem};

/// The contracted graph.
pub(super) struct Work {
    pub(super) sizes: Vec<u32>,
    /// Sum of all sizes.
    pub(super) size: f64,
    /// Neighbours with the weight of all links to them, in order of their numbers.
    pub(super) links: Vec<Vec<(usize, f64)>>,
    /// Weight of links that lie inside a node.
    pub(super) inside: Vec<f64>,
    /// Weight of links of each node, those inside it twice.
    pub(super) volume: Vec<f64>,
    /// Requests of each node with how many of its members take part, in order.
    pub(super) requests: Vec<Vec<(usize, u32)>>,
    pub(super) request_count: usize,
    /// Weight of all links.
    pub(super) weight: f64,
    /// Mean weight of the pairs of nodes that are linked, so that density does not depend on what weights are measured in.
    pub(super) unit: f64,
    /// Nodes that must not share a group with each node.
    pub(super) apart: Vec<Vec<usize>>,
    /// Node of each node of the problem.
    node: Vec<usize>,
}

impl Work {
    pub(super) fn new(problem: &Problem) -> Result<Self, Conflict> {
        let count = problem.sizes.len();
        let mut ties = UnionFind::new(count);
        let mut pins: BTreeMap<usize, usize> = BTreeMap::new();
        for set in &problem.together {
            for pair in set.windows(2) {
                ties.union(pair[0], pair[1]);
            }
        }
        for &(node, group) in &problem.pinned {
            let first = *pins.entry(group).or_insert(node);
            ties.union(first, node);
        }
        let firsts: Vec<usize> = pins.into_values().collect();
        let pinned =
            firsts.iter().enumerate().flat_map(|(at, &a)| firsts[at + 1..].iter().map(move |&b| (a, b)));
        let apart: Vec<(usize, usize)> = problem.apart.iter().copied().chain(pinned).collect();
        if let Some(&(a, b)) = apart.iter().find(|(a, b)| ties.equiv(*a, *b)) {
            return Err(Conflict(a, b));
        }
        let (node, count) = dense(&ties.into_labeling());
        Ok(Self::of_nodes(problem, &apart).merged(&node, count))
    }

    /// Each node by itself.
    fn of_nodes(problem: &Problem, apart: &[(usize, usize)]) -> Self {
        let count = problem.sizes.len();
        let mut rows: Vec<BTreeMap<usize, f64>> = vec![BTreeMap::new(); count];
        let mut volume = vec![0.0; count];
        for link in problem.links.iter().filter(|link| link.from != link.to) {
            for (node, other) in [(link.from, link.to), (link.to, link.from)] {
                *rows[node].entry(other).or_default() += link.weight;
                volume[node] += link.weight;
            }
        }
        let mut requests: Vec<BTreeMap<usize, u32>> = vec![BTreeMap::new(); count];
        for (request, members) in problem.requests.iter().enumerate() {
            for &member in members {
                *requests[member].entry(request).or_default() += 1;
            }
        }
        let mut kept_apart = vec![Vec::new(); count];
        for &(a, b) in apart {
            kept_apart[a].push(b);
            kept_apart[b].push(a);
        }
        let pairs = rows.iter().map(BTreeMap::len).sum::<usize>() / 2;
        let weight = volume.iter().sum::<f64>() / 2.0;
        Self {
            sizes: problem.sizes.clone(),
            size: problem.sizes.iter().copied().map(f64::from).sum(),
            links: rows.into_iter().map(|row| row.into_iter().collect()).collect(),
            inside: vec![0.0; count],
            volume,
            requests: requests.into_iter().map(|row| row.into_iter().collect()).collect(),
            request_count: problem.requests.len(),
            weight,
            unit: if pairs == 0 { 1.0 } else { weight / to_f64(pairs) },
            apart: kept_apart,
            node: (0..count).collect(),
        }
    }

    /// All nodes of a set as one node; `set` has a number below `count` for each.
    pub(super) fn merged(&self, set: &[usize], count: usize) -> Self {
        let (links, inside) = merged_links(&self.links, &self.inside, set, count);
        let mut requests: Vec<BTreeMap<usize, u32>> = vec![BTreeMap::new(); count];
        let mut apart: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
        let mut work = Self {
            sizes: vec![0; count],
            links,
            inside,
            volume: vec![0.0; count],
            requests: Vec::new(),
            apart: Vec::new(),
            node: self.node.iter().map(|&node| set[node]).collect(),
            ..*self
        };
        for (node, &at) in set.iter().enumerate() {
            work.sizes[at] += self.sizes[node];
            work.volume[at] += self.volume[node];
            for &(request, members) in &self.requests[node] {
                *requests[at].entry(request).or_default() += members;
            }
            apart[at].extend(self.apart[node].iter().map(|&other| set[other]));
        }
        work.requests = requests.into_iter().map(|row| row.into_iter().collect()).collect();
        work.apart = apart.into_iter().map(|row| row.into_iter().collect()).collect();
        work
    }

    pub(super) fn len(&self) -> usize {
        self.sizes.len()
    }

    /// `ln(n)` and `n * ln(n)` for each number of requests that a group can have.
    pub(super) fn logarithms(&self) -> Vec<(f64, f64)> {
        let most: u32 = self.requests.iter().flatten().map(|(_, count)| count).sum();
        let of =
            |n: u32| if n == 0 { (0.0, 0.0) } else { (f64::from(n).ln(), f64::from(n) * f64::from(n).ln()) };
        (0..=most).map(of).collect()
    }

    /// Fewest groups that the rules need, as far as a greedy look tells: one for each of a set of nodes that all stay apart.
    pub(super) fn least(&self) -> usize {
        let mut clique: Vec<usize> = Vec::new();
        for node in 0..self.len() {
            if clique.iter().all(|member| self.apart[node].contains(member)) {
                clique.push(node);
            }
        }
        clique.len().max(1)
    }

    /// From groups of contracted nodes to groups of the problem's nodes.
    pub(super) fn expand(&self, group: &[usize]) -> Vec<usize> {
        self.node.iter().map(|&node| group[node]).collect()
    }

    /// Nodes linked to so many others that they speak for none: more than twice as many as a square root of all nodes, and than two
    /// standard deviations above the mean.
    pub(super) fn kernel(&self) -> Vec<bool> {
        let degrees: Vec<f64> = self.links.iter().map(|links| to_f64(links.len())).collect();
        let count = to_f64(degrees.len().max(1));
        let mean = degrees.iter().sum::<f64>() / count;
        let deviation = (degrees.iter().map(|degree| (degree - mean).powi(2)).sum::<f64>() / count).sqrt();
        degrees.iter().map(|&degree| degree > mean + 2.0 * deviation && degree > count.sqrt()).collect()
    }
}

/// Links of each node in order, with their weights.
type Rows = Vec<Vec<(usize, f64)>>;

/// Links once all nodes of a set are one, and the weight of those inside each.
pub(super) fn merged_links(links: &Rows, inside: &[f64], set: &[usize], count: usize) -> (Rows, Vec<f64>) {
    let mut rows: Vec<BTreeMap<usize, f64>> = vec![BTreeMap::new(); count];
    let mut merged = vec![0.0; count];
    for (node, &at) in set.iter().enumerate() {
        merged[at] += inside[node];
        for &(other, weight) in &links[node] {
            if set[other] == at {
                // It comes up from both its ends.
                merged[at] += weight / 2.0;
            } else {
                *rows[at].entry(set[other]).or_default() += weight;
            }
        }
    }
    (rows.into_iter().map(|row| row.into_iter().collect()).collect(), merged)
}

/// The same groups, numbered without a gap in the order of their first members, and how many they are.
pub(super) fn dense<T: Ord + Copy>(of: &[T]) -> (Vec<usize>, usize) {
    let mut number: BTreeMap<T, usize> = BTreeMap::new();
    let numbered = of
        .iter()
        .map(|group| {
            let next = number.len();
            *number.entry(*group).or_insert(next)
        })
        .collect();
    (numbered, number.len())
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn to_f64(count: usize) -> f64 {
    count as f64
}
