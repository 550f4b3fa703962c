//! The tables that a program declares: `table!` of diesel, entity models of sea-orm.
//!
//! Input: the program. Output: `Tables`, each with its columns and key. Deliberately absent: what paths mean (`names`).

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::attributes::{Meta, metas};
use crate::load::ModuleId;
use crate::resolve::{Def, DefId, DefKind, Program};
use crate::stack::on_all_cores;
use crate::syntax::ast::{Field, ItemKind, MacroCall, TypeKind, derives};
use crate::syntax::{Name, table};

/// Number of a table in `Tables::all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::access) struct TableId(pub(super) u32);

/// One table as the code knows it.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// `orders`, `shop.orders`: as the database calls it.
    pub(super) name: String,
    /// The module that `table!` makes; of an entity the module in which it stands.
    pub(super) module_name: Name,
    /// Name in the code and in the database, in order.
    pub(super) columns: Vec<(Name, String)>,
    /// Columns of the primary key, as the database calls them.
    pub(super) key: Vec<String>,
    /// Whether it is an entity of sea-orm.
    pub(super) is_entity: bool,
    /// The macro call, or the model of the entity.
    pub(super) def: DefId,
}

impl Table {
    /// A column by its name in the code.
    pub(super) fn column(&self, field: &str) -> Option<&str> {
        self.columns.iter().find(|(name, _)| name == field).map(|(_, column)| column.as_str())
    }

    /// A column by the variant that sea-orm makes of its name.
    pub(super) fn column_of_variant(&self, variant: &str) -> Option<&str> {
        let bare = |text: &str| text.replace('_', "").to_lowercase();
        self.columns.iter().find(|(name, _)| bare(name) == bare(variant)).map(|(_, column)| column.as_str())
    }

    pub(super) fn all(&self) -> BTreeSet<String> {
        self.columns.iter().map(|(_, column)| column.clone()).collect()
    }

    /// The columns of the primary key.
    pub(super) fn keys(&self) -> BTreeSet<String> {
        self.key.iter().cloned().collect()
    }
}

/// All tables, and where the code finds them.
#[derive(Debug, Default)]
pub(super) struct Tables {
    all: Vec<Table>,
    /// Modules that `table!` makes, by the module around them.
    made: BTreeMap<ModuleId, Vec<TableId>>,
    /// Entities by their module.
    entities: BTreeMap<ModuleId, TableId>,
    /// Constants that `alias!` makes, by their module, with the path of what each is another name of.
    aliases: BTreeMap<ModuleId, Vec<(Name, Vec<Name>)>>,
}

impl Tables {
    pub(super) fn of(program: &Program) -> Self {
        let may_declare = |def: &&Def| match &def.item.kind {
            ItemKind::MacroCall(_) => def.kind == DefKind::MacroCall,
            ItemKind::Struct(_) => derives(&def.item.attrs, "DeriveEntityModel"),
            _ => false,
        };
        let declaring: Vec<&Def> =
            on_all_cores(|| program.defs.par_iter().with_max_len(256).filter(may_declare).collect());
        let mut tables = Self::default();
        for def in declaring {
            match &def.item.kind {
                ItemKind::MacroCall(call) => {
                    if let Some(made) = of_macro(program, def, call) {
                        let id = tables.add(made);
                        tables.made.entry(def.module).or_default().push(id);
                    } else if call.path.last().ident.name == "alias" {
                        let named = table::constants(tokens(program, def, call)).unwrap_or_default();
                        tables.aliases.entry(def.module).or_default().extend(named);
                    }
                }
                ItemKind::Struct(strukt) => {
                    if let Some(made) = of_entity(program, def, strukt.fields.all()) {
                        let id = tables.add(made);
                        tables.entities.entry(def.module).or_insert(id);
                    }
                }
                _ => {}
            }
        }
        tables
    }

    fn add(&mut self, table: Table) -> TableId {
        self.all.push(table);
        TableId(self.all.len() as u32 - 1)
    }

    pub(super) fn get(&self, id: TableId) -> &Table {
        &self.all[id.0 as usize]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The table whose module stands under a name in another module.
    pub(super) fn made_in(&self, module: ModuleId, name: &str) -> Option<TableId> {
        self.made.get(&module)?.iter().copied().find(|&id| self.get(id).module_name == name)
    }

    /// What a constant of `alias!` is another name of.
    pub(super) fn aliased(&self, module: ModuleId, name: &str) -> Option<&[Name]> {
        let found = self.aliases.get(&module)?.iter().find(|(known, _)| known == name);
        found.map(|(_, path)| path.as_slice())
    }

    pub(super) fn entity_of(&self, module: ModuleId) -> Option<TableId> {
        self.entities.get(&module).copied()
    }

    /// The entity whose model a struct is.
    pub(super) fn entity_of_model(&self, program: &Program, def: DefId) -> Option<TableId> {
        self.entity_of(program.def(def).module).filter(|&id| self.get(id).def == def)
    }
}

/// The text in a macro's brackets.
pub(super) fn tokens<'p>(program: &'p Program, def: &Def, call: &MacroCall) -> &'p str {
    let text = &program.tree.sources.get(def.location.source).text;
    text.get(call.tokens.start as usize..call.tokens.end as usize).unwrap_or_default()
}

fn of_macro(program: &Program, def: &Def, call: &MacroCall) -> Option<Table> {
    if !matches!(call.path.last().ident.name.as_str(), "table" | "view") || program.is_expanded(def.id) {
        return None;
    }
    let made = table::table(tokens(program, def, call))?;
    let name = made.sql_name.unwrap_or_else(|| made.name.to_string());
    let name = match made.schema {
        Some(schema) if schema != "public" => format!("{schema}.{name}"),
        _ => name,
    };
    let named = |(name, sql_name): (Name, Option<String>)| {
        let column = sql_name.unwrap_or_else(|| name.to_string());
        (name, column)
    };
    let mut table = Table {
        name,
        module_name: made.name,
        columns: made.columns.into_iter().map(named).collect(),
        key: Vec::new(),
        is_entity: false,
        def: def.id,
    };
    let key = if made.key.is_empty() { vec![Name::new_static("id")] } else { made.key };
    table.key = key.iter().filter_map(|name| table.column(name)).map(str::to_string).collect();
    Some(table)
}

fn of_entity(program: &Program, def: &Def, fields: &[Field]) -> Option<Table> {
    let text = &program.tree.sources.get(def.location.source).text;
    let says = metas(&def.item.attrs, "sea_orm", text);
    let value = |key: &str| says.iter().find(|meta| meta.key == key).map(|meta| meta.value);
    let name = value("table_name")?;
    let name = match value("schema_name") {
        Some(schema) if schema != "public" => format!("{schema}.{name}"),
        _ => name.to_string(),
    };
    let case = value("rename_all");
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    for field in fields {
        let says = metas(&field.attrs, "sea_orm", text);
        let has = |key: &str| says.iter().any(|meta| meta.key == key);
        if has("ignore") || is_relation(field, &says) {
            continue;
        }
        let given = says.iter().find(|meta| meta.key == "column_name").map(|meta| meta.value.to_string());
        let name = Name::new(field.name.name.trim_start_matches("r#"));
        let column = match (given, case) {
            (Some(given), _) => given,
            (None, None) => snake(&name),
            (None, Some(case)) => in_case(&name, case)?,
        };
        if has("primary_key") {
            key.push(column.clone());
        }
        columns.push((name, column));
    }
    let module_name = program.tree.module(def.module).name.clone();
    Some(Table { name, module_name, columns, key, is_entity: true, def: def.id })
}

/// Whether a field holds rows of another table.
fn is_relation(field: &Field, says: &[Meta<'_>]) -> bool {
    let relates = |meta: &Meta<'_>| matches!(meta.key, "has_one" | "has_many" | "belongs_to" | "self_ref");
    let holds = match &field.ty.kind {
        TypeKind::Path(path) => {
            matches!(path.last().ident.name.as_str(), "HasOne" | "HasMany" | "BelongsTo")
        }
        _ => false,
    };
    holds || says.iter().any(relates)
}

/// `user_id` for `userId` and `UserId`.
pub(super) fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_uppercase() && before != '_' && !before.is_uppercase() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
        before = c;
    }
    out
}

/// A name in one of the cases of `rename_all`; `None` for those that are not known here.
fn in_case(name: &str, case: &str) -> Option<String> {
    let snake = snake(name);
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    let pascal: String = snake.split('_').map(capital).collect();
    match case {
        "snake_case" => Some(snake),
        "SCREAMING_SNAKE_CASE" => Some(snake.to_uppercase()),
        "kebab-case" => Some(snake.replace('_', "-")),
        "PascalCase" => Some(pascal),
        "camelCase" => {
            let first = snake.split('_').next().unwrap_or_default();
            Some(format!("{first}{}", &pascal[first.len().min(pascal.len())..]))
        }
        _ => None,
    }
}
