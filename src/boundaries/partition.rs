//! The first partition: writers of a table are tied together, ties are named by subject, the rest votes, what is too large is divided, and
//! what the plan demands is kept.

use petgraph::graph::NodeIndex;
use petgraph::unionfind::UnionFind;

use super::constraints::Rules;
use super::facts::{Facts, RouteFacts};
use super::names::{Names, kebab, service_name};
use super::reasons::{self, COMMON, Home, Homes, TABLE_WRITTEN, Tally, routes_phrase, vote};
use super::segments::{SYSTEM, part_of, singular};
use super::{Pins, PlacedRoute, Placement, Proposal, ProposedService, Signal, Vote, WrittenApart};
use crate::access::Resource;
use crate::graph::AppGraph;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::routes::RouteTable;

mod agree;

pub(super) fn partition(graph: &AppGraph, routes: &RouteTable, facts: &Facts, pins: &Pins) -> Proposal {
    let mut partition = Partition::new(graph, routes, facts, pins);
    partition.tie_writers();
    partition.place_pinned();
    partition.place_writers();
    partition.find_homes();
    partition.adopt_readers();
    partition.place_readers();
    partition.make_way();
    partition.divide();
    partition.merge();
    partition.divide_more();
    partition.say_why();
    partition.proposal()
}

struct Partition<'a> {
    graph: &'a AppGraph,
    routes: &'a RouteTable,
    facts: &'a Facts,
    /// Service that the plan gives to each route, itself or by what it keeps together.
    pinned: Vec<Option<String>>,
    /// What the plan demands.
    rules: Rules,
    /// Routes that hard rules hold together.
    ties: UnionFind<usize>,
    /// Service of each route, once placed.
    service: Vec<Option<String>>,
    placements: Vec<Placement>,
    /// What of the plan put each route into its service.
    planned: Vec<Option<String>>,
    /// Service that holds most of a subject's placed routes.
    home_of_key: OrderedMap<String, String>,
    owner_of_table: OrderedMap<Resource, String>,
    /// Service that each type speaks for.
    home_of_model: OrderedMap<NodeIndex, String>,
    /// Why each subject that writes nothing belongs to another's service.
    adopted: OrderedMap<String, String>,
    /// Routes of the service that each route was in before that was divided.
    siblings: OrderedMap<usize, Vec<usize>>,
    /// Whether services were divided or merged after routes were placed.
    is_changed: bool,
}

impl<'a> Partition<'a> {
    fn new(graph: &'a AppGraph, routes: &'a RouteTable, facts: &'a Facts, pins: &'a Pins) -> Self {
        let count = facts.routes.len();
        let mut partition = Self {
            graph,
            routes,
            facts,
            pinned: vec![None; count],
            rules: Rules::new(&pins.constraints, routes, |route| !facts.routes[route].kept),
            ties: UnionFind::new(count),
            service: vec![None; count],
            placements: vec![Placement::default(); count],
            planned: vec![None; count],
            home_of_key: OrderedMap::default(),
            owner_of_table: OrderedMap::default(),
            home_of_model: OrderedMap::default(),
            adopted: OrderedMap::default(),
            siblings: OrderedMap::default(),
            is_changed: false,
        };
        partition.take_pins(pins);
        partition
    }

    /// What the plan keeps together with routes that it has placed goes where most of these are.
    fn take_pins(&mut self, pins: &Pins) {
        let mut homes: OrderedMap<usize, Tally> = OrderedMap::default();
        let mut first: OrderedMap<usize, usize> = OrderedMap::default();
        for (route, _) in self.open() {
            if let Some(service) = pins.services.get(&self.routes.routes[route].id) {
                let unit = self.rules.unit(route);
                homes.entry(unit).or_default().add(service, 1);
                first.entry(unit).or_insert(route);
                self.pinned[route] = Some(service.clone());
                self.planned[route] = Some("the plan says so".to_string());
            }
        }
        for (route, _) in self.open() {
            let unit = self.rules.unit(route);
            let first = *first.entry(unit).or_insert(route);
            if first != route && self.pinned[route].is_none() {
                self.pinned[route] = homes.get(&unit).and_then(Tally::best).map(|(service, _)| service);
                let first = &self.routes.routes[first].id;
                self.planned[route] = Some(format!("the plan keeps it together with {first}"));
            }
        }
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
        for (route, fact) in self.open() {
            if self.pinned[route].is_some() {
                continue;
            }
            self.ties.union(self.rules.unit(route), route);
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
            let Some(service) = &self.pinned[route] else { continue };
            self.service[route] = Some(service.clone());
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

    /// Routes that nothing has placed yet, by what holds them together.
    fn unplaced(&self) -> Vec<Vec<usize>> {
        let mut ties: OrderedMap<usize, Vec<usize>> = OrderedMap::default();
        for (route, _) in self.open().filter(|(route, _)| self.service[*route].is_none()) {
            ties.entry(self.ties.find(route)).or_default().push(route);
        }
        ties.into_values().collect()
    }

    /// Each tie of writers goes to the owner of its tables, else to the subject of most of its routes.
    fn place_writers(&mut self) {
        let writes = |&route: &usize| self.tied_tables(&self.facts.routes[route]).next().is_some();
        let ties: Vec<Vec<usize>> =
            self.unplaced().into_iter().filter(|members| members.iter().any(writes)).collect();
        for members in ties {
            let mut owners = Tally::default();
            let mut keys = Tally::default();
            for &route in &members {
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
            for &route in &members {
                self.place_writer(route, &service, &members);
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
        let mut votes = transactions(fact, service);
        for table in &tables {
            votes.push(self.writes(route, table, members, service, None));
        }
        self.service[route] = Some(service.to_string());
        self.placements[route].votes = votes;
    }

    /// A route's writing of a table, with the others among `members` that do.
    fn writes(
        &self,
        route: usize,
        table: &Resource,
        members: &[usize],
        service: &str,
        weight: Option<u32>,
    ) -> Vote {
        let does = |&&other: &&usize| other != route && self.facts.routes[other].writes.contains(table);
        let because = match members.iter().filter(does).count() {
            0 => format!("alone writes {table}"),
            others => format!(
                "writes {table}, as {} {}",
                if others == 1 { "does" } else { "do" },
                routes_phrase(others, "other ")
            ),
        };
        vote(Signal::Writes, service, weight, because)
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

    /// A subject of which no route writes goes to the owner of more than half of what it reads; where nothing of that has an owner, to the
    /// only other subject in its modules; else it stays by itself.
    fn adopt_readers(&mut self) {
        let readers = self.readers_of_unowned();
        let mut keys: OrderedMap<&str, Vec<usize>> = OrderedMap::default();
        for (route, fact) in self.open().filter(|(_, fact)| !self.home_of_key.contains_key(&fact.key)) {
            keys.entry(&fact.key).or_default().push(route);
        }
        let mut without_data = Vec::new();
        for (key, members) in keys.into_iter().filter(|(key, _)| *key != SYSTEM) {
            let facts = members.iter().map(|&route| &self.facts.routes[route]);
            let reads = facts.flat_map(|fact| fact.reads.iter().chain(&fact.lent_reads));
            let owner = |table| self.owner_of_table.get(table).or_else(|| readers.get(table));
            let owners: Vec<&String> = reads.filter_map(owner).collect();
            if owners.is_empty() {
                without_data.push((key, members));
            } else if let Some(home) = more_than_half(owners.into_iter()) {
                let because = format!("which reads mostly data of {home}");
                self.adopt(key, home, because);
            }
        }
        for (key, members) in without_data {
            if let Some((home, other)) = self.home_of_modules(key, &members) {
                self.adopt(key, home, format!("whose code is beside that of /{other}"));
            }
        }
    }

    fn adopt(&mut self, key: &str, home: String, because: String) {
        self.home_of_key.insert(key.to_string(), home);
        self.adopted.insert(key.to_string(), because);
    }

    /// Of tables that no route writes, the service of most placed routes that read them.
    fn readers_of_unowned(&self) -> OrderedMap<&'a Resource, String> {
        let mut readers: OrderedMap<&Resource, Tally> = OrderedMap::default();
        for (route, fact) in self.open() {
            let Some(service) = &self.service[route] else { continue };
            let is_telling = |table: &&Resource| {
                !self.owner_of_table.contains_key(*table) && !self.facts.read_everywhere.contains(*table)
            };
            for table in fact.reads.iter().filter(is_telling) {
                readers.entry(table).or_default().add(service, 1);
            }
        }
        readers.into_iter().filter_map(|(table, tally)| Some((table, tally.best()?.0))).collect()
    }

    /// The service of the only other subject in its modules, and that subject. It must not have fewer routes; of two that have as many, and
    /// no service, the first draws the other.
    fn home_of_modules(&self, key: &str, members: &[usize]) -> Option<(String, &'a str)> {
        let modules: OrderedSet<&str> =
            members.iter().map(|&route| self.facts.routes[route].module.as_str()).collect();
        let of_modules = || self.open().filter(|(_, fact)| modules.contains(fact.module.as_str()));
        if of_modules().count() * 2 > self.open().count() {
            return None;
        }
        let others: OrderedSet<&str> =
            of_modules().map(|(_, fact)| fact.key.as_str()).filter(|other| *other != key).collect();
        let [other] = others.iter().collect::<Vec<_>>()[..] else { return None };
        let theirs: Vec<usize> =
            self.open().filter(|(_, fact)| fact.key == **other).map(|(route, _)| route).collect();
        let is_before = || self.home_of_key.contains_key(*other) || theirs.first() < members.first();
        let draws = theirs.len() > members.len() || (theirs.len() == members.len() && is_before());
        (*other != SYSTEM && draws).then(|| (self.home(other), *other))
    }

    /// Routes that no rule holds go where most of their votes go.
    fn place_readers(&mut self) {
        self.home_of_model = self.homes_of_models();
        let homes = self.homes();
        for members in self.unplaced() {
            let votes = members.iter().flat_map(|&route| self.votes(&self.facts.routes[route], &homes));
            let service = reasons::winner(&votes.collect::<Vec<_>>());
            for route in members {
                self.service[route] = Some(service.clone());
            }
        }
    }

    fn votes(&self, fact: &RouteFacts, homes: &Homes) -> Vec<Vote> {
        reasons::votes(self.graph, fact, homes, &self.facts.read_everywhere)
    }

    fn homes(&self) -> Homes {
        let mut keys: OrderedMap<String, Home> = OrderedMap::default();
        for (_, fact) in self.open() {
            let home = || Home {
                service: self.home(&fact.key),
                routes: 0,
                because: self.adopted.get(&fact.key).cloned(),
            };
            keys.entry(fact.key.clone()).or_insert_with(home).routes += 1;
        }
        Homes { keys, tables: self.owner_of_table.clone(), models: self.home_of_model.clone() }
    }

    /// For each route the votes for all services, now that all have their places.
    fn say_why(&mut self) {
        if self.is_changed {
            self.find_homes();
            self.home_of_model = self.homes_of_models();
            self.adopted.clear();
        }
        let homes = self.homes();
        let placed: Vec<(usize, Placement)> = self
            .open()
            .filter_map(|(route, fact)| {
                let service = self.service[route].as_ref()?;
                let planned = self.planned[route].iter();
                let mut votes: Vec<Vote> =
                    planned.map(|because| vote(Signal::Plan, service, None, because.clone())).collect();
                match self.siblings.get(&route) {
                    Some(siblings) => votes.extend(self.votes_among(route, siblings)),
                    None => votes.extend(self.placements[route].votes.iter().cloned()),
                }
                votes.extend(self.votes(fact, &homes));
                Some((route, reasons::placement(service, votes, fact, &homes)))
            })
            .collect();
        for (route, placement) in placed {
            self.placements[route] = placement;
        }
    }

    /// What speaks for the parts of a divided service, apart from what speaks for any service.
    fn votes_among(&self, route: usize, siblings: &[usize]) -> Vec<Vote> {
        let fact = &self.facts.routes[route];
        let service = self.service[route].clone().unwrap_or_default();
        let mut votes = transactions(fact, &service);
        for table in self.tied_tables(fact).collect::<OrderedSet<_>>() {
            if let Some(owner) = self.owner_of_table.get(table) {
                let weight = (*owner != service).then_some(TABLE_WRITTEN);
                votes.push(self.writes(route, table, siblings, owner, weight));
            }
        }
        let part = |route: usize| {
            let key = &self.facts.routes[route].key;
            let part = part_of(&self.routes.routes[route].path, key)?;
            Some(format!("path /{key}/../{}", singular(&kebab(part))))
        };
        let module = |route: usize| Some(format!("module {}", self.facts.routes[route].module));
        votes.extend(self.common(route, siblings, Signal::Path, part));
        votes.extend(self.common(route, siblings, Signal::Module, module));
        votes
    }

    /// The service of most others that have something in common with a route.
    fn common(
        &self,
        route: usize,
        siblings: &[usize],
        signal: Signal,
        what: impl Fn(usize) -> Option<String>,
    ) -> Option<Vote> {
        let own = what(route)?;
        let mut tally = Tally::default();
        for &other in siblings.iter().filter(|&&other| other != route && what(other).as_ref() == Some(&own)) {
            tally.add(self.service[other].as_deref().unwrap_or_default(), 1);
        }
        let (service, count) = tally.best()?;
        let because = format!("{own}, with {}", routes_phrase(count as usize, "other "));
        Some(vote(signal, &service, Some(COMMON), because))
    }

    /// The service that a model speaks for: the one whose placed routes use it, where at most two services do.
    fn homes_of_models(&self) -> OrderedMap<NodeIndex, String> {
        let mut users: OrderedMap<NodeIndex, Tally> = OrderedMap::default();
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
            for table in fact.writes.iter().chain(&fact.lent_writes) {
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

/// The name that stands there more often than all others together.
fn more_than_half<'a>(names: impl Iterator<Item = &'a String>) -> Option<String> {
    let mut tally = Tally::default();
    names.for_each(|name| tally.add(name, 1));
    tally.best().filter(|(_, most)| most * 2 > tally.sum()).map(|(name, _)| name)
}

/// Tables that change together hold a route in their service.
fn transactions(fact: &RouteFacts, service: &str) -> Vec<Vote> {
    let votes = fact.transactions.iter().map(|transaction| {
        let names: Vec<String> = transaction.iter().map(ToString::to_string).collect();
        let because = format!("changes {} in one call", names.join(" and "));
        vote(Signal::Transaction, service, None, because)
    });
    votes.collect()
}
