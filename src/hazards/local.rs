//! The local machine: files that requests write, files beside the program, requests to the program's own address, pools.
//!
//! Source of the rules: Lambda, "Execution environment lifecycle": a function writes below `/tmp` only, and each instance has its own.

use super::constant::{number, text};
use super::unit::{Unit, called, has};
use crate::diagnostic::{Code, Diagnostic};
use crate::graph::{AppGraph, EdgeKind, Node};
use crate::resolve::Program;
use crate::resolve::scope::ExternalPath;
use crate::syntax::ast::{Expr, ExprKind, Lit};

const WRITES: &[&str] = &[
    "copy",
    "create",
    "create_dir",
    "create_dir_all",
    "create_new",
    "hard_link",
    "remove_dir",
    "remove_dir_all",
    "remove_file",
    "rename",
    "write",
];

const READS: &[&str] = &["open", "read", "read_dir", "read_to_string"];

/// Functions of other crates whose first argument names a file or folder that they read while the program runs.
const READERS: &[(&str, &str, &str)] = &[
    ("config", "File", "with_name"),
    ("figment", "Json", "file"),
    ("figment", "Toml", "file"),
    ("figment", "Yaml", "file"),
    ("minijinja", "path_loader", "path_loader"),
    ("tera", "Tera", "new"),
    ("tower_http", "ServeDir", "new"),
    ("tower_http", "ServeFile", "new"),
];

/// Names by which a program calls the machine on which it runs.
const LOOPBACK: &[&str] = &["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "::1"];

/// Functions that write files for a request: one finding each.
pub(super) fn written_files(units: &[Unit<'_>]) -> Vec<Diagnostic> {
    let finding =
        |unit: &Unit<'_>| {
            let named = unit.first(|path| is_file_function(path, WRITES))?;
            let message = format!("`{}` writes to the file system", unit.path);
            Some(Diagnostic::new(Code::LOCAL_FILE, message).at(named.at).help(
                "only below `/tmp`, and only for the same request: keep what must last in S3 or a table",
            ))
        };
    units.iter().filter_map(finding).collect()
}

/// `std::fs::write`, `tokio::fs::File::create`.
fn is_file_function(path: &ExternalPath, names: &[&str]) -> bool {
    let is_fs = matches!(path.krate(), "fs_err")
        || (matches!(path.krate(), "std" | "tokio" | "async_std")
            && path.0.get(1).is_some_and(|module| module == "fs"));
    is_fs && names.contains(&path.last())
}

/// Files and folders that are named by a relative path and read while the program runs.
pub(super) fn files_beside<'u, 'a: 'u>(
    program: &Program,
    units: impl Iterator<Item = &'u Unit<'a>>,
) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for unit in units {
        if unit.first(reads_file).is_none() {
            continue;
        }
        unit.exprs_while(&mut |expr| {
            if is_optional(expr) {
                return false;
            }
            if let Some(path) = read_path(program, unit, expr) {
                let message = format!("`{path}` is read while the program runs, and is no part of a function's package");
                found.push(
                    Diagnostic::new(Code::FILE_BESIDE_PROGRAM, message)
                        .at(unit.at(expr.span))
                        .help("compile it in, serve it from S3, or add it to the package of each function that reads it"),
                );
            }
            true
        });
    }
    found
}

/// The relative path that a call reads.
fn read_path(program: &Program, unit: &Unit<'_>, expr: &Expr) -> Option<String> {
    let ExprKind::Call { args, .. } = &expr.kind else { return None };
    called(program, unit.def, expr).filter(reads_file)?;
    let named = text(program, unit.def, args.first()?)?;
    (!named.starts_with('/') && !named.contains(':')).then_some(named)
}

/// Whether a function reads the file or folder that its first argument names.
fn reads_file(path: &ExternalPath) -> bool {
    is_file_function(path, READS)
        || READERS.iter().any(|(krate, ty, function)| has(path, krate, ty) && path.last() == *function)
}

/// `File::with_name("x").required(false)`.
fn is_optional(expr: &Expr) -> bool {
    let ExprKind::MethodCall(call) = &expr.kind else { return false };
    call.method.name == "required"
        && matches!(call.args.as_slice(), [Expr { kind: ExprKind::Lit(Lit::Bool(false)), .. }])
}

/// Requests to a loopback address.
pub(super) fn self_calls(graph: &AppGraph) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (from, to, edge) in graph.edges() {
        let (Node::Resource(resource), EdgeKind::Accesses(_), Some(at)) =
            (graph.node(to), edge.kind, edge.location)
        else {
            continue;
        };
        let host = resource.name.to_string();
        let is_own = resource.service == "http" && LOOPBACK.contains(&host.as_str());
        if is_own && graph.is_reached(from) {
            let message =
                format!("`{}` calls `{host}`, where a function has no server", graph.node(from).label());
            found.push(
                Diagnostic::new(Code::SELF_CALL, message)
                    .at(at)
                    .help("call the function behind the route, or the API by its public address"),
            );
        }
    }
    found
}

/// The first pool of database connections that the start makes.
pub(super) fn pool(program: &Program, routes: usize, start: &[Unit<'_>]) -> Option<Diagnostic> {
    const POOLS: &[(&str, &str)] = &[
        ("bb8", "Pool"),
        ("deadpool_diesel", "Pool"),
        ("deadpool_postgres", "Pool"),
        ("deadpool_postgres", "Config"),
        ("diesel", "Pool"),
        ("diesel_async", "Pool"),
        ("r2d2", "Pool"),
        ("sea_orm", "Database"),
        ("sqlx", "MySqlPool"),
        ("sqlx", "MySqlPoolOptions"),
        ("sqlx", "PgPool"),
        ("sqlx", "PgPoolOptions"),
        ("sqlx", "PoolOptions"),
    ];
    const MAKE: &[&str] =
        &["builder", "connect", "connect_lazy", "connect_lazy_with", "connect_with", "create_pool", "new"];
    let is_pool = |path: &ExternalPath| {
        MAKE.contains(&path.last()) && POOLS.iter().any(|(krate, ty)| has(path, krate, ty))
    };
    if routes < 2 {
        return None;
    }
    let (unit, named) = start.iter().find_map(|unit| Some((unit, unit.first(is_pool)?)))?;
    let mut most = None;
    unit.exprs(&mut |expr| {
        if let ExprKind::MethodCall(call) = &expr.kind
            && matches!(call.method.name.as_str(), "max_connections" | "max_size")
            && let [arg] = call.args.as_slice()
        {
            most = most.or_else(|| number(program, unit.def, arg));
        }
    });
    let message = match most {
        Some(most) => format!("each instance of each function opens up to {most} database connections"),
        None => "each instance of each function makes a pool of database connections".to_string(),
    };
    let help = "an instance has one request at a time: one or two connections are enough";
    Some(Diagnostic::new(Code::CONNECTION_POOL, message).at(named.at).help(help))
}
