//! The served router -> rows of the route table, and the tree of calls that made it.
//!
//! Findings are made here, so that routers which nobody serves give none.

use std::rc::Rc;

use super::axum::{self, PathSyntax};
use super::handler;
use super::join::both;
use super::router::{MethodEntry, Op, OpKind, Router};
use super::table::{Fallback, LayerUse, Method, MountedService, Route, RouteTable, Wrapped};
use super::value::{Call, Chain, Methods, Place, Step, Target};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ordered::OrderedMap;
use crate::resolve::Program;
use crate::span::{Location, SourceId};

/// More rows than any application has; what lies beyond is cut with a finding.
const MAX_ROUTES: usize = 100_000;
/// Calls on routers, each counted as often as its router is mounted.
const MAX_STEPS: usize = 100_000;
/// Routers in routers, far deeper than any application nests them.
const MAX_NESTING: usize = 200;

/// What encloses a router.
#[derive(Clone)]
struct Around {
    /// Prefix of all nests, in our syntax.
    prefix: String,
    /// Outermost first.
    layers: Rc<Vec<LayerUse>>,
    condition: Option<String>,
    state: Option<String>,
    depth: usize,
}

struct Flatten<'p, 'd> {
    program: &'p Program,
    diagnostics: &'d mut Diagnostics,
    table: RouteTable,
    /// Steps taken: routers that are mounted twice and twice again would never end.
    steps: usize,
    /// Patterns of which a part is not known: by file and by how they begin, with their places.
    unknown: OrderedMap<(SourceId, String), Vec<(String, Location)>>,
    /// Row of each id.
    rows: OrderedMap<String, usize>,
    is_cut: bool,
}

pub(super) fn table<'p>(
    program: &'p Program,
    router: &Chain<'p>,
    diagnostics: &mut Diagnostics,
) -> RouteTable {
    let mut flatten = Flatten {
        program,
        diagnostics,
        table: RouteTable::default(),
        steps: 0,
        unknown: OrderedMap::default(),
        rows: OrderedMap::default(),
        is_cut: false,
    };
    let around =
        Around { prefix: String::new(), layers: Rc::default(), condition: None, state: None, depth: 0 };
    let tree = flatten.router(router, &around);
    flatten.table.router = Some(tree);
    flatten.report_conditions();
    flatten.report_unknown();
    flatten.table
}

impl<'p> Flatten<'p, '_> {
    fn router(&mut self, chain: &Chain<'p>, around: &Around) -> Router {
        let steps = chain.steps();
        self.steps += steps.len();
        let states = state_of_each(&steps, around.state.as_deref());
        let around_each = layers_around_each(&steps, &around.layers);
        let mut origin = None;
        let mut ops = Vec::new();
        for ((step, layers), state) in steps.into_iter().zip(around_each).zip(states) {
            match step {
                Step::Origin { location, .. } => origin = origin.or(Some(location)),
                Step::Finding(finding) => self.diagnostics.push(finding),
                Step::Wrapped { layers, at } => self.table.wrapped.push(Wrapped { layers, location: at }),
                Step::Call { kind, call, conditional, place } => {
                    let inside = Around {
                        prefix: around.prefix.clone(),
                        layers,
                        condition: both(around.condition.as_deref(), conditional.as_deref()),
                        state,
                        depth: around.depth + 1,
                    };
                    if let Some(kind) = self.op(kind, call, place, inside) {
                        ops.push(Op { kind, call, conditional });
                    }
                }
            }
        }
        let origin = origin
            .unwrap_or(Location { source: crate::span::SourceId(0), span: crate::span::Span::default() });
        Router { origin, ops }
    }

    fn op(&mut self, kind: Call<'p>, call: Location, place: Place, around: Around) -> Option<OpKind> {
        let syntax = axum::path_syntax(self.program, place.module);
        Some(match kind {
            Call::Route { pattern, methods } => {
                let pattern = self.pattern(&pattern, syntax, call);
                let entries = self.entries(&pattern, &methods, call, &around);
                OpKind::Route { pattern, methods: entries, layers: methods.layers.clone() }
            }
            Call::RouteService { pattern, service } => {
                let pattern = self.pattern(&pattern, syntax, call);
                let route =
                    self.row(&pattern, Method::Any, &service, call, (*around.layers).clone(), &around)?;
                OpKind::RouteService { pattern, service: service.expr, route }
            }
            Call::Nest { prefix, inner, is_service } => {
                let prefix = self.pattern(&prefix, syntax, call);
                let full = if prefix.is_empty() {
                    around.prefix.clone()
                } else {
                    axum::join(&around.prefix, &prefix)
                };
                let inner = self.inner(&inner, &Around { prefix: full, ..around }, call)?;
                OpKind::Nest { prefix, inner, is_service }
            }
            Call::NestService { prefix, service } => {
                let prefix = self.pattern(&prefix, syntax, call);
                self.table.services_mounted.push(MountedService {
                    path: axum::join(&around.prefix, &prefix),
                    service: handler::service_text(self.program, &service),
                    layers: (*around.layers).clone(),
                    location: service.expr,
                });
                OpKind::NestService { prefix, service: service.expr }
            }
            Call::Merge { inner } => OpKind::Merge { inner: self.inner(&inner, &around, call)? },
            Call::Layer { layers, routes_only } => OpKind::Layer { layers, routes_only },
            Call::Fallback { handler } => {
                let handler = self.fallback(&handler, &around, around.prefix.clone(), false);
                OpKind::Fallback { handler }
            }
            Call::MethodNotAllowedFallback { handler } => {
                let handler = self.fallback(&handler, &around, around.prefix.clone(), true);
                OpKind::MethodNotAllowedFallback { handler }
            }
            Call::ResetFallback => {
                self.table
                    .fallbacks
                    .retain(|fallback| fallback.prefix != around.prefix || fallback.method_not_allowed);
                OpKind::ResetFallback
            }
            Call::WithState { .. } => OpKind::WithState,
            Call::Unknown { method } => {
                if !matches!(method.as_str(), "route" | "routes" | "merge" | "nest") {
                    let message =
                        format!("`{method}` is called on a router and is neither Axum's nor the program's");
                    self.diagnostics.push(Diagnostic::new(Code::ROUTER_METHOD_UNKNOWN, message).at(call));
                }
                OpKind::Unknown { method }
            }
        })
    }

    /// One finding for all paths of a file that begin with the same unknown part.
    fn report_unknown(&mut self) {
        for patterns in std::mem::take(&mut self.unknown).into_values() {
            let Some((first, place)) = patterns.first() else { continue };
            let message = match patterns.len() - 1 {
                0 => format!("a part of the path {first} is known only at run time"),
                more => format!(
                    "a part of the path {first} is known only at run time, and so of {more} more here"
                ),
            };
            self.diagnostics.push(Diagnostic::new(Code::ROUTE_PATH_UNKNOWN, message).at(*place));
        }
    }

    /// One finding for all routes under the same condition.
    fn report_conditions(&mut self) {
        let mut by_condition: OrderedMap<&str, Vec<&Route>> = OrderedMap::default();
        for route in &self.table.routes {
            if let Some(condition) = &route.conditional {
                by_condition.entry(condition).or_default().push(route);
            }
        }
        for (condition, routes) in by_condition {
            let names = routes.iter().take(3).map(|route| route.id.as_str()).collect::<Vec<_>>().join(", ");
            let more =
                if routes.len() > 3 { format!(" and {} more", routes.len() - 3) } else { String::new() };
            let verb = if routes.len() == 1 { "is" } else { "are" };
            let message = format!("{names}{more} {verb} registered only where `{condition}`");
            self.diagnostics.push(Diagnostic::new(Code::ROUTE_CONDITIONAL, message).at(routes[0].site));
        }
    }

    fn inner(&mut self, inner: &Chain<'p>, around: &Around, call: Location) -> Option<Router> {
        let bound = if around.depth > MAX_NESTING {
            format!("routers nest deeper than {MAX_NESTING} levels; what lies deeper is not listed")
        } else if self.steps > MAX_STEPS {
            format!("routers hold more than {MAX_STEPS} calls; only the first are listed")
        } else {
            return Some(self.router(inner, around));
        };
        if !std::mem::replace(&mut self.is_cut, true) {
            self.diagnostics.push(Diagnostic::new(Code::ROUTER_UNKNOWN, bound).at(call));
        }
        None
    }

    fn pattern(&mut self, text: &str, syntax: PathSyntax, call: Location) -> String {
        let pattern = axum::pattern(text, syntax);
        if syntax == PathSyntax::Braces
            && let Some(instead) = axum::instead_of_refused(text)
            && !axum::may_skip_checks(self.program)
        {
            let message = format!(
                "Axum 0.8 does not take the path `{text}`: the program ends when it builds its router"
            );
            let finding = Diagnostic::new(Code::PATH_REFUSED, message).at(call);
            self.diagnostics.push(finding.help(format!("write `{instead}`")));
        }
        if pattern.contains("{?}") {
            let start = pattern.split_inclusive("{?}").next().unwrap_or_default().to_string();
            let known = self.unknown.entry((call.source, start)).or_default();
            if !known.iter().any(|(_, place)| *place == call) {
                known.push((pattern.clone(), call));
            }
        }
        pattern
    }

    fn entries(
        &mut self,
        pattern: &str,
        methods: &Methods<'p>,
        call: Location,
        around: &Around,
    ) -> Vec<MethodEntry> {
        for finding in &methods.findings {
            self.diagnostics.push(finding.clone());
        }
        if let Some(handler) = &methods.fallback {
            let path = axum::join(&around.prefix, pattern);
            self.fallback(handler, around, path, true);
        }
        let mut entries = Vec::new();
        for entry in &methods.entries {
            let layers = around.layers.iter().chain(&entry.layers).cloned().collect();
            let Some(route) = self.row(pattern, entry.method, &entry.target, call, layers, around) else {
                break;
            };
            entries.push(MethodEntry {
                method: entry.method,
                handler: handler::describe(self.program, &entry.target, self.diagnostics),
                call: entry.call,
                is_head: entry.is_head,
                route,
            });
        }
        entries
    }

    /// Adds a route; one that is registered under several conditions has one row.
    fn row(
        &mut self,
        pattern: &str,
        method: Method,
        target: &Target<'p>,
        site: Location,
        layers: Vec<LayerUse>,
        around: &Around,
    ) -> Option<usize> {
        let path = axum::join(&around.prefix, pattern);
        let mut id = format!("{method} {path}");
        let mut same = 1;
        while let Some(&known) = self.rows.get(&id) {
            let row = &mut self.table.routes[known];
            // Two paths of which a part is not known are two routes, though they look alike.
            let is_other = row.site != site || row.handler.expr != target.expr;
            if path.contains("{?}") && is_other {
                same += 1;
                id = format!("{method} {path} #{same}");
                continue;
            }
            row.conditional = either(row.conditional.take(), around.condition.clone());
            return Some(known);
        }
        if self.table.routes.len() >= MAX_ROUTES {
            if !self.is_cut {
                self.is_cut = true;
                let message = format!("only the first {MAX_ROUTES} routes are listed");
                self.diagnostics.push(Diagnostic::new(Code::ROUTER_UNKNOWN, message).at(site));
            }
            return None;
        }
        let extractors = handler::extractors(self.program, target);
        let at = self.table.routes.len();
        self.rows.insert(id.clone(), at);
        self.table.routes.push(Route {
            id,
            method,
            path,
            handler: handler::describe(self.program, target, self.diagnostics),
            layers,
            conditional: around.condition.clone(),
            state: around.state.as_deref().map(|state| full_state(state, &extractors)),
            extractors,
            site,
        });
        Some(at)
    }

    fn fallback(
        &mut self,
        target: &Target<'p>,
        around: &Around,
        prefix: String,
        method_not_allowed: bool,
    ) -> super::table::Handler {
        let handler = handler::describe(self.program, target, self.diagnostics);
        let layers = around.layers.iter().filter(|layer| !layer.routes_only).cloned().collect();
        self.table.fallbacks.push(Fallback { prefix, handler: handler.clone(), layers, method_not_allowed });
        handler
    }
}

/// For each step the layers around what it registers, outermost first: those added later, then those from outside further out.
fn layers_around_each(steps: &[Step<'_>], outside: &Rc<Vec<LayerUse>>) -> Vec<Rc<Vec<LayerUse>>> {
    let mut layers = outside.clone();
    let mut each = Vec::with_capacity(steps.len());
    for step in steps.iter().rev() {
        each.push(layers.clone());
        if let Step::Call { kind: Call::Layer { layers: more, .. }, .. } = step {
            layers = Rc::new(layers.iter().chain(more).cloned().collect());
        }
    }
    each.reverse();
    each
}

/// For each step the state that what it registers gets: of the next `with_state`, else from outside, else as the router's type says.
fn state_of_each(steps: &[Step<'_>], outside: Option<&str>) -> Vec<Option<String>> {
    let declared = steps.iter().find_map(|step| match step {
        Step::Origin { state, .. } => state.clone(),
        _ => None,
    });
    let mut state = outside.map(str::to_string).or(declared);
    let mut each = Vec::with_capacity(steps.len());
    for step in steps.iter().rev() {
        each.push(state.clone());
        if let Step::Call { kind: Call::WithState { state: given }, .. } = step {
            state.clone_from(given);
        }
    }
    each.reverse();
    each
}

/// The state's type with the pointers that values do not track: `Arc<Db>` for `Db` where the handler extracts `State<Arc<Db>>`.
fn full_state(state: &str, extractors: &[String]) -> String {
    let extracted = extractors.iter().find_map(|text| text.strip_prefix("State<")?.strip_suffix('>'));
    match extracted {
        Some(text) if text.strip_prefix("Arc<").and_then(|rest| rest.strip_suffix('>')) == Some(state) => {
            text.to_string()
        }
        _ => state.to_string(),
    }
}

/// The condition that one of two holds; `None` where one always does.
fn either(one: Option<String>, other: Option<String>) -> Option<String> {
    let (one, other) = (one?, other?);
    if alternatives(&one).contains(&other.as_str()) {
        return Some(one);
    }
    let is_opposite = |a: &str, b: &str| a == format!("!{b}") || a == format!("!({b})");
    (!is_opposite(&one, &other) && !is_opposite(&other, &one)).then(|| format!("{one} || {other}"))
}

/// `a`, `b` of `a || b`.
fn alternatives(condition: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut start = 0;
    let mut all = Vec::new();
    for (at, c) in condition.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '|' if depth == 0 && condition[at..].starts_with("|| ") => {
                all.push(condition[start..at].trim());
                start = at + 2;
            }
            _ => {}
        }
    }
    all.push(condition[start..].trim());
    all
}

#[cfg(test)]
mod tests {
    use super::either;

    #[test]
    fn a_condition_stands_once_among_its_alternatives() {
        for (one, other, expect) in [
            ("a", "a", Some("a")),
            ("a || b", "b", Some("a || b")),
            ("a", "!a", None),
            ("!(a || b)", "b", Some("!(a || b) || b")),
            ("m!(x, A | B) || b", "m!(x, A | B)", Some("m!(x, A | B) || b")),
        ] {
            assert_eq!(either(Some(one.into()), Some(other.into())).as_deref(), expect);
        }
        assert_eq!(either(None, Some("a".into())), None);
    }
}
