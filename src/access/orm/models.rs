//! Structs that hold rows of diesel's tables: `Queryable`, `Selectable`, `Insertable`, `AsChangeset`, `Identifiable`, `Associations`.
//!
//! Input: a struct of the program. Output: its table and the column of each field.

use std::sync::Arc;

use rayon::prelude::*;

use super::attributes::{Meta, in_list, metas};
use super::known::Known;
use super::names::{Made, Names};
use super::tables::{TableId, Tables, snake};
use crate::ordered::UnorderedMap;
use crate::resolve::types::TypeContext;
use crate::resolve::{Def, DefId, Program, Ty};
use crate::span::Location;
use crate::stack::on_all_cores;
use crate::syntax::ast::{Expr, ItemKind, derives};
use crate::syntax::{Name, table};

/// One such struct.
#[derive(Debug, Clone)]
pub(super) struct Model {
    /// Not known where `base_query` says all.
    pub(super) table: Option<TableId>,
    /// Columns of the primary key, as the database calls them.
    pub(super) key: Vec<String>,
    pub(super) fields: Vec<Field>,
    /// The parents' structs by name, and the columns that lead to them.
    pub(super) parents: Vec<(String, String)>,
    /// The place of `base_query = ..`.
    pub(super) base: Option<Location>,
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    /// As the database calls it; `None` where the table has no such column.
    pub(super) column: Option<String>,
    pub(super) is_option: bool,
    pub(super) skips_insert: bool,
    pub(super) skips_update: bool,
    /// Another such struct whose fields are meant.
    pub(super) embeds: Option<DefId>,
    /// The place of `select_expression = ..`.
    pub(super) selects: Option<Location>,
}

/// All of them, each read when it is asked for.
#[derive(Default)]
pub(super) struct Models {
    known: Known<DefId, Option<Arc<Model>>>,
    /// Expressions in attributes.
    exprs: UnorderedMap<Location, (DefId, Expr)>,
}

/// Derives of which one makes a struct a model.
const DERIVES: &[&str] =
    &["Queryable", "Selectable", "HasQuery", "Insertable", "AsChangeset", "Identifiable", "Associations"];

impl Models {
    /// Parses what attributes say in expressions.
    pub(super) fn of(program: &Program) -> Self {
        let selects = |def: &&Def| {
            matches!(def.item.kind, ItemKind::Struct(_))
                && ["Selectable", "HasQuery"].iter().any(|name| derives(&def.item.attrs, name))
        };
        let selecting: Vec<&Def> =
            on_all_cores(|| program.defs.par_iter().with_max_len(256).filter(selects).collect());
        let mut models = Self::default();
        for def in selecting {
            let ItemKind::Struct(strukt) = &def.item.kind else { continue };
            let text = &program.tree.sources.get(def.location.source).text;
            let fields = strukt.fields.all().iter().flat_map(|field| metas(&field.attrs, "diesel", text));
            let says = metas(&def.item.attrs, "diesel", text).into_iter().chain(fields);
            for meta in says.filter(|meta| matches!(meta.key, "base_query" | "select_expression")) {
                if let Some(expr) = table::expr_at(text, meta.span) {
                    models.exprs.insert(Location { span: meta.span, ..def.location }, (def.id, expr));
                }
            }
        }
        models
    }

    /// The expression at a place of an attribute, and its struct.
    pub(super) fn expr(&self, at: Location) -> Option<&(DefId, Expr)> {
        self.exprs.get(&at)
    }

    /// The model that a struct is.
    pub(super) fn get(
        &self,
        program: &Program,
        tables: &Tables,
        names: &Names<'_>,
        def: DefId,
    ) -> Option<Arc<Model>> {
        if let Some(known) = self.known.get(&def) {
            return known;
        }
        let found = model(program, tables, names, def).map(Arc::new);
        self.known.insert(def, found.clone());
        found
    }
}

fn model(program: &Program, tables: &Tables, names: &Names<'_>, id: DefId) -> Option<Model> {
    let def = program.def(id);
    let ItemKind::Struct(strukt) = &def.item.kind else { return None };
    if !DERIVES.iter().any(|name| derives(&def.item.attrs, name)) {
        return None;
    }
    let text = &program.tree.sources.get(def.location.source).text;
    let says = metas(&def.item.attrs, "diesel", text);
    let value = |key: &str| says.iter().find(|meta| meta.key == key).map(|meta| meta.value);
    let inferred = format!("{}s", snake(&def.name));
    let path = value("table_name").unwrap_or(&inferred);
    let path: Vec<Name> = path.split("::").map(|name| Name::new(name.trim())).collect();
    let base = says.iter().find(|meta| meta.key == "base_query");
    let table = match names.names(tables, &path, def.module, None) {
        Some((Made::Module(table), _)) => Some(table),
        _ => base.map(|_| None)?,
    };
    let column = |name: &str| tables.get(table?).column(name).map(str::to_string);
    let place = |meta: &Meta<'_>| Location { span: meta.span, ..def.location };
    let key = match value("primary_key") {
        Some(list) => list.split(',').filter_map(|name| column(name.trim())).collect(),
        None => column("id").into_iter().collect(),
    };
    let fields = strukt.fields.all().iter().map(|field| {
        let says = metas(&field.attrs, "diesel", text);
        let find = |key: &str| says.iter().find(|meta| meta.key == key);
        let name = find("column_name").map_or(field.name.name.as_str(), |meta| meta.value);
        let ty = program.lower_type(&field.ty, TypeContext { module: def.module, owner: Some(id) });
        Field {
            column: column(name.trim_start_matches("r#")),
            is_option: matches!(&ty, Ty::External(path, _) if path.is("std", "Option")),
            skips_insert: find("skip_insertion").is_some(),
            skips_update: find("skip_update").is_some(),
            embeds: find("embed").and_then(|_| content(&ty)),
            selects: find("select_expression").map(place),
        }
    });
    let fields = fields.collect();
    let parents = says.iter().filter(|meta| meta.key == "belongs_to").filter_map(|meta| {
        let mut parts = Vec::new();
        in_list(meta.value, 0, &mut parts);
        let parent = meta.value.split([',', '<']).next()?.rsplit("::").next()?.trim();
        let key = parts.iter().find(|part| part.key == "foreign_key").map(|part| part.value.to_string());
        let key = key.unwrap_or_else(|| format!("{}_id", snake(parent)));
        Some((parent.to_string(), column(&key)?))
    });
    let parents = parents.collect();
    Some(Model { table, key, fields, parents, base: base.map(place) })
}

/// The struct in an `Option` or by itself.
fn content(ty: &Ty) -> Option<DefId> {
    match ty.peel() {
        Ty::Def(def, _) => Some(*def),
        Ty::External(path, args) if path.is("std", "Option") => content(args.first()?),
        _ => None,
    }
}
