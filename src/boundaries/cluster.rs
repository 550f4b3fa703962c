//! A weighted graph with rules -> groups of its nodes, and how good they are.
//!
//! Rules always hold: nodes that must stay together are one node, pins and nodes to be kept apart are never broken, and limits are kept
//! wherever that can be done. Below them one score decides (`Weights`). The way there: contraction, a start for each of several
//! resolutions without the nodes that everything uses, then merges, splits, moves, swaps, and what the best groups agree on. The same problem
//! gives the same groups; which of several nodes that could as well exchange their groups is where, their numbers say.
//! Deliberately absent: what a node is. `boundaries` makes a problem of an application, `examples/boundaries.rs` one of a published graph.

mod contract;
mod exact;
mod measure;
mod search;
mod start;
mod state;

pub use exact::Bound;
pub use measure::{Measures, rand_index};

use contract::{Work, dense};

/// A graph to be divided, with what must hold. Nodes are numbers from 0.
#[derive(Debug, Clone, Default)]
pub struct Problem {
    /// What each node counts for in limits, and in the density of a group.
    pub sizes: Vec<u32>,
    /// Undirected; several links of one pair add up, a link of a node to itself says nothing.
    pub links: Vec<Link>,
    /// For each request, or other way in, the nodes that take part in answering it.
    pub requests: Vec<Vec<usize>>,
    /// Sets of nodes that must be in one group.
    pub together: Vec<Vec<usize>>,
    /// Pairs of nodes that must not be in one group.
    pub apart: Vec<(usize, usize)>,
    /// Nodes with the number of their group: nodes of one number stay together, nodes of different numbers apart.
    pub pinned: Vec<(usize, usize)>,
    pub limits: Limits,
    pub effort: Effort,
}

/// How far groups are searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// Downhill from several starts, and from the best of these uphill too where the graph is small.
    #[default]
    Thorough,
    /// Downhill only: a tenth of the time or less.
    Quick,
}

/// What two nodes have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    pub from: usize,
    pub to: usize,
    /// Above 0.
    pub weight: f64,
}

/// Limits of the groups. They give way to rules, never to the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// How many groups; as many as score best where `None`.
    pub groups: Option<usize>,
    /// Largest sum of sizes of a group.
    pub largest: Option<u32>,
    /// Largest sum of sizes in groups below `BALANCED.0` or above `BALANCED.1`.
    pub uneven: Option<u32>,
}

/// Sizes of groups that count as balanced: those of NED in Kalia et al., `Mono2Micro`, ESEC/FSE 2021.
pub const BALANCED: (u32, u32) = (5, 20);

/// How much each part of the score counts. Less of `cut`, `spread` and `balance` and more of `density` is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Share of the weight of links that lie between groups: ICP of Kalia et al. with links for calls.
    pub cut: f64,
    /// How dense the group of a node is on average, less how dense links are between two groups on average: SM of Kalia et al., but groups
    /// count by their sizes here, so that many small dense groups do not pay for a giant one. Links have mean weight 1.
    pub density: f64,
    /// Where requests are known, the mean entropy of those that a group takes part in, over that of all: BCP of Nitin et al., CARGO,
    /// ASE 2022, with requests for use cases. It is small where most groups answer few kinds of requests.
    pub spread: f64,
    /// Where none is known, the sum of squares of the groups' shares of all ends of links: with `cut`, Newman's modularity.
    pub balance: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { cut: 1.0, density: 1.0, spread: 0.5, balance: 1.0 }
    }
}

impl Weights {
    /// Those that count for a problem.
    fn of(self, requests: usize) -> Self {
        if requests > 0 { Self { balance: 0.0, ..self } } else { Self { spread: 0.0, ..self } }
    }
}

/// Groups of a problem, best found.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Group of each node, from 0 in the order of their first nodes; groups of pinned nodes keep no number.
    pub group: Vec<usize>,
    pub measures: Measures,
    /// The best score that any groups could have, where the graph is small enough to tell.
    pub bound: Option<Bound>,
}

/// Why rules cannot hold together: two nodes that must be in one group and must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nodes {0} and {1} must be in one group, and must not")]
pub struct Conflict(pub usize, pub usize);

/// Finds groups.
///
/// # Errors
///
/// `Conflict` where the rules contradict each other.
pub fn solve(problem: &Problem, weights: Weights) -> Result<Solution, Conflict> {
    Ok(Solver::new(problem)?.solve(problem.limits, weights))
}

/// A problem made ready once, to be solved with several limits.
pub struct Solver<'a> {
    problem: &'a Problem,
    work: Work,
    /// Groups to start from, of the contracted nodes.
    firsts: Vec<Vec<usize>>,
}

impl<'a> Solver<'a> {
    /// # Errors
    ///
    /// `Conflict` where the rules contradict each other.
    pub fn new(problem: &'a Problem) -> Result<Self, Conflict> {
        let work = Work::new(problem)?;
        let firsts = start::firsts(&work);
        Ok(Self { problem, work, firsts })
    }

    /// Finds groups within these limits instead of those of the problem.
    pub fn solve(&self, limits: Limits, weights: Weights) -> Solution {
        let (problem, work) = (self.problem, &self.work);
        let weights = weights.of(problem.requests.len());
        let most = work.len().max(1);
        let groups = limits.groups.map(|groups| groups.clamp(work.least().min(most), most));
        let limits = Limits { groups, ..limits };
        let found = search::search(work, &self.firsts, limits, weights, problem.effort);
        let group = dense(&work.expand(&found)).0;
        let measures = measure::measure(problem, &group, weights);
        let bound = exact::bound(work, limits, weights, &measures);
        Solution { group, measures, bound }
    }
}

/// Measures groups that come from elsewhere, by the same definitions.
pub fn measure(problem: &Problem, group: &[usize], weights: Weights) -> Measures {
    measure::measure(problem, &dense(group).0, weights.of(problem.requests.len()))
}

#[cfg(test)]
mod tests;
