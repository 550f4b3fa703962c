//! `lith-split` splits a Lambda-lith (one AWS Lambda function holding a whole Axum application) into microservices.
//!
//! The modules stand in data-flow order: each may use only modules above it.

pub mod span;
pub mod certainty;
pub mod ordered;
pub mod stack;
pub mod words;
pub mod digest;
pub mod diagnostic;
pub mod syntax;
pub mod load;
pub mod resolve;
pub mod values;
pub mod routes;
pub mod access;
pub mod graph;
pub mod metrics;
pub mod coupling;
pub mod hazards;
pub mod boundaries;
pub mod plan;
pub mod split;
pub mod aws;
pub mod deployed;
pub mod fileset;
pub mod render;
pub mod verify;
pub mod report;
pub mod cli;

#[cfg(test)]
pub(crate) mod test_support;
