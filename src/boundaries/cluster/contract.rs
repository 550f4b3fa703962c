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
        let mut number: BTreeMap<usize, usize> = BTreeMap::new();
        let mut node = Vec::with_capacity(count);
        for at in 0..count {
            let next = number.len();
            node.push(*number.entry(ties.find(at)).or_insert(next));
        }
        let len = number.len();
        let mut work = Self {
            sizes: vec![0; len],
            size: problem.sizes.iter().copied().map(f64::from).sum(),
            links: vec![Vec::new(); len],
            inside: vec![0.0; len],
            volume: vec![0.0; len],
            requests: vec![Vec::new(); len],
            request_count: problem.requests.len(),
            weight: 0.0,
            unit: unit(problem),
            apart: vec![Vec::new(); len],
            node,
        };
        work.take_nodes(problem);
        work.take_rules(problem, &pins)?;
        Ok(work)
    }

    fn take_nodes(&mut self, problem: &Problem) {
        for (at, size) in problem.sizes.iter().enumerate() {
            self.sizes[self.node[at]] += size;
        }
        let mut weights: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for link in problem.links.iter().filter(|link| link.from != link.to) {
            let (a, b) = (self.node[link.from], self.node[link.to]);
            *weights.entry((a.min(b), a.max(b))).or_default() += link.weight;
            self.weight += link.weight;
            self.volume[a] += link.weight;
            self.volume[b] += link.weight;
        }
        for ((a, b), weight) in weights {
            if a == b {
                self.inside[a] += weight;
            } else {
                self.links[a].push((b, weight));
                self.links[b].push((a, weight));
            }
        }
        self.links.iter_mut().for_each(|links| links.sort_by_key(|(to, _)| *to));
        for (request, members) in problem.requests.iter().enumerate() {
            let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
            for &member in members {
                *counts.entry(self.node[member]).or_default() += 1;
            }
            for (node, count) in counts {
                self.requests[node].push((request, count));
            }
        }
    }

    fn take_rules(&mut self, problem: &Problem, pins: &BTreeMap<usize, usize>) -> Result<(), Conflict> {
        let firsts: Vec<usize> = pins.values().copied().collect();
        let pairs =
            firsts.iter().enumerate().flat_map(|(at, &a)| firsts[at + 1..].iter().map(move |&b| (a, b)));
        for (a, b) in problem.apart.iter().copied().chain(pairs) {
            let (x, y) = (self.node[a], self.node[b]);
            if x == y {
                return Err(Conflict(a, b));
            }
            self.apart[x].push(y);
            self.apart[y].push(x);
        }
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.sizes.len()
    }

    /// `n * ln(n)` for each number of nodes that a request can have.
    pub(super) fn n_ln_n(&self) -> Vec<f64> {
        let mut most: Vec<u32> = vec![0; self.request_count];
        for &(request, count) in self.requests.iter().flatten() {
            most[request] += count;
        }
        let most = most.into_iter().max().unwrap_or(0);
        (0..=most).map(|n| if n == 0 { 0.0 } else { f64::from(n) * f64::from(n).ln() }).collect()
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

/// Mean weight of the pairs of nodes that are linked.
pub(super) fn unit(problem: &Problem) -> f64 {
    let mut pairs: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut weight = 0.0;
    for link in problem.links.iter().filter(|link| link.from != link.to) {
        pairs.insert((link.from.min(link.to), link.from.max(link.to)));
        weight += link.weight;
    }
    if pairs.is_empty() { 1.0 } else { weight / to_f64(pairs.len()) }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn to_f64(count: usize) -> f64 {
    count as f64
}
