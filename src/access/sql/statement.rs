//! Statements that write, lock or do neither: what each needs besides what its expressions read.
//!
//! The rules are PostgreSQL's, as `tests/e2e/grants.py` proves them.

use std::collections::BTreeSet;

use sqlparser::ast::{
    Assignment, AssignmentTarget, ConflictTarget, CopySource, CopyTarget, Delete, Expr, FromTable, Insert,
    LockTableMode, Merge, MergeAction, MergeInsertKind, MergeUpdateKind, ObjectName, OnConflict,
    OnConflictAction, OnInsert, OutputClause, Query, SelectItem, SetExpr, SqliteOnConflict, Statement,
    TableFactor, TableObject, TableWithJoins, Truncate, Update, UpdateTableFromKind,
};

use super::reader::Reader;
use super::scope::{Outputs, Relation};
use super::{Columns, Needs, Schema, Verb, folded, name};

/// What one statement of a text needs.
pub(super) fn read(statement: &Statement, schema: &Schema, needs: &mut Needs) {
    let mut reader = Reader::new(schema, needs);
    match statement {
        Statement::Query(query) => {
            reader.query(query);
        }
        Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) | Statement::Merge(_) => {
            written(&mut reader, statement);
        }
        Statement::Truncate(truncate) => reader.truncate(truncate),
        Statement::Lock(lock) => {
            for table in &lock.tables {
                reader.lock(&name(&table.name), lock.lock_mode.as_ref());
            }
        }
        Statement::Copy { source, to, target, .. } => reader.copy(source, *to, target),
        Statement::Explain { statement, .. } => read(statement, schema, needs),
        Statement::Set(_) => {
            let text = statement.to_string().to_uppercase();
            if text.starts_with("SET ROLE") || text.starts_with("SET SESSION AUTHORIZATION") {
                reader.needs.problem("it changes the role that the statements after it have");
            }
        }
        Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. }
        | Statement::Savepoint { .. }
        | Statement::ReleaseSavepoint { .. }
        | Statement::ShowVariable { .. }
        | Statement::LISTEN { .. }
        | Statement::UNLISTEN { .. }
        | Statement::NOTIFY { .. }
        | Statement::Discard { .. }
        | Statement::Deallocate { .. }
        | Statement::Reset(_)
        | Statement::Pragma { .. } => {}
        other => {
            let text = other.to_string();
            let first = text.split_whitespace().next().unwrap_or_default().to_uppercase();
            if ["CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE"].contains(&first.as_str()) {
                needs.changes_schema = true;
            } else {
                needs.problem(format!("`{first}` is a statement of a kind that is not known here"));
            }
        }
    }
}

/// A statement that writes: also in `WITH`. Gives the columns of its `RETURNING`.
pub(super) fn written(reader: &mut Reader<'_>, statement: &Statement) -> Outputs {
    reader.scopes.0.push(Vec::new());
    let outputs = match statement {
        Statement::Insert(insert) => reader.insert(insert),
        Statement::Update(update) => reader.update(update),
        Statement::Delete(delete) => reader.delete(delete),
        Statement::Merge(merge) => reader.merge(merge),
        _ => None,
    };
    reader.scopes.0.pop();
    outputs
}

impl Reader<'_> {
    fn insert(&mut self, insert: &Insert) -> Outputs {
        let TableObject::TableName(into) = &insert.table else {
            self.needs.problem("what it inserts into is no table");
            return None;
        };
        let table = name(into);
        let source = insert.source.as_deref();
        // The source does not see the table that is written.
        let given = source.and_then(|source| self.query(source));
        let (columns, defaulted) = self.inserted(&table, insert, given);
        self.write(Verb::Insert, &table, columns.clone());
        self.sequences(&table, &columns, &defaulted);
        if insert.replace_into || insert.or == Some(SqliteOnConflict::Replace) {
            self.needs.add(Verb::Delete, &table, Columns::none(), false);
        }
        let alias = insert.table_alias.as_ref().map(|alias| folded(&alias.alias));
        let target = self.target(&table, alias);
        let outputs = target.outputs.clone();
        self.scopes.0.last_mut().expect("a scope of its own").push(target);
        match &insert.on {
            Some(OnInsert::OnConflict(conflict)) => self.conflict(&table, outputs, conflict),
            Some(OnInsert::DuplicateKeyUpdate(assignments)) => self.assignments(&table, assignments),
            _ => {}
        }
        self.returning(insert.returning.as_ref())
    }

    /// The columns that are inserted, and those of them that some row leaves to the default.
    fn inserted(&self, table: &str, insert: &Insert, given: Outputs) -> (Columns, BTreeSet<String>) {
        let rows = insert.source.as_deref().map(rows).unwrap_or_default();
        let known = self.schema.columns(table);
        let names: Vec<String> = if !insert.columns.is_empty() {
            insert.columns.iter().filter_map(last).collect()
        } else if !insert.assignments.is_empty() {
            insert.assignments.iter().flat_map(targets).collect()
        } else if insert.source.is_none() {
            return (Columns::none(), BTreeSet::new());
        } else {
            let count = rows.first().map(|row| row.len()).or(given.map(|given| given.len()));
            match known.zip(count) {
                Some((known, count)) => known.into_iter().take(count).map(str::to_string).collect(),
                None => return (Columns::All, BTreeSet::new()),
            }
        };
        let is_default = |expr: &Expr| {
            matches!(expr, Expr::Identifier(ident)
                if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default"))
        };
        let defaulted = names
            .iter()
            .enumerate()
            .filter(|(at, _)| rows.iter().any(|row| row.get(*at).is_some_and(is_default)));
        let defaulted = defaulted.map(|(_, name)| name.clone()).collect();
        (Columns::Some(names.into_iter().collect()), defaulted)
    }

    /// Sequences of columns that get their default.
    fn sequences(&mut self, table: &str, columns: &Columns, defaulted: &BTreeSet<String>) {
        let Columns::Some(names) = columns else { return };
        let given = names.difference(defaulted).cloned().collect();
        for sequence in self.schema.sequences(table, &given) {
            self.needs.add(Verb::Usage, sequence, Columns::none(), false);
        }
    }

    fn conflict(&mut self, table: &str, outputs: Outputs, conflict: &OnConflict) {
        match &conflict.conflict_target {
            Some(ConflictTarget::Columns(columns)) => {
                let columns = columns.iter().map(folded).collect();
                self.needs.add(Verb::Select, table, Columns::Some(columns), true);
            }
            Some(ConflictTarget::OnConstraint(key)) => {
                let key = name(key);
                let columns = self.schema.table(table).and_then(|known| known.keys.get(&key));
                let columns =
                    columns.map_or(Columns::Unknown, |names| Columns::Some(names.iter().cloned().collect()));
                self.needs.add(Verb::Select, table, columns, true);
            }
            None => {}
        }
        let OnConflictAction::DoUpdate(update) = &conflict.action else { return };
        let excluded = Relation {
            alias: Some("excluded".to_string()),
            table: Some(table.to_string()),
            outputs,
            is_excluded: true,
            ..Relation::default()
        };
        let scope = self.scopes.0.last_mut().expect("a scope of its own");
        scope.push(excluded);
        self.assignments(table, &update.assignments);
        if let Some(selection) = &update.selection {
            self.condition(selection);
        }
        self.scopes.0.last_mut().expect("a scope of its own").pop();
    }

    fn assignments(&mut self, table: &str, assignments: &[Assignment]) {
        let columns = assignments.iter().flat_map(targets).collect();
        self.write(Verb::Update, table, Columns::Some(columns));
        assignments.iter().for_each(|assignment| self.expr(&assignment.value));
    }

    fn update(&mut self, update: &Update) -> Outputs {
        let TableFactor::Table { name: of, alias, .. } = &update.table.relation else {
            self.needs.problem("what it updates is no table");
            return None;
        };
        let table = name(of);
        let target = self.target(&table, alias.as_ref().map(|alias| folded(&alias.name)));
        self.scopes.0.last_mut().expect("a scope of its own").push(target);
        update.table.joins.iter().for_each(|join| self.join(join, 0));
        if let Some(UpdateTableFromKind::AfterSet(from) | UpdateTableFromKind::BeforeSet(from)) = &update.from
        {
            self.from(from);
        }
        // `UPDATE a JOIN b .. SET b.x`: other tables than the first.
        for assignment in &update.assignments {
            let other = match &assignment.target {
                AssignmentTarget::ColumnName(of) if of.0.len() > 1 => {
                    let names: Vec<String> =
                        of.0.iter().filter_map(|part| part.as_ident()).map(folded).collect();
                    let at = names.split_last().and_then(|(_, of)| self.scopes.qualified(&of.join(".")));
                    at.and_then(|at| self.scopes.relation(at).table.clone())
                }
                _ => None,
            };
            let columns = Columns::Some(targets(assignment).into_iter().collect());
            self.write(Verb::Update, other.as_ref().unwrap_or(&table), columns);
            self.expr(&assignment.value);
        }
        if let Some(selection) = &update.selection {
            self.condition(selection);
        }
        self.returning(update.returning.as_ref())
    }

    fn delete(&mut self, delete: &Delete) -> Outputs {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        if !delete.tables.is_empty() {
            self.from(from);
            for table in delete.tables.iter().map(name) {
                let found =
                    self.scopes.qualified(&table).and_then(|at| self.scopes.relation(at).table.clone());
                self.needs.add(Verb::Delete, found.as_ref().unwrap_or(&table), Columns::none(), false);
            }
        } else if let Some(TableWithJoins { relation: TableFactor::Table { name: of, alias, .. }, joins }) =
            from.first()
        {
            let table = name(of);
            self.needs.add(Verb::Delete, &table, Columns::none(), false);
            let target = self.target(&table, alias.as_ref().map(|alias| folded(&alias.name)));
            self.scopes.0.last_mut().expect("a scope of its own").push(target);
            joins.iter().for_each(|join| self.join(join, 0));
            self.from(&from[1..]);
        } else {
            self.needs.problem("what it deletes from is no table");
        }
        self.from(delete.using.as_deref().unwrap_or_default());
        if let Some(selection) = &delete.selection {
            self.condition(selection);
        }
        self.returning(delete.returning.as_ref())
    }

    fn merge(&mut self, merge: &Merge) -> Outputs {
        let TableFactor::Table { name: of, alias, .. } = &merge.table else {
            self.needs.problem("what it merges into is no table");
            return None;
        };
        let table = name(of);
        let source = TableWithJoins { relation: merge.source.clone(), joins: Vec::new() };
        self.from(std::slice::from_ref(&source));
        let target = self.target(&table, alias.as_ref().map(|alias| folded(&alias.name)));
        self.scopes.0.last_mut().expect("a scope of its own").push(target);
        self.condition(&merge.on);
        for clause in &merge.clauses {
            if let Some(predicate) = &clause.predicate {
                self.condition(predicate);
            }
            match &clause.action {
                MergeAction::Insert(insert) => {
                    let (rows, known) = match &insert.kind {
                        MergeInsertKind::Values(values) => (values.rows.as_slice(), true),
                        // `INSERT DEFAULT VALUES` and `INSERT ROW` are not told apart.
                        _ => (&[][..], false),
                    };
                    let columns: BTreeSet<String> = insert.columns.iter().filter_map(last).collect();
                    let count = rows.first().map_or(0, |row| row.content.len());
                    let columns = match self.schema.columns(&table) {
                        _ if !columns.is_empty() => Columns::Some(columns),
                        Some(all) if known => {
                            Columns::Some(all.into_iter().take(count).map(str::to_string).collect())
                        }
                        _ => Columns::All,
                    };
                    self.write(Verb::Insert, &table, columns.clone());
                    self.sequences(&table, &columns, &BTreeSet::new());
                    rows.iter().flat_map(|row| &row.content).for_each(|expr| self.expr(expr));
                }
                MergeAction::Update(update) => match &update.kind {
                    MergeUpdateKind::Set(assignments) => self.assignments(&table, assignments),
                    MergeUpdateKind::Wildcard => self.needs.add(Verb::Update, &table, Columns::All, false),
                },
                MergeAction::Delete { .. } => self.needs.add(Verb::Delete, &table, Columns::none(), false),
                MergeAction::DoNothing { .. } => {}
            }
        }
        match &merge.output {
            Some(
                OutputClause::Returning { select_items, .. } | OutputClause::Output { select_items, .. },
            ) => self.items(select_items),
            None => None,
        }
    }

    /// A write of columns; one that the table does not have is no column of it.
    fn write(&mut self, verb: Verb, table: &str, mut columns: Columns) {
        if let (Columns::Some(names), Some(known)) = (&mut columns, self.schema.columns(table)) {
            let missing: Vec<String> =
                names.iter().filter(|name| !known.contains(&name.as_str())).cloned().collect();
            names.retain(|name| !missing.contains(name));
            let is_left = !names.is_empty() || missing.is_empty();
            missing.iter().for_each(|name| self.missing(name));
            if !is_left {
                return;
            }
        }
        self.needs.add(verb, table, columns, false);
    }

    fn returning(&mut self, items: Option<&Vec<SelectItem>>) -> Outputs {
        items.map_or_else(|| Some(Vec::new()), |items| self.items(items))
    }

    fn truncate(&mut self, truncate: &Truncate) {
        for target in &truncate.table_names {
            self.needs.add(Verb::Truncate, &name(&target.name), Columns::none(), false);
        }
        let text = truncate.to_string().to_uppercase();
        if text.contains("RESTART IDENTITY") {
            self.needs.problem("only the owner of a table's sequences may restart them");
        }
        if text.contains("CASCADE") {
            self.needs.problem("which tables `CASCADE` reaches is not known");
        }
    }

    fn lock(&mut self, table: &str, mode: Option<&LockTableMode>) {
        match mode {
            // Rights on columns do not count for `LOCK TABLE`.
            Some(LockTableMode::AccessShare) => self.needs.add(Verb::Select, table, Columns::All, false),
            _ => self.needs.add(Verb::Lock, table, Columns::none(), false),
        }
    }

    fn copy(&mut self, source: &CopySource, to: bool, target: &CopyTarget) {
        if matches!(target, CopyTarget::File { .. } | CopyTarget::Program { .. }) {
            self.needs.problem("a file or program of the server may be used by special roles only");
        }
        match source {
            CopySource::Table { table_name, columns } => {
                let table = name(table_name);
                let names: BTreeSet<String> = columns.iter().map(folded).collect();
                let columns = if names.is_empty() { Columns::All } else { Columns::Some(names) };
                if to {
                    self.needs.add(Verb::Select, &table, columns, false);
                } else {
                    self.needs.add(Verb::Insert, &table, columns.clone(), false);
                    self.sequences(&table, &columns, &BTreeSet::new());
                }
            }
            CopySource::Query(query) => {
                self.query(query);
            }
        }
    }

    fn target(&self, table: &str, alias: Option<String>) -> Relation {
        Relation { is_target: true, ..Relation::table(table, alias, self.schema) }
    }
}

/// The rows of `VALUES`.
fn rows(source: &Query) -> Vec<&[Expr]> {
    match &*source.body {
        SetExpr::Values(values) => values.rows.iter().map(|row| row.content.as_slice()).collect(),
        _ => Vec::new(),
    }
}

fn targets(assignment: &Assignment) -> Vec<String> {
    match &assignment.target {
        AssignmentTarget::ColumnName(column) => last(column).into_iter().collect(),
        AssignmentTarget::Tuple(columns) => columns.iter().filter_map(last).collect(),
    }
}

fn last(name: &ObjectName) -> Option<String> {
    name.0.last().and_then(|part| part.as_ident()).map(folded)
}
