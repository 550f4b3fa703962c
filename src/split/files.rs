//! Files: the text of every module of an output crate, as edits of the original files.
//!
//! A kept file is the original text without the items that live elsewhere, plus the listed edits: cut imports, wider visibility, the skeleton's
//! edits, and re-exports of items that moved to a more shared crate.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::edit::{Edit, apply};
use super::list::{with_comma, with_trailing_comment};
use super::names::{Contents, CrateKey, Names};
use crate::load::{Expansion, ExpansionKind, KrateKind, ModuleId};
use crate::resolve::{Def, DefId};
use crate::span::{SourceId, Span};
use crate::syntax::ast::{UseTree, UseTreeKind, VisKind, Visibility};
use crate::syntax::{Attr, Item, ItemKind, Name};

/// What writing a crate's files needs beside its contents.
pub(super) struct Files<'a> {
    pub(super) names: &'a Names<'a>,
    pub(super) key: CrateKey,
    pub(super) contents: &'a Contents,
    /// Name in code of every library crate.
    pub(super) crate_names: &'a BTreeMap<CrateKey, String>,
    /// Items whose visibility must be `pub`, members and fields included: by the place of their visibility.
    pub(super) widened: &'a BTreeSet<(SourceId, Span)>,
    /// Places of fields that nothing reads any more.
    pub(super) unread: &'a BTreeSet<(SourceId, Span)>,
    /// Text added at the end of a crate root.
    pub(super) root_additions: &'a BTreeMap<ModuleId, String>,
}

impl Files<'_> {
    /// Path in the crate -> text, for every file that a module of the crate is made of.
    pub(super) fn texts(&self) -> BTreeMap<String, String> {
        let tree = &self.names.program.tree;
        let mut files = BTreeMap::new();
        for &module in &self.contents.modules {
            if tree.module(module).inline {
                continue;
            }
            let source = tree.module(module).source;
            let text = &tree.sources.get(source).text;
            let mut edits: Vec<Edit> = self.contents.skeleton.edits.get(&source).cloned().unwrap_or_default();
            let facts = tree.facts(source);
            let start = header_end(text, facts.attrs.iter().map(|attr| attr.span.end).max(), &facts.items);
            if start > 0 {
                // What follows the header may be cut; a blank line stays between it and the rest.
                edits.push(Edit::insert(start, "\n"));
            }
            self.module(module, &facts.items, start, text, &mut edits);
            let cut = self.contents.skeleton.edits.get(&source).map_or(&[][..], Vec::as_slice);
            edits.extend(either_call_or_expansion(tree.sources.get(source).expansions(), cut));
            let mut out = apply(text, &edits);
            if let Some(addition) = self.root_additions.get(&module) {
                out.push('\n');
                out.push_str(addition);
            }
            files.insert(self.path(module), tidy(&out));
        }
        files
    }

    /// Where a module's file lies: as in the original crate, seen from the folder of the crate's root file.
    pub(super) fn path(&self, module: ModuleId) -> String {
        let tree = &self.names.program.tree;
        let krate = tree.krate(tree.module(module).krate);
        let root_path = &tree.sources.get(tree.module(krate.root).source).path;
        let root_dir = root_path.rfind('/').map_or("", |at| &root_path[..=at]);
        if module == krate.root {
            let is_main = krate.kind == KrateKind::Bin && matches!(self.key, CrateKey::Function { .. });
            return if is_main { "src/main.rs" } else { "src/lib.rs" }.to_string();
        }
        let own = &tree.sources.get(tree.module(module).source).path;
        format!("src/{}", own.strip_prefix(root_dir).unwrap_or(own).trim_start_matches("../"))
    }

    /// Edits for the items of one module: a file's, or an inline block's. Groups of items that a blank line separates stay separate where
    /// the first of a group goes: `rustfmt` would sort the imports of two groups as one.
    fn module(&self, module: ModuleId, items: &[Arc<Item>], start: u32, text: &str, edits: &mut Vec<Edit>) {
        for added in [self.reexports(module), self.test_reexports(module) + &self.test_imports(module)] {
            if !added.is_empty() {
                edits.push(Edit::insert(start, format!("\n\n{added}\n\n")));
            }
        }
        let mut previous = start;
        let mut begins_group = false;
        for item in items {
            let end = with_trailing_comment(text, item.span.end);
            let is_first = text[previous as usize..item.span.start as usize].contains("\n\n");
            if self.item(module, item, text, edits) {
                if begins_group && !is_first {
                    edits.push(Edit::insert(previous, "\n"));
                }
                begins_group = false;
            } else {
                edits.push(Edit::delete(Span::new(previous, end)));
                begins_group |= is_first;
            }
            previous = end;
        }
    }

    fn reexports(&self, module: ModuleId) -> String {
        let Some(names) = self.contents.reexports.get(&module) else { return String::new() };
        let tree = &self.names.program.tree;
        let path = tree.module_path(module);
        let inner = path.split_once("::").map_or(String::new(), |(_, rest)| format!("{rest}::"));
        let mut by_crate: BTreeMap<(&str, String), Vec<&Name>> = BTreeMap::new();
        for (name, key) in names {
            let Some(krate) = self.crate_names.get(key) else { continue };
            for conditions in self.conditions(module, name) {
                by_crate.entry((krate, conditions)).or_default().push(name);
            }
        }
        let lines: Vec<String> = by_crate
            .into_iter()
            .map(|((krate, conditions), names)| {
                let list: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
                let used = match list.as_slice() {
                    [one] => format!("pub use {krate}::{inner}{one};"),
                    many => format!("pub use {krate}::{inner}{{{}}};", many.join(", ")),
                };
                let is_deprecated = names.iter().any(|name| self.is_deprecated(module, name));
                let allowed = if is_deprecated { "#[allow(deprecated)]\n" } else { "" };
                format!("{conditions}{allowed}{used}")
            })
            .collect();
        lines.join("\n")
    }

    /// The `cfg` attributes of each item of a module that has a name, as lines: where it is not there it cannot be named.
    fn conditions(&self, module: ModuleId, name: &Name) -> BTreeSet<String> {
        let of = |attrs: &[Attr]| -> String {
            let conditions = attrs.iter().filter(|attr| attr.path == "cfg");
            conditions.flat_map(|attr| ["#[cfg", &attr.args, "]\n"]).collect()
        };
        let mut all: BTreeSet<String> = self.named(module, name).map(|def| of(&def.item.attrs)).collect();
        if all.is_empty() || all.contains("") {
            all = BTreeSet::from([String::new()]);
        }
        all
    }

    /// Re-exports that only tests need.
    fn test_reexports(&self, module: ModuleId) -> String {
        let path = self.names.program.tree.module_path(module);
        let inner = path.split_once("::").map_or(String::new(), |(_, rest)| format!("{rest}::"));
        let names = self.contents.test_reexports.get(&module).into_iter().flatten();
        let line = |(name, key): (&Name, &CrateKey)| {
            let krate = self.crate_names.get(key)?;
            Some(format!("#[cfg(test)]\npub(crate) use {krate}::{inner}{name};\n"))
        };
        names.filter_map(line).collect()
    }

    /// Imports that only tests need.
    fn test_imports(&self, module: ModuleId) -> String {
        let own = self.contents.test_imports.iter().filter(|(holder, _)| *holder == module);
        own.map(|(_, path)| format!("#[cfg(test)]\nuse {path};\n")).collect::<Vec<_>>().concat()
    }

    /// Whether an item of a module is deprecated: to name it, if only in a re-export, is a warning.
    fn is_deprecated(&self, module: ModuleId, name: &Name) -> bool {
        self.named(module, name).any(|def| def.item.attrs.iter().any(|attr| attr.path == "deprecated"))
    }

    /// The items of a module that have a name.
    fn named<'n>(&'n self, module: ModuleId, name: &'n Name) -> impl Iterator<Item = &'n Def> + 'n {
        let program = self.names.program;
        program.module_items(module).iter().map(|&id| program.def(id)).filter(move |def| &def.name == name)
    }

    /// Edits inside one item; whether the item stays.
    fn item(&self, module: ModuleId, item: &Item, text: &str, edits: &mut Vec<Edit>) -> bool {
        let program = self.names.program;
        if self.contents.tests.contains(&(module, item.span)) {
            return true;
        }
        match &item.kind {
            ItemKind::Use(used) => self.import(module, item, &used.tree, text, edits),
            // Since edition 2018 a dependency is in scope without it, but its macros are not.
            ItemKind::ExternCrate { .. } => {
                self.contents.macro_use && item.attrs.iter().any(|attr| attr.path == "macro_use")
            }
            ItemKind::Mod(inline) => {
                let children = &program.tree.module(module).children;
                let child = children.iter().copied().find(|&child| {
                    program
                        .tree
                        .module(child)
                        .declaration
                        .is_some_and(|declaration| declaration.span == item.span)
                });
                let Some(child) = child.filter(|child| self.contents.modules.contains(child)) else {
                    return false;
                };
                if matches!(self.key, CrateKey::Library { .. }) {
                    widen(&item.vis, edits);
                }
                if let Some(items) = &inline.items {
                    let brace = text[item.name.span.end as usize..].find('{').map_or(0, |at| at as u32 + 1);
                    self.module(child, items, item.name.span.end + brace, text, edits);
                }
                true
            }
            _ => {
                let Some(id) = program.def_at(item.span, module) else { return false };
                let is_kept = self.contents.units.contains(&id);
                if !is_kept && !self.contents.for_tests.contains(&id) {
                    return false;
                }
                if !is_kept {
                    edits.push(Edit::for_tests(item.span));
                }
                self.kept(id, item, text, edits);
                true
            }
        }
    }

    /// Edits inside a kept definition: members that nothing calls, and visibility.
    fn kept(&self, id: DefId, item: &Item, text: &str, edits: &mut Vec<Edit>) {
        let program = self.names.program;
        let source = program.def(id).location.source;
        self.visibility(source, &item.vis, edits);
        let members: &[Arc<Item>] = match &item.kind {
            ItemKind::Impl(implementation) => &implementation.items,
            ItemKind::Trait(trait_) => &trait_.items,
            ItemKind::Struct(strukt) | ItemKind::Union(strukt) => {
                for field in strukt.fields.all() {
                    self.visibility(source, &field.vis, edits);
                    if self.unread.contains(&(source, field.span)) {
                        edits.push(Edit::allow_dead_code(field.span));
                    }
                }
                return;
            }
            _ => return,
        };
        let Some(first) = members.first() else { return };
        let mut previous = open_brace(text, item, first);
        for member in members {
            let end = with_trailing_comment(text, member.span.end);
            let of_member = |id: &&DefId| program.def(**id).location.span == member.span;
            let found = program.members(id).iter().find(of_member);
            let for_tests = found.is_some_and(|id| self.contents.for_tests.contains(id));
            if for_tests && self.contents.units.contains(&id) {
                edits.push(Edit::for_tests(member.span));
            } else if for_tests {
                // The whole block is for tests.
            } else if let Some(kept) = found.filter(|id| self.contents.defs.contains(id)) {
                self.visibility(source, &member.vis, edits);
                if self.contents.uncalled.contains(kept) {
                    edits.push(Edit::allow_dead_code(member.span));
                }
            } else {
                edits.push(Edit::delete(Span::new(previous, end)));
            }
            previous = end;
        }
    }

    fn visibility(&self, source: SourceId, vis: &Visibility, edits: &mut Vec<Edit>) {
        if self.widened.contains(&(source, vis.span)) {
            widen(vis, edits);
        }
    }

    /// Cuts the leaves of a `use` item that the crate does not need; whether any stays.
    fn import(
        &self,
        module: ModuleId,
        item: &Item,
        tree: &UseTree,
        text: &str,
        edits: &mut Vec<Edit>,
    ) -> bool {
        let keep = |span: Span| self.contents.leaves.contains(&(module, span));
        if !any_leaf(tree, &keep) {
            return false;
        }
        cut_leaves(tree, &keep, text, edits);
        let mut spans = Vec::new();
        leaf_spans(tree, &mut spans);
        let is_doubtful = |span: Span| {
            let (leaf, contents) = ((module, span), self.contents);
            contents.doubtful.contains(&leaf)
                || (contents.arguments.contains(&leaf) && !contents.named.contains(&leaf))
        };
        if spans.iter().any(|span| keep(*span) && is_doubtful(*span)) {
            edits.push(Edit::insert(item.span.start, "#[allow(unused_imports)]\n"));
        }
        if matches!(self.key, CrateKey::Library { .. }) && item.vis.kind == VisKind::Restricted {
            widen(&item.vis, edits);
        }
        true
    }
}

/// A macro call and what it expands to both stand in the text. The call stays, but for those whose expansion took their place: items and
/// members, so that each is kept or left out on its own, and what the skeleton edits.
fn either_call_or_expansion(expansions: &[Expansion], edits: &[Edit]) -> Vec<Edit> {
    let took_place = |expansion: &Expansion| {
        expansion.kind != ExpansionKind::Code || edits.iter().any(|edit| edit.span == expansion.call)
    };
    let gone = |expansion: &Expansion| if took_place(expansion) { expansion.call } else { expansion.text };
    expansions.iter().map(|expansion| Edit::delete(gone(expansion))).collect()
}

fn leaf_spans(tree: &UseTree, spans: &mut Vec<Span>) {
    match &tree.kind {
        UseTreeKind::Path { rest, .. } => leaf_spans(rest, spans),
        UseTreeKind::Group(trees) => trees.iter().for_each(|tree| leaf_spans(tree, spans)),
        UseTreeKind::Name { .. } | UseTreeKind::Glob => spans.push(tree.span),
    }
}

fn any_leaf(tree: &UseTree, keep: &dyn Fn(Span) -> bool) -> bool {
    match &tree.kind {
        UseTreeKind::Path { rest, .. } => any_leaf(rest, keep),
        UseTreeKind::Group(trees) => trees.iter().any(|tree| any_leaf(tree, keep)),
        UseTreeKind::Name { .. } | UseTreeKind::Glob => keep(tree.span),
    }
}

/// Deletes what no kept leaf stands in, each with the comma that follows it.
pub(super) fn cut_leaves(tree: &UseTree, keep: &dyn Fn(Span) -> bool, text: &str, edits: &mut Vec<Edit>) {
    match &tree.kind {
        UseTreeKind::Path { rest, .. } => cut_leaves(rest, keep, text, edits),
        UseTreeKind::Group(trees) => {
            for one in trees {
                if any_leaf(one, keep) {
                    cut_leaves(one, keep, text, edits);
                    continue;
                }
                let end = with_comma(&text[..tree.span.end as usize], one.span.end);
                edits.push(Edit::delete(Span::new(one.span.start, end)));
            }
        }
        UseTreeKind::Name { .. } | UseTreeKind::Glob => {}
    }
}

fn widen(vis: &Visibility, edits: &mut Vec<Edit>) {
    match vis.kind {
        VisKind::Public => {}
        VisKind::Inherited => edits.push(Edit::insert(vis.span.start, "pub ")),
        VisKind::Restricted => edits.push(Edit::replace(vis.span, "pub")),
    }
}

/// End of what stands before the items of a file: inner attributes, and comments that a blank line separates from the first item.
fn header_end(text: &str, inner_attributes: Option<u32>, items: &[Arc<Item>]) -> u32 {
    let prelude = if text.starts_with("#!") && !text.starts_with("#![") {
        text.find('\n').unwrap_or(0) as u32
    } else {
        0
    };
    let after_attributes = inner_attributes.unwrap_or(prelude);
    let first = items.first().map_or(text.len() as u32, |item| item.span.start);
    if first <= after_attributes {
        return after_attributes;
    }
    let gap = &text[after_attributes as usize..first as usize];
    gap.rfind("\n\n").map_or(after_attributes, |at| after_attributes + at as u32)
}

/// Position after the brace that opens an impl or trait.
fn open_brace(text: &str, item: &Item, first: &Item) -> u32 {
    let before = &text[item.span.start as usize..first.span.start as usize];
    // Comments between the brace and the first member may hold braces; attributes and bounds before it may not.
    let from = match &item.kind {
        ItemKind::Impl(implementation) => implementation.self_ty.span.end,
        _ => item.name.span.end,
    };
    let header = &before[(from - item.span.start) as usize..];
    from + header.find('{').map_or(0, |at| at as u32 + 1)
}

/// No blank lines at the start, one line end at the end; what lies between is left to `rustfmt`.
fn tidy(text: &str) -> String {
    format!("{}\n", text.trim_start_matches(['\n', '\r']).trim_end())
}
