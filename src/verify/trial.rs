//! A program and its split, asked the same.
//!
//! Input: both applications, what is around them, and groups of requests. Output: how many answers are the same, and of each that is not
//! the request, who answered, what differs and the likely cause. Each group starts with fresh processes and the same data on both sides.
//! Deliberately absent: what is sent (`requests`), and what may differ (`volatile`).

use std::collections::BTreeMap;
use std::time::Duration;

use super::answers::{self, Cause, CauseKind, Known, Part};
use super::application::{Application, Outcome, Running};
use super::aws::{Data, Stand, StandError};
use super::curl::curl;
use super::requests::{Examples, Group, Step, Values, Workload, derive};
use super::told;
use super::volatile::{Names, shown};

/// How long to wait for what a function prints beside its answer, until it has printed nothing for so long.
const LOG_PAUSE: Duration = Duration::from_millis(20);
const LOG_PAUSES: usize = 25;
/// Lines of a log that are shown.
const LOG_LINES: usize = 20;
/// Differences that are kept; all are counted.
const MAX_KEPT: usize = 500;

/// Both sides of a comparison.
pub struct Sides {
    pub monolith: Side,
    pub split: Side,
}

/// An application and its data.
pub struct Side {
    pub application: Application,
    pub data: Option<Data>,
}

/// What is asked.
pub struct Questions {
    /// What people gave.
    pub workload: Workload,
    /// Methods and paths of the program, `ANY` for all, `{name}` and `{name+}`: requests are made from them.
    pub routes: Vec<(String, String)>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Trial {
    pub groups: usize,
    pub requests: usize,
    pub different: usize,
    /// The first ones.
    pub differences: Vec<Difference>,
    /// Those that depend on what AWS leaves open.
    pub open: Vec<Difference>,
    /// Requests that could not be sent, and why.
    pub skipped: Vec<String>,
    /// Rules for what may differ, as they were declared.
    pub volatile: Vec<String>,
    /// Requests that both sides failed to answer, and why.
    pub failures: Vec<String>,
    /// Routes of which no request was answered with 2xx.
    pub without_success: Vec<String>,
    /// Lines of stubs that ran, outside of what is open: `FUNCTION: line`.
    pub misrouted: Vec<String>,
}

/// A request whose answers differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub group: String,
    /// What the request is for.
    pub step: String,
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Sends it to the split at `http://127.0.0.1:3000`.
    pub curl: String,
    /// The function that answered, and the key that led to it.
    pub function: Option<String>,
    pub key: Option<String>,
    pub parts: Vec<Part>,
    pub cause: Cause,
    /// The last lines of what the function printed meanwhile.
    pub log: Vec<String>,
}

/// How far a trial is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub group: String,
    pub requests: usize,
    pub different: usize,
}

/// Why a trial did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    #[error("cannot start: {0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Data(String),
    #[error("interrupted")]
    Interrupted,
}

impl From<StandError> for TrialError {
    fn from(error: StandError) -> Self {
        Self::Data(error.to_string())
    }
}

impl Trial {
    /// How many requests were answered the same.
    pub fn equal(&self) -> usize {
        self.requests - self.different - self.open.len()
    }

    pub fn holds(&self) -> bool {
        self.different == 0 && self.misrouted.is_empty() && self.requests > 0
    }
}

/// Asks both sides the same and compares. No process is left afterwards.
///
/// # Errors
/// Where a stand-in for AWS cannot be started or filled, and where the process is told to end.
pub fn compare_answers(
    sides: Sides,
    questions: Questions,
    say: &mut dyn FnMut(Asked),
) -> Result<Trial, TrialError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let told = told()?;
        tokio::select! {
            outcome = whole(sides, questions, say) => outcome,
            () = told => Err(TrialError::Interrupted),
        }
    });
    // What still runs ends with its task.
    runtime.shutdown_timeout(Duration::from_secs(5));
    outcome
}

async fn whole(sides: Sides, questions: Questions, say: &mut dyn FnMut(Asked)) -> Result<Trial, TrialError> {
    let (monolith, split) = tokio::join!(One::start(sides.monolith), One::start(sides.split));
    let mut asking = Asking {
        monolith: monolith?,
        split: split?,
        examples: Examples::new(&questions.routes),
        workload: questions.workload,
        number: 0,
        trial: Trial::default(),
    };
    asking.trial.volatile = asking.workload.volatile.rules();
    let outcome = asking.all(say).await;
    tokio::join!(asking.monolith.end(), asking.split.end());
    outcome.map(|()| asking.trial)
}

/// A side that runs.
struct One {
    running: Running,
    stand: Option<Stand>,
}

impl One {
    async fn start(side: Side) -> Result<Self, StandError> {
        let mut application = side.application;
        let stand = match side.data {
            Some(data) => Some(Stand::start(data).await?),
            None => None,
        };
        if let Some(stand) = &stand {
            application.around.endpoint = Some(stand.endpoint().to_string());
        }
        Ok(Self { running: Running::new(application), stand })
    }

    /// Fresh processes and data.
    async fn reset(&mut self) -> Result<(), StandError> {
        self.running.host.end_idle(Duration::ZERO).await;
        match &mut self.stand {
            Some(stand) => stand.reset().await,
            None => Ok(()),
        }
    }

    async fn end(&mut self) {
        self.running.host.end_idle(Duration::ZERO).await;
        if let Some(stand) = self.stand.take() {
            stand.end().await;
        }
    }
}

struct Asking {
    monolith: One,
    split: One,
    examples: Examples,
    workload: Workload,
    /// Of the last request.
    number: u64,
    trial: Trial,
}

/// What one side saved, and the names of what may differ.
#[derive(Default)]
struct Memory {
    values: Values,
    names: Names,
}

impl Asking {
    async fn all(&mut self, say: &mut dyn FnMut(Asked)) -> Result<(), TrialError> {
        let given = std::mem::take(&mut self.workload.groups);
        for group in &given {
            self.group(group, say).await?;
        }
        for group in derive(&self.examples, &self.workload.identities) {
            self.group(&group, say).await?;
        }
        self.trial.without_success = self.examples.without_good();
        Ok(())
    }

    async fn reset(&mut self) -> Result<(), StandError> {
        let (one, other) = tokio::join!(self.monolith.reset(), self.split.reset());
        one.and(other)
    }

    async fn group(&mut self, group: &Group, say: &mut dyn FnMut(Asked)) -> Result<(), TrialError> {
        self.reset().await?;
        let before = (self.trial.differences.len(), self.trial.different);
        let mut memories = (Memory::default(), Memory::default());
        for step in &group.steps {
            let open = self.trial.open.len();
            self.step(group, step, &mut memories).await;
            // One side may have written what the other did not.
            if self.trial.open.len() > open {
                self.reset().await?;
            }
        }
        if self.trial.different > before.1 {
            self.without_noise(group, before.0).await?;
        }
        self.trial.groups += 1;
        let Trial { requests, different, .. } = self.trial;
        say(Asked { group: group.name.clone(), requests, different });
        Ok(())
    }

    async fn step(&mut self, group: &Group, step: &Step, memories: &mut (Memory, Memory)) {
        let filled = (step.filled(&memories.0.values), step.filled(&memories.1.values));
        let (request, of_split) = match filled {
            (Ok(request), Ok(of_split)) => (request, of_split),
            (Err(name), _) | (_, Err(name)) => {
                let shown = format!("{} {}", step.request.method, step.request.target);
                let why = format!("{}: `{shown}` wants `{name}`, which no answer gave", group.name);
                self.trial.skipped.push(why);
                return;
            }
        };
        self.number += 1;
        self.trial.requests += 1;
        // Where the gateway leads a request is known before it is sent.
        let at = self.split.running.leads_to(&of_split);
        let printed = at.map(|at| {
            let tail = self.split.running.host.tail(at);
            (tail.written(), tail.misrouted())
        });
        let (monolith, split) = tokio::join!(
            self.monolith.running.answer(&request, self.number),
            self.split.running.answer(&of_split, self.number),
        );
        self.examples.learn(&request, monolith.answer.status);
        for saved in &step.saves {
            for (memory, outcome) in [(&mut memories.0, &monolith), (&mut memories.1, &split)] {
                if let Some(value) = saved.of(&outcome.answer) {
                    memory.values.insert(saved.name.clone(), value);
                }
            }
        }
        let volatile = &self.workload.volatile;
        let one = volatile.without(&monolith.answer, &mut memories.0.names, &memories.0.values);
        let other = volatile.without(&split.answer, &mut memories.1.names, &memories.1.values);
        let parts = answers::parts(&one, &other);
        let is_failure = |outcome: &Outcome| outcome.failed.is_some() || outcome.answer.status >= 500;
        // A stub is told from other failures by what it prints.
        let log = match (at, printed) {
            (Some(at), Some((written, _))) if !parts.is_empty() || is_failure(&split) => {
                self.split.printed(at, written).await
            }
            _ => Vec::new(),
        };
        let now = at.map(|at| self.split.running.host.tail(at).misrouted());
        let is_misrouted = now > printed.map(|(_, misrouted)| misrouted);
        let function = split.function.map(|at| self.split.running.host.name(at).to_string());
        if parts.is_empty() {
            if is_misrouted {
                let lines = log.iter().filter(|line| line.starts_with("misrouted: "));
                let function = function.unwrap_or_default();
                self.trial.misrouted.extend(lines.map(|line| format!("{function}: {line}")));
            } else if is_failure(&split) {
                let why = monolith.failed.unwrap_or_else(|| monolith.answer.status.to_string());
                let shown = format!("{} {}: {why}", request.method, request.path());
                if !self.trial.failures.contains(&shown) {
                    self.trial.failures.push(shown);
                }
            }
            return;
        }
        let known = Known {
            request: &of_split,
            monolith: &monolith,
            split: &split,
            parts: &parts,
            function: function.as_deref(),
            log: &log,
            is_misrouted,
        };
        let mut cause = answers::cause(&known);
        // No handler ran that the program would not have run: the function or the gateway has no route for it.
        let is_without_handler = is_misrouted
            || matches!(split.answer.status, 404 | 405)
            || split.key.as_deref() == Some("$default");
        let is_open = group.open.filter(|_| is_without_handler);
        if let Some(open) = is_open {
            cause.text = open.to_string();
        }
        let difference = Difference {
            group: group.name.clone(),
            step: step.name.clone(),
            method: of_split.method.clone(),
            target: of_split.target.clone(),
            curl: curl(&of_split),
            function,
            key: split.key,
            parts,
            cause,
            log: log[log.len().saturating_sub(LOG_LINES)..].to_vec(),
        };
        if is_open.is_some() {
            self.trial.open.push(difference);
            return;
        }
        self.trial.different += 1;
        if self.trial.differences.len() < MAX_KEPT {
            self.trial.differences.push(difference);
        }
    }

    /// Asks the program a second time, and says of each difference from `first` on whether the program itself answers otherwise then.
    async fn without_noise(&mut self, group: &Group, first: usize) -> Result<(), TrialError> {
        let mut answers = [Vec::new(), Vec::new()];
        for round in &mut answers {
            self.monolith.reset().await?;
            let mut memory = Memory::default();
            for step in &group.steps {
                let Ok(request) = step.filled(&memory.values) else { continue };
                self.number += 1;
                let answer = self.monolith.running.answer(&request, self.number).await.answer;
                for saved in &step.saves {
                    memory.values.extend(saved.of(&answer).map(|value| (saved.name.clone(), value)));
                }
                let volatile = &self.workload.volatile;
                round.push((step, volatile.without(&answer, &mut memory.names, &memory.values)));
            }
        }
        let [one, other] = answers;
        let mut noisy: BTreeMap<(&str, &str, &str), Vec<String>> = BTreeMap::new();
        for ((step, one), (_, other)) in one.iter().zip(&other) {
            let rules = rules(one, other);
            if !rules.is_empty() {
                let key = (step.name.as_str(), step.request.method.as_str(), step.request.target.as_str());
                noisy.insert(key, rules);
            }
        }
        for difference in self.trial.differences.iter_mut().skip(first) {
            let step = group
                .steps
                .iter()
                .find(|step| step.name == difference.step && step.request.method == difference.method);
            let Some(step) = step else { continue };
            let key = (step.name.as_str(), step.request.method.as_str(), step.request.target.as_str());
            if let Some(rules) = noisy.get(&key)
                && difference.cause.kind > CauseKind::Volatile
            {
                let declared: Vec<String> = rules.iter().map(|rule| format!("--volatile '{rule}'")).collect();
                difference.cause = Cause {
                    kind: CauseKind::Volatile,
                    text: format!(
                        "the program itself answers otherwise each time; where that is meant, declare it: {}",
                        declared.join(" ")
                    ),
                };
            }
        }
        Ok(())
    }
}

/// What would have to be declared so that two answers are the same.
fn rules(one: &super::event::Answer, other: &super::event::Answer) -> Vec<String> {
    let mut rules = Vec::new();
    for part in answers::parts(one, other) {
        if let Some(name) = part.what.strip_prefix("header ") {
            rules.push(format!("header:{name}"));
        } else if part.what == "cookies" {
            let names = part.monolith.lines().filter_map(|cookie| cookie.split('=').next());
            rules.extend(names.map(|name| format!("cookie:{name}")));
        } else if part.what == "body" {
            let found = answers::pointers(&one.body, &other.body).unwrap_or_default();
            let inner = found.iter().filter(|keys| !keys.is_empty());
            rules.extend(inner.map(|keys| format!("json:{}", shown(keys))));
        }
    }
    rules
}

impl One {
    /// What a function printed since; waits until it prints nothing more.
    async fn printed(&self, at: usize, since: u64) -> Vec<String> {
        let mut before = None;
        for _ in 0..LOG_PAUSES {
            let written = self.running.host.tail(at).written();
            if before == Some(written) {
                break;
            }
            before = Some(written);
            tokio::time::sleep(LOG_PAUSE).await;
        }
        self.running.host.tail(at).since(since)
    }
}
