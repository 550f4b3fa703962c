//! How much groups change when a few links are missing: with what requests no longer reach, and where each request reaches what it did.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::Path;

use lith_split::boundaries::cluster::{Limits, Problem, Weights, rand_index, solve};

use crate::functionalities::Functionalities;
use crate::graph::Graph;
use crate::published::real;

pub(crate) const DRAWS: usize = 100;
/// One link in so many is missing.
const MISSING: usize = 20;

/// Classes, with as many groups as score best and with a number that is asked for.
pub(crate) fn classes(name: &str, folder: &Path) -> anyhow::Result<String> {
    let file = folder.join("partitions/Mono2Micro/vertical_cluster_assignment_5.json");
    let partition: BTreeMap<String, i64> = crate::read(&file)?;
    let graph = Graph::read(folder, &partition)?;
    let mut text = String::new();
    for groups in [None, Some(5), Some(9)] {
        let limits = Limits { groups, ..Limits::default() };
        let problem = |missing: &[usize]| graph.without(missing).problem(limits, false);
        line(&mut text, name, groups, graph.pairs().len(), problem)?;
    }
    Ok(text)
}

/// Entities, likewise.
pub(crate) fn entities(name: &str, accesses: &Path) -> anyhow::Result<String> {
    let expert = accesses.with_file_name(format!("{name}Expert.json"));
    let functionalities = Functionalities::read(accesses, &expert)?;
    let mut text = String::new();
    for groups in [None, Some(5)] {
        let whole = functionalities.problem(Limits { groups, ..Limits::default() });
        let problem = |missing: &[usize]| {
            let links = whole.links.iter().enumerate().filter(|(at, _)| !missing.contains(at));
            Problem { links: links.map(|(_, link)| *link).collect(), ..whole.clone() }
        };
        line(&mut text, name, groups, whole.links.len(), problem)?;
    }
    Ok(text)
}

fn line(
    text: &mut String,
    name: &str,
    groups: Option<usize>,
    links: usize,
    problem: impl Fn(&[usize]) -> Problem,
) -> anyhow::Result<()> {
    let all = problem(&[]);
    let whole = solve(&all, Weights::default())?;
    let mut numbers = Numbers::default();
    let (mut indices, mut same_requests) = (Indices::default(), Indices::default());
    for _ in 0..DRAWS {
        let fewer = problem(&numbers.drawn(links));
        let index = |problem: &Problem| -> anyhow::Result<f64> {
            Ok(rand_index(&whole.group, &solve(problem, Weights::default())?.group))
        };
        let found = index(&fewer)?;
        indices.add(found);
        same_requests.add(if fewer.requests == all.requests {
            found
        } else {
            index(&Problem { requests: all.requests.clone(), ..fewer })?
        });
    }
    let asked = groups.map_or("any".to_string(), |groups| groups.to_string());
    writeln!(text, "{name:>10} {asked:>5} {:>3} {links:>6}{indices}{same_requests}", whole.measures.groups)?;
    Ok(())
}

/// How alike groups are in all draws: the mean and the least.
#[derive(Default)]
pub(crate) struct Indices(Vec<f64>);

impl Indices {
    pub(crate) fn add(&mut self, index: f64) {
        self.0.push(index);
    }
}

impl fmt::Display for Indices {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = self.0.iter().sum::<f64>() / real(self.0.len());
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        write!(out, " {mean:>6.3} {least:>6.3}")
    }
}

/// Numbers that are the same on each run (a linear congruential generator with the constants of Knuth's MMIX).
pub(crate) struct Numbers(u64);

impl Default for Numbers {
    fn default() -> Self {
        Self(7)
    }
}

impl Numbers {
    /// One in `MISSING` of so many things, each once.
    pub(crate) fn drawn(&mut self, count: usize) -> Vec<usize> {
        let mut left: Vec<usize> = (0..count).collect();
        (0..count / MISSING).map(|_| left.swap_remove(self.below(left.len()))).collect()
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}
