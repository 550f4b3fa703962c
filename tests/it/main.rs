//! The integration tests: one binary.

mod cache;
mod cli;
mod diff;
mod findings;
mod fixtures;
mod generate;
mod hostile;
mod interrupted;
mod moved;
mod permissions;
mod program;
mod regenerate;
// It looks for processes under /proc.
#[cfg(target_os = "linux")]
mod run;
mod samples;
mod scale;
mod tidy;
mod verify;
mod waves;
