//! The API document that routers describe themselves in: `split_for_parts` of `utoipa-axum`, `finish_api` of `aide`.
//!
//! Input: the functions that build routers, and the calls of the router. Output: whose answer holds the document. A function that answers
//! with it keeps every documented route, or it would list its own routes only. Deliberately absent: documents that a derive makes of paths
//! in its attribute: their handlers are kept by name.
//!
//! Sources: `utoipa_axum::router::OpenApiRouter`, `aide::axum::ApiRouter`.

use std::collections::BTreeSet;

use crate::ordered::UnorderedSet;
use crate::resolve::{DefId, Program};
use crate::routes::{Op, OpKind, Router};
use crate::span::{Location, Span};
use crate::syntax::ast::{Block, Expr, ExprKind, PatKind, StmtKind};
use crate::syntax::{MentionKind, Name, visit};

/// Where the code uses a document.
#[derive(Debug, Default)]
pub(super) struct Documents {
    /// Names that hold one, in calls on a router.
    uses: Vec<Location>,
    /// Functions that hand one on: what becomes of it is not followed.
    pub(super) handed_on: Vec<DefId>,
}

impl Documents {
    pub(super) fn of(program: &Program, routers: &BTreeSet<DefId>, router: &Router) -> Self {
        let calls: Vec<Location> =
            router.all().into_iter().flat_map(|router| &router.ops).map(|op| op.call).collect();
        let mut documents = Self::default();
        for &id in routers {
            if let Some(body) = program.func(id).and_then(|func| func.block()) {
                documents.read(program, id, body, &calls);
            }
        }
        documents
    }

    /// Whether what a function answers holds a document: one of its own routes does, or something that only `$default` leads to.
    pub(super) fn are_answered(&self, router: &Router, own: &BTreeSet<usize>, is_edge: bool) -> bool {
        let uses = |op: &Op| {
            let mut uses = self.uses.iter();
            uses.any(|place| place.source == op.call.source && op.call.span.contains(place.span))
        };
        !self.uses.is_empty()
            && router.ops.iter().any(|op| match &op.kind {
                OpKind::Route { methods, .. } => {
                    uses(op) && methods.iter().any(|entry| own.contains(&entry.route))
                }
                OpKind::RouteService { route, .. } => uses(op) && own.contains(route),
                OpKind::Nest { inner, .. } | OpKind::Merge { inner } => {
                    (is_edge && uses(op)) || self.are_answered(inner, own, is_edge)
                }
                _ => is_edge && uses(op),
            })
    }

    fn read(&mut self, program: &Program, id: DefId, body: &Block, calls: &[Location]) {
        let source = program.def(id).location.source;
        let mut names = named(body);
        if names.is_empty() {
            return;
        }
        let facts = program.tree.facts(source);
        let holding = |names: &UnorderedSet<Name>, within: Span| {
            let mentions = facts.mentions_in(within).iter().filter(|mention| {
                matches!(mention.kind, MentionKind::Path | MentionKind::FormatCapture)
                    && names.contains(&mention.segments[0].name)
            });
            mentions.map(|mention| mention.span).collect::<Vec<_>>()
        };
        let in_call = |span: Span| calls.iter().any(|call| call.source == source && call.span.contains(span));
        // What is made of a document holds it too.
        loop {
            let before = names.len();
            visit::stmts(body, &mut |stmt| {
                if let StmtKind::Let { pat, init: Some(init), .. } = &stmt.kind
                    && holding(&names, init.span).into_iter().any(|span| !in_call(span))
                {
                    visit::pat_and_inner(pat, &mut |pat| {
                        if let PatKind::Ident { ident, .. } = &pat.kind {
                            names.insert(ident.name.clone());
                        }
                    });
                }
            });
            if names.len() == before {
                break;
            }
        }
        let uses = holding(&names, body.span).into_iter().filter(|&span| in_call(span));
        self.uses.extend(uses.map(|span| Location { source, span }));
        let mut given = Vec::new();
        if let Some(StmtKind::Expr { expr, semi: false }) = body.stmts.last().map(|stmt| &stmt.kind) {
            given.push(expr.span);
        }
        visit::exprs_in_block(body, &mut |expr| {
            if let ExprKind::Return(Some(value)) = &expr.kind {
                given.push(value.span);
            }
        });
        if given.into_iter().flat_map(|span| holding(&names, span)).any(|span| !in_call(span)) {
            self.handed_on.push(id);
        }
    }
}

/// Names of a body that are bound to a document.
fn named(body: &Block) -> UnorderedSet<Name> {
    let mut names = UnorderedSet::default();
    visit::stmts(body, &mut |stmt| {
        let StmtKind::Let { pat, init: Some(init), .. } = &stmt.kind else { return };
        match (&pat.kind, last_method(init)) {
            (PatKind::Tuple(parts), Some("split_for_parts")) => {
                if let Some(PatKind::Ident { ident, .. }) = parts.get(1).map(|part| &part.kind) {
                    names.insert(ident.name.clone());
                }
            }
            (PatKind::Ident { ident, .. }, Some("into_openapi" | "to_openapi")) => {
                names.insert(ident.name.clone());
            }
            _ => {}
        }
    });
    visit::exprs_in_block(body, &mut |expr| {
        if let ExprKind::MethodCall(call) = &expr.kind
            && call.method.name.starts_with("finish_api")
            && let Some(ExprKind::Ref(document)) = call.args.first().map(|arg| &arg.kind)
            && let ExprKind::Path(path) = &document.kind
            && let Some(name) = path.as_ident()
        {
            names.insert(Name::new(name));
        }
    });
    names
}

fn last_method(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::MethodCall(call) => Some(call.method.name.as_str()),
        _ => None,
    }
}
