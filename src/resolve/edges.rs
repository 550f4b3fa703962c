//! Edges between definitions: calls, values, constants and types named, and what runs without being named.
//!
//! Input: live definitions with their bodies inferred. Output: `CallEdge`s sorted by their start and place.
//! Deliberately absent: reachability (`graph`).

use rayon::prelude::*;

use super::evidence::Evidence;
use super::infer::{BodyTypes, CallSite, Implicit, implicit};
use super::program::{CallEdge, Def, DefId, DefKind, EdgeKind, Program};
use super::scope::{Namespace, Res};
use super::types::Ty;
use crate::certainty::Certainty;
use crate::ordered::UnorderedSet;
use crate::span::{Location, Span};
use crate::stack::on_all_cores;
use crate::syntax::{ItemKind, Mention, MentionKind, Name};

/// So many definitions are looked at in one piece.
const PIECE: usize = 64;

/// The edges that start at one definition with its body, but for calls through bounds and what frameworks call around handlers.
pub(super) fn of(program: &Program, def: &Def, body: Option<&BodyTypes>) -> Vec<CallEdge> {
    let mut from = From { program, def, edges: Vec::new() };
    if let Some(body) = body {
        let open: Vec<usize> = body.dispatched.iter().map(|dispatched| dispatched.call).collect();
        let decided = body.calls.iter().enumerate().filter(|(at, _)| !open.contains(at));
        decided.for_each(|(_, site)| from.site(site));
        from.body(body);
    }
    from.mentions();
    from.edges
}

/// Those that depend on the whole program: calls through bounds, and what frameworks call around a handler.
fn of_whole(program: &Program, def: &Def, is_value: bool) -> Vec<CallEdge> {
    let mut from = From { program, def, edges: Vec::new() };
    if let Some(body) = program.body(def.id) {
        let open = body.dispatched.iter().filter_map(|dispatched| body.calls.get(dispatched.call));
        open.for_each(|site| from.site(site));
    }
    if is_value {
        from.handler();
    }
    from.edges
}

/// Fills `program.edges`: with those of each live definition, and those that depend on the whole program.
pub(super) fn fill(program: &mut Program, mut edges: Vec<CallEdge>) {
    super::infer::lead_through_bounds(program);
    let shared: &Program = program;
    on_all_cores(|| {
        let live: Vec<&Def> = shared.live_defs().collect();
        let values = functions_as_values(shared, &live);
        let more = |def: &&Def| of_whole(shared, def, values.contains(&def.id));
        edges.par_extend(live.par_iter().with_max_len(PIECE).flat_map_iter(more));
        edges.par_sort_by_key(|edge| (edge.from, edge.location, edge.kind, edge.to, edge.certainty));
    });
    edges.dedup_by_key(|edge| (edge.from, edge.location, edge.kind, edge.to));
    program.edges = edges;
}

/// Functions that are passed on: only these can be handlers or layers.
fn functions_as_values(program: &Program, live: &[&Def]) -> UnorderedSet<DefId> {
    let passed_on = |def: &&Def| {
        let body = program.body(def.id).into_iter();
        let sites = body.flat_map(|body| {
            body.calls.iter().filter(|site| !site.is_call && !body.to_std.contains(&site.span))
        });
        sites.flat_map(CallSite::defs)
    };
    let passed: Vec<DefId> = live.par_iter().with_max_len(PIECE).flat_map_iter(passed_on).collect();
    let mut values = UnorderedSet::default();
    for def in passed {
        values.insert(def);
    }
    values
}

/// The edges that start at one definition.
struct From<'p> {
    program: &'p Program,
    def: &'p Def,
    edges: Vec<CallEdge>,
}

impl From<'_> {
    fn add(&mut self, to: DefId, kind: EdgeKind, span: Span, certainty: Certainty, evidence: Evidence) {
        if to == self.def.id && kind != EdgeKind::Call {
            return;
        }
        let location = Location { source: self.def.location.source, span };
        self.edges.push(CallEdge { from: self.def.id, to, kind, location, certainty, evidence });
    }

    fn site(&mut self, site: &CallSite) {
        let kind = if site.is_call { EdgeKind::Call } else { EdgeKind::Value };
        for def in site.defs() {
            self.add(def, kind, site.name, site.certainty, site.evidence);
        }
    }

    /// What a body leads to without calls in the text.
    fn body(&mut self, body: &BodyTypes) {
        let program = self.program;
        for implicit in &body.implicit {
            let Implicit { def, span, certainty, evidence } = *implicit;
            self.add(def, EdgeKind::Implicit, span, certainty, evidence);
        }
        for &(def, span) in &body.consts {
            self.add(def, EdgeKind::Const, span, Certainty::Proved, Evidence::Path);
        }
        for &(ty, span) in &body.dropped {
            let returned = program.sig(self.def.id).is_some_and(|sig| holds(&sig.ret, ty));
            let found = implicit::impls_named(program, ty, "Drop").filter(|_| !returned);
            for drop in found.filter_map(|info| implicit::function_of(program, info, "drop")) {
                self.add(drop, EdgeKind::Implicit, span, Certainty::Inferred, Evidence::Drop);
            }
        }
    }

    /// Types named anywhere in the tokens, and functions named in attribute strings.
    fn mentions(&mut self) {
        let def = self.def;
        if matches!(def.kind, DefKind::Variant | DefKind::Impl | DefKind::Trait | DefKind::MacroCall) {
            if def.kind == DefKind::Impl {
                self.impl_header();
            }
            return;
        }
        let program = self.program;
        for mention in program.mentions(def.id) {
            match mention.kind {
                MentionKind::Path => self.type_path(mention),
                MentionKind::InAttribute => self.attribute_path(mention),
                _ => {}
            }
        }
    }

    fn impl_header(&mut self) {
        let Some(info) = self.program.impl_of(self.def.id) else { return };
        let ItemKind::Impl(implementation) = &self.def.item.kind else { return };
        if let Some(ty) = info.self_ty.peel().def() {
            self.add(ty, EdgeKind::Type, implementation.self_ty.span, Certainty::Proved, Evidence::Path);
        }
        if let (Some(trait_), Some(path)) = (info.trait_.as_ref().and_then(Res::def), &implementation.trait_)
        {
            self.add(trait_, EdgeKind::Type, path.span, Certainty::Proved, Evidence::Path);
        }
    }

    /// The longest start of the path that names a type.
    fn type_path(&mut self, mention: &Mention) {
        let capital =
            mention.segments.iter().rposition(|segment| segment.name.starts_with(char::is_uppercase));
        let Some(capital) = capital else { return };
        let names: Vec<Name> = mention.segments.iter().map(|segment| segment.name.clone()).collect();
        if names[0] == "Self" {
            return;
        }
        for len in (1..=capital + 1).rev() {
            let found = self.program.resolve_names(
                &names[..len],
                Namespace::Types,
                self.def.module,
                Some(self.def.id),
            );
            if let Some(Res::Def(id)) = found {
                let kind = self.program.def(id).kind;
                let is_type = matches!(
                    kind,
                    DefKind::Struct | DefKind::Enum | DefKind::Union | DefKind::Trait | DefKind::TypeAlias
                );
                if is_type {
                    self.add(id, EdgeKind::Type, mention.span, Certainty::Proved, Evidence::Path);
                    return;
                }
            }
        }
    }

    /// `#[serde(default = "path")]`, `#[serde(with = "module")]`.
    fn attribute_path(&mut self, mention: &Mention) {
        let names: Vec<Name> = mention.segments.iter().map(|segment| segment.name.clone()).collect();
        let (program, def) = (self.program, self.def);
        match program.resolve_names(&names, Namespace::Values, def.module, Some(def.id)) {
            Some(Res::Def(id)) if matches!(program.def(id).kind, DefKind::Fn | DefKind::Method) => {
                self.add(id, EdgeKind::Implicit, mention.span, Certainty::Proved, Evidence::Attribute);
                return;
            }
            _ => {}
        }
        if let Some(Res::Module(_)) =
            program.resolve_names(&names, Namespace::Types, def.module, Some(def.id))
        {
            for function in ["serialize", "deserialize"] {
                let mut inside = names.clone();
                inside.push(Name::new(function));
                let found = program.resolve_names(&inside, Namespace::Values, def.module, Some(def.id));
                if let Some(Res::Def(id)) = found {
                    self.add(id, EdgeKind::Implicit, mention.span, Certainty::Proved, Evidence::Attribute);
                }
            }
        }
    }

    /// What a framework calls around a function that is passed to it: extractors before, the response after.
    fn handler(&mut self) {
        let program = self.program;
        let (Some(sig), Some(func)) = (program.sig(self.def.id), program.func(self.def.id)) else { return };
        for (ty, param) in sig.params.iter().zip(&func.sig().params) {
            self.parts(
                ty,
                param.ty.span,
                Evidence::Extractor,
                &[
                    ("FromRequestParts", "from_request_parts"),
                    ("FromRequest", "from_request"),
                    ("OptionalFromRequestParts", "from_request_parts"),
                    ("OptionalFromRequest", "from_request"),
                    ("FromRef", "from_ref"),
                ],
            );
        }
        let ret = match &sig.ret {
            Ty::Future(inner) => inner,
            other => other,
        };
        let span = func.sig().ret.as_ref().map_or(func.sig().params_span, |ret| ret.span);
        self.parts(
            ret,
            span,
            Evidence::Response,
            &[("IntoResponse", "into_response"), ("IntoResponseParts", "into_response_parts")],
        );
    }

    /// Impls of the traits for the types of the program anywhere in a type.
    fn parts(&mut self, ty: &Ty, span: Span, evidence: Evidence, traits: &[(&str, &str)]) {
        match ty {
            Ty::Def(id, args) => {
                for &(trait_, function) in traits {
                    // `FromRef` stands on the part, everything else on the type itself.
                    for info in implicit::impls_named(self.program, *id, trait_) {
                        if let Some(def) = implicit::function_of(self.program, info, function) {
                            self.add(def, EdgeKind::Implicit, span, Certainty::Proved, evidence);
                        }
                    }
                }
                for arg in args {
                    self.parts(arg, span, evidence, traits);
                }
            }
            Ty::External(_, args) | Ty::Tuple(args) => {
                for arg in args {
                    self.parts(arg, span, evidence, traits);
                }
            }
            Ty::Ref(inner) | Ty::Future(inner) => self.parts(inner, span, evidence, traits),
            _ => {}
        }
    }
}

/// Whether a type is, or has in its arguments, a type of the program.
fn holds(ty: &Ty, id: DefId) -> bool {
    match ty {
        Ty::Def(own, args) => *own == id || args.iter().any(|arg| holds(arg, id)),
        Ty::External(_, args) | Ty::Tuple(args) => args.iter().any(|arg| holds(arg, id)),
        Ty::Ref(inner) | Ty::Future(inner) => holds(inner, id),
        _ => false,
    }
}
