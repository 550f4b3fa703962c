//! Names that macros of diesel and sea-orm make: `users::table`, `users::dsl::*`, `cake::Entity`, `cake::Column::Name`.
//!
//! Input: a path where it stands. Output: the table or column that it means. The resolver knows modules and imports; what the macros
//! make in a module, or an import brings of it, is looked up here.

use rayon::prelude::*;

use super::known::Known;
use super::tables::{TableId, Tables};
use crate::load::{Module, ModuleId};
use crate::ordered::UnorderedSet;
use crate::resolve::{DefId, DefKind, Namespace, Program, Res};
use crate::stack::on_all_cores;
use crate::syntax::Name;
use crate::syntax::ast::{Item, ItemKind, Path, TypeKind};

/// What a path means, with the names behind it that say more: `find` of `cake::Entity::find`.
pub(super) type Meaning = (Made, Vec<Name>);

/// Something that a macro makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Made {
    /// `users::table`, `cake::Entity`
    Table(TableId),
    /// `users`, `users::dsl`
    Module(TableId),
    /// `users::id`, `cake::Column::Id`: as the database calls it.
    Column(TableId, String),
    /// `cake::Column`, `cake::COLUMN`, `cake::PrimaryKey`
    Columns(TableId),
    /// `users::all_columns`
    AllColumns(TableId),
    /// `cake::ActiveModel`
    ActiveModel(TableId),
    /// `cake::Model`
    Model(TableId),
}

/// One `use`: the name that it brings, `None` for a glob.
#[derive(Clone, PartialEq, Eq)]
struct Import {
    name: Option<Name>,
    path: Vec<Name>,
}

/// A path where it stands, and whether a value is wanted.
type Asked = (ModuleId, Option<DefId>, Vec<Name>, bool);

/// Looks names up.
pub(super) struct Names<'p> {
    program: &'p Program,
    /// By module.
    imports: Vec<Vec<Import>>,
    known: Known<Asked, Option<Meaning>>,
}

impl<'p> Names<'p> {
    pub(super) fn of(program: &'p Program) -> Self {
        let of_module = |module: &Module| module.items.iter().flat_map(|item| imports(item)).collect();
        let imports =
            on_all_cores(|| program.tree.modules.par_iter().with_max_len(16).map(of_module).collect());
        Self { program, imports, known: Known::default() }
    }

    /// What a written path means.
    pub(super) fn path(
        &self,
        tables: &Tables,
        path: &Path,
        module: ModuleId,
        owner: Option<DefId>,
    ) -> Option<Meaning> {
        let mut names: Vec<Name> = Vec::new();
        if let Some(TypeKind::Path(of)) = path.qself.as_deref().map(|ty| &ty.kind) {
            names.extend(of.names().cloned());
            names.extend(path.segments[path.trait_len..].iter().map(|segment| segment.ident.name.clone()));
        } else if path.qself.is_none() {
            names.extend(path.names().cloned());
        }
        self.find(tables, &names, module, owner, true)
    }

    /// What a path of names means, which may be a module.
    pub(super) fn names(
        &self,
        tables: &Tables,
        names: &[Name],
        module: ModuleId,
        owner: Option<DefId>,
    ) -> Option<Meaning> {
        self.find(tables, names, module, owner, false)
    }

    fn find(
        &self,
        tables: &Tables,
        names: &[Name],
        module: ModuleId,
        owner: Option<DefId>,
        wants_value: bool,
    ) -> Option<Meaning> {
        let key = (module, owner, names.to_vec(), wants_value);
        if let Some(known) = self.known.get(&key) {
            return known;
        }
        let mut search =
            Search { names: self, tables, seen: UnorderedSet::default(), open: Vec::new(), wants_value };
        let found = search.look(names, module, owner);
        self.known.insert(key, found.clone());
        found
    }

    /// For programs without either crate.
    pub(super) fn none(program: &'p Program) -> Self {
        Self { program, imports: Vec::new(), known: Known::default() }
    }

    /// Whether code at a place can name what one of these crates has: by an import, or through a module of the program that imports it.
    pub(super) fn uses(
        &self,
        module: ModuleId,
        owner: Option<DefId>,
        is_meant: &dyn Fn(&str) -> bool,
    ) -> bool {
        let through = |import: &Import| match (&import.name, import.path.as_slice()) {
            (None, path) if !path.is_empty() => {
                match self.program.resolve_names(path, Namespace::Types, module, None) {
                    Some(Res::Module(of)) if of != module => self.imports_of(of, None, is_meant),
                    _ => false,
                }
            }
            _ => false,
        };
        self.imports_of(module, owner, is_meant) || self.imports[module.0 as usize].iter().any(through)
    }

    /// Whether an import of a module brings another one that is meant.
    pub(super) fn brings_module(&self, module: ModuleId, is_meant: &dyn Fn(ModuleId) -> bool) -> bool {
        let brings = |import: &Import| match self.program.resolve_names(
            &import.path,
            Namespace::Types,
            module,
            None,
        ) {
            Some(Res::Module(of)) => is_meant(of),
            _ => false,
        };
        self.imports[module.0 as usize].iter().any(brings)
    }

    /// Whether an import of a module or function brings something of one of these crates.
    fn imports_of(&self, module: ModuleId, owner: Option<DefId>, is_meant: &dyn Fn(&str) -> bool) -> bool {
        let is_of = |import: &Import| import.path.first().is_some_and(|first| is_meant(first));
        self.imports[module.0 as usize].iter().any(is_of)
            || self.around(owner).any(|func| self.inner(func).iter().any(is_of))
    }

    /// A definition and those around it.
    fn around(&self, owner: Option<DefId>) -> impl Iterator<Item = DefId> + '_ {
        std::iter::successors(owner, |&id| self.program.def(id).parent)
    }

    /// The imports in a function's body.
    fn inner(&self, func: DefId) -> Vec<Import> {
        let items = self.program.func(func).into_iter().flat_map(|func| func.inner.iter());
        items.flat_map(|item| imports(item)).collect()
    }
}

/// What is being followed.
#[derive(PartialEq, Eq)]
enum Open {
    Import(ModuleId, Import),
    /// A type alias.
    Alias(DefId),
    /// What `alias!` of diesel names in a module.
    Aliased(ModuleId, Name),
}

struct Search<'n, 'p> {
    names: &'n Names<'p>,
    tables: &'n Tables,
    seen: UnorderedSet<(ModuleId, Vec<Name>)>,
    /// What leads to one of these again goes in circles, be it by a path that grows: `use anyhow::anyhow` is no way to its own start.
    open: Vec<Open>,
    /// Whether a module will not do.
    wants_value: bool,
}

impl Search<'_, '_> {
    fn look(&mut self, names: &[Name], module: ModuleId, owner: Option<DefId>) -> Option<Meaning> {
        let program = self.names.program;
        let (first, rest) = names.split_first()?;
        if first == "Self" {
            let of = self.names.around(owner).find_map(|id| match &program.def(id).item.kind {
                ItemKind::Impl(implementation) if program.def(id).kind == DefKind::Impl => {
                    Some(implementation)
                }
                _ => None,
            })?;
            let TypeKind::Path(path) = &of.self_ty.kind else { return None };
            let names: Vec<Name> = path.names().chain(rest).cloned().collect();
            return if names.first().is_some_and(|first| first == "Self") {
                None
            } else {
                self.look(&names, module, None)
            };
        }
        for func in self.names.around(owner) {
            for import in self.names.inner(func) {
                if let Some(found) = self.through(&import, names, module) {
                    return Some(found);
                }
            }
        }
        for length in (1..=names.len()).rev() {
            match program.resolve_names(&names[..length], Namespace::Types, module, owner) {
                Some(Res::Module(inner)) => {
                    return self.named(names, module).or_else(|| self.in_module(inner, &names[length..]));
                }
                Some(Res::Def(def)) => {
                    return self.named(names, module).or_else(|| self.in_def(def, &names[length..]));
                }
                _ => {}
            }
        }
        self.in_module(module, names)
    }

    /// What a module's import of a name brings, which wins over the globs that the resolver, to whom it brings nothing, goes on to (Rust
    /// reference, "Use declarations", glob imports).
    fn named(&mut self, names: &[Name], module: ModuleId) -> Option<Meaning> {
        let first = names.first();
        let mut imports = self.names.imports[module.0 as usize].iter();
        let import = imports.find(|import| import.name.is_some() && import.name.as_ref() == first)?;
        self.through(import, names, module)
    }

    /// Follows something that is not being followed already.
    fn once<T>(&mut self, open: Open, follow: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.open.contains(&open) {
            return None;
        }
        self.open.push(open);
        let found = follow(self);
        self.open.pop();
        found
    }

    /// Names behind a definition of the program: an alias, or the model of an entity.
    fn in_def(&mut self, def: DefId, rest: &[Name]) -> Option<Meaning> {
        let program = self.names.program;
        let module = program.def(def).module;
        if let ItemKind::TypeAlias { ty: Some(ty), .. } = &program.def(def).item.kind
            && let TypeKind::Path(path) = &ty.kind
        {
            let names: Vec<Name> = path.names().chain(rest).cloned().collect();
            return self.once(Open::Alias(def), |search| search.look(&names, module, None));
        }
        let entity = self.tables.entity_of_model(program, def)?;
        Some((Made::Model(entity), rest.to_vec()))
    }

    fn in_module(&mut self, module: ModuleId, names: &[Name]) -> Option<Meaning> {
        let (first, rest) = names.split_first()?;
        if !self.seen.insert((module, names.to_vec())) {
            return None;
        }
        if let Some(table) = self.tables.made_in(module, first) {
            return self.in_table(table, rest);
        }
        if let Some(aliased) = self.tables.aliased(module, first) {
            let aliased = aliased.to_vec();
            self.wants_value = false;
            let open = Open::Aliased(module, first.clone());
            return match self.once(open, |search| search.look(&aliased, module, None))? {
                (Made::Module(table) | Made::Table(table), _) => Some((Made::Table(table), rest.to_vec())),
                _ => None,
            };
        }
        if let Some(found) = self.tables.entity_of(module).and_then(|entity| self.in_entity(entity, names)) {
            return Some(found);
        }
        let imports = &self.names.imports[module.0 as usize];
        // What is named wins over what a glob brings.
        let (named, globs): (Vec<&Import>, Vec<&Import>) =
            imports.iter().partition(|import| import.name.is_some());
        named.into_iter().chain(globs).find_map(|import| self.through(import, names, module))
    }

    /// What an import brings under a name.
    fn through(&mut self, import: &Import, names: &[Name], module: ModuleId) -> Option<Meaning> {
        match &import.name {
            Some(name) if Some(name) == names.first() => {
                let whole: Vec<Name> = import.path.iter().chain(&names[1..]).cloned().collect();
                self.once(Open::Import(module, import.clone()), |search| search.look(&whole, module, None))
            }
            Some(_) => None,
            None => match self.names.program.resolve_names(&import.path, Namespace::Types, module, None) {
                Some(Res::Module(of)) => self.in_module(of, names),
                // The resolver takes a name that a macro makes for one that a glob of another crate brings.
                _ if import.path.first().is_none_or(|first| self.is_crate(first, module)) => None,
                _ => {
                    let wants_value = std::mem::take(&mut self.wants_value);
                    let open = Open::Import(module, import.clone());
                    let found = self.once(open, |search| search.look(&import.path, module, None));
                    self.wants_value = wants_value;
                    match found? {
                        (Made::Module(table), _) => self.in_table(table, names),
                        _ => None,
                    }
                }
            },
        }
    }

    fn is_crate(&self, name: &str, module: ModuleId) -> bool {
        matches!(self.names.program.resolve_crate(name, module), Some(Res::External(_)))
    }

    /// Names in the module that `table!` makes.
    fn in_table(&self, table: TableId, names: &[Name]) -> Option<Meaning> {
        let of = self.tables.get(table);
        let Some((first, rest)) = names.split_first() else {
            return (!self.wants_value).then(|| (Made::Module(table), Vec::new()));
        };
        let made = match first.as_str() {
            "dsl" | "columns" => return self.in_table(table, rest),
            "table" => Made::Table(table),
            "all_columns" | "star" => Made::AllColumns(table),
            name => match of.column(name) {
                Some(column) => Made::Column(table, column.to_string()),
                None if of.module_name == name => Made::Table(table),
                None => return None,
            },
        };
        Some((made, rest.to_vec()))
    }

    /// Names beside an entity's model.
    fn in_entity(&self, entity: TableId, names: &[Name]) -> Option<Meaning> {
        let (first, rest) = names.split_first()?;
        let made = match (first.as_str(), rest) {
            ("Entity", _) => Made::Table(entity),
            ("ActiveModel" | "ActiveModelEx", _) => Made::ActiveModel(entity),
            ("Column" | "PrimaryKey", [variant, rest @ ..]) => {
                return match self.tables.get(entity).column_of_variant(variant) {
                    Some(column) => Some((Made::Column(entity, column.to_string()), rest.to_vec())),
                    None => Some((Made::Columns(entity), vec![variant.clone()])),
                };
            }
            ("Column" | "PrimaryKey" | "COLUMN", _) => Made::Columns(entity),
            ("Model" | "ModelEx", _) => Made::Model(entity),
            _ => return None,
        };
        Some((made, rest.to_vec()))
    }
}

fn imports(item: &Item) -> Vec<Import> {
    match &item.kind {
        ItemKind::Use(item) => {
            let leaves = item.tree.leaves().into_iter();
            let path = |leaf: &crate::syntax::ast::UseLeaf| {
                leaf.path.iter().map(|ident| ident.name.clone()).collect()
            };
            leaves.map(|leaf| Import { path: path(&leaf), name: leaf.name }).collect()
        }
        _ => Vec::new(),
    }
}
