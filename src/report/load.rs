//! What was measured under load, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::{count, text::table};
use crate::verify::{Load, Measured, OfFunction, Times};

/// Short, so that names of functions fit beside them.
const HEADER: &[&str] =
    &["function", "sent", "failed", "median", "p95", "program", "ratio", "starts", "start", "MB"];

/// A table with a row for each function, and one for the program.
pub(super) fn text(load: &Load) -> String {
    let Load { rounds, monolith, functions } = load;
    let mut text = String::from("\nUnder load, on this machine: ratios count, not times.\n");
    let groups = count(rounds.count, "time");
    let _ =
        writeln!(text, "Each file of requests {groups}, {} at once, first to the program.", rounds.at_once);
    text.push_str("Times in ms; `program` is its median for the same requests.\n\n");
    let whole = |own: &OfFunction| row(&own.name, &own.own, Some(&own.monolith));
    let rows = functions.iter().map(whole).chain([row("the program", monolith, None)]);
    text.push_str(&table(HEADER, rows.collect()));
    text
}

fn row(name: &str, own: &Measured, monolith: Option<&Times>) -> Vec<String> {
    let before = monolith.map_or_else(String::new, |times| millis(times.median));
    let ratio = monolith.and_then(|times| ratio(own.times.median, times.median));
    vec![
        name.to_string(),
        own.times.requests.to_string(),
        own.failed.to_string(),
        millis(own.times.median),
        millis(own.times.p95),
        before,
        ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        own.starts.to_string(),
        millis(own.start),
        own.memory.map_or_else(String::new, |kb| format!("{}.{}", kb / 1024, kb % 1024 * 10 / 1024)),
    ]
}

fn millis(micros: u64) -> String {
    format!("{}.{}", micros / 1000, micros % 1000 / 100)
}

/// To two digits.
#[allow(clippy::cast_precision_loss)]
fn ratio(own: u64, before: u64) -> Option<f64> {
    (before > 0).then(|| (own as f64 / before as f64 * 100.0).round() / 100.0)
}

#[derive(Serialize)]
pub(super) struct LoadJson<'a> {
    rounds: usize,
    at_once: usize,
    monolith: MeasuredJson,
    functions: Vec<FunctionJson<'a>>,
}

#[derive(Serialize)]
struct FunctionJson<'a> {
    name: &'a str,
    #[serde(flatten)]
    own: MeasuredJson,
    /// Of the program, on the same requests.
    monolith: TimesJson,
    /// Of the medians.
    ratio: Option<f64>,
}

#[derive(Serialize)]
struct MeasuredJson {
    #[serde(flatten)]
    times: TimesJson,
    failed: usize,
    starts: usize,
    start_micros: u64,
    memory_kb: Option<u64>,
}

#[derive(Serialize)]
struct TimesJson {
    requests: usize,
    median_micros: u64,
    p95_micros: u64,
}

fn times(times: &Times) -> TimesJson {
    let Times { requests, median, p95 } = times;
    TimesJson { requests: *requests, median_micros: *median, p95_micros: *p95 }
}

fn measured(own: &Measured) -> MeasuredJson {
    MeasuredJson {
        times: times(&own.times),
        failed: own.failed,
        starts: own.starts,
        start_micros: own.start,
        memory_kb: own.memory,
    }
}

pub(super) fn document(load: &Load) -> LoadJson<'_> {
    let functions = load.functions.iter().map(|one| FunctionJson {
        name: &one.name,
        own: measured(&one.own),
        monolith: times(&one.monolith),
        ratio: ratio(one.own.times.median, one.monolith.median),
    });
    LoadJson {
        rounds: load.rounds.count,
        at_once: load.rounds.at_once,
        monolith: measured(&load.monolith),
        functions: functions.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Rounds;

    #[test]
    fn functions_stand_above_the_program() {
        let times =
            |requests, median: u64, p95: u64| Times { requests, median: median * 1000, p95: p95 * 1000 };
        let measured = |times, memory| Measured { times, failed: 1, starts: 2, start: 12_345, memory };
        let load = Load {
            rounds: Rounds { count: 10, at_once: 4 },
            monolith: measured(times(20, 3, 9), None),
            functions: vec![OfFunction {
                name: "GetItemsFunction".into(),
                own: measured(times(20, 6, 10), Some(10_240)),
                monolith: times(20, 3, 9),
            }],
        };
        let text = text(&load);
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        let of = |name: &str| rows.iter().find(|row| row.first() == Some(&name)).expect("a row").join(" ");
        assert_eq!(of("GetItemsFunction"), "GetItemsFunction 20 1 6.0 10.0 3.0 2.00 2 12.3 10.0");
        assert_eq!(of("the"), "the program 20 1 3.0 9.0 2 12.3");
        let json = serde_json::to_value(document(&load)).expect("JSON");
        assert_eq!(json["functions"][0]["ratio"], 2.0);
        assert_eq!(json["functions"][0]["monolith"]["p95_micros"], 9000);
        assert_eq!(json["monolith"]["memory_kb"], serde_json::Value::Null);
    }
}
