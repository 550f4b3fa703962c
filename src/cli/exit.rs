//! What the exit code says.

use std::process::{ExitCode, Termination};

/// How a run ended. The numbers are public interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Ok = 0,
    /// Findings at or over `--fail-on`, or differences with `--exit-code`.
    Findings = 1,
    /// The command line or the plan file cannot be used.
    Usage = 2,
    /// There is nothing that could be analysed.
    Input = 3,
    /// The output folder or plan file was not written.
    Refused = 4,
    Verification = 5,
    /// A bug in this program.
    Internal = 70,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}
