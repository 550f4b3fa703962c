//! What is known of a program's tables: columns, sequences, triggers, as its migrations make them.
//!
//! Input: SQL of migrations in their order. Output: `Schema`. A table of which something was not understood has no columns here.
//! Deliberately absent: reading the files (`load`), and what statements do with the tables (`sql`).

mod migrations;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use migrations::{of_tree, sequence_argument};

/// Tables, functions and sequences by name: `orders`, `shop.orders`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    pub(super) tables: BTreeMap<String, Table>,
    /// Functions that migrations make.
    pub(super) functions: BTreeSet<String>,
    /// Whether the database is of `MySQL`.
    pub(super) is_mysql: bool,
}

/// One table or view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// In order; `None` where they are not known.
    pub(super) columns: Option<Vec<Column>>,
    /// Columns by the name of their unique or primary key.
    pub(super) keys: BTreeMap<String, Vec<String>>,
    /// Names of triggers and of the functions that they run.
    pub(super) triggers: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// The sequence from which its default comes.
    pub(super) sequence: Option<String>,
}

impl Schema {
    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name).or_else(|| self.tables.get(name.strip_prefix("public.")?))
    }

    /// Names of a table's columns, in order.
    pub fn columns(&self, table: &str) -> Option<Vec<&str>> {
        let columns = self.table(table)?.columns.as_ref()?;
        Some(columns.iter().map(|column| column.name.as_str()).collect())
    }

    /// Triggers of a table: name and function.
    pub fn triggers(&self, table: &str) -> Vec<(&str, &str)> {
        let triggers = self.table(table).map(|table| &table.triggers);
        triggers.into_iter().flatten().map(|(name, function)| (name.as_str(), function.as_str())).collect()
    }

    /// The sequences of the columns that are not among those given.
    pub(super) fn sequences(&self, table: &str, given: &BTreeSet<String>) -> Vec<&str> {
        let columns = self.table(table).and_then(|table| table.columns.as_ref()).into_iter().flatten();
        columns
            .filter(|column| !given.contains(&column.name))
            .filter_map(|column| column.sequence.as_deref())
            .collect()
    }
}
