//! Weighted edges -> circles, and the edges of least weight without which there are none (a minimum feedback arc set).
//!
//! Exact in circles of at most `EXACT` nodes, by an order of the nodes with the least weight against it (Lawler 1964, *A comment on minimum
//! feedback arc sets*: dynamic programming over sets of nodes that come first); in larger ones by the order of Eades, Lin and Smyth 1993, *A
//! fast and effective heuristic for the feedback arc set problem*.

use std::collections::BTreeMap;

use petgraph::graph::{DiGraph, NodeIndex};

/// Nodes of a circle for which all orders are weighed: 2^12 sets.
const EXACT: usize = 12;

/// Nodes that lead to each other, directly or over others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circle {
    /// In order.
    pub members: Vec<usize>,
    /// From and to, with the weight; in order.
    pub cuts: Vec<(usize, usize, usize)>,
    /// Whether no other cuts weigh less.
    pub is_least: bool,
}

/// The circles of a graph of `count` nodes, each once, in the order of their first members.
pub fn circles(count: usize, edges: &BTreeMap<(usize, usize), usize>) -> Vec<Circle> {
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    for _ in 0..count {
        graph.add_node(());
    }
    for &(from, to) in edges.keys() {
        graph.update_edge(NodeIndex::new(from), NodeIndex::new(to), ());
    }
    let mut circles: Vec<Circle> = petgraph::algo::tarjan_scc(&graph)
        .into_iter()
        .filter(|component| component.len() > 1)
        .map(|component| {
            let mut members: Vec<usize> = component.into_iter().map(NodeIndex::index).collect();
            members.sort_unstable();
            circle(members, edges)
        })
        .collect();
    circles.sort_by(|one, other| one.members.cmp(&other.members));
    circles
}

fn circle(members: Vec<usize>, edges: &BTreeMap<(usize, usize), usize>) -> Circle {
    let place = |node: &usize| members.binary_search(node).ok();
    let inner: Vec<(usize, usize, usize)> = edges
        .iter()
        .filter(|((from, to), _)| from != to)
        .filter_map(|((from, to), &weight)| Some((place(from)?, place(to)?, weight)))
        .collect();
    let is_least = members.len() <= EXACT;
    let order =
        if is_least { least_order(members.len(), &inner) } else { greedy_order(members.len(), &inner) };
    let mut rank = vec![0; members.len()];
    order.iter().enumerate().for_each(|(at, &node)| rank[node] = at);
    let against = inner.iter().filter(|(from, to, _)| rank[*from] > rank[*to]);
    let cuts = against.map(|&(from, to, weight)| (members[from], members[to], weight)).collect();
    Circle { members, cuts, is_least }
}

/// The order with the least weight of edges that lead back. Of the sets of nodes that come first, the least weight that leads back in each.
fn least_order(count: usize, edges: &[(usize, usize, usize)]) -> Vec<usize> {
    let mut weights = vec![vec![0_usize; count]; count];
    for &(from, to, weight) in edges {
        weights[from][to] += weight;
    }
    let sets = 1_usize << count;
    let mut least = vec![usize::MAX; sets];
    let mut last = vec![0_usize; sets];
    least[0] = 0;
    for set in 0..sets {
        for node in (0..count).filter(|node| set & (1 << node) == 0) {
            // Edges from a node that comes after those of the set, back to them.
            let back: usize = (0..count).filter(|to| set & (1 << to) != 0).map(|to| weights[node][to]).sum();
            let with = set | (1 << node);
            if least[set] + back < least[with] {
                least[with] = least[set] + back;
                last[with] = node;
            }
        }
    }
    let mut order = Vec::with_capacity(count);
    let mut set = sets - 1;
    while set != 0 {
        order.push(last[set]);
        set &= !(1 << last[set]);
    }
    order.reverse();
    order
}

/// Sinks go last and sources first, else the node that most leads out of by more than into it goes first.
fn greedy_order(count: usize, edges: &[(usize, usize, usize)]) -> Vec<usize> {
    let (mut first, mut last) = (Vec::new(), Vec::new());
    let mut left = vec![true; count];
    for _ in 0..count {
        let (mut out, mut into) = (vec![0_usize; count], vec![0_usize; count]);
        for &(from, to, weight) in edges.iter().filter(|(from, to, _)| left[*from] && left[*to]) {
            out[from] += weight;
            into[to] += weight;
        }
        let open = || (0..count).filter(|&node| left[node]);
        let node = if let Some(sink) = open().find(|&node| out[node] == 0) {
            last.push(sink);
            sink
        } else {
            let source = open().find(|&node| into[node] == 0);
            // Some node always has as much going out as coming in. Of equal ones the first.
            let next =
                source.or_else(|| open().rev().max_by_key(|&node| out[node].saturating_sub(into[node])));
            let Some(next) = next else { break };
            first.push(next);
            next
        };
        left[node] = false;
    }
    last.reverse();
    first.extend(last);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(count: usize, edges: &[(usize, usize, usize)]) -> Vec<Circle> {
        circles(count, &edges.iter().map(|&(from, to, weight)| ((from, to), weight)).collect())
    }

    #[test]
    fn a_graph_without_circles_needs_no_cut() {
        assert_eq!(cuts(3, &[(0, 1, 1), (1, 2, 1), (0, 2, 1), (1, 1, 5)]), []);
    }

    #[test]
    fn the_lightest_edges_are_cut() {
        let found = cuts(5, &[(0, 1, 3), (1, 2, 1), (2, 0, 2), (3, 4, 1), (4, 3, 1), (2, 3, 9)]);
        assert_eq!(found.len(), 2);
        assert_eq!((&found[0].members[..], &found[0].cuts[..]), (&[0, 1, 2][..], &[(1, 2, 1)][..]));
        assert_eq!((found[1].cuts.len(), found[1].is_least), (1, true));
    }

    #[test]
    fn one_edge_that_two_circles_share_is_cut_rather_than_two() {
        // 0 -> 1 -> 2 -> 0 and 0 -> 1 -> 3 -> 0.
        let found = cuts(4, &[(0, 1, 3), (1, 2, 2), (2, 0, 2), (1, 3, 2), (3, 0, 2)]);
        assert_eq!(found[0].cuts, [(0, 1, 3)]);
    }

    #[test]
    fn large_circles_are_cut_too() {
        let ring: Vec<(usize, usize, usize)> = (0..40).map(|at| (at, (at + 1) % 40, 1 + at % 7)).collect();
        let found = cuts(40, &ring);
        assert_eq!((found.len(), found[0].cuts.len(), found[0].is_least), (1, 1, false));
    }

    /// The cuts leave no circle, and no smaller set of edges does.
    #[test]
    fn cuts_are_enough_and_least() {
        let edges = [(0, 1, 1), (1, 0, 1), (1, 2, 2), (2, 1, 1), (2, 3, 1), (3, 0, 1), (0, 2, 1), (3, 1, 4)];
        let found = cuts(4, &edges);
        let cut = |kept: &dyn Fn(usize) -> bool| {
            let kept = edges.iter().enumerate().filter(|(at, _)| kept(*at)).map(|(_, edge)| *edge);
            cuts(4, &kept.collect::<Vec<_>>()).is_empty()
        };
        let weight: usize = found[0].cuts.iter().map(|(.., weight)| weight).sum();
        assert!(cut(&|at| !found[0].cuts.contains(&edges[at])));
        let least = (0_u32..1 << edges.len())
            .filter(|set| cut(&|at| set & (1 << at) == 0))
            .map(|set| {
                (0..edges.len()).filter(|at| set & (1 << at) != 0).map(|at| edges[at].2).sum::<usize>()
            })
            .min();
        assert_eq!(least, Some(weight));
    }
}
