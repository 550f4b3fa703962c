//! What speaks for each service to have a route: votes by signal, the runner-up, and what a move there costs.

use petgraph::graph::NodeIndex;

use super::facts::RouteFacts;
use super::segments::SYSTEM;
use super::{Placement, Signal, Vote};
use crate::access::Resource;
use crate::graph::AppGraph;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::words::count;

/// A subject weighs as much as two tables that a route reads.
pub(super) const PATH: u32 = 4;
const TABLE_READ: u32 = 2;
/// A table that a route of a divided service writes: more than all else that usually speaks for a place.
pub(super) const TABLE_WRITTEN: u32 = 16;
/// A common part of the path, or a common module, in a divided service.
pub(super) const COMMON: u32 = 2;
const MODEL: u32 = 1;
/// Models together weigh less than a path or two tables.
const MODELS_AT_MOST: usize = 3;

/// Where things are once routes are placed.
#[derive(Default)]
pub(super) struct Homes {
    pub(super) keys: OrderedMap<String, Home>,
    pub(super) tables: OrderedMap<Resource, String>,
    pub(super) models: OrderedMap<NodeIndex, String>,
}

/// Where a subject belongs.
#[derive(Clone, Default)]
pub(super) struct Home {
    pub(super) service: String,
    /// How many routes the subject has anywhere.
    pub(super) routes: usize,
    /// Why it belongs to a service that no route of its own made, for example `which reads most of what books writes`.
    pub(super) because: Option<String>,
}

/// What speaks for any service, rules aside. The path always votes.
pub(super) fn votes(
    graph: &AppGraph,
    fact: &RouteFacts,
    homes: &Homes,
    read_everywhere: &OrderedSet<Resource>,
) -> Vec<Vote> {
    let home = homes.keys.get(&fact.key).cloned().unwrap_or_default();
    let because = match (&home.because, home.routes) {
        _ if fact.key == SYSTEM => "serves operation, not a subject".to_string(),
        (Some(because), _) => format!("path /{}, {because}", fact.key),
        (None, 0 | 1) => format!("path /{}", fact.key),
        (None, routes) => format!("path /{}, with {}", fact.key, routes_phrase(routes - 1, "other ")),
    };
    let mut votes = vec![vote(Signal::Path, &home.service, Some(PATH), because)];
    for table in fact.reads.iter().filter(|table| !read_everywhere.contains(*table)) {
        if let Some(owner) = homes.tables.get(table) {
            let because = format!("reads {table}, which {owner} writes");
            votes.push(vote(Signal::Reads, owner, Some(TABLE_READ), because));
        }
    }
    let mut models: OrderedMap<&String, Vec<String>> = OrderedMap::default();
    for model in &fact.models {
        if let Some(service) = homes.models.get(model) {
            models.entry(service).or_default().push(graph.node(*model).label());
        }
    }
    for (service, labels) in models {
        let count = labels.len().min(MODELS_AT_MOST);
        let names: Vec<&str> =
            labels.iter().take(count).map(|label| label.rsplit("::").next().unwrap_or(label)).collect();
        let because = format!("uses {} of {service}", names.join(", "));
        votes.push(vote(Signal::Model, service, Some(MODEL * count as u32), because));
    }
    votes
}

/// The service that most votes are for.
pub(super) fn winner(votes: &[Vote]) -> String {
    Tally::of(votes).best().map(|(service, _)| service).expect("the path always votes")
}

/// A route in `service` with the votes for and against.
pub(super) fn placement(service: &str, votes: Vec<Vote>, fact: &RouteFacts, homes: &Homes) -> Placement {
    let tally = Tally::of(&votes);
    let runner_up = tally.best_but(service);
    let (mut votes, mut against): (Vec<Vote>, Vec<Vote>) =
        votes.into_iter().partition(|vote| vote.service == service);
    // Rules first.
    votes.sort_by_key(|vote| (vote.weight.is_some(), std::cmp::Reverse(vote.weight)));
    against.sort_by_key(|vote| std::cmp::Reverse(vote.weight));
    let of_service = |tables: &OrderedSet<Resource>| -> Vec<String> {
        let own =
            tables.iter().filter(|table| homes.tables.get(*table).is_some_and(|owner| owner == service));
        own.map(ToString::to_string).collect()
    };
    let written = of_service(&fact.writes);
    let read: Vec<String> =
        of_service(&fact.reads).into_iter().filter(|table| !written.contains(table)).collect();
    let mut cost = Vec::new();
    if !written.is_empty() {
        cost.push(format!("a second service would write {}", written.join(" and ")));
    } else if let Some((_, next)) = &runner_up {
        let most = tally.0.get(service).copied().unwrap_or(0);
        cost.push(format!("{} of {} votes", i64::from(most) - i64::from(*next), tally.sum()));
    }
    if !read.is_empty() {
        cost.push(format!("it would read {} of {service}", read.join(" and ")));
    }
    if cost.is_empty() {
        cost.push("nothing speaks for another service".to_string());
    }
    Placement { votes, against, runner_up, cost: cost.join("; ") }
}

pub(super) fn vote(signal: Signal, service: &str, weight: Option<u32>, because: String) -> Vote {
    Vote { signal, service: service.to_string(), weight, because }
}

pub(super) fn routes_phrase(number: usize, adjective: &str) -> String {
    count(number, &format!("{adjective}route"))
}

/// Votes by name; the first name wins a tie.
#[derive(Default)]
pub(super) struct Tally(pub(super) OrderedMap<String, u32>);

impl Tally {
    pub(super) fn of(votes: &[Vote]) -> Self {
        let mut tally = Self::default();
        for vote in votes {
            tally.add(&vote.service, vote.weight.unwrap_or(0));
        }
        tally
    }

    pub(super) fn add(&mut self, name: &str, weight: u32) {
        *self.0.entry(name.to_string()).or_default() += weight;
    }

    /// The names, those with most votes first.
    pub(super) fn in_order(self) -> Vec<String> {
        let mut votes: Vec<(String, u32)> = self.0.into_iter().collect();
        votes.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
        votes.into_iter().map(|(name, _)| name).collect()
    }

    pub(super) fn best(&self) -> Option<(String, u32)> {
        self.best_but("")
    }

    fn best_but(&self, but: &str) -> Option<(String, u32)> {
        let mut best: Option<(&String, u32)> = None;
        for (name, &weight) in &self.0 {
            if name != but && best.is_none_or(|(_, most)| weight > most) {
                best = Some((name, weight));
            }
        }
        best.map(|(name, weight)| (name.clone(), weight))
    }

    pub(super) fn sum(&self) -> u32 {
        self.0.values().sum()
    }
}
