//! Random sequences, sent to both sides, and what is left of one that fails.
//!
//! Input: groups of requests to make sequences of. Output: what differs, as parts of a `Trial`, each with the shortest sequence that shows
//! it. Deliberately absent: which sequences, and how one gets shorter (`sequences`).

use std::collections::BTreeSet;

use super::answers::CauseKind;
use super::asking::Asking;
use super::requests::Group;
use super::sequences::{Pool, Sequences, Shrinking};
use super::trial::{Asked, Difference, Trial, TrialError};

/// Causes for each of which one sequence is shortened; others are only reported.
const MAX_SHOWN: usize = 5;

impl Asking {
    /// Sends sequences that are made of groups.
    pub(super) async fn search(
        &mut self,
        sequences: Sequences,
        groups: impl Iterator<Item = &Group>,
        say: &mut dyn FnMut(Asked),
    ) -> Result<(), TrialError> {
        let pool = Pool::new(groups);
        let mut shown = BTreeSet::new();
        for number in 1..=sequences.count {
            let group = pool.sequence(sequences, number);
            if group.steps.is_empty() || !self.questions.wants(&group) {
                continue;
            }
            let mut trial = self.alone(&group).await?;
            let of_order = |found: &&Difference| found.cause.kind != CauseKind::Volatile;
            let new =
                trial.differences.iter().filter(of_order).find(|found| !shown.contains(&found.cause.text));
            if let Some(first) = new.filter(|_| shown.len() < MAX_SHOWN).cloned() {
                shown.insert(first.cause.text.clone());
                trial = self.shortened(group, first, trial).await?;
            }
            self.trial.absorb(trial);
            let Trial { requests, different, .. } = self.trial;
            say(Asked { group: format!("sequence {number}"), requests, different });
        }
        Ok(())
    }

    /// What the shortest sequence gives that still has the difference.
    async fn shortened(
        &mut self,
        mut group: Group,
        found: Difference,
        mut last: Trial,
    ) -> Result<Trial, TrialError> {
        let is_same = |other: &Difference| {
            other.cause.kind == found.cause.kind && other.method == found.method && other.step == found.step
        };
        let from = group.steps.len();
        let mut shrinking = Shrinking::new(std::mem::take(&mut group.steps));
        while let Some(steps) = shrinking.next() {
            group.steps = steps;
            let trial = self.alone(&group).await?;
            let fails = trial.differences.iter().any(is_same);
            shrinking.tried(fails);
            if fails {
                last = trial;
            }
        }
        last.shortest.push(shrinking.shortest(&group.name, from, &self.trial.volatile));
        Ok(last)
    }

    /// What a group alone gives.
    async fn alone(&mut self, group: &Group) -> Result<Trial, TrialError> {
        let before = std::mem::take(&mut self.trial);
        let sent = self.group(group, &mut |_| ()).await;
        let trial = std::mem::replace(&mut self.trial, before);
        sent.map(|()| trial)
    }
}
