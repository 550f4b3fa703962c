//! Measures as two papers define them, of any groups of a published graph.
//!
//! `Mono2Micro` (Kalia et al., ESEC/FSE 2021): ICP, SM, IFN, NED and BCP over pairs of classes. CARGO (Nitin et al., ASE 2022): ICP over raw
//! volumes, BCP over frequencies, transactional purity.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Graph;

/// Less is better, but for `sm` and `purity`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Published {
    pub(crate) groups: usize,
    pub(crate) largest_share: f64,
    /// Share of `ln(volume) + 1` of calls between groups.
    pub(crate) icp_log: f64,
    /// Share of the volume of calls between groups.
    pub(crate) icp_raw: f64,
    /// As the published script computes it, which counts self calls but for the last class of a group.
    pub(crate) sm: f64,
    pub(crate) ifn: f64,
    pub(crate) ned: f64,
    /// Mean of the logarithm of a group's number of use cases.
    pub(crate) bcp_set: f64,
    /// Mean of the entropy of a group's use cases.
    pub(crate) bcp_frequency: f64,
    pub(crate) purity: Option<f64>,
}

pub(crate) fn measure(graph: &Graph, group: &[usize]) -> Published {
    let count = group.iter().max().map_or(0, |most| most + 1);
    let mut members = vec![Vec::new(); count];
    for (class, &at) in group.iter().enumerate() {
        members[at].push(class);
    }
    members.retain(|list| !list.is_empty());
    let used = real(members.len());
    let pairs = graph.pairs();
    let crossing = pairs.iter().filter(|(a, b)| group[*a] != group[*b]).count();
    let balanced: usize = members.iter().map(Vec::len).filter(|size| (5..=20).contains(size)).sum();
    Published {
        groups: members.len(),
        largest_share: real(members.iter().map(Vec::len).max().unwrap_or(0)) / real(group.len()),
        icp_log: between(graph, group, |volume| volume.ln() + 1.0),
        icp_raw: between(graph, group, |volume| volume),
        sm: structural_modularity(graph, group, &members),
        ifn: real(crossing) / used,
        ned: 1.0 - real(balanced) / real(group.len()),
        bcp_set: members.iter().map(|list| distinct(graph, list).ln()).sum::<f64>() / used,
        bcp_frequency: members.iter().map(|list| frequencies(graph, list)).sum::<f64>() / used,
        purity: (!graph.tables.is_empty()).then(|| purity(graph, group)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}

fn between(graph: &Graph, group: &[usize], weight: fn(f64) -> f64) -> f64 {
    let total: f64 = graph.calls.iter().map(|(_, _, volume)| weight(*volume)).sum();
    let across = graph.calls.iter().filter(|(from, to, _)| group[*from] != group[*to]);
    across.map(|(_, _, volume)| weight(*volume)).sum::<f64>() / total
}

fn structural_modularity(graph: &Graph, group: &[usize], members: &[Vec<usize>]) -> f64 {
    let size: BTreeMap<usize, f64> = members.iter().map(|list| (group[list[0]], real(list.len()))).collect();
    let mut cohesion = 0.0;
    for list in members {
        let at = group[list[0]];
        let inside = graph.pairs().iter().filter(|(a, b)| group[*a] == at && group[*b] == at).count();
        let self_calls =
            list[..list.len() - 1].iter().filter(|class| graph.self_calls.contains(*class)).count();
        cohesion += real(inside + self_calls) / (size[&at] * size[&at]);
    }
    let used = real(members.len());
    let mut coupling = 0.0;
    for (a, b) in graph.pairs().iter().filter(|(a, b)| group[*a] != group[*b]) {
        coupling += 1.0 / (size[&group[*a]] * size[&group[*b]]);
    }
    let pairs = used * (used - 1.0) / 2.0;
    cohesion / used - if pairs > 0.0 { coupling / pairs } else { 0.0 }
}

fn distinct(graph: &Graph, list: &[usize]) -> f64 {
    let cases: BTreeSet<&String> = list.iter().flat_map(|class| &graph.use_cases[*class]).collect();
    real(cases.len().max(1))
}

fn frequencies(graph: &Graph, list: &[usize]) -> f64 {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for case in list.iter().flat_map(|class| &graph.use_case_counts[*class]) {
        *counts.entry(case).or_default() += 1;
    }
    entropy(counts.values().copied())
}

fn entropy(counts: impl Iterator<Item = usize> + Clone) -> f64 {
    let total = real(counts.clone().sum());
    -counts.map(|count| real(count) / total * (real(count) / total).ln()).sum::<f64>()
}

/// One less the mean entropy of the groups of the classes that touch a table; a class that is in no group counts as one of its own.
fn purity(graph: &Graph, group: &[usize]) -> f64 {
    let of_table = |table: &BTreeSet<String>| {
        let mut counts: BTreeMap<Option<usize>, usize> = BTreeMap::new();
        for class in table {
            *counts.entry(graph.number(class).map(|class| group[class])).or_default() += 1;
        }
        entropy(counts.into_values().collect::<Vec<_>>().into_iter())
    };
    1.0 - graph.tables.iter().map(of_table).sum::<f64>() / real(graph.tables.len())
}
