//! What was found out before, and for how long it holds.
//!
//! Values that were found while a cycle was cut lack what goes around the cycle. They hold while that is under way, and are found
//! anew afterwards; all others hold for ever.

use super::frame::FrameId;
use super::value::Values;
use crate::ordered::UnorderedMap;
use crate::syntax::Name;

/// An expression by its address, in a context.
pub(super) type Key = (usize, FrameId);

/// What can be under way.
#[derive(Debug, PartialEq)]
pub(super) enum Task {
    Expr(Key),
    /// A field of what a literal or constructor call makes.
    Field(Key, Name),
}

/// What is under way, from the outside in.
#[derive(Debug, Default)]
pub(super) struct Active {
    /// Each with a number of its own.
    tasks: Vec<(Task, u64)>,
    /// How many of them are expressions.
    exprs: u32,
    started: u64,
    /// Positions of tasks at which a cycle was cut since the innermost began.
    cut_at: Vec<usize>,
}

/// What was cut before a task began.
pub(super) struct Before(Vec<usize>);

/// Positions of the tasks that must be under way for a result to hold, with the innermost's number; none where it is complete.
#[derive(Debug)]
pub(super) struct Cuts {
    at: Vec<usize>,
    number: u64,
}

impl Active {
    /// How many expressions are being evaluated.
    pub(super) fn depth(&self) -> u32 {
        self.exprs
    }

    /// Begins a task; `None` where it is under way, which cuts a cycle.
    pub(super) fn begin(&mut self, task: Task) -> Option<Before> {
        if let Some(at) = self.tasks.iter().rposition(|(known, _)| *known == task) {
            self.cut_at.push(at);
            return None;
        }
        self.started += 1;
        self.exprs += u32::from(matches!(task, Task::Expr(_)));
        self.tasks.push((task, self.started));
        Some(Before(std::mem::take(&mut self.cut_at)))
    }

    /// Ends the innermost task: on which others its result rests.
    pub(super) fn end(&mut self, before: Before) -> Cuts {
        if let Some((Task::Expr(_), _)) = self.tasks.pop() {
            self.exprs -= 1;
        }
        let mut cuts = std::mem::replace(&mut self.cut_at, before.0);
        cuts.retain(|&at| at < self.tasks.len());
        cuts.sort_unstable();
        cuts.dedup();
        self.cut_at.extend_from_slice(&cuts);
        let number = cuts.last().map_or(0, |&at| self.tasks[at].1);
        Cuts { at: cuts, number }
    }

    /// Whether a result holds now; then what uses it rests on the same tasks.
    fn holds(&mut self, cuts: &Cuts) -> bool {
        let Some(&last) = cuts.at.last() else { return true };
        let holds = self.tasks.get(last).is_some_and(|(_, number)| *number == cuts.number);
        if holds {
            self.cut_at.extend_from_slice(&cuts.at);
        }
        holds
    }
}

/// The values of expressions.
#[derive(Debug, Default)]
pub(super) struct Memo<'p> {
    known: UnorderedMap<Key, (Values<'p>, Cuts)>,
}

impl<'p> Memo<'p> {
    pub(super) fn get(&self, key: Key, active: &mut Active) -> Option<Values<'p>> {
        let (values, cuts) = self.known.get(&key)?;
        active.holds(cuts).then(|| values.clone())
    }

    pub(super) fn insert(&mut self, key: Key, values: Values<'p>, cuts: Cuts) {
        self.known.insert(key, (values, cuts));
    }
}
