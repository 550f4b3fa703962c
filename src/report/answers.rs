//! What a program and its functions answered, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use super::load::{self, LoadJson};
use super::{count, plain};
use crate::verify::{Difference, Part, SentGroup, Shortest, Trial};

/// Causes that the text shows, and differences of each that it shows whole; the JSON has more.
const SHOWN: usize = 20;
const SHOWN_ALIKE: usize = 2;
/// Of a list of other things.
const LISTED: usize = 10;
/// Characters of a line.
const MAX_LINE: usize = 600;
/// Characters of a path in a list.
const MAX_TARGET: usize = 80;
/// Lines of a difference between two bodies.
const MAX_LINES: usize = 40;

/// A line with the verdict, and below it each difference with the request that shows it.
pub(super) fn text(trial: &Trial) -> String {
    let mut text = String::new();
    let verdict = if trial.answers_hold() { "ok    " } else { "FAILED" };
    let equal = trial.equal();
    let requests = count(trial.requests, "request");
    let mut counts = format!("{requests}, {equal} equal, {} different", trial.different);
    if !trial.open.is_empty() {
        let _ = write!(counts, ", {} open", trial.open.len());
    }
    let _ = writeln!(text, "{verdict}  answers are the same: {counts}");
    if let [one, other] = trial.systems.as_slice() {
        let _ = writeln!(text, "    systems  {}, and {} compared with it", plain(one), plain(other));
    }
    if trial.requests == 0 {
        text.push_str("          no request was sent\n");
    }
    let mut list = |name: &str, all: &[String]| {
        for one in all.iter().take(LISTED) {
            let _ = writeln!(text, "    {name}  {}", clipped(one));
        }
        if all.len() > LISTED {
            let _ = writeln!(text, "          and {} more", all.len() - LISTED);
        }
    };
    list("a stub answered, as the program did by chance:", &trial.misrouted);
    list("may differ", &trial.volatile);
    list("not sent", &trial.skipped);
    list("not compared", &trial.not_compared);
    list("both fail", &trial.failures);
    list("no success with", &trial.without_success);
    for (why, alike) in grouped(&trial.open, |difference| &difference.cause.text) {
        let examples: Vec<String> = alike.iter().take(3).map(|difference| short(difference)).collect();
        let requests = count(alike.len(), "request");
        let _ = writeln!(text, "    open  {requests}, such as {}: {why}", examples.join(", "));
    }
    text.push_str(&permissions(trial));
    for (_, alike) in grouped(&trial.differences, |difference| &difference.cause.text).iter().take(SHOWN) {
        for difference in alike.iter().take(SHOWN_ALIKE) {
            text.push('\n');
            text.push_str(&whole(difference));
        }
        if alike.len() > SHOWN_ALIKE {
            let more: Vec<String> =
                alike[SHOWN_ALIKE..].iter().take(LISTED).map(|difference| short(difference)).collect();
            let others = alike.len() - SHOWN_ALIKE;
            let _ = writeln!(text, "  and {others} more with this cause, such as {}", more.join(", "));
        }
    }
    if let Some(load) = &trial.load {
        text.push_str(&load::text(load));
    }
    for shortest in &trial.shortest {
        text.push_str(&sequence(shortest));
    }
    if trial.different > trial.differences.len() {
        let _ = writeln!(text, "\nand {} more", trial.different - trial.differences.len());
    }
    text
}

/// A failing sequence as a file to keep.
fn sequence(shortest: &Shortest) -> String {
    let Shortest { name, from, requests, is_minimal, scenario } = shortest;
    let how = if *is_minimal { "all of them are needed" } else { "it may be shorter yet" };
    let mut text =
        format!("\n  {name}: {requests} of its {from} requests fail, {how}; as a scenario to keep:\n");
    for line in scenario.lines() {
        let _ = writeln!(text, "    {}", plain(line));
    }
    text
}

/// A line about what the roles allowed, and below it what they did not, and what nothing needed.
fn permissions(trial: &Trial) -> String {
    let mut text = String::new();
    if trial.granted == 0 && trial.denied.is_empty() && trial.unenforced.is_empty() {
        return text;
    }
    let verdict = if trial.roles_hold() { "ok    " } else { "FAILED" };
    let (granted, calls) = (count(trial.granted, "permission"), count(trial.calls, "call"));
    let (used, denied) = (trial.granted - trial.unused.len(), trial.denied.len());
    let _ = writeln!(
        text,
        "{verdict}  the roles allow what is called: {granted}, {used} used by {calls} of AWS, {denied} denied"
    );
    let mut list = |name: &str, all: &[String]| {
        for one in all.iter().take(LISTED) {
            let _ = writeln!(text, "    {name}  {}", clipped(one));
        }
        if all.len() > LISTED {
            let _ = writeln!(text, "          and {} more", all.len() - LISTED);
        }
    };
    list("denied", &trial.denied);
    let unused = trial.unused.iter().map(|unused| {
        let why = if unused.why.is_empty() { String::new() } else { format!("; {}", unused.why.join("; ")) };
        format!("{}: {} on {} ({}{why})", unused.function, unused.action, unused.resource, unused.place)
    });
    list("not used", &unused.collect::<Vec<_>>());
    list("not enforced", &trial.unenforced);
    text
}

/// Those that are alike in something, in the order of the first of each.
fn grouped(all: &[Difference], by: fn(&Difference) -> &str) -> Vec<(&str, Vec<&Difference>)> {
    let mut groups: Vec<(&str, Vec<&Difference>)> = Vec::new();
    for difference in all {
        match groups.iter_mut().find(|(what, _)| *what == by(difference)) {
            Some((_, alike)) => alike.push(difference),
            None => groups.push((by(difference), vec![difference])),
        }
    }
    groups
}

/// `GET /items (404, not 200)`
fn short(difference: &Difference) -> String {
    let status = difference.parts.iter().find(|part| part.what == "status");
    let status = status.map(|part| format!(" ({}, not {})", part.split, part.monolith)).unwrap_or_default();
    let mut target: String = difference.target.chars().take(MAX_TARGET).collect();
    if target.len() < difference.target.len() {
        target.push_str("..");
    }
    clipped(&format!("{} {target}{status}", difference.method))
}

fn whole(difference: &Difference) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<12}  {}", clipped(value));
    };
    line("request", &format!("{} {}", difference.method, difference.target));
    line("of", &format!("{}: {}", difference.group, difference.step));
    line("answered by", &difference.answered_by());
    line("cause", &format!("{}: {}", difference.cause.kind.name(), difference.cause.text));
    for part in &difference.parts {
        for (name, value) in lines(part) {
            line(&name, &value);
        }
    }
    for (at, printed) in difference.log.iter().enumerate() {
        line(if at == 0 { "log" } else { "" }, printed);
    }
    line("again", &difference.curl);
    text
}

/// What differs in a part, line by line: `-` for the program, `+` for the function.
fn lines(part: &Part) -> Vec<(String, String)> {
    if !part.monolith.contains('\n') && !part.split.contains('\n') {
        let shown = |text: &str| if text.is_empty() { "nothing".to_string() } else { format!("`{text}`") };
        let (now, before) = (shown(&clipped(&part.split)), shown(&clipped(&part.monolith)));
        return vec![(part.what.clone(), format!("{now}, not {before}"))];
    }
    let diff = TextDiff::from_lines(&part.monolith, &part.split);
    let mut all = Vec::new();
    for change in diff.grouped_ops(1).iter().flatten().flat_map(|op| diff.iter_changes(op)) {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        let name = if all.is_empty() { part.what.clone() } else { String::new() };
        all.push((name, format!("{sign} {}", change.value().trim_end_matches(['\n', '\r']))));
    }
    if all.len() > MAX_LINES {
        let more = all.len() - MAX_LINES;
        all.truncate(MAX_LINES);
        all.push((String::new(), format!("and {more} more lines")));
    }
    all
}

fn clipped(text: &str) -> String {
    let length = text.chars().count();
    if length <= MAX_LINE {
        return plain(text);
    }
    let start: String = text.chars().take(MAX_LINE).collect();
    format!("{}.. ({length} characters)", plain(&start))
}

#[derive(Serialize)]
pub(super) struct Document<'a> {
    holds: bool,
    groups: Vec<GroupJson<'a>>,
    systems: &'a [String],
    requests: usize,
    equal: usize,
    different: usize,
    differences: Vec<DifferenceJson<'a>>,
    open: Vec<DifferenceJson<'a>>,
    misrouted: &'a [String],
    volatile: &'a [String],
    sequences: Vec<SequenceJson<'a>>,
    skipped: &'a [String],
    not_compared: &'a [String],
    failures: &'a [String],
    without_success: &'a [String],
    denied: &'a [String],
    unenforced: &'a [String],
    calls: usize,
    granted: usize,
    unused: Vec<UnusedJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<LoadJson<'a>>,
}

#[derive(Serialize)]
struct SequenceJson<'a> {
    name: &'a str,
    from: usize,
    requests: usize,
    is_minimal: bool,
    scenario: serde_json::Value,
}

fn sequence_json(shortest: &Shortest) -> SequenceJson<'_> {
    let Shortest { name, from, requests, is_minimal, scenario } = shortest;
    SequenceJson {
        name,
        from: *from,
        requests: *requests,
        is_minimal: *is_minimal,
        scenario: serde_json::from_str(scenario).unwrap_or_default(),
    }
}

#[derive(Serialize)]
struct UnusedJson<'a> {
    function: &'a str,
    action: &'a str,
    resource: &'a str,
    why: &'a [String],
    place: &'a str,
}

#[derive(Serialize)]
pub(super) struct GroupJson<'a> {
    name: &'a str,
    requests: usize,
    different: usize,
    open: usize,
}

fn group(group: &SentGroup) -> GroupJson<'_> {
    GroupJson { name: &group.name, requests: group.requests, different: group.different, open: group.open }
}

#[derive(Serialize)]
struct DifferenceJson<'a> {
    group: &'a str,
    step: &'a str,
    method: &'a str,
    target: &'a str,
    function: Option<&'a str>,
    key: Option<&'a str>,
    kind: &'a str,
    cause: &'a str,
    parts: Vec<PartJson<'a>>,
    log: &'a [String],
    curl: &'a str,
}

#[derive(Serialize)]
struct PartJson<'a> {
    what: &'a str,
    monolith: &'a str,
    split: &'a str,
}

pub(super) fn document(trial: &Trial) -> Document<'_> {
    Document {
        holds: trial.holds(),
        groups: trial.groups.iter().map(group).collect(),
        systems: &trial.systems,
        requests: trial.requests,
        equal: trial.equal(),
        different: trial.different,
        differences: trial.differences.iter().map(difference).collect(),
        open: trial.open.iter().map(difference).collect(),
        misrouted: &trial.misrouted,
        volatile: &trial.volatile,
        sequences: trial.shortest.iter().map(sequence_json).collect(),
        skipped: &trial.skipped,
        not_compared: &trial.not_compared,
        failures: &trial.failures,
        without_success: &trial.without_success,
        denied: &trial.denied,
        unenforced: &trial.unenforced,
        calls: trial.calls,
        granted: trial.granted,
        load: trial.load.as_ref().map(load::document),
        unused: trial
            .unused
            .iter()
            .map(|unused| UnusedJson {
                function: &unused.function,
                action: &unused.action,
                resource: &unused.resource,
                why: &unused.why,
                place: &unused.place,
            })
            .collect(),
    }
}

fn difference(difference: &Difference) -> DifferenceJson<'_> {
    DifferenceJson {
        group: &difference.group,
        step: &difference.step,
        method: &difference.method,
        target: &difference.target,
        function: difference.function.as_deref(),
        key: difference.key.as_deref(),
        kind: difference.cause.kind.name(),
        cause: &difference.cause.text,
        parts: difference
            .parts
            .iter()
            .map(|part| PartJson { what: &part.what, monolith: &part.monolith, split: &part.split })
            .collect(),
        log: &difference.log,
        curl: &difference.curl,
    }
}
