//! Two systems that are deployed somewhere, asked the same.
//!
//! Input: two URLs, and groups of requests. Output: what differs, as a `Trial`. These are real systems with real data: only requests that
//! RFC 9110 calls safe are sent, unless more is asked for; nothing is emptied, and what the systems do beside answering is not seen.
//! Deliberately absent: what is sent (`requests`), how (`remote`), and what may differ (`volatile`).
//!
//! Source: RFC 9110, 9.2.1 (safe methods).

use std::time::Duration;

use super::answers::{self, Cause, CauseKind, Part};
use super::asking::{Memory, rules};
use super::curl::curl;
use super::event::{Answer, Request};
use super::remote::{OF_INFRASTRUCTURE, Remote, Trust, Url};
use super::requests::{Examples, Group, Step, derive};
use super::trial::{Asked, Difference, Questions, SentGroup, Trial, TrialError, unless_told};

/// TRACE is safe too, and no route has it.
const SAFE: &[&str] = &["GET", "HEAD", "OPTIONS"];
/// Requests without an answer, one after the other, until nothing more is sent.
const MAX_SILENT: usize = 5;

/// What is compared.
pub struct Systems {
    /// What is right.
    pub one: Url,
    pub other: Url,
    /// Certificates in PEM that count beside this machine's.
    pub authorities: Option<Vec<u8>>,
    /// Whether requests are sent that may change something.
    pub sends_all_methods: bool,
}

/// Asks both systems the same and compares.
///
/// # Errors
/// Where a system cannot be reached, or answers nothing any more, and where the process is told to end.
pub fn compare_systems(
    systems: Systems,
    questions: Questions,
    say: &mut dyn FnMut(Asked),
) -> Result<Trial, TrialError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(unless_told(whole(systems, questions, say)));
    // A name that is still being looked up must not hold the end up.
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome
}

async fn whole(
    systems: Systems,
    questions: Questions,
    say: &mut dyn FnMut(Asked),
) -> Result<Trial, TrialError> {
    let trust = Trust::new(systems.authorities.as_deref()).map_err(TrialError::Data)?;
    let mut replay = Replay {
        one: Remote::new(systems.one, trust.clone()),
        other: Remote::new(systems.other, trust),
        sends_all: systems.sends_all_methods,
        examples: Examples::new(&questions.routes),
        unsent: 0,
        silent: 0,
        trial: Trial::default(),
        questions,
    };
    for remote in [&replay.one, &replay.other] {
        remote.reach().await.map_err(|why| silence(remote, &why))?;
    }
    replay.all(say).await?;
    Ok(replay.finished())
}

fn silence(remote: &Remote, why: &str) -> TrialError {
    TrialError::Data(format!("{}: {why}", remote.url().shown()))
}

struct Replay {
    one: Remote,
    other: Remote,
    sends_all: bool,
    questions: Questions,
    examples: Examples,
    /// Requests that may change something, and were not sent.
    unsent: usize,
    /// Requests without an answer since the last one with.
    silent: usize,
    trial: Trial,
}

fn is_safe(request: &Request) -> bool {
    SAFE.contains(&request.method.as_str())
}

/// An answer, or a sentence about why there is none.
type Sent = Result<Answer, String>;

impl Replay {
    async fn all(&mut self, say: &mut dyn FnMut(Asked)) -> Result<(), TrialError> {
        let given = std::mem::take(&mut self.questions.workload.groups);
        // Requests are made from examples, so these are learnt from all that was given.
        for group in &given {
            if self.questions.wants(group) {
                self.group(group, say).await?;
            } else {
                self.learn(group).await;
            }
        }
        for group in derive(&self.examples, &self.questions.workload.identities) {
            if self.questions.wants(&group) {
                self.group(&group, say).await?;
            }
        }
        Ok(())
    }

    fn finished(mut self) -> Trial {
        let trial = &mut self.trial;
        trial.systems = vec![self.one.url().shown(), self.other.url().shown()];
        trial.volatile = self.questions.workload.volatile.rules();
        trial.without_success = self.examples.without_good();
        trial.not_compared = vec![
            format!("headers of the infrastructure: {}", OF_INFRASTRUCTURE.join(", ")),
            "calls of AWS and other effects: they are not seen from outside".to_string(),
            "data: each system has its own, and nothing is emptied before a group".to_string(),
        ];
        if self.unsent > 0 {
            let requests = self.unsent;
            trial.not_compared.push(format!(
                "{requests} requests that may change something: --all-methods sends them, to both systems"
            ));
        }
        self.trial
    }

    fn is_sent(&self, step: &Step) -> bool {
        self.sends_all || is_safe(&step.request)
    }

    async fn group(&mut self, group: &Group, say: &mut dyn FnMut(Asked)) -> Result<(), TrialError> {
        let before = (self.trial.requests, self.trial.different);
        let mut memories = (Memory::default(), Memory::default());
        for step in &group.steps {
            if self.is_sent(step) {
                self.step(group, step, &mut memories).await?;
            } else {
                self.unsent += 1;
            }
        }
        let Trial { requests, different, .. } = self.trial;
        if requests > before.0 {
            self.trial.groups.push(SentGroup {
                name: group.name.clone(),
                requests: requests - before.0,
                different: different - before.1,
                open: 0,
            });
        }
        say(Asked { group: group.name.clone(), requests, different });
        Ok(())
    }

    /// Sends what is safe of a group to the first system alone, for what its answers tell of routes.
    async fn learn(&mut self, group: &Group) {
        let mut memory = Memory::default();
        for step in group.steps.iter().filter(|step| is_safe(&step.request)) {
            let Ok(request) = step.filled(&memory.values) else { continue };
            let Ok(answer) = self.one.send(&request).await else { continue };
            self.examples.learn(&request, answer.status);
            memory.keep(step, &answer);
        }
    }

    async fn step(
        &mut self,
        group: &Group,
        step: &Step,
        memories: &mut (Memory, Memory),
    ) -> Result<(), TrialError> {
        let filled = (step.filled(&memories.0.values), step.filled(&memories.1.values));
        let (request, of_other) = match filled {
            (Ok(request), Ok(of_other)) => (request, of_other),
            (Err(name), _) | (_, Err(name)) => {
                self.trial.skipped.push(group.lacks(step, &name));
                return Ok(());
            }
        };
        self.trial.requests += 1;
        let (one, other) = tokio::join!(self.one.send(&request), self.other.send(&of_other));
        let silent = one.as_ref().err().map(|why| (&self.one, why));
        let silent = silent.or_else(|| other.as_ref().err().map(|why| (&self.other, why)));
        self.silent = if silent.is_some() { self.silent + 1 } else { 0 };
        if let Some((remote, why)) = silent.filter(|_| self.silent >= MAX_SILENT) {
            let why = format!("{why}; {MAX_SILENT} requests one after the other had no answer");
            return Err(silence(remote, &why));
        }
        if let Ok(answer) = &one {
            self.examples.learn(&request, answer.status);
            memories.0.keep(step, answer);
        }
        if let Ok(answer) = &other {
            memories.1.keep(step, answer);
        }
        let parts = self.parts(&one, &other, memories);
        if parts.is_empty() {
            let failed = one.as_ref().map_or_else(
                |why| Some(why.clone()),
                |answer| (answer.status >= 500).then(|| answer.status.to_string()),
            );
            if let Some(why) = failed {
                self.trial.failed(&request, &why);
            }
            return Ok(());
        }
        let mut cause = cause(&request, &one, &other, &parts, &self.other.url().shown());
        if let Ok(answer) = &one
            && let Some(text) = self.noise(&request, answer, &memories.0).await
        {
            cause = Cause { kind: CauseKind::Volatile, text };
        }
        let system = self.other.url().shown();
        self.trial.differs(Difference {
            group: group.name.clone(),
            step: step.name.clone(),
            method: of_other.method.clone(),
            target: of_other.target.clone(),
            curl: curl(&of_other, &system),
            function: Some(system),
            key: None,
            parts,
            cause,
            log: Vec::new(),
        });
        Ok(())
    }

    /// What differs, without what may. Two systems that give no answer do the same.
    fn parts(&self, one: &Sent, other: &Sent, memories: &mut (Memory, Memory)) -> Vec<Part> {
        let volatile = &self.questions.workload.volatile;
        let status =
            |sent: &Sent| sent.as_ref().map_or_else(Clone::clone, |answer| answer.status.to_string());
        match (one, other) {
            (Ok(one), Ok(other)) => answers::parts(
                &volatile.without(one, &mut memories.0.names, &memories.0.values),
                &volatile.without(other, &mut memories.1.names, &memories.1.values),
            ),
            (Err(_), Err(_)) => Vec::new(),
            _ => vec![Part { what: "status".to_string(), monolith: status(one), split: status(other) }],
        }
    }

    /// Asks the first system once more, where that is safe; what to declare where it answers otherwise by itself.
    async fn noise(&self, request: &Request, first: &Answer, memory: &Memory) -> Option<String> {
        if !is_safe(request) {
            return None;
        }
        let again = self.one.send(request).await.ok()?;
        let volatile = &self.questions.workload.volatile;
        let without = |answer: &Answer| volatile.without(answer, &mut memory.names.clone(), &memory.values);
        let rules = rules((&without(first), &[]), (&without(&again), &[]));
        let declared: Vec<String> = rules.iter().map(|rule| format!("--volatile '{rule}'")).collect();
        (!declared.is_empty()).then(|| answers::declare(&declared.join(" ")))
    }
}

/// The likely cause of a difference between two systems of which nothing but answers is known.
fn cause(request: &Request, one: &Sent, other: &Sent, parts: &[Part], system: &str) -> Cause {
    let of = |kind: CauseKind, text: String| Cause { kind, text };
    let shown = format!("{} {}", request.method, request.path());
    let (one, other) = match (one, other) {
        (Ok(one), Ok(other)) => (one, other),
        (_, Err(why)) => return of(CauseKind::Failed, format!("{system} gave no answer: {why}")),
        (Err(why), _) => return of(CauseKind::Failed, format!("only {system} gave an answer: {why}")),
    };
    // The gateway's own answers. Source: API Gateway developer guide, "Troubleshooting issues with HTTP APIs".
    let is_of_gateway = |status: u16, text: &str| {
        *other == Answer { headers: other.headers.clone(), ..Answer::message(status, text) }
    };
    if is_of_gateway(404, "Not Found") {
        return of(
            CauseKind::NoKey,
            format!("no key of the gateway of {system} takes `{shown}`, and it has no `$default`"),
        );
    }
    if is_of_gateway(500, "Internal Server Error") || is_of_gateway(503, "Service Unavailable") {
        return of(
            CauseKind::Failed,
            format!("the function behind {system} gave no answer: its log says why"),
        );
    }
    if one.status != other.status {
        let text = match other.status {
            404 => "knows no route for the path, or what it looks for is not there: data may differ too",
            405 => "has the path and not the method",
            413 => "takes smaller bodies",
            429 => "had too many requests: send fewer with --only, or raise its limit",
            401 | 403 => "decides otherwise who may ask: compare authorizers, layers and permissions",
            500.. => "fails: its log says why",
            _ => "does something else",
        };
        return of(CauseKind::Status, format!("{system} {text}"));
    }
    let header = parts.iter().find(|part| part.what.starts_with("header ") || part.what == "cookies");
    if let Some(header) = header {
        let what = &header.what;
        return of(
            CauseKind::Header,
            format!(
                "{system} sets the {what} otherwise: compare layers, variables, and what stands in front of both"
            ),
        );
    }
    of(CauseKind::Body, format!("{system} has other data, other variables or another handler"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_read_from_answers() {
        let request = Request { method: "GET".into(), target: "/a?b".into(), ..Request::default() };
        let ok = Answer { status: 200, body: b"1".to_vec(), ..Answer::default() };
        let check = |other: Sent, kind: CauseKind, words: &str| {
            let parts = other.as_ref().map_or_else(|_| Vec::new(), |other| answers::parts(&ok, other));
            let found = cause(&request, &Ok(ok.clone()), &other, &parts, "https://b");
            assert_eq!(found.kind, kind, "{found:?}");
            assert!(found.text.contains(words) && found.text.contains("https://b"), "{found:?}");
        };
        check(Err("it hangs".into()), CauseKind::Failed, "gave no answer: it hangs");
        check(Ok(Answer::message(404, "Not Found")), CauseKind::NoKey, "takes `GET /a`");
        check(Ok(Answer { status: 404, ..ok.clone() }), CauseKind::Status, "knows no route");
        check(Ok(Answer::message(500, "Internal Server Error")), CauseKind::Failed, "its log");
        check(Ok(Answer { status: 500, ..ok.clone() }), CauseKind::Status, "fails");
        check(Ok(Answer { status: 429, ..ok.clone() }), CauseKind::Status, "too many");
        let headers = [("allow".to_string(), "GET".to_string())].into();
        check(Ok(Answer { headers, ..ok.clone() }), CauseKind::Header, "header allow");
        check(Ok(Answer { body: b"2".to_vec(), ..ok.clone() }), CauseKind::Body, "other data");
    }
}
