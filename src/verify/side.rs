//! One side of a comparison while it runs: the application, what stands for AWS, and the endpoint between them.
//!
//! Input: an application, its data and the roles of its functions. Output: answers, what functions printed meanwhile, and what they
//! called, were denied and used. Deliberately absent: the other side (`asking`).

use std::sync::Arc;
use std::time::Duration;

use super::application::Running;
use super::aws::{Atom, Call, Denial, Guard, Roles, Stand, StandError};
use super::trial::{Side, TrialError, Unused};

/// How long to wait for what a function prints beside its answer, until it has printed nothing for so long.
const LOG_PAUSE: Duration = Duration::from_millis(20);
const LOG_PAUSES: usize = 25;

/// A side that runs.
pub(super) struct One {
    pub(super) running: Arc<Running>,
    stand: Option<Stand>,
    guard: Option<Guard>,
    roles: Roles,
}

impl One {
    pub(super) async fn start(side: Side) -> Result<Self, TrialError> {
        let mut application = side.application;
        let stand = match side.data {
            Some(data) => Some(Stand::start(data).await?),
            None => None,
        };
        let guard = match &stand {
            Some(stand) => Some(Guard::start(stand.endpoint().to_string(), side.roles.clone()).await?),
            None => None,
        };
        application.around.endpoint = guard.as_ref().map(|guard| guard.endpoint().to_string());
        let mut running = Running::new(application);
        if let Some(guard) = &guard {
            running.host.starting = guard.starting.clone();
        }
        Ok(Self { running: Arc::new(running), stand, guard, roles: side.roles })
    }

    /// Fresh processes and data.
    pub(super) async fn reset(&mut self) -> Result<(), StandError> {
        self.running.host.end_idle(Duration::ZERO).await;
        match &mut self.stand {
            Some(stand) => stand.reset().await,
            None => Ok(()),
        }
    }

    /// What was called and denied since it was last asked.
    pub(super) fn taken(&self) -> (Vec<Call>, Vec<String>) {
        let Some(guard) = &self.guard else { return Default::default() };
        let mut notes = guard.notes();
        let denied = std::mem::take(&mut notes.denied);
        let shown = |denial: Denial| {
            format!("`{}` may not do {} on {}", denial.caller, denial.action, denial.resource)
        };
        (std::mem::take(&mut notes.calls), denied.into_iter().map(shown).collect())
    }

    /// What the roles allow: how much, and what of it was not used.
    pub(super) fn unused(&self) -> (usize, Vec<Unused>) {
        let used = self.guard.as_ref().map(|guard| guard.notes().used.clone()).unwrap_or_default();
        let mut granted = 0;
        let mut unused = Vec::new();
        for (function, role) in &self.roles {
            for (statement, permission) in role.iter().enumerate() {
                for (action, name) in permission.actions.iter().enumerate() {
                    // Lambda itself writes the logs.
                    if name.starts_with("logs:") {
                        continue;
                    }
                    for (resource, arn) in permission.resources.iter().enumerate() {
                        granted += 1;
                        let atom = Atom { statement, action, resource };
                        if !used.get(function).is_some_and(|used| used.contains(&atom)) {
                            unused.push(Unused {
                                function: function.clone(),
                                action: name.clone(),
                                resource: arn.clone(),
                                why: permission.why.clone(),
                                place: permission.place.clone(),
                            });
                        }
                    }
                }
            }
        }
        (granted, unused)
    }

    /// Requests that were passed on although it is not known what they need.
    pub(super) fn unknown(&self) -> Vec<String> {
        self.guard.as_ref().map(|guard| guard.notes().unknown.iter().cloned().collect()).unwrap_or_default()
    }

    pub(super) async fn end(&mut self) {
        self.running.host.end_idle(Duration::ZERO).await;
        if let Some(stand) = self.stand.take() {
            stand.end().await;
        }
    }

    /// What a function printed since; waits until it prints nothing more.
    pub(super) async fn printed(&self, at: usize, since: u64) -> Vec<String> {
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
