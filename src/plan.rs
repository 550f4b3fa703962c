//! The plan: which service and function each route goes to. `Proposal` <-> `lith-split.toml`, checked against the graph.
//!
//! `Plan` is the value that `split`, `aws` and `render` work from. Deliberately absent: how a proposal is made (`boundaries`).

pub mod budgets;
pub mod check;
pub mod constraints;
pub mod edit;
pub mod file;
pub mod granularity;
pub mod update;
pub mod waves;

pub use budgets::check_budgets;
pub use check::check;
pub use constraints::{Constraints, check_constraints};
pub use edit::{Edit, edit};
pub use file::{PlanFile, parse};
pub use granularity::Granularity;
pub use update::{Regroup, Settings, Update, fresh, update};
pub use waves::{SharedTable, Wave};

/// File name of the plan, beside the manifest of the analysed package.
pub const FILE_NAME: &str = "lith-split.toml";

/// What `lith-split.toml` says, complete and valid.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Application name: stack name, crate name prefix of shared crates. Kebab case.
    pub name: String,
    /// In file order.
    pub services: Vec<Service>,
    /// Ids of routes that stay in the monolith. Where this is empty, `$default` goes to a generated `edge` function.
    pub keep: Vec<String>,
    pub memory: u32,
    /// Seconds.
    pub timeout: u32,
    pub architecture: Architecture,
    /// Whether policies say what the code proves beyond action and resource.
    pub conditions: bool,
    /// Whether state stays whole in every function, also what the function does not read.
    pub whole_state: bool,
    /// How many templates; by size where `None`.
    pub stacks: Option<Stacks>,
}

/// How many templates there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stacks {
    /// One for everything.
    One,
    /// One for the API, and a nested stack for each service.
    Service,
}

impl Stacks {
    pub const ALL: [Stacks; 2] = [Stacks::One, Stacks::Service];

    /// As in the plan file.
    pub fn as_str(self) -> &'static str {
        match self {
            Stacks::One => "one",
            Stacks::Service => "service",
        }
    }
}

/// Instruction set of the functions: `arm64` or `x86_64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Architecture {
    #[default]
    Arm64,
    X86_64,
}

impl Architecture {
    pub const ALL: [Architecture; 2] = [Architecture::Arm64, Architecture::X86_64];

    /// As in AWS and in the plan file.
    pub fn as_str(self) -> &'static str {
        match self {
            Architecture::Arm64 => "arm64",
            Architecture::X86_64 => "x86_64",
        }
    }
}

/// A service: a name, and the functions that it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Kebab case, for example `users`.
    pub name: String,
    pub functions: Vec<Function>,
    /// Resources that only this service writes, as strings of the report.
    pub owns: Vec<String>,
}

/// One function crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Kebab case and unique in the plan, for example `get-users-id`; also the binary's name.
    pub name: String,
    /// Ids of its routes, for example `GET /users/{id}`. Empty only for `edge`.
    pub routes: Vec<String>,
    /// MB; the plan's default where `None`.
    pub memory: Option<u32>,
    /// Seconds; the plan's default where `None`.
    pub timeout: Option<u32>,
    /// The plan's default where `None`.
    pub conditions: Option<bool>,
}

/// Name of the function that answers what no route key matches: 404, 405, OPTIONS.
pub const EDGE: &str = "edge";

impl Plan {
    /// All functions with their services, in file order.
    pub fn functions(&self) -> impl Iterator<Item = (&Service, &Function)> {
        self.services
            .iter()
            .flat_map(|service| service.functions.iter().map(move |function| (service, function)))
    }

    /// Where a route goes; none where the monolith keeps it.
    pub fn place_of(&self, route: &str) -> Option<(&Service, &Function)> {
        self.functions().find(|(_, function)| function.routes.iter().any(|id| id == route))
    }
}

#[cfg(test)]
mod tests;
