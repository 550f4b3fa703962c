//! Writing to stdout and stderr, the only module that does.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anstream::ColorChoice;
use anyhow::Context as _;

use super::args::{Color, ConsoleArgs};
use super::progress::Progress;
use super::snippet;
use crate::diagnostic::{Diagnostic, Severity};
use crate::load::Sources;
use crate::words::count;

/// Where a run speaks.
pub(super) struct Console {
    color: ColorChoice,
    verbose: bool,
    quiet: bool,
}

impl Console {
    pub(super) fn new(args: &ConsoleArgs) -> Self {
        let color = match args.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self { color, verbose: args.verbose > 0, quiet: args.quiet }
    }

    pub(super) fn progress(&self) -> Progress {
        Progress::new(self.quiet)
    }

    pub(super) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Writes the result of the run. A reader that went away is no error.
    pub(super) fn result(&self, text: &str) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        let written = if text.contains('\x1b') {
            anstream::AutoStream::new(&mut out, self.color).write_all(text.as_bytes())
        } else {
            // Nothing is coloured, and nothing is to be taken out.
            out.write_all(text.as_bytes())
        };
        match written.and_then(|()| out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    /// Writes the result of the run to a file where one is named. `what` says in an error what it is.
    pub(super) fn result_to(&self, output: Option<&Path>, what: &str, text: &str) -> anyhow::Result<()> {
        match output {
            Some(path) => std::fs::write(path, text)
                .with_context(|| format!("cannot write the {what} to `{}`", path.display())),
            None => self.result(text),
        }
    }

    /// A message for the person; left out when quiet.
    pub(super) fn message(&self, text: &str) {
        if !self.quiet {
            self.to_stderr(&format!("{text}\n"));
        }
    }

    pub(super) fn error(&self, text: &str) {
        let style = anstyle::AnsiColor::Red.on_default().bold();
        self.to_stderr(&format!("{style}error{style:#}: {text}\n"));
    }

    /// Findings with their source text: errors and warnings, and notes when verbose; errors only when quiet.
    pub(super) fn findings(&self, findings: &[Diagnostic], sources: &Sources) {
        let least = match (self.quiet, self.verbose) {
            (true, _) => Severity::Error,
            (_, true) => Severity::Note,
            _ => Severity::Warning,
        };
        for finding in findings.iter().filter(|finding| finding.severity >= least) {
            self.to_stderr(&format!("{}\n\n", snippet::render(finding, sources)));
        }
        let hidden = findings.iter().filter(|finding| finding.severity < least).count();
        if hidden > 0 {
            self.message(&format!("{} not shown; -v shows them", count(hidden, "finding")));
        }
    }

    fn to_stderr(&self, text: &str) {
        let mut err = anstream::AutoStream::new(std::io::stderr().lock(), self.color);
        // There is nowhere left to say that stderr is gone.
        let _ = err.write_all(text.as_bytes());
    }
}
