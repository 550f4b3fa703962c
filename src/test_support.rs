//! Hand-made programs, route tables and access tables for unit tests of the later stages.

use std::sync::Arc;

use crate::access::{Access, AccessTable, Mode, Resource, ResourceName};
use crate::certainty::Certainty;
use crate::graph::{self, AppGraph};
use crate::load::ModuleId;
use crate::load::{SourceFile, Sources};
use crate::metrics::Group;
use crate::resolve::{CallEdge, Def, DefId, DefKind, EdgeKind, Evidence, Program};
use crate::routes::{Handler, LayerUse, Method, Route, RouteTable};
use crate::span::{Location, SourceId, Span};

/// An application under construction: each route gets a handler of its own in one source file.
pub(crate) struct App {
    pub(crate) sources: Sources,
    pub(crate) program: Program,
    pub(crate) routes: RouteTable,
    pub(crate) accesses: AccessTable,
    text: String,
}

/// Services by name, each with its routes.
pub(crate) fn groups(of: &[(&str, &[usize])]) -> Vec<Group> {
    let group = |&(name, routes): &(&str, &[usize])| Group {
        name: name.into(),
        routes: routes.to_vec(),
        owns: vec![],
    };
    of.iter().map(group).collect()
}

/// A `DynamoDB` table named by an environment variable.
pub(crate) fn table(variable: &str) -> Resource {
    Resource {
        service: "dynamodb".into(),
        kind: "table".into(),
        name: ResourceName::env(variable),
        sub: None,
    }
}

impl App {
    pub(crate) fn new() -> Self {
        Self {
            sources: Sources::default(),
            program: Program::default(),
            routes: RouteTable::default(),
            accesses: AccessTable::default(),
            text: String::new(),
        }
    }

    /// Appends text to the source file and gives its place.
    pub(crate) fn text(&mut self, text: &str) -> Location {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        self.text.push('\n');
        Location { source: SourceId(0), span: Span::new(start, start + text.len() as u32) }
    }

    pub(crate) fn def(&mut self, kind: DefKind, name: &str, text: &str) -> DefId {
        let location = self.text(text);
        let id = DefId(self.program.defs.len() as u32);
        self.program.defs.push(Def {
            id,
            kind,
            name: name.into(),
            path: format!("app::{name}"),
            module: ModuleId(0),
            parent: None,
            location,
            item: crate::syntax::parse(&"fn any() {}".into(), crate::syntax::Depth::Whole).items.remove(0),
        });
        id
    }

    pub(crate) fn refers(&mut self, from: DefId, to: DefId, kind: EdgeKind) {
        let location = self.program.def(from).location;
        self.program.edges.push(CallEdge {
            from,
            to,
            kind,
            location,
            certainty: Certainty::Proved,
            evidence: Evidence::Path,
        });
        self.program.edges.sort_by_key(|edge| (edge.from, edge.location));
    }

    /// A route `METHOD /path` with a handler of its own; gives the handler.
    pub(crate) fn route(&mut self, id: &str) -> DefId {
        let name = id.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        self.route_with(id, &name, &format!("async fn {name}() {{}}"))
    }

    pub(crate) fn route_with(&mut self, id: &str, name: &str, text: &str) -> DefId {
        let def = self.def(DefKind::Fn, name, text);
        let (method, path) = id.split_once(' ').expect("an id is a method and a path");
        let method = Method::from_routing_fn(&method.to_lowercase()).expect("a method");
        let start = text.find(&format!("fn {name}")).map_or(0, |at| at as u32 + 3);
        let whole = self.program.def(def).location;
        let start = whole.span.start + start;
        let location = Location { span: Span::new(start, start + name.len() as u32), ..whole };
        let site = self.text(&format!(".route({path:?}, {}({name}))", method.as_str().to_lowercase()));
        self.routes.routes.push(Route {
            id: id.to_string(),
            method,
            path: path.to_string(),
            handler: Handler {
                name: name.to_string(),
                path: format!("app::{name}"),
                def: Some(def),
                location,
                expr: site,
                calls: Vec::new(),
            },
            layers: Vec::new(),
            conditional: None,
            state: None,
            extractors: Vec::new(),
            site,
        });
        self.accesses.routes.push(Vec::new());
        self.accesses.route_env.push(Vec::new());
        def
    }

    /// The last route does an operation on the tables.
    pub(crate) fn access(&mut self, operation: &str, mode: Mode, resources: &[Resource]) {
        let route = self.routes.routes.last().expect("a route");
        let access = Access {
            service: "dynamodb".into(),
            operation: operation.into(),
            actions: vec![format!("dynamodb:{operation}")],
            resources: resources.to_vec(),
            argument: None,
            conditions: vec![],
            mode,
            location: route.handler.location,
            certainty: Certainty::Proved,
            via: vec![route.handler.path.clone()],
            implied: false,
            columns: None,
        };
        self.accesses.routes.last_mut().expect("a route").push(Arc::new(access));
    }

    /// A route that reads one table.
    pub(crate) fn reads(&mut self, id: &str, variable: &str) -> DefId {
        let def = self.route(id);
        self.access("GetItem", Mode::Read, &[table(variable)]);
        def
    }

    /// A route that writes one table.
    pub(crate) fn writes(&mut self, id: &str, variable: &str) -> DefId {
        let def = self.route(id);
        self.access("PutItem", Mode::Write, &[table(variable)]);
        def
    }

    /// Wraps the last route in a layer.
    pub(crate) fn layer(&mut self, name: &str, def: Option<DefId>) {
        let location = self.text(&format!(".layer({name})"));
        let layer = LayerUse { name: name.into(), def, closure: None, location, routes_only: false };
        self.routes.routes.last_mut().expect("a route").layers.push(layer);
    }

    /// Puts the source file in its place and builds the graph.
    pub(crate) fn graph(&mut self) -> AppGraph {
        self.sources = Sources::default();
        self.sources.push(SourceFile::new("src/main.rs".into(), self.text.clone()));
        graph::build(&self.program, &self.routes, &self.accesses)
    }
}
