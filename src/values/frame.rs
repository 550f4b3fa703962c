//! Call contexts: by which call a function was entered.

use std::rc::Rc;

use super::value::{Thunk, Values};
use crate::certainty::Certainty;
use crate::ordered::UnorderedMap;
use crate::resolve::{DefId, Ty};
use crate::syntax::Name;
use crate::syntax::ast::Expr;

/// Number of a call context in its evaluator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FrameId(pub u32);

/// One function entered from one place.
#[derive(Debug, Clone)]
pub struct Frame<'p> {
    /// The function, const or static whose body is looked at.
    pub owner: DefId,
    /// The calling expression and its context; `None` where any caller is meant.
    pub caller: Option<Thunk<'p>>,
    /// What `Self` is, with its type arguments.
    pub self_ty: Option<Ty>,
    /// Generics of the impl and of the function, as far as known.
    pub type_args: Vec<(Name, Ty)>,
    /// Of the way here: `Inferred` where a call had several candidates.
    pub certainty: Certainty,
    /// How many calls lead here.
    pub depth: u32,
    /// Values of a closure's parameters while its body is looked at, by the closure's address.
    pub closures: Rc<Vec<(usize, Vec<Values<'p>>)>>,
    /// The context in which a closure is applied, where this is one of its body.
    pub(super) around: Option<FrameId>,
    /// What a parameter is, or `self`, where no call says it.
    pub(super) given: Option<(Option<usize>, Values<'p>)>,
}

/// What a context can be asked of the call that entered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Receiver,
    Param(usize),
    /// Which function calls.
    Caller,
}

/// All call contexts. Equal ones have one number.
#[derive(Debug, Default)]
pub(super) struct Frames<'p> {
    all: Vec<Frame<'p>>,
    /// What each context was asked.
    asked: Vec<Vec<Asked>>,
    known: UnorderedMap<Key, FrameId>,
}

type Key = (DefId, Option<(usize, FrameId)>, Option<Ty>, Vec<(Name, Ty)>);

impl<'p> Frames<'p> {
    pub(super) fn get(&self, id: FrameId) -> &Frame<'p> {
        &self.all[id.0 as usize]
    }

    /// Notes that a context was asked for something.
    pub(super) fn ask(&mut self, id: FrameId, what: Asked) {
        let id = self.get(id).around.unwrap_or(id);
        let asked = &mut self.asked[id.0 as usize];
        if !asked.contains(&what) {
            asked.push(what);
        }
    }

    /// Everything that a context was asked.
    pub(super) fn asked(&self, id: FrameId) -> &[Asked] {
        &self.asked[id.0 as usize]
    }

    pub(super) fn add(&mut self, frame: Frame<'p>) -> FrameId {
        if !frame.closures.is_empty() || frame.given.is_some() {
            return self.push(frame);
        }
        let caller = frame.caller.map(|call| (address(call.expr), call.frame));
        let key = (frame.owner, caller, frame.self_ty.clone(), frame.type_args.clone());
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let id = self.push(frame);
        self.known.insert(key, id);
        id
    }

    fn push(&mut self, frame: Frame<'p>) -> FrameId {
        self.all.push(frame);
        self.asked.push(Vec::new());
        FrameId(self.all.len() as u32 - 1)
    }
}

/// Identity of an expression: the program's tree does not move.
pub(super) fn address(expr: &Expr) -> usize {
    std::ptr::from_ref(expr).addr()
}
