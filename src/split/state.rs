//! Shaking of state: fields that a function does not read leave its structs, with their initialisers and the parameters that only these used.
//!
//! Input: the skeleton of a function and what it keeps. Output: the skeleton with further edits, and what it keeps then. Only structs that
//! start-up code alone makes, by literals, lose fields, and only where making the value has no effect (`effects`). When in doubt a field
//! stays. Deliberately absent: bindings without use (`leftovers`).

mod index;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::edit::Edit;
use super::effects::Effects;
use super::leads::Leads;
use super::leftovers;
use super::list;
use super::live::{CutProgram, Live, live};
use super::placement::{self, Level, Placement, References, unit};
use super::skeleton::Skeleton;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::load::KrateId;
use crate::resolve::{Def, DefId, DefKind, EdgeKind, Program, Res};
use crate::span::{Location, SourceId, Span};
use crate::syntax::ast::{Expr, ExprKind, Fn, GenericParamKind, Pat, PatKind, StmtKind};
use crate::syntax::{MentionKind, Name, visit};

use index::{Call, Index, Literal};

/// Values that lead to each other over more bindings and parameters than this stay.
const MAX_DEPTH: usize = 12;

/// The part of the shared code that may be copied into function crates for what is shaken there: one in so many.
const COPIED_PART: u32 = 8;

/// Bytes that may be copied in any case.
const COPIED_ANYWAY: u32 = 2000;

/// A field of a candidate, by its position.
type FieldId = (DefId, usize);

/// The program with what all functions need to know of its state.
pub(super) struct State<'a> {
    program: &'a Program,
    krates: &'a BTreeSet<KrateId>,
    leads: &'a Leads<'a>,
    effects: &'a Effects<'a>,
    /// Of each function: what it keeps in any case, `main` first.
    roots: &'a [Vec<DefId>],
    index: Index<'a>,
    /// Functions that run before anything is served, each with the closures in it.
    start_up: BTreeMap<DefId, Vec<Span>>,
}

impl<'a> State<'a> {
    pub(super) fn new(
        program: &'a Program,
        krates: &'a BTreeSet<KrateId>,
        leads: &'a Leads<'a>,
        effects: &'a Effects<'a>,
        roots: &'a [Vec<DefId>],
    ) -> Self {
        Self {
            program,
            krates,
            leads,
            effects,
            roots,
            index: Index::of(program, krates),
            start_up: roots
                .first()
                .and_then(|roots| roots.first())
                .map_or_else(BTreeMap::new, |&main| start_up(program, main)),
        }
    }

    /// Shakes the structs of every function for which that is worth it; whether anything changed. Without `may_copy` only those count for
    /// which nothing is copied, because they left the shared crates with what was shaken before.
    pub(super) fn shake_all(
        &self,
        placement: &Placement,
        references: &References,
        skeletons: &mut [Skeleton],
        lives: &mut [Live],
        may_copy: bool,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let all: BTreeSet<DefId> = self.index.candidates.keys().copied().collect();
        let cut = self.shake_each(&all, &mut skeletons.to_vec(), &mut lives.to_vec(), &mut BTreeSet::new());
        let structs = self.worth_shaking(cut, placement, references, lives, may_copy);
        let mut stuck = BTreeSet::new();
        let cut = self.shake_each(&structs, skeletons, lives, &mut stuck);
        for at in stuck {
            diagnostics.push(self.finding(at));
        }
        !cut.is_empty()
    }

    /// Structs of those that are worth what is copied for them: what only shared crates held, and every function holds then. Small ones
    /// come first, as long as all copies together are few.
    fn worth_shaking(
        &self,
        structs: BTreeSet<DefId>,
        placement: &Placement,
        references: &References,
        lives: &[Live],
        may_copy: bool,
    ) -> BTreeSet<DefId> {
        let all: BTreeSet<DefId> =
            lives.iter().flat_map(|live| &live.defs).map(|&id| unit(self.program, id)).collect();
        let shared = all
            .iter()
            .copied()
            .filter(|id| matches!(placement.levels.get(id), Some(Level::Service(_) | Level::Shared)));
        let sizes: BTreeMap<DefId, u32> = shared
            .map(|id| {
                let span = self.program.def(id).location.span;
                (id, span.end - span.start)
            })
            .collect();
        let limit = (sizes.values().sum::<u32>() / COPIED_PART).max(COPIED_ANYWAY);
        let limit = if may_copy { limit } else { 0 };
        let repeated =
            |structs: &BTreeSet<DefId>| placement::repeated(self.program, &all, references, structs);
        let size = |ids: &BTreeSet<DefId>| -> u32 { ids.iter().filter_map(|id| sizes.get(id)).sum() };
        // An impl in a function crate has the members that the function keeps, and a shared trait asks for those of all functions.
        let leaves_its_trait = |ids: &BTreeSet<DefId>| {
            ids.iter().filter_map(|&id| self.program.impl_of(id)).any(|info| {
                let trait_ = info.trait_.as_ref().and_then(Res::def).map(|id| unit(self.program, id));
                trait_.is_some_and(|id| sizes.contains_key(&id) && !ids.contains(&id))
            })
        };
        let mut by_size: Vec<(u32, DefId)> =
            structs.into_iter().map(|id| (size(&repeated(&BTreeSet::from([id]))), id)).collect();
        by_size.sort();
        let mut chosen = BTreeSet::new();
        for (_, id) in by_size {
            chosen.insert(id);
            let copied = repeated(&chosen);
            if size(&copied) > limit || leaves_its_trait(&copied) {
                chosen.remove(&id);
            }
        }
        chosen
    }

    /// Shakes structs in every function; which lost a field somewhere.
    fn shake_each(
        &self,
        structs: &BTreeSet<DefId>,
        skeletons: &mut [Skeleton],
        lives: &mut [Live],
        stuck: &mut BTreeSet<Location>,
    ) -> BTreeSet<DefId> {
        let mut cut = BTreeSet::new();
        for ((skeleton, kept), roots) in skeletons.iter_mut().zip(lives).zip(self.roots) {
            self.shake(skeleton, kept, roots, structs, &mut cut, stuck);
        }
        cut
    }

    /// Shakes structs in one function, as long as that leaves more without use.
    fn shake(
        &self,
        skeleton: &mut Skeleton,
        kept: &mut Live,
        roots: &[DefId],
        structs: &BTreeSet<DefId>,
        lost: &mut BTreeSet<DefId>,
        stuck: &mut BTreeSet<Location>,
    ) {
        loop {
            let seen = self.with_trait_members(kept);
            let fields = self.removable(skeleton, &seen, structs, stuck);
            if fields.is_empty() {
                return;
            }
            for &field in &fields {
                lost.insert(field.0);
                self.cut(field, &seen, skeleton);
            }
            while self.cut_parameters(skeleton, &seen)
                | leftovers::clear_bindings(self.program, self.krates, self.effects, skeleton)
            {}
            leftovers::clear(self.program, self.krates, self.effects, skeleton);
            let cut = CutProgram::new(self.program, skeleton);
            *kept = live(&cut, self.leads, roots, self.krates);
        }
    }

    /// What a function keeps, with all members of its impls of the program's traits: where a trait is shared, another function may call them.
    fn with_trait_members(&self, kept: &Live) -> Live {
        let impls = kept.defs.iter().filter_map(|&id| self.program.impl_of(id));
        let of_program = impls.filter(|info| matches!(info.trait_, Some(Res::Def(_))));
        let members = of_program.flat_map(|info| info.items.iter().copied());
        Live { defs: kept.defs.iter().copied().chain(members).collect() }
    }

    /// Fields that nothing reads and whose values can go unmade. Those that cannot are `stuck`.
    fn removable(
        &self,
        skeleton: &Skeleton,
        kept: &Live,
        structs: &BTreeSet<DefId>,
        stuck: &mut BTreeSet<Location>,
    ) -> BTreeSet<FieldId> {
        let mut fields = self.unread(&CutProgram::new(self.program, skeleton), kept, structs);
        loop {
            // As if all were gone: what one of them uses is no use for another.
            let mut tentative = skeleton.clone();
            for &field in &fields {
                self.cut(field, kept, &mut tentative);
            }
            let cut = CutProgram::new(self.program, &tentative);
            let at = At { state: self, cut: &cut, kept };
            let staying: Vec<FieldId> = fields
                .iter()
                .copied()
                .filter(|&field| {
                    !self.values(field, skeleton, kept).iter().all(|(def, value)| at.is_unseen(def, value, 0))
                })
                .collect();
            if staying.is_empty() {
                return fields;
            }
            for field in staying {
                fields.remove(&field);
                stuck.insert(self.location(field));
            }
        }
    }

    fn location(&self, (strukt, at): FieldId) -> Location {
        let source = self.program.def(strukt).location.source;
        Location { source, span: self.index.candidates[&strukt].fields[at].name.span }
    }

    /// The finding for a field that stays although nothing reads it in some function.
    fn finding(&self, at: Location) -> Diagnostic {
        let name = self.program.tree.sources.text(at);
        let message = format!(
            "nothing reads the field `{name}` in some functions, but making its value may have an effect"
        );
        Diagnostic::new(Code::STATE_KEPT, message)
            .at(at)
            .help("make it where it is used, if the others do not need its start-up work")
    }

    /// Fields that no kept code reads, of structs that start-up code alone makes.
    fn unread(&self, cut: &CutProgram<'_>, kept: &Live, structs: &BTreeSet<DefId>) -> BTreeSet<FieldId> {
        let is_kept =
            |holder: DefId, at: Location| kept.defs.contains(&holder) && !cut.is_gone(at.source, at.span);
        let requests = self.run_by_requests(cut, kept);
        let mut unread = BTreeSet::new();
        for (&strukt, candidate) in &self.index.candidates {
            if !structs.contains(&strukt) || !kept.defs.contains(&strukt) || candidate.gives_fields {
                continue;
            }
            if self.index.shown.iter().any(|(id, at, holder)| *id == strukt && is_kept(*holder, *at)) {
                continue;
            }
            let mut literals = self.literals(strukt, cut, kept).peekable();
            let fits = |literal: &Literal<'_>| {
                literal.written.rest.is_none()
                    && self.is_made_at_start(literal)
                    && !requests.contains(&literal.holder)
                    && !index::is_expansion(self.program, literal.location.source, literal.location.span)
            };
            if literals.peek().is_none() || !literals.all(fits) {
                continue;
            }
            for (at, field) in candidate.fields.iter().enumerate() {
                let source = self.program.def(strukt).location.source;
                let is_read =
                    self.index.reads.get(&field.name.name).into_iter().flatten().any(|read| {
                        read.of.is_none_or(|of| of == strukt) && is_kept(read.holder, read.location)
                    });
                if !is_read && index::is_plain_field(field) && !cut.is_gone(source, field.span) {
                    unread.insert((strukt, at));
                }
            }
        }
        unread
    }

    fn is_made_at_start(&self, literal: &Literal<'_>) -> bool {
        let closures = self.start_up.get(&literal.holder);
        closures
            .is_some_and(|closures| !closures.iter().any(|closure| closure.contains(literal.location.span)))
    }

    fn literals<'s>(
        &'s self,
        strukt: DefId,
        cut: &'s CutProgram<'_>,
        kept: &'s Live,
    ) -> impl Iterator<Item = &'s Literal<'a>> {
        self.index.literals.iter().filter(move |literal| {
            literal.strukt == strukt
                && kept.defs.contains(&literal.holder)
                && !cut.is_gone(literal.location.source, literal.location.span)
        })
    }

    /// What kept literals give a field.
    fn values<'s>(
        &'s self,
        (strukt, at): FieldId,
        skeleton: &Skeleton,
        kept: &Live,
    ) -> Vec<(&'s Def, &'s Expr)> {
        let name = &self.index.candidates[&strukt].fields[at].name.name;
        let cut = CutProgram::new(self.program, skeleton);
        let mut values = Vec::new();
        for literal in self.literals(strukt, &cut, kept) {
            let init = literal.written.fields.iter().find(|init| init.name.name == *name);
            values.extend(init.map(|init| (self.program.def(literal.holder), &init.expr)));
        }
        values
    }

    /// Cuts a field out of its struct and of every kept literal.
    fn cut(&self, (strukt, at): FieldId, kept: &Live, skeleton: &mut Skeleton) {
        let fields = self.index.candidates[&strukt].fields;
        let def = self.program.def(strukt);
        let text = &self.program.tree.sources.get(def.location.source).text;
        let spans: Vec<Span> = fields.iter().map(|field| field.span).collect();
        let gone = list::member(text, def.item.name.span.end, &spans, at);
        let mut edits: Vec<(SourceId, Span)> =
            gone.into_iter().map(|span| (def.location.source, span)).collect();
        let cut = CutProgram::new(self.program, skeleton);
        for literal in self.literals(strukt, &cut, kept) {
            let inits = &literal.written.fields;
            let Some(at) = inits.iter().position(|init| init.name.name == fields[at].name.name) else {
                continue;
            };
            let source = literal.location.source;
            let text = &self.program.tree.sources.get(source).text;
            let spans: Vec<Span> = inits.iter().map(|init| init.span).collect();
            let gone = list::member(text, literal.written.path.span.end, &spans, at);
            edits.extend(gone.map(|span| (source, span)));
        }
        for (source, span) in edits {
            skeleton.add(source, Edit::delete(span));
        }
    }

    /// Cuts parameters that only cut text used, and their arguments; whether there were any.
    fn cut_parameters(&self, skeleton: &mut Skeleton, kept: &Live) -> bool {
        let mut edits: Vec<(SourceId, Span)> = Vec::new();
        {
            let cut = CutProgram::new(self.program, skeleton);
            let at = At { state: self, cut: &cut, kept };
            for &id in self.start_up.keys().filter(|id| kept.defs.contains(id)) {
                let def = self.program.def(id);
                let source = def.location.source;
                let Some(func) = self.program.func(id) else { continue };
                let (Some(body), params) = (func.block(), &func.sig().params) else { continue };
                // A type parameter may be known from the argument alone.
                let generics = &func.sig().generics.params;
                let is_generic = generics.iter().any(|param| param.kind != GenericParamKind::Lifetime);
                if is_generic
                    || self.is_of_trait(id)
                    || !skeleton.gone(source).any(|gone| body.span.contains(gone))
                {
                    continue;
                }
                let Some(calls) = at.only_calls(id) else { continue };
                for (position, param) in params.iter().enumerate() {
                    let Some(name) = plain(&param.pat) else { continue };
                    let is_touched =
                        |edit: &Edit| param.span.contains(edit.span) || edit.span.contains(param.span);
                    let is_edited =
                        skeleton.edits.get(&source).is_some_and(|edits| edits.iter().any(is_touched));
                    let uses = at.uses(def, name, body.span);
                    if is_edited || uses.is_empty() || uses.iter().any(|use_| !cut.is_gone(source, *use_)) {
                        continue;
                    }
                    let args: Option<Vec<(&Call<'_>, &Expr)>> =
                        calls.iter().map(|call| Some((*call, call.args.get(position)?))).collect();
                    let Some(args) = args.filter(|args| {
                        args.iter().all(|(call, arg)| at.is_unseen(self.program.def(call.holder), arg, 0))
                    }) else {
                        continue;
                    };
                    let spans: Vec<Span> = params.iter().map(|param| param.span).collect();
                    edits.push((source, list::up_to_next(&spans, position, func.sig().params_span.end - 1)));
                    for (call, _) in args {
                        let spans: Vec<Span> = call.args.iter().map(|arg| arg.span).collect();
                        let source = self.program.def(call.holder).location.source;
                        edits.push((source, list::up_to_next(&spans, position, call.end)));
                    }
                }
            }
        }
        let mut changed = false;
        for (source, span) in edits {
            changed |= skeleton.add(source, Edit::delete(span));
        }
        changed
    }

    fn is_of_trait(&self, id: DefId) -> bool {
        self.program.def(id).parent.is_some_and(|parent| {
            self.program.def(parent).kind == DefKind::Trait
                || self.program.impl_of(parent).is_some_and(|info| info.trait_.is_some())
        })
    }

    /// Kept functions that a request may run: those that start-up does not call, or only a closure of it, and what they lead to.
    fn run_by_requests(&self, cut: &CutProgram<'_>, kept: &Live) -> BTreeSet<DefId> {
        let program = self.program;
        let is_function = |id: &DefId| matches!(program.def(*id).kind, DefKind::Fn | DefKind::Method);
        let mut by_name: BTreeMap<&Name, Vec<DefId>> = BTreeMap::new();
        for &id in kept.defs.iter().filter(|id| is_function(id)) {
            by_name.entry(&program.def(id).name).or_default().push(id);
        }
        let mut found: BTreeSet<DefId> = kept
            .defs
            .iter()
            .copied()
            .filter(|id| is_function(id) && !self.start_up.contains_key(id))
            .collect();
        for (id, closures) in self.start_up.iter().filter(|(id, _)| kept.defs.contains(id)) {
            let leads = self.leads.of(*id);
            let later =
                leads.iter().filter(|lead| closures.iter().any(|closure| closure.contains(lead.span)));
            found.extend(later.flat_map(|lead| &lead.defs).filter(|to| is_function(to)));
        }
        let mut queue: Vec<DefId> = found.iter().copied().collect();
        while let Some(id) = queue.pop() {
            let source = program.def(id).location.source;
            for lead in self.leads.of(id).iter().filter(|lead| !cut.is_gone(source, lead.span)) {
                let named = lead.called.as_ref().and_then(|name| by_name.get(name)).into_iter().flatten();
                for &to in lead.defs.iter().chain(named) {
                    if is_function(&to) && kept.defs.contains(&to) && found.insert(to) {
                        queue.push(to);
                    }
                }
            }
        }
        found
    }
}

/// The entry and what it calls, each with its closures: those may run for a request. Handlers are values, so they are not among them.
fn start_up(program: &Program, entry: DefId) -> BTreeMap<DefId, Vec<Span>> {
    let mut found = BTreeMap::from([(entry, closures(program, entry))]);
    let mut queue = vec![entry];
    while let Some(from) = queue.pop() {
        let later = found.get(&from).cloned().unwrap_or_default();
        let calls = program.edges_from(from).iter().filter(|edge| {
            edge.kind == EdgeKind::Call && !later.iter().any(|closure| closure.contains(edge.location.span))
        });
        for edge in calls {
            if let Entry::Vacant(place) = found.entry(edge.to) {
                place.insert(closures(program, edge.to));
                queue.push(edge.to);
            }
        }
    }
    found
}

/// Places of the closures in a function's body.
fn closures(program: &Program, id: DefId) -> Vec<Span> {
    let mut found = Vec::new();
    if let Some(body) = program.func(id).and_then(Fn::block) {
        visit::exprs_in_block(body, &mut |expr| {
            if matches!(expr.kind, ExprKind::Closure(_)) {
                found.push(expr.span);
            }
        });
    }
    found
}

/// A function of the output while it is cut.
struct At<'s, 'a> {
    state: &'s State<'a>,
    cut: &'s CutProgram<'s>,
    kept: &'s Live,
}

impl<'s, 'a> At<'s, 'a> {
    /// Whether nothing sees that a value is not made: neither an effect of making it, nor that what it holds is dropped earlier.
    fn is_unseen(&self, def: &Def, value: &Expr, depth: usize) -> bool {
        if depth > MAX_DEPTH || !self.state.effects.is_none(def, value) {
            return false;
        }
        let mut unseen = true;
        visit::exprs_while(value, &mut |expr| {
            if let ExprKind::Path(path) = &expr.kind
                && let Some(name) = path.as_ident()
            {
                unseen = unseen && self.is_name_unseen(def, name, expr.span, depth);
            }
            unseen
        });
        unseen
    }

    /// Whether the binding that a name means may go, or stays for another use.
    fn is_name_unseen(&self, def: &Def, name: &Name, at: Span, depth: usize) -> bool {
        let Some(func) = self.state.program.func(def.id) else { return false };
        let Some(body) = Fn::block(func) else { return false };
        let source = def.location.source;
        let used_elsewhere = |within: Span| {
            let uses = self.uses(def, name, within);
            uses.iter().any(|use_| !at.contains(*use_) && !self.cut.is_gone(source, *use_))
        };
        let mut bound: Option<(bool, Option<&Expr>, Span)> = None;
        visit::stmts(body, &mut |stmt| {
            if let StmtKind::Let { pat, init, .. } = &stmt.kind
                && stmt.span.end <= at.start
                && binds(pat, name)
            {
                bound = Some((plain(pat).is_some(), init.as_ref(), Span::new(stmt.span.end, body.span.end)));
            }
        });
        if let Some((is_plain, init, rest)) = bound {
            let init_unseen = || init.is_none_or(|init| self.is_unseen(def, init, depth + 1));
            return used_elsewhere(rest) || (is_plain && init_unseen());
        }
        let Some(position) = func.sig().params.iter().position(|param| binds(&param.pat, name)) else {
            // `self`, a constant, or a binding inside of the value.
            return true;
        };
        used_elsewhere(body.span)
            || self.only_calls(def.id).is_some_and(|calls| {
                calls.iter().all(|call| {
                    let holder = self.state.program.def(call.holder);
                    call.args.get(position).is_some_and(|arg| self.is_unseen(holder, arg, depth + 1))
                })
            })
    }

    /// Uses of a name as a local in a part of a body.
    fn uses(&self, def: &Def, name: &Name, within: Span) -> Vec<Span> {
        let facts = self.state.program.tree.facts(def.location.source);
        let mentions = facts.mentions_in(within).iter();
        mentions
            .filter(|mention| {
                matches!(mention.kind, MentionKind::Path | MentionKind::FormatCapture | MentionKind::Label)
                    && mention.segments.len() == 1
                    && mention.segments[0].name == *name
            })
            .map(|mention| mention.span)
            .collect()
    }

    /// The kept calls of a function, where nothing else names it.
    fn only_calls(&self, id: DefId) -> Option<Vec<&'s Call<'a>>> {
        let program = self.state.program;
        let has_receiver = program.func(id)?.sig().receiver.is_some();
        let is_kept = |holder: DefId, span: Span| {
            self.kept.defs.contains(&holder) && !self.cut.is_gone(program.def(holder).location.source, span)
        };
        let calls: Vec<&Call<'a>> = self
            .state
            .index
            .calls
            .get(&id)?
            .iter()
            .filter(|call| is_kept(call.holder, call.callee))
            .collect();
        let name = &program.def(id).name;
        let is_call = |holder: DefId, span: Span| {
            calls.iter().any(|call| call.holder == holder && call.callee.contains(span))
        };
        let all_are_calls = self.kept.defs.iter().all(|&holder| {
            self.state.leads.of(holder).iter().all(|lead| {
                let may_name = lead.defs.contains(&id) || lead.called.as_ref() == Some(name);
                !may_name || !is_kept(holder, lead.span) || is_call(holder, lead.span)
            })
        });
        let fit = calls.iter().all(|call| call.by_method == has_receiver);
        (all_are_calls && fit && !calls.is_empty()).then_some(calls)
    }
}

fn plain(pat: &Pat) -> Option<&Name> {
    match &pat.kind {
        PatKind::Ident { ident, sub: None, .. } => Some(&ident.name),
        _ => None,
    }
}

fn binds(pat: &Pat, name: &Name) -> bool {
    let mut found = false;
    visit::pat_and_inner(pat, &mut |pat| {
        found |= matches!(&pat.kind, PatKind::Ident { ident, .. } if ident.name == *name);
    });
    found
}
