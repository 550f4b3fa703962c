//! Abstract evaluation of router-building code: `Program` -> `RouteTable`.
//!
//! The code that builds the served router is run on abstract values (routers, method routers, texts, functions, unknowns), so that
//! helpers, loops, branches and builders are seen through. `eval` runs it, `join` brings branches together, `flatten` makes the rows.
//! Deliberately absent: what a handler does (`access`) and which function a route goes to (`boundaries`).

mod align;
mod axum;
mod dispatch;
mod elsewhere;
mod entry;
mod eval;
mod flatten;
mod handler;
mod join;
pub mod pattern;
mod relevant;
pub mod router;
pub mod table;
mod value;

use crate::diagnostic::Diagnostics;
use crate::resolve::Program;
use crate::stack::on_all_cores;

pub use elsewhere::Elsewhere;
pub use router::{MethodEntry, Op, OpKind, Router};
pub use table::{
    Fallback, Handler, LayerCode, LayerUse, Method, MountedService, Route, RouteTable, ServedBy, Wrapped,
};

/// Finds the served router and lists what it answers.
pub fn evaluate(program: &Program, diagnostics: &mut Diagnostics) -> RouteTable {
    let mut found = Diagnostics::default();
    // For the stack, which evaluation needs as deep as the input nests.
    let mut table = on_all_cores(|| entry::table(program, &mut found));
    table.elsewhere = Elsewhere::of(program, &table);
    diagnostics.extend(found.sorted());
    table
}

#[cfg(test)]
mod tests;
