//! Which AWS resources and SQL tables each route touches: `Program` + `RouteTable` + `values` -> `AccessTable`.
//!
//! Deliberately absent: policies (`aws`). An access that is not fully known is kept with its certainty, never dropped.

pub mod table;

pub use table::{Access, AccessTable, EnvVar, Mode, Part, Resource, ResourceName};
