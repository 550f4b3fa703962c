//! What was verified of a workspace, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Package, answers, plain};
use crate::verify::{Check, Trial};

/// Differences of one check that the text names; the JSON has all.
const SHOWN: usize = 20;

/// What the evidence is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub package: &'a Package,
    /// `lith-split 0.1.0`
    pub tool: &'a str,
    /// SHA-256 of the workspace's manifest, which has that of each of its files; `None` where systems were compared.
    pub workspace: Option<&'a str>,
}

impl Evidence<'_> {
    pub fn holds(&self) -> bool {
        self.checks.iter().all(Check::holds) && self.trial.is_none_or(Trial::holds)
    }
}

/// Everything that was found.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    pub subject: Subject<'a>,
    pub checks: &'a [Check],
    /// Where the program and its functions were run.
    pub trial: Option<&'a Trial>,
}

/// A line for each check, and below it what differs and what could not be compared.
pub fn evidence_text(evidence: Evidence<'_>) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    for check in evidence.checks {
        let verdict = if check.holds() { "ok    " } else { "FAILED" };
        line(format!("{verdict}  {} ({} compared)", check.what, check.compared));
        for difference in check.differences.iter().take(SHOWN) {
            line(format!("          {}", plain(difference)));
        }
        if check.differences.len() > SHOWN {
            line(format!("          and {} more", check.differences.len() - SHOWN));
        }
        for open in &check.open {
            line(format!("    open  {}", plain(open)));
        }
    }
    if let Some(trial) = evidence.trial {
        text.push_str(&answers::text(trial));
    }
    text
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    package: String,
    tool: &'a str,
    workspace: Option<&'a str>,
    holds: bool,
    checks: Vec<CheckJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<answers::Document<'a>>,
}

#[derive(Serialize)]
struct CheckJson<'a> {
    what: &'a str,
    holds: bool,
    compared: usize,
    differences: &'a [String],
    open: &'a [String],
}

/// All of it, for other programs.
pub fn evidence_json(evidence: Evidence<'_>) -> String {
    let Evidence { subject, checks, trial } = evidence;
    let document = Document {
        schema_version: 1,
        package: subject.package.to_string(),
        tool: subject.tool,
        workspace: subject.workspace,
        holds: evidence.holds(),
        checks: checks
            .iter()
            .map(|check| CheckJson {
                what: check.what,
                holds: check.holds(),
                compared: check.compared,
                differences: &check.differences,
                open: &check.open,
            })
            .collect(),
        answers: trial.map(answers::document),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("text and numbers can be written as JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_stand_below_their_check() {
        let check = |differences: &[&str], open: &[&str]| Check {
            what: "it holds",
            compared: 3,
            differences: differences.iter().map(ToString::to_string).collect(),
            open: open.iter().map(ToString::to_string).collect(),
        };
        let checks = [check(&[], &["not known"]), check(&["`a` is gone\u{1b}[31m"], &[])];
        let package = Package::default();
        let subject = Subject { package: &package, tool: "lith-split 0.1.0", workspace: Some("abc") };
        let evidence = Evidence { subject, checks: &checks, trial: None };
        let text = evidence_text(evidence);
        assert_eq!(
            text.lines().map(str::trim_end).collect::<Vec<_>>(),
            [
                "ok      it holds (3 compared)",
                "    open  not known",
                "FAILED  it holds (3 compared)",
                &format!("          {}", plain("`a` is gone\u{1b}[31m")),
            ]
        );
        assert!(!text.contains('\u{1b}'));
        assert!(evidence_json(evidence).contains("\"holds\": false"));
    }
}
