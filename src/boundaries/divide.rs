//! A service that is too large, or that the plan does not allow -> parts that are not so, by the partitioner.
//!
//! Rules alone can knot an application: a route that changes the tables of two subjects ties all that write either. Here a table holds its
//! writers strongly and not by rule, so that the knot comes apart where the fewest routes hold it. Those then write another's table, which
//! findings say. What is too large is not cut between routes of one path. Deliberately absent: services that a plan has placed routes in.

use std::collections::BTreeMap;

use super::cluster::{self, Effort, Limits, Problem, Solution, Solver, Weights};
use super::constraints::Rules;
use super::facts::Facts;
use super::names::{Names, kebab, service_name};
use super::segments::{part_of, says_nothing};
use super::ties::Ties;
use crate::access::Resource;
use crate::metrics::ratio;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::routes::RouteTable;

/// Routes and tables that a service may have: the upper bound of NED, the lower one in routes is what parts should have.
const LARGEST: usize = cluster::BALANCED.1 as usize;
/// Share of the program's routes up to which a service is not what keeps it in one piece.
const LEAST_SHARE: f64 = 0.1;
/// Routes and tables beyond which a service is not divided: what routes have in common are ties that grow with their square.
const MOST_NODES: usize = 500;
/// Modularity from which groups tell something.
const TELLING: f64 = 0.3;
/// Most parts that are asked for by size.
const MOST: usize = 4;
/// How many more parts than the size asks for are tried.
const TRIES: usize = 3;
/// What counts: modularity alone, or where the plan says how large parts may be, what is cut.
const MODULARITY: Weights = Weights { cut: 1.0, density: 0.0, spread: 0.0, balance: 1.0 };
const CUT: Weights = Weights { balance: 0.0, ..MODULARITY };

/// One part of a divided service.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) routes: Vec<usize>,
    /// Tables that it owns.
    pub(super) tables: Vec<Resource>,
}

/// The parts of a service that is too large; none where it stays whole. `share` is its share of all routes.
pub(super) fn divide(
    facts: &Facts,
    routes: &RouteTable,
    rules: &Rules,
    members: &[usize],
    share: f64,
) -> Vec<Part> {
    if share <= LEAST_SHARE || members.len() > MOST_NODES {
        return Vec::new();
    }
    let ties = Ties::of(facts, routes, members);
    let problem = with_paths_whole(problem(rules, members, &ties), routes, members);
    if !(LARGEST + 1..=MOST_NODES).contains(&problem.sizes.len()) {
        return Vec::new();
    }
    let solution = fewest_parts(&problem, share);
    solution.map(|solution| parts(facts, members, &ties, &solution)).unwrap_or_default()
}

/// The fewest parts that the plan allows, where the least is cut; none where there are no such.
pub(super) fn divide_as_allowed(
    facts: &Facts,
    routes: &RouteTable,
    rules: &Rules,
    members: &[usize],
) -> Vec<Part> {
    let ties = Ties::of(facts, routes, members);
    let problem = of_routes(problem(rules, members, &ties), members.len());
    let Ok(solver) = Solver::new(&problem) else { return Vec::new() };
    let largest = rules.max_routes.min(members.len());
    let mut solutions = (members.len().div_ceil(largest).max(2)..=members.len()).map(|groups| {
        let limits = Limits { groups: Some(groups), largest: u32::try_from(largest).ok(), uneven: None };
        solver.solve(limits, CUT)
    });
    let is_allowed =
        |solution: &Solution| solution.measures.largest_share <= ratio(largest, members.len()) + 1e-9;
    solutions.find(is_allowed).map(|solution| parts(facts, members, &ties, &solution)).unwrap_or_default()
}

/// A service in two, and how much that raises the modularity of the whole program. None where it cannot be divided.
pub(super) fn halves(
    facts: &Facts,
    routes: &RouteTable,
    rules: &Rules,
    members: &[usize],
    share: f64,
) -> Option<(f64, Vec<Part>)> {
    let ties = Ties::of(facts, routes, members);
    let problem = of_routes(problem(rules, members, &ties), members.len());
    let limits = Limits { groups: Some(2), ..Limits::default() };
    let solution = Solver::new(&problem).ok()?.solve(limits, MODULARITY);
    let parts = parts(facts, members, &ties, &solution);
    (!parts.is_empty()).then(|| (gain(&solution, share), parts))
}

/// The routes of each group, with the tables that it owns; none where all are in one.
fn parts(facts: &Facts, members: &[usize], ties: &Ties<'_>, solution: &Solution) -> Vec<Part> {
    let mut parts: BTreeMap<usize, Part> = BTreeMap::new();
    for (at, &route) in members.iter().enumerate() {
        let empty = || Part { name: String::new(), routes: Vec::new(), tables: Vec::new() };
        parts.entry(solution.group[at]).or_insert_with(empty).routes.push(route);
    }
    for (at, &table) in ties.tables.iter().enumerate() {
        let group = solution.group[members.len() + at];
        let writer = || members.iter().position(|&route| facts.routes[route].writes.contains(table));
        // A part may be tables alone, which then go to the first route that writes them.
        let group =
            if parts.contains_key(&group) { Some(group) } else { writer().map(|at| solution.group[at]) };
        if let Some(part) = group.and_then(|group| parts.get_mut(&group)) {
            part.tables.push(table.clone());
        }
    }
    if parts.len() < 2 { Vec::new() } else { parts.into_values().collect() }
}

/// The fewest parts that are small enough, where dividing pays.
///
/// It pays where it raises the modularity of the whole program (Newman and Girvan 2004, *Finding and evaluating community structure in
/// networks*). A service with the share *v* of all ties has parts that hold the shares *p* of these, and cut the share *c*: that is where
/// *cv* < *v*²(1 - Σ*p*²), and 1 - Σ*p*² is *c* and the modularity of the parts among themselves. So the larger the service is, the more may
/// be cut. Below a modularity of 0.3 groups are little more than chance, by the same paper.
fn fewest_parts(problem: &Problem, share: f64) -> Option<Solution> {
    let nodes = problem.sizes.len();
    let least = nodes.div_ceil(LARGEST);
    let pays = |solution: &Solution| solution.measures.modularity >= TELLING && gain(solution, share) > 0.0;
    let solver = Solver::new(problem).ok()?;
    let counts = if least <= MOST { least..least + TRIES } else { 0..0 };
    for groups in counts {
        let largest = Some(cluster::BALANCED.1);
        let limits = Limits { groups: Some(groups), largest, uneven: Some(0) };
        let solution = solver.solve(limits, MODULARITY);
        if solution.measures.largest_share <= ratio(LARGEST, nodes) + 1e-9 {
            // More parts would only cut more.
            if pays(&solution) {
                return Some(solution);
            }
            break;
        }
    }
    // Where parts that small would cut too much, or would be too many, as many as raise modularity most.
    let solution = solver.solve(Limits::default(), MODULARITY);
    pays(&solution).then_some(solution)
}

/// How much more ties than by chance the parts hold among themselves than the whole does.
fn gain(solution: &Solution, share: f64) -> f64 {
    let measures = solution.measures;
    share * measures.modularity - measures.cut * (1.0 - share)
}

/// The problem with routes of one path held together, unless the plan wants some apart.
fn with_paths_whole(mut problem: Problem, routes: &RouteTable, members: &[usize]) -> Problem {
    let mut paths: OrderedMap<&str, Vec<usize>> = OrderedMap::default();
    for (at, &route) in members.iter().enumerate().filter(|_| problem.apart.is_empty()) {
        paths.entry(&routes.routes[route].path).or_default().push(at);
    }
    problem.together.extend(paths.into_values().filter(|path| path.len() > 1));
    problem
}

/// The problem with limits that count routes alone.
fn of_routes(mut problem: Problem, routes: usize) -> Problem {
    problem.sizes[routes..].fill(0);
    problem
}

/// The routes, then the tables that they write, with what may not be broken.
fn problem(rules: &Rules, members: &[usize], ties: &Ties<'_>) -> Problem {
    let mut together = ties.transactions.clone();
    let mut units: OrderedMap<usize, Vec<usize>> = OrderedMap::default();
    let mut apart: Vec<(usize, usize)> = Vec::new();
    for (at, &route) in members.iter().enumerate() {
        units.entry(rules.unit(route)).or_default().push(at);
        let others = rules.apart(route).iter().filter_map(|other| members.binary_search(other).ok());
        apart.extend(others.map(|other| (at, other)));
    }
    together.extend(units.into_values().filter(|unit| unit.len() > 1));
    let limits = Limits { groups: None, largest: Some(cluster::BALANCED.1), uneven: Some(0) };
    let sizes = vec![1; members.len() + ties.tables.len()];
    Problem {
        sizes,
        links: ties.links(),
        together,
        apart,
        limits,
        effort: Effort::Quick,
        ..Problem::default()
    }
}

/// How much a module tells of its routes' subject, beside the path.
const MODULE_NAME: f64 = 0.5;
/// Modules that are called after what stands in any of their kind.
const GENERIC: &[&str] = &[
    "api",
    "app",
    "controllers",
    "endpoints",
    "handler",
    "handlers",
    "http",
    "main",
    "routes",
    "server",
    "services",
    "views",
    "web",
];

/// Each part without a name is called after what most of its routes, and few others, have in common: subject, part of the path, or module. Where two have
/// the same in common, the one with no other good name gets it.
pub(super) fn name_parts(
    facts: &Facts,
    routes: &RouteTable,
    members: &[usize],
    parts: &mut [Part],
    old: &str,
    taken: &OrderedSet<String>,
) {
    let words = |route: usize| -> OrderedMap<String, f64> {
        let fact = &facts.routes[route];
        let part = part_of(&routes.routes[route].path, &fact.key).map(kebab);
        let module = fact.module.rsplit_once("::").map(|(_, module)| kebab(module));
        let module = module.filter(|word| !GENERIC.contains(&word.as_str()));
        let words = std::iter::once((fact.key.clone(), 1.0)).chain(part.map(|part| (part, 1.0)));
        let words = words.chain(module.map(|module| (module, MODULE_NAME)));
        words.filter(|(word, _)| !word.is_empty() && !says_nothing(word)).collect()
    };
    let mut all: OrderedMap<String, usize> = OrderedMap::default();
    for (word, _) in members.iter().flat_map(|&route| words(route)) {
        *all.entry(word).or_default() += 1;
    }
    let mut names = Names::default();
    taken.iter().chain(parts.iter().map(|part| &part.name)).for_each(|name| names.take(name));
    let mut choices: Vec<Vec<Choice>> = Vec::new();
    for part in parts.iter() {
        let mut counts: OrderedMap<String, (usize, f64)> = OrderedMap::default();
        for (word, weight) in part.routes.iter().flat_map(|&route| words(route)) {
            counts.entry(word).or_insert((0, weight)).0 += 1;
        }
        let choice = |(word, (count, weight)): (String, (usize, f64))| Choice {
            fit: weight * ratio(count, part.routes.len()) * ratio(count, all[&word]),
            is_telling: count * 2 >= part.routes.len(),
            name: service_name(&word, old),
        };
        choices.push(counts.into_iter().map(choice).collect());
    }
    // What less than half of the routes have in common is better than no name of their own.
    for only_telling in [true, false] {
        while let Some((at, name)) = next_name(parts, &choices, &names, only_telling) {
            names.take(&name);
            parts[at].name = name;
        }
    }
    for part in parts.iter_mut().filter(|part| part.name.is_empty()) {
        part.name = names.unique(old);
    }
}

/// A name for a part.
struct Choice {
    /// How many of the part's routes, and of all with the word, the name stands for.
    fit: f64,
    /// Whether it stands for half of the part's routes.
    is_telling: bool,
    name: String,
}

/// The part to which its best free name matters most, compared with its next best, and that name.
fn next_name(
    parts: &[Part],
    choices: &[Vec<Choice>],
    names: &Names,
    only_telling: bool,
) -> Option<(usize, String)> {
    let mut next: Option<(f64, usize, &str)> = None;
    for (at, choices) in choices.iter().enumerate().filter(|(at, _)| parts[*at].name.is_empty()) {
        let is_free = |choice: &&Choice| (choice.is_telling || !only_telling) && names.is_free(&choice.name);
        let (mut best, mut second): (Option<&Choice>, f64) = (None, 0.0);
        for choice in choices.iter().filter(is_free) {
            if best.is_none_or(|best| choice.fit > best.fit) {
                second = best.map_or(0.0, |best| best.fit);
                best = Some(choice);
            } else {
                second = second.max(choice.fit);
            }
        }
        if let Some(best) = best
            && next.is_none_or(|(most, ..)| best.fit - second > most)
        {
            next = Some((best.fit - second, at, &best.name));
        }
    }
    next.map(|(_, at, name)| (at, name.to_string()))
}
