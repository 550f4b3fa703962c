//! Many requests at once: how long program and functions take, how often processes start, and how much memory they need.
//!
//! Input: both sides, and groups of requests. Output: numbers for each function, and those of the program for the same requests. Requests
//! of a group stay in their order, and carry their values; groups are sent at once. The sides are measured one after the other, each from
//! fresh processes and data. What answers hold is not looked at: several clients change the same data. The numbers are those of this
//! machine and of what stands for AWS; only their ratios say something.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::application::Running;
use super::asking::Memory;
use super::host::Meter;
use super::requests::Group;
use super::side::One;
use super::trial::TrialError;

/// How much is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounds {
    /// How often each group is sent.
    pub count: usize,
    /// Groups that are sent at once.
    pub at_once: usize,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    pub rounds: Rounds,
    pub monolith: Measured,
    pub functions: Vec<OfFunction>,
}

/// A function, and the program on the same requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfFunction {
    pub name: String,
    pub own: Measured,
    /// Times of the program for these requests.
    pub monolith: Times,
}

/// Of one program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured {
    pub times: Times,
    /// Requests that were answered with 5xx, or not at all.
    pub failed: usize,
    /// Processes that were started.
    pub starts: usize,
    /// Microseconds: half of them took no longer until they asked for their first event.
    pub start: u64,
    /// kB at its peak, of the process that had the most; none where this system does not say it.
    pub memory: Option<u64>,
}

/// How long requests took in microseconds, with what they waited for a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    pub requests: usize,
    pub median: u64,
    pub p95: u64,
}

impl Times {
    fn of(mut all: Vec<Duration>) -> Self {
        all.sort();
        Self { requests: all.len(), median: quantile(&all, 50), p95: quantile(&all, 95) }
    }
}

/// The smallest that so many of a hundred do not exceed (nearest rank).
fn quantile(sorted: &[Duration], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    let found = sorted.get(rank - 1).copied().unwrap_or_default();
    u64::try_from(found.as_micros()).unwrap_or(u64::MAX)
}

/// One request that was sent.
struct Sample {
    /// Position of the split's function for it; none where its gateway answers by itself.
    function: Option<usize>,
    took: Duration,
    failed: bool,
}

/// Sends groups to both sides.
pub(super) async fn load(
    monolith: &mut One,
    split: &mut One,
    groups: Vec<Group>,
    rounds: Rounds,
) -> Result<Load, TrialError> {
    let groups = Arc::new(groups);
    let mut sides = Vec::new();
    for side in [&mut *monolith, &mut *split] {
        side.reset().await?;
        for at in 0..side.running.host.len() {
            // What was before does not count.
            let _ = side.running.host.metered(at);
        }
        sides.push(side.running.clone());
    }
    let [one, other] = [sides.remove(0), sides.remove(0)];
    let before = sent(&one, &other, &groups, rounds).await;
    let now = sent(&other, &other, &groups, rounds).await;
    let mut of_functions: BTreeMap<usize, (Vec<Sample>, Vec<Duration>)> = BTreeMap::new();
    for sample in &before {
        if let Some(function) = sample.function {
            of_functions.entry(function).or_default().1.push(sample.took);
        }
    }
    for sample in now {
        if let Some(function) = sample.function {
            of_functions.entry(function).or_default().0.push(sample);
        }
    }
    let functions = of_functions.into_iter().map(|(at, (own, monolith))| OfFunction {
        name: other.host.name(at).to_string(),
        own: measured(own, other.host.metered(at)),
        monolith: Times::of(monolith),
    });
    let functions = functions.collect();
    Ok(Load { rounds, monolith: measured(before, one.host.metered(0)), functions })
}

fn measured(samples: Vec<Sample>, meter: Meter) -> Measured {
    let failed = samples.iter().filter(|sample| sample.failed).count();
    let mut starts = meter.starts;
    starts.sort();
    Measured {
        times: Times::of(samples.into_iter().map(|sample| sample.took).collect()),
        failed,
        starts: starts.len(),
        start: quantile(&starts, 50),
        memory: (meter.memory > 0).then_some(meter.memory),
    }
}

/// Sends every group so often to one side. `split` says whose requests they are.
async fn sent(
    side: &Arc<Running>,
    split: &Arc<Running>,
    groups: &Arc<Vec<Group>>,
    rounds: Rounds,
) -> Vec<Sample> {
    let next = Arc::new(AtomicUsize::new(0));
    let all = groups.len() * rounds.count;
    let clients = (0..rounds.at_once.min(all)).map(|client| {
        let (side, split, groups, next) = (side.clone(), split.clone(), groups.clone(), next.clone());
        tokio::spawn(async move {
            let mut samples = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= all {
                    return samples;
                }
                samples.extend(one_group(&side, &split, &groups[at % groups.len()], client).await);
            }
        })
    });
    let mut samples = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        samples.extend(client.await.expect("a client does not panic"));
    }
    samples
}

async fn one_group(side: &Running, split: &Running, group: &Group, client: usize) -> Vec<Sample> {
    let mut memory = Memory::default();
    let mut samples = Vec::new();
    for step in &group.steps {
        // What an answer did not give cannot be asked for.
        let Ok(request) = step.filled(&memory.values) else { continue };
        let begun = Instant::now();
        let outcome = side.answer(&request, client as u64).await;
        let took = begun.elapsed();
        memory.keep(step, &outcome.answer);
        let failed = outcome.failed.is_some() || outcome.answer.status >= 500;
        samples.push(Sample { function: split.leads_to(&request), took, failed });
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_the_nearest_rank() {
        let of = |count: u64| Times::of((1..=count).rev().map(Duration::from_millis).collect());
        let shown = |times: &Times| (times.requests, times.median / 1000, times.p95 / 1000);
        assert_eq!(shown(&of(0)), (0, 0, 0));
        assert_eq!(shown(&of(1)), (1, 1, 1));
        assert_eq!(shown(&of(4)), (4, 2, 4));
        assert_eq!(shown(&of(100)), (100, 50, 95));
        assert_eq!(shown(&of(101)), (101, 51, 96));
    }
}
