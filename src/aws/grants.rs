//! SQL accesses -> the grants of one function's database role.
//!
//! Input: the accesses that the function can reach, and the schema. Output: `Grants`, each privilege once, in a fixed order, with its
//! reasons. Deliberately absent: how PostgreSQL spells it (`render::grants`).
//!
//! The rules are PostgreSQL's; `tests/e2e/grants.py` proves on a real one that each grant is needed and none is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::policy::Why;
use super::reach::Reached;
use crate::access::{Access, Columns, Schema};
use crate::digest::hex;
use crate::load::Sources;

/// Longer names are cut by PostgreSQL.
const MAX_ROLE: usize = 63;

/// What one function's database role may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    pub role: String,
    /// Whether the function connects with a token of IAM.
    pub uses_iam: bool,
    /// Schemas in which its tables and sequences are.
    pub schemas: BTreeSet<String>,
    /// By object, tables first.
    pub all: Vec<Grant>,
    /// What a person must know of its tables.
    pub notes: BTreeSet<Note>,
}

/// One privilege on one table or sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`; `USAGE` and `UPDATE` of sequences.
    pub privilege: &'static str,
    pub object: Object,
    /// `orders`, `shop.orders`.
    pub name: String,
    /// Only these columns; none where the privilege is on all of it.
    pub columns: BTreeSet<String>,
    /// Why it is wider, or other, than the columns that are named.
    pub remark: Option<Remark>,
    /// Sorted by place.
    pub why: Vec<Why>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    Table,
    Sequence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// No column is named: any one will do.
    AnyColumn,
    /// No column is named, and none is known.
    NoColumnKnown,
    /// A column's table is not known without migrations.
    ColumnsUnknown,
    /// `FOR UPDATE` and `LOCK TABLE` want a right to write.
    ForLock,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// Rows are inserted, and which sequences their defaults use is not known.
    SequencesUnknown(String),
    /// A trigger runs a function with the rights of this role.
    Trigger { table: String, trigger: String, function: String },
}

impl Grant {
    /// `GRANT SELECT (id, name) ON users`, without quotes.
    pub fn text(&self) -> String {
        let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let columns = if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
        let on = if self.object == Object::Sequence { "SEQUENCE " } else { "" };
        format!("GRANT {}{columns} ON {on}{}", self.privilege, self.name)
    }
}

/// The name of a function's database role: its own, as far as PostgreSQL does not cut it.
pub fn role(function: &str) -> String {
    if function.len() <= MAX_ROLE {
        return function.to_string();
    }
    let head: String = function.chars().filter(char::is_ascii).take(MAX_ROLE - 9).collect();
    format!("{head}-{}", &hex(function.as_bytes())[..8])
}

/// What is needed of one privilege.
#[derive(Default)]
struct Needed<'a> {
    columns: Option<Columns>,
    why: BTreeMap<(String, u32, &'a str), BTreeMap<String, Vec<String>>>,
}

type ByVerb<'a> = BTreeMap<&'a str, Needed<'a>>;

/// The grants for what was reached.
pub(super) fn grants(function: &str, reached: &[Reached<'_>], schema: &Schema, sources: &Sources) -> Grants {
    let mut needed: BTreeMap<(Object, String), ByVerb<'_>> = BTreeMap::new();
    let mut grants = Grants { role: role(function), ..Grants::default() };
    for Reached { origin, access } in reached {
        grants.uses_iam |= access.service == "rds-db";
        for resource in access.resources.iter().filter(|resource| resource.service == "sql") {
            let object = if resource.kind == "sequence" { Object::Sequence } else { Object::Table };
            let by_verb = needed.entry((object, resource.name.to_string())).or_default();
            by_verb.entry(access.operation.as_str()).or_default().add(origin, access, sources);
        }
    }
    for ((object, name), by_verb) in needed {
        grants.schemas.insert(name.rsplit_once('.').map_or("public", |(schema, _)| schema).to_string());
        match object {
            Object::Table => grants.table(&name, by_verb, schema),
            Object::Sequence => {
                for (verb, needed) in by_verb {
                    let privilege = if verb == "Usage" { "USAGE" } else { "UPDATE" };
                    grants.push(object, &name, privilege, BTreeSet::new(), None, needed);
                }
            }
        }
    }
    grants
}

impl<'a> Needed<'a> {
    fn add(&mut self, origin: &str, access: &'a Access, sources: &Sources) {
        self.columns = match (self.columns.take(), access.columns.clone()) {
            (Some(known), Some(more)) => Some(known.join(more)),
            (known, more) => known.or(more),
        };
        let file = sources.path(access.location).to_string();
        let line = sources.line(access.location);
        self.why
            .entry((file, line, &access.operation))
            .or_default()
            .insert(origin.to_string(), access.via.clone());
    }
}

impl Grants {
    fn table(&mut self, name: &str, mut by_verb: ByVerb<'_>, schema: &Schema) {
        let all = schema.columns(name);
        let written =
            ["Insert", "Update", "Delete", "Truncate"].iter().any(|verb| by_verb.contains_key(verb));
        if written {
            for (trigger, function) in schema.triggers(name) {
                let (table, trigger, function) =
                    (name.to_string(), trigger.to_string(), function.to_string());
                self.notes.insert(Note::Trigger { table, trigger, function });
            }
        }
        if by_verb.contains_key("Insert") && all.is_none() {
            self.notes.insert(Note::SequencesUnknown(name.to_string()));
        }
        // A column that exists: the first of the table, else one that some statement names.
        let named = by_verb.values().find_map(|needed| match &needed.columns {
            Some(Columns::Some(names)) => names.first().cloned(),
            _ => None,
        });
        let any = all.as_ref().and_then(|all| all.first()).map(ToString::to_string).or(named);
        for (verb, privilege) in [("Select", "SELECT"), ("Insert", "INSERT"), ("Update", "UPDATE")] {
            // An update of any column gives the right to lock rows.
            let (needed, remark) = match by_verb.remove(verb) {
                Some(needed) => (needed, None),
                None if verb == "Update" && !by_verb.contains_key("Lock") => {
                    match by_verb.remove("LockRows") {
                        Some(needed) => (needed, Some(Remark::ForLock)),
                        None => continue,
                    }
                }
                None => continue,
            };
            if verb == "Update" && by_verb.contains_key("Lock") && !grants_whole_table(&by_verb) {
                let mut all = by_verb.remove("Lock").unwrap_or_default();
                all.why.extend(needed.why);
                self.push(Object::Table, name, privilege, BTreeSet::new(), Some(Remark::ForLock), all);
                continue;
            }
            let (columns, own) = match needed.columns.clone().unwrap_or(Columns::All) {
                Columns::All => (BTreeSet::new(), None),
                Columns::Unknown => (BTreeSet::new(), Some(Remark::ColumnsUnknown)),
                Columns::Some(names) if !names.is_empty() => (names, None),
                Columns::Some(_) => match &any {
                    Some(column) => (BTreeSet::from([column.clone()]), Some(Remark::AnyColumn)),
                    None => (BTreeSet::new(), Some(Remark::NoColumnKnown)),
                },
            };
            self.push(Object::Table, name, privilege, columns, remark.or(own), needed);
        }
        for (verb, privilege) in [("Delete", "DELETE"), ("Truncate", "TRUNCATE")] {
            if let Some(needed) = by_verb.remove(verb) {
                by_verb.remove("Lock");
                self.push(Object::Table, name, privilege, BTreeSet::new(), None, needed);
            }
        }
        if let Some(needed) = by_verb.remove("Lock") {
            self.push(Object::Table, name, "UPDATE", BTreeSet::new(), Some(Remark::ForLock), needed);
        }
    }

    fn push(
        &mut self,
        object: Object,
        name: &str,
        privilege: &'static str,
        columns: BTreeSet<String>,
        remark: Option<Remark>,
        needed: Needed<'_>,
    ) {
        let why = needed.why.into_iter().map(|((file, line, operation), origins)| Why {
            file,
            line,
            operation: operation.to_string(),
            origins,
            arguments: BTreeSet::new(),
            resources: BTreeSet::new(),
        });
        let (name, why) = (name.to_string(), why.collect());
        self.all.push(Grant { privilege, object, name, columns, remark, why });
    }
}

/// Whether `LOCK TABLE` is allowed by what the role has anyway.
fn grants_whole_table(by_verb: &ByVerb<'_>) -> bool {
    by_verb.contains_key("Delete") || by_verb.contains_key("Truncate")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::reach::Reach;
    use super::super::testing::{access, function, routes, sources};
    use super::*;
    use crate::access::{AccessTable, Resource, ResourceName};

    fn sql(
        verb: &str,
        kind: &str,
        name: &str,
        columns: impl Into<Option<Columns>>,
        line: u32,
    ) -> Arc<Access> {
        let resource = Resource {
            service: "sql".into(),
            kind: kind.into(),
            name: ResourceName::literal(name),
            sub: None,
        };
        let access = Arc::unwrap_or_clone(access(verb, &[], &[resource], line));
        Arc::new(Access { service: "sql".into(), columns: columns.into(), ..access })
    }

    fn some(names: &[&str]) -> Columns {
        Columns::Some(names.iter().map(ToString::to_string).collect())
    }

    #[track_caller]
    fn check(accesses: Vec<Arc<Access>>, expect: &[&str]) {
        let accesses = AccessTable { routes: vec![accesses], ..AccessTable::default() };
        let (function, routes) = (function("f", &["GET /"]), routes(&["GET /"]));
        let reached = Reach::new(&routes, &accesses).of(&function);
        let grants = grants("f", &reached, &accesses.schema, &sources());
        assert_eq!(grants.all.iter().map(Grant::text).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn columns_of_all_statements_are_one_grant() {
        check(
            vec![
                sql("Select", "table", "t", some(&["b"]), 1),
                sql("Select", "table", "t", some(&["a"]), 2),
                sql("Usage", "sequence", "s", None, 2),
                sql("Delete", "table", "a.t", None, 2),
            ],
            &["GRANT DELETE ON a.t", "GRANT SELECT (a, b) ON t", "GRANT USAGE ON SEQUENCE s"],
        );
        check(
            vec![
                sql("Select", "table", "t", some(&["b"]), 1),
                sql("Select", "table", "t", Some(Columns::All), 2),
            ],
            &["GRANT SELECT ON t"],
        );
    }

    #[test]
    fn any_column_is_one_that_is_there() {
        check(
            vec![sql("Select", "table", "t", some(&[]), 1), sql("Insert", "table", "t", some(&["x"]), 1)],
            &["GRANT SELECT (x) ON t", "GRANT INSERT (x) ON t"],
        );
        check(vec![sql("Select", "table", "t", some(&[]), 1)], &["GRANT SELECT ON t"]);
    }

    #[test]
    fn locks_take_the_least_that_is_there() {
        let lock = || sql("Lock", "table", "t", None, 1);
        let rows = || sql("LockRows", "table", "t", some(&[]), 1);
        let select = || sql("Select", "table", "t", some(&["a"]), 1);
        let update = || sql("Update", "table", "t", some(&["b"]), 1);
        let delete = || sql("Delete", "table", "t", None, 1);
        check(vec![select(), rows()], &["GRANT SELECT (a) ON t", "GRANT UPDATE (a) ON t"]);
        check(vec![select(), rows(), update()], &["GRANT SELECT (a) ON t", "GRANT UPDATE (b) ON t"]);
        check(vec![lock()], &["GRANT UPDATE ON t"]);
        check(vec![lock(), rows()], &["GRANT UPDATE ON t"]);
        check(vec![lock(), delete()], &["GRANT DELETE ON t"]);
        check(vec![lock(), update()], &["GRANT UPDATE ON t"]);
        check(vec![lock(), update(), delete()], &["GRANT UPDATE (b) ON t", "GRANT DELETE ON t"]);
    }

    #[test]
    fn long_names_of_functions_are_cut_and_stay_apart() {
        let (one, two) = ("x".repeat(70) + "1", "x".repeat(70) + "2");
        assert_eq!(role("get-users"), "get-users");
        assert_eq!(role(&one).len(), 63);
        assert_ne!(role(&one), role(&two));
    }
}
