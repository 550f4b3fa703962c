//! Calls that carry SQL: `sqlx` functions and macros with their text; what is not understood of `sqlx`, `diesel` and their like.

use super::sql;
use super::table::{Access, Resource, ResourceName};
use crate::certainty::Certainty;
use crate::diagnostic::{Code, Diagnostic};
use crate::resolve::scope::ExternalPath;
use crate::resolve::{Program, Ty};
use crate::span::Location;
use crate::syntax::ast::{Expr, ExprKind, MacroCall, MethodCall};
use crate::values::Text;

/// Crates whose statements are not read from text.
const BUILDERS: &[&str] =
    &["diesel", "diesel_async", "sea_orm", "tokio_postgres", "rusqlite", "deadpool_postgres"];

/// The argument that holds the statement of an `sqlx` function.
pub(super) fn statement_of_call<'p>(path: &ExternalPath, args: &'p [Expr]) -> Option<&'p Expr> {
    let is_query = matches!(
        path.last(),
        "query"
            | "query_as"
            | "query_scalar"
            | "raw_sql"
            | "query_with"
            | "query_as_with"
            | "query_scalar_with"
    );
    (path.krate() == "sqlx" && is_query).then(|| args.first()).flatten()
}

/// The argument that holds the statement of an `sqlx` macro: `query_as!(T, "..")` has it second.
pub(super) fn statement_of_macro(call: &MacroCall) -> Option<&Expr> {
    let at = match call.path.last().ident.name.as_str() {
        "query" | "query_unchecked" | "query_scalar" | "query_scalar_unchecked" => 0,
        "query_as" | "query_as_unchecked" => 1,
        _ => return None,
    };
    let expr = &call.args.get(at)?.expr;
    matches!(expr.kind, ExprKind::Lit(_) | ExprKind::Binary { .. } | ExprKind::Macro(_)).then_some(expr)
}

/// Whether a call makes a statement that is built by methods instead of text.
pub(super) fn is_built(path: &ExternalPath) -> bool {
    let makes =
        ["insert_into", "update", "delete", "sql_query", "find", "find_by_id", "insert", "replace_into"];
    (BUILDERS.contains(&path.krate()) && makes.contains(&path.last()))
        || (path.krate() == "sqlx" && path.0.iter().any(|name| name == "QueryBuilder"))
}

/// Whether a macro of `sqlx` reads its statement from a file.
pub(super) fn is_file(call: &MacroCall) -> bool {
    call.path.last().ident.name.starts_with("query_file")
}

/// Whether a method can run a built statement, in a program that builds statements.
pub(super) fn may_run(call: &MethodCall) -> bool {
    let runs = [
        "load",
        "get_result",
        "get_results",
        "execute",
        "first",
        "one",
        "all",
        "exec",
        "query",
        "query_one",
        "query_opt",
        "query_row",
        "insert",
        "update",
        "save",
    ];
    !call.args.is_empty() && runs.contains(&call.method.name.as_str())
}

/// Whether methods of a type run no statement: it is of the standard library or its kin.
pub(super) fn runs_nothing(ty: &Ty) -> bool {
    match ty.peel() {
        Ty::External(path, _) => path.krate() == "std" || path.krate().starts_with("aws_"),
        Ty::Slice(_) | Ty::Tuple(_) | Ty::Closure(_) => true,
        _ => false,
    }
}

/// Whether the program depends on a crate that builds statements.
pub(super) fn builds_statements(program: &Program) -> bool {
    program
        .tree
        .packages
        .iter()
        .flat_map(|package| &package.dependencies)
        .any(|dependency| BUILDERS.contains(&dependency.package.replace('-', "_").as_str()))
}

/// Accesses of a statement by its possible texts.
pub(super) fn accesses(
    texts: &[Text],
    location: Location,
    certainty: Certainty,
    via: &[String],
    findings: &mut Vec<Diagnostic>,
) -> Vec<Access> {
    let certainty = certainty.max(super::of_candidates(texts.len() > 1));
    let mut found = Vec::new();
    for text in texts {
        let Some(needs) = text.as_literal().and_then(sql::needs) else {
            findings.push(unknown(location));
            continue;
        };
        for need in needs {
            let access = Access {
                service: "sql".to_string(),
                operation: need.verb.as_str().to_string(),
                actions: Vec::new(),
                resources: vec![Resource {
                    service: "sql".to_string(),
                    kind: "table".to_string(),
                    name: ResourceName::literal(need.table),
                    sub: None,
                }],
                argument: None,
                conditions: Vec::new(),
                mode: need.verb.mode(),
                location,
                certainty,
                via: via.to_vec(),
                implied: need.implied,
            };
            if !found.contains(&access) {
                found.push(access);
            }
        }
    }
    found
}

/// A statement whose tables are not known.
pub(super) fn unknown(location: Location) -> Diagnostic {
    Diagnostic::new(Code::SQL_UNKNOWN, "the tables of this statement are not known")
        .at(location)
        .help("tables are read from statements that are a literal or a constant; give the function's database role its grants by hand")
}
