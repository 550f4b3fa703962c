//! What was found out before, and for how long it holds.
//!
//! Values that were found while a cycle was cut lack what goes around the cycle. They hold while that is under way, and are found
//! anew afterwards; all others hold for ever.

use std::rc::Rc;

use super::frame::FrameId;
use super::value::Values;
use crate::ordered::UnorderedMap;
use crate::resolve::Ty;
use crate::syntax::Name;

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Task {
    /// An expression by its address, in a context.
    Expr(usize, FrameId),
    /// A field of what a literal or constructor call makes.
    Field(usize, FrameId, Name),
    /// A field of every value of a type.
    FieldOf(Ty, Name),
    /// What a context was entered with: an argument by its position, or `None` for `self`.
    Argument(FrameId, Option<usize>),
}

#[derive(Debug)]
enum State<'p> {
    /// At a position of `Memo::tasks`.
    UnderWay(usize),
    Found(Values<'p>, Cuts),
    /// Found, but not to be kept.
    Dropped,
}

/// All that was asked for.
#[derive(Debug, Default)]
pub(super) struct Memo<'p> {
    states: UnorderedMap<Task, State<'p>>,
    /// Numbers of the tasks under way, from the outside in: no two tasks have the same.
    tasks: Vec<u64>,
    /// How many of them are expressions.
    exprs: usize,
    started: u64,
    /// Positions of tasks at which a cycle was cut since the innermost began, each once, in order.
    cut_at: Vec<usize>,
}

/// What was cut before a task began.
pub(super) struct Before(Vec<usize>);

/// Positions of the tasks that must be under way for a result to hold, with the innermost's number; none where it is complete.
#[derive(Debug)]
struct Cuts {
    at: Vec<usize>,
    number: u64,
}

impl<'p> Memo<'p> {
    /// How many expressions are being evaluated.
    pub(super) fn depth(&self) -> usize {
        self.exprs
    }

    /// What is known of a task. Nothing comes of one that is under way, which cuts a cycle.
    pub(super) fn known(&mut self, task: &Task) -> Option<Values<'p>> {
        match self.states.get(task)? {
            State::UnderWay(at) => {
                cut(&mut self.cut_at, &[*at]);
                Some(Rc::default())
            }
            State::Found(values, cuts) => {
                if let Some(&last) = cuts.at.last() {
                    if self.tasks.get(last) != Some(&cuts.number) {
                        return None;
                    }
                    cut(&mut self.cut_at, &cuts.at);
                }
                Some(values.clone())
            }
            State::Dropped => None,
        }
    }

    pub(super) fn begin(&mut self, task: &Task) -> Before {
        self.started += 1;
        self.exprs += usize::from(matches!(task, Task::Expr(..)));
        self.states.insert(task.clone(), State::UnderWay(self.tasks.len()));
        self.tasks.push(self.started);
        Before(std::mem::take(&mut self.cut_at))
    }

    /// Ends the innermost task; without values it is as if it had not been asked for.
    pub(super) fn end(&mut self, task: Task, before: Before, values: Option<Values<'p>>) {
        self.exprs -= usize::from(matches!(task, Task::Expr(..)));
        self.tasks.pop();
        let mut at = std::mem::replace(&mut self.cut_at, before.0);
        at.retain(|&at| at < self.tasks.len());
        cut(&mut self.cut_at, &at);
        let number = at.last().map_or(0, |&at| self.tasks[at]);
        let state = values.map_or(State::Dropped, |values| State::Found(values, Cuts { at, number }));
        self.states.insert(task, state);
    }
}

/// Adds positions to those at which cycles were cut.
fn cut(cut_at: &mut Vec<usize>, more: &[usize]) {
    if cut_at.is_empty() {
        cut_at.extend_from_slice(more);
        return;
    }
    for &at in more {
        if let Err(place) = cut_at.binary_search(&at) {
            cut_at.insert(place, at);
        }
    }
}
