//! What stands in the graph and what ties it: nodes with their place, edges with their evidence.

use crate::access::{Mode, Resource};
use crate::certainty::Certainty;
use crate::resolve::DefId;
use crate::span::Location;

/// One thing of the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Route(RouteNode),
    Layer(LayerNode),
    /// A function, a method or a closure; handlers and middleware functions are functions too.
    Function(FunctionNode),
    /// A struct, enum, union or type alias of the program.
    Model(ItemNode),
    Static(ItemNode),
    /// Without index or key pattern, for example `dynamodb:table/${USERS_TABLE}`.
    Resource(Resource),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteNode {
    /// Index into `RouteTable::routes`.
    pub index: usize,
    /// `GET /users/{id}`.
    pub id: String,
    pub location: Location,
}

/// One `.layer(..)` call; routes registered under the same call share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerNode {
    pub name: String,
    pub location: Location,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionNode {
    pub name: String,
    /// `shop::db::find_user`.
    pub path: String,
    pub def: Option<DefId>,
    pub location: Option<Location>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemNode {
    pub name: String,
    /// `shop::models::User`.
    pub path: String,
    pub def: DefId,
    pub location: Location,
}

impl Node {
    /// What a person calls it.
    pub fn label(&self) -> String {
        match self {
            Node::Route(route) => route.id.clone(),
            Node::Layer(layer) => layer.name.clone(),
            Node::Function(function) => function.path.clone(),
            Node::Model(item) | Node::Static(item) => item.path.clone(),
            Node::Resource(resource) => resource.to_string(),
        }
    }

    /// What of the program it is; none of a closure, and of what is not one definition.
    pub fn def(&self) -> Option<DefId> {
        match self {
            Node::Function(function) => function.def,
            Node::Model(item) | Node::Static(item) => Some(item.def),
            Node::Route(_) | Node::Layer(_) | Node::Resource(_) => None,
        }
    }
}

/// Why one node needs another, with the place that shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    pub kind: EdgeKind,
    pub location: Option<Location>,
    pub certainty: Certainty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeKind {
    /// Route -> layer that wraps it.
    WrappedBy,
    /// Route -> function that answers it.
    HandledBy,
    /// Layer or function -> function.
    Calls,
    /// Function or model -> model.
    Uses,
    /// Function -> static.
    Shares,
    /// Function -> resource: the call that does it.
    Accesses(Mode),
    /// Route -> resource: all that its handler, extractors, layers and start-up code do there.
    Touches(Mode),
}

impl EdgeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            EdgeKind::WrappedBy => "wrapped by",
            EdgeKind::HandledBy => "handled by",
            EdgeKind::Calls => "calls",
            EdgeKind::Uses => "uses",
            EdgeKind::Shares => "shares",
            EdgeKind::Accesses(mode) | EdgeKind::Touches(mode) => match mode {
                Mode::Read => "reads",
                Mode::Write => "writes",
                Mode::ReadWrite => "reads and writes",
            },
        }
    }
}
