//! Two sides, asked the same step by step.
//!
//! Input: groups of requests. Output: what differs, as parts of a `Trial`. Each group starts with fresh processes and the same data on
//! both sides. Deliberately absent: what is sent (`requests`), what may differ (`volatile`), and why something differs (`answers`).

use std::time::Duration;

use super::answers::{self, Cause, CauseKind, Known, Part};
use super::application::Outcome;
use super::aws::{Call, StandError};
use super::curl::{LOCAL, curl};
use super::event::{Answer, Request};
use super::load::load;
use super::requests::{Examples, Group, Step, Values, derive};
use super::side::One;
use super::trial::{Asked, Difference, Questions, SentGroup, Trial, TrialError};
use super::volatile::{Names, shown};

/// Lines of a log that are shown.
const LOG_LINES: usize = 20;
/// How long a call may come after the answer that it belongs to.
const CALL_PAUSE: Duration = Duration::from_millis(20);
const CALL_PAUSES: usize = 10;

pub(super) struct Asking {
    pub(super) monolith: One,
    pub(super) split: One,
    pub(super) examples: Examples,
    pub(super) questions: Questions,
    /// Of the last request.
    pub(super) number: u64,
    pub(super) trial: Trial,
}

/// What one side saved, and the names of what may differ.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) values: Values,
    pub(super) names: Names,
}

impl Memory {
    /// Keeps what a step saves of its answer.
    pub(super) fn keep(&mut self, step: &Step, answer: &Answer) {
        let saved = step.saves.iter().filter_map(|saved| Some((saved.name.clone(), saved.of(answer)?)));
        self.values.extend(saved);
    }
}

/// What comes after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    GoesOn,
    /// One side may have written what the other did not, and that is no difference.
    StartsAnew,
}

/// What one side did with a request.
struct Done {
    outcome: Outcome,
    calls: Vec<Call>,
    /// Sentences about what its roles do not allow.
    denied: Vec<String>,
}

impl Asking {
    pub(super) async fn all(&mut self, say: &mut dyn FnMut(Asked)) -> Result<(), TrialError> {
        let given = std::mem::take(&mut self.questions.workload.groups);
        // Requests are made from examples, so these are learnt from all that was given.
        let derived = derive(&self.examples, &self.questions.workload.identities);
        let sequences = self.questions.sequences.filter(|sequences| sequences.count > 0);
        let are_derived = sequences.is_some() || derived.iter().any(|group| self.questions.wants(group));
        for group in &given {
            if self.questions.wants(group) {
                self.group(group, say).await?;
            } else if are_derived {
                self.learn(group).await?;
            }
        }
        for group in derive(&self.examples, &self.questions.workload.identities) {
            if self.questions.wants(&group) {
                self.group(&group, say).await?;
            }
        }
        if let Some(sequences) = sequences {
            // Of what was made of routes, most is refused at the door.
            let examples = self.examples.of_routes();
            self.search(sequences, given.iter().chain([&examples]), say).await?;
        }
        if let Some(rounds) = self.questions.load {
            let groups = if given.is_empty() { self.examples.reads() } else { given };
            self.trial.load = Some(load(&mut self.monolith, &mut self.split, groups, rounds).await?);
            self.trial
                .denied
                .extend(self.split.taken().1.into_iter().map(|denied| format!("{denied}, under load")));
            let _ = self.monolith.taken();
        }
        self.trial.without_success = self.examples.without_good();
        Ok(())
    }

    async fn reset(&mut self) -> Result<(), StandError> {
        let (one, other) = tokio::join!(self.monolith.reset(), self.split.reset());
        one.and(other)
    }

    pub(super) async fn group(
        &mut self,
        group: &Group,
        say: &mut dyn FnMut(Asked),
    ) -> Result<(), TrialError> {
        self.reset().await?;
        let first = self.trial.differences.len();
        let before = (self.trial.requests, self.trial.different, self.trial.open.len());
        let mut memories = (Memory::default(), Memory::default());
        for step in &group.steps {
            if self.step(group, step, &mut memories).await == Next::StartsAnew {
                self.reset().await?;
            }
        }
        if self.trial.different > before.1 {
            self.without_noise(group, first).await?;
        }
        let Trial { requests, different, .. } = self.trial;
        self.trial.groups.push(SentGroup {
            name: group.name.clone(),
            requests: requests - before.0,
            different: different - before.1,
            open: self.trial.open.len() - before.2,
        });
        say(Asked { group: group.name.clone(), requests, different });
        Ok(())
    }

    /// Sends a group to the program alone, for what its answers tell of routes.
    async fn learn(&mut self, group: &Group) -> Result<(), TrialError> {
        self.monolith.reset().await?;
        let mut memory = Memory::default();
        for step in &group.steps {
            let Ok(request) = step.filled(&memory.values) else { continue };
            self.number += 1;
            let answer = self.monolith.done(&request, self.number).await.outcome.answer;
            self.examples.learn(&request, answer.status);
            memory.keep(step, &answer);
        }
        Ok(())
    }

    async fn step(&mut self, group: &Group, step: &Step, memories: &mut (Memory, Memory)) -> Next {
        let filled = (step.filled(&memories.0.values), step.filled(&memories.1.values));
        let (request, of_split) = match filled {
            (Ok(request), Ok(of_split)) => (request, of_split),
            (Err(name), _) | (_, Err(name)) => {
                self.trial.skipped.push(group.lacks(step, &name));
                return Next::GoesOn;
            }
        };
        self.number += 1;
        self.trial.requests += 1;
        // Where the gateway leads a request is known before it is sent.
        let at = self.split.running.leads_to(&of_split);
        let printed = at.map_or((0, 0), |at| {
            let tail = self.split.running.host.tail(at);
            (tail.written(), tail.misrouted())
        });
        let (mut monolith, mut split) =
            tokio::join!(self.monolith.done(&request, self.number), self.split.done(&of_split, self.number));
        self.examples.learn(&request, monolith.outcome.answer.status);
        memories.0.keep(step, &monolith.outcome.answer);
        memories.1.keep(step, &split.outcome.answer);
        let volatile = &self.questions.workload.volatile;
        let one = volatile.without(&monolith.outcome.answer, &mut memories.0.names, &memories.0.values);
        let other = volatile.without(&split.outcome.answer, &mut memories.1.names, &memories.1.values);
        let mut parts = answers::parts(&one, &other);
        let called = self.called(&mut monolith, &mut split, memories).await;
        self.trial.calls += called.0.len();
        parts.extend(called_parts(&called));
        let failed = split.outcome.failed.is_some() || split.outcome.answer.status >= 500;
        // A stub is told from other failures by what it prints.
        let log = match at {
            Some(at) if failed || !parts.is_empty() => self.split.printed(at, printed.0).await,
            _ => Vec::new(),
        };
        let misrouted = at.map_or(0, |at| self.split.running.host.tail(at).misrouted());
        let is_misrouted = misrouted > printed.1;
        let function = split.outcome.function.map(|at| self.split.running.host.name(at).to_string());
        let sent = format!("{} {}", of_split.method, of_split.target);
        for denied in &split.denied {
            self.trial.denied.push(format!("{denied}, for {sent}"));
        }
        if parts.is_empty() {
            if is_misrouted {
                let lines = log.iter().filter(|line| line.starts_with("misrouted: "));
                let function = function.as_deref().unwrap_or_default();
                self.trial.misrouted.extend(lines.map(|line| format!("{function}: {line}")));
            } else if failed {
                let why = monolith.outcome.failed;
                let why = why.unwrap_or_else(|| monolith.outcome.answer.status.to_string());
                self.trial.failed(&request, &why);
            }
            return Next::GoesOn;
        }
        let known = Known {
            request: &of_split,
            monolith: &monolith.outcome,
            split: &split.outcome,
            parts: &parts,
            function: function.as_deref(),
            log: &log,
            is_misrouted,
            denied: &split.denied,
        };
        let mut cause = answers::cause(&known);
        // No handler ran that the program would not have run: the function or the gateway has no route for it.
        let key = split.outcome.key.as_deref();
        let is_without_handler =
            is_misrouted || matches!(split.outcome.answer.status, 404 | 405) || key == Some("$default");
        let is_read = only_reads(&called) && parts.iter().all(|part| part.what == "calls");
        let open = if is_read {
            Some("the function reads at AWS what the program had read before, or the other way round")
        } else {
            group.open.filter(|_| is_without_handler)
        };
        if let Some(open) = open {
            cause.text = open.to_string();
        }
        let difference = Difference {
            group: group.name.clone(),
            step: step.name.clone(),
            method: of_split.method.clone(),
            target: of_split.target.clone(),
            curl: curl(&of_split, LOCAL),
            function,
            key: split.outcome.key,
            parts,
            cause,
            log: log[log.len().saturating_sub(LOG_LINES)..].to_vec(),
        };
        if open.is_some() {
            self.trial.open.push(difference);
            return if is_read { Next::GoesOn } else { Next::StartsAnew };
        }
        self.trial.differs(difference);
        Next::GoesOn
    }

    /// What both sides called, without what may differ. Where that is not the same, waits for calls that come after the answer.
    async fn called(
        &self,
        monolith: &mut Done,
        split: &mut Done,
        memories: &mut (Memory, Memory),
    ) -> (Vec<Call>, Vec<Call>) {
        let volatile = &self.questions.workload.volatile;
        for _ in 0..CALL_PAUSES {
            let one = volatile.without_in(&monolith.calls, &mut memories.0.names, &memories.0.values);
            let other = volatile.without_in(&split.calls, &mut memories.1.names, &memories.1.values);
            if called_parts(&(one.clone(), other.clone())).is_none() {
                return (one, other);
            }
            tokio::time::sleep(CALL_PAUSE).await;
            monolith.more(&self.monolith);
            split.more(&self.split);
        }
        (
            volatile.without_in(&monolith.calls, &mut memories.0.names, &memories.0.values),
            volatile.without_in(&split.calls, &mut memories.1.names, &memories.1.values),
        )
    }

    /// Asks the program twice more, and says of each difference from `first` on whether the program itself answers otherwise then.
    async fn without_noise(&mut self, group: &Group, first: usize) -> Result<(), TrialError> {
        let mut rounds = [Vec::new(), Vec::new()];
        for round in &mut rounds {
            self.monolith.reset().await?;
            let mut memory = Memory::default();
            for (at, step) in group.steps.iter().enumerate() {
                let Ok(request) = step.filled(&memory.values) else { continue };
                self.number += 1;
                let done = self.monolith.done(&request, self.number).await;
                memory.keep(step, &done.outcome.answer);
                let volatile = &self.questions.workload.volatile;
                let answer = volatile.without(&done.outcome.answer, &mut memory.names, &memory.values);
                let calls = volatile.without_in(&done.calls, &mut memory.names, &memory.values);
                round.push((at, answer, calls));
            }
        }
        let [one, other] = rounds;
        for ((at, one, calls), (_, other, other_calls)) in one.iter().zip(&other) {
            let step = &group.steps[*at];
            let rules = rules((one, calls), (other, other_calls));
            let of_step = self.trial.differences.iter_mut().skip(first).filter(|difference| {
                difference.step == step.name
                    && difference.method == step.request.method
                    && (step.fills || difference.target == step.request.target)
            });
            for difference in of_step.filter(|own| !rules.is_empty() && own.cause.kind > CauseKind::Volatile)
            {
                let declared: Vec<String> = rules.iter().map(|rule| format!("--volatile '{rule}'")).collect();
                let declared = declared.join(" ");
                difference.cause = Cause { kind: CauseKind::Volatile, text: answers::declare(&declared) };
            }
        }
        Ok(())
    }
}

impl One {
    async fn done(&self, request: &Request, number: u64) -> Done {
        let outcome = self.running.answer(request, number).await;
        let (calls, denied) = self.taken();
        Done { outcome, calls, denied }
    }
}

impl Done {
    /// Adds what happened since.
    fn more(&mut self, side: &One) {
        let (calls, denied) = side.taken();
        self.calls.extend(calls);
        self.denied.extend(denied);
    }
}

/// Those of the request itself: what a function does at its start it does once for each process.
fn own(calls: &[Call]) -> impl Iterator<Item = &Call> {
    calls.iter().filter(|call| !call.at_start)
}

/// How calls differ: what is written in its order, what is read in any.
fn called_parts((one, other): &(Vec<Call>, Vec<Call>)) -> Option<Part> {
    let shown = |calls: &[Call]| -> Vec<String> { own(calls).map(Call::shown).collect() };
    let writes =
        |calls: &[Call]| -> Vec<String> { own(calls).filter(|call| !call.reads).map(Call::shown).collect() };
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all
    };
    if writes(one) == writes(other) && sorted(shown(one)) == sorted(shown(other)) {
        return None;
    }
    let (monolith, split) = (shown(one).join("\n"), shown(other).join("\n"));
    Some(Part { what: "calls".to_string(), monolith, split })
}

/// Whether calls differ, and those that write do not.
fn only_reads((one, other): &(Vec<Call>, Vec<Call>)) -> bool {
    let writes =
        |calls: &[Call]| -> Vec<String> { own(calls).filter(|call| !call.reads).map(Call::shown).collect() };
    writes(one) == writes(other)
}

/// What would have to be declared so that two answers, with the calls that belong to them, are the same.
pub(super) fn rules(one: (&Answer, &[Call]), other: (&Answer, &[Call])) -> Vec<String> {
    let mut rules = Vec::new();
    for part in answers::parts(one.0, other.0) {
        if let Some(name) = part.what.strip_prefix("header ") {
            rules.push(format!("header:{name}"));
        } else if part.what == "cookies" {
            let names = part.monolith.lines().filter_map(|cookie| cookie.split('=').next());
            rules.extend(names.map(|name| format!("cookie:{name}")));
        } else if part.what == "body" {
            let found = answers::pointers(&one.0.body, &other.0.body).unwrap_or_default();
            rules.extend(found.iter().filter_map(|found| match (found.is_order, found.keys.as_slice()) {
                (true, keys) => Some(format!("order:{}", shown(keys))),
                (false, []) => None,
                (false, keys) => Some(format!("json:{}", shown(keys))),
            }));
        }
    }
    for (one, other) in own(one.1).zip(own(other.1)).filter(|(one, other)| one.operation == other.operation) {
        let found = answers::pointers_of(&one.parameters, &other.parameters);
        let inner = found.iter().map(|found| &found.keys).filter(|keys| !keys.is_empty());
        rules.extend(inner.map(|keys| format!("call:{}", shown(keys))));
    }
    rules.sort();
    rules.dedup();
    rules
}
