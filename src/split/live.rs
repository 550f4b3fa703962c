//! Liveness: what one function's skeleton `main` still reaches.
//!
//! Input: the program and the ranges of text that its skeleton cuts out. Output: the definitions that must be kept.
//! A path keeps what it resolves to. A method call keeps the method that it is proved to call; where the receiver is not known, every method
//! of that name on a type that is kept: too much is dead weight, too little would not compile. An impl is kept when the types and traits of
//! its header are kept.

use std::collections::BTreeSet;

use crate::certainty::Certainty;
use crate::load::{KrateId, ModuleId};
use crate::ordered::{OrderedSet, UnorderedMap};
use crate::resolve::{Callee, DefId, DefKind, ImplInfo, Program, Res, Ty};
use crate::span::{SourceId, Span};
use crate::syntax::ast::{ExprKind, ItemKind};
use crate::syntax::{Mention, MentionKind, Name, visit};

use super::build_script;
use super::derives;
use super::leads::{Leads, own_mentions};
use super::skeleton::Skeleton;

/// The program with some ranges of text cut out.
pub(super) struct CutProgram<'a> {
    pub(super) program: &'a Program,
    /// What is cut, by source: sorted, and none inside another.
    gone: UnorderedMap<SourceId, Vec<Span>>,
}

impl<'a> CutProgram<'a> {
    pub(super) fn new(program: &'a Program, skeleton: &Skeleton) -> Self {
        let mut gone = UnorderedMap::default();
        for &source in skeleton.edits.keys() {
            gone.insert(source, outermost(skeleton.gone(source).collect()));
        }
        Self { program, gone }
    }

    pub(super) fn is_gone(&self, source: SourceId, span: Span) -> bool {
        let gone = self.gone.get(&source).map_or(&[][..], Vec::as_slice);
        // Of those that start before it, the last also ends last.
        let after = gone.partition_point(|gone| gone.start <= span.start);
        after.checked_sub(1).is_some_and(|at| gone[at].contains(span))
    }

    /// Mentions of a definition's own text: without what is cut, and for impls, traits and enums without their members.
    pub(super) fn own_mentions(&self, id: DefId) -> Vec<&Mention> {
        let source = self.program.def(id).location.source;
        own_mentions(self.program, id).filter(|mention| !self.is_gone(source, mention.span)).collect()
    }
}

/// The spans by their start, without those that lie inside another.
fn outermost(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut end = 0;
    spans.retain(|span| {
        let is_outer = span.end > end;
        end = end.max(span.end);
        is_outer
    });
    spans
}

/// What a function keeps.
#[derive(Debug, Clone, Default)]
pub(super) struct Live {
    pub(super) defs: BTreeSet<DefId>,
}

/// Everything that `roots` reach. Only the given crates are cut; items of others stay whole and are not followed.
pub(super) fn live(
    cut: &CutProgram<'_>,
    leads: &Leads<'_>,
    roots: &[DefId],
    krates: &BTreeSet<KrateId>,
) -> Live {
    let mut search = Search {
        cut,
        leads,
        krates,
        defs: BTreeSet::new(),
        queue: Vec::new(),
        called: OrderedSet::default(),
    };
    for &root in roots {
        search.mark(root);
    }
    loop {
        while let Some(id) = search.queue.pop() {
            search.visit(id);
        }
        if !search.activate() {
            break;
        }
    }
    Live { defs: search.defs }
}

struct Search<'a, 'p> {
    cut: &'a CutProgram<'p>,
    leads: &'a Leads<'p>,
    krates: &'a BTreeSet<KrateId>,
    defs: BTreeSet<DefId>,
    queue: Vec<DefId>,
    /// Names of methods and associated items that kept code calls.
    called: OrderedSet<Name>,
}

/// A method call whose callees are proved.
pub(super) struct MethodCallees {
    /// Definitions of the program that it calls; none for methods of other crates.
    pub(super) defs: Vec<DefId>,
    /// Whether the method is found through a bound (`dyn Trait`, `impl Trait`, `T: Trait`), for which no import is needed.
    pub(super) through_bound: bool,
}

/// Method calls of a body whose callees are proved, by the place of the method's name.
pub(super) fn method_calls(program: &Program, id: DefId) -> UnorderedMap<Span, MethodCallees> {
    let mut calls = UnorderedMap::default();
    let Some(types) = program.body(id) else { return calls };
    let Some(body) = program.func(id).and_then(crate::syntax::ast::Fn::block) else { return calls };
    visit::exprs_in_block(body, &mut |expr| {
        let ExprKind::MethodCall(call) = &expr.kind else { return };
        let Some(site) = types.call(expr.span).filter(|site| site.certainty == Certainty::Proved) else {
            return;
        };
        // What another crate returns may still be a type of the program: its methods are found by name.
        let is_known = |callee: &Callee| match callee {
            Callee::Def { .. } | Callee::External(_) => true,
            Callee::ExternalMethod { receiver, method } => {
                // A trait's method may be called on a foreign type, or on one that only looks foreign.
                matches!(receiver.peel(), Ty::External(..)) && !program.is_trait_member(method)
            }
            Callee::Unresolved { .. } => false,
        };
        if !site.callees.is_empty() && site.callees.iter().all(is_known) {
            let defs = site.callees.iter().filter_map(|callee| match callee {
                Callee::Def { def, .. } => Some(*def),
                _ => None,
            });
            let receiver = types.ty(call.receiver.span).peel();
            let through_bound = matches!(receiver, Ty::Dyn(_) | Ty::Impl(_) | Ty::Param(_));
            calls.insert(call.method.span, MethodCallees { defs: defs.collect(), through_bound });
        }
    });
    calls
}

/// Items that macros may define, by the module in which the macro stands and their name: each name among the tokens of an item macro call,
/// and what derives are known to define.
pub(super) struct MacroItems {
    all: UnorderedMap<(ModuleId, Name), Vec<DefId>>,
    /// Calls that include what the build makes: they may define any name.
    made: UnorderedMap<ModuleId, Vec<DefId>>,
    /// What is certainly defined: by a derive, or by a macro whose tokens begin with the name (`table! { users (id) { .. } }`).
    derived: UnorderedMap<(ModuleId, Name), DefId>,
}

impl MacroItems {
    pub(super) fn of(program: &Program) -> Self {
        let mut items: UnorderedMap<(ModuleId, Name), Vec<DefId>> = UnorderedMap::default();
        let mut derived = UnorderedMap::default();
        let mut made: UnorderedMap<ModuleId, Vec<DefId>> = UnorderedMap::default();
        let calls = program.defs.iter().filter(|def| def.kind == DefKind::MacroCall && def.parent.is_none());
        for def in calls.filter(|def| !program.is_expanded(def.id)) {
            if matches!(&def.item.kind, ItemKind::MacroCall(call) if build_script::may_define(call)) {
                made.entry(def.module).or_default().push(def.id);
            }
            let mentions =
                program.mentions(def.id).iter().filter(|mention| mention.kind != MentionKind::Macro);
            if let Some(first) = mentions.clone().next().filter(|first| first.segments.len() == 1) {
                derived.insert((def.module, first.segments[0].name.clone()), def.id);
            }
            for segment in mentions.flat_map(|mention| &mention.segments) {
                let found = items.entry((def.module, segment.name.clone())).or_default();
                if !found.contains(&def.id) {
                    found.push(def.id);
                }
            }
        }
        for def in program.defs.iter().filter(|def| matches!(def.kind, DefKind::Struct | DefKind::Enum)) {
            for name in derives::defined(def) {
                items.entry((def.module, name.clone())).or_default().push(def.id);
                derived.insert((def.module, name), def.id);
            }
        }
        Self { all: items, made, derived }
    }

    /// Item macro calls and types of a module that may define a name.
    pub(super) fn defining(&self, module: ModuleId, name: &Name) -> impl Iterator<Item = DefId> {
        let named = self.all.get(&(module, name.clone()));
        named.into_iter().chain(self.made.get(&module)).flatten().copied()
    }

    /// The type of a module whose derive defines a name.
    pub(super) fn derived(&self, module: ModuleId, name: &Name) -> Option<DefId> {
        self.derived.get(&(module, name.clone())).copied()
    }
}

impl Search<'_, '_> {
    fn mark(&mut self, id: DefId) {
        let program = self.cut.program;
        let def = program.def(id);
        let krate = program.tree.module(def.module).krate;
        if !self.krates.contains(&krate) || !self.defs.insert(id) {
            return;
        }
        self.queue.push(id);
        if let Some(parent) = def.parent {
            self.mark(parent);
        }
        // A trait's method stays declared where an impl's is called.
        if def.kind == DefKind::Method
            && let Some(Res::Def(trait_)) =
                def.parent.and_then(|parent| program.impl_of(parent)).and_then(|info| info.trait_.clone())
            && let Some(&declared) =
                program.members(trait_).iter().find(|&&member| program.def(member).name == def.name)
        {
            self.mark(declared);
        }
        // What a trait or impl requires of everyone: its types and constants, and items made by macros.
        if matches!(def.kind, DefKind::Trait | DefKind::Impl) {
            for &member in program.members(id) {
                let leaves_its_place = program.is_expanded(member);
                if !matches!(program.def(member).kind, DefKind::Method) && !leaves_its_place {
                    self.mark(member);
                }
            }
        }
    }

    fn visit(&mut self, id: DefId) {
        let source = self.cut.program.def(id).location.source;
        for lead in self.leads.of(id).iter() {
            if self.cut.is_gone(source, lead.span) {
                continue;
            }
            for &def in &lead.defs {
                self.mark(def);
            }
            if let Some(called) = &lead.called {
                self.called.insert(called.clone());
            }
        }
    }

    /// Marks impls and members that the definitions kept so far bring along; whether anything was new.
    fn activate(&mut self) -> bool {
        let before = self.defs.len();
        let program = self.cut.program;
        for info in &program.impls {
            if self.is_header_live(info) || self.is_of_derived(info) {
                self.activate_impl(info);
            }
        }
        let traits: Vec<DefId> =
            self.defs.iter().copied().filter(|&id| program.def(id).kind == DefKind::Trait).collect();
        for id in traits {
            for &member in program.members(id) {
                if self.called.contains(&program.def(member).name) {
                    self.mark(member);
                }
            }
        }
        self.defs.len() > before
    }

    fn activate_impl(&mut self, info: &ImplInfo) {
        let program = self.cut.program;
        match &info.trait_ {
            None => {
                for &member in &info.items {
                    if self.called.contains(&program.def(member).name) {
                        self.mark(info.def);
                        self.mark(member);
                    }
                }
            }
            // A trait of a crate that is kept whole keeps all its members.
            Some(Res::Def(trait_)) if self.is_cut_krate(*trait_) => {
                self.mark(info.def);
                for &member in &info.items {
                    let name = &program.def(member).name;
                    let declared =
                        program.members(*trait_).iter().find(|&&known| &program.def(known).name == name);
                    if declared.is_some_and(|known| self.defs.contains(known)) {
                        self.mark(member);
                    }
                }
            }
            Some(_) => {
                self.mark(info.def);
                for &member in &info.items {
                    self.mark(member);
                }
            }
        }
    }

    /// Whether everything of the program that an impl's header names is kept.
    fn is_header_live(&self, info: &ImplInfo) -> bool {
        let header = header_defs(info);
        let has_program_part = !header.is_empty();
        has_program_part
            && header.iter().all(|id| self.defs.contains(id) || !self.is_cut_krate(*id))
            && header.iter().any(|id| self.defs.contains(id))
    }

    /// Whether an impl is for what a derive defines, `impl Related<..> for Entity`, and the type with that derive is kept.
    fn is_of_derived(&self, info: &ImplInfo) -> bool {
        let program = self.cut.program;
        let def = program.def(info.def);
        let ItemKind::Impl(implementation) = &def.item.kind else { return false };
        if info.self_ty.peel().def().is_some() || !self.is_cut_krate(info.def) {
            return false;
        }
        let leads = self.leads.of(info.def);
        let mut made = leads
            .iter()
            .filter(|lead| implementation.self_ty.span.contains(lead.span))
            .flat_map(|lead| &lead.defs)
            .peekable();
        made.peek().is_some() && made.all(|id| self.defs.contains(id))
    }

    fn is_cut_krate(&self, id: DefId) -> bool {
        let program = self.cut.program;
        self.krates.contains(&program.tree.module(program.def(id).module).krate)
    }
}

/// Types and traits of the program that an impl's header names.
pub(super) fn header_defs(info: &ImplInfo) -> Vec<DefId> {
    let mut defs = Vec::new();
    defs_in(&info.self_ty, &mut defs);
    for arg in &info.trait_args {
        defs_in(arg, &mut defs);
    }
    if let Some(Res::Def(id)) = &info.trait_ {
        defs.push(*id);
    }
    defs.sort();
    defs.dedup();
    defs
}

/// Definitions of the program inside a type.
fn defs_in(ty: &Ty, defs: &mut Vec<DefId>) {
    match ty {
        Ty::Def(id, args) => {
            defs.push(*id);
            args.iter().for_each(|arg| defs_in(arg, defs));
        }
        Ty::External(_, args) | Ty::Tuple(args) => args.iter().for_each(|arg| defs_in(arg, defs)),
        Ty::Ref(inner)
        | Ty::Slice(inner)
        | Ty::FnPtr(inner)
        | Ty::Future(inner)
        | Ty::Closure(inner)
        | Ty::Assoc(inner, _) => {
            defs_in(inner, defs);
        }
        Ty::Dyn(bounds) | Ty::Impl(bounds) => {
            for bound in bounds {
                if let Res::Def(id) = &bound.trait_ {
                    defs.push(*id);
                }
                bound.args.iter().for_each(|arg| defs_in(arg, defs));
            }
        }
        Ty::FnDef(id) => defs.push(*id),
        Ty::MethodResult { receiver, .. } => defs_in(receiver, defs),
        Ty::CallResult { .. } | Ty::Param(_) | Ty::Unknown => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_nested_cuts_the_outer_ones_count() {
        let spans = [(5, 9), (0, 3), (6, 8), (5, 9), (8, 12), (1, 3), (20, 21)];
        let spans = spans.map(|(start, end)| Span::new(start, end)).to_vec();
        let outer: Vec<(u32, u32)> =
            outermost(spans.clone()).iter().map(|span| (span.start, span.end)).collect();
        assert_eq!(outer, [(0, 3), (5, 9), (8, 12), (20, 21)]);
        let program = Program::default();
        let mut gone = UnorderedMap::default();
        gone.insert(SourceId(0), outermost(spans.clone()));
        let cut = CutProgram { program: &program, gone };
        for start in 0..22 {
            for end in start..22 {
                let span = Span::new(start, end);
                let expected = spans.iter().any(|gone| gone.contains(span));
                assert_eq!(cut.is_gone(SourceId(0), span), expected, "{span:?}");
            }
        }
    }
}
