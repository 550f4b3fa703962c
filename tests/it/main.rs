//! The integration tests: one binary.

mod cache;
mod cli;
mod findings;
mod fixtures;
mod generate;
mod hostile;
mod permissions;
mod program;
mod samples;
mod tidy;
