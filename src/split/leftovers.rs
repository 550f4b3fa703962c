//! What a cut leaves without use: local bindings, parameters, assignments of a variable to itself, and `mut`.
//!
//! A binding whose uses are all cut goes too where its initialiser has no other effect; otherwise it stays under a name with `_`.

use std::collections::BTreeSet;

use super::edit::Edit;
use super::effects::Effects;
use super::files::cut_leaves;
use super::live::CutProgram;
use super::skeleton::Skeleton;
use crate::load::KrateId;
use crate::resolve::{Def, DefId, Program};
use crate::routes::Router;
use crate::span::{Location, Span};
use crate::syntax::ast::{
    Block, Expr, ExprKind, Fn, Pat, PatKind, Stmt, StmtKind, TypeKind, UseLeaf, UseTree,
};
use crate::syntax::{Item, ItemKind, MentionKind, Name, visit};

/// Functions whose bodies build routers: calling them has no other effect.
pub(super) fn router_functions(program: &Program, router: &Router) -> BTreeSet<DefId> {
    let of_router = |router: &Router| -> Vec<Location> {
        std::iter::once(router.origin).chain(router.ops.iter().map(|op| op.call)).collect()
    };
    let places: Vec<Location> = router.all().into_iter().flat_map(of_router).collect();
    let builds = |def: &&Def| {
        let holds =
            |place: &Location| place.source == def.location.source && def.location.span.contains(place.span);
        program.func(def.id).is_some() && places.iter().any(holds)
    };
    program.defs.iter().filter(builds).map(|def| def.id).collect()
}

/// Adds the edits that take leftovers out of every function that the skeleton cuts.
pub(super) fn clear(
    program: &Program,
    krates: &BTreeSet<KrateId>,
    effects: &Effects<'_>,
    skeleton: &mut Skeleton,
) {
    clear_bindings(program, krates, effects, skeleton);
    for id in cut_functions(program, krates, skeleton) {
        mark_unused(program, effects, program.def(id), skeleton);
    }
}

/// The same for what stands in bodies, but not for parameters; whether there was anything.
pub(super) fn clear_bindings(
    program: &Program,
    krates: &BTreeSet<KrateId>,
    effects: &Effects<'_>,
    skeleton: &mut Skeleton,
) -> bool {
    let mut changed = false;
    for id in cut_functions(program, krates, skeleton) {
        // Each round may take the last use of another binding.
        while round(program, effects, program.def(id), skeleton) {
            changed = true;
        }
    }
    changed
}

/// Functions that the skeleton cuts.
fn cut_functions(program: &Program, krates: &BTreeSet<KrateId>, skeleton: &Skeleton) -> Vec<DefId> {
    program
        .defs
        .iter()
        .filter(|def| krates.contains(&program.tree.module(def.module).krate))
        .filter(|def| skeleton.gone(def.location.source).any(|gone| def.location.span.contains(gone)))
        .filter(|def| program.func(def.id).is_some_and(|func| func.body.is_some()))
        .map(|def| def.id)
        .collect()
}

struct Body<'a> {
    program: &'a Program,
    effects: &'a Effects<'a>,
    def: &'a Def,
    text: &'a str,
}

fn round(program: &Program, effects: &Effects<'_>, def: &Def, skeleton: &mut Skeleton) -> bool {
    let Some(body) = program.func(def.id).and_then(Fn::block) else { return false };
    let source = def.location.source;
    let at = Body { program, effects, def, text: &program.tree.sources.get(source).text };
    let mut edits: Vec<Edit> = Vec::new();
    {
        let cut = CutProgram::new(program, skeleton);
        let mut stmts: Vec<(Stmt, u32)> = Vec::new();
        collect_stmts(body, &mut stmts);
        let impls: Vec<(&Name, Span)> = stmts.iter().filter_map(|(stmt, _)| local_impl(stmt)).collect();
        for (stmt, previous) in &stmts {
            if cut.is_gone(source, stmt.span) {
                continue;
            }
            match &stmt.kind {
                StmtKind::Let { pat, init, else_: None, .. } => {
                    if at.binds_itself(&cut, pat, init.as_ref()) {
                        edits.push(Edit::delete(Span::new(*previous, stmt.span.end)));
                    } else if let Some((name, span)) = plain_binding(pat) {
                        at.binding(&cut, stmt, *previous, name, span, init.as_ref(), &mut edits);
                    } else {
                        at.part_bindings(
                            &cut,
                            pat,
                            Span::new(stmt.span.end, def.location.span.end),
                            &mut edits,
                        );
                    }
                }
                StmtKind::Item(item) => {
                    let whole = Span::new(*previous, stmt.span.end);
                    if let ItemKind::Use(used) = &item.kind {
                        at.import(&cut, &used.tree, body.span, whole, &mut edits);
                    } else if let ItemKind::Impl(_) = &item.kind {
                        let named = local_impl(stmt).map(|(name, _)| name);
                        let goes = |(stmt, _): &(Stmt, u32)| {
                            matches!(&stmt.kind, StmtKind::Item(item) if Some(&item.name.name) == named
                                && at.is_item_without_use(&cut, item, &impls, body.span))
                        };
                        if stmts.iter().any(goes) {
                            edits.push(Edit::delete(whole));
                        }
                    } else if at.is_item_without_use(&cut, item, &impls, body.span) {
                        edits.push(Edit::delete(whole));
                    }
                }
                StmtKind::Expr { expr, .. } if at.assigns_itself(&cut, expr) => {
                    edits.push(Edit::delete(Span::new(*previous, stmt.span.end)));
                }
                _ => {}
            }
        }
    }
    let mut changed = false;
    for edit in edits {
        changed |= skeleton.add(source, edit);
    }
    changed
}

/// Parameters, and what arms bind, get a name that says so where their uses are all cut.
fn mark_unused(program: &Program, effects: &Effects<'_>, def: &Def, skeleton: &mut Skeleton) {
    let source = def.location.source;
    let at = Body { program, effects, def, text: &program.tree.sources.get(source).text };
    let Some(func) = program.func(def.id) else { return };
    let Some(body) = func.block() else { return };
    let mut edits = Vec::new();
    {
        let cut = CutProgram::new(program, skeleton);
        for param in &func.sig().params {
            if let Some((name, span)) = plain_binding(&param.pat)
                && !name.starts_with('_')
                && !cut.is_gone(source, span)
                && at.was_used(name, body.span)
                && !at.is_used(&cut, name, body.span)
            {
                edits.push(Edit::insert(span.start, "_"));
            }
        }
        visit::exprs_in_block(body, &mut |expr| {
            let ExprKind::Match { arms, .. } = &expr.kind else { return };
            for arm in arms.iter().filter(|arm| !cut.is_gone(source, arm.pat.span)) {
                let rest = Span::new(arm.pat.span.end, arm.body.span.end);
                at.part_bindings(&cut, &arm.pat, rest, &mut edits);
            }
        });
    }
    for edit in edits {
        skeleton.add(source, edit);
    }
}

/// Statements at any depth, each with the end of what stands before it in its block.
fn collect_stmts(block: &Block, out: &mut Vec<(Stmt, u32)>) {
    let mut previous = block.span.start + 1;
    for stmt in &block.stmts {
        out.push((stmt.clone(), previous));
        previous = stmt.span.end;
    }
    visit::exprs_in_block(block, &mut |expr| {
        visit::children(expr, &mut |child| {
            if let visit::Child::Block(inner) = child {
                let mut previous = inner.span.start + 1;
                for stmt in &inner.stmts {
                    out.push((stmt.clone(), previous));
                    previous = stmt.span.end;
                }
            }
        });
    });
}

/// The name of the type that an impl in a body is for, and the span of the statement.
fn local_impl(stmt: &Stmt) -> Option<(&Name, Span)> {
    let StmtKind::Item(item) = &stmt.kind else { return None };
    let ItemKind::Impl(implementation) = &item.kind else { return None };
    let TypeKind::Path(path) = &implementation.self_ty.kind else { return None };
    path.as_ident().map(|name| (name, stmt.span))
}

fn plain_binding(pat: &Pat) -> Option<(&Name, Span)> {
    match &pat.kind {
        PatKind::Ident { ident, sub: None, .. } => Some((&ident.name, ident.span)),
        _ => None,
    }
}

impl Body<'_> {
    #[expect(clippy::too_many_arguments, reason = "one binding with what is known of it")]
    fn binding(
        &self,
        cut: &CutProgram<'_>,
        stmt: &Stmt,
        previous: u32,
        name: &Name,
        name_span: Span,
        init: Option<&Expr>,
        edits: &mut Vec<Edit>,
    ) {
        let rest = Span::new(stmt.span.end, self.def.location.span.end);
        let let_text = &self.text[stmt.span.start as usize..name_span.start as usize];
        let mut_at = let_text.rfind("mut").map(|at| stmt.span.start + at as u32);
        if name.starts_with('_') || !self.was_used(name, rest) {
            return;
        }
        if self.is_used(cut, name, rest) {
            if let Some(mut_at) = mut_at
                && self.lost_assignments(cut, name, rest)
            {
                edits.push(Edit::delete(Span::new(mut_at, name_span.start)));
            }
            return;
        }
        if init.is_none_or(|init| self.effects.is_none(self.def, init)) {
            edits.push(Edit::delete(Span::new(previous, stmt.span.end)));
        } else {
            edits.push(Edit::replace(
                Span::new(mut_at.unwrap_or(name_span.start), name_span.end),
                format!("_{name}"),
            ));
        }
    }

    /// Names that a tuple's pattern binds and only what is gone used: they stay, under a name with `_`.
    fn part_bindings(&self, cut: &CutProgram<'_>, pat: &Pat, rest: Span, edits: &mut Vec<Edit>) {
        let (PatKind::Tuple(parts) | PatKind::TupleStruct { elems: parts, .. }) = &pat.kind else { return };
        for part in parts {
            match plain_binding(part) {
                Some((name, span))
                    if !name.starts_with('_')
                        && self.was_used(name, rest)
                        && !self.is_used(cut, name, rest) =>
                {
                    edits.push(Edit::insert(span.start, "_"));
                }
                Some(_) => {}
                None => self.part_bindings(cut, part, rest, edits),
            }
        }
    }

    fn uses<'s>(&'s self, name: &'s str, within: Span) -> impl Iterator<Item = Span> + 's {
        let facts = self.program.tree.facts(self.def.location.source);
        facts.mentions_in(within).iter().filter_map(move |mention| {
            let is_name = mention.segments.first().is_some_and(|segment| segment.name == name);
            let can_be_local =
                matches!(mention.kind, MentionKind::Path | MentionKind::FormatCapture | MentionKind::Label);
            (is_name && can_be_local && mention.segments.len() == 1).then_some(mention.span)
        })
    }

    /// Cuts the names of an import in the body that only what is gone used; `whole` is the statement with what stands before it.
    fn import(&self, cut: &CutProgram<'_>, tree: &UseTree, body: Span, whole: Span, edits: &mut Vec<Edit>) {
        let facts = self.program.tree.facts(self.def.location.source);
        let is_needed = |leaf: &UseLeaf| {
            let Some(name) = &leaf.name else { return true };
            let mut uses = facts
                .mentions_in(body)
                .iter()
                .filter(|mention| !whole.contains(mention.span) && &mention.segments[0].name == name)
                .map(|mention| mention.span)
                .peekable();
            uses.peek().is_none() || uses.any(|span| !cut.is_gone(self.def.location.source, span))
        };
        let leaves = tree.leaves();
        let kept: Vec<Span> = leaves.iter().filter(|leaf| is_needed(leaf)).map(|leaf| leaf.span).collect();
        if kept.is_empty() {
            edits.push(Edit::delete(whole));
        } else if kept.len() < leaves.len() {
            cut_leaves(tree, &|span| kept.contains(&span), self.text, edits);
        }
    }

    /// Whether all that named an item of the body is gone, but for the `impls` of it, which go with it.
    fn is_item_without_use(
        &self,
        cut: &CutProgram<'_>,
        item: &Item,
        impls: &[(&Name, Span)],
        body: Span,
    ) -> bool {
        let name = match &item.kind {
            ItemKind::Struct(_) | ItemKind::Enum(_) | ItemKind::Fn(_) | ItemKind::TypeAlias { .. } => {
                &item.name.name
            }
            _ => return false,
        };
        let facts = self.program.tree.facts(self.def.location.source);
        let mut uses = facts
            .mentions_in(body)
            .iter()
            .filter(|mention| {
                mention.kind != MentionKind::Definition
                    && !item.span.contains(mention.span)
                    && !impls.iter().any(|(of, span)| *of == name && span.contains(mention.span))
                    && mention.segments.iter().any(|segment| &segment.name == name)
            })
            .map(|mention| mention.span)
            .peekable();
        uses.peek().is_some() && uses.all(|span| cut.is_gone(self.def.location.source, span))
    }

    fn was_used(&self, name: &str, within: Span) -> bool {
        self.uses(name, within).next().is_some()
    }

    fn is_used(&self, cut: &CutProgram<'_>, name: &str, within: Span) -> bool {
        self.uses(name, within).any(|span| !cut.is_gone(self.def.location.source, span))
    }

    /// Whether all assignments to a variable were cut, and there were some.
    fn lost_assignments(&self, cut: &CutProgram<'_>, name: &str, within: Span) -> bool {
        let Some(body) = self.program.func(self.def.id).and_then(crate::syntax::ast::Fn::block) else {
            return false;
        };
        let (mut any, mut kept) = (false, false);
        visit::exprs_in_block(body, &mut |expr| {
            if let ExprKind::Assign { left, .. } = &expr.kind
                && is_name(left, name)
                && within.contains(expr.span)
            {
                any = true;
                kept |= !cut.is_gone(self.def.location.source, expr.span);
            }
        });
        any && !kept
    }

    /// `app = app` once every call on the right is cut.
    fn assigns_itself(&self, cut: &CutProgram<'_>, expr: &Expr) -> bool {
        let ExprKind::Assign { left, right } = &expr.kind else { return false };
        let ExprKind::Path(path) = &left.kind else { return false };
        path.as_ident().is_some_and(|name| self.is_cut_down_to(cut, right, name))
    }

    /// `let app = app` once every call on the right is cut; not where it makes the variable mutable.
    fn binds_itself(&self, cut: &CutProgram<'_>, pat: &Pat, init: Option<&Expr>) -> bool {
        let Some((name, name_span)) = plain_binding(pat) else { return false };
        pat.span == name_span && init.is_some_and(|init| self.is_cut_down_to(cut, init, name))
    }

    /// Whether all calls of a chain are cut and it starts at a variable of that name.
    fn is_cut_down_to(&self, cut: &CutProgram<'_>, chain: &Expr, name: &str) -> bool {
        let mut at = chain;
        let mut any = false;
        while let ExprKind::MethodCall(call) = &at.kind {
            if !cut.is_gone(self.def.location.source, call.call_span) {
                return false;
            }
            any = true;
            at = &call.receiver;
        }
        any && is_name(at, name)
    }
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Path(path) if path.as_ident().is_some_and(|known| known == name))
}
