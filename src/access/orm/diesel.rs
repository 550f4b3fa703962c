//! What diesel's functions and methods make of a statement.
//!
//! Source: docs.diesel.rs, `query_dsl`, `query_builder`, `dsl`; `exists` and other subqueries select what they say, so everything where
//! they say nothing, and a write whose rows are loaded returns every column of its table unless `returning` says otherwise.

use super::super::sql::Verb;
use super::super::table::Columns;
use super::models::Model;
use super::query::{Given, Named, Part, Query, Row};
use super::reader::Reader;
use super::tables::TableId;
use crate::resolve::scope::ExternalPath;
use crate::resolve::types::TypeContext;
use crate::resolve::{DefId, Ty};
use crate::syntax::Name;
use crate::syntax::ast::{Expr, ExprKind, ItemKind, MethodCall, Path};
use crate::values::{FrameId, Thunk};

/// Methods whose arguments are conditions, orders, limits: what they name is read.
const CLAUSES: &[&str] = &[
    "filter",
    "or_filter",
    "having",
    "order",
    "order_by",
    "then_order_by",
    "group_by",
    "distinct_on",
    "limit",
    "offset",
    "find",
    "on",
    "filter_target",
];

/// Methods that change nothing of what is needed.
const PLAIN: &[&str] = &[
    "into_boxed",
    "as_query",
    "distinct",
    "skip_locked",
    "no_wait",
    "nullable",
    "assume_not_null",
    "single_value",
    "optional",
    "clone",
    "to_owned",
    "into",
    "only",
    "do_nothing",
    "boxed",
    "tablesample",
    "tablesample_bernoulli",
    "tablesample_system",
    "with_repeatable_seed",
    "with_seed",
    "as_ref",
    "borrow",
    "into_sql",
];

/// Which write a row's columns are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Write {
    Insert,
    Update,
}

impl<'p> Reader<'_, 'p> {
    /// A function of another crate, or one that macros make; `None` where it only passes on what its arguments name.
    pub(super) fn function(
        &mut self,
        path: &Path,
        external: Option<&ExternalPath>,
        args: &'p [Expr],
        frame: FrameId,
    ) -> Option<Part> {
        let name = path.last().ident.name.as_str();
        let is_diesel = external.is_none_or(|path| super::is_family(path.krate()));
        if !is_diesel || !self.orm.has_diesel {
            return self.sea_function(path, external, args, frame);
        }
        let first = args.first();
        match name {
            "insert_into" | "insert_or_ignore_into" | "replace_into" => {
                let mut part = self.part(first?, frame);
                part.queries.retain(|query| query.is_bare);
                let mut made = part.each(|query| query.verb = Verb::Insert);
                if name == "replace_into" {
                    made.named.problem("it replaces rows");
                }
                Some(made)
            }
            "update" => Some(self.written(first?, Verb::Update, frame)),
            "delete" => Some(self.written(first?, Verb::Delete, frame)),
            "select" => {
                let selected = self.expressions(args, frame).named;
                Some(Part::query(Query { selected: Some(selected), ..Query::new(Verb::Select, Vec::new()) }))
            }
            "sql_query" => Some(Part { is_text: true, ..Part::default() }),
            "debug_query" => Some(Part::default()),
            "sql" => Some(Part::problem("a fragment of it is text")),
            "on_constraint" => {
                let texts = self.evaluator.texts(Thunk { expr: first?, frame });
                let constraint = match texts.as_slice() {
                    [text] => text.as_literal().map(str::to_string),
                    _ => None,
                };
                Some(Part { constraint, ..Part::default() })
            }
            _ => self.sea_function(path, external, args, frame),
        }
    }

    /// `update` and `delete`: of a table, a query or a row.
    fn written(&mut self, of: &'p Expr, verb: Verb, frame: FrameId) -> Part {
        let part = self.part(of, frame);
        if let Some(Row::Struct(def)) = part.row
            && let Some(model) = self.orm.model(def)
        {
            return by_key(verb, &model).map(Part::query).unwrap_or_default();
        }
        let part = Part { row: None, given: None, column: None, ..part };
        part.each(|query| query.verb = verb)
    }

    /// A method on a query of diesel.
    pub(super) fn diesel_method(&mut self, receiver: Part, call: &'p MethodCall, frame: FrameId) -> Part {
        let name = call.method.name.as_str();
        let args = &call.args;
        let orm = self.orm;
        let tables = &orm.tables;
        match name {
            _ if CLAUSES.contains(&name) => {
                let named = self.clause(name, args, frame);
                receiver.each(|query| {
                    query.named.join(named.clone());
                    query.is_on |= name == "on";
                    if name == "find"
                        && let Some(&table) = query.sources.first()
                    {
                        query.named.read(table, tables.get(table).keys());
                    }
                })
            }
            "select" | "returning" => {
                let part = self.all(args, frame);
                let rows = match part.row {
                    Some(Row::Struct(def)) => Some(def),
                    _ => None,
                };
                let mut named = part.into_expression(tables);
                if named == Named::default() && !args.iter().all(selects_no_column) {
                    named.problem("what it selects is not known");
                }
                receiver.each(|query| {
                    let place = if name == "select" { &mut query.selected } else { &mut query.returning };
                    *place = Some(named.clone());
                    query.rows = rows;
                })
            }
            "primary_key" => {
                let mut part = Part::default();
                for &table in receiver.queries.iter().filter_map(|query| query.sources.first()) {
                    part.named.read(table, tables.get(table).keys());
                }
                part
            }
            "count" if args.is_empty() => receiver.each(|query| query.selected = Some(Named::default())),
            "inner_join" | "left_join" | "left_outer_join" => self.joined(receiver, args, frame),
            "for_update" | "for_no_key_update" | "for_share" | "for_key_share" => {
                receiver.each(|query| query.locks = true)
            }
            "union" | "union_all" | "intersect" | "intersect_all" | "except" | "except_all" => {
                let other = self.expressions(args, frame).named;
                receiver.each(|query| query.named.join(other.clone()))
            }
            "values" | "set" => {
                let part = self.all(args, frame);
                receiver.each(|query| {
                    let write = if query.verb == Verb::Insert && query.updated.is_none() {
                        Write::Insert
                    } else {
                        Write::Update
                    };
                    let given = given(orm, &part, query, write);
                    match &mut query.updated {
                        Some(updated) => updated.join(given),
                        None => query.written.get_or_insert_default().join(given),
                    }
                })
            }
            "default_values" => receiver.each(|query| query.written = Some(Given::default())),
            "into_columns" => {
                let named = self.expressions(args, frame).named;
                receiver.each(|query| {
                    let columns = named.reads.values().flatten().cloned().collect();
                    query.written.get_or_insert_default().columns = columns;
                })
            }
            "insert_into" => {
                let into = self.all(args, frame);
                let Some(&target) = into.queries.first().and_then(|query| query.sources.first()) else {
                    return Part::problem("the table that it inserts into is not known");
                };
                let mut query = Query::new(Verb::Insert, vec![target]);
                query.named = receiver.into_expression(tables);
                query.written = Some(Given { columns: tables.get(target).all(), ..Given::default() });
                Part::query(query)
            }
            "on_conflict" => {
                let target = self.all(args, frame);
                let schema = self.schema;
                receiver.each(|query| {
                    query.named.join(target.named.clone());
                    if let Some(&table) = query.sources.first()
                        && !args.is_empty()
                        && target.named.reads.is_empty()
                    {
                        let table = &tables.get(table).name;
                        let key =
                            target.constraint.as_ref().and_then(|key| schema.table(table)?.keys.get(key));
                        match key {
                            Some(key) => {
                                let columns = Columns::Some(key.iter().cloned().collect());
                                query.named.needs.add(Verb::Select, table, columns, true);
                            }
                            None => query.named.problem("the columns of its conflict are not known"),
                        }
                    }
                })
            }
            "do_update" => receiver.each(|query| query.updated = Some(Given::default())),
            "on_conflict_do_nothing" => receiver.each(|_| {}),
            // `alias.field(column)`
            "field" | "fields" => self.expressions(args, frame),
            _ if PLAIN.contains(&name) => {
                let keeps_bare = matches!(name, "clone" | "to_owned" | "into" | "as_ref" | "borrow");
                if keeps_bare { receiver } else { receiver.each(|_| {}) }
            }
            _ => {
                let mut named = receiver.into_expression(tables);
                named.join(self.expressions(args, frame).named);
                Part { named, ..Part::default() }
            }
        }
    }

    /// A join: of what `joinable!` or `on` says.
    fn joined(&mut self, receiver: Part, args: &'p [Expr], frame: FrameId) -> Part {
        let orm = self.orm;
        let other = self.all(args, frame);
        let right = match other.queries.as_slice() {
            [one] => one.clone(),
            _ => {
                let mut part = receiver;
                part.queries.iter_mut().for_each(|query| query.named.problem("what it joins is not known"));
                return part;
            }
        };
        receiver.each(|query| {
            let ends = query.sources.first().copied().zip(right.sources.first().copied());
            if !right.is_on
                && let Some((left, right)) = ends
            {
                match orm.joinable(left, right) {
                    Some((child, key, parent)) => {
                        query.named.read(child, [key.to_string()]);
                        query.named.read(parent, orm.tables.get(parent).keys());
                    }
                    None => {
                        let name = |table: TableId| orm.tables.get(table).name.clone();
                        query.named.problem(format!(
                            "how `{}` and `{}` are joined is not known",
                            name(left),
                            name(right)
                        ));
                    }
                }
            }
            query.sources.extend(&right.sources);
            query.named.join(right.named.clone());
            query.named.join(other.named.clone());
        })
    }

    /// `User::as_select()`, `Post::belonging_to(&user)`, `<(User, Post)>::as_select()`.
    pub(super) fn function_of_model(
        &mut self,
        path: &Path,
        args: &'p [Expr],
        frame: FrameId,
    ) -> Option<Part> {
        let name = path.last().ident.name.as_str();
        if !matches!(
            name,
            "as_select" | "as_returning" | "query" | "belonging_to" | "table" | "base_query" | "builder"
        ) {
            return None;
        }
        let mut all = Part::default();
        for def in self.types_before(path, frame)? {
            let model = self.orm.model(def)?;
            match name {
                "as_select" | "as_returning" => {
                    all.named.join(self.selection(&model, 0));
                    all.row = Some(Row::Struct(def));
                }
                "builder" => all.row = Some(Row::Struct(def)),
                "table" => all.join(Part::query(Query::bare(model.table?))),
                "belonging_to" => {
                    let parent = self.all(args, frame);
                    all.join(Part::query(self.belonging(&model, model.table?, &parent)));
                }
                _ => {
                    let base = model.base.and_then(|at| self.orm.attribute(at));
                    let base = match base {
                        Some((_, base)) => {
                            let frame = self.evaluator.root(def, None);
                            self.part(base, frame)
                        }
                        None if model.base.is_some() => {
                            Part::problem("what its `base_query` is is not known")
                        }
                        None => Part::query(Query::new(Verb::Select, vec![model.table?])),
                    };
                    let selected = (name == "query").then(|| self.selection(&model, 0));
                    all.join(base.each(|query| {
                        if selected.is_some() {
                            query.selected.clone_from(&selected);
                            query.rows = Some(def);
                        }
                    }));
                }
            }
        }
        Some(all)
    }

    /// The structs on which a function is called by their path.
    fn types_before(&self, path: &Path, frame: FrameId) -> Option<Vec<DefId>> {
        let owner = self.owner(frame);
        let program = self.program();
        let context = TypeContext { module: program.def(owner).module, owner: Some(owner) };
        let args = &self.evaluator.frame(frame).type_args;
        let mut found = Vec::new();
        if let Some(qself) = &path.qself {
            self.structs_of(&program.lower_type(qself, context).substitute(args), &mut found)?;
            return Some(found);
        }
        let (_, before) = path.segments.split_last()?;
        match before {
            [one] if !one.args().is_empty() && one.ident.name == "Option" => {
                self.structs_of(&program.lower_type(&one.args()[0], context).substitute(args), &mut found)?;
            }
            [one] if args.iter().any(|(name, _)| *name == one.ident.name) => {
                self.structs_of(&Ty::Param(one.ident.name.clone()).substitute(args), &mut found)?;
            }
            _ => {
                let names: Vec<Name> = before.iter().map(|segment| segment.ident.name.clone()).collect();
                let namespace = crate::resolve::Namespace::Types;
                let def = program.resolve_names(&names, namespace, context.module, Some(owner))?.def()?;
                self.structs_of(&Ty::Def(def, Vec::new()), &mut found)?;
            }
        }
        Some(found)
    }

    /// The structs in a type: in tuples, options and behind aliases.
    fn structs_of(&self, ty: &Ty, found: &mut Vec<DefId>) -> Option<()> {
        let program = self.program();
        match ty.peel() {
            Ty::Tuple(types) => types.iter().try_for_each(|ty| self.structs_of(ty, found)),
            Ty::External(path, args) if path.is("std", "Option") => self.structs_of(args.first()?, found),
            Ty::Def(def, _) => {
                if let ItemKind::TypeAlias { ty: Some(ty), .. } = &program.def(*def).item.kind {
                    let context = TypeContext { module: program.def(*def).module, owner: Some(*def) };
                    let aliased = program.lower_type(ty, context);
                    return if matches!(&aliased, Ty::Def(same, _) if same == def) {
                        None
                    } else {
                        self.structs_of(&aliased, found)
                    };
                }
                found.push(*def);
                Some(())
            }
            _ => None,
        }
    }

    /// The columns that a struct selects.
    fn selection(&mut self, model: &Model, depth: usize) -> Named {
        let mut named = Named::default();
        for field in &model.fields {
            if let Some(at) = field.selects {
                match self.orm.attribute(at) {
                    Some((owner, expr)) => {
                        let frame = self.evaluator.root(*owner, None);
                        named.join(self.expression(expr, frame).named);
                    }
                    None => named.problem("a `select_expression` is not known"),
                }
            } else if let Some(inner) = field.embeds.and_then(|def| self.orm.model(def)).filter(|_| depth < 8)
            {
                named.join(self.selection(&inner, depth + 1));
            } else if let Some((table, column)) = model.table.zip(field.column.as_ref()) {
                named.read(table, [column.clone()]);
            } else {
                named.problem("a field that it selects is no column");
            }
        }
        named
    }

    /// The rows of a child that belong to parents.
    fn belonging(&self, model: &Model, table: TableId, parent: &Part) -> Query {
        let mut query = Query::new(Verb::Select, vec![table]);
        let parents = &model.parents;
        let called = match &parent.row {
            Some(Row::Struct(def)) => Some(self.program().def(*def).name.clone()),
            _ => None,
        };
        let by_name = |name: &Name| parents.iter().find(|(known, _)| known == name);
        // Parents may be looked for by one key.
        let is_one = parents.windows(2).all(|two| two[0].1 == two[1].1);
        match (called.as_ref().and_then(by_name), parents.first().filter(|_| is_one)) {
            (Some((_, key)), _) | (None, Some((_, key))) => query.named.read(table, [key.clone()]),
            _ => query.named.problem("which of its parents it belongs to is not known"),
        }
        query
    }

    /// `new.insert_into(users::table)`
    pub(super) fn inserted_into(&mut self, row: &Part, args: &'p [Expr], frame: FrameId) -> Part {
        let into = self.all(args, frame);
        let orm = self.orm;
        into.each(|query| {
            query.verb = Verb::Insert;
            query.written = Some(given(orm, row, query, Write::Insert));
        })
    }

    /// A method on a row of diesel: `user.save_changes(conn)`.
    pub(super) fn saved_changes(&mut self, row: &Row) -> Option<Part> {
        let Row::Struct(def) = row else { return None };
        let model = self.orm.model(*def)?;
        let mut query = by_key(Verb::Update, &model)?;
        query.written = Some(columns_of(self.orm, &model, Write::Update, 0));
        Some(Part::query(query))
    }
}

/// Whether an expression selects something else than a column: `count_star()`, `1.into_sql::<Integer>()`.
fn selects_no_column(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call { callee, .. } => {
            matches!(&callee.kind, ExprKind::Path(path) if path.last().ident.name == "count_star")
        }
        ExprKind::MethodCall(call) => call.method.name == "into_sql",
        ExprKind::Tuple(elems) => elems.iter().all(selects_no_column),
        _ => false,
    }
}

/// A write of the row with a model's key.
fn by_key(verb: Verb, model: &Model) -> Option<Query> {
    let table = model.table?;
    let mut query = Query::new(verb, vec![table]);
    query.named.read(table, model.key.iter().cloned());
    Some(query)
}

/// The columns that something gives values.
fn given(orm: &super::Orm<'_>, part: &Part, query: &mut Query, write: Write) -> Given {
    let mut given = part.given.clone().unwrap_or_default();
    let mut is_known = part.given.is_some();
    if let Some(Row::Struct(def)) = part.row
        && let Some(model) = orm.model(def)
    {
        given.join(columns_of(orm, &model, write, 0));
        is_known = true;
    }
    if !is_known
        && !part.queries.is_empty()
        && let Some(&target) = query.sources.first()
    {
        query.named.join(part.clone().into_expression(&orm.tables));
        given.columns = orm.tables.get(target).all();
        is_known = true;
    }
    given.named.needs.join(&part.named.needs);
    if !is_known {
        given.named.problem("which columns it writes is not known");
    }
    given
}

/// The columns that a struct writes.
fn columns_of(orm: &super::Orm<'_>, model: &Model, write: Write, depth: usize) -> Given {
    let mut given = Given::default();
    for field in &model.fields {
        let skips = if write == Write::Insert { field.skips_insert } else { field.skips_update };
        if skips {
            continue;
        }
        if let Some(inner) = field.embeds.and_then(|def| orm.model(def)).filter(|_| depth < 8) {
            given.join(columns_of(orm, &inner, write, depth + 1));
            continue;
        }
        let Some(column) = &field.column else {
            given.named.problem("a field that it writes is no column");
            continue;
        };
        if write == Write::Update && model.key.contains(column) {
            continue;
        }
        given.columns.insert(column.clone());
        if field.is_option {
            given.defaulted.insert(column.clone());
        }
    }
    given
}
