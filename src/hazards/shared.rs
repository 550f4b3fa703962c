//! State of the process that requests change: statics and fields of the state that hold a lock, an atomic or a concurrent map.
//!
//! Input: what routes run. Output: findings, and the routes that must stay together because some only read what others write. What is done to
//! such a cell is read off the calls on it: `read`, `insert`, `fetch_add`, and for a mutex what is called on its guard. Deliberately absent:
//! what the value means; a cache and a table in memory look alike.

use super::unit::{Unit, has};
use super::{Held, Shared};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::ordered::{OrderedMap, OrderedSet};
use crate::resolve::types::TypeContext;
use crate::resolve::{DefId, DefKind, Namespace, Program, Res, Ty};
use crate::routes::RouteTable;
use crate::span::{Location, Span};
use crate::syntax::ast::{Expr, ExprKind, Pat, PatKind, StmtKind};
use crate::syntax::{ItemKind, Name};

/// How many structs, pointers and locals are looked through.
const MAX_DEPTH: usize = 12;

/// How many routes a message names.
const NAMED: usize = 3;

/// Methods that leave what a guard or a concurrent map gives as it is.
const READS: &[&str] = &[
    "as_ref",
    "as_deref",
    "as_slice",
    "as_str",
    "binary_search",
    "borrow",
    "cloned",
    "clone",
    "contains",
    "contains_key",
    "contains_sync",
    "copied",
    "count",
    "entry_count",
    "first",
    "get",
    "get_key_value",
    "get_if_present",
    "is_empty",
    "is_none",
    "is_some",
    "iter",
    "join",
    "keys",
    "last",
    "len",
    "load",
    "load_full",
    "peek",
    "range",
    "read_sync",
    "to_owned",
    "to_string",
    "to_vec",
    "values",
    "view",
    "weighted_size",
];

/// What a cell holds its value in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mutex,
    RwLock,
    /// Atomics, concurrent maps, swapped pointers: changed by their own methods.
    Shared,
    /// What may lose its entries at any time, so that no code relies on them.
    Cache,
}

/// Methods of caches that make what is missing: each function does that for itself.
const FILLS: &[&str] = &[
    "get_or_insert_async",
    "get_or_insert_with",
    "get_value_or_guard",
    "get_value_or_guard_async",
    "get_with",
    "get_with_by_ref",
    "optionally_get_with",
    "run_pending_tasks",
    "try_get_with",
    "try_get_with_by_ref",
];

/// Where a value lives that outlasts a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Cell {
    Static(DefId),
    Field(DefId, Name),
    /// Known only by its type: a state that is a lock itself, or a local that leads to one.
    OfType(Ty),
}

/// What a function does to a cell, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Touch {
    Reads,
    MayWrite,
    Writes,
}

/// What all routes do to one cell.
#[derive(Debug, Default)]
struct Uses {
    /// The gravest by route, layers left out.
    by_route: OrderedMap<usize, Touch>,
    /// Whether layers change it.
    in_layer: bool,
    /// Whether it may lose its entries at any time.
    is_cache: bool,
    /// The first place where it is changed.
    changed: Option<Location>,
}

pub(super) fn find(program: &Program, routes: &RouteTable, units: &[Unit<'_>]) -> (Vec<Shared>, Vec<Held>) {
    let states = state_structs(program, routes, units);
    let mut cells: OrderedMap<Cell, Uses> = OrderedMap::default();
    for unit in units {
        for Found { cell, touch, at, is_cache } in Touches::of(program, unit, &states) {
            let uses = cells.entry(cell).or_default();
            uses.is_cache |= is_cache;
            for &route in &unit.handling {
                uses.by_route.entry(route).and_modify(|known| *known = touch.max(*known)).or_insert(touch);
            }
            if touch > Touch::Reads {
                uses.in_layer |= unit.routes.iter().any(|route| !unit.handling.contains(route));
                uses.changed.get_or_insert(at);
            }
        }
    }
    let mut found = Vec::new();
    let mut held: OrderedMap<usize, String> = OrderedMap::default();
    for (cell, uses) in &cells {
        let Some(changed) = uses.changed else { continue };
        let (name, place) = described(program, cell, changed);
        let all: Vec<usize> = sorted(uses.by_route.keys().copied());
        let of =
            |touch: Touch| sorted(uses.by_route.iter().filter(|(_, one)| **one == touch).map(|(at, _)| *at));
        let (writers, readers) = (of(Touch::Writes), of(Touch::Reads));
        if !writers.is_empty() && !readers.is_empty() && !uses.is_cache {
            let message = format!(
                "{name} is changed by {} and read by {}",
                few(routes, &writers),
                few(routes, &readers)
            );
            let mut finding = Diagnostic::new(Code::SHARED_MUTABLE_STATE, message).at(place);
            finding.severity = Severity::Error;
            let help = "separate functions do not share it: keep it in a table or cache, or give these routes one function";
            found.push(Shared { finding: finding.help(help), routes: all.clone() });
            for route in all {
                held.entry(route).or_insert_with(|| format!("it shares {name} with other routes"));
            }
        } else if all.len() > 1 || uses.in_layer {
            let changing = sorted(
                uses.by_route.iter().filter(|(_, touch)| **touch > Touch::Reads).map(|(route, _)| *route),
            );
            let who = if uses.in_layer { "a layer".to_string() } else { few(routes, &changing) };
            let is = if writers.is_empty() && !uses.in_layer { "may be" } else { "is" };
            let others = all.len() - changing.len();
            let message = match others {
                0 => format!("{name} {is} changed by {who}"),
                1 => format!("{name} {is} changed by {who}, and 1 other route reads it"),
                more => format!("{name} {is} changed by {who}, and {more} other routes read it"),
            };
            let help = "each function has its own: fine for a cache, not for counters and limits that are meant for all";
            let finding = Diagnostic::new(Code::SHARED_MUTABLE_STATE, message).at(place).help(help);
            found.push(Shared { finding, routes: if uses.in_layer { Vec::new() } else { all } });
        }
    }
    let held = held.into_iter().map(|(route, because)| Held { route, because }).collect();
    (found, held)
}

/// Types of other crates that hold in the process what is meant for all requests: sessions, and what clients may still do.
const KEPT_BY_CRATES: &[(&str, &str, &str)] = &[
    ("async_session", "MemoryStore", "sessions"),
    ("axum_session", "SessionNullPool", "sessions"),
    ("governor", "RateLimiter", "counts of a rate limit"),
    ("tower", "RateLimitLayer", "counts of a rate limit"),
    ("tower_governor", "GovernorLayer", "counts of a rate limit"),
    ("tower_sessions", "MemoryStore", "sessions"),
    ("tower_sessions_memory_store", "MemoryStore", "sessions"),
];

/// Stores in memory and limits of other crates that the start makes.
pub(super) fn kept_by_crates(routes: &RouteTable, start: &[Unit<'_>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (krate, ty, what) in KEPT_BY_CRATES.iter().filter(|_| routes.routes.len() > 1) {
        let named = start.iter().find_map(|unit| unit.first(|path| has(path, krate, ty)));
        if let Some(named) = named {
            let message = format!("`{ty}` keeps {what} in the process, and each function has its own");
            found.push(
                Diagnostic::new(Code::SHARED_MUTABLE_STATE, message)
                    .at(named.at)
                    .help("use a store outside of the process, such as a table or Redis"),
            );
        }
    }
    found
}

fn sorted(routes: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut routes: Vec<usize> = routes.collect();
    routes.sort_unstable();
    routes
}

/// `GET /a`, or `GET /a, GET /b and 2 more routes`.
fn few(routes: &RouteTable, which: &[usize]) -> String {
    let names: Vec<String> =
        which.iter().take(NAMED).map(|&route| format!("`{}`", routes.routes[route].id)).collect();
    match which.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        1 => format!("{} and 1 more route", names.join(", ")),
        more => format!("{} and {more} more routes", names.join(", ")),
    }
}

/// What a person calls a cell, and where it is defined.
fn described(program: &Program, cell: &Cell, changed: Location) -> (String, Location) {
    match cell {
        Cell::Static(id) => (format!("static `{}`", program.def(*id).name), program.def(*id).location),
        Cell::Field(id, name) => {
            let def = program.def(*id);
            let field =
                program.fields(*id).and_then(|fields| fields.all().iter().find(|one| one.name.name == *name));
            let span = field.map_or(def.location.span, |field| field.name.span);
            (format!("state `{}.{name}`", def.name), Location { source: def.location.source, span })
        }
        Cell::OfType(ty) => {
            let name = match ty {
                Ty::External(path, _) => path.last(),
                _ => "value",
            };
            (format!("the shared `{name}`"), changed)
        }
    }
}

/// Structs of the program in which state lives: what handlers and layers extract, what statics hold, and what lies in these.
fn state_structs(program: &Program, routes: &RouteTable, units: &[Unit<'_>]) -> OrderedSet<DefId> {
    let mut found = OrderedSet::default();
    for unit in units {
        let Some(sig) = program.sig(unit.def.id) else { continue };
        for param in &sig.params {
            if let Ty::External(path, args) = param
                && matches!(path.last(), "State" | "Extension")
            {
                args.iter().for_each(|arg| collect(program, arg, &mut found, MAX_DEPTH));
            }
        }
    }
    for def in &program.defs {
        match (&def.item.kind, def.kind) {
            (ItemKind::Static { ty, .. }, DefKind::Static) => {
                let context = TypeContext { module: def.module, owner: Some(def.id) };
                collect(program, &program.lower_type(ty, context), &mut found, MAX_DEPTH);
            }
            // Closures say nothing of their types, so the name that the router's type says counts.
            (ItemKind::Struct(_), DefKind::Struct)
                if routes.routes.iter().any(|route| names_state(route, &def.name)) =>
            {
                collect(program, &Ty::Def(def.id, Vec::new()), &mut found, MAX_DEPTH);
            }
            _ => {}
        }
    }
    found
}

fn names_state(route: &crate::routes::Route, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    route.state.as_ref().is_some_and(|state| state.split(|c| !is_word(c)).any(|word| word == name))
}

/// The structs of the program in a type, and in the types of their fields.
fn collect(program: &Program, ty: &Ty, found: &mut OrderedSet<DefId>, depth: usize) {
    if depth == 0 {
        return;
    }
    let mut all = |tys: &[Ty]| tys.iter().for_each(|ty| collect(program, ty, found, depth - 1));
    match ty {
        Ty::Def(id, args) => {
            all(args);
            if found.insert(*id) {
                for (_, field) in program.field_types(*id) {
                    collect(program, field, found, depth - 1);
                }
            }
        }
        Ty::External(_, args) | Ty::Tuple(args) => all(args),
        Ty::Ref(inner) | Ty::Slice(inner) => collect(program, inner, found, depth - 1),
        Ty::Dyn(bounds) | Ty::Impl(bounds) => {
            for id in bounds.iter().filter_map(|bound| bound.trait_.def()) {
                for &implementation in program.impls_of_trait(id) {
                    collect(program, &program.impl_info(implementation).self_ty, found, depth - 1);
                }
            }
        }
        _ => {}
    }
}

/// What a type keeps a changing value in, behind pointers and what is made once.
fn container(ty: &Ty) -> Option<Kind> {
    let Ty::External(path, args) = ty.peel() else { return None };
    let krate = path.krate();
    match path.last() {
        "LazyLock" | "OnceLock" | "Lazy" | "OnceCell" | "CachePadded" => container(args.first()?),
        "Mutex" | "FairMutex" | "ReentrantMutex" => Some(Kind::Mutex),
        "RwLock" => Some(Kind::RwLock),
        name if name.starts_with("Atomic") && matches!(krate, "std" | "portable_atomic" | "crossbeam") => {
            Some(Kind::Shared)
        }
        "DashMap" | "DashSet" | "ArcSwap" | "ArcSwapOption" | "ArcSwapAny" => Some(Kind::Shared),
        "Cache" if matches!(krate, "moka" | "mini_moka" | "quick_cache" | "stretto") => Some(Kind::Cache),
        "HashMap" | "HashSet" | "HashIndex" | "TreeIndex" if krate == "scc" || krate == "papaya" => {
            Some(Kind::Shared)
        }
        _ => None,
    }
}

/// What a function does to a cell in one place.
struct Found {
    cell: Cell,
    touch: Touch,
    at: Location,
    is_cache: bool,
}

/// Whether a type is filled once, and its own methods say no more.
fn is_once(ty: &Ty) -> bool {
    matches!(ty.peel(), Ty::External(path, _) if matches!(path.last(), "OnceLock" | "OnceCell"))
}

/// Finds what one function does to cells.
struct Touches<'a> {
    program: &'a Program,
    unit: &'a Unit<'a>,
    states: &'a OrderedSet<DefId>,
    found: Vec<Found>,
    /// Calls that take a guard, of which it is known what follows.
    known: Vec<(Span, Touch)>,
}

impl<'a> Touches<'a> {
    fn of(program: &'a Program, unit: &'a Unit<'a>, states: &'a OrderedSet<DefId>) -> Vec<Found> {
        let mut touches = Self { program, unit, states, found: Vec::new(), known: Vec::new() };
        if !touches.may_touch() {
            return touches.found;
        }
        unit.stmts(&mut |stmt| {
            if let StmtKind::Let { pat, init: Some(init), .. } = &stmt.kind
                && let Some(taken) = guard(init)
                && let PatKind::Ident { .. } = pat.kind
            {
                let touch = if touches.is_mutable(pat) { Touch::Writes } else { Touch::Reads };
                touches.known.push((taken.span, touch));
            }
        });
        // What stands around a call comes before it.
        unit.exprs(&mut |expr| touches.around(expr));
        unit.exprs(&mut |expr| touches.call(expr));
        touches.found
    }

    /// Whether it assigns anything, or calls a method on what may be a cell: most code does neither.
    fn may_touch(&self) -> bool {
        let body = self.program.body(self.unit.def.id);
        let mut may = false;
        self.unit.exprs_while(&mut |expr| {
            may |= match &expr.kind {
                ExprKind::Assign { .. } => true,
                ExprKind::MethodCall(call) => {
                    body.is_some_and(|body| container(body.ty(call.receiver.span)).is_some())
                }
                _ => false,
            };
            !may
        });
        may
    }

    /// `mut guard`.
    fn is_mutable(&self, pat: &Pat) -> bool {
        let sources = &self.program.tree.sources;
        sources.text(self.unit.at(pat.span)).starts_with("mut ")
    }

    /// Notes what an expression does with a guard that it takes.
    fn around(&mut self, expr: &Expr) {
        let (inner, touch) = match &expr.kind {
            ExprKind::MethodCall(call) => {
                let touch =
                    if READS.contains(&call.method.name.as_str()) { Touch::Reads } else { Touch::Writes };
                (&call.receiver, touch)
            }
            ExprKind::Assign { left, .. } => (place_of(left), Touch::Writes),
            ExprKind::Binary { left, op, .. } if is_assignment(*op) => (place_of(left), Touch::Writes),
            ExprKind::Field { base, .. } | ExprKind::Index { base, .. } => (&**base, Touch::Reads),
            ExprKind::Deref(inner) => (&**inner, Touch::Reads),
            ExprKind::Ref(inner) => {
                let text = self.program.tree.sources.text(self.unit.at(expr.span));
                let touch = if text.starts_with("&mut") { Touch::Writes } else { Touch::Reads };
                (place_of(inner), touch)
            }
            _ => return,
        };
        if let (ExprKind::MethodCall(call), ExprKind::MethodCall(before)) = (&expr.kind, &inner.kind)
            && before.method.name.starts_with("entry")
            && call.method.name.starts_with("or_")
        {
            self.known.push((inner.span, Touch::Reads));
        }
        if let Some(taken) = guard(inner)
            && !self.known.iter().any(|(span, _)| *span == taken.span)
            && !is_step(expr)
        {
            self.known.push((taken.span, touch));
        }
    }

    /// Notes a call on a cell.
    fn call(&mut self, expr: &Expr) {
        if let ExprKind::Assign { left, .. } = &expr.kind
            && let Some(cell @ Cell::Static(_)) = self.cell(place_of(left), MAX_DEPTH)
        {
            let at = self.unit.at(expr.span);
            self.found.push(Found { cell, touch: Touch::Writes, at, is_cache: false });
        }
        let ExprKind::MethodCall(call) = &expr.kind else { return };
        let Some(body) = self.program.body(self.unit.def.id) else { return };
        let method = call.method.name.as_str();
        let Some(kind) = container(body.ty(call.receiver.span)) else { return };
        if is_once(body.ty(call.receiver.span)) && !method.contains("mut") && method != "take" {
            // What is made once is made by each function for itself.
            return;
        }
        let touch = match kind {
            Kind::Mutex if method.contains("lock") => {
                let known = self.known.iter().find(|(span, _)| *span == expr.span);
                known.map_or(Touch::MayWrite, |(_, touch)| *touch)
            }
            Kind::RwLock if method.contains("read") => Touch::Reads,
            Kind::RwLock if method.contains("write") => Touch::Writes,
            Kind::Cache if FILLS.contains(&method) => Touch::Reads,
            Kind::Shared | Kind::Cache if READS.contains(&method) => Touch::Reads,
            // What is done with the entry says more: it fills or removes it.
            Kind::Cache if method.starts_with("entry") => {
                let known = self.known.iter().find(|(span, _)| *span == expr.span);
                known.map_or(Touch::MayWrite, |(_, touch)| *touch)
            }
            Kind::Shared | Kind::Cache => Touch::Writes,
            Kind::Mutex | Kind::RwLock => return,
        };
        if matches!(method, "clone" | "as_ref") {
            return;
        }
        if let Some(cell) = self.cell(&call.receiver, MAX_DEPTH) {
            let at = self.unit.at(call.method.span);
            self.found.push(Found { cell, touch, at, is_cache: kind == Kind::Cache });
        }
    }

    /// The cell that an expression leads to; none for what lives no longer than the request.
    fn cell(&self, expr: &Expr, depth: usize) -> Option<Cell> {
        let body = self.program.body(self.unit.def.id)?;
        match &expr.kind {
            ExprKind::Ref(inner) | ExprKind::Deref(inner) => self.cell(inner, depth),
            ExprKind::MethodCall(call) => self.cell(&call.receiver, depth),
            ExprKind::Call { args, .. } if args.len() == 1 => self.cell(&args[0], depth),
            ExprKind::Field { base, name } => match body.ty(base.span).peel() {
                Ty::Def(id, _) => self.states.contains(id).then(|| Cell::Field(*id, name.name.clone())),
                _ => self.by_type(body.ty(expr.span)),
            },
            ExprKind::Path(path) => {
                let def = self.unit.def;
                let res = self.program.resolve_ast_path(path, Namespace::Values, def.module, Some(def.id));
                if let Some(Res::Def(id)) = res {
                    return (self.program.def(id).kind == DefKind::Static).then_some(Cell::Static(id));
                }
                match self.local(path.as_ident()?) {
                    Some(init) if depth > 0 && leads_on(init) => self.cell(init, depth - 1),
                    // Made here.
                    Some(_) => None,
                    None => self.by_type(body.ty(expr.span)),
                }
            }
            _ => None,
        }
    }

    /// What a local is bound to by `let`; none for parameters and patterns.
    fn local(&self, name: &Name) -> Option<&'a Expr> {
        let mut found = None;
        self.unit.stmts(&mut |stmt| {
            if let StmtKind::Let {
                pat: Pat { kind: PatKind::Ident { ident, .. }, .. }, init: Some(init), ..
            } = &stmt.kind
                && ident.name == *name
            {
                found = Some(init);
            }
        });
        found
    }

    /// The only field of the state with a type, else the type.
    fn by_type(&self, ty: &Ty) -> Option<Cell> {
        let ty = ty.peel();
        container(ty)?;
        let mut fields = self.states.iter().flat_map(|&id| {
            let fields = self.program.field_types(id).iter();
            fields.filter(|(_, field)| field.peel() == ty).map(move |(name, _)| Cell::Field(id, name.clone()))
        });
        match (fields.next(), fields.next()) {
            (Some(field), None) => Some(field),
            _ => Some(Cell::OfType(ty.clone())),
        }
    }
}

/// Whether an expression leads to a value that was there before: a field, a local, or a clone of these.
fn leads_on(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Path(_) | ExprKind::Field { .. } => true,
        ExprKind::Ref(inner) | ExprKind::Deref(inner) => leads_on(inner),
        ExprKind::MethodCall(call) => {
            matches!(call.method.name.as_str(), "clone" | "as_ref" | "get" | "deref")
                && leads_on(&call.receiver)
        }
        ExprKind::Call { args, .. } if args.len() == 1 => leads_on(&args[0]),
        _ => false,
    }
}

/// The call that takes a guard, behind `unwrap`, `await`, `?` and the like.
fn guard(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::MethodCall(call) => match call.method.name.as_str() {
            name if name.contains("lock") && call.args.is_empty() => Some(expr),
            _ if is_step(expr) => guard(&call.receiver),
            _ => None,
        },
        ExprKind::Await(inner) | ExprKind::Try(inner) => guard(inner),
        _ => None,
    }
}

/// Whether an expression only gets the guard out of a result or future.
fn is_step(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::MethodCall(call) => matches!(
            call.method.name.as_str(),
            "unwrap" | "expect" | "unwrap_or_else" | "map_err" | "ok" | "ok_or_else" | "into_inner"
        ),
        ExprKind::Await(_) | ExprKind::Try(_) => true,
        _ => false,
    }
}

/// What is assigned to, without fields, indices and dereferences.
fn place_of(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Field { base, .. } | ExprKind::Index { base, .. } => place_of(base),
        ExprKind::Deref(inner) => place_of(inner),
        _ => expr,
    }
}

fn is_assignment(op: crate::syntax::ast::BinOp) -> bool {
    use crate::syntax::ast::BinOp;
    matches!(op, BinOp::AddAssign | BinOp::SubAssign | BinOp::MulAssign | BinOp::DivAssign | BinOp::RemAssign)
}
