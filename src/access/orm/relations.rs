//! How entities of sea-orm are joined: `Related` and `Relation`, with the table between them where there is one.
//!
//! Input: two entities, or an expression that gives a `RelationDef`. Output: the columns that the join compares; `None` where they are
//! not known.

use super::attributes::{Meta, metas};
use super::entity::Ends;
use super::names::Made;
use super::reader::Reader;
use super::tables::TableId;
use crate::load::ModuleId;
use crate::resolve::{DefId, DefKind, Namespace, Program, Res};
use crate::syntax::ast::{Expr, ExprKind, ItemKind, PatKind, Path, StmtKind, TypeKind};
use crate::syntax::{Name, visit};
use crate::values::FrameId;

/// Relations of relations.
const MAX_DEPTH: usize = 6;

impl<'p> Reader<'_, 'p> {
    /// What joins one entity with another.
    pub(super) fn related(&mut self, from: TableId, to: TableId) -> Option<Ends> {
        self.related_at(from, to, 0)
    }

    fn related_at(&mut self, from: TableId, to: TableId, depth: usize) -> Option<Ends> {
        if depth > MAX_DEPTH {
            return None;
        }
        let Some(block) = self.orm.related(from, to) else { return self.by_fields(from, to) };
        let program = self.program();
        let items = &program.impl_of(block)?.items;
        let mut ends = Ends::new();
        for &item in items {
            let name = program.def(item).name.as_str();
            if !matches!(name, "to" | "via") {
                continue;
            }
            let value = program.func(item)?.block()?.stmts.last()?;
            let StmtKind::Expr { expr, .. } = &value.kind else { return None };
            let frame = self.evaluator.root(item, None);
            ends.extend(self.relation_at(expr, frame, depth + 1)?);
        }
        (!ends.is_empty()).then_some(ends)
    }

    /// What an expression that gives a relation compares.
    pub(super) fn relation(&mut self, expr: &'p Expr, frame: FrameId) -> Option<Ends> {
        self.relation_at(expr, frame, 0)
    }

    fn relation_at(&mut self, expr: &'p Expr, frame: FrameId, depth: usize) -> Option<Ends> {
        if depth > MAX_DEPTH {
            return None;
        }
        match &expr.kind {
            ExprKind::Call { callee, args } => {
                let ExprKind::Path(path) = &callee.kind else { return None };
                let name = path.last().ident.name.as_str();
                if name == "Some" {
                    return self.relation_at(args.first()?, frame, depth + 1);
                }
                // `Entity::has_many(super::fruit::Entity)`
                let (Made::Table(own), _) = self.meaning(path, frame)? else { return None };
                let other = self.part(args.first()?, frame).queries.first()?.sources.first().copied()?;
                matches!(name, "has_many" | "has_one").then(|| self.pointing(other, own, depth + 1)).flatten()
            }
            ExprKind::MethodCall(call) => {
                match call.method.name.as_str() {
                    "def" => match &call.receiver.kind {
                        ExprKind::Path(path) => self.variant(path, frame, depth + 1),
                        _ => None,
                    },
                    "rev" | "into" | "clone" | "to_owned" | "on_delete" | "on_update" | "fk_name"
                    | "condition_type" => self.relation_at(&call.receiver, frame, depth + 1),
                    "on_condition" => {
                        let mut ends = self.relation_at(&call.receiver, frame, depth + 1)?;
                        let named = self.expressions(&call.args, frame).named;
                        ends.extend(named.reads.into_iter().flat_map(|(table, columns)| {
                            columns.into_iter().map(move |column| (table, column))
                        }));
                        named.needs.problems.is_empty().then_some(ends)
                    }
                    "from" | "to" => self.built(expr, frame),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// `Entity::belongs_to(super::cake::Entity).from(Column::CakeId).to(super::cake::Column::Id)`
    fn built(&mut self, expr: &'p Expr, frame: FrameId) -> Option<Ends> {
        let mut ends = Ends::new();
        let mut at = expr;
        let mut sides = 0;
        while let ExprKind::MethodCall(call) = &at.kind {
            if matches!(call.method.name.as_str(), "from" | "to") {
                let reads = self.all(&call.args, frame).named.reads;
                sides += usize::from(!reads.is_empty());
                ends.extend(
                    reads
                        .into_iter()
                        .flat_map(|(table, columns)| columns.into_iter().map(move |column| (table, column))),
                );
            }
            at = &call.receiver;
        }
        (sides == 2).then_some(ends)
    }

    /// `Relation::Fruit`, by the attribute of the variant or by the `def` of its enum.
    fn variant(&mut self, path: &Path, frame: FrameId, depth: usize) -> Option<Ends> {
        let Some(Res::Def(variant)) = self.resolve(path, Namespace::Values, frame) else { return None };
        self.of_variant(variant, depth)
    }

    fn of_variant(&mut self, variant: DefId, depth: usize) -> Option<Ends> {
        let program = self.program();
        let def = program.def(variant);
        let (ItemKind::Enum(of), DefKind::Variant) = (&def.item.kind, def.kind) else { return None };
        let own = self.orm.tables.entity_of(def.module)?;
        let written = of.variants.iter().find(|known| known.name.name == def.name)?;
        let text = &program.tree.sources.get(def.location.source).text;
        let says = metas(&written.attrs, "sea_orm", text);
        if says.is_empty() {
            return self.defined(variant, depth);
        }
        let find = |key: &str| says.iter().find(|meta| meta.key == key);
        if find("belongs_to").is_some() {
            return self.compared(&says, def.module);
        }
        let other = find("has_many").or(find("has_one"))?;
        let other = self.entity_at(other.value, def.module)?;
        self.pointing(other, own, depth + 1)
    }

    /// The columns that the attribute of a `belongs_to` names.
    fn compared(&self, says: &[Meta<'_>], module: ModuleId) -> Option<Ends> {
        let mut ends = Ends::new();
        for key in ["from", "to"] {
            let value = says.iter().find(|meta| meta.key == key)?.value;
            for path in value.trim_matches(['(', ')']).split(',').filter(|path| !path.trim().is_empty()) {
                let names = names_of(path);
                let found = self.orm.names.names(&self.orm.tables, &names, module, None)?;
                let (Made::Column(table, column), _) = found else { return None };
                ends.push((table, column));
            }
        }
        Some(ends)
    }

    fn entity_at(&self, path: &str, module: ModuleId) -> Option<TableId> {
        match self.orm.names.names(&self.orm.tables, &names_of(path), module, None)? {
            (Made::Table(entity), _) => Some(entity),
            _ => None,
        }
    }

    /// How one entity points to another: by its `Related`, else by the only relation of it that does.
    fn pointing(&mut self, from: TableId, to: TableId, depth: usize) -> Option<Ends> {
        if self.orm.related(from, to).is_some()
            && let Some(ends) = self.related_at(from, to, depth + 1)
        {
            return Some(ends);
        }
        let program = self.program();
        let module = program.def(self.orm.tables.get(from).def).module;
        let enums = program.module_items(module).iter().filter(|&&item| program.def(item).name == "Relation");
        let variants: Vec<DefId> = enums.flat_map(|&item| program.members(item).iter().copied()).collect();
        let mut found = None;
        for variant in variants {
            if depth <= MAX_DEPTH && belongs_to(program, variant) {
                let ends = self.of_variant(variant, depth + 1)?;
                if ends.iter().any(|(table, _)| *table == to) {
                    if found.is_some() {
                        return None;
                    }
                    found = Some(ends);
                }
            }
        }
        found
    }

    /// The arm of `fn def` of an enum's `RelationTrait`.
    fn defined(&mut self, variant: DefId, depth: usize) -> Option<Ends> {
        let program = self.program();
        let def = program.def(variant);
        let blocks = program.impls_of_type(def.parent?).iter();
        let function = blocks
            .flat_map(|&id| &program.impl_info(id).items)
            .find(|&&item| program.def(item).name == "def")?;
        let block = program.func(*function)?.block()?;
        let mut arm = None;
        visit::exprs_in_block(block, &mut |expr| {
            if let ExprKind::Match { arms, .. } = &expr.kind {
                arm = arms.iter().find(
                    |arm| matches!(&arm.pat.kind, PatKind::Path(path) if path.last().ident.name == def.name),
                );
            }
        });
        let frame = self.evaluator.root(*function, None);
        self.relation_at(&arm?.body, frame, depth + 1)
    }

    /// Relations that the fields of a model say: `#[sea_orm(belongs_to, from = "cake_id", to = "id")] cake: HasOne<super::cake::Entity>`.
    fn by_fields(&self, from: TableId, to: TableId) -> Option<Ends> {
        self.fields_between(from, to).or_else(|| self.fields_between(to, from))
    }

    fn fields_between(&self, from: TableId, to: TableId) -> Option<Ends> {
        let program = self.program();
        let (own, other) = (self.orm.tables.get(from), self.orm.tables.get(to));
        let def = program.def(own.def);
        let ItemKind::Struct(strukt) = &def.item.kind else { return None };
        let text = &program.tree.sources.get(def.location.source).text;
        let mut found = None;
        for field in strukt.fields.all() {
            let TypeKind::Path(path) = &field.ty.kind else { continue };
            let Some(TypeKind::Path(target)) = path.last().args().first().map(|ty| &ty.kind) else {
                continue;
            };
            let meaning = self.orm.names.path(&self.orm.tables, target, def.module, None);
            if !matches!(meaning, Some((Made::Table(table), _)) if table == to) {
                continue;
            }
            let says = metas(&field.attrs, "sea_orm", text);
            let value = |key: &str| says.iter().find(|meta| meta.key == key).map(|meta| meta.value);
            if let Some((key, target)) = value("from").zip(value("to")) {
                if found.is_some() {
                    return None;
                }
                let column = |table: &super::tables::Table, name: &str| {
                    table.column(name).or_else(|| table.column_of_variant(name)).map(str::to_string)
                };
                found = Some(vec![(from, column(own, key)?), (to, column(other, target)?)]);
            }
        }
        found
    }
}

fn names_of(path: &str) -> Vec<Name> {
    path.split("::").map(|name| Name::new(name.trim())).collect()
}

/// Whether a variant of a `Relation` says that it belongs to another entity.
fn belongs_to(program: &Program, variant: DefId) -> bool {
    let def = program.def(variant);
    let ItemKind::Enum(of) = &def.item.kind else { return false };
    let text = &program.tree.sources.get(def.location.source).text;
    let written = of.variants.iter().find(|known| known.name.name == def.name);
    written.is_some_and(|written| {
        metas(&written.attrs, "sea_orm", text).iter().any(|meta| meta.key == "belongs_to")
    })
}
