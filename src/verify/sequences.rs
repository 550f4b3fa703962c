//! Random sequences of requests: what only shows when requests come in another order than people thought of.
//!
//! Input: groups of requests, and a seed. Output: sequences, each a group of its own; and a failing one without what it does not need. The
//! same groups and the same seed give the same sequences. A step whose request wants a value comes after one that saves it. Deliberately
//! absent: requests that nobody gave and no route suggests, and what fails (`asking`).
//!
//! Source: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (delta debugging): chunks of a failing input are left
//! out, smaller and smaller ones, as long as it still fails.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;

use super::requests::{Group, Step, scenario};

/// Steps that are put in front of one that wants values, one for the other.
const MAX_GIVERS: usize = 4;
/// How often a failing sequence is sent again to find a shorter one: each time costs fresh processes and data.
pub(super) const MAX_RUNS: usize = 60;
/// Spreads consecutive numbers over all seeds: the golden ratio in 64 bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// How many sequences, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequences {
    pub count: u64,
    pub seed: u64,
    /// Requests of each.
    pub length: usize,
}

/// The shortest sequence that was found of one that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortest {
    /// `sequence 7 of seed 1`
    pub name: String,
    /// Requests that it had before.
    pub from: usize,
    pub requests: usize,
    /// Whether it no longer fails without any one of its requests.
    pub is_minimal: bool,
    /// A scenario file.
    pub scenario: String,
}

/// What sequences are made of.
pub(super) struct Pool<'g> {
    steps: Vec<&'g Step>,
    /// Positions by the first segment of their paths: what they are about.
    about: BTreeMap<&'g str, Vec<usize>>,
    /// Positions of those that save a value, by its name.
    givers: BTreeMap<&'g str, Vec<usize>>,
}

impl<'g> Pool<'g> {
    pub(super) fn new(groups: impl Iterator<Item = &'g Group>) -> Self {
        let mut pool = Self { steps: Vec::new(), about: BTreeMap::new(), givers: BTreeMap::new() };
        // What HEAD does, GET does too, and says more.
        let steps = groups.flat_map(|group| &group.steps).filter(|step| step.request.method != "HEAD");
        for step in steps {
            if pool.steps.iter().any(|other| other.request == step.request && other.saves == step.saves) {
                continue;
            }
            let at = pool.steps.len();
            pool.about.entry(first_segment(step)).or_default().push(at);
            for saved in &step.saves {
                pool.givers.entry(&saved.name).or_default().push(at);
            }
            pool.steps.push(step);
        }
        pool
    }

    /// Sequence number `number`.
    pub(super) fn sequence(&self, sequences: Sequences, number: u64) -> Group {
        let mut rng = Rng::with_seed(sequences.seed.wrapping_add(number.wrapping_mul(SPREAD)));
        let mut group = Group { name: name(sequences, number), ..Group::default() };
        // Most of a sequence is about one thing, so that its requests have something to do with each other.
        let Some(first) = rng.choice(&self.steps) else { return group };
        let Some(subject) = self.about.get(first_segment(first)) else { return group };
        let mut saved = BTreeSet::new();
        while group.steps.len() < sequences.length {
            let at = match rng.u8(..4) {
                0 => rng.usize(..self.steps.len()),
                _ => subject[rng.usize(..subject.len())],
            };
            let mut added = Vec::new();
            if !self.add(at, &mut rng, &mut saved, &mut added, MAX_GIVERS) {
                // Nothing gives all that it wants: it will not be sent, and has its place all the same.
                added.push(at);
            }
            group.steps.extend(added.into_iter().map(|at| self.steps[at].clone()));
        }
        group
    }

    /// Adds a step behind those that give what it wants; whether something gives all of it.
    fn add(
        &self,
        at: usize,
        rng: &mut Rng,
        saved: &mut BTreeSet<&'g str>,
        added: &mut Vec<usize>,
        depth: usize,
    ) -> bool {
        for name in self.steps[at].wants() {
            if saved.contains(name.as_str()) {
                continue;
            }
            let givers = self.givers.get(name.as_str()).map_or(&[][..], Vec::as_slice);
            let Some(giver) = rng.choice(givers) else { return false };
            if depth == 0 || !self.add(*giver, rng, saved, added, depth - 1) {
                return false;
            }
        }
        saved.extend(self.steps[at].saves.iter().map(|saved| saved.name.as_str()));
        added.push(at);
        true
    }
}

fn first_segment(step: &Step) -> &str {
    step.request.path().split('/').nth(1).unwrap_or_default()
}

/// What a sequence is called: `sequence 7 of seed 1`.
pub(super) fn name(sequences: Sequences, number: u64) -> String {
    format!("sequence {number} of seed {}", sequences.seed)
}

/// Leaves out of a failing sequence what it fails without.
pub(super) struct Shrinking {
    steps: Vec<Step>,
    /// How many steps are left out at once, and where.
    chunk: usize,
    at: usize,
    /// Whether something was left out since the last beginning.
    has_shrunk: bool,
    runs: usize,
}

impl Shrinking {
    pub(super) fn new(steps: Vec<Step>) -> Self {
        let chunk = (steps.len() / 2).max(1);
        Self { at: steps.len(), steps, chunk, has_shrunk: false, runs: 0 }
    }

    /// What to try next; `None` where nothing more can be left out, or it was tried often enough.
    pub(super) fn next(&mut self) -> Option<Vec<Step>> {
        if self.at == 0 {
            match (self.chunk, self.has_shrunk) {
                (1, false) => return None,
                (1, true) => {}
                _ => self.chunk /= 2,
            }
            self.at = self.steps.len();
            self.has_shrunk = false;
        }
        if self.runs == MAX_RUNS || self.steps.len() < 2 {
            return None;
        }
        self.runs += 1;
        // From the end: what comes after the difference is the first that is not needed.
        let from = self.at.saturating_sub(self.chunk);
        let kept = self.steps[..from].iter().chain(&self.steps[self.at..]);
        let kept = kept.cloned().collect();
        Some(kept)
    }

    /// Says whether what was tried last fails too.
    pub(super) fn tried(&mut self, fails: bool) {
        let from = self.at.saturating_sub(self.chunk);
        if fails {
            self.steps.drain(from..self.at);
            self.has_shrunk = true;
        }
        self.at = from;
    }

    /// The shortest that was found.
    pub(super) fn shortest(self, name: &str, from: usize, volatile: &[String]) -> Shortest {
        let is_minimal = self.steps.len() < 2 || (self.at == 0 && self.chunk == 1 && !self.has_shrunk);
        Shortest {
            name: name.to_string(),
            from,
            requests: self.steps.len(),
            is_minimal,
            scenario: scenario(&self.steps, volatile),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::requests::{Origin, Workload};

    const SCENARIO: &str = r#"{"requests": [
        {"name": "create", "method": "POST", "path": "/items", "json": {"a": 1}, "save": {"id": "/id"}},
        {"name": "part", "method": "POST", "path": "/items/${id}/parts", "headers": {"x-a": ["1", "2"]}, "body": "hi", "save": {"part": "/id"}},
        {"name": "read", "method": "DELETE", "path": "/items/${id}/parts/${part}"},
        {"name": "other", "method": "PUT", "path": "/others", "base64": "/w=="},
        {"name": "lost", "method": "PUT", "path": "/others/${lost}"}
    ]}"#;
    const SEQUENCES: Sequences = Sequences { count: 1, seed: 7, length: 12 };

    fn workload() -> Workload {
        let mut workload = Workload::default();
        workload.add("s", SCENARIO, Origin::Requests).unwrap();
        workload
    }

    fn names(steps: &[Step]) -> Vec<&str> {
        steps.iter().map(|step| step.name.as_str()).collect()
    }

    #[test]
    fn a_seed_gives_the_same_sequences_again() {
        let workload = workload();
        let pool = Pool::new(workload.groups.iter());
        let of = |seed: u64, number: u64| {
            let group = pool.sequence(Sequences { seed, ..SEQUENCES }, number);
            group.steps.iter().map(|step| step.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of(7, 1), of(7, 1));
        assert_ne!(of(7, 1), of(7, 2));
        assert_ne!(of(7, 1), of(8, 1));
    }

    #[test]
    fn a_step_comes_after_those_that_give_it_values() {
        let workload = workload();
        let pool = Pool::new(workload.groups.iter());
        let mut seen = BTreeSet::new();
        for number in 0..50 {
            let group = pool.sequence(SEQUENCES, number);
            let names = names(&group.steps);
            let at = |name: &str| names.iter().position(|own| *own == name);
            for (step, giver) in [("part", "create"), ("read", "part")] {
                if let Some(step) = at(step) {
                    assert!(at(giver).is_some_and(|giver| giver < step), "{names:?}");
                }
            }
            assert!(names.len() >= SEQUENCES.length && names.len() < SEQUENCES.length + MAX_GIVERS);
            seen.extend(names.iter().map(ToString::to_string));
        }
        assert_eq!(seen.len(), 5, "{seen:?}");
    }

    #[test]
    fn what_it_fails_without_is_left_out() {
        let workload = workload();
        let steps: Vec<Step> = (0..4).flat_map(|_| workload.groups[0].steps.clone()).collect();
        // It fails where something is created before the last `other`.
        let fails = |steps: &[Step]| {
            let names = names(steps);
            let other = names.iter().rposition(|name| *name == "other");
            other.is_some_and(|other| names[..other].contains(&"create"))
        };
        let mut shrinking = Shrinking::new(steps.clone());
        while let Some(tried) = shrinking.next() {
            shrinking.tried(fails(&tried));
        }
        assert!(shrinking.runs < MAX_RUNS, "{}", shrinking.runs);
        let shortest = shrinking.shortest("s", steps.len(), &["uuid".to_string()]);
        assert!(shortest.is_minimal);
        assert_eq!((shortest.from, shortest.requests), (20, 2));
        // What is shown can be sent again.
        let mut again = Workload::default();
        again.add("again", &shortest.scenario, Origin::Requests).unwrap();
        assert_eq!(names(&again.groups[0].steps), ["create", "other"]);
        assert_eq!(again.groups[0].steps[0], workload.groups[0].steps[0]);
        assert_eq!(again.volatile.rules(), ["uuid"]);
    }

    #[test]
    fn a_sequence_that_needs_all_of_it_is_kept_and_time_is_bounded() {
        let workload = workload();
        let all = workload.groups[0].steps.clone();
        let mut shrinking = Shrinking::new(all.clone());
        while shrinking.next().is_some() {
            shrinking.tried(false);
        }
        let shortest = shrinking.shortest("s", 5, &[]);
        assert!(shortest.is_minimal && shortest.requests == 5);
        let many: Vec<Step> = std::iter::repeat_n(all[0].clone(), 500).collect();
        let mut shrinking = Shrinking::new(many);
        while shrinking.next().is_some() {
            shrinking.tried(false);
        }
        assert_eq!(shrinking.runs, MAX_RUNS);
        assert!(!shrinking.shortest("s", 500, &[]).is_minimal);
    }

    /// All that a scenario can hold is written as it was read.
    #[test]
    fn steps_are_written_as_they_are_read() {
        let workload = workload();
        let mut steps = workload.groups[0].steps.clone();
        // Recorded traffic is sent as it is.
        steps[3].fills = false;
        steps[3].request.target = "/others?q=${x}".to_string();
        let mut again = Workload::default();
        again.add("again", &scenario(&steps, &[]), Origin::Requests).unwrap();
        let read = &again.groups[0].steps;
        assert_eq!(read[..3], steps[..3]);
        let filled = read[3].filled(&BTreeMap::new()).unwrap();
        assert_eq!(filled.body, steps[3].request.body);
        assert_eq!(filled.target, "/others?q=$%7Bx%7D");
    }
}
