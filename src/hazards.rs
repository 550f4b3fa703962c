//! Graph, program and routes -> findings about what splitting changes or what a gateway cannot carry.
//!
//! Only what the inputs show is reported: signatures, the text of reached functions without comments and strings, route patterns.
//! Deliberately absent: findings about a plan (`plan`), such as a table written by several services.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::graph::{AppGraph, FunctionNode, Node};
use crate::load::Sources;
use crate::ordered::UnorderedSet;
use crate::resolve::{DefId, EdgeKind, Program};
use crate::routes::RouteTable;
use crate::routes::table::ServedBy;
use crate::span::{Location, Span};

mod calls;
pub mod code;
mod merged;
pub mod shadow;

use code::Code as Text;

/// Types of the gateway's context that handlers may ask for.
const GATEWAY_CONTEXT: &[&str] = &[
    "RequestContext",
    "ApiGatewayV2httpRequestContext",
    "ApiGatewayProxyRequestContext",
    "ApiGatewayRequestContext",
    "AlbTargetGroupRequestContext",
    "ApiGatewayV2httpRequest",
    "ApiGatewayProxyRequest",
];

/// Types whose content changes behind a shared reference.
const MUTABLE: &[&str] = &[
    "Mutex",
    "RwLock",
    "DashMap",
    "DashSet",
    "RefCell",
    "AtomicBool",
    "AtomicU8",
    "AtomicU16",
    "AtomicU32",
    "AtomicU64",
    "AtomicUsize",
    "AtomicI32",
    "AtomicI64",
    "AtomicIsize",
];

/// Finds everything that can be seen before a plan exists.
pub fn find(
    graph: &AppGraph,
    program: &Program,
    routes: &RouteTable,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) {
    let hazards = Hazards { graph, program, routes, sources };
    diagnostics.extend(shadow::siblings(routes));
    diagnostics.extend(routes.router.iter().flat_map(merged::layered_fallbacks));
    hazards.signatures(diagnostics);
    hazards.mutable_statics(diagnostics);
    hazards.mutable_state(diagnostics);
    hazards.bodies(diagnostics);
    hazards.start_up(diagnostics);
    diagnostics.extend(calls::find(graph, program));
}

struct Hazards<'a> {
    graph: &'a AppGraph,
    program: &'a Program,
    routes: &'a RouteTable,
    sources: &'a Sources,
}

impl Hazards<'_> {
    fn text(&self, location: Location) -> Text<'_> {
        Text::new(self.sources.text(location))
    }

    /// What a handler's extractors and return type show.
    fn signatures(&self, diagnostics: &mut Diagnostics) {
        for route in &self.routes.routes {
            let asks = |name: &str| route.extractors.iter().any(|extractor| code::names(extractor, name));
            if asks("WebSocketUpgrade") {
                diagnostics.push(
                    Diagnostic::new(Code::WEBSOCKET, format!("`{}` upgrades to a WebSocket", route.id))
                        .at(route.handler.location)
                        .help("keep the route in the monolith, or serve it from a WebSocket API"),
                );
            }
            for context in GATEWAY_CONTEXT.iter().filter(|context| asks(context)) {
                diagnostics.push(
                    Diagnostic::new(
                        Code::REQUEST_CONTEXT_USE,
                        format!("`{}` reads the gateway's `{context}`", route.id),
                    )
                    .at(route.handler.location)
                    .help("check that it relies on no route key or path parameter"),
                );
            }
            let text = self.text(route.handler.location);
            let answer = text.answer_type();
            if answer.is_some_and(|answer| code::names(answer, "Sse") || code::names(answer, "StreamBody")) {
                diagnostics.push(
                    Diagnostic::new(Code::STREAMING, format!("`{}` answers with a stream", route.id))
                        .at(route.handler.location),
                );
            }
        }
    }

    fn mutable_statics(&self, diagnostics: &mut Diagnostics) {
        for (at, node) in self.graph.nodes() {
            let Node::Static(item) = node else { continue };
            let text = self.text(item.location);
            let mutable = text.holds_words("static mut") || MUTABLE.iter().any(|name| text.holds_words(name));
            let users = self.graph.routes_reaching(at);
            if mutable && !users.is_empty() {
                diagnostics.push(
                    Diagnostic::new(
                        Code::SHARED_MUTABLE_STATE,
                        format!("static `{}` can change while {} use it", item.name, self.few(&users)),
                    )
                    .at(item.location)
                    .help("separate functions do not share it: keep such state in a table or cache"),
                );
            }
        }
    }

    /// Fields of a router's state type that can change.
    fn mutable_state(&self, diagnostics: &mut Diagnostics) {
        let mut seen = UnorderedSet::default();
        let mut states: Vec<&String> = Vec::new();
        for route in &self.routes.routes {
            let Some(state) = &route.state else { continue };
            if states.contains(&state) {
                continue;
            }
            states.push(state);
            for def in self.program.defs.iter().filter(|def| def.kind == crate::resolve::DefKind::Struct) {
                if !code::words(state).any(|word| word == def.name) {
                    continue;
                }
                let text = self.text(def.location);
                if let Some(name) = MUTABLE.iter().find(|name| text.holds_words(name))
                    && seen.insert(def.id)
                {
                    diagnostics.push(
                        Diagnostic::new(
                            Code::SHARED_MUTABLE_STATE,
                            format!("state `{}` holds a `{name}`", def.name),
                        )
                        .at(def.location)
                        .help("separate functions do not share what it holds"),
                    );
                }
            }
        }
    }

    /// What the bodies of reached functions show.
    fn bodies(&self, diagnostics: &mut Diagnostics) {
        for (at, node) in self.graph.nodes() {
            let Node::Function(FunctionNode { path, location: Some(location), .. }) = node else { continue };
            if self.graph.routes_reaching(at).is_empty() {
                continue;
            }
            let text = self.text(*location);
            crate_names(&text, *location, path, diagnostics);
            // On Lambda the program has none today either.
            let is_new_on_lambda = !self.routes.served_by.contains(&ServedBy::Lambda);
            if let Some(span) = text.find("ConnectInfo").filter(|_| is_new_on_lambda) {
                diagnostics.push(
                    Diagnostic::new(Code::PEER_ADDRESS, format!("`{path}` asks for the peer's address"))
                        .at(within(*location, span))
                        .help(
                            "take the client's address from the gateway's request context or from a header",
                        ),
                );
            }
            for (span, _) in text.detached_spawns() {
                diagnostics.push(
                    Diagnostic::new(
                        Code::DETACHED_SPAWN,
                        format!("`{path}` spawns a task and does not await it"),
                    )
                    .at(within(*location, span))
                    .help("await it, or hand the work to a queue"),
                );
            }
        }
    }

    /// Loops that are spawned by the function that serves, or by what it calls, before it serves.
    fn start_up(&self, diagnostics: &mut Diagnostics) {
        let Some(entry) = self.routes.entry else { return };
        for id in self.called_from(entry) {
            let def = self.program.def(id);
            let text = self.text(def.location);
            for (span, argument) in text.detached_spawns() {
                if !argument.holds_words("loop") && !argument.holds_words("while") {
                    continue;
                }
                diagnostics.push(
                    Diagnostic::new(
                        Code::BACKGROUND_LOOP,
                        format!("`{}` starts a loop before serving", def.path),
                    )
                    .at(within(def.location, span))
                    .help("move the loop to a function of its own with a schedule or an event source"),
                );
            }
        }
    }

    /// The entry and what it calls by name; handlers are values there, so they are not among them.
    fn called_from(&self, entry: DefId) -> Vec<DefId> {
        let mut seen = UnorderedSet::default();
        seen.insert(entry);
        let mut found = vec![entry];
        let mut next = 0;
        while next < found.len() {
            let from = found[next];
            next += 1;
            for edge in self.program.edges_from(from).iter().filter(|edge| edge.kind == EdgeKind::Call) {
                if seen.insert(edge.to) {
                    found.push(edge.to);
                }
            }
        }
        found
    }

    /// `GET /a`, or `GET /a and 2 more routes`.
    fn few(&self, routes: &[usize]) -> String {
        let first = &self.routes.routes[routes[0]].id;
        match routes.len() {
            1 => format!("`{first}`"),
            2 => format!("`{first}` and 1 more route"),
            more => format!("`{first}` and {} more routes", more - 1),
        }
    }
}

/// What in a text means something else in another crate.
fn crate_names(text: &Text<'_>, location: Location, path: &str, diagnostics: &mut Diagnostics) {
    let macros = ["module_path!", "file!", "type_name::<", "type_name_of_val("];
    let found = macros.iter().filter_map(|name| Some((*name, text.find(name)?)));
    let variables = ["CARGO_PKG_", "CARGO_CRATE_NAME", "CARGO_BIN_NAME", "CARGO_MANIFEST_DIR"];
    let found = found.chain(variables.iter().filter_map(|name| Some((*name, text.find_env(name)?))));
    for (name, span) in found {
        let name = name.trim_end_matches(['<', ':', '(']);
        diagnostics.push(
            Diagnostic::new(
                Code::CRATE_NAME_DEPENDENCE,
                format!("`{path}` uses `{name}`, which differs in another crate"),
            )
            .at(within(location, span)),
        );
    }
}

/// A span inside the text of a location, as a location.
fn within(location: Location, span: Span) -> Location {
    let start = location.span.start;
    Location { source: location.source, span: Span::new(start + span.start, start + span.end) }
}

#[cfg(test)]
mod tests;
