//! SQL statements: which tables their text reads and writes.
//!
//! Input: text. Output: one entry per table and verb. Deliberately absent: columns, views and triggers, which need the schema.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Delete, FromTable, Insert, ObjectName, OnConflictAction, OnInsert, Query, Statement, TableFactor,
    TableObject, TableWithJoins, Update, Visit, Visitor,
};
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::table::Mode;

/// One need of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) verb: Verb,
    /// `orders`, `shop.orders`.
    pub(super) table: String,
    /// The Select that a write's `WHERE`, `RETURNING` or `ON CONFLICT` wants.
    pub(super) implied: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verb {
    Select,
    Insert,
    Update,
    Delete,
}

impl Verb {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Verb::Select => "Select",
            Verb::Insert => "Insert",
            Verb::Update => "Update",
            Verb::Delete => "Delete",
        }
    }

    pub(super) fn mode(self) -> Mode {
        if self == Verb::Select { Mode::Read } else { Mode::Write }
    }
}

/// What the statements of a text need; `None` where it does not parse or holds a statement of another kind.
pub(super) fn needs(text: &str) -> Option<Vec<Need>> {
    let statements = parse(text)?;
    let mut all: Vec<Need> = Vec::new();
    for statement in &statements {
        let known = matches!(
            statement,
            Statement::Query(_) | Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_)
        );
        if !known {
            return None;
        }
        let mut reader = Reader::default();
        let _ = statement.visit(&mut reader);
        for need in reader.needs() {
            if !all.iter().any(|known| known.verb == need.verb && known.table == need.table) {
                all.push(need);
            }
        }
    }
    Some(all)
}

fn parse(text: &str) -> Option<Vec<Statement>> {
    let dialects: [&dyn Dialect; 4] =
        [&PostgreSqlDialect {}, &MySqlDialect {}, &SQLiteDialect {}, &GenericDialect {}];
    dialects.into_iter().find_map(|dialect| Parser::parse_sql(dialect, text).ok())
}

/// Collects tables while a statement is walked.
#[derive(Default)]
struct Reader {
    /// Every table that is named, once per place.
    named: Vec<String>,
    /// Names of `WITH`.
    ctes: Vec<String>,
    writes: Vec<Need>,
    implied: Vec<String>,
}

impl Reader {
    /// A written table is named once for the write: what is named more often is read too.
    fn needs(mut self) -> Vec<Need> {
        for write in &self.writes {
            // Of an upsert only the insert names its table.
            let upsert = write.verb == Verb::Update
                && self.writes.iter().any(|other| other.verb == Verb::Insert && other.table == write.table);
            if upsert {
                continue;
            }
            if let Some(at) = self.named.iter().position(|name| *name == write.table) {
                self.named.remove(at);
            }
        }
        let mut needs = self.writes;
        let reads = self.named.into_iter().filter(|name| !self.ctes.contains(name));
        for table in reads {
            needs.push(Need { verb: Verb::Select, table, implied: false });
        }
        for table in self.implied {
            needs.push(Need { verb: Verb::Select, table, implied: true });
        }
        needs
    }

    fn write(&mut self, verb: Verb, table: &ObjectName, wants_select: bool) {
        let table = name(table);
        if wants_select {
            self.implied.push(table.clone());
        }
        self.writes.push(Need { verb, table, implied: false });
    }

    fn insert(&mut self, insert: &Insert) {
        let TableObject::TableName(table) = &insert.table else { return };
        self.write(Verb::Insert, table, insert.returning.is_some() || insert.on.is_some());
        let updates = match &insert.on {
            Some(OnInsert::OnConflict(conflict)) => {
                matches!(conflict.action, OnConflictAction::DoUpdate(_))
            }
            Some(OnInsert::DuplicateKeyUpdate(_)) => true,
            _ => false,
        };
        if updates {
            self.write(Verb::Update, table, true);
        }
    }

    fn update(&mut self, update: &Update) {
        if let TableFactor::Table { name, .. } = &update.table.relation {
            // `SET b = b + 1` reads as well; a plain value does not.
            let reads = update.selection.is_some() || update.returning.is_some();
            self.write(Verb::Update, name, reads || !update.assignments.is_empty() && names_columns(update));
        }
    }

    fn delete(&mut self, delete: &Delete) {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        if let Some(TableWithJoins { relation: TableFactor::Table { name, .. }, .. }) = from.first() {
            self.write(Verb::Delete, name, delete.selection.is_some() || delete.returning.is_some());
        }
    }
}

/// Whether a value that is set is computed from columns.
fn names_columns(update: &Update) -> bool {
    struct Columns(bool);
    impl Visitor for Columns {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &sqlparser::ast::Expr) -> ControlFlow<()> {
            use sqlparser::ast::Expr;
            self.0 |= matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
            ControlFlow::Continue(())
        }
    }
    let mut columns = Columns(false);
    for assignment in &update.assignments {
        let _ = assignment.value.visit(&mut columns);
    }
    columns.0
}

impl Visitor for Reader {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.ctes.push(folded(&cte.alias.name));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.named.push(name(relation));
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// A table's name as the database sees it: without quotes, folded to lower case where it was not quoted.
fn name(name: &ObjectName) -> String {
    let parts: Vec<String> = name.0.iter().filter_map(|part| part.as_ident()).map(folded).collect();
    parts.join(".")
}

fn folded(ident: &sqlparser::ast::Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let shown = needs(text).map(|needs| {
            let one = |need: &Need| {
                format!("{} {}{}", need.verb.as_str(), need.table, if need.implied { "?" } else { "" })
            };
            needs.iter().map(one).collect::<Vec<_>>().join(", ")
        });
        assert_eq!(shown.as_deref().unwrap_or("unknown"), expect);
    }

    #[test]
    fn reads_count_joins_and_subqueries_but_not_names_of_with() {
        check(
            "SELECT * FROM Users u JOIN orders o ON o.user_id = u.id WHERE u.id = $1",
            "Select users, Select orders",
        );
        check("WITH recent AS (SELECT id FROM orders) SELECT * FROM recent", "Select orders");
        check("SELECT 1 WHERE EXISTS (SELECT 1 FROM shop.\"Items\")", "Select shop.Items");
    }

    #[test]
    fn writes_imply_a_select_where_they_look() {
        check("INSERT INTO users (id) VALUES ($1)", "Insert users");
        check("INSERT INTO users (id) VALUES ($1) RETURNING id", "Insert users, Select users?");
        check("INSERT INTO a (x) SELECT x FROM b", "Insert a, Select b");
        check(
            "INSERT INTO a (x, y) VALUES (1, 2) ON CONFLICT (x) DO UPDATE SET y = 2",
            "Insert a, Update a, Select a?",
        );
        check("UPDATE a SET x = 1", "Update a");
        check("UPDATE a SET x = x + 1", "Update a, Select a?");
        check("UPDATE a SET x = 1 WHERE id = $1", "Update a, Select a?");
        check("DELETE FROM a WHERE id IN (SELECT id FROM b)", "Delete a, Select b, Select a?");
        check("DELETE FROM a", "Delete a");
        check("DELETE FROM a WHERE id IN (SELECT max(id) FROM a)", "Delete a, Select a");
    }

    #[test]
    fn other_statements_are_unknown() {
        check("CREATE TABLE a (x int)", "unknown");
        check("SELEC 1", "unknown");
    }
}
