//! Pieces of code that run: functions, and closures that are handlers, with what they name of other crates.
//!
//! Input: the program, the graph and the routes. Output: what requests run, and what runs before the first request. Deliberately absent:
//! judgement.

use crate::graph::{AppGraph, FunctionNode, Node, Reaching};
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::scope::ExternalPath;
use crate::resolve::{Def, DefId, DefKind, EdgeKind, Namespace, Program, Res};
use crate::routes::RouteTable;
use crate::span::{Location, Span};
use crate::syntax::ast::{Expr, ExprKind, Stmt};
use crate::syntax::{ItemKind, MentionKind, Name, visit};

/// A function, or a closure in one.
#[derive(Debug, Clone)]
pub(super) struct Unit<'a> {
    pub(super) def: &'a Def,
    /// The closure, or the whole function.
    pub(super) location: Location,
    /// Closures in it that are handlers: units of their own.
    without: Vec<Span>,
    /// `shop::handlers::list`.
    pub(super) path: String,
    /// Routes that run it, in the order of the route table; none of what only the start runs.
    pub(super) routes: Vec<usize>,
    /// Of these, the ones whose handlers lead to it, and not only a layer.
    pub(super) handling: Vec<usize>,
    /// What it names of other crates in signature and body, imports looked through; macros of std are `std::name`.
    pub(super) names: Vec<Named>,
}

/// A path into another crate that a unit names.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) path: ExternalPath,
    pub(super) at: Location,
}

/// What routes run, layers included.
pub(super) fn of_routes<'a>(graph: &AppGraph, program: &'a Program) -> Vec<Unit<'a>> {
    let mut units = Vec::new();
    for ((_, node), Reaching { routes, handling }) in graph.nodes().zip(graph.reaching()) {
        let Node::Function(FunctionNode { path, def, location: Some(location), .. }) = node else { continue };
        if routes.is_empty() {
            continue;
        }
        let def = def.or_else(|| enclosing(program, *location));
        if let Some(def) = def {
            let def = program.def(def);
            let names = names(program, def, *location);
            units.push(Unit {
                def,
                location: *location,
                without: Vec::new(),
                path: path.clone(),
                routes,
                handling,
                names,
            });
        }
    }
    units
}

/// What runs before the first request: the function that serves, `main`, and what they call by name.
pub(super) fn of_start<'a>(program: &'a Program, routes: &RouteTable) -> Vec<Unit<'a>> {
    let mut found = routes.starts(program);
    let mut seen = UnorderedSet::default();
    for &start in &found {
        seen.insert(start);
    }
    let mut next = 0;
    while next < found.len() {
        let from = found[next];
        next += 1;
        let calls = program.edges_from(from).iter().filter(|edge| edge.kind == EdgeKind::Call);
        for edge in calls.filter(|edge| !routes.elsewhere.contains(edge.location)) {
            if seen.insert(edge.to) {
                found.push(edge.to);
            }
        }
    }
    let handlers = routes.routes.iter().map(|route| &route.handler);
    let handlers = handlers.chain(routes.fallbacks.iter().map(|fallback| &fallback.handler));
    let closures: Vec<Location> =
        handlers.filter(|handler| handler.def.is_none()).map(|handler| handler.location).collect();
    let unit = |id| {
        let def = program.def(id);
        let inside = closures.iter().filter(|closure| {
            closure.source == def.location.source && def.location.span.contains(closure.span)
        });
        let closures = inside.map(|closure| closure.span);
        let branches = routes.elsewhere.branches(def.location.source).iter().copied();
        let without: Vec<Span> = closures.chain(branches).collect();
        let mut names = names(program, def, def.location);
        names.retain(|named| !without.iter().any(|closure| closure.contains(named.at.span)));
        let path = def.path.clone();
        let (routes, handling) = (Vec::new(), Vec::new());
        Unit { def, location: def.location, without, path, routes, handling, names }
    };
    found.into_iter().map(unit).collect()
}

/// The innermost function around a place.
fn enclosing(program: &Program, place: Location) -> Option<DefId> {
    let around = program.defs.iter().filter(|def| {
        matches!(def.kind, DefKind::Fn | DefKind::Method)
            && def.location.source == place.source
            && def.location.span.contains(place.span)
    });
    around.min_by_key(|def| def.location.span.end - def.location.span.start).map(|def| def.id)
}

impl<'a> Unit<'a> {
    pub(super) fn at(&self, span: Span) -> Location {
        Location { source: self.def.location.source, span }
    }

    /// The first name for which `is` holds.
    pub(super) fn first(&self, is: impl Fn(&ExternalPath) -> bool) -> Option<&Named> {
        self.names.iter().find(|named| is(&named.path))
    }

    /// Calls `each` with every expression in it; where it answers `false`, what is inside is left out.
    pub(super) fn exprs_while(&self, each: &mut dyn FnMut(&'a Expr) -> bool) {
        visit::exprs_of_item_while(&self.def.item, &mut |expr| {
            if self.without.iter().any(|closure| closure.contains(expr.span)) {
                return false;
            }
            !self.location.span.contains(expr.span) || each(expr)
        });
    }

    pub(super) fn exprs(&self, each: &mut dyn FnMut(&'a Expr)) {
        self.exprs_while(&mut |expr| {
            each(expr);
            true
        });
    }

    pub(super) fn stmts(&self, each: &mut dyn FnMut(&'a Stmt)) {
        let ItemKind::Fn(func) = &self.def.item.kind else { return };
        let Some(body) = func.block() else { return };
        visit::stmts(body, &mut |stmt| {
            let is_outside = self.without.iter().any(|closure| closure.contains(stmt.span));
            if self.location.span.contains(stmt.span) && !is_outside {
                each(stmt);
            }
        });
    }
}

fn names(program: &Program, def: &Def, location: Location) -> Vec<Named> {
    let mentions = program.mentions(def.id).iter().filter(|one| location.span.contains(one.span));
    let mut found = Vec::new();
    let mut names: Vec<Name> = Vec::new();
    // Bodies name the same few things again and again.
    let mut known: UnorderedMap<Name, Option<Res>> = UnorderedMap::default();
    for mention in mentions {
        let spaces: &[Namespace] = match mention.kind {
            MentionKind::Path => &[Namespace::Values, Namespace::Types],
            MentionKind::Macro => &[Namespace::Macros],
            _ => continue,
        };
        names.clear();
        names.extend(mention.segments.iter().map(|segment| segment.name.clone()));
        let resolve = |space: &Namespace| {
            if mention.leading_colon {
                let krate = program.resolve_crate(&names[0], def.module)?;
                return program.resolve_rest(krate, &names[1..], *space);
            }
            program.resolve_names(&names, *space, def.module, Some(def.id))
        };
        let res = match names.as_slice() {
            [name] if mention.kind == MentionKind::Path && !mention.leading_colon => {
                known.entry(name.clone()).or_insert_with(|| spaces.iter().find_map(resolve)).clone()
            }
            _ => spaces.iter().find_map(resolve),
        };
        let path = match res {
            Some(Res::External(path)) => path,
            None if mention.kind == MentionKind::Macro && names.len() == 1 => {
                ExternalPath::new([Name::new_static("std"), names[0].clone()])
            }
            _ => continue,
        };
        found.push(Named { path, at: Location { source: location.source, span: mention.span } });
    }
    found
}

/// Whether any name in a path is this one: of a type, or of a function of it.
pub(super) fn has(path: &ExternalPath, krate: &str, name: &str) -> bool {
    path.krate() == krate && path.0.iter().any(|segment| segment == name)
}

/// The function of another crate that a call expression names, by what its path means.
pub(super) fn called(program: &Program, def: &Def, call: &Expr) -> Option<ExternalPath> {
    let ExprKind::Call { callee, .. } = &call.kind else { return None };
    let ExprKind::Path(path) = &callee.kind else { return None };
    match program.resolve_ast_path(path, Namespace::Values, def.module, Some(def.id))? {
        Res::External(path) => Some(path),
        _ => None,
    }
}

/// The functions of the program that a call leads to.
pub(super) fn called_defs(program: &Program, owner: DefId, call: &Expr) -> Vec<DefId> {
    let site = program.body(owner).and_then(|body| body.call(call.span));
    site.into_iter().flat_map(crate::resolve::CallSite::defs).collect()
}
