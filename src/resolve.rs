//! Names and types: `SourceTree` -> `Program`: definitions, scopes, imports, references and the calls between functions.
//!
//! Deliberately absent: Axum and AWS knowledge. What is not resolved is a value (`Unresolved`), never dropped.

mod collect;
mod confirm;
pub mod derived;
mod edges;
mod evidence;
mod imports;
pub mod infer;
mod live;
mod paths;
pub mod program;
pub mod scip;
pub mod scope;
pub mod types;
mod unresolved;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::load::SourceTree;
use crate::span::Location;
use crate::stack::on_all_cores;
use crate::syntax::ItemKind;
use crate::syntax::lazy::Lazy;

pub use confirm::confirm;
pub use evidence::Evidence;
pub use infer::{BodyTypes, CallSite, Callee, Why};
pub use program::{CallEdge, Def, DefId, DefKind, EdgeKind, ImplId, ImplInfo, Program};
pub use scope::{Binding, Namespace, Res};
pub use types::{Bound, Ty};
pub use unresolved::{Unresolved, unknown_calls};

/// Resolves the names of the whole program.
pub fn resolve(tree: SourceTree, diagnostics: &mut Diagnostics) -> Program {
    let program = on_all_cores(|| {
        let mut program = collect::definitions(tree);
        imports::resolve(&mut program);
        collect::impls(&mut program);
        infer::index(&mut program);
        live::fill(&mut program);
        program
    });
    unparsed(&program, diagnostics);
    program
}

/// Findings for what does not parse of the signatures, bodies and values that were asked for.
fn unparsed(program: &Program, diagnostics: &mut Diagnostics) {
    for def in &program.defs {
        let error = match &def.item.kind {
            ItemKind::Fn(func) => func.error(),
            ItemKind::Const { expr, .. } | ItemKind::Static { expr, .. } => {
                expr.as_ref().and_then(Lazy::error)
            }
            _ => None,
        };
        let Some(error) = error else { continue };
        diagnostics.push(
            Diagnostic::new(
                Code::FILE_NOT_PARSED,
                format!("`{}` does not parse: {}", def.path, error.message),
            )
            .at(Location { source: def.location.source, span: error.span })
            .help("the routes and calls in it are missing from the report; everything else was read"),
        );
    }
}

#[cfg(test)]
pub(crate) mod tests;
