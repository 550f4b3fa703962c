//! The values that an expression can have.

use std::rc::Rc;

use super::frame::FrameId;
use super::text::Text;
use crate::certainty::Certainty;
use crate::resolve::scope::ExternalPath;
use crate::resolve::{DefId, Ty};
use crate::span::Location;
use crate::syntax::Name;
use crate::syntax::ast::Expr;

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

/// `Option`, `Result`, references, smart pointers and futures are seen through: `Some(x)` is `x`, `None` is `Absent`, `Err(_)` is nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'p> {
    Text(Text),
    Absent,
    /// A struct or enum value of the program, made by this literal or constructor call.
    Struct {
        def: DefId,
        made: Thunk<'p>,
    },
    /// Some value of a type, not known which.
    Of(Ty),
    /// What code of another crate returned.
    Chain(Rc<Chain<'p>>),
    List(Rc<Vec<Element<'p>>>),
    Tuple(Rc<Vec<Thunk<'p>>>),
    Closure(Thunk<'p>),
    /// A function of the program as a value.
    Func(DefId),
    Unknown,
}

/// One element of a list or map.
#[derive(Debug, Clone, PartialEq)]
pub enum Element<'p> {
    One(Thunk<'p>),
    /// Key and value of a map.
    Pair(Thunk<'p>, Thunk<'p>),
    Value(Value<'p>),
}

/// Calls into other crates, one on the result of the other: `client.get_item().table_name(t)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain<'p> {
    pub root: ChainRoot<'p>,
    /// The context in which its first call stands.
    pub frame: FrameId,
    pub calls: Vec<ChainCall<'p>>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ChainRoot<'p> {
    /// A value of an external type whose origin does not matter.
    Typed(Ty),
    /// `Put::builder()`.
    Function { path: ExternalPath, args: Vec<Thunk<'p>>, location: Location },
    /// A value of unknown type.
    Unknown,
}

#[derive(Debug, Clone, PartialEq)]
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
