//! The skeleton router of one function: which calls of the composed router stay, which are cut out, and which handlers become stubs.
//!
//! Kept are the function's own routes, every other route whose pattern could match a request that the gateway sends here (with a
//! `misrouted` stub as handler), and the nests, merges, layers, state and fallbacks around them. So 404, 405 with `Allow`, shadowed siblings,
//! priorities and layers are computed by Axum as before.

use std::collections::BTreeSet;

use super::edit::Edit;
use super::list::without;
use super::pattern::overlap;
use crate::load::Sources;
use crate::ordered::OrderedMap;
use crate::routes::{LayerUse, Method, MethodEntry, Op, OpKind, RouteTable, Router};
use crate::span::{Location, SourceId, Span};
use crate::syntax::mention::is_identifier;

/// What a function answers.
pub(super) struct Wanted<'a> {
    pub(super) table: &'a RouteTable,
    /// Positions of its own routes in the table.
    pub(super) own: BTreeSet<usize>,
    /// The function behind `$default`: it sees every path, so it keeps every pattern.
    pub(super) is_edge: bool,
    /// Whether it answers with the API document, for which it needs every documented route.
    pub(super) documents: bool,
}

/// The fate of one place in the router-building text. A place that runs several times keeps the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Cut,
    Stub,
    Keep,
}

/// The edits that turn the program's router into the function's skeleton.
#[derive(Debug, Default, Clone)]
pub(super) struct Skeleton {
    pub(super) edits: OrderedMap<SourceId, Vec<Edit>>,
    /// Sources in which a stub is named.
    pub(super) stubs: BTreeSet<SourceId>,
}

impl Skeleton {
    /// Whether the edit is new.
    pub(super) fn add(&mut self, source: SourceId, edit: Edit) -> bool {
        let edits = self.edits.entry(source).or_default();
        let is_new = !edits.contains(&edit);
        if is_new {
            edits.push(edit);
        }
        is_new
    }

    /// Whether what is written into a source names the crate `axum`, which the code there need not do.
    pub(super) fn names_axum(&self, source: SourceId) -> bool {
        let goes_on = |before: &str| before.ends_with(|c: char| c == ':' || c == '_' || c.is_alphanumeric());
        let names_it = |edit: &Edit| {
            let text = edit.replacement.as_str();
            text.match_indices("axum::").any(|(at, _)| !goes_on(&text[..at]))
        };
        self.stubs.contains(&source)
            || self.edits.get(&source).is_some_and(|edits| edits.iter().any(names_it))
    }

    /// Macro calls whose expansion is edited leave their place to it.
    pub(super) fn prefer_expansions(&mut self, sources: &Sources) {
        let mut calls = Vec::new();
        for (&source, edits) in &self.edits {
            for expansion in sources.get(source).expansions() {
                if edits.iter().any(|edit| expansion.text.contains(edit.span)) {
                    calls.push((source, expansion.call));
                }
            }
        }
        for (source, call) in calls {
            self.add(source, Edit::delete(call));
        }
    }

    /// Ranges that vanish or are replaced: what they mention is not needed.
    pub(super) fn gone(&self, source: SourceId) -> impl Iterator<Item = Span> {
        self.edits.get(&source).into_iter().flatten().map(|edit| edit.span).filter(|span| !span.is_empty())
    }
}

/// Name of the stub handler that stands for routes of other functions.
pub(super) const STUB: &str = "crate::misrouted";

pub(super) fn skeleton(wanted: &Wanted<'_>, router: &Router, text: &dyn Fn(Location) -> String) -> Skeleton {
    let mut builder = Builder { wanted, text, fates: OrderedMap::default(), parts: Vec::new() };
    builder.router(router);
    builder.keep_default_fallback(router);
    builder.finish()
}

struct Builder<'a> {
    wanted: &'a Wanted<'a>,
    text: &'a dyn Fn(Location) -> String,
    /// By the place of the call, of the method entry, or of the handler expression.
    fates: OrderedMap<Location, Fate>,
    parts: Vec<Part<'a>>,
}

/// A place that can be edited.
enum Part<'a> {
    Call(&'a Op),
    Chain { op: &'a Op, methods: &'a [MethodEntry], layered: bool },
}

impl<'a> Builder<'a> {
    fn set(&mut self, place: Location, fate: Fate) {
        let known = self.fates.entry(place).or_insert(fate);
        *known = (*known).max(fate);
    }

    fn fate(&self, place: Location) -> Fate {
        self.fates.get(&place).copied().unwrap_or(Fate::Keep)
    }

    /// Decides over every call of a router; whether anything of it stays that registers something.
    fn router(&mut self, router: &'a Router) -> bool {
        let mut any = false;
        for op in &router.ops {
            let fate = match &op.kind {
                OpKind::Route { methods, .. } if self.is_listed(op) => {
                    for entry in methods {
                        self.set(entry.call, Fate::Keep);
                        self.set(entry.handler.expr, Fate::Keep);
                    }
                    Fate::Keep
                }
                OpKind::Route { methods, layers, .. } => self.route(op, methods, !layers.is_empty()),
                OpKind::RouteService { route, .. } => self.route_fate(*route),
                OpKind::Nest { inner, prefix, .. } => {
                    let kept = self.router(inner);
                    if kept || self.fallback_is_met(inner, prefix) { Fate::Keep } else { Fate::Cut }
                }
                OpKind::Merge { inner } => {
                    let kept = self.router(inner);
                    if kept || has_fallback(inner) { Fate::Keep } else { Fate::Cut }
                }
                OpKind::NestService { prefix, .. } => {
                    if self.is_met(&format!("{}/{{rest+}}", prefix.trim_end_matches('/'))) {
                        Fate::Keep
                    } else {
                        Fate::Cut
                    }
                }
                // A layer on routes only panics where no route stands before it.
                OpKind::Layer { routes_only: true, .. } | OpKind::MethodNotAllowedFallback { .. } => {
                    if any {
                        Fate::Keep
                    } else {
                        Fate::Cut
                    }
                }
                OpKind::Layer { .. }
                | OpKind::Fallback { .. }
                | OpKind::ResetFallback
                | OpKind::WithState
                | OpKind::Unknown { .. } => Fate::Keep,
            };
            let registers = matches!(
                op.kind,
                OpKind::Route { .. }
                    | OpKind::RouteService { .. }
                    | OpKind::Nest { .. }
                    | OpKind::Merge { .. }
                    | OpKind::NestService { .. }
            );
            any |= registers && fate != Fate::Cut;
            self.set(op.call, fate);
            self.parts.push(Part::Call(op));
        }
        any
    }

    /// Whether a call registers what the function's API document must list.
    fn is_listed(&self, op: &Op) -> bool {
        if !self.wanted.documents {
            return false;
        }
        let text = (self.text)(op.call);
        // `aide` describes what is registered by its own methods.
        is_documented(&text) || is_described(&text)
    }

    fn route(&mut self, op: &'a Op, methods: &'a [MethodEntry], layered: bool) -> Fate {
        let own_path = methods.iter().any(|entry| self.wanted.own.contains(&entry.route));
        let mut whole = Fate::Cut;
        for entry in methods {
            let fate = if self.wanted.own.contains(&entry.route) {
                Fate::Keep
            } else if own_path && !layered && !self.wanted.is_edge && !self.other_own_overlaps(entry.route) {
                // The gateway sends only the function's own methods on its own path.
                Fate::Cut
            } else if own_path || self.route_fate(entry.route) != Fate::Cut {
                Fate::Stub
            } else {
                Fate::Cut
            };
            whole = whole.max(fate);
            self.set(entry.call, fate);
            self.set(entry.handler.expr, fate);
        }
        self.parts.push(Part::Chain { op, methods, layered });
        // A method router without entries is no reason to keep the call.
        if methods.is_empty() && self.wanted.is_edge { Fate::Keep } else { whole }
    }

    /// Whether a route's pattern can be met by requests for an own route on another path.
    fn other_own_overlaps(&self, route: usize) -> bool {
        let path = &self.wanted.table.routes[route].path;
        self.wanted.own.iter().any(|&own| {
            let own_path = &self.wanted.table.routes[own].path;
            own_path != path && overlap(own_path, path)
        })
    }

    fn route_fate(&self, route: usize) -> Fate {
        if self.wanted.own.contains(&route) {
            return Fate::Keep;
        }
        if self.is_met(&self.wanted.table.routes[route].path) { Fate::Stub } else { Fate::Cut }
    }

    /// Whether a request that the gateway sends to this function can match a pattern.
    fn is_met(&self, pattern: &str) -> bool {
        self.wanted.is_edge
            || self.wanted.own.iter().any(|&own| overlap(&self.wanted.table.routes[own].path, pattern))
    }

    fn fallback_is_met(&self, inner: &Router, prefix: &str) -> bool {
        has_fallback(inner) && self.is_met(&format!("{}/{{rest+}}", prefix.trim_end_matches('/')))
    }

    /// Merging takes over the other router's default fallback with its layers, so a merge without kept routes stays where the
    /// application's 404 would otherwise pass through other layers.
    fn keep_default_fallback(&mut self, router: &'a Router) {
        let all = default_fallback_layers(router, &|_| true);
        loop {
            let kept = default_fallback_layers(router, &|op| self.fate(op.call) != Fate::Cut);
            if kept == all {
                return;
            }
            let Some(last_cut) = last_cut_merge(router, &|op| self.fate(op.call) == Fate::Cut) else {
                return;
            };
            self.set(last_cut, Fate::Keep);
        }
    }

    fn finish(self) -> Skeleton {
        let text = self.text;
        let mut skeleton = Skeleton::default();
        let documented = self.documented(text);
        for (&call, entries) in &documented {
            self.documented_call(call, entries, &mut skeleton);
        }
        let is_documented = |place: Location| {
            let mut calls = documented.keys();
            calls.any(|call| call.source == place.source && call.span.contains(place.span))
        };
        for part in &self.parts {
            match part {
                Part::Chain { methods, .. } if methods.iter().any(|one| is_documented(one.handler.expr)) => {}
                Part::Call(op) => {
                    let fate = self.fate(op.call);
                    if fate == Fate::Cut {
                        skeleton.add(op.call.source, Edit::delete(op.call.span));
                    } else if let (Fate::Stub, OpKind::RouteService { service, .. }) = (fate, &op.kind) {
                        skeleton.add(
                            service.source,
                            Edit::replace(service.span, format!("axum::routing::any({STUB})")),
                        );
                        let call_text = text(op.call);
                        if let Some(at) = call_text.find("route_service") {
                            let start = op.call.span.start + at as u32;
                            let name = Span::new(start, start + "route_service".len() as u32);
                            skeleton.add(op.call.source, Edit::replace(name, "route"));
                        }
                        skeleton.stubs.insert(service.source);
                    }
                }
                Part::Chain { op, methods, layered } => {
                    self.chain(op, methods, *layered, text, &mut skeleton);
                }
            }
        }
        skeleton
    }

    /// Calls `.routes(routes!(a, b))` of `utoipa-axum`, with their handlers.
    fn documented(&self, text: &dyn Fn(Location) -> String) -> OrderedMap<Location, Vec<Documented<'a>>> {
        let mut calls: OrderedMap<Location, Vec<Documented<'a>>> = OrderedMap::default();
        for part in &self.parts {
            if let Part::Call(Op { kind: OpKind::Route { pattern, methods, .. }, call, .. }) = part
                && is_documented(&text(*call))
            {
                let entries = methods.iter().map(|entry| Documented { pattern, entry });
                calls.entry(*call).or_default().extend(entries);
            }
        }
        calls
    }

    /// The macro takes none but handlers that describe themselves: stubs are registered by plain calls beside it.
    fn documented_call(&self, call: Location, entries: &[Documented<'_>], skeleton: &mut Skeleton) {
        let stubs = entries.iter().filter(|one| self.fate(one.entry.handler.expr) == Fate::Stub);
        let stubs = undocumented(&stubs.map(|one| (one.pattern, one.entry.method)).collect::<Vec<_>>());
        if !stubs.is_empty() {
            skeleton.stubs.insert(call.source);
        }
        match self.fate(call) {
            Fate::Cut => {}
            Fate::Stub => {
                skeleton.add(call.source, Edit::replace(call.span, stubs));
            }
            Fate::Keep => {
                let places: BTreeSet<Span> = entries.iter().map(|one| one.entry.handler.expr.span).collect();
                let places: Vec<Span> = places.into_iter().collect();
                let is_kept = |span: Span| self.fate(Location { source: call.source, span }) == Fate::Keep;
                let kept: Vec<bool> = places.iter().map(|&place| is_kept(place)).collect();
                for gone in without(&places, &kept) {
                    skeleton.add(call.source, Edit::delete(gone));
                }
                if !stubs.is_empty() {
                    skeleton.add(call.source, Edit::insert(call.span.end, stubs));
                }
            }
        }
    }

    /// Cuts methods out of a chain such as `get(a).post(b)`. The head is replaced by the first kept method's routing function.
    fn chain(
        &self,
        op: &Op,
        methods: &[MethodEntry],
        layered: bool,
        text: &dyn Fn(Location) -> String,
        skeleton: &mut Skeleton,
    ) {
        let any_kept = methods.iter().any(|entry| self.fate(entry.call) != Fate::Cut);
        if !any_kept {
            return;
        }
        for entry in methods {
            match self.fate(entry.call) {
                Fate::Keep => {}
                Fate::Stub => self.stub(entry, skeleton),
                Fate::Cut if entry.is_head || layered => {}
                Fate::Cut => {
                    skeleton.add(entry.call.source, Edit::delete(entry.call.span));
                }
            }
        }
        let Some(head) = methods.iter().find(|entry| entry.is_head) else { return };
        if self.fate(head.call) != Fate::Cut {
            return;
        }
        let next = methods.iter().find(|entry| !entry.is_head && self.fate(entry.call) != Fate::Cut);
        match next {
            Some(next) if !layered && next.call.source == head.call.source => {
                // `get(a).post(b)` without `get`: `post(b)` under the head's own path.
                let head_text = text(head.call);
                let callee = head_text.split('(').next().unwrap_or_default();
                let prefix = callee.rfind("::").map_or_else(
                    || home(&text(op.call), &text(next.call)).to_string(),
                    |at| callee[..at + 2].to_string(),
                );
                let gone = Span::new(head.call.span.start, next.call.span.start + 1);
                skeleton.add(head.call.source, Edit::replace(gone, prefix));
            }
            _ => self.stub(head, skeleton),
        }
    }

    fn stub(&self, entry: &MethodEntry, skeleton: &mut Skeleton) {
        let expr = entry.handler.expr;
        // A place that runs several times with different handlers keeps its text.
        if self.fate(expr) == Fate::Keep {
            return;
        }
        skeleton.add(expr.source, Edit::replace(expr.span, STUB));
        skeleton.stubs.insert(expr.source);
        if let Some(documentation) = self.documentation(entry) {
            skeleton.add(expr.source, Edit::replace(documentation, "|op| op"));
        }
    }
}

impl Builder<'_> {
    /// What documents a handler by a path, which an attribute of the handler may have made: `list_docs` of `aide`'s `get_with(list, list_docs)`.
    fn documentation(&self, entry: &MethodEntry) -> Option<Span> {
        let (call, expr) = (entry.call, entry.handler.expr);
        if call.source != expr.source || !call.span.contains(expr.span) {
            return None;
        }
        let text = (self.text)(call);
        let (before, after) = (
            text.get(..(expr.span.start - call.span.start) as usize)?,
            text.get((expr.span.end - call.span.start) as usize..)?,
        );
        let argument = after.trim_start().strip_prefix(',')?.trim_start();
        let path = argument.split([',', ')']).next()?.trim_end();
        let is_documented = before.trim_end().strip_suffix('(').is_some_and(|call| call.ends_with("_with"));
        if !is_documented || !path.split("::").all(is_identifier) {
            return None;
        }
        let start = expr.span.end + (after.len() - argument.len()) as u32;
        Some(Span::new(start, start + path.len() as u32))
    }
}

/// The module of the function that begins with a call of a chain, which another one registers: `.get_with(..)` is of `aide`, too.
fn home(registering: &str, call: &str) -> &'static str {
    let takes_documentation = call.split('(').next().is_some_and(|name| name.trim_end().ends_with("_with"));
    if takes_documentation || is_described(registering) { "aide::axum::routing::" } else { "axum::routing::" }
}

/// Whether a call registers by a method of `aide`, which takes what its own functions make.
fn is_described(call: &str) -> bool {
    call.starts_with(".api_route")
}

/// Whether a call registers by the macro of `utoipa-axum`, whatever the macro is called by.
fn is_documented(call: &str) -> bool {
    let bare: String = call.chars().filter(|c| !c.is_whitespace()).collect();
    bare.strip_prefix(".routes(").is_some_and(|argument| {
        let path = argument.split('!').next().unwrap_or_default();
        path == "routes" || path.ends_with("::routes")
    })
}

/// A handler of a `routes!` call, for one method and pattern.
#[derive(Debug, Clone, Copy)]
struct Documented<'a> {
    pattern: &'a str,
    entry: &'a MethodEntry,
}

/// The calls that register stubs without describing them: `.route("/users", axum::routing::get(..).post(..))`.
fn undocumented(stubs: &[(&str, Method)]) -> String {
    let mut by_pattern: OrderedMap<&str, Vec<Method>> = OrderedMap::default();
    for (pattern, method) in stubs {
        by_pattern.entry(pattern).or_default().push(*method);
    }
    let call = |(pattern, methods): (&&str, &Vec<Method>)| {
        let chain = methods.iter().map(|method| format!("{}({STUB})", method.as_str().to_lowercase()));
        format!(".route(\"{pattern}\", axum::routing::{})", chain.collect::<Vec<_>>().join("."))
    };
    by_pattern.iter().map(call).collect()
}

fn has_fallback(router: &Router) -> bool {
    router.ops.iter().any(|op| match &op.kind {
        OpKind::Fallback { .. } => true,
        OpKind::Merge { inner } => has_fallback(inner),
        _ => false,
    })
}

/// Layers around the default fallback after the kept calls, outermost last; `None` once a custom fallback stands there.
/// Rule: axum `Router::merge` takes the other router's default fallback where it has no custom one.
fn default_fallback_layers(router: &Router, kept: &dyn Fn(&Op) -> bool) -> Option<Vec<String>> {
    let mut layers: Option<Vec<String>> = Some(Vec::new());
    for op in router.ops.iter().filter(|op| kept(op)) {
        match &op.kind {
            OpKind::Layer { layers: added, routes_only: false } => {
                if let Some(layers) = &mut layers {
                    layers.extend(added.iter().rev().map(|layer: &LayerUse| format!("{:?}", layer.location)));
                }
            }
            OpKind::Merge { inner } => {
                let other = default_fallback_layers(inner, kept);
                layers = match (layers, other) {
                    (Some(_), other) => other,
                    (None, _) => None,
                };
            }
            OpKind::Fallback { .. } => layers = None,
            OpKind::ResetFallback => layers = Some(Vec::new()),
            _ => {}
        }
    }
    layers
}

/// The last merge of the router's own level, or of the merges inside, that is cut.
fn last_cut_merge(router: &Router, cut: &dyn Fn(&Op) -> bool) -> Option<Location> {
    router.ops.iter().rev().find_map(|op| match &op.kind {
        OpKind::Merge { .. } if cut(op) => Some(op.call),
        OpKind::Merge { inner } => last_cut_merge(inner, cut),
        _ => None,
    })
}
