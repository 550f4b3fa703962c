//! The SAM model: `Plan` + `RouteTable` + `AccessTable` -> one API, functions, roles with exact policies, parameters.
//!
//! Values only. Deliberately absent: text (`render`), and everything that the plan does not ask for: nothing is moved from the code
//! into API Gateway, no table is declared again.

pub mod arn;
pub mod baseline;
pub mod cfn;
pub mod condition;
mod division;
mod document;
mod formats;
pub mod gateway;
pub mod grants;
mod limits;
mod names;
mod overlap;
pub mod parameters;
pub mod policy;
mod reach;
pub mod stacks;
pub mod template;
#[cfg(test)]
pub(crate) mod testing;

pub use arn::Arn;
pub use baseline::{Baseline, Tool, baseline, sam_actions};
pub use cfn::{CfnMap, CfnValue};
pub use condition::Test;
pub use gateway::{Gateway, RouteKey};
pub use grants::Grants;
pub use parameters::{Form, Parameter};
pub use policy::{Needs, Policy, Statement, Why};
pub use stacks::Stack;
pub use template::{FunctionModel, ManagedPolicy, Template, model};
