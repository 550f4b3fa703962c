//! How well services keep the data apart: numbers over the graph of routes and data, where an edge is a use by a handler.
//!
//! Nodes are the routes of services and the data that a service owns; an edge ties a route to data that its handler uses, once. What layers,
//! extractors and start-up code use is left out, but for `chattiness`. Formulas and their sources are in `docs/metrics.md`.

use std::collections::BTreeSet;

use super::uses::{Owners, Use, When, group_of};
use super::{Group, ratio};
use crate::access::Resource;
use crate::ordered::{OrderedMap, OrderedSet};

/// Numbers of all services together; all 0 where no handler uses data.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DataMetrics {
    /// Inter-partition calls: share of the edges that lead into another service, 0 to 1.
    pub icp: f64,
    /// Structural modularity: density within services less density between them.
    pub sm: f64,
    /// Interfaces: pairs of a route and another service's data, by the number of services.
    pub ifn: f64,
    /// Non-extreme distribution: share of the nodes in services that have fewer than 5 or more than 20, 0 to 1.
    pub ned: f64,
    /// Newman's modularity, -0.5 to 1.
    pub modularity: f64,
    /// 1 less the mean entropy of the services that use one piece of data, in nats.
    pub purity: f64,
    /// Mean number of other services whose data a request needs, in handler, extractors and layers.
    pub chattiness: f64,
    /// The largest such number.
    pub most_hops: usize,
    /// Routes whose handler uses data that a service owns.
    pub routes_with_data: usize,
    /// Of these, the ones that use data of another service.
    pub split_routes: usize,
    /// Pieces of data that something writes outside start-up, or that the plan gives to a service.
    pub owned_data: usize,
    /// Of these, the ones that routes of several services write outside start-up.
    pub data_written_apart: usize,
}

/// Numbers of one service.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ServiceData {
    pub cohesion: f64,
    pub coupling: f64,
    pub chattiness: f64,
}

/// Computes all numbers; those of services are in the order of `groups`.
pub fn measure(uses: &[Vec<Use<'_>>], owners: &Owners, groups: &[Group]) -> (DataMetrics, Vec<ServiceData>) {
    let graph = DataGraph::of(uses, owners, groups);
    let hops = hops(uses, owners, groups);
    let of_services: Vec<ServiceData> = (0..groups.len())
        .map(|at| ServiceData {
            cohesion: graph.cohesion(at),
            coupling: graph.coupling(at),
            chattiness: mean(
                groups[at].routes.iter().map(|&route| as_number(hops.get(route).copied().unwrap_or(0))),
            ),
        })
        .collect();
    let with_data: BTreeSet<usize> = graph.edges.iter().map(|edge| edge.route).collect();
    let crossing: BTreeSet<usize> = graph.crossing().map(|edge| edge.route).collect();
    let placed =
        || groups.iter().flat_map(|group| &group.routes).filter_map(|&route| hops.get(route).copied());
    let metrics = DataMetrics {
        icp: ratio(graph.crossing().count(), graph.edges.len()),
        sm: graph.structural_modularity(),
        ifn: ratio(graph.crossing().count(), groups.len()),
        ned: graph.non_extreme(),
        modularity: graph.modularity(),
        purity: graph.purity(),
        chattiness: mean(placed().map(as_number)),
        most_hops: placed().max().unwrap_or(0),
        routes_with_data: with_data.len(),
        split_routes: crossing.len(),
        owned_data: owners.count(),
        data_written_apart: written_apart(uses, groups),
    };
    (metrics, of_services)
}

/// Other services whose data each route needs for a request.
fn hops(uses: &[Vec<Use<'_>>], owners: &Owners, groups: &[Group]) -> Vec<usize> {
    let group_of = group_of(groups, uses.len());
    let of_route = |(route, list): (usize, &Vec<Use<'_>>)| {
        let needed = list.iter().filter(|used| used.when != When::Start);
        let others: BTreeSet<usize> = needed
            .filter_map(|used| owners.owner(used.data)?)
            .filter(|&owner| group_of[route] != Some(owner))
            .collect();
        others.len()
    };
    uses.iter().enumerate().map(of_route).collect()
}

/// Pieces of data that routes of several services write outside start-up.
fn written_apart(uses: &[Vec<Use<'_>>], groups: &[Group]) -> usize {
    let mut writers: OrderedMap<&Resource, BTreeSet<usize>> = OrderedMap::default();
    for (list, group) in uses.iter().zip(group_of(groups, uses.len())) {
        let Some(group) = group else { continue };
        for used in list.iter().filter(|used| used.when != When::Start && used.mode.writes()) {
            writers.entry(used.data).or_default().insert(group);
        }
    }
    writers.values().filter(|groups| groups.len() > 1).count()
}

struct Edge<'a> {
    route: usize,
    /// Service of the route, and service that owns the data.
    from: usize,
    to: usize,
    data: &'a Resource,
}

struct DataGraph<'a> {
    edges: Vec<Edge<'a>>,
    /// Routes and pieces of data of each service.
    routes: Vec<usize>,
    data: Vec<usize>,
}

impl<'a> DataGraph<'a> {
    fn of(uses: &[Vec<Use<'a>>], owners: &Owners, groups: &[Group]) -> Self {
        let group_of = group_of(groups, uses.len());
        let mut seen: OrderedSet<(usize, &Resource)> = OrderedSet::default();
        let mut owned: OrderedMap<&Resource, usize> = OrderedMap::default();
        let mut edges = Vec::new();
        for (route, list) in uses.iter().enumerate() {
            for used in list.iter().filter(|used| used.when == When::Handler) {
                let Some(Some(to)) = owners.owner(used.data) else { continue };
                owned.insert(used.data, to);
                let Some(from) = group_of[route] else { continue };
                if seen.insert((route, used.data)) {
                    edges.push(Edge { route, from, to, data: used.data });
                }
            }
        }
        let mut data = vec![0; groups.len()];
        for &owner in owned.values() {
            data[owner] += 1;
        }
        Self { edges, routes: groups.iter().map(|group| group.routes.len()).collect(), data }
    }

    fn crossing(&self) -> impl Iterator<Item = &Edge<'a>> {
        self.edges.iter().filter(|edge| edge.from != edge.to)
    }

    fn size(&self, service: usize) -> usize {
        self.routes[service] + self.data[service]
    }

    fn services(&self) -> std::ops::Range<usize> {
        0..self.routes.len()
    }

    /// Edges between two services, either way; within one where both are the same.
    fn between(&self, one: usize, other: usize) -> usize {
        let ties =
            |edge: &&Edge<'_>| (edge.from, edge.to) == (one, other) || (edge.from, edge.to) == (other, one);
        self.edges.iter().filter(ties).count()
    }

    fn structural_modularity(&self) -> f64 {
        let count = self.services().len();
        if count == 0 {
            return 0.0;
        }
        let within = self.services().map(|at| ratio(self.between(at, at), self.size(at).pow(2)));
        let pairs = self.services().flat_map(|one| (one + 1..count).map(move |other| (one, other)));
        let apart =
            pairs.map(|(one, other)| ratio(self.between(one, other), 2 * self.size(one) * self.size(other)));
        mean(within) - mean(apart)
    }

    fn non_extreme(&self) -> f64 {
        let all: usize = self.services().map(|at| self.size(at)).sum();
        let balanced: usize =
            self.services().map(|at| self.size(at)).filter(|size| (5..=20).contains(size)).sum();
        if all == 0 { 0.0 } else { 1.0 - ratio(balanced, all) }
    }

    fn modularity(&self) -> f64 {
        let all = self.edges.len();
        let of_service = |at: usize| {
            let inside = self.edges.iter().filter(|edge| edge.from == at && edge.to == at).count();
            let ends: usize =
                self.edges.iter().map(|edge| usize::from(edge.from == at) + usize::from(edge.to == at)).sum();
            ratio(inside, all) - ratio(ends, 2 * all).powi(2)
        };
        self.services().map(of_service).sum()
    }

    fn purity(&self) -> f64 {
        let mut users: OrderedMap<&Resource, OrderedMap<usize, usize>> = OrderedMap::default();
        for edge in &self.edges {
            *users.entry(edge.data).or_default().entry(edge.from).or_default() += 1;
        }
        let entropy = |counts: &OrderedMap<usize, usize>| -> f64 {
            let all: usize = counts.values().sum();
            counts.values().map(|&count| ratio(count, all)).map(|part| -part * part.ln()).sum()
        };
        if users.is_empty() { 0.0 } else { 1.0 - mean(users.values().map(entropy)) }
    }

    /// Mean over the routes that use data of the service: which share of it.
    fn cohesion(&self, service: usize) -> f64 {
        let mut touched: OrderedMap<usize, usize> = OrderedMap::default();
        for edge in self.edges.iter().filter(|edge| edge.to == service) {
            *touched.entry(edge.route).or_default() += 1;
        }
        mean(touched.values().map(|&count| ratio(count, self.data[service])))
    }

    /// Mean over the other services that own data: which share of it this one uses.
    fn coupling(&self, service: usize) -> f64 {
        let others = self.services().filter(|&other| other != service && self.data[other] > 0);
        mean(others.map(|other| {
            let used = self.edges.iter().filter(|edge| edge.from == service && edge.to == other);
            ratio(used.map(|edge| edge.data).collect::<BTreeSet<_>>().len(), self.data[other])
        }))
    }
}

/// The mean, 0 of nothing.
fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = numbers.fold((0_usize, 0.0), |(count, sum), number| (count + 1, sum + number));
    if count == 0 { 0.0 } else { sum / as_number(count) }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn as_number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::uses;
    use super::*;
    use crate::access::Mode;
    use crate::test_support::{App, groups, table};

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9
    }

    /// Two routes write ORDERS, two write USERS, of which one of the former reads USERS too.
    fn shop() -> App {
        let mut app = App::new();
        app.writes("POST /orders", "ORDERS");
        app.writes("PUT /orders", "ORDERS");
        app.access("GetItem", Mode::Read, &[table("USERS")]);
        app.writes("POST /users", "USERS");
        app.writes("PUT /users", "USERS");
        app
    }

    fn numbers(app: &mut App, groups: &[Group]) -> (DataMetrics, Vec<ServiceData>) {
        let graph = app.graph();
        let uses = uses::of_routes(&graph, &app.accesses);
        measure(&uses, &uses::Owners::of(&uses, groups), groups)
    }

    #[test]
    fn numbers_follow_their_formulas() {
        let (all, services) = numbers(&mut shop(), &groups(&[("orders", &[0, 1]), ("users", &[2, 3])]));
        // Five edges, one of them across; three nodes in each service, four edges inside.
        assert!(near(all.icp, 1.0 / 5.0), "{all:?}");
        assert!(near(all.ifn, 1.0 / 2.0), "{all:?}");
        assert!(near(all.sm, 2.0 / 9.0 - 1.0 / 18.0), "{all:?}");
        assert!(near(all.ned, 1.0), "{all:?}");
        // Ends: orders 2 * 2 + 1, users 2 * 2 + 1.
        assert!(near(all.modularity, 2.0 * (2.0 / 5.0 - 0.25)), "{all:?}");
        let entropy = -(1.0_f64 / 3.0).ln() / 3.0 - 2.0 * (2.0_f64 / 3.0).ln() / 3.0;
        assert!(near(all.purity, 1.0 - entropy / 2.0), "{all:?}");
        assert!(near(all.chattiness, 0.25), "{all:?}");
        assert_eq!((all.most_hops, all.routes_with_data, all.split_routes), (1, 4, 1));
        assert!(near(services[0].coupling, 1.0) && near(services[1].coupling, 0.0), "{services:?}");
        assert!(near(services[0].cohesion, 1.0) && near(services[0].chattiness, 0.5), "{services:?}");
    }

    #[test]
    fn one_service_has_nothing_between_and_is_seen_by_its_share() {
        let (all, _) = numbers(&mut shop(), &groups(&[("all", &[0, 1, 2, 3])]));
        assert!(near(all.icp, 0.0) && near(all.purity, 1.0) && near(all.modularity, 0.0), "{all:?}");
    }

    #[test]
    fn what_layers_and_start_up_use_counts_for_hops_or_not_at_all() {
        let mut app = shop();
        app.access("GetItem", Mode::Read, &[table("USERS")]);
        let at = app.accesses.routes.len() - 1;
        app.reads("GET /orders", "USERS");
        Arc::make_mut(&mut app.accesses.routes[at + 1][0]).via =
            vec!["app::get__orders".into(), "app::User::from_request_parts".into()];
        app.reads("GET /orders/{id}", "USERS");
        let start = app.accesses.routes[at + 2][0].clone();
        app.accesses.startup.push(start);
        let (all, services) = numbers(&mut app, &groups(&[("orders", &[0, 1, 4, 5]), ("users", &[2, 3])]));
        assert!(near(all.icp, 1.0 / 5.0), "{all:?}");
        assert!(near(services[0].chattiness, 2.0 / 4.0), "{services:?}");
    }

    #[test]
    fn without_data_all_numbers_are_zero() {
        let (all, services) = numbers(&mut App::new(), &[]);
        assert_eq!(all, DataMetrics::default());
        assert!(services.is_empty());
        let mut app = App::new();
        app.route("GET /");
        let (all, _) = numbers(&mut app, &groups(&[("system", &[0])]));
        assert!(near(all.ned, 1.0) && near(all.purity, 0.0) && near(all.icp, 0.0), "{all:?}");
    }
}
