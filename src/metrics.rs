//! `&AppGraph` + accesses + groups of routes -> `Metrics`: plain numbers with names, defined in `docs/metrics.md`. Those of the code itself
//! are apart (`code`): few reports show them.
//!
//! Coupling between services is by data: a service depends on another when it touches a table that the other writes.
//! Largest share and singletons are always among the numbers, so no score can be bought by one giant service.
//! Deliberately absent: verdicts.

use crate::access::Resource;
use crate::graph::{AppGraph, Node};
use crate::ordered::OrderedSet;

pub mod code;
pub mod data;
pub mod feedback;
pub mod uses;

pub use code::CodeMetrics;
pub use data::DataMetrics;
pub use uses::{Owners, Use};

/// A service as far as numbers need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    pub name: String,
    /// Indices into `RouteTable::routes`.
    pub routes: Vec<usize>,
    /// What the plan says that it owns, as strings of the report.
    pub owns: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metrics {
    pub routes: usize,
    /// Functions, methods and closures that routes reach.
    pub functions: usize,
    pub models: usize,
    pub layers: usize,
    pub tables: usize,
    /// Buckets, queues and whatever else is touched.
    pub other_resources: usize,
    pub services: Vec<ServiceMetrics>,
    /// Functions that routes of several services reach.
    pub shared_functions: usize,
    pub shared_models: usize,
    /// Tables that several services touch.
    pub shared_tables: usize,
    /// Tables that several services write.
    pub tables_written_apart: usize,
    /// Groups of functions that call each other in a circle.
    pub call_cycles: usize,
    /// Services that depend on each other through tables, both ways.
    pub mutual_services: usize,
    /// Share of all placed routes in the largest service, 0 to 1.
    pub largest_share: f64,
    /// Services with one route.
    pub singletons: usize,
    /// How well the services keep the data apart.
    pub data: DataMetrics,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServiceMetrics {
    pub name: String,
    pub routes: usize,
    /// Services that touch a table which this one writes.
    pub afferent: usize,
    /// Services that write a table which this one touches.
    pub efferent: usize,
    /// Efferent by the sum of both; 0 where there is neither.
    pub instability: f64,
    /// Mean share of the service's data that a route which uses any of it uses, 0 to 1.
    pub cohesion: f64,
    /// Mean share of another service's data that this one uses, 0 to 1.
    pub coupling: f64,
    /// Mean number of other services whose data a request needs.
    pub chattiness: f64,
}

/// Counts everything over the graph, the uses of all routes, who owns the data among the services, and these.
pub fn measure(graph: &AppGraph, uses: &[Vec<Use<'_>>], owners: &Owners, groups: &[Group]) -> Metrics {
    let (data, of_services) = data::measure(uses, owners, groups);
    let group_of = uses::group_of(groups, graph.route_count());
    let tables: Vec<TableUse> = graph
        .resources()
        .filter(|resource| is_table(resource))
        .map(|table| TableUse::of(graph, table, &group_of))
        .collect();
    let coupling = Coupling::of(&tables, groups.len());
    let largest = groups.iter().map(|group| group.routes.len()).max().unwrap_or(0);
    let placed: usize = groups.iter().map(|group| group.routes.len()).sum();
    let count = |wanted: fn(&Node) -> bool| graph.nodes().filter(|(_, node)| wanted(node)).count();
    let (shared_functions, shared_models) = shared(graph, groups);
    Metrics {
        routes: graph.route_count(),
        functions: count(|node| matches!(node, Node::Function(_))),
        models: count(|node| matches!(node, Node::Model(_))),
        layers: count(|node| matches!(node, Node::Layer(_))),
        tables: tables.len(),
        other_resources: graph.resources().count() - tables.len(),
        services: groups
            .iter()
            .zip(of_services)
            .enumerate()
            .map(|(at, (group, of_data))| service(group, at, &coupling, of_data))
            .collect(),
        shared_functions,
        shared_models,
        shared_tables: tables.iter().filter(|table| table.touched_by.len() > 1).count(),
        tables_written_apart: tables.iter().filter(|table| table.written_by.len() > 1).count(),
        call_cycles: graph.call_cycles().len(),
        mutual_services: coupling.mutual(),
        largest_share: ratio(largest, placed),
        singletons: groups.iter().filter(|group| group.routes.len() == 1).count(),
        data,
    }
}

/// Whether a resource is a table, of `DynamoDB` or of a database, or a collection of `MongoDB`.
pub fn is_table(resource: &Resource) -> bool {
    resource.is_table()
}

/// Which groups touch and write one table, by index.
struct TableUse {
    touched_by: OrderedSet<usize>,
    written_by: OrderedSet<usize>,
}

impl TableUse {
    fn of(graph: &AppGraph, table: &Resource, group_of: &[Option<usize>]) -> Self {
        let mut usage = Self { touched_by: OrderedSet::default(), written_by: OrderedSet::default() };
        for (route, mode) in graph.routes_touching(table) {
            let Some(group) = group_of[route] else { continue };
            usage.touched_by.insert(group);
            if mode.writes() {
                usage.written_by.insert(group);
            }
        }
        usage
    }
}

/// Which group depends on which, each pair once: the first touches a table that the second writes.
struct Coupling {
    pairs: OrderedSet<(usize, usize)>,
    afferent: Vec<usize>,
    efferent: Vec<usize>,
}

impl Coupling {
    fn of(tables: &[TableUse], groups: usize) -> Self {
        let mut pairs = OrderedSet::default();
        for table in tables {
            for &on in &table.written_by {
                pairs.extend(table.touched_by.iter().filter(|&&from| from != on).map(|&from| (from, on)));
            }
        }
        let (mut afferent, mut efferent) = (vec![0; groups], vec![0; groups]);
        for &(from, on) in &pairs {
            efferent[from] += 1;
            afferent[on] += 1;
        }
        Self { pairs, afferent, efferent }
    }

    /// Pairs that depend on each other both ways.
    fn mutual(&self) -> usize {
        self.pairs.iter().filter(|&&(from, on)| from < on && self.pairs.contains(&(on, from))).count()
    }
}

fn service(group: &Group, at: usize, coupling: &Coupling, of_data: data::ServiceData) -> ServiceMetrics {
    let (afferent, efferent) = (coupling.afferent[at], coupling.efferent[at]);
    ServiceMetrics {
        name: group.name.clone(),
        routes: group.routes.len(),
        afferent,
        efferent,
        instability: ratio(efferent, afferent + efferent),
        cohesion: of_data.cohesion,
        coupling: of_data.coupling,
        chattiness: of_data.chattiness,
    }
}

/// A part of a whole, 0 where there is no whole.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Functions and models that routes of several groups reach.
fn shared(graph: &AppGraph, groups: &[Group]) -> (usize, usize) {
    let led_to_by = graph.led_to_by(groups.iter().map(|group| group.routes.as_slice()));
    let shared = |wanted: fn(&Node) -> bool| {
        graph.nodes().zip(&led_to_by).filter(|((_, node), by)| wanted(node) && by.len() > 1).count()
    };
    (shared(|node| matches!(node, Node::Function(_))), shared(|node| matches!(node, Node::Model(_))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::{DefKind, EdgeKind};
    use crate::test_support::App;

    #[test]
    fn coupling_is_counted_over_tables() {
        let mut app = App::new();
        let list = app.reads("GET /orders", "ORDERS");
        app.writes("POST /orders", "ORDERS");
        let report = app.reads("GET /reports", "ORDERS");
        let order = app.def(DefKind::Struct, "Order", "struct Order;");
        app.refers(list, order, EdgeKind::Type);
        app.refers(report, order, EdgeKind::Type);
        let groups = [
            Group { name: "orders".into(), routes: vec![0, 1], owns: vec![] },
            Group { name: "reports".into(), routes: vec![2], owns: vec![] },
        ];
        let graph = app.graph();
        let uses = uses::of_routes(&graph, &app.accesses);
        let metrics = measure(&graph, &uses, &Owners::of(&uses, &groups), &groups);
        assert_eq!(
            (metrics.routes, metrics.tables, metrics.shared_tables, metrics.shared_models),
            (3, 1, 1, 1)
        );
        assert_eq!((metrics.tables_written_apart, metrics.mutual_services, metrics.singletons), (0, 0, 1));
        let orders = &metrics.services[0];
        let reports = &metrics.services[1];
        assert_eq!((orders.afferent, orders.efferent), (1, 0));
        assert_eq!((reports.afferent, reports.efferent), (0, 1));
        assert!((reports.instability - 1.0).abs() < f64::EPSILON);
        assert!((metrics.largest_share - 2.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn an_empty_application_has_no_shares() {
        let graph = App::new().graph();
        let metrics = measure(&graph, &[], &Owners::default(), &[]);
        assert!(metrics.largest_share.abs() < f64::EPSILON);
    }
}
