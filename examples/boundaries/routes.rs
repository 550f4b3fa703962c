//! How much the services of a program's routes change when a few edges are missing: what its routes access, what its code names.

use std::collections::BTreeMap;
use std::path::Path;

use lith_split::access::{self, AccessTable, Resource};
use lith_split::boundaries::cluster::rand_index;
use lith_split::boundaries::{Pins, propose};
use lith_split::diagnostic::Diagnostics;
use lith_split::graph::{self, CodeGraph};
use lith_split::hazards;
use lith_split::load::{Options, load};
use lith_split::metrics::uses::{Use, of_routes};
use lith_split::ordered::OrderedSet;
use lith_split::resolve::{CallEdge, DefId, Program, resolve};
use lith_split::routes::{RouteTable, evaluate};

use crate::stability::{Indices, Numbers};

/// What can be missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Missing {
    /// That a route reads or writes a table.
    Table(usize, Resource, bool),
    /// That one definition names another.
    Name(DefId, DefId),
}

struct App {
    program: Program,
    /// All edges of the program.
    edges: Vec<CallEdge>,
    routes: RouteTable,
    accesses: AccessTable,
    pins: Pins,
}

/// Of the package of a manifest, and one of its binaries.
pub(crate) fn lines(manifest: &Path, bin: Option<String>) -> anyhow::Result<String> {
    let mut app = App::read(manifest, bin)?;
    let all = app.all();
    let (whole, services) = app.services(&OrderedSet::default(), false);
    let placed = whole.len();
    let mut numbers = Numbers::default();
    let (mut alone, mut behind) = (Indices::default(), Indices::default());
    for _ in 0..crate::stability::DRAWS {
        let missing: OrderedSet<Missing> =
            numbers.drawn(all.len()).into_iter().map(|at| all[at].clone()).collect();
        alone.add(rand_index(&whole, &app.services(&missing, false).0));
        behind.add(rand_index(&whole, &app.services(&missing, true).0));
    }
    let tables = all.iter().filter(|edge| matches!(edge, Missing::Table(..))).count();
    let names = all.len() - tables;
    let name = app.program.tree.packages.first().map_or("", |package| package.name.as_str());
    Ok(format!(
        "{:>67} with all behind it\n{:>24} {:>6} {:>8} {:>8} {:>6} {:>6} {:>6} {:>6} {:>6}\n\
         {name:>24} {placed:>6} {services:>8} {tables:>8} {names:>6}{alone}{behind}\n",
        "", "program", "routes", "services", "accesses", "names", "mean", "least", "mean", "least"
    ))
}

impl App {
    fn read(manifest: &Path, bin: Option<String>) -> anyhow::Result<Self> {
        let options = Options { manifest_path: Some(manifest.to_path_buf()), bin, ..Options::default() };
        let mut diagnostics = Diagnostics::default();
        let program = resolve(load(&options, &mut diagnostics)?, &mut diagnostics);
        let routes = evaluate(&program, &mut diagnostics);
        let accesses = access::detect(&program, &routes, access::schema(&program), &mut diagnostics);
        let code = CodeGraph::of(&program, &routes);
        let undecided = hazards::Code::of(code.graph(), &program, &routes).undecided(&program, &routes);
        let held = undecided.with_data(&code.with_data(&accesses), &program, &routes).held;
        let held = held.into_iter().map(|held| (held.route, held.because)).collect();
        Ok(Self {
            edges: program.edges.clone(),
            program,
            routes,
            accesses,
            pins: Pins { held, ..Pins::default() },
        })
    }

    /// What routes access, and what the code that they reach names.
    fn all(&self) -> Vec<Missing> {
        let graph = graph::build(&self.program, &self.routes, &self.accesses);
        let mut edges: OrderedSet<Missing> = OrderedSet::default();
        for (route, list) in of_routes(&graph, &self.accesses).iter().enumerate() {
            edges.extend(list.iter().map(|used| table(route, used)));
        }
        let reached: OrderedSet<DefId> = graph.nodes().filter_map(|(_, node)| node.def()).collect();
        let names = self.edges.iter().filter(|edge| reached.contains(&edge.from));
        edges.extend(names.map(name));
        edges.into_iter().collect()
    }

    /// The service of each route that gets one, and how many there are. With `behind`, a call that is missing takes along what is accessed
    /// over it.
    fn services(&mut self, missing: &OrderedSet<Missing>, behind: bool) -> (Vec<usize>, usize) {
        let left = self.edges.iter().filter(|edge| !missing.contains(&name(edge)));
        self.program.edges = left.cloned().collect();
        let graph = graph::build(&self.program, &self.routes, &self.accesses);
        let path = |def: &DefId| self.program.def(*def).path.as_str();
        let calls: OrderedSet<(&str, &str)> = missing
            .iter()
            .filter_map(
                |edge| if let Missing::Name(from, to) = edge { Some((path(from), path(to))) } else { None },
            )
            .collect();
        let is_behind = |used: &Use<'_>| {
            used.access.via.windows(2).any(|call| calls.contains(&(call[0].as_str(), call[1].as_str())))
        };
        let mut uses = of_routes(&graph, &self.accesses);
        for (route, list) in uses.iter_mut().enumerate() {
            list.retain(|used| !(missing.contains(&table(route, used)) || (behind && is_behind(used))));
        }
        let services = propose(&graph, &self.routes, &uses, &self.pins).services;
        let placed: BTreeMap<usize, usize> = services
            .iter()
            .enumerate()
            .flat_map(|(at, service)| service.routes.iter().map(move |placed| (placed.route, at)))
            .collect();
        (placed.into_values().collect(), services.len())
    }
}

fn table(route: usize, used: &Use<'_>) -> Missing {
    Missing::Table(route, used.data.clone(), used.mode.writes())
}

fn name(edge: &CallEdge) -> Missing {
    Missing::Name(edge.from, edge.to)
}
