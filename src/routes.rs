//! Abstract evaluation of router-building code: `Program` -> `RouteTable`.
//!
//! The code that builds the served router is run on abstract values (routers, method routers, texts, functions, unknowns), so that
//! helpers, loops, branches and builders are seen through. `eval` runs it, `join` brings branches together, `flatten` makes the rows.
//! Deliberately absent: what a handler does (`access`) and which function a route goes to (`boundaries`).

mod axum;
mod entry;
mod eval;
mod flatten;
mod handler;
mod join;
mod relevant;
pub mod router;
pub mod table;
mod value;

use crate::diagnostic::Diagnostics;
use crate::resolve::Program;

pub use router::{MethodEntry, Op, OpKind, Router};
pub use table::{Fallback, Handler, LayerUse, Method, MountedService, Route, RouteTable, ServedBy};

/// Stack of the thread that evaluates: enough for the evaluator's own bound on depth. Only what is used is ever touched.
const STACK_BYTES: usize = 512 * 1024 * 1024;

/// Finds the served router and lists what it answers.
pub fn evaluate(program: &Program, diagnostics: &mut Diagnostics) -> RouteTable {
    std::thread::scope(|scope| {
        let on_thread = std::thread::Builder::new()
            .name("routes".to_string())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || {
                let mut found = Diagnostics::default();
                let table = entry::table(program, &mut found);
                (table, found)
            });
        match on_thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok((table, found))) => {
                diagnostics.extend(found.sorted());
                table
            }
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => entry::table(program, diagnostics),
        }
    })
}

#[cfg(test)]
mod tests;
