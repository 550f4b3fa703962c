//! What sea-orm's functions and methods make of a statement.
//!
//! Source: docs.rs, `sea_orm`: `EntityTrait`, `ActiveModelTrait`, `QuerySelect`, `PaginatorTrait`, `LoaderTrait`. On PostgreSQL the insert
//! and update of one active model return the whole row, `exec` of an insert the key; `count` counts the rows of the whole query.

use std::collections::BTreeSet;

use super::super::sql::Verb;
use super::names::Made;
use super::query::{Given, Named, Part, Query, Row};
use super::reader::Reader;
use super::rows::{active, filled, unknown};
use super::tables::TableId;
use crate::resolve::scope::ExternalPath;
use crate::resolve::types::TypeContext;
use crate::syntax::Name;
use crate::syntax::ast::{Expr, ExprKind, MethodCall, Path};
use crate::values::FrameId;

/// Methods whose arguments are conditions, orders, groups: what they name is read.
const CLAUSES: &[&str] = &[
    "filter",
    "having",
    "group_by",
    "order_by",
    "order_by_asc",
    "order_by_desc",
    "order_by_with_nulls",
    "distinct_on",
    "cursor_by",
    "limit",
    "offset",
    "after",
    "before",
    "first",
    "last",
    "asc",
    "desc",
    "and_where",
    "cond_where",
    "paginate",
];

/// Methods that add to what is selected.
const SELECTING: &[&str] = &[
    "column",
    "columns",
    "column_as",
    "expr",
    "expr_as",
    "exprs",
    "tbl_col_as",
    "select_column",
    "select_column_as",
];

/// Methods that change nothing of what is needed.
const PLAIN: &[&str] = &[
    "distinct",
    "into_model",
    "into_json",
    "into_tuple",
    "into_values",
    "clone",
    "to_owned",
    "into",
    "boxed",
    "build",
    "by_ref",
    "try_insert",
    "on_empty_do_nothing",
    "validate",
    "as_ref",
    "borrow",
    "into_owned",
    "reset_limit",
    "reset_offset",
    "into_statement",
    "into_query",
    "optional",
];

impl<'p> Reader<'_, 'p> {
    /// `cake::Entity::find()` and others beside an entity.
    pub(super) fn function_of_made(
        &mut self,
        made: &Made,
        function: &Name,
        args: &'p [Expr],
        frame: FrameId,
    ) -> Part {
        let name = function.as_str();
        match *made {
            Made::Table(entity) if self.orm.tables.get(entity).is_entity => {
                self.entity_function(entity, name, args, frame)
            }
            Made::ActiveModel(entity) => match name {
                "from" | "from_ex" => Part::row(filled(entity)),
                "new" | "default" | "default_values" => Part::row(active(entity)),
                _ => self.own_function(made, name).unwrap_or_else(|| Part::row(unknown(entity))),
            },
            _ => self.own_function(made, name).unwrap_or_else(|| self.expressions(args, frame)),
        }
    }

    fn entity_function(&mut self, entity: TableId, name: &str, args: &'p [Expr], frame: FrameId) -> Part {
        let keys = self.orm.tables.get(entity).keys();
        let of = |verb: Verb| Query::new(verb, vec![entity]);
        match name {
            "find" => Part::query(of(Verb::Select)),
            "update_many" => Part::query(of(Verb::Update)),
            "delete_many" => Part::query(of(Verb::Delete)),
            "find_by_id" | "delete_by_id" => {
                let mut query = of(if name == "find_by_id" { Verb::Select } else { Verb::Delete });
                query.named.read(entity, keys);
                Part::query(query)
            }
            "insert" | "insert_many" => self.insert(entity, args, frame),
            "update" => self.update(entity, args, frame),
            "delete" => {
                let mut query = of(Verb::Delete);
                query.named.read(entity, keys);
                Part::query(query)
            }
            _ => {
                let made = Made::Table(entity);
                if let Some(part) = self.own_function(&made, name) {
                    return part;
                }
                if let Some(column) =
                    name.strip_prefix("find_by_").or_else(|| name.strip_prefix("delete_by_"))
                {
                    let column = self.orm.tables.get(entity).column(column).map(str::to_string);
                    let verb = if name.starts_with("find") { Verb::Select } else { Verb::Delete };
                    let mut query = of(verb);
                    match column {
                        Some(column) => query.named.read(entity, [column]),
                        None => query.named.problem(format!("what `{name}` asks for is not known")),
                    }
                    return Part::query(query);
                }
                self.expressions(args, frame)
            }
        }
    }

    /// A function that the program gives to something that a macro makes.
    fn own_function(&mut self, made: &Made, name: &str) -> Option<Part> {
        let functions = self.orm.functions_of(made, name);
        if functions.is_empty() {
            return None;
        }
        let frames: Vec<FrameId> = functions.into_iter().map(|def| self.evaluator.root(def, None)).collect();
        Some(self.results(&frames))
    }

    /// Functions of sea-orm itself: `Insert::one(model)`, `OnConflict::column(..)`.
    pub(super) fn sea_function(
        &mut self,
        path: &Path,
        external: Option<&ExternalPath>,
        args: &'p [Expr],
        frame: FrameId,
    ) -> Option<Part> {
        let is_sea = external.is_none_or(|path| super::is_family(path.krate()));
        if !is_sea || !self.orm.has_sea {
            return None;
        }
        let names: Vec<&str> = path.names().map(Name::as_str).collect();
        let (holder, name) = match names.as_slice() {
            [.., holder, name] => (*holder, *name),
            [name] => ("", *name),
            [] => return None,
        };
        match (holder, name) {
            ("Statement", _) => Some(Part { is_text: true, ..Part::default() }),
            ("Insert" | "InsertMany", "one" | "many") => {
                let part = self.all(args, frame);
                let entity = entity_of(&part)?;
                Some(self.insert(entity, args, frame))
            }
            ("Update", "one") => {
                let part = self.all(args, frame);
                let entity = entity_of(&part)?;
                Some(self.update(entity, args, frame))
            }
            ("Update" | "Delete", "many") => {
                let verb = if holder == "Update" { Verb::Update } else { Verb::Delete };
                Some(self.all(args, frame).each(|query| query.verb = verb))
            }
            ("Delete", "one") => {
                let part = self.all(args, frame);
                let entity = entity_of(&part)?;
                Some(self.entity_function(entity, "delete", args, frame))
            }
            ("Expr", name) if name.starts_with("cust") => Some(Part::problem("a part of it is text")),
            ("Expr", "col") => {
                let part = self.expressions(args, frame);
                Some(if part.named.reads.is_empty() && part.named.needs.problems.is_empty() {
                    Part::problem("a column in it is named by text")
                } else {
                    part
                })
            }
            ("Query", "select" | "insert" | "update" | "delete" | "with") => {
                Some(Part::problem("a statement in it is made by `sea_query`"))
            }
            _ => None,
        }
    }

    fn insert(&mut self, entity: TableId, args: &'p [Expr], frame: FrameId) -> Part {
        let part = self.all(args, frame);
        let mut query = Query::new(Verb::Insert, vec![entity]);
        query.written = Some(self.inserted(entity, part.row.as_ref()));
        Part::query(query)
    }

    fn update(&mut self, entity: TableId, args: &'p [Expr], frame: FrameId) -> Part {
        let part = self.all(args, frame);
        let mut query = Query::new(Verb::Update, vec![entity]);
        query.named.read(entity, self.orm.tables.get(entity).keys());
        query.written = Some(self.updated(entity, part.row.as_ref()));
        query.returning = Some(all_of(self.orm, entity));
        Part::query(query)
    }

    /// Methods of sea-query's `OnConflict`.
    pub(super) fn conflict_method(
        &mut self,
        receiver: &Part,
        call: &'p MethodCall,
        frame: FrameId,
    ) -> Option<Part> {
        let name = call.method.name.as_str();
        match name {
            "update_column" | "update_columns" => {
                let named = self.all(&call.args, frame).named;
                let columns = named.reads.values().flatten().cloned().collect();
                let mut part = receiver.clone();
                part.column = None;
                // They are set to what was not inserted, which is read.
                part.given.get_or_insert_default().join(Given { columns, named, ..Given::default() });
                Some(part)
            }
            "value" | "values" if self.orm.has_sea => {
                let (column, values) = call.args.split_first()?;
                let column = self.part(column, frame).column.map(|(_, column)| column);
                let named = self.expressions(values, frame).named;
                let mut part = receiver.clone();
                match column {
                    Some(column) => {
                        let columns = BTreeSet::from([column]);
                        part.given.get_or_insert_default().join(Given { columns, named, ..Given::default() });
                    }
                    None => part.named.problem("which columns its conflict sets is not known"),
                }
                Some(part)
            }
            "do_nothing" | "do_nothing_on" => Some(receiver.clone()),
            _ => None,
        }
    }

    /// A method on a query of sea-orm.
    pub(super) fn entity_method(&mut self, receiver: Part, call: &'p MethodCall, frame: FrameId) -> Part {
        let name = call.method.name.as_str();
        let args = &call.args;
        let orm = self.orm;
        match name {
            _ if CLAUSES.contains(&name) => {
                let named = self.clause(name, args, frame);
                receiver.each(|query| query.named.join(named.clone()))
            }
            "select_only" => receiver.each(|query| query.selected = Some(Named::default())),
            _ if SELECTING.contains(&name) => {
                let named = self.expressions(args, frame).named;
                receiver.each(|query| match &mut query.selected {
                    Some(selected) => selected.join(named.clone()),
                    None => query.named.join(named.clone()),
                })
            }
            "into_partial_model" => {
                let selected = self.partial(&receiver, call, frame);
                receiver.each(|query| query.selected = Some(selected.clone()))
            }
            "join" | "join_rev" | "join_as" | "join_as_rev" => {
                let relation = args.get(1).and_then(|relation| self.relation(relation, frame));
                receiver.each(|query| match &relation {
                    Some(ends) => add_ends(orm, query, ends),
                    None => query.named.problem("how it is joined is not known"),
                })
            }
            "left_join" | "inner_join" | "right_join" | "full_join" | "find_also_related"
            | "find_with_related" | "find_both_related" | "select_also" | "select_with" | "select_both"
            | "belongs_to" => {
                let other = self.all(args, frame);
                let joins = !name.starts_with("select");
                let selects = name.starts_with("find") || name.starts_with("select");
                let mut part = receiver;
                for query in &mut part.queries {
                    query.is_bare = false;
                    let from = query.sources.first().copied();
                    let Some((from, to)) = from.zip(entity_named(&other)) else {
                        query.named.problem("what it is joined with is not known");
                        continue;
                    };
                    let own = query.selected.clone().unwrap_or_else(|| all_of(orm, from));
                    if joins {
                        self.join_entities(query, from, to);
                        if name != "belongs_to" && !query.sources.contains(&to) {
                            query.sources.push(to);
                        }
                    }
                    let selected = query.selected.insert(own);
                    if selects {
                        selected.join(all_of(orm, to));
                    }
                }
                part
            }
            "find_also_linked" | "find_with_linked" | "find_also" | "find_with" => {
                receiver.each(|query| query.named.problem("which tables its links lead to is not known"))
            }
            "lock" | "lock_shared" | "lock_exclusive" | "lock_with_behavior" => {
                receiver.each(|query| query.locks = true)
            }
            "order_by_id" | "order_by_id_asc" | "order_by_id_desc" | "cursor_by_id" => {
                receiver.each(|query| {
                    if let Some(&table) = query.sources.first() {
                        query.named.read(table, orm.tables.get(table).keys());
                    }
                })
            }
            "from_raw_sql" => Part { is_text: true, ..Part::default() },
            "apply_if" => {
                let mut part = receiver;
                for arg in args.iter().filter(|arg| matches!(arg.kind, ExprKind::Closure(_))) {
                    let other = self.part(arg, frame);
                    part.join(other);
                }
                part
            }
            "set" => {
                let row = self.all(args, frame).row;
                let mut part = receiver;
                for query in &mut part.queries {
                    let Some(&entity) = query.sources.first() else { continue };
                    let columns = match &row {
                        Some(Row::Active { set: Some(set), .. }) => set.clone(),
                        _ => orm.tables.get(entity).all(),
                    };
                    query.written.get_or_insert_default().join(Given { columns, ..Given::default() });
                }
                part
            }
            "col_expr" => {
                let column = match args.first() {
                    Some(first) => self.part(first, frame).column,
                    None => None,
                };
                let named = self.expressions(args.iter().skip(1), frame).named;
                receiver.each(|query| {
                    let mut given = Given { named: named.clone(), ..Given::default() };
                    match &column {
                        Some((_, column)) => {
                            given.columns.insert(column.clone());
                        }
                        None => given.named.problem("a column that it sets is not known"),
                    }
                    query.written.get_or_insert_default().join(given);
                })
            }
            "on_conflict" => {
                let conflict = self.all(args, frame);
                receiver.each(|query| {
                    query.named.join(conflict.named.clone());
                    if let Some(given) = &conflict.given {
                        query.updated.get_or_insert_default().join(given.clone());
                    }
                })
            }
            "on_conflict_do_nothing" | "do_nothing" => receiver.each(|query| {
                if let Some(&table) = query.sources.first().filter(|_| name == "on_conflict_do_nothing") {
                    query.named.read(table, orm.tables.get(table).keys());
                }
            }),
            "add" | "add_many" => {
                let row = self.all(args, frame).row;
                let mut part = receiver;
                for query in &mut part.queries {
                    if let Some(&entity) = query.sources.first() {
                        let given = self.inserted(entity, row.as_ref());
                        query.written.get_or_insert_default().join(given);
                    }
                }
                part
            }
            "def" => Part::default(),
            _ if PLAIN.contains(&name) => receiver,
            _ => receiver.each(|query| query.named.problem(format!("what `{name}` does to it is not known"))),
        }
    }

    /// The columns that a partial model selects.
    fn partial(&mut self, receiver: &Part, call: &'p MethodCall, frame: FrameId) -> Named {
        let owner = self.owner(frame);
        let context = TypeContext { module: self.program().def(owner).module, owner: Some(owner) };
        let found = call.turbofish.first().and_then(|ty| self.program().lower_type(ty, context).peel().def());
        let entity = receiver.queries.first().and_then(|query| query.sources.first().copied());
        let found = found.zip(entity).and_then(|(def, entity)| self.orm.partial(def, entity, 0));
        found.unwrap_or_else(|| {
            let mut named = Named::default();
            named.problem("which columns its partial model has is not known");
            named
        })
    }

    /// Reads what joins two entities, and the table between them.
    pub(super) fn join_entities(&mut self, query: &mut Query, from: TableId, to: TableId) {
        match self.related(from, to) {
            Some(ends) => add_ends(self.orm, query, &ends),
            None => {
                let name = |table: TableId| self.orm.tables.get(table).name.clone();
                query.named.problem(format!(
                    "how `{}` and `{}` are joined is not known",
                    name(from),
                    name(to)
                ));
            }
        }
    }
}

/// The columns that joins compare.
pub(super) type Ends = Vec<(TableId, String)>;

fn add_ends(orm: &super::Orm<'_>, query: &mut Query, ends: &Ends) {
    if query.selected.is_none()
        && let Some(&own) = query.sources.first()
    {
        // What is joined is not selected by that.
        query.selected = Some(all_of(orm, own));
    }
    for (table, column) in ends {
        query.named.read(*table, [column.clone()]);
        if !query.sources.contains(table) {
            query.sources.push(*table);
        }
    }
}

/// Every column of an entity.
pub(super) fn all_of(orm: &super::Orm<'_>, entity: TableId) -> Named {
    let mut named = Named::default();
    named.read(entity, orm.tables.get(entity).all());
    named
}

/// The entity of a row.
fn entity_of(part: &Part) -> Option<TableId> {
    match part.row.as_ref()? {
        Row::Model(entity) | Row::Active { entity, .. } => Some(*entity),
        Row::Struct(_) => None,
    }
}

/// The entity that an argument is: by its name, or as a row.
pub(super) fn entity_named(part: &Part) -> Option<TableId> {
    part.queries.first().and_then(|query| query.sources.first().copied()).or_else(|| entity_of(part))
}
