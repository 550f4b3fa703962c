//! Start-up code that runs in other starts of the program than the one that serves: `match command { Serve => serve(), Work => work() }`.
//!
//! Input: the program, and where its router is served. Output: the branches that do not run before the first request, because another branch
//! of the same `match` or `if` leads to the server, or because they return before it. Deliberately absent: what conditions mean.

use std::collections::{BTreeMap, BTreeSet};

use super::RouteTable;
use crate::resolve::{DefId, Program};
use crate::span::{Location, SourceId, Span};
use crate::syntax::ast::{Block, Expr, ExprKind, StmtKind};
use crate::syntax::visit;

/// Branches that do not lead to the server, by source.
#[derive(Debug, Clone, Default)]
pub struct Elsewhere {
    branches: BTreeMap<SourceId, Vec<Span>>,
}

impl Elsewhere {
    pub(crate) fn of(program: &Program, routes: &RouteTable) -> Self {
        let mut found = Self::default();
        let Some(entry) = routes.entry else { return found };
        // Mostly `main` itself serves, and nothing leads to it.
        let main = program.main().filter(|main| *main != entry);
        let leading = main.map_or_else(BTreeSet::new, |main| leading(program, main, entry));
        for &id in leading.iter().chain([&entry]) {
            let source = program.def(id).location.source;
            let calls = program.edges_from(id).iter();
            let onward = calls.filter(|edge| edge.to == entry || leading.contains(&edge.to));
            let onward = onward.map(|edge| edge.location);
            let served = routes.served_at.iter().copied().filter(|_| id == entry);
            let targets: Vec<Span> =
                onward.chain(served).filter(|at| at.source == source).map(|at| at.span).collect();
            let branches = found.branches.entry(source).or_default();
            visit::exprs_of_item(&program.def(id).item, &mut |expr| {
                branches.extend(other_branches(expr, &targets));
            });
        }
        found
    }

    /// The branches of a source.
    pub fn branches(&self, source: SourceId) -> &[Span] {
        self.branches.get(&source).map_or(&[], Vec::as_slice)
    }

    /// Whether code does not run before the first request.
    pub fn contains(&self, place: Location) -> bool {
        self.branches(place.source).iter().any(|branch| branch.contains(place.span))
    }
}

/// The functions from `main` on that lead to the one that serves.
fn leading(program: &Program, main: DefId, entry: DefId) -> BTreeSet<DefId> {
    let mut reached = BTreeSet::from([main]);
    let mut callers: BTreeMap<DefId, Vec<DefId>> = BTreeMap::new();
    let mut queue = vec![main];
    while let Some(from) = queue.pop() {
        for edge in program.edges_from(from) {
            callers.entry(edge.to).or_default().push(from);
            if reached.insert(edge.to) {
                queue.push(edge.to);
            }
        }
    }
    let mut leading = BTreeSet::new();
    let mut queue = vec![entry];
    while let Some(to) = queue.pop() {
        for &from in callers.get(&to).into_iter().flatten() {
            if leading.insert(from) {
                queue.push(from);
            }
        }
    }
    leading
}

/// The branches of a `match` or an `if` from which the targets are not reached.
fn other_branches(expr: &Expr, targets: &[Span]) -> Vec<Span> {
    let leads = |branch: Span| targets.iter().any(|target| branch.contains(*target));
    match &expr.kind {
        ExprKind::Match { arms, .. } => {
            let bodies: Vec<Span> = arms.iter().map(|arm| arm.body.span).collect();
            let any = bodies.iter().any(|body| leads(*body));
            bodies.into_iter().filter(|body| any && !leads(*body)).collect()
        }
        ExprKind::If { then, else_: Some(other), .. } => {
            let branches = [then.span, other.span];
            let any = branches.iter().any(|branch| leads(*branch));
            branches.into_iter().filter(|branch| any && !leads(*branch)).collect()
        }
        ExprKind::If { then, else_: None, .. } => {
            let is_before = targets.iter().any(|target| target.start >= expr.span.end);
            let leaves = is_before && !leads(then.span) && returns(then);
            leaves.then_some(then.span).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a block ends with `return`.
fn returns(block: &Block) -> bool {
    block.stmts.last().is_some_and(
        |last| matches!(&last.kind, StmtKind::Expr { expr, .. } if matches!(expr.kind, ExprKind::Return(_))),
    )
}

#[cfg(test)]
mod tests {
    use crate::access::{detect, schema};
    use crate::diagnostic::Diagnostics;
    use crate::resolve::tests::program;

    /// Variables that start-up reads: of a program with a router, made of these functions.
    #[track_caller]
    fn reads(source: &str, expected: &[&str]) {
        let text = format!(
            "use axum::{{Router, routing::get}}; use std::env;\nasync fn h() {{}}\nfn app() -> Router {{ Router::new().route(\"/\", get(h)) }}\n\
             fn read(name: &str) {{ env::var(name).unwrap(); }}\n{source}"
        );
        let program = program(&[("src/main.rs", &text)]);
        let mut diagnostics = Diagnostics::default();
        let routes = crate::routes::evaluate(&program, &mut diagnostics);
        assert_eq!(routes.routes.len(), 1, "{diagnostics:?}");
        let table = detect(&program, &routes, schema(&program), &mut diagnostics);
        let names: Vec<&str> = table.startup_env.iter().map(|variable| variable.name.as_str()).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn other_commands_of_the_program_are_no_start_up() {
        reads(
            r#"async fn serve() { env::var("SERVE").unwrap(); axum::serve(l(), app()).await; }
            async fn work() { env::var("WORK").unwrap(); }
            #[tokio::main]
            async fn main() {
                env::var("ALL").unwrap();
                match command() { Some(Command::Serve) => serve().await, Some(Command::Work) => work().await, None => { env::var("HELP").unwrap(); } }
            }"#,
            &["SERVE", "ALL"],
        );
        reads(
            r#"async fn run(server: bool) { if server { env::var("PORT").unwrap(); axum::serve(l(), app()).await; } else if jobs() { env::var("JOBS").unwrap(); } else { env::var("REST").unwrap(); } }
            #[tokio::main]
            async fn main() { if migrate() { env::var("MIGRATE").unwrap(); return; } if verbose() { env::var("LOG").unwrap(); } run(flag()).await }"#,
            &["PORT", "LOG"],
        );
    }

    #[test]
    fn what_runs_locally_does_not_run_on_lambda() {
        reads(
            r#"#[tokio::main]
            async fn main() {
                let app = app();
                if on_lambda() { lambda_http::run(app).await.unwrap(); } else { env::var("PORT").unwrap(); axum::serve(l(), app).await.unwrap(); }
            }"#,
            &[],
        );
    }

    #[test]
    fn branches_on_the_way_to_the_server_all_count() {
        reads(
            r#"#[tokio::main]
            async fn main() {
                let name = match mode() { 1 => env::var("ONE").unwrap(), _ => env::var("OTHER").unwrap() };
                if name.is_empty() { env::var("DEFAULT").unwrap(); }
                axum::serve(l(), app()).await;
            }"#,
            &["ONE", "OTHER", "DEFAULT"],
        );
    }
}
