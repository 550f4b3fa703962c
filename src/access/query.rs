//! Calls that carry SQL text: functions, macros and methods of `sqlx`, `tokio-postgres` and their kin, `rusqlite`, and what `diesel`
//! and `sea-orm` take as text. Deliberately absent: statements that these two build by methods (`orm`).

use super::built;
use super::sql::{self, Needs, Statements};
use super::table::{Access, Resource, ResourceName};
use crate::certainty::Certainty;
use crate::diagnostic::{Code, Diagnostic};
use crate::resolve::scope::ExternalPath;
use crate::resolve::{Program, Ty};
use crate::span::Location;
use crate::syntax::ast::{Expr, ExprKind, MacroCall, MethodCall};
use crate::values::Text;

/// Crates around PostgreSQL's own client.
const POSTGRES: &[&str] =
    &["tokio_postgres", "deadpool_postgres", "postgres", "bb8_postgres", "r2d2_postgres"];

/// Methods whose first argument is a statement: of which crates, and whether no other kind of value has a method of that name.
const METHODS: &[(&str, &[&str], bool)] = &[
    ("execute", &["sqlx", "postgres", "rusqlite"], false),
    ("execute_many", &["sqlx"], false),
    ("fetch", &["sqlx"], false),
    ("fetch_all", &["sqlx"], false),
    ("fetch_many", &["sqlx"], false),
    ("fetch_one", &["sqlx"], false),
    ("fetch_optional", &["sqlx"], false),
    ("query", &["postgres"], false),
    ("query_one", &["postgres"], true),
    ("query_opt", &["postgres"], true),
    ("query_raw", &["postgres"], true),
    ("query_typed", &["postgres"], true),
    ("query_typed_raw", &["postgres"], true),
    ("query_row", &["rusqlite"], true),
    ("query_row_and_then", &["rusqlite"], true),
    ("execute_raw", &["postgres"], true),
    ("execute_typed", &["postgres"], true),
    ("simple_query", &["postgres"], true),
    ("simple_query_raw", &["postgres"], true),
    ("batch_execute", &["postgres", "diesel"], true),
    ("execute_batch", &["rusqlite"], true),
    ("execute_unprepared", &["sea_orm"], true),
    ("copy_in_raw", &["sqlx"], true),
    ("copy_out_raw", &["sqlx"], true),
    ("copy_in", &["postgres"], true),
    ("copy_out", &["postgres"], true),
    // A prepared statement of PostgreSQL's client is named where it runs; `rusqlite` runs it by methods of its own.
    ("prepare", &["rusqlite"], false),
    ("prepare_cached", &["rusqlite"], false),
];

/// Methods that prepare a statement for one of the methods above.
const PREPARES: &[&str] = &["prepare", "prepare_cached", "prepare_typed", "prepare_typed_cached"];

/// Which crates with SQL a program depends on.
#[derive(Debug, Clone, Default)]
pub(super) struct Clients {
    /// `sqlx`, `postgres` for any of its clients, `rusqlite`, `sea_orm`, `diesel`.
    families: Vec<&'static str>,
    /// Whether the statements may be for PostgreSQL.
    pub(super) is_postgres: bool,
    /// Whether they are for `MySQL` alone.
    pub(super) is_mysql: bool,
}

impl Clients {
    /// Whether the program depends on any of them.
    pub(super) fn any(&self) -> bool {
        !self.families.is_empty()
    }

    pub(super) fn of(program: &Program) -> Self {
        let mut clients = Self::default();
        let (mut postgres, mut mysql, mut sqlite) = (false, false, false);
        for dependency in program.tree.dependencies() {
            let name = dependency.package.replace('-', "_");
            if let Some(family) = family(&name)
                && !clients.families.contains(&family)
            {
                clients.families.push(family);
            }
            let has = |what: &str| dependency.features.iter().any(|feature| feature.contains(what));
            if family(&name).is_some() {
                postgres |= family(&name) == Some("postgres") || has("postgres");
                mysql |= has("mysql");
                sqlite |= name == "rusqlite" || has("sqlite");
            }
        }
        clients.is_postgres = postgres || !(mysql || sqlite);
        clients.is_mysql = mysql && !postgres && !sqlite;
        clients
    }

    pub(super) fn has(&self, family: &str) -> bool {
        self.families.contains(&family)
    }

    fn has_sqlx(&self) -> bool {
        self.families.contains(&"sqlx")
    }

    /// Whether a method can make a query of an `sqlx::QueryBuilder`.
    pub(super) fn may_finish(&self, call: &MethodCall, receiver: Option<&Ty>) -> bool {
        let is_other = |ty: &Ty| ty.peel().def().is_some() || matches!(kin(ty), Kin::Other);
        self.has_sqlx() && built::finishes(&call.method.name) && !receiver.is_some_and(is_other)
    }

    /// Whether a macro that nothing else defines is one of `sqlx`, brought by `#[macro_use] extern crate sqlx`.
    pub(super) fn has_macro(&self, call: &MacroCall) -> bool {
        self.has_sqlx() && call.path.as_ident().is_some() && statement_of_macro(call).is_some()
    }

    fn families_of(&self, method: &str) -> impl Iterator<Item = &'static str> {
        let families = METHODS.iter().find(|(name, ..)| *name == method).map_or(&[][..], |(_, of, _)| of);
        families.iter().copied().filter(|family| self.families.contains(family))
    }

    /// Whether a method can run a statement that is its first argument.
    pub(super) fn may_run_text(&self, call: &MethodCall, receiver: Option<&Ty>) -> bool {
        !call.args.is_empty() && self.receiver(call, receiver) != Receiver::Other
    }

    /// What a method call's receiver is, as far as SQL goes.
    pub(super) fn receiver(&self, call: &MethodCall, receiver: Option<&Ty>) -> Receiver {
        let mut families = self.families_of(call.method.name.as_str()).peekable();
        if families.peek().is_none() {
            return Receiver::Other;
        }
        if receiver.is_some_and(is_query) || is_query_of_macro(&call.receiver) {
            return Receiver::Other;
        }
        match receiver.map_or(Kin::Unknown, kin) {
            Kin::Family(family) if families.any(|known| known == family) => Receiver::Client(family),
            Kin::Family(_) | Kin::Other => Receiver::Other,
            Kin::Unknown => Receiver::Unknown,
        }
    }
}

/// What a method that may run text is called on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Receiver {
    /// A connection, pool or transaction of one of the crates.
    Client(&'static str),
    Unknown,
    Other,
}

fn family(krate: &str) -> Option<&'static str> {
    match krate {
        "sqlx" | "sqlx_core" | "sqlx_postgres" => Some("sqlx"),
        "rusqlite" => Some("rusqlite"),
        "sea_orm" => Some("sea_orm"),
        "diesel" | "diesel_async" => Some("diesel"),
        krate if POSTGRES.contains(&krate) => Some("postgres"),
        _ => None,
    }
}

/// Whether a type is a query of `sqlx` with its statement: its methods take what runs it.
fn is_query(ty: &Ty) -> bool {
    match ty.peel() {
        Ty::MethodResult { receiver, .. } => is_query(receiver),
        Ty::CallResult { function } => function.krate() == "sqlx" && place_of_statement(function).is_some(),
        _ => false,
    }
}

/// Whether a chain begins at a macro of `sqlx` that makes a query.
fn is_query_of_macro(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::MethodCall(call) => is_query_of_macro(&call.receiver),
        ExprKind::Macro(call) => {
            call.path.segments.first().is_some_and(|krate| krate.ident.name == "sqlx")
                && matches!(statement_of_macro(call), Some(MacroStatement::Text(_) | MacroStatement::File(_)))
        }
        _ => false,
    }
}

enum Kin {
    Family(&'static str),
    Unknown,
    Other,
}

/// The crate that a type comes from, through results of its methods.
fn kin(ty: &Ty) -> Kin {
    let of_krate = |krate: &str| match family(krate) {
        Some(family) => Kin::Family(family),
        None if krate.starts_with("aws_") => Kin::Other,
        None => Kin::Unknown,
    };
    match ty.peel() {
        Ty::External(path, args) => match path.krate() {
            "std" if args.is_empty() => Kin::Other,
            krate => match of_krate(krate) {
                // `Option<Client>`, `PooledConnection<PostgresConnectionManager>`.
                Kin::Unknown
                    if krate != "std" || matches!(path.last(), "Option" | "Result" | "MutexGuard") =>
                {
                    args.iter().map(kin).find(|kin| matches!(kin, Kin::Family(_))).unwrap_or(Kin::Unknown)
                }
                Kin::Unknown => Kin::Other,
                known => known,
            },
        },
        Ty::MethodResult { receiver, .. } => match kin(receiver) {
            Kin::Other => Kin::Unknown,
            known => known,
        },
        Ty::CallResult { function } => of_krate(function.krate()),
        Ty::Slice(_) | Ty::Tuple(_) | Ty::Closure(_) => Kin::Other,
        _ => Kin::Unknown,
    }
}

/// Whether only a method that runs statements has that name.
pub(super) fn is_distinctive(call: &MethodCall) -> bool {
    METHODS.iter().any(|(name, _, distinctive)| *distinctive && *name == call.method.name)
}

pub(super) fn prepares(method: &str) -> bool {
    PREPARES.contains(&method)
}

/// The argument of a function that holds a statement.
pub(super) fn statement_of_call<'p>(path: &ExternalPath, args: &'p [Expr]) -> Option<&'p Expr> {
    args.get(place_of_statement(path)?)
}

/// Which argument of a function holds a statement.
fn place_of_statement(path: &ExternalPath) -> Option<usize> {
    match (path.krate(), path.last()) {
        (
            "sqlx",
            "query" | "query_as" | "query_scalar" | "raw_sql" | "query_with" | "query_as_with"
            | "query_scalar_with",
        )
        | ("diesel", "sql_query") => Some(0),
        ("sea_orm", "from_string" | "from_sql_and_values")
            if path.0.iter().any(|name| name == "Statement") =>
        {
            Some(1)
        }
        _ => None,
    }
}

/// A statement that a macro of `sqlx` holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum MacroStatement<'p> {
    Text(&'p Expr),
    /// A path from the package's folder.
    File(&'p Expr),
    /// `sqlx::migrate!`: statements that make tables.
    Migrations,
}

/// The statement of an `sqlx` macro: `query_as!(T, "..")` has it second.
pub(super) fn statement_of_macro(call: &MacroCall) -> Option<MacroStatement<'_>> {
    let name = call.path.last().ident.name.as_str();
    let name = name.strip_suffix("_unchecked").unwrap_or(name);
    if name == "migrate" {
        return Some(MacroStatement::Migrations);
    }
    let at = match name {
        "query" | "query_scalar" | "query_file" | "query_file_scalar" => 0,
        "query_as" | "query_file_as" => 1,
        _ => return None,
    };
    let expr = &call.args.get(at)?.expr;
    if name.starts_with("query_file") {
        return Some(MacroStatement::File(expr));
    }
    matches!(expr.kind, ExprKind::Lit(_) | ExprKind::Binary { .. } | ExprKind::Macro(_))
        .then_some(MacroStatement::Text(expr))
}

/// Where a statement stands and how sure it is that it runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) location: Location,
    pub(super) certainty: Certainty,
    pub(super) via: &'a [String],
}

/// Accesses of a statement by its possible texts.
pub(super) fn accesses(
    texts: &[Text],
    statements: &Statements<'_>,
    site: Site<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Access> {
    let certainty = site.certainty.max(super::of_candidates(texts.len() > 1));
    let mut found = Vec::new();
    for text in texts {
        // Nothing of it is known.
        if !text.0.iter().any(|piece| matches!(piece, crate::values::Piece::Literal(_))) && !text.0.is_empty()
        {
            findings.push(unknown(site.location));
            continue;
        }
        let needs = statements.needs(sql::template(text));
        report(&needs, site.location, findings);
        for access in of_needs(&needs, Site { certainty, ..site }) {
            if !found.contains(&access) {
                found.push(access);
            }
        }
    }
    found
}

/// The findings that a statement gives.
pub(super) fn report(needs: &Needs, location: Location, findings: &mut Vec<Diagnostic>) {
    for problem in &needs.problems {
        findings.push(
            Diagnostic::new(Code::SQL_UNKNOWN, format!("this statement is not known as a whole: {problem}"))
                .at(location)
                .help("what the rest of it needs is listed; give the function's database role what is missing by hand"),
        );
    }
    if needs.changes_schema {
        findings.push(migrates(location));
    }
}

pub(super) fn of_needs(needs: &Needs, site: Site<'_>) -> Vec<Access> {
    let certainty = site.certainty.max(super::of_candidates(needs.is_inferred));
    let access = |need: &sql::Need| Access {
        service: "sql".to_string(),
        operation: need.verb.as_str().to_string(),
        actions: Vec::new(),
        resources: vec![Resource {
            service: "sql".to_string(),
            kind: need.verb.kind().to_string(),
            name: ResourceName::literal(need.name.clone()),
            sub: None,
        }],
        argument: None,
        conditions: Vec::new(),
        mode: need.verb.mode(),
        location: site.location,
        certainty,
        via: site.via.to_vec(),
        implied: need.implied,
        columns: need.verb.has_columns().then(|| need.columns.clone()),
    };
    needs.all.iter().map(access).collect()
}

/// A statement whose tables are not known.
pub(super) fn unknown(location: Location) -> Diagnostic {
    Diagnostic::new(Code::SQL_UNKNOWN, "the tables of this statement are not known")
        .at(location)
        .help("tables are read from statements that are text in the program; give the function's database role its grants by hand")
}

/// A file with a statement that is not there.
pub(super) fn file_missing(location: Location, path: &str) -> Diagnostic {
    Diagnostic::new(Code::SQL_UNKNOWN, format!("the file of this statement, `{path}`, is not in the package"))
        .at(location)
        .help(
            "the path counts from the package's folder; give the function's database role its grants by hand",
        )
}

/// A token for a database user who is not known.
pub(super) fn user_unknown(location: Location) -> Diagnostic {
    Diagnostic::new(Code::RESOURCE_UNKNOWN, "which database user this token is for is not known")
        .at(location)
        .help("name it by a literal, a constant or `std::env::var`, or fill in the template's parameter")
}

/// Code that changes what tables there are.
pub(super) fn migrates(location: Location) -> Diagnostic {
    Diagnostic::new(Code::SCHEMA_CHANGED, "this changes which tables there are")
        .at(location)
        .help("run it once before deploying, with the role that owns the tables; a function's role has no right to do it")
}
