//! Migrations of `sqlx`, `refinery` and `diesel`: their order, and what their statements make of the schema.

use std::collections::BTreeMap;
use std::path::Path;

use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, ColumnDef, ColumnOption, CreateTable, Expr,
    FunctionArg, FunctionArgExpr, FunctionArguments, ObjectType, RenameTableNameKind, Statement,
    TableConstraint, Value,
};

use super::super::sql::{folded, name, statements};
use super::{Column, Schema, Table};
use crate::load::SourceTree;
use crate::stack::each;

/// How many files are parsed before their statements are taken.
const AT_ONCE: usize = 64;

/// The schema that the migrations of all packages make.
pub(in crate::access) fn of_tree(tree: &SourceTree, is_mysql: bool) -> Schema {
    let mut folders: BTreeMap<(&Path, &Path), Vec<(Version, &Path)>> = BTreeMap::new();
    for (root, paths) in tree.sql() {
        for path in paths {
            if let Some((folder, version)) = path.strip_prefix(root).ok().and_then(place) {
                folders.entry((root, folder)).or_default().push((version, path));
            }
        }
    }
    let mut schema = Schema { is_mysql, ..Schema::default() };
    for mut files in folders.into_values() {
        files.sort();
        let mut own = Schema { is_mysql, ..Schema::default() };
        let parsed = |(_, path): &(Version, &Path)| Some(Parsed::of(&tree.text_of_sql(path)?, is_mysql));
        // Syntax trees are large: those of all files are never there at once.
        for some in files.chunks(AT_ONCE) {
            each(some.iter().collect(), parsed).into_iter().flatten().for_each(|parsed| own.take(parsed));
        }
        schema.join(own);
    }
    schema
}

/// The statements of a file in its order; the text of each that does not parse, which must not hide the others.
struct Parsed(Vec<Result<Vec<Statement>, String>>);

impl Parsed {
    fn of(text: &str, is_mysql: bool) -> Self {
        if let Some(all) = statements(text, is_mysql) {
            return Self(vec![Ok(all)]);
        }
        let one = |part: &str| statements(part, is_mysql).ok_or_else(|| part.to_string());
        Self(split(text).into_iter().map(one).collect())
    }
}

/// Leading digits as a number, and the name.
type Version = (u64, String);

/// The folder of migrations in which a file stands, and its place in the order; `None` for other files and for the way back.
fn place(path: &Path) -> Option<(&Path, Version)> {
    let file = path.file_name()?.to_str()?;
    if file.ends_with(".down.sql") || file == "down.sql" {
        return None;
    }
    let folder = path.parent()?;
    let is_migrations =
        |path: &Path| path.file_name().is_some_and(|name| name == "migrations" || name == "migration");
    // `diesel`: migrations/2024-01-01-000000_name/up.sql
    if file == "up.sql" && folder.parent().is_some_and(is_migrations) {
        let name = folder.file_name()?.to_str()?;
        return Some((folder.parent()?, (0, name.to_string())));
    }
    let in_tests = ["tests", "examples", "benches"].iter().any(|tests| path.starts_with(tests));
    if in_tests || !folder.ancestors().any(is_migrations) {
        return None;
    }
    // `refinery`: V1__name.sql, and U1__name.sql for the way back
    let digits = match file.as_bytes() {
        [b'V', second, ..] if second.is_ascii_digit() => &file[1..],
        [b'U', second, ..] if second.is_ascii_digit() => return None,
        _ => file,
    };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let number = digits[..end].parse().unwrap_or(if end == 0 { u64::MAX } else { u64::MAX - 1 });
    Some((folder, (number, file.to_string())))
}

impl Schema {
    /// Takes what another folder makes. A table that two folders make differently, as for two kinds of databases, is not known.
    fn join(&mut self, other: Schema) {
        for (name, table) in other.tables {
            match self.tables.get_mut(&name) {
                Some(known) if *known != table => *known = Table::default(),
                Some(_) => {}
                None => {
                    self.tables.insert(name, table);
                }
            }
        }
        self.functions.extend(other.functions);
    }

    #[cfg(test)]
    pub(in crate::access) fn apply(&mut self, text: &str) {
        self.take(Parsed::of(text, self.is_mysql));
    }

    fn take(&mut self, parsed: Parsed) {
        for part in parsed.0 {
            match part {
                Ok(all) => all.iter().for_each(|statement| self.statement(statement)),
                Err(text) => self.forget(&text),
            }
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::CreateTable(create) => self.create(create),
            Statement::AlterTable(alter) => self.alter(alter),
            Statement::CreateView(view) => {
                let names = view.columns.iter().map(|column| folded(&column.name)).collect::<Vec<_>>();
                let columns =
                    names.into_iter().map(|name| Column { name, sequence: None }).collect::<Vec<_>>();
                let columns = (!columns.is_empty()).then_some(columns);
                self.tables.insert(name(&view.name), Table { columns, ..Table::default() });
            }
            Statement::Drop { object_type: ObjectType::Table | ObjectType::View, names, .. } => {
                for dropped in names {
                    self.tables.remove(&name(dropped));
                }
            }
            Statement::CreateFunction(function) => {
                self.functions.insert(name(&function.name));
            }
            Statement::CreateTrigger(trigger) => {
                let table = self.tables.entry(name(&trigger.table_name)).or_default();
                let function = trigger.exec_body.as_ref().map(|body| name(&body.func_desc.name));
                table.triggers.insert(name(&trigger.name), function.unwrap_or_default());
            }
            Statement::CreateIndex(index) if index.unique => {
                let columns = index.columns.iter().map(|column| ident(&column.column.expr)).collect();
                if let (Some(columns), Some(key)) = (columns, &index.name) {
                    let table = self.tables.entry(name(&index.table_name)).or_default();
                    table.keys.insert(name(key), columns);
                }
            }
            _ => {}
        }
    }

    fn create(&mut self, create: &CreateTable) {
        let table = name(&create.name);
        if create.temporary || (create.if_not_exists && self.tables.contains_key(&table)) {
            return;
        }
        let complete = create.like.is_none()
            && create.query.is_none()
            && create.clone.is_none()
            && create.inherits.is_none()
            && create.partition_of.is_none();
        let mut made = Table::default();
        let bare = table.rsplit('.').next().unwrap_or(&table).to_string();
        let columns: Vec<Column> = create.columns.iter().map(|column| made.column(&table, column)).collect();
        for constraint in &create.constraints {
            made.constraint(&bare, constraint);
        }
        made.columns = complete.then_some(columns);
        self.tables.insert(table, made);
    }

    fn alter(&mut self, alter: &AlterTable) {
        let mut table = name(&alter.name);
        for operation in &alter.operations {
            // A table that something else made has columns that are not known.
            let known = self.tables.entry(table.clone()).or_default();
            match operation {
                AlterTableOperation::AddColumn { column_def, if_not_exists, .. } => {
                    let column = known.column(&table, column_def);
                    if let Some(columns) = &mut known.columns {
                        let there = columns.iter().any(|old| old.name == column.name);
                        if !(there && *if_not_exists) {
                            columns.push(column);
                        }
                    }
                }
                AlterTableOperation::DropColumn { column_names, .. } => {
                    let names: Vec<String> = column_names.iter().map(folded).collect();
                    if let Some(columns) = &mut known.columns {
                        columns.retain(|column| !names.contains(&column.name));
                    }
                }
                AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
                    known.rename(&folded(old_column_name), &folded(new_column_name));
                }
                AlterTableOperation::ChangeColumn { old_name, new_name, .. } => {
                    known.rename(&folded(old_name), &folded(new_name));
                }
                AlterTableOperation::RenameTable {
                    table_name: RenameTableNameKind::As(to) | RenameTableNameKind::To(to),
                } => {
                    let to = match table.rsplit_once('.') {
                        Some((schema, _)) => format!("{schema}.{}", name(to)),
                        None => name(to),
                    };
                    if let Some(known) = self.tables.remove(&table) {
                        self.tables.insert(to.clone(), known);
                    }
                    table = to;
                }
                AlterTableOperation::AlterColumn { column_name, op } => {
                    known.alter_column(&folded(column_name), op);
                }
                AlterTableOperation::AddConstraint { constraint, .. } => {
                    let bare = table.rsplit('.').next().unwrap_or(&table).to_string();
                    known.constraint(&bare, constraint);
                }
                AlterTableOperation::SwapWith { .. } => known.columns = None,
                _ => {}
            }
        }
    }

    /// The table that a statement makes or changes which does not parse is not known any more.
    fn forget(&mut self, statement: &str) {
        let words: Vec<String> = statement
            .split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')))
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let first: Vec<&str> = words.iter().take(1).map(String::as_str).collect();
        let target = words.iter().position(|word| matches!(word.as_str(), "table" | "view")).and_then(|at| {
            let is_name = |word: &&String| !["if", "not", "exists", "only"].contains(&word.as_str());
            words[at + 1..].iter().find(is_name)
        });
        if let Some(table) = target.filter(|_| matches!(first.as_slice(), ["alter" | "create"])) {
            let table = table.strip_prefix("public.").unwrap_or(table);
            self.tables.entry(table.to_string()).or_default().columns = None;
        }
        let functions = words.windows(2).filter(|pair| matches!(pair[0].as_str(), "function" | "procedure"));
        if first.first() == Some(&"create") {
            self.functions.extend(functions.map(|pair| pair[1].clone()).take(1));
        }
    }
}

impl Table {
    fn column(&mut self, table: &str, column: &ColumnDef) -> Column {
        let own = folded(&column.name);
        let bare = table.rsplit('.').next().unwrap_or(table);
        let kind = column.data_type.to_string().to_lowercase();
        let serial = matches!(
            kind.as_str(),
            "serial" | "bigserial" | "smallserial" | "serial2" | "serial4" | "serial8"
        );
        let mut sequence = serial.then(|| {
            let of = object_name(bare, &own, "seq");
            table.rsplit_once('.').map_or(of.clone(), |(schema, _)| format!("{schema}.{of}"))
        });
        for option in &column.options {
            let named = option.name.as_ref().map(folded);
            match &option.option {
                ColumnOption::Default(default) => sequence = nextval(default),
                ColumnOption::PrimaryKey(_) => {
                    self.keys.insert(named.unwrap_or_else(|| format!("{bare}_pkey")), vec![own.clone()]);
                }
                ColumnOption::Unique(_) => {
                    let key = named.unwrap_or_else(|| object_name(bare, &own, "key"));
                    self.keys.insert(key, vec![own.clone()]);
                }
                _ => {}
            }
        }
        Column { name: own, sequence }
    }

    fn constraint(&mut self, table: &str, constraint: &TableConstraint) {
        let (given, columns, default) = match constraint {
            TableConstraint::Unique(unique) => (&unique.name, &unique.columns, "key"),
            TableConstraint::PrimaryKey(key) => (&key.name, &key.columns, "pkey"),
            _ => return,
        };
        let Some(columns) =
            columns.iter().map(|column| ident(&column.column.expr)).collect::<Option<Vec<_>>>()
        else {
            return;
        };
        let own = match default {
            "pkey" => format!("{table}_pkey"),
            _ => object_name(table, &columns.join("_"), "key"),
        };
        self.keys.insert(given.as_ref().map_or(own, folded), columns);
    }

    fn rename(&mut self, from: &str, to: &str) {
        for column in self.columns.iter_mut().flatten().filter(|column| column.name == from) {
            column.name = to.to_string();
        }
        for name in self.keys.values_mut().flatten().filter(|name| *name == from) {
            *name = to.to_string();
        }
    }

    fn alter_column(&mut self, column: &str, operation: &AlterColumnOperation) {
        let Some(column) = self.columns.iter_mut().flatten().find(|known| known.name == column) else {
            return;
        };
        match operation {
            AlterColumnOperation::SetDefault { value } => column.sequence = nextval(value),
            AlterColumnOperation::DropDefault | AlterColumnOperation::AddGenerated { .. } => {
                column.sequence = None;
            }
            _ => {}
        }
    }
}

fn ident(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(folded(ident)),
        _ => None,
    }
}

/// The sequence of `nextval('orders_id_seq')`, with or without a cast.
pub(in crate::access) fn nextval(expr: &Expr) -> Option<String> {
    let Expr::Function(function) = expr else { return None };
    (name(&function.name) == "nextval").then(|| sequence_argument(&function.args))?
}

/// The name in the first argument of `nextval` and its kin.
pub(in crate::access) fn sequence_argument(args: &FunctionArguments) -> Option<String> {
    let FunctionArguments::List(list) = args else { return None };
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(mut first)) = list.args.first()?.clone() else {
        return None;
    };
    while let Expr::Cast { expr, .. } | Expr::Nested(expr) = first {
        first = *expr;
    }
    let Expr::Value(value) = first else { return None };
    let Value::SingleQuotedString(text) = value.value else { return None };
    let parts: Vec<String> = text
        .split('.')
        .map(|part| match part.strip_prefix('"').and_then(|part| part.strip_suffix('"')) {
            Some(quoted) => quoted.to_string(),
            None => part.to_lowercase(),
        })
        .collect();
    Some(parts.join("."))
}

/// The name that PostgreSQL makes of a table, a column and a label, at most 63 bytes long: the longer of both is cut.
fn object_name(table: &str, column: &str, label: &str) -> String {
    let room = 63 - label.len() - 2;
    let (mut first, mut second) = (table.len(), column.len());
    while first + second > room {
        if first > second { first -= 1 } else { second -= 1 }
    }
    let cut = |text: &str, mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        text[..at].to_string()
    };
    format!("{}_{}_{label}", cut(table, first), cut(column, second))
}

/// Statements of a text, apart at the semicolons that end them.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        // The length of what is no code: a string, a name in quotes, a comment.
        let skip =
            |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |to| from + to + end.len());
        at += match c {
            '\'' => skip("'", 1),
            '"' => skip("\"", 1),
            '-' if rest.starts_with("--") => skip("\n", 2),
            '/' if rest.starts_with("/*") => skip("*/", 2),
            '$' => {
                let tag = rest[1..].find('$').map(|end| &rest[..end + 2]);
                let is_tag =
                    |tag: &str| tag[1..tag.len() - 1].chars().all(|c| c.is_alphanumeric() || c == '_');
                tag.filter(|tag| is_tag(tag)).map_or(1, |tag| skip(tag, tag.len()))
            }
            ';' => {
                parts.push(&text[start..at]);
                start = at + 1;
                1
            }
            c => c.len_utf8(),
        };
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let mut schema = Schema::default();
        schema.apply(text);
        let shown: Vec<String> = schema
            .tables
            .iter()
            .map(|(name, table)| match &table.columns {
                None => format!("{name}: ?"),
                Some(columns) => {
                    let shown: Vec<String> = columns
                        .iter()
                        .map(|column| match &column.sequence {
                            Some(sequence) => format!("{}={sequence}", column.name),
                            None => column.name.clone(),
                        })
                        .collect();
                    format!("{name}: {}", shown.join(" "))
                }
            })
            .collect();
        assert_eq!(shown, expect);
    }

    #[test]
    fn tables_are_made_and_changed() {
        check(
            "CREATE TABLE Users (id BIGSERIAL PRIMARY KEY, \"Name\" text NOT NULL, a int DEFAULT nextval('s.x'::regclass));
             CREATE TABLE ids (id int GENERATED ALWAYS AS IDENTITY, b int);
             ALTER TABLE users ADD COLUMN email text UNIQUE, DROP COLUMN a;
             ALTER TABLE users RENAME COLUMN email TO mail;
             ALTER TABLE ids RENAME TO numbers;
             CREATE TABLE gone (x int); DROP TABLE gone;
             CREATE VIEW v AS SELECT 1;",
            &["numbers: id b", "users: id=users_id_seq Name mail", "v: ?"],
        );
    }

    #[test]
    fn a_statement_that_does_not_parse_hides_no_other() {
        check(
            "CREATE TABLE a (x int); CREATE TABLE b (y int);
             ALTER TABLE b FROBNICATE ';' $$ ; $$; CREATE TABLE c (z int);",
            &["a: x", "b: ?", "c: z"],
        );
    }

    #[test]
    fn files_stand_in_the_order_of_their_tool() {
        let of = |path: &str| {
            place(Path::new(path)).map(|(folder, version)| (folder.display().to_string(), version))
        };
        let at = |number, name: &str| Some(("p/migrations".to_string(), (number, name.to_string())));
        assert_eq!(of("p/migrations/2_b.sql"), at(2, "2_b.sql"));
        assert_eq!(of("p/migrations/10_b.up.sql"), at(10, "10_b.up.sql"));
        assert_eq!(of("p/migrations/V3__c.sql"), at(3, "V3__c.sql"));
        assert_eq!(of("p/migrations/2024-01-01-000000_x/up.sql"), at(0, "2024-01-01-000000_x"));
        for path in
            ["p/migrations/2_b.down.sql", "p/migrations/x/down.sql", "p/migrations/U3__c.sql", "p/q/a.sql"]
        {
            assert_eq!(of(path), None);
        }
    }

    #[test]
    fn long_names_are_cut_like_the_database_does() {
        let long = "a".repeat(60);
        assert_eq!(object_name(&long, "id", "seq"), format!("{}_id_seq", "a".repeat(56)));
    }
}
