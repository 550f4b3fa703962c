//! Changes as a comment on a pull request: GitHub Markdown, short.

use std::fmt::Write as _;

use super::super::markdown::{code, escaped};
use super::text::many_of;
use super::{Change, Changes};

/// Lines of a list that are shown; the others are counted.
const SHOWN: usize = 20;

impl Changes {
    /// The summary, and a folded list for each kind of change.
    pub fn markdown(&self) -> String {
        let mut out = format!("### {} → {}\n\n", code(&self.before), code(&self.after));
        let _ = writeln!(out, "{}.", escaped(&self.summary()));
        for (heading, changes) in self.sections() {
            if changes.is_empty() {
                continue;
            }
            let _ = writeln!(
                out,
                "\n<details><summary>{heading} ({})</summary>\n\n| | | | |\n|---|---|---|---|",
                changes.len()
            );
            let lines = super::lines(changes);
            lines.iter().take(SHOWN).for_each(|line| row(&mut out, line));
            let hidden: usize = lines.iter().skip(SHOWN).map(Vec::len).sum();
            if hidden > 0 {
                let _ = writeln!(out, "\nand {hidden} more");
            }
            let _ = writeln!(out, "\n</details>");
        }
        out
    }
}

fn row(out: &mut String, changes: &[&Change]) {
    let change = changes[0];
    let difference = change.difference();
    let what = match (change.what.is_empty(), difference.is_empty()) {
        (_, true) => escaped(&change.what),
        (true, false) => code(&difference),
        (false, false) => format!("{}: {}", escaped(&change.what), code(&difference)),
    };
    let (subject, place) = match changes {
        [one] => {
            (code(&one.subject), one.place().map(|place| escaped(&place.to_string())).unwrap_or_default())
        }
        many => (format!("{} {}", many.len(), many_of(many)), String::new()),
    };
    let _ = writeln!(out, "| {} | {subject} | {what} | {place} |", change.kind.mark());
}
