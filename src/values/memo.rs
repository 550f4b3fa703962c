//! What was found out before, and for how long it holds.
//!
//! What is asked for while it is under way is on a cycle: so much comes of it as was found so far. The outermost task of the cycle is done again
//! until nothing is missing any more that was asked for too early (chaotic iteration; P. and R. Cousot, "Automatic synthesis of optimal
//! invariant assertions", 1977). What was found on the way holds until then; all other values hold for ever.

use std::rc::Rc;

use super::frame::FrameId;
use super::value::{Value, Values};
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::{DefId, Ty};
use crate::syntax::Name;

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Task {
    /// An expression by its address, in a context.
    Expr(usize, FrameId),
    /// A field of what a literal or constructor call makes.
    Field(usize, FrameId, Name),
    /// A field of every value of a type.
    FieldOf(DefId, Ty, Name),
    /// What a context was entered with: an argument by its position, or `None` for `self`.
    Argument(FrameId, Option<usize>),
}

#[derive(Debug)]
enum State<'p> {
    UnderWay {
        /// Position in `Memo::tasks`.
        at: usize,
        so_far: Values<'p>,
        was_asked_for: bool,
    },
    /// With the outermost task of its cycle, by position and number: the values hold while that is under way, and once it has ended with
    /// nothing missing.
    Found(Values<'p>, Option<(usize, u64)>),
    /// Found, but not to be kept.
    Dropped,
}

/// All that was asked for.
#[derive(Debug, Default)]
pub(super) struct Memo<'p> {
    states: UnorderedMap<Task, State<'p>>,
    /// Numbers of the tasks under way, from the outside in: no two tasks have the same, nor two rounds of one.
    tasks: Vec<u64>,
    /// How many of them are expressions.
    exprs: usize,
    started: u64,
    /// Position of the outermost task that was asked for too early since the innermost began.
    cut_at: Option<usize>,
    /// How many tasks had more values in the end than what was asked for too early.
    missed: u64,
    /// Numbers of tasks that ended as the outermost of a cycle in which nothing was missing.
    closed: UnorderedSet<u64>,
}

/// What there was before a task began.
#[derive(Clone, Copy)]
pub(super) struct Before {
    cut_at: Option<usize>,
    missed: u64,
}

impl<'p> Memo<'p> {
    /// How many expressions are being evaluated.
    pub(super) fn depth(&self) -> usize {
        self.exprs
    }

    /// What is known of a task, so far where it is under way.
    pub(super) fn known(&mut self, task: &Task) -> Option<Values<'p>> {
        let (at, values) = match self.states.get_mut(task)? {
            State::UnderWay { at, so_far, was_asked_for } => {
                *was_asked_for = true;
                (Some(*at), so_far.clone())
            }
            State::Found(values, Some((at, number))) if self.tasks.get(*at) == Some(number) => {
                (Some(*at), values.clone())
            }
            State::Found(_, Some((_, number))) if !self.closed.contains(number) => return None,
            State::Found(values, _) => (None, values.clone()),
            State::Dropped => return None,
        };
        self.cut_at = outermost(self.cut_at, at);
        Some(values)
    }

    pub(super) fn begin(&mut self, task: &Task) -> Before {
        self.started += 1;
        self.exprs += usize::from(matches!(task, Task::Expr(..)));
        // What was found when another task was the outermost is not wrong: only something may be missing.
        let so_far = match self.states.remove(task) {
            Some(State::Found(values, _)) => values,
            _ => Rc::default(),
        };
        let at = self.tasks.len();
        self.states.insert(task.clone(), State::UnderWay { at, so_far, was_asked_for: false });
        self.tasks.push(self.started);
        Before { cut_at: self.cut_at.take(), missed: self.missed }
    }

    /// Whether the innermost task must be done again for the sake of those that asked for something too early.
    pub(super) fn is_open(&self, task: &Task, before: &Before, values: &[Value<'p>]) -> bool {
        self.cut_at == self.tasks.len().checked_sub(1)
            && (self.missed > before.missed || self.is_missed(task, values))
    }

    /// Begins the innermost task again, with what was found so far.
    pub(super) fn again(&mut self, task: &Task, before: &Before, so_far: Vec<Value<'p>>) {
        self.started += 1;
        if let Some(number) = self.tasks.last_mut() {
            *number = self.started;
        }
        let at = self.tasks.len() - 1;
        let state = State::UnderWay { at, so_far: Rc::new(so_far), was_asked_for: false };
        self.states.insert(task.clone(), state);
        self.cut_at = None;
        self.missed = before.missed;
    }

    /// Ends the innermost task; without values it is as if it had not been asked for. `is_whole`: nothing is missing but what tasks around it
    /// find.
    pub(super) fn end(&mut self, task: Task, before: Before, values: Option<Values<'p>>, is_whole: bool) {
        let is_missed = values.as_ref().is_some_and(|values| self.is_missed(&task, values));
        self.exprs -= usize::from(matches!(task, Task::Expr(..)));
        let number = self.tasks.pop().unwrap_or_default();
        if is_whole && values.is_some() && self.cut_at == Some(self.tasks.len()) {
            self.closed.insert(number);
        }
        let outer = self.cut_at.filter(|&at| at < self.tasks.len());
        match outer {
            Some(_) => self.missed += u64::from(is_missed),
            None => self.missed = before.missed,
        }
        self.cut_at = outermost(before.cut_at, outer);
        let cycle = outer.map(|at| (at, self.tasks[at]));
        self.states.insert(task, values.map_or(State::Dropped, |values| State::Found(values, cycle)));
    }

    /// Whether a task was asked for too early and has more values than there were then.
    fn is_missed(&self, task: &Task, values: &[Value<'p>]) -> bool {
        match self.states.get(task) {
            Some(State::UnderWay { so_far, was_asked_for: true, .. }) => {
                values.iter().any(|value| !so_far.contains(value))
            }
            _ => false,
        }
    }
}

fn outermost(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    one.into_iter().chain(other).min()
}
