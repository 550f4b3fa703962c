//! What a plan demands of services, and whether routes may be one.

use std::ops::RangeInclusive;

use petgraph::unionfind::UnionFind;

use crate::ordered::UnorderedMap;
use crate::routes::RouteTable;

/// What services must keep to. Demands on routes that the program does not have, or that stay in the monolith, say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    /// Ids of routes of one service.
    pub together: Vec<Vec<String>>,
    /// Ids of routes of which no two are in one service.
    pub apart: Vec<Vec<String>>,
    pub least_services: Option<usize>,
    pub most_services: Option<usize>,
    /// Most routes of a service.
    pub max_routes: Option<usize>,
}

/// The same by number of route.
pub(super) struct Rules {
    /// Of the routes that are held together with each one, the same for all of them.
    unit: Vec<usize>,
    /// Routes that must not be where each one is.
    apart: Vec<Vec<usize>>,
    pub(super) services: RangeInclusive<usize>,
    pub(super) max_routes: usize,
}

impl Rules {
    /// `is_placed` tells the routes that do not stay in the monolith.
    pub(super) fn new(
        constraints: &Constraints,
        routes: &RouteTable,
        is_placed: impl Fn(usize) -> bool,
    ) -> Self {
        let mut number: UnorderedMap<&str, usize> = UnorderedMap::default();
        for (at, route) in routes.routes.iter().enumerate().filter(|(at, _)| is_placed(*at)) {
            number.insert(&route.id, at);
        }
        let known = |set: &[String]| -> Vec<usize> {
            set.iter().filter_map(|id| number.get(id.as_str()).copied()).collect()
        };
        let count = routes.routes.len();
        let mut units = UnionFind::new(count);
        for set in &constraints.together {
            for pair in known(set).windows(2) {
                units.union(pair[0], pair[1]);
            }
        }
        let mut apart = vec![Vec::new(); count];
        for set in &constraints.apart {
            let set = known(set);
            for &route in &set {
                apart[route].extend(set.iter().filter(|other| **other != route));
            }
        }
        Self {
            unit: units.into_labeling(),
            apart,
            services: constraints.least_services.unwrap_or(0)
                ..=constraints.most_services.unwrap_or(usize::MAX),
            max_routes: constraints.max_routes.unwrap_or(usize::MAX),
        }
    }

    pub(super) fn unit(&self, route: usize) -> usize {
        self.unit[route]
    }

    /// Routes that one must not be in a service with.
    pub(super) fn apart(&self, route: usize) -> &[usize] {
        &self.apart[route]
    }

    /// The first of the others that one of the routes must not be in a service with.
    pub(super) fn conflict(&self, routes: &[usize], others: &[usize]) -> Option<usize> {
        // Few routes are to be kept apart, and services may have thousands.
        let bound: Vec<usize> =
            routes.iter().copied().filter(|&route| !self.apart[route].is_empty()).collect();
        if bound.is_empty() {
            return None;
        }
        let apart = |other: &&usize| bound.iter().any(|&route| self.apart[route].contains(other));
        others.iter().find(apart).copied()
    }

    /// Whether routes may be one service with others.
    pub(super) fn may_join(&self, routes: &[usize], others: &[usize]) -> bool {
        routes.len() + others.len() <= self.max_routes && self.conflict(routes, others).is_none()
    }

    /// Whether routes may be a service as they are.
    pub(super) fn allow(&self, routes: &[usize]) -> bool {
        routes.len() <= self.max_routes && self.conflict(routes, routes).is_none()
    }
}
