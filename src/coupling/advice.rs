//! Data that several services use -> who owns, reads and writes it, and what each use becomes; requests that write data of several services.
//!
//! The rules, first that holds: a use that only writes is an event; one that writes and reads is an API call; a read is a replicated read where a
//! SQL statement joins it with data of another owner, where most reads are before the handler, or where two thirds of at least three routes
//! of a service read it; any other read is an API call. Richardson 2018, *Microservices
//! Patterns*, chapters 3 (messaging, transactional outbox), 4 (sagas) and 7 (API composition, CQRS).

use std::collections::{BTreeMap, BTreeSet};

use super::{Becomes, DataUser, Input, SharedData, SplitWrite};
use crate::access::{Mode, Resource};
use crate::metrics::uses::{Use, When};

/// What one service does with one piece of data.
#[derive(Default)]
struct Usage {
    mode: Option<Mode>,
    routes: BTreeSet<usize>,
    /// Routes that read it before the handler, and in it.
    before: BTreeSet<usize>,
    reads: BTreeSet<usize>,
    /// Routes of which a statement joins it with data of another owner.
    joins: BTreeSet<usize>,
}

impl Usage {
    fn take(&mut self, route: usize, used: &Use<'_>, is_joined: bool) {
        if is_joined {
            self.joins.insert(route);
        }
        self.mode = Some(self.mode.map_or(used.mode, |mode| mode.join(used.mode)));
        self.routes.insert(route);
        if used.when == When::Before {
            self.before.insert(route);
        }
        if used.mode != Mode::Write {
            self.reads.insert(route);
        }
    }
}

pub(super) fn shared_data(input: &Input<'_>) -> Vec<SharedData> {
    let mut usages: BTreeMap<&Resource, BTreeMap<usize, Usage>> = BTreeMap::new();
    for (route, list) in input.uses.iter().enumerate() {
        for used in list.iter().filter(|used| used.when != When::Start) {
            let service = input.rank(input.service(route));
            let is_joined = is_joined(input, used, list);
            usages.entry(used.data).or_default().entry(service).or_default().take(route, used, is_joined);
        }
    }
    let mut found = Vec::new();
    for (data, services) in usages {
        let owner = input.owner(data).map(ToString::to_string);
        let names = services.keys().map(|&at| input.name((at < input.groups.len()).then_some(at)));
        let names: Vec<String> = names.map(ToString::to_string).collect();
        let all: BTreeSet<&String> = names.iter().chain(&owner).collect();
        if all.len() < 2 {
            continue;
        }
        let user = |(service, usage): (&String, &Usage)| {
            let other = owner.as_ref().filter(|owner| *owner != service);
            DataUser {
                service: service.clone(),
                mode: usage.mode.unwrap_or(Mode::Read),
                routes: usage.routes.len(),
                choice: other.map(|owner| choice(usage, service, owner, input.routes_of(service))),
            }
        };
        let users = names.iter().zip(services.values()).map(user).collect();
        found.push(SharedData { data: data.clone(), owner, users });
    }
    found
}

/// Whether a SQL statement reads it together with data of another owner.
fn is_joined(input: &Input<'_>, used: &Use<'_>, list: &[Use<'_>]) -> bool {
    let owner = input.owner(used.data);
    let is_select = |one: &Use<'_>| one.access.service == "sql" && one.access.operation == "Select";
    let differs = |other: &Use<'_>| {
        other.access.location == used.access.location
            && is_select(other)
            && input.owner(other.data).is_some_and(|other| Some(other) != owner)
    };
    is_select(used) && list.iter().any(differs)
}

/// What the use by a service becomes of data that another owns.
fn choice(usage: &Usage, service: &str, owner: &str, routes: usize) -> (Becomes, String) {
    let of = |number: usize| format!("{number} of {routes} routes of {service}");
    match usage.mode {
        Some(Mode::Write) => {
            (Becomes::Event, format!("{} only write it: {owner} can do so later", of(usage.routes.len())))
        }
        Some(Mode::ReadWrite) => (
            Becomes::ApiCall,
            format!("{} use and change it: {owner} alone should decide on changes", of(usage.routes.len())),
        ),
        _ if !usage.joins.is_empty() => (
            Becomes::Replica,
            format!("{} join it with other data in one statement, which calls cannot", of(usage.joins.len())),
        ),
        _ if usage.before.len() * 2 > usage.reads.len() => (
            Becomes::Replica,
            format!(
                "{} read it before the handler: a call would put {owner} before each of them",
                of(usage.before.len())
            ),
        ),
        _ if routes >= 3 && usage.reads.len() * 3 >= routes * 2 => (
            Becomes::Replica,
            format!("{} read it: with calls {service} would fail with {owner}", of(usage.reads.len())),
        ),
        _ => (Becomes::ApiCall, format!("{} read it, too few for a copy of the data", of(usage.reads.len()))),
    }
}

/// Routes whose handler, layers or extractors write data of several services.
pub(super) fn split_writes(input: &Input<'_>) -> Vec<SplitWrite> {
    let of_route = |(route, list): (usize, &Vec<Use<'_>>)| {
        let service = input.service(route);
        let uses = || list.iter().filter(|used| used.when != When::Start);
        let writes: Vec<(&Use<'_>, &str)> = uses()
            .filter(|used| used.mode.writes())
            .filter_map(|used| Some((used, input.owner(used.data)?)))
            .collect();
        let owners: BTreeSet<&str> = writes.iter().map(|(_, owner)| *owner).collect();
        let (first, _) = writes.iter().find(|(_, owner)| *owner != service)?;
        if owners.len() < 2 {
            return None;
        }
        let together = |one: &&(&Use<'_>, &str)| {
            writes.iter().any(|other| std::ptr::eq(other.0.access, one.0.access) && other.1 != one.1)
        };
        let at_once = writes.iter().find(together);
        let mut data: Vec<(Resource, String)> = Vec::new();
        for (used, owner) in &writes {
            if !data.iter().any(|(known, _)| known == used.data) {
                data.push((used.data.clone(), (*owner).to_string()));
            }
        }
        let others: Vec<&str> = owners.iter().copied().filter(|owner| *owner != service).collect();
        let read_too = uses().any(|used| {
            used.mode != Mode::Write && input.owner(used.data).is_some_and(|owner| others.contains(&owner))
        });
        let (becomes, because) = if others.len() == 1 && !read_too && owners.contains(service) {
            let because = format!(
                "it does not look at {}'s data: write an event with its own change, in one transaction",
                others[0]
            );
            (Becomes::Outbox, because)
        } else {
            let why = if read_too {
                "what it reads there decides what it writes"
            } else {
                "several others must change"
            };
            (Becomes::Saga, format!("{why}: a step per service, each with a step that takes it back"))
        };
        Some(SplitWrite {
            route,
            service: service.to_string(),
            data,
            at_once: at_once.is_some(),
            location: at_once.map_or(first.access.location, |(used, _)| used.access.location),
            becomes,
            because,
        })
    };
    input.uses.iter().enumerate().filter_map(of_route).collect()
}
