//! The SAM model: `Plan` + `RouteTable` + `AccessTable` -> one API, functions, roles with exact policies, parameters.
//!
//! Values only. Deliberately absent: text (`render`), and everything that the plan does not ask for: nothing is moved from the code
//! into API Gateway, no table is declared again.

pub mod arn;
pub mod cfn;
mod document;
mod formats;
pub mod gateway;
pub mod grants;
mod limits;
mod names;
pub mod parameters;
pub mod policy;
pub mod template;
#[cfg(test)]
pub(crate) mod testing;

pub use arn::Arn;
pub use cfn::{CfnMap, CfnValue};
pub use gateway::{Gateway, RouteKey};
pub use grants::Grants;
pub use parameters::{Form, Parameter};
pub use policy::{Policy, Statement, Why};
pub use template::{FunctionModel, Template, model};
