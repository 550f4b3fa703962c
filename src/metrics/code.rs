//! Program + graph + groups -> numbers of the code itself: modules and what they need of each other, functions that nothing leads to.
//!
//! Modules are those of the analysed program in which something is live; of dependencies that are not part of it nothing is counted.

use std::collections::{BTreeMap, BTreeSet};

use super::feedback::{Circle, circles};
use super::{Group, ratio};
use crate::graph::AppGraph;
use crate::load::ModuleId;
use crate::ordered::UnorderedSet;
use crate::resolve::{Def, DefId, DefKind, Program};
use crate::span::Location;

/// Numbers of the code.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CodeMetrics {
    /// In the order of their paths.
    pub modules: Vec<ModuleMetrics>,
    /// Modules that need each other in a circle, by their place in `modules`; weights are references.
    pub module_cycles: Vec<Circle>,
    /// In the order of their places; none where the program has no `main`.
    pub unreached: Vec<Unreached>,
    /// In the order of groups.
    pub services: Vec<ServiceCode>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModuleMetrics {
    /// `shop::db`.
    pub path: String,
    /// Functions and methods.
    pub functions: usize,
    /// Structs, enums and unions; and traits.
    pub types: usize,
    pub traits: usize,
    /// Other modules that need this one, and that this one needs.
    pub afferent: usize,
    pub efferent: usize,
    /// Efferent by the sum of both; 0 where there is neither.
    pub instability: f64,
    /// Traits by types and traits; 0 where there is neither.
    pub abstractness: f64,
}

/// A function to which `main` does not lead, and whose name nothing that it leads to mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    pub path: String,
    pub location: Location,
    /// The service that alone reaches other functions of the same module, by its index.
    pub group: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ServiceCode {
    /// Traits by types and traits that its routes reach; 0 where there is neither.
    pub abstractness: f64,
    /// Functions of its modules that nothing leads to.
    pub unreached: usize,
}

/// Measures the code.
pub fn measure(program: &Program, graph: &AppGraph, groups: &[Group]) -> CodeMetrics {
    let reached: Vec<BTreeSet<DefId>> = groups.iter().map(|group| reached_by(graph, group)).collect();
    let (modules, module_cycles) = modules(program);
    let unreached = unreached(program, &reached);
    let service = |(at, reached): (usize, &BTreeSet<DefId>)| ServiceCode {
        abstractness: abstractness(program, reached),
        unreached: unreached.iter().filter(|one| one.group == Some(at)).count(),
    };
    let services = reached.iter().enumerate().map(service).collect();
    CodeMetrics { modules, module_cycles, unreached, services }
}

fn reached_by(graph: &AppGraph, group: &Group) -> BTreeSet<DefId> {
    let nodes = graph.reached_from(&group.routes).into_iter();
    nodes.filter_map(|node| graph.node(node).def()).collect()
}

fn is_type(kind: DefKind) -> bool {
    matches!(kind, DefKind::Struct | DefKind::Enum | DefKind::Union)
}

fn abstractness(program: &Program, reached: &BTreeSet<DefId>) -> f64 {
    let named = reached.iter().flat_map(|&def| program.edges_from(def)).map(|edge| edge.to);
    let all: BTreeSet<DefId> = named.chain(reached.iter().copied()).collect();
    let count =
        |wanted: fn(DefKind) -> bool| all.iter().filter(|&&def| wanted(program.def(def).kind)).count();
    let traits = count(|kind| kind == DefKind::Trait);
    ratio(traits, traits + count(is_type))
}

fn modules(program: &Program) -> (Vec<ModuleMetrics>, Vec<Circle>) {
    let mut of: BTreeMap<ModuleId, ModuleMetrics> = BTreeMap::new();
    for def in program.live_defs() {
        let module = of.entry(def.module).or_default();
        match def.kind {
            DefKind::Fn | DefKind::Method => module.functions += 1,
            DefKind::Trait => module.traits += 1,
            kind if is_type(kind) => module.types += 1,
            _ => {}
        }
    }
    let mut by_path: Vec<(String, ModuleId)> =
        of.keys().map(|&module| (program.tree.module_path(module), module)).collect();
    by_path.sort();
    let place: BTreeMap<ModuleId, usize> =
        by_path.iter().enumerate().map(|(at, (_, module))| (*module, at)).collect();
    let mut references: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for edge in &program.edges {
        let ends = [edge.from, edge.to].map(|def| place.get(&program.def(def).module));
        if let [Some(&from), Some(&to)] = ends
            && from != to
        {
            *references.entry((from, to)).or_default() += 1;
        }
    }
    let (mut afferent, mut efferent) = (vec![0; by_path.len()], vec![0; by_path.len()]);
    for &(from, to) in references.keys() {
        efferent[from] += 1;
        afferent[to] += 1;
    }
    let mut modules: Vec<ModuleMetrics> = Vec::new();
    for (at, (path, module)) in by_path.into_iter().enumerate() {
        let mut metrics = of.remove(&module).unwrap_or_default();
        metrics.path = path;
        (metrics.afferent, metrics.efferent) = (afferent[at], efferent[at]);
        metrics.instability = ratio(metrics.efferent, metrics.afferent + metrics.efferent);
        metrics.abstractness = ratio(metrics.traits, metrics.traits + metrics.types);
        modules.push(metrics);
    }
    let cycles = circles(modules.len(), &references);
    (modules, cycles)
}

/// Functions and inherent methods of the analysed package to which nothing leads from `main`, and whose names stand nowhere in what it leads
/// to: where a call leads is sometimes not known. Members of traits are left out, as other crates may call them, and so are tests.
fn unreached(program: &Program, reached: &[BTreeSet<DefId>]) -> Vec<Unreached> {
    let Some(main) = program.main() else { return Vec::new() };
    let leads = program.reached(&[main]);
    let mut named: UnorderedSet<&str> = UnorderedSet::default();
    // The members of an impl or a trait speak for themselves.
    let is_own = |def: &Def| program.tree.krate(program.tree.module(def.module).krate).package == 0;
    let speaks = |def: &&Def| {
        leads[def.id.0 as usize] && is_own(def) && !matches!(def.kind, DefKind::Impl | DefKind::Trait)
    };
    for def in program.defs.iter().filter(speaks) {
        for mention in program.mentions(def.id) {
            mention.segments.iter().for_each(|segment| {
                named.insert(segment.name.as_str());
            });
        }
    }
    let is_free = |def: &&Def| {
        let is_function = matches!(def.kind, DefKind::Fn | DefKind::Method);
        let in_trait = def.parent.is_some_and(|parent| {
            let of_trait = program.impl_of(parent).is_some_and(|info| info.trait_.is_some());
            of_trait || program.def(parent).kind == DefKind::Trait
        });
        let is_test = def.item.attrs.iter().any(|attr| attr.path.rsplit("::").next() == Some("test"));
        let is_known = leads[def.id.0 as usize] || named.contains(def.name.as_str());
        is_function && !in_trait && !is_test && is_own(def) && !is_known
    };
    // Macros of other crates take names as text: `#[schemars(example = "name")]`.
    let is_in_text = |def: &&Def| {
        let beside = program.defs.iter().filter(|other| other.location.source == def.location.source);
        let mut texts = beside.filter(speaks).map(|other| other.location);
        texts.any(|location| has_word(program.tree.sources.text(location), &def.name))
    };
    let mut users: BTreeMap<ModuleId, BTreeSet<usize>> = BTreeMap::new();
    for (at, defs) in reached.iter().enumerate() {
        for def in defs.iter().map(|&def| program.def(def)) {
            if matches!(def.kind, DefKind::Fn | DefKind::Method) {
                users.entry(def.module).or_default().insert(at);
            }
        }
    }
    let alone = |module: ModuleId| match users.get(&module)?.iter().collect::<Vec<_>>()[..] {
        [&group] => Some(group),
        _ => None,
    };
    let unreached =
        |def: &Def| Unreached { path: def.path.clone(), location: def.location, group: alone(def.module) };
    program.defs.iter().filter(is_free).filter(|def| !is_in_text(def)).map(unreached).collect()
}

/// Whether a word stands in a text, not as a part of another one.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::tests::program;

    fn names(unreached: &[Unreached]) -> Vec<&str> {
        unreached.iter().map(|one| one.path.as_str()).collect()
    }

    #[test]
    fn functions_that_main_leads_to_or_may_lead_to_are_reached() {
        let program = program(&[
            (
                "src/main.rs",
                "mod db; struct Store; trait Save { fn save(&self); } impl Save for Store { fn save(&self) { by_trait() } }\n\
             fn by_trait() {} fn called() { any.maybe() } fn dead() { dead_too() } fn dead_too() {}\n\
             impl Store { fn maybe(&self) {} fn never(&self) {} } #[test] fn tests() {}\n\
             #[derive(Schema)] #[schema(example = \"in_text\")] struct Shown; fn in_text() {}\n\
             fn main() { called(); let store = Store; let shown = Shown; }",
            ),
            ("src/db.rs", "pub fn lost() {}"),
        ]);
        let found = measure(&program, &AppGraph::default(), &[]).unreached;
        assert_eq!(names(&found), ["shop::dead", "shop::dead_too", "shop::Store::never", "shop::db::lost"]);
    }

    #[test]
    fn modules_are_measured_by_what_they_need_of_each_other() {
        let program = program(&[
            ("src/main.rs", "mod a; mod b; fn main() { a::f(); }"),
            ("src/a.rs", "pub fn f() { crate::b::g(); } pub trait T {} pub struct S;"),
            ("src/b.rs", "pub fn g() { let x = crate::a::S; } pub struct U; pub enum E { X }"),
        ]);
        let code = measure(&program, &AppGraph::default(), &[]);
        let numbers: Vec<(&str, usize, usize)> = code
            .modules
            .iter()
            .map(|module| (module.path.as_str(), module.afferent, module.efferent))
            .collect();
        assert_eq!(numbers, [("shop", 0, 1), ("shop::a", 2, 1), ("shop::b", 1, 1)]);
        assert!((code.modules[1].abstractness - 0.5).abs() < 1e-12);
        assert!((code.modules[1].instability - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(code.module_cycles[0].members, [1, 2]);
        assert_eq!(code.module_cycles[0].cuts.len(), 1);
    }
}
