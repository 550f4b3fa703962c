//! Findings about the input, collected instead of thrown.
//!
//! Input: what a stage could not understand or wants a person to know. Output: `Diagnostics`, sorted by place.
//! A stage that meets an input problem pushes a `Diagnostic` and goes on, so that the rest of the report stays right.
//! Deliberately absent: printing (`report`) and exit codes (`cli`).

use std::fmt;

use crate::span::Location;

pub mod catalogue;

pub use catalogue::Code;

/// How much a finding matters. `Error` means that the output would be wrong or incomplete without a person's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Note,
    Warning,
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// One finding with its stable code, its place and, where there is one, the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    pub message: String,
    pub location: Option<Location>,
    /// What the reader can do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding with the severity that the catalogue gives to its code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, severity: code.severity(), message: message.into(), location: None, help: None }
    }

    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The collector that is handed through the stages.
#[derive(Debug, Default, Clone)]
pub struct Diagnostics {
    all: Vec<Diagnostic>,
}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.all.contains(&diagnostic) {
            self.all.push(diagnostic);
        }
    }

    pub fn extend(&mut self, more: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in more {
            self.push(diagnostic);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All findings: the gravest first, then by place, then by code.
    pub fn sorted(&self) -> Vec<Diagnostic> {
        let mut all = self.all.clone();
        all.sort_by(|a, b| {
            b.severity
                .cmp(&a.severity)
                .then_with(|| a.location.cmp(&b.location))
                .then_with(|| a.code.cmp(&b.code))
                .then_with(|| a.message.cmp(&b.message))
        });
        all
    }

    /// The gravest severity among the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.all.iter().map(|diagnostic| diagnostic.severity).max()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    /// In the order in which they were found.
    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}
