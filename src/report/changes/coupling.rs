//! What ties services: what came, went or became something else. Reports of older versions that do not say so are not compared.

use std::collections::BTreeMap;

use super::read::{SplitWrite, Tie};
use super::{Change, Kind, Pair, Reading, count, pairs};

/// Ties by services and function, requests that write data of several services, and the verdict.
pub(super) fn changes(before: &Reading, after: &Reading) -> Vec<Change> {
    let mut changes = Vec::new();
    if let (Some(old), Some(new)) = (&before.couplings, &after.couplings) {
        let (old, new) = (grouped(old), grouped(new));
        for ((subject, what), pair) in pairs(&old, &new) {
            changes.extend(change(subject, what, &pair));
        }
    }
    if let (Some(old), Some(new)) = (&before.split_writes, &after.split_writes) {
        for (route, pair) in pairs(&by_route(old), &by_route(new)) {
            let what = "writes data of several services";
            let said = |write: &SplitWrite| format!("{} ({})", write.owners(), write.becomes);
            changes.extend(match pair {
                Pair::Added(new) => {
                    let what = format!("{what}: {}", said(new));
                    Some(Change::new(Kind::Added, route, what).at(&new.file, new.line))
                }
                Pair::Removed(old) => {
                    let what = format!("{what}: {}", said(old));
                    Some(Change::new(Kind::Removed, route, what).at(&old.file, old.line))
                }
                Pair::Both(old, new) => {
                    let (from, to) = (said(old), said(new));
                    let change =
                        Change::new(Kind::Changed { from: from.clone(), to: to.clone() }, route, what);
                    (from != to).then(|| change.at(&new.file, new.line))
                }
            });
        }
    }
    if let (Some(old), Some(new)) = (&before.verdict, &after.verdict)
        && old.split != new.split
    {
        let said = |is_worth_it: bool| if is_worth_it { "worth it" } else { "not worth it" }.to_string();
        let kind = Kind::Changed { from: said(old.split), to: said(new.split) };
        changes.push(Change::new(kind, "splitting into services", ""));
    }
    changes
}

/// By `orders -> users` and the function, with all places.
fn grouped(ties: &[Tie]) -> BTreeMap<(String, &str), Vec<&Tie>> {
    let mut groups: BTreeMap<_, Vec<&Tie>> = BTreeMap::new();
    for tie in ties {
        groups.entry((format!("{} -> {}", tie.from, tie.to), tie.what.as_str())).or_default().push(tie);
    }
    groups
}

fn by_route(writes: &[SplitWrite]) -> BTreeMap<&str, &SplitWrite> {
    writes.iter().map(|write| (write.route.as_str(), write)).collect()
}

fn change(subject: &str, what: &str, pair: &Pair<'_, Vec<&Tie>>) -> Option<Change> {
    let what = last_two(what);
    let data = |ties: &[&Tie]| {
        let data = ties.iter().flat_map(|tie| &tie.data);
        let mut data: Vec<String> = data.map(|data| format!("{} {}", data.mode, data.resource)).collect();
        data.sort();
        data.dedup();
        data.join(", ")
    };
    let places = |ties: &[&Tie]| format!("{}, {}", count(ties.len(), "place"), ties[0].becomes);
    let whole = |ties: &[&Tie]| format!("{what}: {} ({})", data(ties), places(ties));
    let at = |kind: Kind, what: String, tie: &Tie| Change::new(kind, subject, what).at(&tie.file, tie.line);
    match pair {
        Pair::Added(new) => Some(at(Kind::Added, whole(new), new[0])),
        Pair::Removed(old) => Some(at(Kind::Removed, whole(old), old[0])),
        Pair::Both(old, new) if data(old) == data(new) => {
            let (from, to) = (places(old), places(new));
            (from != to).then(|| at(Kind::Changed { from, to }, format!("{what}: {}", data(new)), new[0]))
        }
        Pair::Both(old, new) => {
            let said = |ties: &[&Tie]| format!("{} ({})", data(ties), places(ties));
            let (from, to) = (said(old), said(new));
            Some(at(Kind::Changed { from, to }, what.to_string(), new[0]))
        }
    }
}

/// `Store::find` of `shop::db::Store::find`.
fn last_two(path: &str) -> &str {
    let mut ends = path.rmatch_indices("::").map(|(at, _)| at + 2);
    ends.nth(1).map_or(path, |at| &path[at..])
}
