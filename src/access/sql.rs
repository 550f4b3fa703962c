//! SQL statements: which tables and columns their text reads and writes.
//!
//! Input: text, with marks where it is computed at run time, and what is known of the tables. Output: one entry per table and verb, as
//! PostgreSQL checks privileges. What is not understood is a problem in words, never a guess.
//! Deliberately absent: what views, functions and triggers do with the tables behind them.

mod names;
mod reader;
mod scope;
mod statement;
mod statements;
mod template;
mod tokens;

use sqlparser::ast::{Ident, ObjectName, Statement};
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Tokenizer;

use super::schema::Schema;
use super::table::{Columns, Mode};
use crate::values::Text;

pub(super) use statements::Statements;
pub(super) use template::template;

/// One need of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) verb: Verb,
    /// `orders`, `shop.orders`; of `Usage` a sequence.
    pub(super) name: String,
    /// The Select that a write's `WHERE`, `RETURNING` or `ON CONFLICT` wants.
    pub(super) implied: bool,
    pub(super) columns: Columns,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verb {
    Select,
    Insert,
    Update,
    /// The right to update that `FOR UPDATE` and its kin want, though nothing is written.
    LockRows,
    Delete,
    Truncate,
    /// `LOCK TABLE` in a mode for which any right to write will do.
    Lock,
    /// `nextval`, `currval`.
    Usage,
    /// `setval`.
    SetSequence,
}

impl Verb {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Verb::Select => "Select",
            Verb::Insert => "Insert",
            Verb::Update => "Update",
            Verb::LockRows => "LockRows",
            Verb::Delete => "Delete",
            Verb::Truncate => "Truncate",
            Verb::Lock => "Lock",
            Verb::Usage => "Usage",
            Verb::SetSequence => "SetSequence",
        }
    }

    /// Locks and sequences belong to a read or write beside them.
    pub(super) fn mode(self) -> Mode {
        match self {
            Verb::Select | Verb::LockRows | Verb::Lock | Verb::Usage => Mode::Read,
            _ => Mode::Write,
        }
    }

    pub(super) fn kind(self) -> &'static str {
        if matches!(self, Verb::Usage | Verb::SetSequence) { "sequence" } else { "table" }
    }

    pub(super) fn has_columns(self) -> bool {
        matches!(self, Verb::Select | Verb::Insert | Verb::Update | Verb::LockRows)
    }
}

/// What the statements of a text need.
#[expect(clippy::struct_excessive_bools, reason = "independent answers, not a state")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) all: Vec<Need>,
    /// Whether the text parses.
    pub(super) parses: bool,
    /// Whether a name in it means nothing, so that no database would run it.
    pub(super) is_wrong: bool,
    /// What was not understood of it, in words.
    pub(super) problems: Vec<String>,
    /// Whether it changes what tables there are.
    pub(super) changes_schema: bool,
    /// Whether a column was taken for one of the innermost table, which nothing proves.
    pub(super) is_inferred: bool,
}

impl Needs {
    pub(super) fn add(&mut self, verb: Verb, name: &str, columns: Columns, implied: bool) {
        match self.all.iter_mut().find(|need| need.verb == verb && need.name == name) {
            Some(need) => {
                need.columns = std::mem::replace(&mut need.columns, Columns::All).join(columns);
                need.implied &= implied;
            }
            None => self.all.push(Need { verb, name: name.to_string(), implied, columns }),
        }
    }

    /// The needs of both.
    pub(super) fn join(&mut self, more: &Needs) {
        for need in &more.all {
            self.add(need.verb, &need.name, need.columns.clone(), need.implied);
        }
        more.problems.iter().for_each(|problem| self.problem(problem.as_str()));
        self.changes_schema |= more.changes_schema;
        self.is_inferred |= more.is_inferred;
    }

    /// Takes out what has a name that is computed at run time.
    fn drop_marks(&mut self) {
        let before = self.all.len();
        self.all.retain(|need| !template::has_mark(&need.name));
        let mut computed = self.all.len() < before;
        for need in &mut self.all {
            if let Columns::Some(names) = &mut need.columns {
                let before = names.len();
                names.retain(|name| !template::has_mark(name));
                computed |= names.len() < before;
            }
        }
        if computed {
            self.problem("a name in it is computed at run time");
        }
    }

    pub(super) fn problem(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.problems.contains(&text) {
            self.problems.push(text);
        }
    }
}

/// What a text needs.
fn needs(text: &str, schema: &Schema) -> Needs {
    let mut needs = Needs::default();
    match statements(text, schema.is_mysql) {
        Some(all) => {
            needs.parses = true;
            all.iter().for_each(|one| statement::read(one, schema, &mut needs));
        }
        // Settings of SQLite, which has no roles.
        None if is_pragma(text) => needs.parses = true,
        None if template::has_mark(text) => {
            needs.problem("a part of it that is not a value is computed at run time");
        }
        None => needs.problem("its text does not parse"),
    }
    needs.drop_marks();
    needs
}

/// Whether all statements of a text are `PRAGMA`s, of which the parser knows few.
fn is_pragma(text: &str) -> bool {
    let mut statements = text.split(';').map(str::trim_start).filter(|one| !one.is_empty()).peekable();
    statements.peek().is_some()
        && statements.all(|one| one.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("pragma ")))
}

/// Whether a text is SQL.
pub(super) fn is_statement(text: &Text) -> bool {
    statements(&template(text), false).is_some_and(|all| !all.is_empty())
}

/// The statements of a text, in the first dialect that takes it. In that of `MySQL` double quotes are strings.
pub(super) fn statements(text: &str, is_mysql: bool) -> Option<Vec<Statement>> {
    let mut dialects: [&dyn Dialect; 4] =
        [&PostgreSqlDialect {}, &MySqlDialect {}, &SQLiteDialect {}, &GenericDialect {}];
    if is_mysql {
        dialects.swap(0, 1);
    }
    dialects.into_iter().find_map(|dialect| {
        let tokens = Tokenizer::new(dialect, text).tokenize().ok()?;
        Parser::new(dialect).with_tokens(tokens::rewritten(dialect, tokens)).parse_statements().ok()
    })
}

/// A name as the database sees it: without quotes, folded to lower case where it was not quoted, without the schema that is meant anyway.
pub(super) fn name(name: &ObjectName) -> String {
    let parts: Vec<String> = name.0.iter().filter_map(|part| part.as_ident()).map(folded).collect();
    match parts.as_slice() {
        [schema, table] if schema == "public" => table.clone(),
        _ => parts.join("."),
    }
}

pub(super) fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

#[cfg(test)]
mod tests;
