//! Statements that diesel and sea-orm build by methods: which tables and columns they read and write.
//!
//! Input: a method call that runs a statement, in its call context. Output: `Needs`, as `sql` gives them for text; a problem in words for
//! each part that is not understood, never a guess. A query that is built and never run gives nothing.
//! Deliberately absent: text (`sql`), statements of `sea_query`, what functions and views of the database do.

mod attributes;
mod diesel;
mod entity;
mod known;
mod locals;
mod models;
mod names;
mod plain;
mod query;
mod reader;
mod relations;
mod rows;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::schema::Schema;
use super::sql::{Needs, Verb};
use crate::resolve::scope::ExternalPath;
use crate::resolve::{DefId, DefKind, Program, Res, Ty};
use crate::span::Location;
use crate::syntax::ast::{Expr, ExprKind, ItemKind, MethodCall, Path, TypeKind, derives};
use crate::syntax::{table, visit};
use crate::values::{Evaluator, FrameId, Thunk};

use attributes::metas;
use models::{Model, Models};
use names::{Made, Names};
use plain::Plain;
use query::{Named, Part, Query, Row};
use reader::Reader;
use tables::{TableId, Tables};

pub(super) use reader::Memo;

/// Methods that run a statement of diesel, with a connection as their argument.
const DIESEL: &[&str] = &[
    "execute",
    "load",
    "load_iter",
    "load_stream",
    "get_result",
    "get_results",
    "first",
    "save_changes",
    "internal_load",
];

/// Methods that run a statement of sea-orm, with a connection as their last argument.
const SEA: &[&str] = &[
    "one",
    "all",
    "count",
    "stream",
    "stream_partial_model",
    "exec",
    "exec_without_returning",
    "exec_with_returning",
    "exec_with_returning_keys",
    "exec_with_returning_many",
    "exists",
    "insert",
    "update",
    "update_without_returning",
    "save",
    "delete",
    "load_one",
    "load_many",
    "load_many_to_many",
];

/// The traits of these methods.
const TRAITS: &[&str] = &[
    "RunQueryDsl",
    "SaveChangesDsl",
    "LoadQuery",
    "ExecuteDsl",
    "ActiveModelTrait",
    "ModelTrait",
    "PaginatorTrait",
    "LoaderTrait",
];

/// Methods of a paginator of sea-orm, which has the connection.
const PAGES: &[&str] = &[
    "fetch",
    "fetch_page",
    "num_items",
    "num_pages",
    "num_items_and_pages",
    "fetch_and_next",
    "into_stream",
];

/// Methods of sea-orm that run the statement in their argument.
const STATEMENTS: &[&str] =
    &["execute", "query_one", "query_all", "execute_raw", "query_one_raw", "query_all_raw", "stream"];

/// What a program has of diesel and sea-orm.
pub(super) struct Orm<'p> {
    program: &'p Program,
    tables: Tables,
    names: Names<'p>,
    models: Models,
    plain: Plain,
    /// Child, its column, parent.
    joinable: Vec<(TableId, String, TableId)>,
    /// Impls of `Related` by their two entities.
    related: BTreeMap<(TableId, TableId), DefId>,
    /// Functions of what macros make, with what that is.
    functions: Vec<(Made, DefId)>,
    /// Functions of `ActiveModelBehavior`, by the entity.
    hooks: BTreeMap<TableId, Vec<DefId>>,
    has_diesel: bool,
    has_sea: bool,
}

/// What a call runs.
pub(super) struct Ran {
    pub(super) needs: Needs,
    /// Functions of the program that run with it.
    pub(super) hooks: Vec<DefId>,
}

/// Whether a call may run a statement, by its name and the number of its arguments.
pub(super) fn runs(call: &MethodCall) -> bool {
    let name = call.method.name.as_str();
    match call.args.len() {
        0 => PAGES.contains(&name),
        1 => {
            DIESEL.contains(&name)
                || SEA.contains(&name)
                || name == "fetch_page"
                || STATEMENTS.contains(&name)
        }
        2 | 3 => name.starts_with("load_"),
        _ => false,
    }
}

impl<'p> Orm<'p> {
    pub(super) fn of(program: &'p Program, has_diesel: bool, has_sea: bool) -> Self {
        let is_used = has_diesel || has_sea;
        let mut orm = Self {
            program,
            tables: if is_used { Tables::of(program) } else { Tables::default() },
            names: if is_used { Names::of(program) } else { Names::none(program) },
            models: if has_diesel { Models::of(program) } else { Models::default() },
            plain: Plain::default(),
            joinable: Vec::new(),
            related: BTreeMap::new(),
            functions: Vec::new(),
            hooks: BTreeMap::new(),
            has_diesel,
            has_sea,
        };
        if !orm.tables.is_empty() {
            orm.find_joins();
            orm.find_impls();
        }
        orm
    }

    pub(super) fn is_used(&self) -> bool {
        self.has_diesel || self.has_sea
    }

    fn find_joins(&mut self) {
        for def in &self.program.defs {
            let ItemKind::MacroCall(call) = &def.item.kind else { continue };
            if call.path.last().ident.name != "joinable" {
                continue;
            }
            let Some(join) = table::joinable(tables::tokens(self.program, def, call)) else { continue };
            let find = |names: &[_]| match self.names.names(&self.tables, names, def.module, None) {
                Some((Made::Module(table) | Made::Table(table), _)) => Some(table),
                _ => None,
            };
            if let Some((child, parent)) = find(&join.child).zip(find(&join.parent))
                && let Some(key) = self.tables.get(child).column(&join.key)
            {
                self.joinable.push((child, key.to_string(), parent));
            }
        }
    }

    /// Impls for what macros make, of which the resolver knows no type.
    fn find_impls(&mut self) {
        for info in &self.program.impls {
            let def = self.program.def(info.def);
            let ItemKind::Impl(block) = &def.item.kind else { continue };
            let TypeKind::Path(path) = &block.self_ty.kind else { continue };
            let Some((made, _)) = self.names.path(&self.tables, path, def.module, None) else { continue };
            let trait_ = match &info.trait_ {
                Some(Res::External(path)) => path.last(),
                _ => "",
            };
            match (&made, trait_) {
                (Made::Table(from), "Related") => {
                    if let Some(to) =
                        block.trait_.as_ref().and_then(|trait_| self.argument(trait_, def.module))
                    {
                        self.related.insert((*from, to), info.def);
                    }
                }
                (Made::ActiveModel(entity), "ActiveModelBehavior") => {
                    self.hooks.entry(*entity).or_default().extend(&info.items);
                }
                _ => {}
            }
            self.functions.extend(info.items.iter().map(|&item| (made.clone(), item)));
        }
    }

    /// The entity that is the argument of a trait.
    fn argument(&self, trait_: &Path, module: crate::load::ModuleId) -> Option<TableId> {
        let TypeKind::Path(path) = &trait_.last().args().first()?.kind else { return None };
        match self.names.path(&self.tables, path, module, None)? {
            (Made::Table(table), _) => Some(table),
            _ => None,
        }
    }

    fn model(&self, def: DefId) -> Option<Arc<Model>> {
        self.models.get(self.program, &self.tables, &self.names, def)
    }

    /// The expression at a place of an attribute, and its struct.
    fn attribute(&self, at: Location) -> Option<&(DefId, Expr)> {
        self.models.expr(at)
    }

    /// What joins two tables: child, its column, parent.
    fn joinable(&self, left: TableId, right: TableId) -> Option<(TableId, &str, TableId)> {
        let found = self.joinable.iter().find(|(child, _, parent)| {
            (*child, *parent) == (left, right) || (*child, *parent) == (right, left)
        });
        found.map(|(child, key, parent)| (*child, key.as_str(), *parent))
    }

    fn related(&self, from: TableId, to: TableId) -> Option<DefId> {
        self.related.get(&(from, to)).copied()
    }

    /// Functions of that name that the program gives to something that a macro makes.
    fn functions_of(&self, made: &Made, name: &str) -> Vec<DefId> {
        let of = self
            .functions
            .iter()
            .filter(|(known, item)| known == made && self.program.def(*item).name == name);
        of.map(|(_, item)| *item).collect()
    }

    /// Columns that the hooks of an active model may set.
    fn hooked(&self, entity: TableId) -> BTreeSet<String> {
        let table = self.tables.get(entity);
        let mut columns = BTreeSet::new();
        for &hook in self.hooks.get(&entity).into_iter().flatten() {
            let Some(block) = self.program.func(hook).and_then(|func| func.block()) else { continue };
            visit::exprs_in_block(block, &mut |expr| match &expr.kind {
                ExprKind::Assign { left, .. } => {
                    if let ExprKind::Field { name, .. } = &left.kind {
                        columns.extend(table.column(&name.name).map(str::to_string));
                    }
                }
                ExprKind::Struct(literal) => {
                    columns.extend(
                        literal
                            .fields
                            .iter()
                            .filter_map(|field| table.column(&field.name.name))
                            .map(str::to_string),
                    );
                }
                _ => {}
            });
        }
        columns
    }

    /// The columns that a partial model of an entity selects.
    fn partial(&self, def: DefId, entity: TableId, depth: usize) -> Option<Named> {
        let program = self.program;
        let of = program.def(def);
        let ItemKind::Struct(strukt) = &of.item.kind else { return None };
        if depth > 0 || of.kind != DefKind::Struct || !derives(&of.item.attrs, "DerivePartialModel") {
            return None;
        }
        let table = self.tables.get(entity);
        let text = &program.tree.sources.get(of.location.source).text;
        let mut named = Named::default();
        for field in strukt.fields.all() {
            let says = metas(&field.attrs, "sea_orm", text);
            let value = |key: &str| says.iter().find(|meta| meta.key == key).map(|meta| meta.value);
            if says.iter().any(|meta| meta.key == "skip") {
                continue;
            }
            if says.iter().any(|meta| matches!(meta.key, "from_expr" | "nested" | "flatten")) {
                named.problem("a field of its partial model is no plain column");
                continue;
            }
            let name = value("from_col").unwrap_or(&field.name.name);
            match table.column(name).or_else(|| table.column_of_variant(name)) {
                Some(column) => named.read(entity, [column.to_string()]),
                None => named.problem("a field of its partial model is no column"),
            }
        }
        Some(named)
    }

    /// Functions of the program that a call on something that a macro makes runs, where the resolver knows none.
    pub(super) fn called(&self, path: &Path, owner: DefId) -> Vec<DefId> {
        if self.functions.is_empty() {
            return Vec::new();
        }
        let module = self.program.def(owner).module;
        match self.names.path(&self.tables, path, module, Some(owner)) {
            Some((made, rest)) => match rest.as_slice() {
                [function] => self.functions_of(&made, function),
                _ => Vec::new(),
            },
            None => Vec::new(),
        }
    }

    /// Whether a path names a method that runs a statement through its trait: `RunQueryDsl::load(query, db)`. These are not followed.
    pub(super) fn runs_by_trait(&self, path: &Path) -> bool {
        let mut names = path.names().rev();
        let method =
            names.next().is_some_and(|name| DIESEL.contains(&name.as_str()) || SEA.contains(&name.as_str()));
        self.is_used() && method && names.next().is_some_and(|name| TRAITS.contains(&name.as_str()))
    }

    /// Whether a method call may run a statement: by its name, by what is imported where it stands, and by its receiver's type.
    pub(super) fn may_run(&self, call: &MethodCall, owner: DefId, receiver: Option<&Ty>) -> bool {
        let name = call.method.name.as_str();
        if !self.is_used() || !runs(call) {
            return false;
        }
        let module = self.program.def(owner).module;
        // The resolver takes a name that a macro makes for one that a glob of another crate brings.
        let is_made = || {
            let path = head(&call.receiver);
            path.is_some_and(|path| self.names.path(&self.tables, path, module, Some(owner)).is_some())
        };
        if receiver.is_some_and(|ty| is_other(ty, name.starts_with("load_"))) && !is_made() {
            return false;
        }
        let is_entity = |module| self.tables.entity_of(module).is_some();
        let is_near = self.names.uses(module, Some(owner), &is_family)
            || (self.has_sea && self.names.brings_module(module, &is_entity));
        if !is_near {
            return false;
        }
        (self.has_diesel && DIESEL.contains(&name))
            || (self.has_sea && (SEA.contains(&name) || PAGES.contains(&name) || STATEMENTS.contains(&name)))
    }
}

/// Whether a crate is one of diesel's or sea-orm's, or gives on what is theirs.
fn is_family(krate: &str) -> bool {
    krate.starts_with("diesel") || krate.starts_with("sea_") || krate == "loco_rs"
}

/// The path with which a chain of calls begins.
fn head(expr: &Expr) -> Option<&Path> {
    match &expr.kind {
        ExprKind::Path(path) => Some(path),
        ExprKind::MethodCall(call) => head(&call.receiver),
        ExprKind::Call { callee, .. } => head(callee),
        ExprKind::Ref(inner) | ExprKind::Await(inner) | ExprKind::Try(inner) => head(inner),
        _ => None,
    }
}

/// Whether methods of a type run no statement; `of_rows` is for those that lists of rows have.
fn is_other(ty: &Ty, of_rows: bool) -> bool {
    let is_other =
        |krate: &str| !matches!(krate, "diesel" | "diesel_async" | "sea_orm" | "sea_query" | "loco_rs");
    match ty.peel() {
        Ty::External(path, _) if path.krate() == "std" => !of_rows,
        Ty::External(path, _) => is_other(path.krate()),
        Ty::MethodResult { receiver, .. } => is_other_crate(receiver, &is_other),
        Ty::CallResult { function } => !is_of_trait(function) && is_other(function.krate()),
        Ty::Slice(_) | Ty::Tuple(_) => !of_rows,
        _ => false,
    }
}

/// Whether what a method gives is of such a crate, as its receiver is.
fn is_other_crate(ty: &Ty, is_other: &dyn Fn(&str) -> bool) -> bool {
    match ty.peel() {
        Ty::External(path, _) => path.krate() != "std" && is_other(path.krate()),
        Ty::MethodResult { receiver, .. } => is_other_crate(receiver, is_other),
        Ty::CallResult { function } => !is_of_trait(function) && is_other(function.krate()),
        _ => false,
    }
}

/// Whether a function is one that a bound gives, of a trait that is not known: `E::find()`.
fn is_of_trait(function: &ExternalPath) -> bool {
    function.0.get(1).is_some_and(|name| name == "trait")
}

/// What a method call runs; `None` where it runs nothing that is built here.
pub(super) fn ran<'p>(
    evaluator: &mut Evaluator<'p>,
    orm: &'p Orm<'p>,
    schema: &Schema,
    memo: &mut Memo,
    at: Thunk<'p>,
) -> Option<Ran> {
    let ExprKind::MethodCall(call) = &at.expr.kind else { return None };
    let name = call.method.name.as_str();
    let mut reader = Reader::new(evaluator, orm, schema, memo);
    let receiver = reader.part(&call.receiver, at.frame);
    let mut hooks = Vec::new();
    let part = if receiver.queries.is_empty() {
        let of_row = match (&receiver.row, name) {
            (Some(row), "save_changes") => reader.saved_changes(row),
            _ => reader.of_row(&receiver, call, at.frame),
        };
        if let (Some(Row::Active { entity, .. }), "insert" | "update" | "save" | "delete") =
            (&receiver.row, name)
        {
            hooks.extend(orm.hooks.get(entity).into_iter().flatten());
        }
        match of_row {
            Some(part) => part,
            None if receiver.is_text || (receiver.row.is_some() && !STATEMENTS.contains(&name)) => {
                return None;
            }
            None => reader.in_argument(call, at.frame)?,
        }
    } else {
        receiver
    };
    let mut needs = part.named.needs.clone();
    for query in &part.queries {
        needs.join(&finished(query, &orm.tables, schema, name));
    }
    Some(Ran { needs, hooks })
}

impl<'p> Reader<'_, 'p> {
    /// The statement in the argument of `db.execute(..)`, or one that is not known; nothing where its text was met.
    fn in_argument(&mut self, call: &'p MethodCall, frame: FrameId) -> Option<Part> {
        let name = call.method.name.as_str();
        let first = call.args.first()?;
        if STATEMENTS.contains(&name) && self.orm.has_sea {
            let part = self.part(first, frame);
            if part.is_text {
                return None;
            }
            if !part.queries.is_empty() || !part.named.needs.problems.is_empty() {
                return Some(part);
            }
        }
        let mut part = Part::default();
        part.named.problem(UNKNOWN);
        Some(part)
    }
}

/// The problem of a statement of which nothing is known.
pub(super) const UNKNOWN: &str = "what it runs could not be followed";

/// What a statement needs where a method runs it.
fn finished(query: &Query, tables: &Tables, schema: &Schema, method: &str) -> Needs {
    let is_entity = query.sources.first().is_some_and(|&table| tables.get(table).is_entity);
    if !is_entity {
        return query.needs(tables, schema, method != "execute");
    }
    let mut query = query.clone();
    let returns_all = method.starts_with("exec_with_returning") && method != "exec_with_returning_keys";
    match (query.verb, method) {
        (_, "exec_without_returning") => query.returning = None,
        (Verb::Insert, "exec" | "exec_with_returning_keys") => {
            let &table = query.sources.first().expect("an insert has a table");
            let mut keys = Named::default();
            keys.read(table, tables.get(table).keys());
            query.returning = Some(keys);
        }
        (_, _) if returns_all => query.returning = None,
        _ => {}
    }
    query.needs(tables, schema, returns_all)
}
