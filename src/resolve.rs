//! Names and types: `SourceTree` -> `Program`: definitions, scopes, imports, references and the calls between functions.
//!
//! Deliberately absent: Axum and AWS knowledge. What is not resolved is a value (`Unresolved`), never dropped.

mod collect;
mod confirm;
mod edges;
mod evidence;
mod imports;
pub mod infer;
mod paths;
pub mod program;
pub mod scip;
pub mod scope;
pub mod types;
mod unresolved;

use crate::diagnostic::Diagnostics;
use crate::load::SourceTree;

pub use confirm::confirm;
pub use evidence::Evidence;
pub use infer::{BodyTypes, CallSite, Callee, Why};
pub use program::{CallEdge, Def, DefId, DefKind, EdgeKind, ImplId, ImplInfo, Program};
pub use scope::{Binding, Namespace, Res};
pub use types::{Bound, Ty};
pub use unresolved::Unresolved;

/// Resolves the names of the whole program.
pub fn resolve(tree: SourceTree, _diagnostics: &mut Diagnostics) -> Program {
    let mut program = collect::definitions(tree);
    imports::resolve(&mut program);
    collect::impls(&mut program);
    infer::bodies(&mut program);
    edges::fill(&mut program);
    program
}

#[cfg(test)]
pub(crate) mod tests;
