//! The integration tests: one binary.

// It makes programs that are files to be run.
#[cfg(unix)]
mod answers;
mod cache;
mod cli;
mod diff;
mod findings;
// It looks for processes under /proc.
#[cfg(target_os = "linux")]
mod failing;
mod fixtures;
mod generate;
mod hostile;
mod interrupted;
// It makes programs that are files to be run.
#[cfg(unix)]
mod lint;
mod moved;
mod patches;
mod permissions;
mod plan;
mod program;
mod public;
mod regenerate;
// It looks for processes under /proc.
#[cfg(target_os = "linux")]
mod run;
mod samples;
mod scale;
mod systems;
mod tidy;
mod verify;
mod waves;
