//! Routes without a router: a handler given to `service_fn` that matches on method and path. Its arms are the routes.
//!
//! Input: the program. Output: the same table as for a router, without a composed `Router`; the handler itself wraps every arm like a layer.
//! Understood are `match (method, path)`, a match on one with a match on the other in its arms, literals, alternatives, `Some(..)`,
//! slices of segments, and guards with `starts_with` or `==`. Deliberately absent: chains of `if`.

use super::handler;
use super::table::{Fallback, Handler, LayerUse, Method, Route, RouteTable, ServedBy};
use crate::load::KrateId;
use crate::resolve::{DefId, DefKind, Namespace, Program};
use crate::span::{Location, Span};
use crate::syntax::ast::{Arm, Expr, ExprKind, Fn, Lit, Pat, PatKind, StmtKind, TypeKind};
use crate::syntax::{Name, visit};

/// How many calls lie between the handler and its match at most.
const MAX_CALLS: usize = 3;

/// The part of a request that an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Method,
    Path,
    /// The path, split at its slashes.
    Segments,
}

/// What is matched on, in the order of the patterns.
type Parts = Vec<Option<Part>>;

/// What the patterns around an arm say so far.
#[derive(Debug, Clone, Default)]
struct Known {
    /// Empty for every method.
    methods: Vec<Method>,
    /// Empty for every path.
    paths: Vec<String>,
    condition: Option<String>,
}

/// The table of the first `service_fn` handler that matches on method and path.
pub(super) fn table(program: &Program) -> Option<RouteTable> {
    let functions = program.defs.iter().filter(|def| {
        matches!(def.kind, DefKind::Fn | DefKind::Method)
            && program.tree.module(def.module).krate == KrateId(0)
    });
    functions.filter_map(|def| Some((def.id, program.func(def.id)?))).find_map(|(entry, func)| {
        let mut handlers = Vec::new();
        visit::exprs_in_block(func.block()?, &mut |expr| {
            if let ExprKind::Call { callee, args } = &expr.kind
                && let (ExprKind::Path(path), [given]) = (&callee.kind, args.as_slice())
                && path.last().ident.name == "service_fn"
            {
                handlers.extend(handler_of(program, entry, given));
            }
        });
        handlers.into_iter().find_map(|handler| of_handler(program, entry, handler))
    })
}

/// The function that a handler is, or that a closure first calls.
fn handler_of(program: &Program, owner: DefId, given: &Expr) -> Option<DefId> {
    if let ExprKind::Path(path) = &given.kind {
        let module = program.def(owner).module;
        return program.resolve_ast_path(path, Namespace::Values, module, Some(owner))?.def();
    }
    let mut found = None;
    visit::exprs(given, &mut |expr| found = found.or_else(|| called(program, owner, expr)));
    found
}

/// The function of the program that a call calls.
fn called(program: &Program, owner: DefId, expr: &Expr) -> Option<DefId> {
    let is_call = matches!(expr.kind, ExprKind::Call { .. } | ExprKind::MethodCall(_));
    let site = program.body(owner)?.call(expr.span).filter(|site| is_call && site.is_call)?;
    site.defs().find(|&def| program.func(def).is_some())
}

fn of_handler(program: &Program, entry: DefId, handler: DefId) -> Option<RouteTable> {
    let mut at = vec![handler];
    for _ in 0..=MAX_CALLS {
        let mut next = Vec::new();
        for &def in &at {
            let func = program.func(def)?;
            let mut dispatch = Dispatch { program, owner: def, func, handler, table: RouteTable::default() };
            if dispatch.read() {
                let mut table = dispatch.table;
                table.entry = Some(entry);
                table.served_by = vec![ServedBy::Lambda];
                return Some(table);
            }
            visit::exprs_in_block(func.block()?, &mut |expr| next.extend(called(program, def, expr)));
        }
        at = next;
    }
    None
}

/// One function that may hold the match.
struct Dispatch<'p> {
    program: &'p Program,
    owner: DefId,
    func: &'p Fn,
    /// What the server calls.
    handler: DefId,
    table: RouteTable,
}

impl<'p> Dispatch<'p> {
    /// Reads the first match on a request; whether it gave routes.
    fn read(&mut self) -> bool {
        let Some(body) = self.func.block() else { return false };
        let mut found: Option<&'p Expr> = None;
        visit::exprs_in_block(body, &mut |expr| {
            if found.is_none() && self.subject(expr).is_some() {
                found = Some(expr);
            }
        });
        if let Some(expr) = found {
            self.arms(expr, &Known::default());
        }
        !self.table.routes.is_empty()
    }

    /// The parts of a request that a `match` is on, with its arms.
    fn subject(&self, expr: &'p Expr) -> Option<(Parts, &'p [Arm])> {
        let ExprKind::Match { scrutinee, arms } = &expr.kind else { return None };
        let parts: Parts = match &scrutinee.kind {
            ExprKind::Tuple(elems) => elems.iter().map(|elem| self.part(elem, expr.span.start)).collect(),
            _ => vec![self.part(scrutinee, expr.span.start)],
        };
        parts.iter().any(Option::is_some).then_some((parts, arms))
    }

    /// The part of the request that an expression is, seen through what reads, splits and copies it. Locals are as they are before a place.
    fn part(&self, expr: &'p Expr, before: u32) -> Option<Part> {
        match &expr.kind {
            ExprKind::Ref(inner)
            | ExprKind::Deref(inner)
            | ExprKind::Try(inner)
            | ExprKind::Await(inner)
            | ExprKind::Index { base: inner, .. } => self.part(inner, before),
            ExprKind::Field { name, .. } => match name.name.as_str() {
                "method" | "http_method" => Some(Part::Method),
                "path" | "raw_path" | "resource" | "resource_path" => Some(Part::Path),
                _ => None,
            },
            ExprKind::MethodCall(call) => match (call.method.name.as_str(), call.args.is_empty()) {
                ("method", true) => Some(Part::Method),
                ("path" | "raw_http_path", true) => Some(Part::Path),
                ("split" | "split_terminator", false) => self
                    .part(&call.receiver, before)
                    .filter(|part| *part == Part::Path)
                    .map(|_| Part::Segments),
                _ => self.part(&call.receiver, before),
            },
            ExprKind::Path(path) => self.local(path.as_ident()?, before),
            _ => None,
        }
    }

    /// What a local or parameter holds before a place.
    fn local(&self, name: &Name, before: u32) -> Option<Part> {
        let mut found = None;
        visit_lets(self.func, &mut |pat, init| match (&pat.kind, &init.kind) {
            _ if init.span.end > before => {}
            (PatKind::Ident { ident, .. }, _) if ident.name == *name => {
                found = self.part(init, init.span.start);
            }
            (PatKind::Tuple(pats), ExprKind::Tuple(inits)) => {
                for (pat, init) in pats.iter().zip(inits) {
                    if matches!(&pat.kind, PatKind::Ident { ident, .. } if ident.name == *name) {
                        found = self.part(init, init.span.start);
                    }
                }
            }
            _ => {}
        });
        found.or_else(|| {
            let param = self.func.sig().params.iter().find(
                |param| matches!(&param.pat.kind, PatKind::Ident { ident, .. } if ident.name == *name),
            )?;
            let mut ty = &param.ty;
            while let TypeKind::Ref(inner) = &ty.kind {
                ty = inner;
            }
            let TypeKind::Path(path) = &ty.kind else { return None };
            match (path.last().ident.name.as_str(), name.as_str()) {
                ("Method" | "HttpMethod", _) | ("str" | "String", "method" | "http_method") => {
                    Some(Part::Method)
                }
                ("str" | "String", "path" | "raw_path" | "uri_path") => Some(Part::Path),
                _ => None,
            }
        })
    }

    /// Reads the arms of a match under what is known around it.
    fn arms(&mut self, expr: &'p Expr, around: &Known) {
        let Some((parts, arms)) = self.subject(expr) else { return };
        for arm in arms {
            for pat in alternatives(&arm.pat) {
                let mut known = around.clone();
                let pats = match &pat.kind {
                    PatKind::Tuple(pats) => pats.iter().collect(),
                    _ => vec![pat; parts.len()],
                };
                for (part, pat) in parts.iter().zip(pats) {
                    match part {
                        Some(Part::Method) => known.methods.extend(methods(pat)),
                        Some(Part::Path | Part::Segments) => known.paths.extend(paths(pat)),
                        None => {}
                    }
                }
                if let Some(guard) = &arm.guard {
                    match paths_of_guard(guard, &self.text(guard.span)) {
                        found if known.paths.is_empty() && !found.is_empty() => known.paths = found,
                        _ => known.condition = Some(self.text(guard.span)),
                    }
                }
                let inner = value_of(&arm.body);
                if self.subject(inner).is_some() {
                    self.arms(inner, &known);
                } else {
                    self.arm(arm, &known);
                }
            }
        }
    }

    fn arm(&mut self, arm: &'p Arm, known: &Known) {
        let layer = LayerUse {
            name: self.program.def(self.handler).name.to_string(),
            def: Some(self.handler),
            closure: None,
            location: self.at(arm.pat.span),
            routes_only: false,
        };
        let handler = self.answer(&arm.body);
        if known.paths.is_empty() && known.methods.is_empty() {
            if known.condition.is_none() {
                let fallback = Fallback {
                    prefix: String::new(),
                    handler,
                    layers: vec![layer],
                    method_not_allowed: false,
                };
                self.table.fallbacks.push(fallback);
            }
            return;
        }
        let every_path = ["/{rest+}".to_string()];
        let paths: &[String] = if known.paths.is_empty() { &every_path } else { &known.paths };
        let methods: &[Method] = if known.methods.is_empty() { &[Method::Any] } else { &known.methods };
        for path in paths {
            for &method in methods {
                let id = format!("{method} {path}");
                // The first arm that fits answers.
                if self.table.routes.iter().any(|route| route.id == id) {
                    continue;
                }
                self.table.routes.push(Route {
                    id,
                    method,
                    path: path.clone(),
                    handler: handler.clone(),
                    layers: vec![layer.clone()],
                    conditional: known.condition.clone(),
                    state: None,
                    extractors: Vec::new(),
                    site: self.at(arm.pat.span),
                });
            }
        }
    }

    /// What answers: the function that the arm calls, else the arm itself.
    fn answer(&self, body: &'p Expr) -> Handler {
        let expr = self.at(body.span);
        let call = value_of(body);
        match called(self.program, self.owner, call) {
            Some(def) => {
                let mut handler = handler::of_def(self.program, def, expr);
                // What else the arm evaluates must be followed too.
                if !has_plain_arguments(call) {
                    handler.def = None;
                }
                handler
            }
            None => Handler {
                name: "closure".to_string(),
                path: format!("{}::closure", self.program.def(self.owner).path),
                def: None,
                location: expr,
                expr,
                calls: Vec::new(),
            },
        }
    }

    fn at(&self, span: Span) -> Location {
        Location { source: self.program.def(self.owner).location.source, span }
    }

    fn text(&self, span: Span) -> String {
        handler::one_line(self.program.tree.sources.text(self.at(span)))
    }
}

/// Every `let` of a function with its initialiser, in order.
fn visit_lets<'p>(func: &'p Fn, each: &mut dyn FnMut(&'p Pat, &'p Expr)) {
    let Some(body) = func.block() else { return };
    visit::stmts(body, &mut |stmt| {
        if let StmtKind::Let { pat, init: Some(init), .. } = &stmt.kind {
            each(pat, init);
        }
    });
}

/// The expression that an arm comes to: without `.await`, `?`, `Ok(..)` and blocks of nothing else.
fn value_of(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Await(inner) | ExprKind::Try(inner) => value_of(inner),
        ExprKind::Call { callee, args } => match (&callee.kind, args.as_slice()) {
            (ExprKind::Path(path), [one]) if path.as_ident().is_some_and(|name| name == "Ok") => {
                value_of(one)
            }
            _ => expr,
        },
        ExprKind::Block(block) => match block.stmts.as_slice() {
            [stmt] => match &stmt.kind {
                StmtKind::Expr { expr, .. } => value_of(expr),
                _ => expr,
            },
            _ => expr,
        },
        _ => expr,
    }
}

/// Whether the arguments of a call call nothing but what copies or borrows.
fn has_plain_arguments(call: &Expr) -> bool {
    let mut plain = true;
    visit::children(call, &mut |child| match child {
        visit::Child::Expr(arg) => visit::exprs(arg, &mut |expr| {
            plain &= match &expr.kind {
                ExprKind::MethodCall(call) => {
                    matches!(
                        call.method.name.as_str(),
                        "clone" | "as_str" | "as_ref" | "to_string" | "into_body" | "body"
                    )
                }
                ExprKind::Call { .. } | ExprKind::Macro(_) | ExprKind::Block(_) | ExprKind::Await(_) => false,
                _ => true,
            };
        }),
        visit::Child::Block(_) => plain = false,
    });
    plain
}

/// The patterns of `a | b`.
fn alternatives(pat: &Pat) -> Vec<&Pat> {
    match &pat.kind {
        PatKind::Or(pats) => pats.iter().flat_map(alternatives).collect(),
        PatKind::Ref(inner) => alternatives(inner),
        _ => vec![pat],
    }
}

/// What a pattern says in `Some(..)`, references and bindings.
fn inner(pat: &Pat) -> &Pat {
    match &pat.kind {
        PatKind::Ref(one) | PatKind::Typed { pat: one, .. } | PatKind::Ident { sub: Some(one), .. } => {
            inner(one)
        }
        PatKind::TupleStruct { path, elems } if path.last().ident.name == "Some" && elems.len() == 1 => {
            inner(&elems[0])
        }
        _ => pat,
    }
}

fn text_of(pat: &Pat) -> Option<&str> {
    match &inner(pat).kind {
        PatKind::Lit(expr) => match &expr.kind {
            ExprKind::Lit(Lit::Str(text)) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Methods that a pattern takes; none for every method.
fn methods(pat: &Pat) -> Vec<Method> {
    let one = |pat: &Pat| {
        let name = match &inner(pat).kind {
            PatKind::Path(path) => path.last().ident.name.to_string(),
            PatKind::Ident { ident, .. } if ident.name.chars().all(char::is_uppercase) => {
                ident.name.to_string()
            }
            _ => text_of(pat)?.to_string(),
        };
        Method::from_routing_fn(&name.to_lowercase())
    };
    alternatives(inner(pat)).into_iter().filter_map(one).collect()
}

/// Paths that a pattern takes; none for every path.
fn paths(pat: &Pat) -> Vec<String> {
    let one = |pat: &Pat| {
        if let Some(text) = text_of(pat) {
            return Some(format!("/{}", text.trim_start_matches('/')));
        }
        let PatKind::Slice(elems) = &inner(pat).kind else { return None };
        let mut path = String::new();
        for (at, elem) in elems.iter().enumerate() {
            let segment = match (text_of(elem), &elem.kind) {
                (Some(text), _) => text.to_string(),
                (None, PatKind::Rest) => "{rest+}".to_string(),
                (None, PatKind::Ident { ident, sub: Some(sub), .. }) if matches!(sub.kind, PatKind::Rest) => {
                    format!("{{{}+}}", ident.name)
                }
                (None, PatKind::Ident { ident, .. }) => format!("{{{}}}", ident.name),
                (None, _) => format!("{{p{at}}}"),
            };
            // The text before the first slash is an empty segment.
            if !(at == 0 && segment.is_empty()) {
                path.push('/');
                path.push_str(&segment);
            }
        }
        Some(if path.is_empty() { "/".to_string() } else { path })
    };
    alternatives(inner(pat)).into_iter().filter_map(one).collect()
}

/// Paths that a guard takes: `path.starts_with("/x/")`, `path == "/x"`.
fn paths_of_guard(guard: &Expr, written: &str) -> Vec<String> {
    let text = |expr: &Expr| match &expr.kind {
        ExprKind::Lit(Lit::Str(text)) => Some(text.clone()),
        _ => None,
    };
    match &guard.kind {
        ExprKind::MethodCall(call) if call.method.name == "starts_with" => {
            let start = call.args.first().and_then(text);
            start.map(|start| format!("{}/{{rest+}}", start.trim_end_matches('/'))).into_iter().collect()
        }
        ExprKind::Binary { left, right, .. } if written.contains(" == ") && !written.contains(['&', '|']) => {
            text(right).or_else(|| text(left)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}
