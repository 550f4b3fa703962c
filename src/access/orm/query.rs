//! Statements that methods build: what is known of one so far, and what it needs where it runs.
//!
//! Output: `Needs` as `sql` gives them for text, by the same rules of PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};

use super::super::sql::{Needs, Verb};
use super::super::table::Columns;
use super::tables::{TableId, Tables};
use crate::access::Schema;
use crate::resolve::DefId;

/// What expressions name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Columns by their table.
    pub(super) reads: BTreeMap<TableId, BTreeSet<String>>,
    /// What queries inside need, and what was not understood.
    pub(super) needs: Needs,
}

impl Named {
    pub(super) fn column(table: TableId, column: &str) -> Self {
        let mut named = Self::default();
        named.read(table, [column.to_string()]);
        named
    }

    pub(super) fn read(&mut self, table: TableId, columns: impl IntoIterator<Item = String>) {
        self.reads.entry(table).or_default().extend(columns);
    }

    pub(super) fn join(&mut self, more: Named) {
        for (table, columns) in more.reads {
            self.read(table, columns);
        }
        self.needs.join(&more.needs);
    }

    pub(super) fn problem(&mut self, text: impl Into<String>) {
        self.needs.problem(text);
    }
}

/// Values that are given to columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) columns: BTreeSet<String>,
    /// Those that may be left to their default.
    pub(super) defaulted: BTreeSet<String>,
    /// What the values read.
    pub(super) named: Named,
}

impl Given {
    pub(super) fn join(&mut self, more: Given) {
        self.columns.extend(more.columns);
        self.defaulted.extend(more.defaulted);
        self.named.join(more.named);
    }
}

/// A row that the program holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// A struct with attributes of diesel.
    Struct(DefId),
    /// `cake::Model`
    Model(TableId),
    /// `cake::ActiveModel`, with the columns that are set; none are known where it was filled by other code.
    Active { entity: TableId, set: Option<BTreeSet<String>>, is_filled: bool },
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) verb: Verb,
    /// The tables of `FROM`, or the one that is written.
    pub(super) sources: Vec<TableId>,
    /// What conditions, orders and joins name.
    pub(super) named: Named,
    /// What is selected; every column where nothing says so.
    pub(super) selected: Option<Named>,
    /// Columns that are inserted or set.
    pub(super) written: Option<Given>,
    /// Columns that `DO UPDATE` sets.
    pub(super) updated: Option<Given>,
    pub(super) returning: Option<Named>,
    pub(super) locks: bool,
    /// Whether its join is already said, by `on`.
    pub(super) is_on: bool,
    /// Whether it is a table or entity of which nothing was asked yet.
    pub(super) is_bare: bool,
    /// The struct of the program whose rows come back.
    pub(super) rows: Option<DefId>,
}

impl Query {
    pub(super) fn new(verb: Verb, sources: Vec<TableId>) -> Self {
        Self {
            verb,
            sources,
            named: Named::default(),
            selected: None,
            written: None,
            updated: None,
            returning: None,
            locks: false,
            is_on: false,
            is_bare: false,
            rows: None,
        }
    }

    /// A table by its name alone.
    pub(super) fn bare(table: TableId) -> Self {
        Self { is_bare: true, ..Self::new(Verb::Select, vec![table]) }
    }

    /// Whether two are the same but for their clauses.
    fn is_like(&self, other: &Query) -> bool {
        self.verb == other.verb
            && self.sources == other.sources
            && self.selected.is_some() == other.selected.is_some()
            && self.returning.is_some() == other.returning.is_some()
            && self.written.is_some() == other.written.is_some()
            && self.is_bare == other.is_bare
            && self.is_on == other.is_on
            && self.rows == other.rows
    }

    fn join(&mut self, other: Query) {
        let both = |known: &mut Option<Named>, more: Option<Named>| match (known, more) {
            (Some(known), Some(more)) => known.join(more),
            (known, more) => *known = known.take().or(more),
        };
        let all = |known: &mut Option<Given>, more: Option<Given>| match (known, more) {
            (Some(known), Some(more)) => known.join(more),
            (known, more) => *known = known.take().or(more),
        };
        self.named.join(other.named);
        both(&mut self.selected, other.selected);
        both(&mut self.returning, other.returning);
        all(&mut self.written, other.written);
        all(&mut self.updated, other.updated);
        self.locks |= other.locks;
    }

    /// What it needs as a query inside another. Columns of tables that it does not read from belong to the queries around it.
    pub(super) fn inside(&self, tables: &Tables) -> Named {
        let mut all = self.named.clone();
        match &self.selected {
            Some(selected) => all.join(selected.clone()),
            None => self.sources.iter().for_each(|&table| all.read(table, tables.get(table).all())),
        }
        let mut out = Named { reads: BTreeMap::new(), needs: all.needs };
        for &table in &self.sources {
            let name = &tables.get(table).name;
            out.needs.add(Verb::Select, name, Columns::none(), false);
            if self.locks {
                out.needs.add(Verb::LockRows, name, Columns::none(), false);
            }
        }
        for (table, columns) in all.reads {
            if self.sources.contains(&table) {
                out.needs.add(Verb::Select, &tables.get(table).name, Columns::Some(columns), false);
            } else {
                out.read(table, columns);
            }
        }
        out
    }

    /// What it needs where it runs; `returns` says whether rows come back of which nothing was said.
    pub(super) fn needs(&self, tables: &Tables, schema: &Schema, returns: bool) -> Needs {
        let (Verb::Insert | Verb::Update | Verb::Delete, Some(&target)) = (self.verb, self.sources.first())
        else {
            return over(self.inside(tables), None, tables);
        };
        let table = tables.get(target);
        let mut named = self.named.clone();
        let mut needs = Needs::default();
        let nothing = Given::default();
        if self.verb == Verb::Delete {
            needs.add(Verb::Delete, &table.name, Columns::none(), false);
        } else {
            let given = self.written.as_ref().unwrap_or(&nothing);
            named.join(given.named.clone());
            needs.add(self.verb, &table.name, Columns::Some(given.columns.clone()), false);
            if self.verb == Verb::Insert {
                let values = given.columns.difference(&given.defaulted).cloned().collect();
                for sequence in schema.sequences(&table.name, &values) {
                    needs.add(Verb::Usage, sequence, Columns::none(), false);
                }
            }
        }
        if let Some(updated) = &self.updated {
            named.join(updated.named.clone());
            needs.add(Verb::Update, &table.name, Columns::Some(updated.columns.clone()), false);
        }
        match &self.returning {
            Some(returning) => named.join(returning.clone()),
            None if returns => named.read(target, table.all()),
            None => {}
        }
        needs.join(&over(named, Some(target), tables));
        needs
    }
}

/// The needs of what was named; reading the table that is written is implied.
fn over(named: Named, target: Option<TableId>, tables: &Tables) -> Needs {
    let mut needs = named.needs;
    for (table, columns) in named.reads {
        let is_implied = Some(table) == target;
        needs.add(Verb::Select, &tables.get(table).name, Columns::Some(columns), is_implied);
    }
    needs
}

/// What an expression is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) named: Named,
    /// The statements that it can be.
    pub(super) queries: Vec<Query>,
    /// Values for columns: `name.eq("x")`, or several.
    pub(super) given: Option<Given>,
    pub(super) row: Option<Row>,
    /// The column that it is.
    pub(super) column: Option<(TableId, String)>,
    /// The key that `on_constraint` names.
    pub(super) constraint: Option<String>,
    /// Whether it is a statement whose text was met where it was made.
    pub(super) is_text: bool,
}

impl Part {
    pub(super) fn query(query: Query) -> Self {
        Self { queries: vec![query], ..Self::default() }
    }

    pub(super) fn row(row: Row) -> Self {
        Self { row: Some(row), ..Self::default() }
    }

    pub(super) fn problem(text: impl Into<String>) -> Self {
        let mut part = Self::default();
        part.named.problem(text);
        part
    }

    pub(super) fn names_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Either of two, or both beside each other.
    pub(super) fn join(&mut self, more: Part) {
        self.named.join(more.named);
        for query in more.queries {
            match self.queries.iter_mut().find(|known| known.is_like(&query)) {
                Some(known) => known.join(query),
                None => self.queries.push(query),
            }
        }
        match (&mut self.given, more.given) {
            (Some(known), Some(given)) => known.join(given),
            (known, given) => *known = known.take().or(given),
        }
        self.row = match (self.row.take(), more.row) {
            (
                Some(Row::Active { entity, set, is_filled }),
                Some(Row::Active { entity: other, set: more, is_filled: also }),
            ) if entity == other => {
                let set = set.zip(more).map(|(mut set, more)| {
                    set.extend(more);
                    set
                });
                Some(Row::Active { entity, set, is_filled: is_filled || also })
            }
            (known, row) => known.or(row),
        };
        self.column = self.column.take().or(more.column);
        self.constraint = self.constraint.take().or(more.constraint);
        self.is_text |= more.is_text;
    }

    /// What it names as an expression: queries in it are subqueries.
    pub(super) fn into_expression(self, tables: &Tables) -> Named {
        let mut named = self.named;
        for query in &self.queries {
            // An entity by its name alone qualifies a column.
            if !(query.is_bare && tables.get(query.sources[0]).is_entity) {
                named.join(query.inside(tables));
            }
        }
        named
    }

    /// The same for each of its statements.
    pub(super) fn each(mut self, mut change: impl FnMut(&mut Query)) -> Self {
        self.queries.iter_mut().for_each(|query| {
            query.is_bare = false;
            change(query);
        });
        self
    }
}
