//! The calls between the functions of the program, and those that lead nowhere: what the text and the JSON report show of them.

use super::{Place, Report};
use crate::resolve::{CallEdge, DefId, DefKind, EdgeKind, Program, Unresolved, Why};
use crate::span::Location;

/// A function, const or static at an end of an edge.
pub(super) struct Node<'a> {
    pub(super) id: DefId,
    pub(super) path: &'a str,
    /// Of its name.
    pub(super) place: Place,
}

/// Edges by the definition from which they start, in the order of the program.
pub(super) fn by_caller<'a>(report: &Report<'a>) -> Vec<(Node<'a>, Vec<&'a CallEdge>)> {
    let program = report.program;
    let mut callers: Vec<(Node<'_>, Vec<&CallEdge>)> = Vec::new();
    for edge in program.edges.iter().filter(|edge| is_call(program, edge)) {
        match callers.last_mut() {
            Some((caller, edges)) if caller.id == edge.from => edges.push(edge),
            _ => callers.push((node(report, edge.from), vec![edge])),
        }
    }
    callers
}

fn is_call(program: &Program, edge: &CallEdge) -> bool {
    let runs = matches!(edge.kind, EdgeKind::Call | EdgeKind::Value | EdgeKind::Implicit);
    runs && matches!(program.def(edge.to).kind, DefKind::Fn | DefKind::Method)
}

pub(super) fn node<'a>(report: &Report<'a>, id: DefId) -> Node<'a> {
    let def = report.program.def(id);
    let span = if def.item.name.name.is_empty() { def.location.span } else { def.item.name.span };
    Node { id, path: &def.path, place: report.place(Location { source: def.location.source, span }) }
}

/// `calls`, `names`, `runs`.
pub(super) fn verb(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Call => "calls",
        EdgeKind::Value => "names",
        _ => "runs",
    }
}

/// Number of unresolved references by reason, most first.
pub(super) fn reasons(unresolved: &[Unresolved]) -> Vec<(Why, usize)> {
    let mut counts: Vec<(Why, usize)> = Vec::new();
    for one in unresolved {
        match counts.iter_mut().find(|(why, _)| *why == one.why) {
            Some((_, count)) => *count += 1,
            None => counts.push((one.why, 1)),
        }
    }
    counts.sort_by_key(|&(why, count)| (std::cmp::Reverse(count), why));
    counts
}
