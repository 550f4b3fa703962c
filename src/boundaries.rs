//! Graph -> `Proposal`: which service each route belongs to and why, and a name for its function.
//!
//! Hard rules come first: all routes that write one table belong to one service, and so do the tables of one transaction. What they
//! leave open is voted on by path, tables read and shared models. A service that comes out too large is divided where the fewest routes
//! hold it together (`cluster`). Routes that a plan already placed stay there, and services keep to what it demands.
//! Deliberately absent: the plan file (`plan`) and how functions are grouped below one per route.

use std::fmt::Write as _;

use crate::access::Resource;
use crate::graph::AppGraph;
use crate::metrics::uses::Use;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::routes::RouteTable;

pub mod cluster;
mod constraints;
mod divide;
mod facts;
pub mod keys;
pub mod names;
mod operations;
mod partition;
mod reasons;
mod segments;
mod ties;

pub use constraints::Constraints;
pub use segments::group_key;

/// The proposed services, and for each route where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proposal {
    /// In the order of their first routes.
    pub services: Vec<ProposedService>,
    /// Routes that cannot get a function of their own, with the reason.
    pub kept: Vec<Kept>,
    /// Tables that several services write, because the plan says so, one owner would swallow the application, or
    /// a service that was too large was divided.
    pub written_apart: Vec<WrittenApart>,
}

/// A service with its routes in the order of the route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedService {
    /// Kebab case.
    pub name: String,
    pub routes: Vec<PlacedRoute>,
    /// Tables and buckets that only this service writes.
    pub owns: Vec<Resource>,
}

/// A route in its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedRoute {
    /// Index into `RouteTable::routes`.
    pub route: usize,
    /// Name for a function that holds only this route, for example `get-users-id`.
    pub function: String,
    /// What the route is about: its first telling path segment, for example `users`.
    pub group: String,
    pub placement: Placement,
}

/// Why a route is where it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Placement {
    /// The votes for the chosen service, the weightiest first.
    pub votes: Vec<Vote>,
    /// The votes for other services.
    pub against: Vec<Vote>,
    /// The service with the next most votes.
    pub runner_up: Option<(String, u32)>,
    /// What moving the route elsewhere would cost.
    pub cost: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    pub signal: Signal,
    pub service: String,
    /// Of a hard rule: none.
    pub weight: Option<u32>,
    /// `path /users, with 3 other routes`.
    pub because: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    Plan,
    Transaction,
    Writes,
    Path,
    Reads,
    Model,
    Module,
}

impl Signal {
    pub fn as_str(self) -> &'static str {
        match self {
            Signal::Plan => "plan",
            Signal::Transaction => "transaction",
            Signal::Writes => "writes",
            Signal::Path => "path",
            Signal::Reads => "reads",
            Signal::Model => "model",
            Signal::Module => "module",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Index into `RouteTable::routes`.
    pub route: usize,
    pub because: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenApart {
    pub table: Resource,
    pub services: Vec<String>,
}

/// What is already decided: services of routes by route id, routes that stay in the monolith, and what services must keep to.
#[derive(Debug, Clone, Default)]
pub struct Pins {
    pub services: OrderedMap<String, String>,
    pub kept: OrderedSet<String>,
    /// Why a route, by its index, would answer differently in a function of its own. A service that the plan names goes before that.
    pub held: OrderedMap<usize, String>,
    pub constraints: Constraints,
}

impl Placement {
    /// One line: the rules that hold it there, else the votes and, where there is one, the runner-up.
    pub fn why(&self) -> String {
        let rules: Vec<&str> = self
            .votes
            .iter()
            .filter(|vote| vote.weight.is_none())
            .map(|vote| vote.because.as_str())
            .collect();
        if !rules.is_empty() {
            return rules.join("; ");
        }
        let mut why = self.votes.iter().map(Vote::said).collect::<Vec<_>>().join("; ");
        if let Some((service, weight)) = &self.runner_up {
            let _ = write!(why, "; next {service} ({weight})");
        }
        why
    }
}

impl Vote {
    /// The reason, and its weight where it is no rule.
    pub fn said(&self) -> String {
        match self.weight {
            Some(weight) => format!("{} ({weight})", self.because),
            None => self.because.clone(),
        }
    }
}

impl Proposal {
    /// The service and the place of a route; none where it is kept.
    pub fn placed(&self, route: usize) -> Option<(&ProposedService, &PlacedRoute)> {
        self.services
            .iter()
            .find_map(|service| Some((service, service.routes.iter().find(|placed| placed.route == route)?)))
    }
}

/// Proposes services for all routes of the application.
pub fn propose(graph: &AppGraph, routes: &RouteTable, uses: &[Vec<Use<'_>>], pins: &Pins) -> Proposal {
    let facts = facts::gather(graph, routes, uses, pins);
    partition::partition(graph, routes, &facts, pins)
}

#[cfg(test)]
mod tests;
