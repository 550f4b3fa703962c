//! Changes for a terminal.

use std::fmt::Write as _;

use super::super::{count, plain};
use super::{Change, Changes, Kind};

/// Routes that a line names of those that share a change.
const NAMED: usize = 3;
/// Columns of the terminal that a line fills at most.
const WIDTH: usize = 100;

impl Changes {
    /// A heading for each kind of change, below it a line for each; last the numbers.
    pub fn text(&self) -> String {
        let mut out = format!("{} -> {}\n", plain(&self.before), plain(&self.after));
        for (heading, changes) in self.sections() {
            if changes.is_empty() {
                continue;
            }
            let _ = writeln!(out, "\n{heading}");
            let lines = super::lines(changes);
            let longest = lines.iter().map(|line| subject(line).chars().count()).max().unwrap_or(0);
            for line in &lines {
                self::line(&mut out, line, longest.min(WIDTH / 3));
            }
        }
        let _ = writeln!(out, "\n{}", broken(&format!("{}.", self.summary()), 0));
        out
    }

    /// `2 routes added, 1 removed; 3 permissions added`.
    pub(super) fn summary(&self) -> String {
        let mut parts = Vec::new();
        let nouns = ["route", "permission", "service", "coupling", "finding", "metric"];
        for ((_, changes), noun) in self.sections().into_iter().zip(nouns) {
            let number = |is: fn(&Kind) -> bool| changes.iter().filter(|change| is(&change.kind)).count();
            let numbers = [
                (number(|kind| *kind == Kind::Added), "added"),
                (number(|kind| *kind == Kind::Removed), "removed"),
                (number(|kind| matches!(kind, Kind::Changed { .. })), "changed"),
            ];
            let mut said = numbers.into_iter().filter(|(number, _)| *number > 0);
            if let Some((first, verb)) = said.next() {
                let mut part = format!("{} {verb}", count(first, noun));
                said.for_each(|(number, verb)| {
                    let _ = write!(part, ", {number} {verb}");
                });
                parts.push(part);
            }
        }
        if parts.is_empty() { "No difference".to_string() } else { parts.join("; ") }
    }
}

/// What a line is about: the subject of one change, or how many share it.
fn subject(line: &[&Change]) -> String {
    match line {
        [one] => plain(&one.subject),
        many => format!("{} {}", many.len(), many_of(many)),
    }
}

/// What the subjects are that share a change.
pub(super) fn many_of(changes: &[&Change]) -> &'static str {
    if changes.iter().all(|change| change.subject.contains(" -> ")) { "pairs of services" } else { "routes" }
}

/// The text in lines that fit, broken at gaps; what has none stays whole.
fn broken(text: &str, indent: usize) -> String {
    let mut lines = String::new();
    let mut rest: Vec<char> = text.chars().collect();
    while rest.len() > WIDTH {
        let gap = rest[..=WIDTH].iter().rposition(|c| *c == ' ').filter(|at| *at > indent);
        let later = || rest.iter().enumerate().skip(WIDTH).find(|(_, c)| **c == ' ').map(|(at, _)| at);
        let Some(at) = gap.or_else(later) else { break };
        lines.extend(&rest[..at]);
        lines.truncate(lines.trim_end().len());
        lines.push('\n');
        rest = std::iter::repeat_n(' ', indent).chain(rest[at + 1..].iter().copied()).collect();
    }
    lines.extend(rest);
    lines
}

fn line(out: &mut String, changes: &[&Change], width: usize) {
    let change = changes[0];
    let mut text = format!("  {} {:<width$}", change.kind.mark(), subject(changes));
    for part in [&change.what, &change.difference()] {
        if !part.is_empty() {
            let _ = write!(text, "  {}", plain(part));
        }
    }
    let mut text = broken(text.trim_end(), width + 6);
    let below = match changes {
        [one] => one.place().map(|place| place.to_string()),
        many => {
            let named: Vec<&str> = many.iter().take(NAMED).map(|change| change.subject.as_str()).collect();
            let more =
                if many.len() > NAMED { format!(" and {} more", many.len() - NAMED) } else { String::new() };
            Some(format!("{}{more}", named.join(", ")))
        }
    };
    if let Some(below) = below {
        let below = plain(&below);
        // What does not fit stands below.
        let last = text.rsplit('\n').next().unwrap_or_default();
        let fits = changes.len() == 1 && last.chars().count() + 2 + below.chars().count() <= WIDTH;
        let gap = if fits { "  ".to_string() } else { format!("\n{:1$}", "", width + 6) };
        text.push_str(&gap);
        text.push_str(&below);
    }
    out.push_str(&text);
    out.push('\n');
}
