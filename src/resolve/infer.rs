//! Types of expressions as far as method calls need them, and what every call leads to.
//!
//! Input: the program with names and impls resolved. Output: `BodyTypes` for every function with a body and every const or static with
//! an initialiser, by pure inference of one body at a time: other functions are known by their signatures only.
//! Deliberately absent: checking. Ill-typed code gives unknown types, and no knowledge of Axum or AWS beyond trait names is used.

mod body;
mod call;
mod derived;
mod dispatch;
mod expr;
mod foreign;
pub(super) mod implicit;
mod index;
mod known;
mod known_methods;
mod macros;
mod method;
mod operator;
mod pattern;
mod queries;
mod unify;
mod values;

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::evidence::Evidence;
use super::program::{DefId, DefKind, Program};
use super::scope::ExternalPath;
use super::types::Ty;
use crate::certainty::Certainty;
use crate::ordered::UnorderedMap;
use crate::span::Span;
use crate::stack::on_all_cores;
use crate::syntax::Name;

pub(super) use dispatch::Uses;
pub use index::{Index, Sig};

/// So many bodies are led through bounds in one piece.
const PIECE: usize = 512;

/// What is known of one body.
#[derive(Debug, Default)]
pub struct BodyTypes {
    types: UnorderedMap<Span, Ty>,
    call_at: UnorderedMap<Span, usize>,
    /// Calls and functions named as values, in the order of inference.
    pub calls: Vec<CallSite>,
    /// Definitions that run or are read without a call in the text.
    pub(super) implicit: Vec<Implicit>,
    /// A type of the program that stands where a trait is expected: the trait and the type.
    pub(super) coerced: Vec<(DefId, DefId)>,
    /// Types of the program of which the body makes values.
    pub(super) constructed: Vec<DefId>,
    /// Types with a `Drop` of the program that a local or parameter holds, and where it is bound.
    pub(super) dropped: Vec<(DefId, Span)>,
    /// Constants and statics that are read.
    pub(super) consts: Vec<(DefId, Span)>,
    /// Call sites whose callee depends on which impls the whole program uses.
    pub(super) dispatched: Vec<Dispatched>,
    /// Functions handed to methods of std such as `map`: no framework calls these.
    pub(super) to_std: Vec<Span>,
    /// Type of the body's value.
    pub value: Option<Ty>,
}

/// A definition that runs without being named.
#[derive(Debug, Clone)]
pub(super) struct Implicit {
    pub(super) def: DefId,
    pub(super) span: Span,
    pub(super) certainty: Certainty,
    pub(super) evidence: Evidence,
}

/// A method called through a bound: on `dyn T`, `impl T` or `X: T`.
#[derive(Debug, Clone)]
pub(super) struct Dispatched {
    /// Index in `calls`.
    pub(super) call: usize,
    /// The trait of the bound, which may be a subtrait of the method's.
    pub(super) bound: DefId,
    /// The trait's method.
    pub(super) method: DefId,
    /// A function without `self` on a type that is not known: it is one of them, not any of them.
    pub(super) is_one: bool,
}

/// One call, or one function named as a value.
#[derive(Debug, Clone)]
pub struct CallSite {
    /// The whole call expression, or the path of a function named as a value.
    pub span: Span,
    /// Of the method's name, or of the path.
    pub name: Span,
    pub is_call: bool,
    pub callees: Arc<[Callee]>,
    pub certainty: Certainty,
    pub evidence: Evidence,
}

/// What a call may lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callee {
    Def {
        def: DefId,
        /// The type on which an associated function or method is called.
        self_ty: Option<Ty>,
        /// Generics of the impl and of the function, as far as known.
        type_args: Vec<(Name, Ty)>,
    },
    /// A free or associated function of another crate.
    External(ExternalPath),
    /// A method on a type of another crate.
    ExternalMethod {
        receiver: Ty,
        method: Name,
    },
    Unresolved {
        why: Why,
    },
}

/// Why a call leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// The type before the dot is not known.
    UnknownReceiver,
    /// The type is one of the program, and nothing of that name is known on it.
    NoSuchMethod,
    /// No name of the scope explains the path.
    UnknownPath,
    /// A value is called whose type is not known.
    UnknownValue,
    /// More candidates than say anything.
    Ambiguous,
}

impl Why {
    /// For messages: `receiver of unknown type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Why::UnknownReceiver => "receiver of unknown type",
            Why::NoSuchMethod => "no such method on the type",
            Why::UnknownPath => "path that no scope explains",
            Why::UnknownValue => "call of a value of unknown type",
            Why::Ambiguous => "too many candidates",
        }
    }
}

const UNKNOWN: &Ty = &Ty::Unknown;

impl BodyTypes {
    /// Type of an expression; `Ty::Unknown` where it is not known.
    pub fn ty(&self, expr: Span) -> &Ty {
        self.types.get(&expr).unwrap_or(UNKNOWN)
    }

    /// The call, or function value, that stands exactly there.
    pub fn call(&self, expr: Span) -> Option<&CallSite> {
        self.call_at.get(&expr).map(|&at| &self.calls[at])
    }
}

impl CallSite {
    /// Definitions of the program among the callees.
    pub fn defs(&self) -> impl Iterator<Item = DefId> + '_ {
        self.callees.iter().filter_map(|callee| match callee {
            Callee::Def { def, .. } => Some(*def),
            _ => None,
        })
    }

    pub fn why(&self) -> Option<Why> {
        self.callees.iter().find_map(|callee| match callee {
            Callee::Unresolved { why } => Some(*why),
            _ => None,
        })
    }
}

impl Program {
    /// What is known of a function's body, or of the initialiser of a const or static.
    pub fn body(&self, id: DefId) -> Option<&BodyTypes> {
        let body = self.bodies.get(id.0 as usize)?.get_or_init(|| {
            let mut body = of(self, id)?;
            dispatch::fill(self, &mut body, &mut dispatch::Candidates::default());
            Some(Box::new(body))
        });
        body.as_deref()
    }
}

/// Prepares what inference looks up.
pub(super) fn index(program: &mut Program) {
    program.index = index::build(program);
    program.bodies = program.defs.iter().map(|_| OnceLock::new()).collect();
}

/// Infers one body; calls through bounds are left open.
pub(super) fn of(program: &Program, id: DefId) -> Option<BodyTypes> {
    match program.def(id).kind {
        DefKind::Fn | DefKind::Method | DefKind::Const | DefKind::Static | DefKind::AssocConst => {
            body::infer(program, id)
        }
        _ => None,
    }
}

/// Leads the calls through bounds of all bodies that are inferred to what the program puts there.
pub(super) fn lead_through_bounds(program: &mut Program) {
    let mut bodies = std::mem::take(&mut program.bodies);
    let lead = |candidates: &mut _, body: &mut OnceLock<Option<Box<BodyTypes>>>| {
        if let Some(Some(body)) = body.get_mut() {
            dispatch::fill(program, body, candidates);
        }
    };
    on_all_cores(|| {
        let all = bodies.par_iter_mut().with_min_len(PIECE);
        all.for_each_init(dispatch::Candidates::default, lead);
    });
    program.bodies = bodies;
}

#[cfg(test)]
mod tests;
