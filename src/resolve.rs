//! Names and types: `SourceTree` -> `Program`: definitions, scopes, imports, references and the calls between functions.
//!
//! Deliberately absent: Axum and AWS knowledge. What is not resolved is a value (`Unresolved`), never dropped.

pub mod program;

pub use program::{CallEdge, Def, DefId, DefKind, EdgeKind, ModuleId, Program};
