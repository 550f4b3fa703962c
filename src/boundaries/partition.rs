//! The first partition: writers of a table are tied together, ties are named by subject, the rest votes.

use petgraph::unionfind::UnionFind;

use super::facts::{Facts, RouteFacts};
use super::names::{Names, service_name};
use super::segments::SYSTEM;
use super::{Pins, PlacedRoute, Placement, Proposal, ProposedService, Signal, Vote, WrittenApart};
use crate::access::Resource;
use crate::graph::AppGraph;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::routes::RouteTable;

const PATH_OF_MANY: u32 = 4;
const PATH_OF_ONE: u32 = 1;
const TABLE_READ: u32 = 2;
const MODEL: u32 = 1;
/// Models together weigh less than a path or two tables.
const MODELS_AT_MOST: usize = 3;

pub(super) fn partition(graph: &AppGraph, routes: &RouteTable, facts: &Facts, pins: &Pins) -> Proposal {
    let mut partition = Partition::new(graph, routes, facts, pins);
    partition.tie_writers();
    partition.place_pinned();
    partition.place_writers();
    partition.find_homes();
    partition.place_readers();
    partition.proposal()
}

struct Partition<'a> {
    graph: &'a AppGraph,
    routes: &'a RouteTable,
    facts: &'a Facts,
    pins: &'a Pins,
    /// Routes that hard rules hold together.
    ties: UnionFind<usize>,
    /// Service of each route, once placed.
    service: Vec<Option<String>>,
    placements: Vec<Placement>,
    /// Service that holds most of a subject's placed routes.
    home_of_key: OrderedMap<String, String>,
    owner_of_table: OrderedMap<Resource, String>,
}

impl<'a> Partition<'a> {
    fn new(graph: &'a AppGraph, routes: &'a RouteTable, facts: &'a Facts, pins: &'a Pins) -> Self {
        let count = facts.routes.len();
        Self {
            graph,
            routes,
            facts,
            pins,
            ties: UnionFind::new(count),
            service: vec![None; count],
            placements: vec![Placement::default(); count],
            home_of_key: OrderedMap::default(),
            owner_of_table: OrderedMap::default(),
        }
    }

    fn pin(&self, route: usize) -> Option<&'a String> {
        self.pins.services.get(&self.routes.routes[route].id)
    }

    /// Routes that are placed by this partition, in order.
    fn open(&self) -> impl Iterator<Item = (usize, &'a RouteFacts)> + use<'a> {
        self.facts.routes.iter().enumerate().filter(|(_, fact)| !fact.kept)
    }

    /// Tables that the rules tie: known, written by one service only.
    fn tied_tables(&self, fact: &'a RouteFacts) -> impl Iterator<Item = &'a Resource> + use<'a> {
        let wide = &self.facts.application_wide;
        let together = fact.transactions.iter().flatten();
        fact.writes.iter().chain(together).filter(move |table| !wide.contains(*table))
    }

    fn tie_writers(&mut self) {
        let mut first: OrderedMap<&Resource, usize> = OrderedMap::default();
        for (route, fact) in self.open().filter(|(route, _)| self.pin(*route).is_none()).collect::<Vec<_>>() {
            for table in self.tied_tables(fact) {
                let other = *first.entry(table).or_insert(route);
                self.ties.union(other, route);
            }
        }
    }

    /// What the plan already says stands, and its writers own their tables.
    fn place_pinned(&mut self) {
        let mut writers: OrderedMap<&Resource, Tally> = OrderedMap::default();
        for (route, fact) in self.open() {
            let Some(service) = self.pin(route) else { continue };
            self.service[route] = Some(service.clone());
            self.placements[route].votes.push(Vote {
                signal: Signal::Plan,
                service: service.clone(),
                weight: None,
                because: "the plan says so".to_string(),
            });
            for table in self.tied_tables(fact) {
                writers.entry(table).or_default().add(service, 1);
            }
        }
        for (table, tally) in writers {
            if let Some((service, _)) = tally.best() {
                self.owner_of_table.insert(table.clone(), service);
            }
        }
        self.find_homes();
    }

    /// Each tie of writers goes to the owner of its tables, else to the subject of most of its routes.
    fn place_writers(&mut self) {
        let mut ties: OrderedMap<usize, Vec<usize>> = OrderedMap::default();
        for (route, fact) in self.open() {
            if self.pin(route).is_none() && self.tied_tables(fact).next().is_some() {
                ties.entry(self.ties.find(route)).or_default().push(route);
            }
        }
        for members in ties.values() {
            let mut owners = Tally::default();
            let mut keys = Tally::default();
            for &route in members {
                let fact = &self.facts.routes[route];
                keys.add(&fact.key, 1);
                for table in self.tied_tables(fact) {
                    if let Some(owner) = self.owner_of_table.get(table) {
                        owners.add(owner, 1);
                    }
                }
            }
            let key = keys.best().map_or_else(|| SYSTEM.to_string(), |(key, _)| key);
            let service = owners.best().map_or_else(|| self.home(&key), |(service, _)| service);
            for &route in members {
                self.place_writer(route, &service, members);
            }
        }
    }

    fn place_writer(&mut self, route: usize, service: &str, members: &[usize]) {
        let fact = &self.facts.routes[route];
        let mut tables: OrderedSet<&Resource> = OrderedSet::default();
        for table in self.tied_tables(fact) {
            tables.insert(table);
            self.owner_of_table.entry(table.clone()).or_insert_with(|| service.to_string());
        }
        let mut votes = Vec::new();
        for transaction in &fact.transactions {
            let names: Vec<String> = transaction.iter().map(ToString::to_string).collect();
            votes.push(vote(
                Signal::Transaction,
                service,
                None,
                format!("changes {} in one call", names.join(" and ")),
            ));
        }
        for table in &tables {
            let others = members
                .iter()
                .filter(|&&other| other != route && self.facts.routes[other].writes.contains(*table))
                .count();
            votes.push(vote(
                Signal::Writes,
                service,
                None,
                match others {
                    0 => format!("alone writes {table}"),
                    _ => format!("writes {table}, as do {}", routes_phrase(others, "other ")),
                },
            ));
        }
        self.service[route] = Some(service.to_string());
        let names: Vec<String> = tables.iter().map(ToString::to_string).collect();
        self.placements[route].votes = votes;
        self.placements[route].cost = format!("a second service would write {}", names.join(" and "));
    }

    /// Where most placed routes of each subject are.
    fn find_homes(&mut self) {
        let mut tallies: OrderedMap<&str, Tally> = OrderedMap::default();
        for (route, fact) in self.open() {
            if let Some(service) = &self.service[route] {
                tallies.entry(&fact.key).or_default().add(service, 1);
            }
        }
        self.home_of_key = tallies
            .into_iter()
            .filter_map(|(key, tally)| {
                let (best, most) = tally.best()?;
                // At a tie the service that bears the subject's name is its home.
                let named = service_name(key, SYSTEM);
                let home = if tally.0.get(&named) == Some(&most) { named } else { best };
                Some((key.to_string(), home))
            })
            .collect();
    }

    /// The service of a subject.
    fn home(&self, key: &str) -> String {
        self.home_of_key.get(key).cloned().unwrap_or_else(|| service_name(key, SYSTEM))
    }

    /// Routes that no rule holds go where most of their votes go.
    fn place_readers(&mut self) {
        let homes_of_models = self.homes_of_models();
        let mut of_key: OrderedMap<&str, usize> = OrderedMap::default();
        for (_, fact) in self.open() {
            *of_key.entry(&fact.key).or_default() += 1;
        }
        let placed: Vec<(usize, Placement, String)> = self
            .open()
            .filter(|(route, _)| self.service[*route].is_none())
            .map(|(route, fact)| {
                let (placement, service) = self.reader(fact, of_key[fact.key.as_str()], &homes_of_models);
                (route, placement, service)
            })
            .collect();
        for (route, placement, service) in placed {
            self.placements[route] = placement;
            self.service[route] = Some(service);
        }
    }

    fn reader(
        &self,
        fact: &RouteFacts,
        same_key: usize,
        homes_of_models: &OrderedMap<petgraph::graph::NodeIndex, String>,
    ) -> (Placement, String) {
        let home = self.home(&fact.key);
        let weight = if same_key > 1 || fact.key == SYSTEM { PATH_OF_MANY } else { PATH_OF_ONE };
        let because = match (fact.key == SYSTEM, same_key) {
            (true, _) => "serves operation, not a subject".to_string(),
            (false, 1) => format!("path /{}", fact.key),
            (false, _) => format!("path /{}, with {}", fact.key, routes_phrase(same_key - 1, "other ")),
        };
        let mut votes = vec![vote(Signal::Path, &home, Some(weight), because)];
        let telling = |table: &&Resource| !self.facts.read_everywhere.contains(*table);
        for table in fact.reads.iter().filter(telling) {
            if let Some(owner) = self.owner_of_table.get(table) {
                let because = format!("reads {table}, which {owner} writes");
                votes.push(vote(Signal::Reads, owner, Some(TABLE_READ), because));
            }
        }
        let mut models: OrderedMap<&String, Vec<String>> = OrderedMap::default();
        for model in &fact.models {
            if let Some(service) = homes_of_models.get(model) {
                models.entry(service).or_default().push(self.graph.node(*model).label());
            }
        }
        for (service, labels) in models {
            let count = labels.len().min(MODELS_AT_MOST);
            let names: Vec<&str> =
                labels.iter().take(count).map(|label| label.rsplit("::").next().unwrap_or(label)).collect();
            let because = format!("uses {} of {service}", names.join(", "));
            votes.push(vote(Signal::Model, service, Some(MODEL * count as u32), because));
        }
        let mut tally = Tally::default();
        for vote in &votes {
            tally.add(&vote.service, vote.weight.unwrap_or(0));
        }
        let (service, weight) = tally.best().expect("the path always votes");
        let runner_up = tally.best_but(&service);
        let cost = match &runner_up {
            Some((_, next)) => format!("{} of {} votes", weight - next, tally.sum()),
            None => "nothing speaks for another service".to_string(),
        };
        votes.retain(|vote| vote.service == service);
        votes.sort_by_key(|vote| std::cmp::Reverse(vote.weight));
        (Placement { votes, runner_up, cost }, service)
    }

    /// The service that a model speaks for: the one whose placed routes use it, where at most two services do.
    fn homes_of_models(&self) -> OrderedMap<petgraph::graph::NodeIndex, String> {
        let mut users: OrderedMap<petgraph::graph::NodeIndex, Tally> = OrderedMap::default();
        for (route, fact) in self.open() {
            if let Some(service) = &self.service[route] {
                for &model in &fact.models {
                    users.entry(model).or_default().add(service, 1);
                }
            }
        }
        users
            .into_iter()
            .filter(|(_, tally)| tally.0.len() <= 2)
            .filter_map(|(model, tally)| Some((model, tally.best()?.0)))
            .collect()
    }

    fn proposal(self) -> Proposal {
        let mut names = Names::default();
        let mut services: OrderedMap<String, Vec<PlacedRoute>> = OrderedMap::default();
        for (route, fact) in self.open() {
            let service = self.service[route].clone().unwrap_or_else(|| SYSTEM.to_string());
            services.entry(service).or_default().push(PlacedRoute {
                route,
                function: String::new(),
                group: fact.key.clone(),
                placement: self.placements[route].clone(),
            });
        }
        for service in services.keys() {
            names.take(service);
        }
        for placed in services.values_mut().flatten() {
            placed.function = names.for_route(&self.routes.routes[placed.route]);
        }
        let written_apart = self.written_apart();
        let mut owned = self.owned();
        let services = services
            .into_iter()
            .map(|(name, routes)| {
                let owns = owned.shift_remove(name.as_str()).unwrap_or_default();
                ProposedService { name, routes, owns }
            })
            .collect();
        Proposal { services, kept: self.facts.kept.clone(), written_apart }
    }

    /// Services whose routes write each table or bucket, by all code of their own.
    fn writers(&self) -> OrderedMap<&Resource, OrderedSet<&str>> {
        let mut writers: OrderedMap<&Resource, OrderedSet<&str>> = OrderedMap::default();
        for (route, fact) in self.facts.routes.iter().enumerate() {
            // A kept route writes in the monolith's name.
            let service = self.service[route].as_deref().unwrap_or("");
            for table in fact.writes.iter().chain(&fact.lent) {
                writers.entry(table).or_default().insert(service);
            }
        }
        writers
    }

    /// Tables and buckets that only one service writes, by service.
    fn owned(&self) -> OrderedMap<&str, Vec<Resource>> {
        let mut owned: OrderedMap<&str, Vec<Resource>> = OrderedMap::default();
        for (table, services) in self.writers() {
            if services.len() == 1 {
                owned.entry(services[0]).or_default().push(table.clone());
            }
        }
        owned.values_mut().for_each(|tables| tables.sort());
        owned
    }

    fn written_apart(&self) -> Vec<WrittenApart> {
        self.writers()
            .into_iter()
            .filter(|(_, services)| services.iter().filter(|service| !service.is_empty()).count() > 1)
            .map(|(table, services)| WrittenApart {
                table: table.clone(),
                services: services
                    .into_iter()
                    .filter(|service| !service.is_empty())
                    .map(ToString::to_string)
                    .collect(),
            })
            .collect()
    }
}

/// Votes by name; the first name wins a tie.
#[derive(Default)]
struct Tally(OrderedMap<String, u32>);

impl Tally {
    fn add(&mut self, name: &str, weight: u32) {
        *self.0.entry(name.to_string()).or_default() += weight;
    }

    fn best(&self) -> Option<(String, u32)> {
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

    fn sum(&self) -> u32 {
        self.0.values().sum()
    }
}

fn vote(signal: Signal, service: &str, weight: Option<u32>, because: String) -> Vote {
    Vote { signal, service: service.to_string(), weight, because }
}

fn routes_phrase(count: usize, adjective: &str) -> String {
    if count == 1 { format!("1 {adjective}route") } else { format!("{count} {adjective}routes") }
}
