//! Findings as annotations of a pull request: workflow commands of GitHub Actions, one line each.
//!
//! Source: GitHub Docs, "Workflow commands for GitHub Actions"; the escapes are those of `actions/toolkit`, `packages/core/src/command.ts`.

use std::fmt::Write as _;

use super::Report;
use super::sarif::joined;
use crate::diagnostic::Severity;

/// A line for each finding. `folder` is the way from the folder of the run to the package, empty where they are the same.
pub fn github(report: &Report<'_>, folder: &str) -> String {
    let mut out = String::new();
    for finding in report.findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut properties = vec![format!("title={}", property(finding.code.as_str()))];
        if let Some(location) = finding.location {
            let place = report.place(location);
            properties.push(format!("file={}", property(&joined(folder, &place.file))));
            properties.push(format!("line={}", place.line));
            properties.push(format!("col={}", report.character(location)));
        }
        let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        let message = data(&format!("{}{help}", finding.message));
        let _ = writeln!(out, "::{command} {}::{message}", properties.join(","));
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
