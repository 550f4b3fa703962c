//! The result of splitting: one `CrateSource` per output crate.

use std::collections::{BTreeMap, BTreeSet};

use super::size::Size;
use crate::span::SourceId;

/// All crates of the generated workspace.
#[derive(Debug, Clone, Default)]
pub struct SplitProgram {
    /// Function crates in plan order, then `edge`, then shared crates from the most to the least shared.
    pub crates: Vec<CrateSource>,
    /// Local packages that are copied as they are: positions in `SourceTree::packages`.
    pub whole: BTreeSet<usize>,
    /// What the program has of the crates that were cut.
    pub whole_size: Size,
    /// Dependencies that the monolith does not have: crate -> key -> TOML value.
    pub added: BTreeMap<String, BTreeMap<String, String>>,
}

/// One output crate: its files and what its manifest must name.
#[derive(Debug, Clone)]
pub struct CrateSource {
    /// Package name, for example `get-users-id` or `bookshop-shared`.
    pub name: String,
    /// Folder from the workspace root, for example `services/users/functions/get-users-id`.
    pub dir: String,
    /// The package of the monolith whose code it holds: position in `SourceTree::packages`.
    pub package: usize,
    pub kind: CrateKind,
    /// Path from the crate's folder (`src/main.rs`) -> text.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The files of the program of which some of `files` are made.
    pub origins: BTreeMap<String, SourceId>,
    pub edition: String,
    /// Dependencies that kept code names.
    pub dependencies: Vec<DependencyUse>,
    /// Keys of the build dependencies, where the crate has the build script of its package.
    pub build_dependencies: BTreeSet<String>,
    /// Name in code of the library target, where the crate has a `src/lib.rs`.
    pub lib: Option<String>,
    /// Other output crates that this one uses.
    pub local_dependencies: Vec<LocalDependency>,
    /// Package features of the monolith that kept code tests with `cfg`.
    pub features: BTreeSet<String>,
    /// Environment variables that kept code reads.
    pub env: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CrateKind {
    /// A function crate: service and function of the plan. The binary has the function's name.
    Function { service: String, function: String },
    /// What one function keeps of another package than the analysed one: a library that only it uses.
    Part { function: String, package: String },
    /// A library crate used by several functions.
    Library,
}

/// A library crate of the output that another one uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalDependency {
    /// Package name of the output crate.
    pub name: String,
    /// Name in code, where it is another one: the monolith's library keeps its name.
    pub rename: Option<String>,
}

impl From<&str> for LocalDependency {
    fn from(name: &str) -> Self {
        Self { name: name.to_string(), rename: None }
    }
}

/// A dependency entry to copy from a package of the monolith.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DependencyUse {
    /// Index into `SourceTree::packages`: whose manifest has the entry.
    pub package: usize,
    /// Key in that manifest's dependency table.
    pub key: String,
    /// Needed by unit tests only: goes to `[dev-dependencies]`.
    pub dev: bool,
}
