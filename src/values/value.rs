//! The values that an expression can have.

use std::rc::Rc;

use super::filled::Filled;
use super::frame::FrameId;
use super::text::Text;
use crate::certainty::Certainty;
use crate::resolve::scope::ExternalPath;
use crate::resolve::{DefId, Ty};
use crate::span::Location;
use crate::syntax::Name;
use crate::syntax::ast::Expr;

/// More values than these are not told apart: the result is unknown.
pub(super) const MAX_VALUES: usize = 48;

/// All values that an expression can have; none where it does not end.
pub type Values<'p> = Rc<Vec<Value<'p>>>;

/// An expression that is evaluated when somebody asks, in its call context.
#[derive(Debug, Clone, Copy)]
pub struct Thunk<'p> {
    pub expr: &'p Expr,
    pub frame: FrameId,
}

impl PartialEq for Thunk<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.expr, other.expr) && self.frame == other.frame
    }
}

impl Eq for Thunk<'_> {}

/// `Option`, `Result`, references, smart pointers and futures are seen through: `Some(x)` is `x`, `None` is `Absent`, `Err(_)` is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'p> {
    Text(Text),
    Absent,
    /// A struct or enum value of the program, made by this literal or constructor call.
    Struct {
        def: DefId,
        made: Thunk<'p>,
        /// Fields that were assigned to it since.
        set: Rc<[Set<'p>]>,
    },
    /// Some value of a type, not known which.
    Of(Ty),
    /// A struct of the program that code of another crate fills.
    Filled(Ty, Rc<Filled<'p>>),
    /// What code of another crate returned.
    Chain(Rc<Chain<'p>>),
    List(Rc<Vec<Element<'p>>>),
    Tuple(Rc<Vec<Thunk<'p>>>),
    /// A pair that `enumerate` or `zip` makes.
    Pair(Rc<[Values<'p>; 2]>),
    Closure(Thunk<'p>),
    /// A function of the program as a value.
    Func(DefId),
    Unknown,
}

/// A field that is assigned to a value which nobody else holds: `self.table = table` with `mut self`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<'p> {
    pub field: Name,
    pub value: Thunk<'p>,
    /// Whether that happens on every way: not under an `if`.
    pub always: bool,
}

/// One element of a list or map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element<'p> {
    One(Thunk<'p>),
    /// Key and value of a map.
    Pair(Thunk<'p>, Thunk<'p>),
    Value(Value<'p>),
}

/// Calls into other crates, one on the result of the other: `client.get_item().table_name(t)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain<'p> {
    pub root: ChainRoot<'p>,
    /// The context in which its first call stands.
    pub frame: FrameId,
    pub calls: Vec<ChainCall<'p>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainRoot<'p> {
    /// A value of an external type whose origin does not matter.
    Typed(Ty),
    /// `Put::builder()`.
    Function { path: ExternalPath, args: Vec<Thunk<'p>>, location: Location },
    /// A builder that a derive adds to a struct, as this call begins it.
    Builder { def: DefId, made: Thunk<'p> },
    /// A value of unknown type.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainCall<'p> {
    pub method: Name,
    /// Of the method's name.
    pub location: Location,
    pub args: Vec<Thunk<'p>>,
    /// Type on which it was called.
    pub receiver: Ty,
    /// Whether the call happens on every way to the value: not under an `if`.
    pub always: bool,
    /// Of the functions through which the call was reached.
    pub certainty: Certainty,
}

impl<'p> Value<'p> {
    /// A struct or enum value as it is made.
    pub(super) fn made(def: DefId, made: Thunk<'p>) -> Self {
        Value::Struct { def, made, set: Rc::default() }
    }
}

/// Values as they come, each once, as long as they can be told apart.
#[derive(Debug, Default)]
pub(super) struct Distinct<'p> {
    values: Vec<Value<'p>>,
    chains: usize,
}

impl<'p> Distinct<'p> {
    /// Takes more; what comes when there are too many is not looked at.
    pub(super) fn extend(&mut self, more: impl IntoIterator<Item = Value<'p>>) {
        for value in more {
            if self.is_full() {
                return;
            }
            if !self.values.contains(&value) {
                self.chains += usize::from(matches!(value, Value::Chain(_)));
                self.values.push(value);
            }
        }
    }

    /// Whether there are too many. Of chains there can be more: those that start at one place will be one.
    pub(super) fn is_full(&self) -> bool {
        self.values.len() - self.chains > MAX_VALUES || self.chains > 4 * MAX_VALUES
    }

    /// The values; unknown where there are too many.
    pub(super) fn all(self) -> Vec<Value<'p>> {
        if self.is_full() { vec![Value::Unknown] } else { self.values }
    }
}
