//! Graph + accesses + services -> what ties the services: calls into each other's data, shared code, shared tables, writes that are split.
//!
//! Each tie has its place, what it would become once the services are apart (`advice`), and why. The verdict says whether services are worth
//! it. Definitions are in `docs/metrics.md`. Deliberately absent: how services are chosen (`boundaries`) and the limits of a plan (`plan`).

use crate::access::{Mode, Resource};
use crate::graph::AppGraph;
use crate::metrics::uses::{MONOLITH, group_of};
use crate::metrics::{Group, Owners, Use};
use crate::span::Location;
use crate::stack::beside;

mod advice;
mod cycles;
mod shared;
mod ties;
mod verdict;

pub use verdict::{Verdict, judge};

/// All that ties the services of a plan. Lists are in a fixed order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coupling {
    /// By service and by the service that it needs.
    pub ties: Vec<Tie>,
    pub shared_data: Vec<SharedData>,
    pub shared_items: Vec<SharedItem>,
    pub split_writes: Vec<SplitWrite>,
    /// Services that need each other in a circle, each circle once; in the order of the plan.
    pub cycles: Vec<Cycle>,
}

/// Services that need each other, directly or over others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cycle {
    /// In the order of the plan.
    pub services: Vec<String>,
    /// Without these nothing of the circle is left.
    pub cuts: Vec<Cut>,
    /// Whether no other cuts have fewer places; very large circles are not searched through.
    pub is_least: bool,
}

/// All places where one service of a circle needs another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub from: String,
    pub to: String,
    pub places: usize,
}

/// One place where the code of a service uses data of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    /// The service whose routes lead there; `the monolith` for those that stay.
    pub from: String,
    /// The service that owns the data.
    pub to: String,
    pub kind: TieKind,
    /// Path of the function that only has to do with the other's data, or of the one that accesses it itself.
    pub what: String,
    /// The call, or the access.
    pub location: Location,
    pub data: Vec<(Resource, Mode)>,
    /// Indices of the routes that lead there.
    pub routes: Vec<usize>,
    pub becomes: Becomes,
    pub because: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TieKind {
    /// A call of a function that has to do with no other data than that of the other service.
    Call,
    /// An access in the midst of code for other data.
    Access,
}

impl TieKind {
    pub fn as_str(self) -> &'static str {
        match self {
            TieKind::Call => "call",
            TieKind::Access => "access",
        }
    }
}

/// What a tie is once the services are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Becomes {
    ApiCall,
    Event,
    Replica,
    SharedCrate,
    Copy,
    Outbox,
    Saga,
}

impl Becomes {
    pub fn as_str(self) -> &'static str {
        match self {
            Becomes::ApiCall => "API call",
            Becomes::Event => "event",
            Becomes::Replica => "replicated read",
            Becomes::SharedCrate => "shared crate",
            Becomes::Copy => "a copy in each",
            Becomes::Outbox => "outbox",
            Becomes::Saga => "saga",
        }
    }
}

/// Data that several services use outside start-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedData {
    pub data: Resource,
    /// None where no route writes it.
    pub owner: Option<String>,
    pub users: Vec<DataUser>,
}

/// What one service does with shared data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataUser {
    pub service: String,
    pub mode: Mode,
    /// Routes of it that use the data, in a layer or extractor too.
    pub routes: usize,
    /// What its use becomes, and why; none for the owner and where there is no owner.
    pub choice: Option<(Becomes, String)>,
}

/// A function, model or static that routes of several services reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedItem {
    pub kind: ItemKind,
    pub path: String,
    pub location: Option<Location>,
    pub services: Vec<String>,
    pub becomes: Becomes,
    pub because: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    Function,
    Model,
    State,
}

impl ItemKind {
    pub fn as_str(self) -> &'static str {
        match self {
            ItemKind::Function => "function",
            ItemKind::Model => "model",
            ItemKind::State => "state",
        }
    }
}

/// A route whose request writes data of several services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitWrite {
    pub route: usize,
    pub service: String,
    /// What is written, and who owns it.
    pub data: Vec<(Resource, String)>,
    /// Whether one call writes data of several owners, all or nothing.
    pub at_once: bool,
    /// The first write of another's data.
    pub location: Location,
    pub becomes: Becomes,
    pub because: String,
}

/// What the searches below look at.
struct Input<'a> {
    graph: &'a AppGraph,
    groups: &'a [Group],
    uses: &'a [Vec<Use<'a>>],
    owners: &'a Owners,
    group_of: Vec<Option<usize>>,
}

impl Input<'_> {
    fn name(&self, group: Option<usize>) -> &str {
        group.map_or(MONOLITH, |at| &self.groups[at].name)
    }

    /// The service of a route.
    fn service(&self, route: usize) -> &str {
        self.name(self.group_of[route])
    }

    /// The service that owns data.
    fn owner(&self, data: &Resource) -> Option<&str> {
        self.owners.owner(data).map(|group| self.name(group))
    }

    /// Place of a service in the plan; the monolith is last.
    fn rank(&self, service: &str) -> usize {
        self.groups.iter().position(|group| group.name == service).unwrap_or(self.groups.len())
    }

    /// Routes of a service.
    fn routes_of(&self, service: &str) -> usize {
        self.group_of.iter().filter(|group| self.name(**group) == service).count()
    }
}

/// Finds everything that ties `groups`; `uses` are those of all routes, `owners` those of the same groups.
pub fn find(graph: &AppGraph, uses: &[Vec<Use<'_>>], owners: &Owners, groups: &[Group]) -> Coupling {
    let group_of = group_of(groups, uses.len());
    let input = Input { graph, groups, uses, owners, group_of };
    let owners_of_code = ties::owners_of_code(&input);
    let of_data = || {
        let shared_data = advice::shared_data(&input);
        let ties = ties::find(&input, &owners_of_code, &shared_data);
        let cycles = cycles::find(&ties, groups);
        (shared_data, ties, cycles)
    };
    let of_code = || (shared::find(&input, &owners_of_code), advice::split_writes(&input));
    let ((shared_data, ties, cycles), (shared_items, split_writes)) = beside(of_data, of_code);
    Coupling { ties, shared_data, shared_items, split_writes, cycles }
}

impl Coupling {
    /// Places where code of one service uses data of another, those of the monolith left out.
    pub fn cross_service_calls(&self) -> impl Iterator<Item = &Tie> {
        self.ties.iter().filter(|tie| tie.from != MONOLITH && tie.to != MONOLITH)
    }
}

#[cfg(test)]
mod tests;
