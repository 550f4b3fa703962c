//! Cutting the program into crates: `Program` + `Plan` -> text slices and `Edit`s per output crate.
//!
//! Nothing is printed from syntax trees: kept code is the original text. Deliberately absent: manifests and templates (`render`).

pub mod crates;

pub use crates::{CrateKind, CrateSource, DependencyUse, SplitProgram};
