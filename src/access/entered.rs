//! The contexts that a walk has entered, and which others are like them: these would find nothing new.
//!
//! A context is like another of the same function if it answers the same to everything that the other was asked of its caller.
//! Deliberately absent: what is found there (`reach`).

use crate::certainty::Certainty;
use crate::ordered::UnorderedMap;
use crate::resolve::{DefId, Ty};
use crate::syntax::Name;
use crate::values::{Evaluator, FrameId};

/// Number of a context in its walk.
pub(super) type Entry = usize;

/// Function, `Self`, type arguments and certainty of a context.
type Key = (DefId, Option<Ty>, Vec<(Name, Ty)>, Certainty);

#[derive(Debug, Default)]
pub(super) struct Entered {
    all: Vec<One>,
    by_key: UnorderedMap<Key, Vec<Entry>>,
    /// How often a call was not followed because the way to it is too long.
    cuts: usize,
}

#[derive(Debug)]
struct One {
    frame: FrameId,
    /// Whether it is being walked: it may be asked for more.
    open: bool,
    /// `cuts` when it began.
    cuts: usize,
    /// Whether calls behind it were not followed because the way to them is too long.
    is_cut: bool,
    /// Contexts that were like it when they were met, each with the way to it.
    like: Vec<(FrameId, Vec<String>)>,
}

impl Entered {
    /// Begins a context; `None` where it is like one that was entered.
    pub(super) fn begin(
        &mut self,
        evaluator: &mut Evaluator<'_>,
        frame: FrameId,
        via: &[String],
    ) -> Option<Entry> {
        let at = evaluator.frame(frame);
        let depth = at.depth;
        let key = (at.owner, at.self_ty.clone(), at.type_args.clone(), at.certainty);
        let known = self.by_key.entry(key).or_default();
        for &entry in known.iter() {
            let one = &mut self.all[entry];
            if one.is_cut && depth < evaluator.frame(one.frame).depth {
                continue;
            }
            evaluator.spend();
            if one.frame == frame || evaluator.answers_like(frame, one.frame) {
                if one.open && one.frame != frame {
                    one.like.push((frame, via.to_vec()));
                }
                self.cuts += usize::from(one.is_cut);
                return None;
            }
        }
        let entry = self.all.len();
        known.push(entry);
        self.all.push(One { frame, open: true, cuts: self.cuts, is_cut: false, like: Vec::new() });
        Some(entry)
    }

    /// Notes that a call is not followed because the way to it is too long.
    pub(super) fn cut(&mut self) {
        self.cuts += 1;
    }

    /// One of those that were like a context and are not any more, now that it was asked for more.
    pub(super) fn other(
        &mut self,
        evaluator: &mut Evaluator<'_>,
        entry: Entry,
    ) -> Option<(FrameId, Vec<String>)> {
        let one = &mut self.all[entry];
        let at = (0..one.like.len()).find(|&at| !evaluator.answers_like(one.like[at].0, one.frame))?;
        Some(one.like.swap_remove(at))
    }

    /// Ends a context.
    pub(super) fn end(&mut self, entry: Entry) {
        let one = &mut self.all[entry];
        one.open = false;
        one.is_cut = self.cuts > one.cuts;
        one.like = Vec::new();
    }
}
