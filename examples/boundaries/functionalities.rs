//! Functionalities of an application with the entities that each reads and writes in turn, and an expert's groups of these.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lith_split::boundaries::cluster::{Limits, Link, Problem};

use crate::published::real;

pub(crate) struct Functionalities {
    /// In order.
    pub(crate) entities: Vec<String>,
    /// Of each functionality: entity and whether it is written, in turn.
    pub(crate) list: Vec<Vec<(usize, bool)>>,
    /// Group of each entity.
    pub(crate) expert: Vec<usize>,
}

#[derive(serde::Deserialize)]
struct Expert {
    clusters: BTreeMap<String, Vec<String>>,
}

impl Functionalities {
    /// Entities that the expert has placed.
    pub(crate) fn read(accesses: &Path, expert: &Path) -> anyhow::Result<Self> {
        let accesses: BTreeMap<String, Vec<(String, String)>> = crate::read(accesses)?;
        let expert: Expert = crate::read(expert)?;
        let mut placed: BTreeMap<String, usize> = BTreeMap::new();
        for (at, entities) in expert.clusters.into_values().enumerate() {
            placed.extend(entities.into_iter().map(|entity| (entity, at)));
        }
        let entities: Vec<String> = placed.keys().cloned().collect();
        let list = accesses
            .into_values()
            .map(|list| {
                let known = list.into_iter().filter_map(|(entity, mode)| {
                    Some((entities.binary_search(&entity).ok()?, mode.starts_with('W')))
                });
                known.collect()
            })
            .collect();
        Ok(Self { expert: placed.into_values().collect(), entities, list })
    }

    /// Two entities are linked by the functionalities that access one right after the other.
    pub(crate) fn problem(&self, limits: Limits) -> Problem {
        let mut steps: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for list in &self.list {
            let pairs: BTreeSet<(usize, usize)> = list
                .windows(2)
                .map(|step| (step[0].0.min(step[1].0), step[0].0.max(step[1].0)))
                .filter(|(from, to)| from != to)
                .collect();
            for pair in pairs {
                *steps.entry(pair).or_default() += 1.0;
            }
        }
        let links = steps.into_iter().map(|((from, to), weight)| Link { from, to, weight }).collect();
        Problem { sizes: vec![1; self.entities.len()], links, limits, ..Problem::default() }
    }

    /// Shares of functionalities whose entities are in several groups, and that write in several.
    pub(crate) fn split(&self, group: &[usize]) -> (f64, f64) {
        let several = |writes: bool| {
            let count = self.list.iter().filter(|list| {
                let groups =
                    list.iter().filter(|(_, write)| *write || !writes).map(|(entity, _)| group[*entity]);
                groups.collect::<BTreeSet<_>>().len() > 1
            });
            real(count.count()) / real(self.list.len())
        };
        (several(false), several(true))
    }
}

/// `MoJoFM` in percent (Wen and Tzerpos 2004): how few moves and joins lead from groups to others, 100 for none.
pub(crate) fn mojofm(group: &[usize], truth: &[usize]) -> f64 {
    let count = |groups: &[usize]| groups.iter().max().map_or(0, |most| most + 1);
    let mut overlap = vec![vec![0_usize; count(truth)]; count(group)];
    for (&a, &b) in group.iter().zip(truth) {
        overlap[a][b] += 1;
    }
    overlap.retain(|row| row.iter().any(|&cell| cell > 0));
    let kept: usize = overlap.iter().map(|row| row.iter().copied().max().unwrap_or(0)).sum();
    let mut tag: Vec<Option<usize>> = vec![None; count(truth)];
    let matched =
        (0..overlap.len()).filter(|&row| assign(&overlap, row, &mut tag, &mut BTreeSet::new())).count();
    let moves = group.len() - kept + overlap.len() - matched;
    let mut sizes: Vec<usize> =
        (0..count(truth)).map(|at| truth.iter().filter(|group| **group == at).count()).collect();
    sizes.sort_unstable();
    let spread = sizes.into_iter().fold(0, |tags, size| if size > tags { tags + 1 } else { tags });
    100.0 * (1.0 - real(moves) / real(group.len() - spread))
}

/// Gives a group one of the true groups that it overlaps most, and leads others over to another of theirs where needed.
fn assign(overlap: &[Vec<usize>], row: usize, tag: &mut [Option<usize>], seen: &mut BTreeSet<usize>) -> bool {
    let most = overlap[row].iter().copied().max().unwrap_or(0);
    for column in (0..overlap[row].len()).filter(|&column| overlap[row][column] == most) {
        if seen.insert(column) {
            let free = match tag[column] {
                None => true,
                Some(other) => assign(overlap, other, tag, seen),
            };
            if free {
                tag[column] = Some(row);
                return true;
            }
        }
    }
    false
}
