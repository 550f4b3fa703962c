//! The resolved program: every definition with its path and place, and the edges between them.

use crate::certainty::Certainty;
use crate::span::Location;

/// Number of a definition in `Program::defs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DefId(pub u32);

/// Number of a module in `Program::modules`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(pub u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DefKind {
    Fn,
    Method,
    Struct,
    Enum,
    Union,
    Variant,
    Trait,
    TypeAlias,
    Const,
    Static,
    Impl,
    Macro,
    AssocType,
}

/// A definition of the program (not of an external crate).
#[derive(Debug, Clone)]
pub struct Def {
    pub id: DefId,
    pub kind: DefKind,
    pub name: String,
    /// Full path, for example `shop::db::Repository::find_user`.
    pub path: String,
    pub module: ModuleId,
    /// The impl, trait or enum that holds it.
    pub parent: Option<DefId>,
    /// The whole item, attributes included.
    pub location: Location,
}

/// Why one definition needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeKind {
    /// A call in the text.
    Call,
    /// A function named as a value, for example a handler.
    Value,
    /// Called without being named: extractor, `From` behind `?`, `IntoResponse`, `Drop`.
    Implicit,
    /// A type named in a signature or body.
    Type,
    /// A constant or static that is read.
    Const,
}

/// One reference between two definitions of the program.
#[derive(Debug, Clone)]
pub struct CallEdge {
    pub from: DefId,
    pub to: DefId,
    pub kind: EdgeKind,
    pub location: Location,
    pub certainty: Certainty,
}

/// The resolved program.
#[derive(Debug, Default)]
pub struct Program {
    pub defs: Vec<Def>,
    /// Sorted by `from`, then place.
    pub edges: Vec<CallEdge>,
}

impl Program {
    pub fn def(&self, id: DefId) -> &Def {
        &self.defs[id.0 as usize]
    }
}
