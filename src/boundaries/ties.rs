//! Routes and the tables that they write -> what ties them, as links of a graph.

use std::collections::BTreeMap;

use super::cluster::Link;
use super::facts::Facts;
use super::names::kebab;
use super::segments::{part_of, singular};
use crate::access::Resource;
use crate::metrics::ratio;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::routes::RouteTable;

/// How strongly a route is tied to a table that it writes, to one that it reads, and to others with the same subject, part of the path or
/// module. All but the first count less the more of the routes have the same: nothing that all have tells them apart.
const WRITES: f64 = 16.0;
const READS: f64 = 2.0;
const SUBJECT: f64 = 4.0;
const PART: f64 = 2.0;
const MODULE: f64 = 2.0;

/// What ties some routes. Nodes are the routes in their order, then their tables.
pub(super) struct Ties<'a> {
    /// How many.
    routes: usize,
    /// Tables that one of the routes writes and one service should own.
    pub(super) tables: OrderedSet<&'a Resource>,
    /// Of routes to tables.
    links: Vec<Link>,
    /// Routes that have something in common, with the weight between each two of them.
    common: Vec<(f64, Vec<usize>)>,
    /// Tables that change together.
    pub(super) transactions: Vec<Vec<usize>>,
}

impl<'a> Ties<'a> {
    pub(super) fn of(facts: &'a Facts, routes: &RouteTable, members: &[usize]) -> Self {
        let written = members.iter().flat_map(|&route| &facts.routes[route].writes);
        let tables: OrderedSet<&Resource> =
            written.filter(|table| !facts.application_wide.contains(*table)).collect();
        let node = |table: &Resource| tables.get_index_of(table).map(|at| members.len() + at);
        let mut links: Vec<Link> = Vec::new();
        let mut transactions: Vec<Vec<usize>> = Vec::new();
        let mut common: OrderedMap<(Signal, String), Vec<usize>> = OrderedMap::default();
        let mut readers: OrderedMap<usize, Vec<usize>> = OrderedMap::default();
        for (at, &route) in members.iter().enumerate() {
            let fact = &facts.routes[route];
            for to in fact.writes.iter().filter_map(node) {
                links.push(Link { from: at, to, weight: WRITES });
            }
            for table in fact.reads.iter().filter(|table| !fact.writes.contains(*table)) {
                match node(table) {
                    Some(table) => readers.entry(table).or_default().push(at),
                    None => common.entry((Signal::Reads, table.to_string())).or_default().push(at),
                }
            }
            for transaction in &fact.transactions {
                transactions.push(transaction.iter().filter_map(node).collect());
            }
            let mut have = |signal: Signal, what: String| common.entry((signal, what)).or_default().push(at);
            have(Signal::Subject, fact.key.clone());
            if let Some(part) = part_of(&routes.routes[route].path, &fact.key) {
                have(Signal::Part, singular(&kebab(part)));
            }
            have(Signal::Module, fact.module.clone());
        }
        let share = |count: usize| ratio(count, members.len());
        for (table, readers) in readers {
            let weight = READS * (1.0 - share(readers.len()));
            links.extend(readers.iter().map(|&at| Link { from: at, to: table, weight }));
        }
        links.retain(|link| link.weight > 0.0);
        let common = common.into_iter().filter(|(_, list)| list.len() > 1).map(|((signal, _), list)| {
            // As much as if each were tied to one thing in their midst.
            (2.0 * signal.weight() * (1.0 - share(list.len())) / ratio(list.len() - 1, 1), list)
        });
        let common = common.filter(|(weight, _)| *weight > 0.0).collect();
        Self { routes: members.len(), tables, links, common, transactions }
    }

    /// All links, one for each pair.
    pub(super) fn links(&self) -> Vec<Link> {
        let count = self.routes + self.tables.len();
        let mut direct: Vec<Vec<&Link>> = vec![Vec::new(); count];
        for link in &self.links {
            direct[link.from].push(link);
        }
        let mut lists: Vec<Vec<(usize, usize)>> = vec![Vec::new(); count];
        for (at, (_, list)) in self.common.iter().enumerate() {
            for (place, &node) in list.iter().enumerate() {
                lists[node].push((at, place));
            }
        }
        let mut links = Vec::new();
        let mut weights = vec![0.0; count];
        for from in 0..count {
            direct[from].iter().for_each(|link| weights[link.to] += link.weight);
            for &(at, place) in &lists[from] {
                let (weight, list) = &self.common[at];
                list[place + 1..].iter().for_each(|&to| weights[to] += weight);
            }
            for (to, weight) in
                weights.iter_mut().enumerate().skip(from + 1).filter(|(_, weight)| **weight > 0.0)
            {
                links.push(Link { from, to, weight: std::mem::take(weight) });
            }
        }
        links
    }

    /// How much merging two groups of nodes would raise modularity.
    pub(super) fn gains(&self, group: &[usize], groups: usize) -> impl Fn(usize, usize) -> f64 + use<> {
        let mut between: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        let mut volume = vec![0.0; groups];
        let mut tie = |a: usize, b: usize, weight: f64| {
            volume[a] += weight;
            volume[b] += weight;
            *between.entry((a.min(b), a.max(b))).or_default() += weight;
        };
        for link in &self.links {
            tie(group[link.from], group[link.to], link.weight);
        }
        for (weight, list) in &self.common {
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            for &node in list {
                *counts.entry(group[node]).or_default() += 1;
            }
            let counts: Vec<(usize, usize)> = counts.into_iter().collect();
            for (at, &(a, in_a)) in counts.iter().enumerate() {
                tie(a, a, weight * ratio(in_a * (in_a - 1), 2));
                for &(b, in_b) in &counts[at + 1..] {
                    tie(a, b, weight * ratio(in_a * in_b, 1));
                }
            }
        }
        let all = volume.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        move |a, b| {
            let tied = between.get(&(a.min(b), a.max(b))).copied().unwrap_or(0.0);
            2.0 * (tied - volume[a] * volume[b] / all) / all
        }
    }
}

/// What routes can have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Signal {
    Reads,
    Subject,
    Part,
    Module,
}

impl Signal {
    fn weight(self) -> f64 {
        match self {
            Signal::Reads => READS,
            Signal::Subject => SUBJECT,
            Signal::Part => PART,
            Signal::Module => MODULE,
        }
    }
}
