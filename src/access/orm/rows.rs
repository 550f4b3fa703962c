//! Rows that the program holds: models and active models of sea-orm, and what methods on them run.
//!
//! An insert names the columns that are set, or all of a row that was read; an update those that are set, without the key.

use std::collections::BTreeSet;

use super::super::sql::Verb;
use super::entity::{all_of, entity_named};
use super::query::{Given, Named, Part, Query, Row};
use super::reader::Reader;
use super::tables::TableId;
use crate::syntax::ast::{Expr, ExprKind, MethodCall, StructLit};
use crate::values::FrameId;

/// Methods that give a value of another kind.
const TEXTS: &[&str] =
    &["id", "to_string", "len", "is_empty", "is_some", "is_none", "map", "and_then", "eq", "ne"];

impl<'p> Reader<'_, 'p> {
    /// The columns that the insert of a row names: what is set, and of a row that was read everything.
    pub(super) fn inserted(&self, entity: TableId, row: Option<&Row>) -> Given {
        let table = self.orm.tables.get(entity);
        match row {
            Some(Row::Active { set: Some(set), is_filled: false, .. }) => {
                let columns = set.union(&self.orm.hooked(entity)).cloned().collect();
                Given { columns, ..Given::default() }
            }
            Some(Row::Active { is_filled: true, set: Some(_), .. } | Row::Model(_)) => {
                Given { columns: table.all(), ..Given::default() }
            }
            // Which are set is not known: each may be, and each may be left to its default.
            _ => Given { columns: table.all(), defaulted: table.all(), named: Named::default() },
        }
    }

    /// The columns that the update of a row sets: never those of the key.
    pub(super) fn updated(&self, entity: TableId, row: Option<&Row>) -> Given {
        let table = self.orm.tables.get(entity);
        let set = match row {
            Some(Row::Active { set: Some(set), .. }) => {
                set.union(&self.orm.hooked(entity)).cloned().collect()
            }
            _ => table.all(),
        };
        let columns: BTreeSet<String> =
            set.into_iter().filter(|column| !table.key.contains(column)).collect();
        Given { columns, ..Given::default() }
    }

    /// `cake::ActiveModel { name: Set(name), ..Default::default() }`
    pub(super) fn active_literal(&mut self, entity: TableId, literal: &'p StructLit, frame: FrameId) -> Part {
        let mut part = Part::row(active(entity));
        if let Some(rest) = &literal.rest {
            let rest = self.part(rest, frame);
            // `..cake.into()` and `..Default::default()`.
            match rest.row {
                Some(row @ Row::Active { .. }) => part.row = Some(row),
                Some(Row::Model(_)) => part.row = Some(filled(entity)),
                Some(Row::Struct(_)) => part.row = Some(unknown(entity)),
                None => {}
            }
        }
        for field in &literal.fields {
            self.set_field(&mut part, &field.name.name, &field.expr);
        }
        part
    }

    /// `cake.name = Set(name)`
    pub(super) fn set_field(&self, part: &mut Part, field: &str, value: &Expr) {
        let Some(Row::Active { entity, set: Some(set), .. }) = &mut part.row else { return };
        let Some(column) = self.orm.tables.get(*entity).column(field) else { return };
        if is_left(value) {
            set.remove(column);
        } else {
            set.insert(column.to_string());
        }
    }

    /// A method that changes an active model in place.
    pub(super) fn changed_by(&mut self, part: &mut Part, call: &'p MethodCall, frame: FrameId) {
        if !part.queries.is_empty() {
            let named = self.expressions(&call.args, frame).named;
            let is_known = call.method.name == "filter_mut";
            part.queries.iter_mut().for_each(|query| {
                query.named.join(named.clone());
                if !is_known {
                    query.named.problem("it is changed by a method that is not known");
                }
            });
            return;
        }
        let column = match call.args.first() {
            Some(first) => self.part(first, frame).column,
            None => None,
        };
        let Some(Row::Active { set, .. }) = &mut part.row else { return };
        match (set.as_mut(), column) {
            (Some(known), Some((_, column))) => {
                known.insert(column);
            }
            _ => *set = None,
        }
    }

    /// A method on a row: of a model, an active model, or a struct of diesel; `None` for others.
    pub(super) fn row_method(
        &mut self,
        receiver: &Part,
        call: &'p MethodCall,
        frame: FrameId,
    ) -> Option<Part> {
        let row = receiver.row.as_ref()?;
        let name = call.method.name.as_str();
        let args = &call.args;
        if name == "save_changes" {
            return self.saved_changes(row);
        }
        match (row, name) {
            (Row::Struct(_), "insert_into") => Some(self.inserted_into(receiver, args, frame)),
            (Row::Model(entity), "into_active_model") => Some(Part::row(filled(*entity))),
            (Row::Struct(_), "into_active_model") => Some(Part::default()),
            (Row::Active { .. }, "into_active_model") => Some(receiver.clone()),
            (Row::Active { entity, .. }, "reset_all") => {
                let set = Some(self.orm.tables.get(*entity).all());
                Some(Part::row(Row::Active { entity: *entity, set, is_filled: true }))
            }
            (Row::Model(entity) | Row::Active { entity, .. }, "find_related" | "find_linked") => {
                let other = self.all(args, frame);
                let Some(to) = entity_named(&other) else {
                    return Some(Part::query(lost(*entity, "which rows belong to it is not known")));
                };
                let mut query = Query::new(Verb::Select, vec![to]);
                let keys = self.orm.tables.get(*entity).keys();
                query.named.read(*entity, keys);
                self.join_entities(&mut query, *entity, to);
                query.sources.push(*entity);
                query.selected = Some(all_of(self.orm, to));
                Some(Part::query(query))
            }
            (Row::Active { .. }, _) if name.starts_with("set_") => {
                let Row::Active { entity, .. } = row else { return None };
                Some(Part::row(unknown(*entity)))
            }
            // A builder of the row.
            (Row::Struct(_), _) if !TEXTS.contains(&name) => Some(receiver.clone()),
            _ => None,
        }
    }

    /// What a statement gives that ran: rows of its first table.
    pub(super) fn rows(&self, part: &Part, method: &str) -> Part {
        let entity = part.queries.iter().find_map(|query| {
            let &table = query.sources.first()?;
            let is_whole = |selected: &Named| *selected == all_of(self.orm, table);
            let is_row = self.orm.tables.get(table).is_entity && query.selected.as_ref().is_none_or(is_whole);
            is_row.then_some(table)
        });
        if let [Query { rows: Some(def), .. }] = part.queries.as_slice() {
            return Part::row(Row::Struct(*def));
        }
        match entity {
            Some(entity)
                if matches!(method, "one" | "all" | "stream" | "fetch_page" | "fetch" | "fetch_and_next") =>
            {
                Part::row(Row::Model(entity))
            }
            _ => Part::default(),
        }
    }

    /// The statement of a method that runs one on a row or entity: `cake.insert(db)`, `cakes.load_many(Fruit, db)`.
    pub(super) fn of_row(&mut self, receiver: &Part, call: &'p MethodCall, frame: FrameId) -> Option<Part> {
        let row = receiver.row.as_ref()?;
        let entity = match row {
            Row::Model(entity) | Row::Active { entity, .. } => *entity,
            Row::Struct(_) => return None,
        };
        let keys = self.orm.tables.get(entity).keys();
        let returning = Some(all_of(self.orm, entity));
        let name = call.method.name.as_str();
        let insert = |reader: &Self| Query {
            written: Some(reader.inserted(entity, Some(row))),
            returning: returning.clone(),
            ..Query::new(Verb::Insert, vec![entity])
        };
        let update = |reader: &Self| {
            let mut query = Query::new(Verb::Update, vec![entity]);
            query.named.read(entity, keys.clone());
            query.written = Some(reader.updated(entity, Some(row)));
            query.returning = returning.clone().filter(|_| name != "update_without_returning");
            query
        };
        let queries = match (row, name) {
            (Row::Active { .. }, "insert") => vec![insert(self)],
            (Row::Active { .. }, "update" | "update_without_returning") => vec![update(self)],
            (Row::Active { .. }, "save") => vec![insert(self), update(self)],
            (_, "delete") => {
                let mut query = Query::new(Verb::Delete, vec![entity]);
                query.named.read(entity, keys.clone());
                vec![query]
            }
            (Row::Model(_), "load_one" | "load_many" | "load_many_to_many") => {
                let tables = &call.args[..call.args.len().saturating_sub(1)];
                let mut queries = Vec::new();
                for table in tables {
                    queries.extend(self.part(table, frame).each(|_| {}).queries);
                }
                if let [first, ..] = queries.as_mut_slice()
                    && let Some(&to) = first.sources.first()
                {
                    self.join_entities(first, entity, to);
                    // The rows are there already: only the other tables are asked.
                    first.named.reads.remove(&entity);
                    first.sources.retain(|&table| table != entity);
                }
                queries
            }
            _ => return None,
        };
        Some(Part { queries, ..Part::default() })
    }
}

/// An active model of which nothing is set.
pub(super) fn active(entity: TableId) -> Row {
    Row::Active { entity, set: Some(BTreeSet::new()), is_filled: false }
}

/// An active model that other code filled.
pub(super) fn unknown(entity: TableId) -> Row {
    Row::Active { entity, set: None, is_filled: true }
}

/// An active model that was made of a row.
pub(super) fn filled(entity: TableId) -> Row {
    Row::Active { entity, set: Some(BTreeSet::new()), is_filled: true }
}

fn lost(entity: TableId, problem: &str) -> Query {
    let mut query = Query::new(Verb::Select, vec![entity]);
    query.named.problem(problem);
    query.selected = Some(Named::default());
    query
}

/// Whether a value of an active model's field writes nothing: `NotSet`, `Unchanged(x)`.
fn is_left(value: &Expr) -> bool {
    let path = match &value.kind {
        ExprKind::Path(path) => path,
        ExprKind::Call { callee, .. } => match &callee.kind {
            ExprKind::Path(path) => path,
            _ => return false,
        },
        _ => return false,
    };
    matches!(path.last().ident.name.as_str(), "NotSet" | "Unchanged" | "unchanged" | "not_set")
}
