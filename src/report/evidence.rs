//! What was verified of a workspace, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::plain;
use crate::verify::Check;

/// Differences of one check that the text names; the JSON has all.
const SHOWN: usize = 20;

/// A line for each check, and below it what differs and what could not be compared.
pub fn evidence_text(checks: &[Check]) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    for check in checks {
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
    text
}

#[derive(Serialize)]
struct Evidence<'a> {
    schema_version: u32,
    holds: bool,
    checks: Vec<CheckJson<'a>>,
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
pub fn evidence_json(checks: &[Check]) -> String {
    let evidence = Evidence {
        schema_version: 1,
        holds: checks.iter().all(Check::holds),
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
    };
    let mut text = serde_json::to_string_pretty(&evidence).expect("text and numbers can be written as JSON");
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
        let text = evidence_text(&checks);
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
        assert!(evidence_json(&checks).contains("\"holds\": false"));
    }
}
