//! Ties -> circles of services that need each other.

use petgraph::graph::{DiGraph, NodeIndex};

use super::Tie;
use crate::metrics::Group;

/// Strongly connected components of at least two services, each in the order of the plan.
pub(super) fn find(ties: &[Tie], groups: &[Group]) -> Vec<Vec<String>> {
    let mut needs: DiGraph<usize, ()> = DiGraph::new();
    for at in 0..groups.len() {
        needs.add_node(at);
    }
    let place = |name: &str| groups.iter().position(|group| group.name == name);
    for tie in ties {
        if let (Some(from), Some(to)) = (place(&tie.from), place(&tie.to)) {
            needs.update_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        }
    }
    let mut cycles: Vec<Vec<usize>> = petgraph::algo::tarjan_scc(&needs)
        .into_iter()
        .filter(|component| component.len() > 1)
        .map(|component| {
            let mut members: Vec<usize> = component.into_iter().map(NodeIndex::index).collect();
            members.sort_unstable();
            members
        })
        .collect();
    cycles.sort();
    cycles
        .into_iter()
        .map(|members| members.into_iter().map(|at| groups[at].name.clone()).collect())
        .collect()
}
