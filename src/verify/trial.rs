//! A program and its split, asked the same.
//!
//! Input: both applications, what is around them, and groups of requests. Output: how many answers are the same, and of each that is not
//! the request, who answered, what differs and the likely cause. Each group starts with fresh processes and the same data on both sides.
//! Deliberately absent: what is sent (`requests`), and what may differ (`volatile`).

use std::collections::BTreeMap;
use std::time::Duration;

use super::answers::{Cause, Part};
use super::application::Application;
use super::asking::Asking;
use super::aws::{Data, StandError};
use super::event::Request;
use super::load::{Load, Rounds};
use super::requests::{Examples, Group, Workload};
use super::sequences::{Sequences, Shortest};
use super::side::One;
use super::told;
use crate::deployed::Permission;

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
    /// What each function may do at AWS; one that is not among them may do everything.
    pub roles: BTreeMap<String, Vec<Permission>>,
}

/// What is asked.
pub struct Questions {
    /// What people gave.
    pub workload: Workload,
    /// Methods and paths of the program, `ANY` for all, `{name}` and `{name+}`: requests are made from them.
    pub routes: Vec<(String, String)>,
    /// What names of groups have to start with, one of these; empty for all.
    pub only: Vec<String>,
    /// Random sequences that are sent after all groups.
    pub sequences: Option<Sequences>,
    /// Whether and how much is sent at once afterwards, to measure.
    pub load: Option<Rounds>,
}

impl Questions {
    pub(super) fn wants(&self, group: &Group) -> bool {
        self.only.is_empty() || self.only.iter().any(|start| group.name.starts_with(start))
    }
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Trial {
    pub groups: Vec<SentGroup>,
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
    /// What the roles did not allow, and for which request.
    pub denied: Vec<String>,
    /// Requests to AWS that were passed on although it is not known what they need.
    pub unenforced: Vec<String>,
    /// How many atoms the roles allow, an action on a resource each; those for logs do not count.
    pub granted: usize,
    /// Those that no request needed.
    pub unused: Vec<Unused>,
    /// Whether that is a failure.
    pub denies_unused: bool,
    /// Calls of AWS that the program made.
    pub calls: usize,
    /// URLs of the systems that were compared; none where program and functions ran here.
    pub systems: Vec<String>,
    /// What could not be compared, and why.
    pub not_compared: Vec<String>,
    /// Random sequences that failed, made as short as they get.
    pub shortest: Vec<Shortest>,
    /// What was measured.
    pub load: Option<Load>,
}

/// What a role allows and nothing needed in the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    pub function: String,
    pub action: String,
    pub resource: String,
    /// The comments of its statement: which route needs it.
    pub why: Vec<String>,
    /// `template.yaml:97`
    pub place: String,
}

/// Requests that were sent together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentGroup {
    /// `methods of /items/{id}`
    pub name: String,
    pub requests: usize,
    pub different: usize,
    pub open: usize,
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
    /// Sends it to the split at `http://127.0.0.1:3000`, or to the second system.
    pub curl: String,
    /// The function that answered, and the key that led to it; or the second system.
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

impl Difference {
    /// Who answered, in words.
    pub fn answered_by(&self) -> String {
        match (&self.function, &self.key) {
            (Some(function), Some(key)) => format!("{function}, by the key `{key}`"),
            (Some(system), None) => system.clone(),
            (None, Some(key)) => format!("the gateway, by the key `{key}`"),
            (None, None) => "the gateway, which has no key for it".to_string(),
        }
    }
}

impl Trial {
    /// Counts a difference, and keeps it where there are not too many.
    pub(super) fn differs(&mut self, difference: Difference) {
        self.different += 1;
        if self.differences.len() < MAX_KEPT {
            self.differences.push(difference);
        }
    }

    /// Adds what requests gave that were sent apart from others.
    pub(super) fn absorb(&mut self, other: Self) {
        self.groups.extend(other.groups);
        self.requests += other.requests;
        self.different += other.different;
        let room = MAX_KEPT.saturating_sub(self.differences.len());
        self.differences.extend(other.differences.into_iter().take(room));
        self.open.extend(other.open);
        let new = other.failures.into_iter().filter(|failure| !self.failures.contains(failure));
        self.failures.extend(new.collect::<Vec<_>>());
        self.misrouted.extend(other.misrouted);
        self.denied.extend(other.denied);
        self.calls += other.calls;
        self.shortest.extend(other.shortest);
    }

    /// Notes a request that both sides failed to answer, once.
    pub(super) fn failed(&mut self, request: &Request, why: &str) {
        let shown = format!("{} {}: {why}", request.method, request.path());
        if !self.failures.contains(&shown) {
            self.failures.push(shown);
        }
    }

    /// How many requests were answered the same.
    pub fn equal(&self) -> usize {
        self.requests - self.different - self.open.len()
    }

    pub fn holds(&self) -> bool {
        self.answers_hold() && self.roles_hold()
    }

    /// Whether all answers are the same, and there are any.
    pub fn answers_hold(&self) -> bool {
        self.different == 0 && self.misrouted.is_empty() && self.requests > 0
    }

    /// Whether the roles allow what was called, and no more where that is wanted.
    pub fn roles_hold(&self) -> bool {
        self.denied.is_empty() && (self.unused.is_empty() || !self.denies_unused)
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
    let outcome = runtime.block_on(unless_told(whole(sides, questions, say)));
    // What still runs ends with its task.
    runtime.shutdown_timeout(Duration::from_secs(5));
    outcome
}

/// What a trial gives, unless the process is told to end before.
pub(super) async fn unless_told(
    trial: impl Future<Output = Result<Trial, TrialError>>,
) -> Result<Trial, TrialError> {
    let told = told()?;
    tokio::select! {
        outcome = trial => outcome,
        () = told => Err(TrialError::Interrupted),
    }
}

async fn whole(sides: Sides, questions: Questions, say: &mut dyn FnMut(Asked)) -> Result<Trial, TrialError> {
    let (monolith, split) = tokio::join!(One::start(sides.monolith), One::start(sides.split));
    let mut asking = Asking {
        monolith: monolith?,
        split: split?,
        examples: Examples::new(&questions.routes),
        questions,
        number: 0,
        trial: Trial::default(),
    };
    asking.trial.volatile = asking.questions.workload.volatile.rules();
    let outcome = asking.all(say).await;
    (asking.trial.granted, asking.trial.unused) = asking.split.unused();
    asking.trial.unenforced.extend(asking.split.unknown());
    tokio::join!(asking.monolith.end(), asking.split.end());
    outcome.map(|()| asking.trial)
}
