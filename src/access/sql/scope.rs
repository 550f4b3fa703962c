//! What names mean at one place of a statement: the relations of `FROM`, and those of the queries around it.

use super::super::schema::Schema;

/// Columns that PostgreSQL gives each table.
const SYSTEM: &[&str] = &["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// Names of a query's columns; `None` where they are not all known.
pub(super) type Outputs = Option<Vec<String>>;

/// One relation of a `FROM`, or the table that is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Relation {
    /// By which columns name it: an alias, else the table's name without its schema.
    pub(super) alias: Option<String>,
    /// The table, where it is one.
    pub(super) table: Option<String>,
    pub(super) outputs: Outputs,
    /// Whether the statement writes it: reading it is implied.
    pub(super) is_target: bool,
    /// `excluded`, whose columns are read as those of the table.
    pub(super) is_excluded: bool,
    /// The columns that `USING` makes one of: both sides were read.
    pub(super) is_merged: bool,
    /// Tables behind a subquery, which `FOR UPDATE` locks as well.
    pub(super) behind: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Has {
    No,
    Maybe,
    Yes,
}

impl Relation {
    pub(super) fn table(table: &str, alias: Option<String>, schema: &Schema) -> Self {
        let bare = table.rsplit('.').next().unwrap_or(table);
        Self {
            alias: Some(alias.unwrap_or_else(|| bare.to_string())),
            outputs: schema.columns(table).map(|names| names.into_iter().map(str::to_string).collect()),
            table: Some(table.to_string()),
            ..Self::default()
        }
    }

    pub(super) fn has(&self, column: &str) -> Has {
        match &self.outputs {
            None => Has::Maybe,
            Some(names) if names.iter().any(|name| name == column) => Has::Yes,
            Some(_) if self.table.is_some() && SYSTEM.contains(&column) => Has::Yes,
            Some(_) => Has::No,
        }
    }

    /// Whether a qualifier means it: the alias, or the table's name with its schema.
    pub(super) fn is_called(&self, qualifier: &str) -> bool {
        self.alias.as_deref() == Some(qualifier) || self.table.as_deref() == Some(qualifier)
    }
}

/// What one column name means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A column of this relation: number of the scope and in it. `proved` says whether no other can have it.
    Column {
        at: (usize, usize),
        proved: bool,
    },
    /// One of several relations has it.
    OneOf(Vec<(usize, usize)>),
    /// A whole row.
    Row((usize, usize)),
    Nothing,
}

/// Relations by query, the innermost last, with the names that may be used in its `ORDER BY` and `GROUP BY`.
#[derive(Debug, Default)]
pub(super) struct Scopes(pub(super) Vec<Vec<Relation>>);

impl Scopes {
    pub(super) fn relation(&self, at: (usize, usize)) -> &Relation {
        &self.0[at.0][at.1]
    }

    /// The relation that a qualifier means, the innermost.
    pub(super) fn qualified(&self, qualifier: &str) -> Option<(usize, usize)> {
        self.0.iter().enumerate().rev().find_map(|(depth, relations)| {
            let at = relations.iter().position(|relation| relation.is_called(qualifier))?;
            Some((depth, at))
        })
    }

    /// What a name without qualifier means.
    pub(super) fn meaning(&self, column: &str) -> Meaning {
        for (depth, relations) in self.0.iter().enumerate().rev() {
            let with = |wanted: Has| {
                let found = relations.iter().enumerate().filter(move |(_, relation)| {
                    // `excluded` must be named.
                    !relation.is_excluded && relation.has(column) == wanted
                });
                found.map(|(at, _)| (depth, at)).collect::<Vec<_>>()
            };
            let (has, may) = (with(Has::Yes), with(Has::Maybe));
            let row = relations.iter().position(|relation| relation.alias.as_deref() == Some(column));
            match (has.as_slice(), may.as_slice(), row) {
                // Of `JOIN .. USING` all were read.
                ([first, ..], _, _) => return Meaning::Column { at: *first, proved: true },
                ([], [], Some(at)) => return Meaning::Row((depth, at)),
                // A row or a column of the same name: both are all of it.
                ([], [one], Some(at)) if one.1 == at => return Meaning::OneOf(vec![*one]),
                ([], [], None) => {}
                ([], [one], _) => {
                    let proved = self.0[..depth].iter().flatten().all(|outer| outer.has(column) == Has::No);
                    return Meaning::Column { at: *one, proved };
                }
                ([], several, _) => return Meaning::OneOf(several.to_vec()),
            }
        }
        Meaning::Nothing
    }
}
