//! What the partition weighs, per route: its subject, the tables its own code reads and writes, the models it uses.

use petgraph::graph::NodeIndex;

use super::keys::{NoKey, no_key, takes};
use super::operations::name_subjects;
use super::segments::{SYSTEM, common_first, group_key, singular};
use super::{Kept, Pins};
use crate::access::Resource;
use crate::graph::{AppGraph, Node};
use crate::metrics::uses::{Use, When};
use crate::ordered::{OrderedMap, OrderedSet};
use crate::routes::{Route, RouteTable};
use crate::stack::each;

pub(super) struct Facts {
    /// In the order of the route table.
    pub(super) routes: Vec<RouteFacts>,
    pub(super) kept: Vec<Kept>,
    /// Tables written by so many subjects that one owner would swallow the application.
    pub(super) application_wide: OrderedSet<Resource>,
    /// Tables read by most subjects, such as sessions: reading them speaks for no service.
    pub(super) read_everywhere: OrderedSet<Resource>,
}

pub(super) struct RouteFacts {
    pub(super) key: String,
    /// Stays in the monolith.
    pub(super) kept: bool,
    /// Tables that code of its subject writes.
    pub(super) writes: OrderedSet<Resource>,
    pub(super) reads: OrderedSet<Resource>,
    /// Tables that it writes and reads by functions that many subjects call.
    pub(super) lent_writes: OrderedSet<Resource>,
    pub(super) lent_reads: OrderedSet<Resource>,
    /// Tables that one of its calls changes together.
    pub(super) transactions: Vec<Vec<Resource>>,
    pub(super) models: Vec<NodeIndex>,
    /// Path of the module that its handler is in.
    pub(super) module: String,
}

pub(super) fn gather(graph: &AppGraph, routes: &RouteTable, uses: &[Vec<Use<'_>>], pins: &Pins) -> Facts {
    let kept = kept(routes, pins);
    let kept_routes: OrderedSet<usize> = kept.iter().map(|kept| kept.route).collect();
    let skip = common_first(routes.routes.iter().map(|route| route.path.as_str()));
    let mut keys: Vec<String> = routes.routes.iter().map(|route| group_key(&route.path, skip)).collect();
    name_subjects(&mut keys, routes.routes.iter().map(|route| route.path.as_str()), skip);
    one_spelling(&mut keys);
    // What layers, extractors and start-up code access says nothing about the subject of a route.
    let own = |used: &&Use<'_>| used.when == When::Handler && used.data.is_table();
    let uses: Vec<Vec<&Use<'_>>> = uses.iter().map(|list| list.iter().filter(own).collect()).collect();
    let utilities = Utilities::of(&uses, &keys);
    let of_route = |(at, key): (usize, String)| {
        let handler = &routes.routes[at].handler.path;
        let mut fact = RouteFacts {
            key,
            kept: kept_routes.contains(&at),
            writes: OrderedSet::default(),
            reads: OrderedSet::default(),
            lent_writes: OrderedSet::default(),
            lent_reads: OrderedSet::default(),
            transactions: Vec::new(),
            models: models_of(graph, at),
            module: handler.rsplit_once("::").map_or("", |(module, _)| module).to_string(),
        };
        fact.take(uses.get(at).map_or(&[], Vec::as_slice), &utilities);
        fact
    };
    let facts: Vec<RouteFacts> = each(keys.into_iter().enumerate().collect(), of_route);
    let application_wide = of_most_subjects(&facts, |fact| &fact.writes, 3, 4);
    let read_everywhere = of_most_subjects(&facts, |fact| &fact.reads, 1, 2);
    Facts { routes: facts, kept, application_wide, read_everywhere }
}

impl RouteFacts {
    fn take(&mut self, uses: &[&Use<'_>], utilities: &Utilities) {
        for used in uses {
            let tables = match (used.mode.writes(), utilities.lend(used)) {
                (true, false) => &mut self.writes,
                (true, true) => &mut self.lent_writes,
                (false, false) => &mut self.reads,
                (false, true) => &mut self.lent_reads,
            };
            tables.insert(used.data.clone());
        }
        // The uses of one access stand side by side.
        for call in uses.chunk_by(|one, other| std::ptr::eq(one.access, other.access)) {
            if call.len() > 1 && call[0].mode.writes() && !utilities.lend(call[0]) {
                self.transactions.push(call.iter().map(|used| used.data.clone()).collect());
            }
        }
    }
}

/// Functions that many subjects call to use one table, such as the check of a token that notes when it was used last. They will be shared
/// code: what they do is no work of the subject's own. They are told by function and table, as a general `save(table, row)` is none.
struct Utilities(OrderedSet<(String, Resource)>);

/// Fewest subjects that call a utility, and the share of the subjects that use tables: one in so many.
const SUBJECTS_OF_UTILITY: (usize, usize) = (4, 3);

impl Utilities {
    fn of(uses: &[Vec<&Use<'_>>], keys: &[String]) -> Self {
        let mut callers: OrderedMap<(&str, &Resource), OrderedSet<&str>> = OrderedMap::default();
        let mut subjects: OrderedSet<&str> = OrderedSet::default();
        for (list, key) in uses.iter().zip(keys) {
            for used in list {
                subjects.insert(key);
                for path in used.access.via.iter().skip(1) {
                    callers.entry((path, used.data)).or_default().insert(key);
                }
            }
        }
        let (fewest, share) = SUBJECTS_OF_UTILITY;
        let many = |keys: &OrderedSet<&str>| keys.len() >= fewest && keys.len() * share > subjects.len();
        let found = callers.into_iter().filter(|(_, keys)| many(keys));
        Self(found.map(|((path, table), _)| (path.to_string(), table.clone())).collect())
    }

    fn lend(&self, used: &Use<'_>) -> bool {
        let mut inner = used.access.via.iter().skip(1);
        !self.0.is_empty() && inner.any(|path| self.0.contains(&(path.clone(), used.data.clone())))
    }
}

/// Routes that cannot get a function of their own, in the order of the table.
fn kept(routes: &RouteTable, pins: &Pins) -> Vec<Kept> {
    let because: Vec<Option<String>> =
        routes.routes.iter().enumerate().map(|(at, route)| kept_because(route, at, pins)).collect();
    let staying: Vec<&Route> = routes
        .routes
        .iter()
        .zip(&because)
        .filter(|(_, because)| because.is_some())
        .map(|(route, _)| route)
        .collect();
    // A function would get requests of those that stay: API Gateway has no key that leads them past its own.
    let taker = |route: &Route| {
        let mut staying = staying.iter().filter(|_| !is_placed(route, pins));
        let taken = staying.find(|staying| takes(route.method, &route.path, staying))?;
        Some(format!("its key would take requests of `{}`, which stays", taken.id))
    };
    let all = routes.routes.iter().zip(because).enumerate();
    all.filter_map(|(at, (route, because))| {
        Some(Kept { route: at, because: because.or_else(|| taker(route))? })
    })
    .collect()
}

fn is_placed(route: &Route, pins: &Pins) -> bool {
    !pins.kept.contains(&route.id) && pins.services.contains_key(&route.id)
}

/// Why a route cannot get a function of its own, whatever other routes do.
fn kept_because(route: &Route, at: usize, pins: &Pins) -> Option<String> {
    if is_placed(route, pins) {
        None
    } else if let Some(because) = pins.held.get(&at) {
        Some(because.clone())
    } else if pins.kept.contains(&route.id) {
        Some("the plan keeps it".to_string())
    } else {
        no_key(route).map(|why| match why {
            NoKey::PathUnknown => "its path is not known before run time".to_string(),
            NoKey::PartialSegment => {
                "API Gateway has no key for a variable that is a part of a segment".to_string()
            }
            NoKey::Method => format!("API Gateway has no route key for {}", route.method),
        })
    }
}

fn models_of(graph: &AppGraph, route: usize) -> Vec<NodeIndex> {
    graph.reached_from(&[route]).into_iter().filter(|&at| matches!(graph.node(at), Node::Model(_))).collect()
}

/// `/user` and `/users` are one subject, under the spelling that more routes use.
fn one_spelling(keys: &mut [String]) {
    let mut spellings: OrderedMap<String, OrderedMap<String, usize>> = OrderedMap::default();
    for key in keys.iter() {
        *spellings.entry(singular(key)).or_default().entry(key.clone()).or_default() += 1;
    }
    for key in keys {
        let mut best = (0, key.clone());
        for (spelling, &count) in &spellings[&singular(key)] {
            if count > best.0 {
                best = (count, spelling.clone());
            }
        }
        *key = best.1;
    }
}

/// Tables that routes of at least three subjects, and of more than `part` by `whole` of the subjects with such tables, have to do with.
fn of_most_subjects(
    facts: &[RouteFacts],
    tables: fn(&RouteFacts) -> &OrderedSet<Resource>,
    part: usize,
    whole: usize,
) -> OrderedSet<Resource> {
    let placed = || facts.iter().filter(|fact| !fact.kept && fact.key != SYSTEM);
    let with_tables = placed().filter(|fact| !tables(fact).is_empty());
    let subjects: OrderedSet<&str> = with_tables.map(|fact| fact.key.as_str()).collect();
    let mut users: OrderedMap<&Resource, OrderedSet<&str>> = OrderedMap::default();
    for fact in placed() {
        for table in tables(fact) {
            users.entry(table).or_default().insert(&fact.key);
        }
    }
    users
        .into_iter()
        .filter(|(_, keys)| keys.len() >= 3 && keys.len() * whole > subjects.len() * part)
        .map(|(table, _)| table.clone())
        .collect()
}
