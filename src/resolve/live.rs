//! Which definitions the analysed package leads to: their bodies are inferred, and their references are edges.
//!
//! Rapid type analysis (D. Bacon and P. Sweeney, OOPSLA 1996): from every definition of the analysed package on, what live code calls or
//! names is live, and a call through a bound leads to the types that live code puts there. Where a call of a method leads is sometimes not
//! known: then every method of that name is live. What a framework may call without naming it counts with its type: the trait impls of a
//! live type, and those for types of other crates. Of dependencies the rest stays text.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::edges;
use super::infer::{self, BodyTypes, CallSite, Why};
use super::program::{CallEdge, Def, DefId, DefKind, ImplInfo, Program};
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::span::{Location, SourceId, Span};
use crate::stack::each_reached;

/// Length of the definitions that one core follows at a time, in bytes.
const PIECE: u32 = 8_000;
/// Nothing counts as shorter.
const SHORTEST: u32 = 100;

/// Fills bodies, edges and what is live. Bodies that are known already are kept.
pub(super) fn fill(program: &mut Program) {
    let mut live = Live::of(program);
    let roots = program.defs.iter().filter(|def| {
        let krate = program.tree.module(def.module).krate;
        program.tree.krate(krate).package == 0
    });
    roots.for_each(|def| live.mark(program, def.id));
    let mut edges = Vec::new();
    let mut asked = UnorderedSet::default();
    let mut through_bounds = Vec::new();
    while !live.open.is_empty() {
        let mut ids = Vec::new();
        let found = follow(program, &mut live);
        edges.reserve(found.iter().flatten().map(|followed| followed.edges.len()).sum());
        for Followed { id, edges: found, .. } in found.into_iter().flatten() {
            edges.extend(found);
            ids.push(id);
        }
        // Which core was first must not be seen in what is used.
        ids.sort_unstable();
        for id in ids {
            if let Some(body) = program.bodies[id.0 as usize].get().and_then(Option::as_deref) {
                program.uses.add(body);
                let pairs = body.dispatched.iter().map(|one| (one.bound, one.method));
                through_bounds.extend(pairs.filter(|&pair| asked.insert(pair)));
            }
        }
        // With what is used so far; what that leads to may use more.
        for &(bound, method) in &through_bounds {
            for def in program.uses.targets(program, bound, method) {
                live.mark(program, def);
            }
        }
    }
    program.live = live.marked;
    edges::fill(program, edges);
}

/// Follows the open definitions and all that they lead to by themselves, in pieces. In no certain order.
fn follow(program: &Program, live: &mut Live) -> Vec<Vec<Followed>> {
    let open = pieces(program, std::mem::take(&mut live.open));
    let live = Mutex::new(live);
    let one = |piece: Piece| {
        let found: Vec<Followed> = piece.defs.into_iter().map(|id| Followed::of(program, id)).collect();
        let mut live = live.lock().unwrap_or_else(PoisonError::into_inner);
        for def in found.iter().flat_map(Followed::leads_to) {
            live.mark(program, def);
        }
        let open = std::mem::take(&mut live.open);
        drop(live);
        (found, pieces(program, open))
    };
    // Bodies may nest as deep as the parser allows, which the stack of an ordinary thread does not hold.
    each_reached(open, one)
}

/// Definitions that one core follows at a time. Long ones are greater.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    /// In bytes.
    length: u32,
    defs: Vec<DefId>,
}

/// Definitions in pieces of about the same length, so that no core is left with a long one in the end.
fn pieces(program: &Program, mut defs: Vec<DefId>) -> Vec<Piece> {
    let length = |id: DefId| program.def(id).location.span.len().max(SHORTEST);
    defs.sort_by_key(|&id| Reverse(length(id)));
    let mut pieces: Vec<Piece> = Vec::new();
    for id in defs {
        let length = length(id);
        match pieces.last_mut() {
            Some(piece) if piece.length + length <= PIECE => {
                piece.length += length;
                piece.defs.push(id);
            }
            _ => pieces.push(Piece { length, defs: vec![id] }),
        }
    }
    pieces
}

/// What one definition leads to by itself; its body is known then.
struct Followed {
    id: DefId,
    edges: Vec<CallEdge>,
    /// Methods that its calls of unknown target may mean.
    named: Vec<DefId>,
}

impl Followed {
    fn of(program: &Program, id: DefId) -> Self {
        let body = program.bodies[id.0 as usize].get_or_init(|| infer::of(program, id).map(Box::new));
        let edges = edges::of(program, program.def(id), body.as_deref());
        let named = body.iter().flat_map(|body| program.named_by_unresolved(id, body)).collect();
        Self { id, edges, named }
    }

    fn leads_to(&self) -> impl Iterator<Item = DefId> {
        self.edges.iter().map(|edge| edge.to).chain(self.named.iter().copied())
    }
}

struct Live {
    /// By `DefId`.
    marked: Vec<bool>,
    /// Marked, and not looked into yet.
    open: Vec<DefId>,
    /// By `KrateId`: whether anything of the crate is live.
    krates: Vec<bool>,
}

impl Live {
    fn of(program: &Program) -> Self {
        Self {
            marked: vec![false; program.defs.len()],
            open: Vec::new(),
            krates: vec![false; program.tree.krates.len()],
        }
    }

    fn mark(&mut self, program: &Program, id: DefId) {
        // Most are marked already.
        if self.marked[id.0 as usize] {
            return;
        }
        let mut queue = vec![id];
        while let Some(id) = queue.pop() {
            if std::mem::replace(&mut self.marked[id.0 as usize], true) {
                continue;
            }
            self.open.push(id);
            let def = program.def(id);
            queue.extend(def.parent);
            queue.extend(program.members_that_run(def));
            let krate = program.tree.module(def.module).krate;
            if !std::mem::replace(&mut self.krates[krate.0 as usize], true) {
                queue.extend(program.foreign_impls(krate));
            }
        }
    }
}

impl Program {
    /// Whether the analysed package leads to a definition.
    pub fn is_live(&self, id: DefId) -> bool {
        self.live.get(id.0 as usize).is_some_and(|&live| live)
    }

    /// The definitions to which the analysed package leads, in order.
    pub fn live_defs(&self) -> impl Iterator<Item = &Def> {
        self.defs.iter().filter(|def| self.is_live(def.id))
    }

    /// The functions among these in which one of the places lies, in order.
    pub fn live_fns_around(&self, places: impl Iterator<Item = Location>) -> impl Iterator<Item = &Def> {
        let mut starts: UnorderedMap<SourceId, BTreeSet<u32>> = UnorderedMap::default();
        for place in places {
            starts.entry(place.source).or_default().insert(place.span.start);
        }
        self.live_defs().filter(move |def| {
            let Span { start, end } = def.location.span;
            matches!(def.kind, DefKind::Fn | DefKind::Method)
                && starts
                    .get(&def.location.source)
                    .is_some_and(|starts| starts.range(start..end).next().is_some())
        })
    }

    /// By `DefId`: whether these definitions lead there, by the rules above.
    pub fn reached(&self, roots: &[DefId]) -> Vec<bool> {
        let mut live = Live::of(self);
        roots.iter().for_each(|&root| live.mark(self, root));
        while let Some(id) = live.open.pop() {
            self.edges_from(id).iter().for_each(|edge| live.mark(self, edge.to));
            if let Some(body) = self.body(id) {
                self.named_by_unresolved(id, body).for_each(|def| live.mark(self, def));
            }
        }
        live.marked
    }

    /// The methods that calls of unknown target in a body may mean.
    fn named_by_unresolved(&self, id: DefId, body: &BodyTypes) -> impl Iterator<Item = DefId> {
        let source = self.def(id).location.source;
        let sites = body.calls.iter().filter(|site| {
            matches!(site.why(), Some(Why::UnknownReceiver | Why::NoSuchMethod | Why::Ambiguous))
        });
        let name = move |site: &CallSite| self.tree.sources.text(Location { source, span: site.name });
        sites.flat_map(move |site| self.methods_named(name(site)))
    }

    /// What may run once a definition is used, without being named: members of trait impls of a type, and of a trait.
    fn members_that_run(&self, def: &Def) -> Vec<DefId> {
        let of_impl =
            |info: &ImplInfo| [info.def].into_iter().chain(info.items.iter().copied()).collect::<Vec<_>>();
        match def.kind {
            DefKind::Struct | DefKind::Enum | DefKind::Union => {
                let impls = self.impls_of_type(def.id).iter().map(|&id| self.impl_info(id));
                impls.filter(|info| info.trait_.is_some()).flat_map(of_impl).collect()
            }
            DefKind::Trait => {
                let impls = self.impls_of_trait(def.id).iter().map(|&id| self.impl_info(id));
                let foreign = impls.filter(|info| info.self_ty.peel().def().is_none()).flat_map(of_impl);
                self.members(def.id).iter().copied().chain(foreign).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Impls of a crate that are found through neither a type nor a trait of the program.
    fn foreign_impls(&self, krate: crate::load::KrateId) -> Vec<DefId> {
        let is_foreign = |info: &&ImplInfo| {
            let trait_ = info.trait_.as_ref();
            self.tree.module(self.def(info.def).module).krate == krate
                && trait_.is_some_and(|trait_| trait_.def().is_none())
                && info.self_ty.peel().def().is_none()
        };
        let impls = self.impls.iter().filter(is_foreign);
        impls.flat_map(|info| [info.def].into_iter().chain(info.items.iter().copied())).collect()
    }
}

#[cfg(test)]
mod tests;
