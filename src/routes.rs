//! Abstract evaluation of router-building code: `Program` -> `RouteTable`.
//!
//! Deliberately absent: what a handler does (`access`) and which function a route goes to (`boundaries`).

pub mod router;
pub mod table;

pub use router::{MethodEntry, Op, OpKind, Router};
pub use table::{Fallback, Handler, LayerUse, Method, MountedService, Route, RouteTable};
