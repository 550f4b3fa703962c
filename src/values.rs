//! Where strings and handles come from: `Program` + an expression in a call context -> the values that it can have.
//!
//! Backward and on demand: an expression is followed through locals, fields, parameters, results and constants of the program to
//! literals and environment variables. A call context (`FrameId`) says by which call a function was entered, so that one method
//! called on two instances gives two answers. Code of other crates is not followed: what it returns is kept as the chain of calls.
//! Deliberately absent: what a chain means (`access`), and any guess: what is not known is `Value::Unknown`.

mod assigned;
mod attributes;
mod binding;
mod call;
mod chain;
mod constructions;
mod derived;
mod document;
mod eval;
mod filled;
mod flow;
mod format;
mod frame;
mod index;
mod macros;
mod matching;
mod memo;
mod origin;
mod shown;
mod text;
mod value;

pub use eval::Evaluator;
pub use filled::{fills_structs, may_be_filler, may_fill};
pub use frame::{Frame, FrameId};
pub use index::Index;
pub use origin::{Origin, local_name};
pub use text::{Piece, Text};
pub use value::{Chain, ChainCall, ChainRoot, Element, Thunk, Value, Values};

#[cfg(test)]
mod tests;
