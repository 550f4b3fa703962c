//! The plan in waves: a service at a time leaves the monolith, and the rest stays.
//!
//! Input: the plan and the graph. Output: the services in the order in which they are best moved, with the tables that each shares; the
//! plan of some services only. Deliberately absent: text (`render`).
//!
//! The order follows from data, because that is what a monolith and a moved service still have in common: while both use a table,
//! neither may change the form of its items, and neither sees what the other keeps in memory.

use std::collections::{BTreeMap, BTreeSet};

use super::Plan;
use crate::graph::AppGraph;
use crate::metrics::is_table;
use crate::routes::RouteTable;

/// One service that leaves the monolith.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    pub service: String,
    /// Ids of its routes.
    pub routes: Vec<String>,
    /// Tables that it has in common with other services, those that any of them writes first.
    pub shared: Vec<SharedTable>,
}

/// A table that several services touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedTable {
    /// As in the report: `dynamodb:table/${USERS}`.
    pub table: String,
    /// The other services, in plan order.
    pub others: Vec<String>,
    /// Whether any of the services writes it.
    pub is_written: bool,
}

impl Plan {
    /// The services in the order of their waves: fewest shared tables that are written, then fewest shared tables, then fewest services
    /// to share with, then fewest routes; plan order where all of this is equal.
    pub fn waves(&self, graph: &AppGraph, routes: &RouteTable) -> Vec<Wave> {
        let shared = self.shared_tables(graph, routes);
        let mut waves: Vec<(usize, Wave)> = Vec::new();
        for (at, service) in self.services.iter().enumerate() {
            let ids: Vec<String> =
                service.functions.iter().flat_map(|function| &function.routes).cloned().collect();
            if ids.is_empty() {
                continue;
            }
            let mut tables: Vec<SharedTable> = shared
                .iter()
                .filter(|(_, usage)| usage.touched_by.contains(&at))
                .map(|(table, usage)| SharedTable {
                    table: table.clone(),
                    others: usage
                        .touched_by
                        .iter()
                        .filter(|other| **other != at)
                        .map(|other| self.services[*other].name.clone())
                        .collect(),
                    is_written: usage.is_written,
                })
                .collect();
            tables.sort_by_key(|table| !table.is_written);
            waves.push((at, Wave { service: service.name.clone(), routes: ids, shared: tables }));
        }
        waves.sort_by_key(|(at, wave)| {
            let written = wave.shared.iter().filter(|table| table.is_written).count();
            let neighbours: BTreeSet<&String> = wave.shared.iter().flat_map(|table| &table.others).collect();
            (written, wave.shared.len(), neighbours.len(), wave.routes.len(), *at)
        });
        waves.into_iter().map(|(_, wave)| wave).collect()
    }

    /// Tables that several services touch, by their name in the report.
    fn shared_tables(&self, graph: &AppGraph, routes: &RouteTable) -> Vec<(String, TableUse)> {
        let mut service_of: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, service) in self.services.iter().enumerate() {
            let ids = service.functions.iter().flat_map(|function| &function.routes);
            service_of.extend(ids.map(|id| (id.as_str(), at)));
        }
        let mut tables: Vec<(String, TableUse)> = Vec::new();
        for table in graph.resources().filter(|resource| is_table(resource)) {
            let mut usage = TableUse::default();
            for (route, mode) in graph.routes_touching(table) {
                if let Some(&service) = service_of.get(routes.routes[route].id.as_str()) {
                    usage.touched_by.insert(service);
                    usage.is_written |= mode.writes();
                }
            }
            if usage.touched_by.len() > 1 {
                tables.push((table.to_string(), usage));
            }
        }
        tables.sort_by(|(a, _), (b, _)| a.cmp(b));
        tables
    }

    /// The plan in which only these services leave the monolith; the routes of all others stay. Names that the plan does not have are
    /// ignored.
    #[must_use]
    pub fn only(&self, services: &BTreeSet<String>) -> Plan {
        let mut plan = self.clone();
        let (moved, staying) = plan.services.into_iter().partition(|one| services.contains(&one.name));
        let staying: Vec<super::Service> = staying;
        plan.services = moved;
        let routes = staying.iter().flat_map(|service| &service.functions).flat_map(|one| &one.routes);
        plan.keep.extend(routes.cloned());
        plan
    }
}

/// Which services touch one table, by their places in the plan.
#[derive(Debug, Default)]
struct TableUse {
    touched_by: BTreeSet<usize>,
    is_written: bool,
}

#[cfg(test)]
mod tests {
    use super::super::{Function, Service};
    use super::*;
    use crate::test_support::App;

    fn plan(services: &[(&str, &[&str])]) -> Plan {
        let service = |(name, routes): &(&str, &[&str])| Service {
            name: (*name).to_string(),
            functions: vec![Function {
                name: format!("{name}-api"),
                routes: routes.iter().map(ToString::to_string).collect(),
                memory: None,
                timeout: None,
                conditions: None,
            }],
            owns: Vec::new(),
        };
        Plan { services: services.iter().map(service).collect(), ..Plan::default() }
    }

    #[test]
    fn services_that_share_least_come_first() {
        let mut app = App::new();
        app.writes("POST /orders", "ORDERS");
        app.reads("GET /reports", "ORDERS");
        app.writes("POST /users", "USERS");
        app.reads("GET /users", "COUNTRIES");
        app.reads("GET /shops", "COUNTRIES");
        app.route("GET /health");
        let plan = plan(&[
            ("orders", &["POST /orders"]),
            ("reports", &["GET /reports"]),
            ("users", &["POST /users", "GET /users"]),
            ("shops", &["GET /shops"]),
            ("health", &["GET /health"]),
        ]);
        let waves = plan.waves(&app.graph(), &app.routes);
        let names: Vec<&str> = waves.iter().map(|wave| wave.service.as_str()).collect();
        assert_eq!(names, ["health", "shops", "users", "orders", "reports"]);
        assert_eq!(waves[0].shared, []);
        let shared = |table: &str, other: &str, is_written| SharedTable {
            table: format!("dynamodb:table/${{{table}}}"),
            others: vec![other.to_string()],
            is_written,
        };
        assert_eq!(waves[1].shared, [shared("COUNTRIES", "users", false)]);
        assert_eq!(waves[4].shared, [shared("ORDERS", "orders", true)]);
    }

    #[test]
    fn what_is_not_in_a_wave_stays() {
        let mut plan = plan(&[("a", &["GET /a"]), ("b", &["GET /b", "PUT /b"]), ("c", &["GET /c"])]);
        plan.keep = vec!["GET /ws".into()];
        let only = plan.only(&BTreeSet::from(["c".to_string(), "a".to_string()]));
        let names: Vec<&str> = only.services.iter().map(|service| service.name.as_str()).collect();
        assert_eq!(names, ["a", "c"]);
        assert_eq!(only.keep, ["GET /ws", "GET /b", "PUT /b"]);
        let all: BTreeSet<String> = ["a", "b", "c"].map(ToString::to_string).into();
        assert_eq!(plan.only(&all), plan);
    }
}
