//! Calls of the program's own `macro_rules!`, and of `include!`, expanded: each is followed by the text that it stands for.
//!
//! Input: the files as read. Output: for each file with such calls its text with the expansions in it, and the facts of that text. The later
//! stages see one file with longer text; `Sources` leads from it back to what lies on disk. There is no hygiene but for a block around
//! statements that bind names of their own. Deliberately absent: macros of other crates, and calls in the place of a type or a pattern.

mod definitions;
mod splice;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::off;
use super::{Dependency, ModuleId, SourceFile, SourceTree};
use crate::diagnostic::{Code, Diagnostic};
use crate::ordered::{OrderedMap, UnorderedSet};
use crate::span::{Location, SourceId, Span};
use crate::stack::each;
use crate::syntax::ast::Path;
use crate::syntax::macro_calls::{self, Call};
use crate::syntax::macro_rules::{MacroError, Transcript};
use crate::syntax::{self, FileFacts, Name, lazy_static, paste};
use definitions::Definitions;
use splice::{Spliced, Splicer};

/// A file with its expansions.
pub(super) struct Expanded {
    pub(super) file: SourceFile,
    pub(super) facts: FileFacts,
    /// Calls that are left as they are.
    pub(super) findings: Vec<Diagnostic>,
}

/// Expands calls in rounds: what one makes may hold others, and definitions of others.
#[derive(Default)]
pub(super) struct Expander {
    before: Before,
}

/// What the round before knew.
#[derive(Default)]
struct Before {
    definitions: Definitions,
    included: usize,
    sources: usize,
    /// The files with calls, which it changed or has findings for.
    changed: BTreeSet<SourceId>,
}

impl Before {
    /// Whether calls of a file may mean something that they did not mean before.
    fn is_open(&self, tree: &SourceTree, definitions: &Definitions, source: SourceId) -> bool {
        let is_new = |name: &Name| definitions.count(name) != self.definitions.count(name);
        tree.included.len() != self.included
            || source.0 as usize >= self.sources
            || self.changed.contains(&source)
            || tree.facts(source).macros.iter().any(|(_, name)| is_new(name))
    }
}

impl Expander {
    /// Expands every call that is not expanded yet. Files without one have no entry.
    pub(super) fn round(&mut self, tree: &SourceTree) -> BTreeMap<SourceId, Expanded> {
        let definitions = Definitions::of(tree);
        let has_macros = |dependency: &Dependency| {
            matches!(dependency.package.as_str(), "paste" | "pastey" | "lazy_static")
        };
        if definitions.is_empty() && tree.included.is_empty() && !tree.dependencies().any(has_macros) {
            return BTreeMap::new();
        }
        let mut calls = calls(tree, &definitions, &self.before);
        // Large files first, one at a time: a last large one would keep a single core busy.
        calls.sort_by_key(|(source, _)| std::cmp::Reverse(tree.sources.get(*source).text.len()));
        let expand = |(source, calls): (SourceId, Vec<Meant>)| {
            (source, expand_file(tree, &definitions, source, &calls))
        };
        let expanded: BTreeMap<SourceId, Expanded> = each(calls, expand).into_iter().collect();
        self.before = Before {
            definitions,
            included: tree.included.len(),
            sources: tree.facts.len(),
            changed: expanded.keys().copied().collect(),
        };
        expanded
    }
}

const INCLUDE: &str = "include";
/// Last names of the macros of other crates that are expanded.
const INTRINSICS: &[&str] = &[INCLUDE, "paste", "item", "expr", "lazy_static"];

/// Whether a path names `include!` of the standard library.
fn is_include(path: &Path) -> bool {
    let names: Vec<&str> = path.names().map(syntax::Name::as_str).collect();
    matches!(names.as_slice(), [INCLUDE] | ["std" | "core", INCLUDE])
}

/// The text of a string literal without escapes.
fn literal(text: &str) -> Option<String> {
    let inside = text.trim().trim_end_matches(',').strip_prefix('"')?.strip_suffix('"')?;
    (!inside.contains(['"', '\\'])).then(|| inside.to_string())
}

/// Whether a file calls a macro of the name `include`.
pub(super) fn may_include(tree: &SourceTree, source: SourceId) -> bool {
    tree.facts(source).macros.iter().any(|(_, name)| name == INCLUDE)
}

/// Calls of `include!` in a file: where, and the path that it names where that is a literal.
pub(super) fn includes(tree: &SourceTree, source: SourceId) -> Vec<(Location, Option<String>)> {
    let file = tree.sources.get(source);
    let items: Vec<_> = tree
        .modules
        .iter()
        .filter(|module| module.source == source)
        .flat_map(|module| module.items.iter().cloned())
        .collect();
    let calls = macro_calls::in_items(&items, &is_include);
    let unread = calls.into_iter().filter(|call| !file.is_expanded(call.span));
    let at = |span| Location { source, span };
    unread.map(|call| (at(call.span), literal(call.arguments.slice(&file.text)))).collect()
}

/// A call with the definition that it means.
struct Meant {
    call: Call,
    meaning: Meaning,
    /// Position of the module in whose text it stands.
    module: ModuleId,
    /// The place of the call in the file, for the scopes of names.
    at: u32,
}

/// What a call stands for.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// Position of the definition.
    Rules(usize),
    /// The text of a file, by `include!`.
    File(SourceId),
    /// What a macro of a well-known crate makes of its arguments.
    Library(Library),
}

/// A macro of another crate that is expanded here.
#[derive(Debug, Clone, Copy)]
enum Library {
    /// `paste!` of the crates `paste` and `pastey`.
    Paste,
    LazyStatic,
}

impl Library {
    fn named(path: &Path) -> Option<Self> {
        let names: Vec<&str> = path.names().map(syntax::Name::as_str).collect();
        match names.as_slice() {
            ["paste"] | ["paste" | "pastey", "paste" | "item" | "expr"] => Some(Library::Paste),
            ["lazy_static"] | ["lazy_static", "lazy_static"] => Some(Library::LazyStatic),
            _ => None,
        }
    }

    fn expand(self, arguments: &str) -> Result<Transcript, MacroError> {
        match self {
            Library::Paste => paste::expand(arguments),
            Library::LazyStatic => lazy_static::expand(arguments),
        }
    }
}

/// The calls of each file that are to be expanded, in order.
fn calls(tree: &SourceTree, definitions: &Definitions, before: &Before) -> Vec<(SourceId, Vec<Meant>)> {
    let modules = (0..tree.modules.len() as u32).map(ModuleId);
    let is_open = |id: &ModuleId| before.is_open(tree, definitions, tree.module(*id).source);
    let modules: Vec<ModuleId> = modules.filter(is_open).collect();
    let found: Vec<Vec<Meant>> =
        modules.par_iter().with_max_len(8).map(|&id| calls_of(tree, definitions, id)).collect();
    let mut by_source: OrderedMap<SourceId, Vec<Meant>> = OrderedMap::default();
    for (&id, found) in modules.iter().zip(found).filter(|(_, found)| !found.is_empty()) {
        by_source.entry(tree.module(id).source).or_default().extend(found);
    }
    let mut all: Vec<(SourceId, Vec<Meant>)> = by_source.into_iter().collect();
    for (_, calls) in &mut all {
        // A file may be several modules: its first one counts.
        calls.sort_by_key(|meant| meant.call.span);
        calls.dedup_by_key(|meant| meant.call.span);
    }
    all
}

/// The calls of one module.
fn calls_of(tree: &SourceTree, definitions: &Definitions, id: ModuleId) -> Vec<Meant> {
    let module = tree.module(id);
    let facts = tree.facts(module.source);
    let may_mean = |name: &Name| definitions.may_mean(tree, module.krate, name);
    let is_named =
        |span: Span| facts.macros_in(span).any(|name| INTRINSICS.contains(&name.as_str()) || may_mean(name));
    let items: Vec<_> = module.items.iter().filter(|item| is_named(item.span)).cloned().collect();
    if items.is_empty() {
        return Vec::new();
    }
    let file = tree.sources.get(module.source);
    let mut expanded = UnorderedSet::default();
    for expansion in file.expansions() {
        expanded.insert(expansion.call);
    }
    let wanted =
        |path: &Path| is_include(path) || Library::named(path).is_some() || may_mean(&path.last().ident.name);
    let calls = macro_calls::in_items(&items, &wanted).into_iter();
    let calls = calls.filter(|call| !expanded.contains(&call.span)).filter_map(|call| {
        let at = call.span.start;
        let rules = definitions.meant(tree, &call.path, id, at).map(Meaning::Rules);
        let library = || Library::named(&call.path).map(Meaning::Library);
        let meaning = rules.or_else(library).or_else(|| {
            let path = is_include(&call.path).then(|| literal(call.arguments.slice(&file.text)))??;
            tree.included.get(&(module.source, path)).copied().map(Meaning::File)
        })?;
        Some(Meant { call, meaning, module: id, at })
    });
    calls.collect()
}

fn expand_file(tree: &SourceTree, definitions: &Definitions, source: SourceId, calls: &[Meant]) -> Expanded {
    let file = tree.sources.get(source);
    let old = tree.facts(source);
    let unchanged = |findings| Expanded { file: file.clone(), facts: old.clone(), findings };
    let features = calls.first().map(|meant| &tree.package_of(meant.module).features);
    let expanded = |each_by_itself| {
        let mut splicer = Splicer::new(tree, definitions, each_by_itself);
        let text = splicer.splice(&Spliced::of(file, source), calls);
        let is_new = text.expansions.len() > file.expansions().len();
        let parsed = is_new.then(|| {
            let text = text.into_file(file);
            let parsed =
                features.map_or_else(|| text.parsed(), |features| off::without(&text.parsed(), features));
            let facts = syntax::parse_without(&parsed, &text.text, old.depth);
            (text, facts)
        });
        (parsed, splicer.findings)
    };
    let (mut parsed, mut findings) = expanded(false);
    if parsed.as_ref().is_some_and(|(_, facts)| facts.error.is_some()) {
        // Which of them is it?
        (parsed, findings) = expanded(true);
    }
    let Some((text, facts)) = parsed else { return unchanged(findings) };
    if let Some(error) = facts.error {
        let first = calls.first().map_or(Span::empty(0), |meant| meant.call.span);
        findings.push(
            Diagnostic::new(
                Code::MACRO_NOT_EXPANDED,
                format!("no macro of this file is expanded: it would not parse then: {}", error.message),
            )
            .at(Location { source, span: first }),
        );
        return unchanged(findings);
    }
    Expanded { file: text, facts, findings }
}

#[cfg(test)]
mod tests;
