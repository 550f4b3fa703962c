//! Tasks and threads: those that nobody waits for, loops that run beside the server, and servers that are started several times.
//!
//! Source of the rules: Lambda, "Execution environment lifecycle": an instance is frozen when the answer has been given.

use super::unit::{Unit, called, called_defs, has};
use crate::diagnostic::{Code, Diagnostic};
use crate::ordered::UnorderedSet;
use crate::resolve::scope::ExternalPath;
use crate::resolve::{Callee, DefId, Program, Ty};
use crate::routes::RouteTable;
use crate::syntax::ast::{Expr, ExprKind, Pat, PatKind, Stmt, StmtKind};
use crate::syntax::visit;

/// How far calls are followed to a loop.
const MAX_DEPTH: usize = 4;

/// Types of other crates that run jobs or consume messages in the process.
const CONSUMERS: &[(&str, &str)] = &[
    ("apalis", "Monitor"),
    ("apalis_core", "Monitor"),
    ("clokwerk", "AsyncScheduler"),
    ("clokwerk", "Scheduler"),
    ("rdkafka", "StreamConsumer"),
    ("tokio_cron_scheduler", "JobScheduler"),
];

/// Tasks that a request starts and does not wait for.
pub(super) fn detached(program: &Program, units: &[Unit<'_>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for unit in units {
        for spawn in dropped_spawns(program, unit) {
            let message = format!("`{}` spawns a task and does not await it", unit.path);
            found.push(
                Diagnostic::new(Code::DETACHED_SPAWN, message)
                    .at(unit.at(spawn.span))
                    .help("await it, or hand the work to a queue"),
            );
        }
    }
    found
}

/// Loops that the start leaves running, and crates that do the same.
pub(super) fn loops(program: &Program, start: &[Unit<'_>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let help = "move the work to a function of its own with a schedule or an event source; until then every function runs it";
    for unit in start {
        for spawn in dropped_spawns(program, unit) {
            if args(spawn).iter().any(|arg| repeats(program, unit.def.id, arg, MAX_DEPTH)) {
                let message = format!("`{}` starts a loop before serving", unit.path);
                let finding = Diagnostic::new(Code::BACKGROUND_LOOP, message);
                found.push(finding.at(unit.at(spawn.span)).help(help));
            }
        }
        let is_consumer = |path: &ExternalPath| CONSUMERS.iter().any(|(krate, ty)| has(path, krate, ty));
        if let Some(named) = unit.first(is_consumer) {
            let krate = named.path.krate();
            let message = format!("`{}` starts jobs or a consumer of `{krate}` before serving", unit.path);
            found.push(Diagnostic::new(Code::BACKGROUND_LOOP, message).at(named.at).help(help));
        }
    }
    found
}

/// Calls that start the server in a thread or task of their own, while a loop or another call starts it too.
pub(super) fn servers(program: &Program, routes: &RouteTable, start: &[Unit<'_>]) -> Vec<Diagnostic> {
    let Some(entry) = routes.entry else { return Vec::new() };
    let serving = callers_of(program, entry, start);
    for unit in start {
        let mut sites: Vec<&Expr> = Vec::new();
        unit.exprs(&mut |expr| {
            if called_defs(program, unit.def.id, expr).iter().any(|def| serving.contains(def)) {
                sites.push(expr);
            }
        });
        let spawned = sites.iter().find(|site| {
            let around = around(program, unit, site);
            around.spawn && (around.repeat || sites.iter().any(|other| follows(unit, site, other)))
        });
        if let Some(site) = spawned {
            let message = format!("`{}` starts the server more than once", unit.path);
            let help = "serve once, in one runtime: each further server of a function only waits";
            return vec![
                Diagnostic::new(Code::SERVED_SEVERAL_TIMES, message).at(unit.at(site.span)).help(help),
            ];
        }
    }
    Vec::new()
}

/// What stands around an expression in its function.
struct Around {
    /// A thread or task of its own.
    spawn: bool,
    /// A loop.
    repeat: bool,
}

fn around(program: &Program, unit: &Unit<'_>, inner: &Expr) -> Around {
    let mut around = Around { spawn: false, repeat: false };
    unit.exprs(&mut |outer| {
        if outer.span == inner.span || !outer.span.contains(inner.span) {
            return;
        }
        around.repeat |=
            matches!(outer.kind, ExprKind::Loop { .. } | ExprKind::While { .. } | ExprKind::For { .. });
        around.spawn |= is_spawn(program, unit, outer);
    });
    around
}

/// Whether both of two calls can run: they stand in no two branches of one condition.
fn follows(unit: &Unit<'_>, one: &Expr, other: &Expr) -> bool {
    let mut innermost = None;
    unit.exprs(&mut |outer| {
        if outer.span.contains(one.span) && outer.span.contains(other.span) {
            innermost = Some(outer);
        }
    });
    let is_branch = |outer: &Expr| matches!(outer.kind, ExprKind::If { .. } | ExprKind::Match { .. });
    one.span != other.span && !innermost.is_some_and(is_branch)
}

/// The entry, and functions of the start that lead to it without being `main`.
fn callers_of(program: &Program, entry: DefId, start: &[Unit<'_>]) -> UnorderedSet<DefId> {
    let mut serving = UnorderedSet::default();
    serving.insert(entry);
    loop {
        let leads = |unit: &&Unit<'_>| {
            !serving.contains(&unit.def.id)
                && program.edges_from(unit.def.id).iter().any(|edge| serving.contains(&edge.to))
        };
        let more: Vec<DefId> = start.iter().filter(leads).map(|unit| unit.def.id).collect();
        if more.is_empty() {
            return serving;
        }
        for def in more {
            serving.insert(def);
        }
    }
}

/// Calls that spawn, of which nobody keeps the handle.
fn dropped_spawns<'a>(program: &Program, unit: &Unit<'a>) -> Vec<&'a Expr> {
    let mut found = Vec::new();
    unit.stmts(&mut |stmt| {
        let Some(expr) = dropped_value(program, unit, stmt) else { return };
        if is_spawn(program, unit, expr) {
            found.push(expr);
        }
    });
    found
}

/// The expression whose value a statement drops.
fn dropped_value<'a>(program: &Program, unit: &Unit<'a>, stmt: &'a Stmt) -> Option<&'a Expr> {
    match &stmt.kind {
        StmtKind::Expr { expr, semi: true } => match &expr.kind {
            ExprKind::Call { callee, args } if args.len() == 1 => {
                let is_drop = matches!(&callee.kind, ExprKind::Path(path) if path.last().ident.name == "drop")
                    && called_defs(program, unit.def.id, expr).is_empty();
                Some(if is_drop { &args[0] } else { expr })
            }
            _ => Some(expr),
        },
        StmtKind::Let { pat: Pat { kind: PatKind::Wild, .. }, init, .. } => init.as_ref(),
        // A name that says that nothing uses it.
        StmtKind::Let { pat: Pat { kind: PatKind::Ident { ident, .. }, .. }, init, .. }
            if ident.name.starts_with('_') =>
        {
            let later = |one: &&crate::syntax::Mention| {
                one.span.start > stmt.span.end
                    && one.segments.len() == 1
                    && one.segments[0].name == ident.name
            };
            let is_used = program.mentions(unit.def.id).iter().any(|one| later(&one));
            init.as_ref().filter(|_| !is_used)
        }
        _ => None,
    }
}

fn is_spawn(program: &Program, unit: &Unit<'_>, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call { .. } => called(program, unit.def, expr).is_some_and(|path| {
            matches!(path.krate(), "tokio" | "std" | "async_std" | "smol" | "actix_rt")
                && matches!(path.last(), "spawn" | "spawn_blocking" | "spawn_local" | "spawn_named")
        }),
        ExprKind::MethodCall(call) if call.method.name.starts_with("spawn") => {
            let Some(body) = program.body(unit.def.id) else { return false };
            let is_runtime = |ty: &Ty| match ty.peel() {
                Ty::External(path, _) | Ty::CallResult { function: path } => {
                    ["Handle", "Runtime"].iter().any(|ty| has(path, "tokio", ty))
                }
                _ => false,
            };
            let by_callee = body.call(expr.span).is_some_and(|site| {
                site.callees.iter().any(
                    |callee| matches!(callee, Callee::ExternalMethod { receiver, .. } if is_runtime(receiver)),
                )
            });
            by_callee || is_runtime(body.ty(call.receiver.span))
        }
        _ => false,
    }
}

fn args(call: &Expr) -> &[Expr] {
    match &call.kind {
        ExprKind::Call { args, .. } => args,
        ExprKind::MethodCall(call) => &call.args,
        _ => &[],
    }
}

/// Whether an expression holds a loop without an end that the code says, or calls a function that does.
fn repeats(program: &Program, owner: DefId, expr: &Expr, depth: usize) -> bool {
    let mut found = false;
    visit::exprs_while(expr, &mut |expr| {
        found = found
            || matches!(expr.kind, ExprKind::Loop { .. } | ExprKind::While { .. })
            || (depth > 0
                && called_defs(program, owner, expr)
                    .into_iter()
                    .any(|def| body_repeats(program, def, depth - 1)));
        !found
    });
    found
}

fn body_repeats(program: &Program, def: DefId, depth: usize) -> bool {
    let Some(body) = program.func(def).and_then(crate::syntax::ast::Fn::block) else { return false };
    body.stmts.iter().any(|stmt| {
        let mut found = false;
        visit::exprs_in_stmt(stmt, &mut |expr| {
            found = found
                || matches!(expr.kind, ExprKind::Loop { .. } | ExprKind::While { .. })
                || (depth > 0
                    && called_defs(program, def, expr)
                        .into_iter()
                        .any(|inner| inner != def && body_repeats(program, inner, depth - 1)));
        });
        found
    })
}
