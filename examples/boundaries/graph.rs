//! A published call graph: classes, calls with their volumes, and the use cases in which each class ran.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lith_split::boundaries::cluster::{Limits, Link, Problem};

use crate::published::real;

/// The outside world; it calls the classes where requests come in.
const ROOT: &str = "root";

#[derive(Clone)]
pub(crate) struct Graph {
    /// The classes of the published partition, in order.
    pub(crate) classes: Vec<String>,
    /// Directed, without self calls and without those of the outside world: caller, called, volume.
    pub(crate) calls: Vec<(usize, usize, f64)>,
    pub(crate) self_calls: BTreeSet<usize>,
    /// Classes that the outside world calls.
    pub(crate) entries: BTreeSet<usize>,
    /// Only for measuring.
    pub(crate) use_cases: Vec<BTreeSet<String>>,
    /// Of each class, with repetitions; only for measuring.
    pub(crate) use_case_counts: Vec<Vec<String>>,
    /// Classes that read or write each table.
    pub(crate) tables: Vec<BTreeSet<String>>,
}

#[derive(serde::Deserialize)]
struct Table {
    #[serde(default)]
    r: Vec<String>,
    #[serde(default)]
    w: Vec<String>,
}

impl Graph {
    pub(crate) fn read(folder: &Path, partition: &BTreeMap<String, i64>) -> anyhow::Result<Self> {
        let classes: Vec<String> = partition.keys().cloned().collect();
        let number = |name: &str| classes.binary_search_by(|class| class.as_str().cmp(name)).ok();
        let volumes: BTreeMap<String, f64> = crate::read(&folder.join("runtime_call_volume.json"))?;
        let cases: BTreeMap<String, Vec<String>> = crate::read(&folder.join("bcs_per_class.json"))?;
        let mut graph = Self {
            calls: Vec::new(),
            self_calls: BTreeSet::new(),
            entries: BTreeSet::new(),
            use_cases: Vec::new(),
            use_case_counts: Vec::new(),
            tables: Vec::new(),
            classes: classes.clone(),
        };
        for (call, volume) in volumes {
            let Some((from, to)) = call.split_once("--") else { continue };
            match (number(from), number(to)) {
                _ if to.eq_ignore_ascii_case(ROOT) => {}
                (_, Some(to)) if from.eq_ignore_ascii_case(ROOT) => {
                    graph.entries.insert(to);
                }
                (Some(from), Some(to)) if from == to => {
                    graph.self_calls.insert(from);
                }
                (Some(from), Some(to)) => graph.calls.push((from, to, volume)),
                _ => {}
            }
        }
        for class in &classes {
            let list = cases.get(class).cloned();
            graph.use_case_counts.push(list.clone().unwrap_or_default());
            graph.use_cases.push(list.unwrap_or_else(|| vec!["Unknown".to_string()]).into_iter().collect());
        }
        let tables = folder.join("tables.json");
        if tables.is_file() {
            let tables: BTreeMap<String, Table> = crate::read(&tables)?;
            graph.tables =
                tables.into_values().map(|table| table.r.into_iter().chain(table.w).collect()).collect();
        }
        Ok(graph)
    }

    pub(crate) fn number(&self, class: &str) -> Option<usize> {
        self.classes.binary_search_by(|other| other.as_str().cmp(class)).ok()
    }

    /// Pairs of classes of which one calls the other.
    pub(crate) fn pairs(&self) -> BTreeSet<(usize, usize)> {
        self.calls.iter().map(|&(from, to, _)| (from.min(to), from.max(to))).collect()
    }

    /// The graph without some of its pairs, by their place in order.
    pub(crate) fn without(&self, missing: &[usize]) -> Self {
        let pairs = self.pairs();
        let gone: BTreeSet<(usize, usize)> =
            pairs.iter().enumerate().filter(|(at, _)| missing.contains(at)).map(|(_, pair)| *pair).collect();
        let mut graph = self.clone();
        graph.calls.retain(|&(from, to, _)| !gone.contains(&(from.min(to), from.max(to))));
        graph
    }

    /// Pairs of classes, each call with one over the square root of how many classes its caller calls: the more it calls, the less a call
    /// says of it.
    fn links(&self, callees: &[Vec<usize>]) -> Vec<Link> {
        let mut weights: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for &(from, to, _) in &self.calls {
            *weights.entry((from.min(to), from.max(to))).or_default() +=
                1.0 / real(callees[from].len()).sqrt();
        }
        weights.into_iter().map(|((from, to), weight)| Link { from, to, weight }).collect()
    }

    /// What the partitioner gets: pairs without volumes, and for each entry point the classes that its calls can lead to.
    pub(crate) fn problem(&self, limits: Limits, own_tables: bool) -> Problem {
        let mut callees: Vec<Vec<usize>> = vec![Vec::new(); self.classes.len()];
        for &(from, to, _) in &self.calls {
            callees[from].push(to);
        }
        let root = (0..self.classes.len()).find(|&at| self.classes[at].eq_ignore_ascii_case(ROOT));
        let request = |&entry: &usize| {
            let mut reached = BTreeSet::from([entry]);
            let mut open = vec![entry];
            while let Some(class) = open.pop() {
                open.extend(callees[class].iter().filter(|callee| reached.insert(**callee)));
            }
            // The outside world takes part in every request.
            reached.extend(root);
            reached.into_iter().collect()
        };
        let together = if own_tables {
            let classes =
                self.tables.iter().map(|table| table.iter().filter_map(|class| self.number(class)).collect());
            classes.collect()
        } else {
            Vec::new()
        };
        Problem {
            sizes: vec![1; self.classes.len()],
            links: self.links(&callees),
            requests: self.entries.iter().map(request).collect(),
            together,
            limits,
            ..Problem::default()
        }
    }
}
