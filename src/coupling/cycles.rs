//! Ties -> circles of services that need each other, and the fewest places without which they would not.

use std::collections::BTreeMap;

use super::{Cut, Cycle, Tie};
use crate::metrics::Group;
use crate::metrics::feedback::circles;

/// Each circle in the order of the plan; a place counts once.
pub(super) fn find(ties: &[Tie], groups: &[Group]) -> Vec<Cycle> {
    let place = |name: &str| groups.iter().position(|group| group.name == name);
    let mut needs: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for tie in ties {
        if let (Some(from), Some(to)) = (place(&tie.from), place(&tie.to)) {
            *needs.entry((from, to)).or_default() += 1;
        }
    }
    let name = |at: usize| groups[at].name.clone();
    circles(groups.len(), &needs)
        .into_iter()
        .map(|circle| Cycle {
            services: circle.members.into_iter().map(name).collect(),
            cuts: circle
                .cuts
                .into_iter()
                .map(|(from, to, places)| Cut { from: name(from), to: name(to), places })
                .collect(),
            is_least: circle.is_least,
        })
        .collect()
}
