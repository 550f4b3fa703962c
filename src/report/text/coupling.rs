//! What ties the services, for a terminal: numbers, places, and what each tie would become.

use std::fmt::Write as _;

use super::super::{Detail, Report, count, plain, short};
use super::{section, table, verbs, wrapped};
use crate::access::Mode;
use crate::coupling::{Becomes, ItemKind, Tie, TieKind};
use crate::ordered::OrderedMap;

/// Places that are shown of two services, and pairs of services that share code, unless all are wanted.
const SHOWN: usize = 6;

pub(super) fn view(out: &mut String, report: &Report<'_>, detail: Detail) {
    section(out, "Verdict", &wrapped(&format!("  {}\n", plain(&verdict(report)))));
    services(out, report);
    section(out, "Calls into other services", &ties(report, detail));
    section(out, "Data of several services", &shared_data(report));
    section(out, "Requests that write data of several services", &split_writes(report));
    section(out, "Services that need each other in a circle", &cycles(report));
    section(out, "Code of several services", &shared_code(report, detail));
    numbers(out, report);
}

/// `worth splitting into services: ...`.
pub(in super::super) fn verdict(report: &Report<'_>) -> String {
    let verdict = report.verdict;
    let said = if verdict.is_worth_it { "worth" } else { "not worth" };
    let still =
        if verdict.is_worth_it { "" } else { "; functions of their own still get roles of their own" };
    format!("{said} splitting into services: {}{still}", verdict.because.join("; "))
}

fn services(out: &mut String, report: &Report<'_>) {
    let metrics = report.metrics;
    let rows = metrics.services.iter().zip(&report.code().services).map(|(service, code)| {
        vec![
            plain(&service.name),
            service.routes.to_string(),
            service.afferent.to_string(),
            service.efferent.to_string(),
            format!("{:.2}", service.instability),
            format!("{:.2}", code.abstractness),
            format!("{:.2}", service.cohesion),
            format!("{:.2}", service.coupling),
            format!("{:.2}", service.chattiness),
        ]
    });
    let rows = rows.collect();
    let header = [
        "service",
        "routes",
        "used by",
        "uses",
        "instability",
        "abstractness",
        "cohesion",
        "coupling",
        "hops/request",
    ];
    section(out, "Services", &table(&header, rows));
    section(out, "Tables by service (R reads, W writes)", &matrix(report));
}

/// By pair of services: each place, what is used there, and what it becomes; what holds for several places is said once.
fn ties(report: &Report<'_>, detail: Detail) -> String {
    let mut pairs: OrderedMap<(&str, &str), Vec<&Tie>> = OrderedMap::default();
    for tie in &report.coupling.ties {
        pairs.entry((&tie.from, &tie.to)).or_default().push(tie);
    }
    let mut out = String::new();
    for ((from, to), ties) in pairs {
        let mut choices: OrderedMap<(Becomes, &str), Vec<&Tie>> = OrderedMap::default();
        for tie in &ties {
            choices.entry((tie.becomes, &tie.because)).or_default().push(tie);
        }
        let _ = writeln!(out, "  {} -> {}: {}", plain(from), plain(to), count(ties.len(), "place"));
        for ((becomes, because), ties) in choices {
            let _ = writeln!(out, "    {}: {}", becomes.as_str(), plain(because));
            let shown = if detail == Detail::Full { ties.len() } else { SHOWN };
            for tie in ties.iter().take(shown) {
                let data: Vec<String> =
                    tie.data.iter().map(|(data, mode)| format!("{} {}", verbs(*mode), short(data))).collect();
                let does = if tie.kind == TieKind::Call { "call of" } else { "in" };
                let place = report.place(tie.location);
                let line = format!("{place} {does} {}: {}", last_two(&tie.what), data.join(", "));
                let _ = writeln!(out, "      {}", plain(&line));
            }
            if ties.len() > shown {
                let _ = writeln!(out, "      and {} more (-v, or --format json)", ties.len() - shown);
            }
        }
    }
    wrapped(&out)
}

/// `Store::find` of `shop::db::Store::find`.
fn last_two(path: &str) -> &str {
    let mut ends = path.rmatch_indices("::").map(|(at, _)| at + 2);
    ends.nth(1).map_or(path, |at| &path[at..])
}

/// Owner, users, and what each use becomes.
fn shared_data(report: &Report<'_>) -> String {
    let mut out = String::new();
    for shared in &report.coupling.shared_data {
        let owner = shared
            .owner
            .as_deref()
            .map_or("no route writes it".to_string(), |owner| format!("{owner} owns it"));
        let _ = writeln!(out, "  {}: {}", short(&shared.data), plain(&owner));
        for user in &shared.users {
            let choice = match &user.choice {
                Some((becomes, because)) => format!(" -> {}: {because}", becomes.as_str()),
                None => format!(" in {}", count(user.routes, "route")),
            };
            let _ = writeln!(out, "    {} {}{}", plain(&user.service), verbs(user.mode), plain(&choice));
        }
    }
    wrapped(&out)
}

fn split_writes(report: &Report<'_>) -> String {
    let mut out = String::new();
    for write in &report.coupling.split_writes {
        let route = &report.routes.routes[write.route].id;
        let data: Vec<String> =
            write.data.iter().map(|(data, owner)| format!("{} of {owner}", short(data))).collect();
        let at_once = if write.at_once { " in one call" } else { "" };
        let _ = writeln!(
            out,
            "  {} ({}) writes {}{at_once}, {}",
            plain(route),
            plain(&write.service),
            plain(&data.join(", ")),
            report.place(write.location)
        );
        let _ = writeln!(out, "    {}: {}", write.becomes.as_str(), plain(&write.because));
    }
    wrapped(&out)
}

/// Each circle, and what to cut.
fn cycles(report: &Report<'_>) -> String {
    let mut out = String::new();
    for cycle in &report.coupling.cycles {
        let _ = writeln!(out, "  {}", plain(&cycle.services.join(", ")));
        let cuts = cycle.cuts.iter();
        let cuts = cuts.map(|cut| format!("{} -> {} ({})", cut.from, cut.to, count(cut.places, "place")));
        let least = if cycle.is_least { "the least to cut" } else { "to cut" };
        let _ = writeln!(out, "    {least}: {}", plain(&cuts.collect::<Vec<_>>().join(", ")));
    }
    wrapped(&out)
}

/// How much code each pair of services shares, the most first.
fn shared_code(report: &Report<'_>, detail: Detail) -> String {
    let mut pairs: OrderedMap<(&str, &str), [usize; 3]> = OrderedMap::default();
    for item in &report.coupling.shared_items {
        let at =
            [ItemKind::Function, ItemKind::Model, ItemKind::State].iter().position(|kind| *kind == item.kind);
        for (place, one) in item.services.iter().enumerate() {
            for other in &item.services[place + 1..] {
                pairs.entry((one, other)).or_default()[at.unwrap_or(0)] += 1;
            }
        }
    }
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().sum::<usize>()));
    let shown = if detail == Detail::Full { pairs.len() } else { SHOWN };
    let row = |((one, other), counts): &((&str, &str), [usize; 3])| {
        let mut row = vec![plain(&format!("{one} and {other}"))];
        row.extend(counts.iter().map(ToString::to_string));
        row
    };
    let mut text =
        table(&["services", "functions", "models", "statics"], pairs.iter().take(shown).map(row).collect());
    if pairs.len() > shown {
        let _ = writeln!(text, "  and {} more (-v)", count(pairs.len() - shown, "pair"));
    }
    if !pairs.is_empty() {
        text.push_str("  Functions and models go into a shared crate, statics into each function; --format json has each.\n");
    }
    text
}

/// The numbers of the whole.
fn numbers(out: &mut String, report: &Report<'_>) {
    let metrics = report.metrics;
    let body = format!(
        "  functions that several services reach  {}\n  models that several services use       {}\n  \
         tables that several services touch     {}\n  tables that several services write     {}\n  \
         services that depend on each other     {}\n  groups of functions calling in circles {}\n  \
         groups of modules needing each other   {}  (--view modules)\n  \
         functions that main does not lead to   {}  (--view modules)\n  \
         share of the largest service           {:.0} %\n  services of one route                  {}\n\n  \
         routes that use data of another service    {} of {} that use data\n  \
         other services whose data a request needs  {:.2} on average, at most {}\n  \
         ICP {:.2}  SM {:.2}  IFN {:.2}  NED {:.2}  modularity {:.2}  purity {:.2}  (docs/metrics.md)\n",
        metrics.shared_functions,
        metrics.shared_models,
        metrics.shared_tables,
        metrics.tables_written_apart,
        metrics.mutual_services,
        metrics.call_cycles,
        report.code().module_cycles.len(),
        report.code().unreached.len(),
        metrics.largest_share * 100.0,
        metrics.singletons,
        metrics.data.split_routes,
        metrics.data.routes_with_data,
        metrics.data.chattiness,
        metrics.data.most_hops,
        metrics.data.icp,
        metrics.data.sm,
        metrics.data.ifn,
        metrics.data.ned,
        metrics.data.modularity,
        metrics.data.purity,
    );
    section(out, "Numbers", &body);
}

/// Tables down, services across; many services are listed in the cell instead.
fn matrix(report: &Report<'_>) -> String {
    let services: Vec<&str> = report.plan.services.iter().map(|service| service.name.as_str()).collect();
    let rows = report.table_uses().into_iter().map(|usage| {
        let mut modes: OrderedMap<&str, Mode> = OrderedMap::default();
        for (route, mode) in &usage.routes {
            let Some((service, _)) = report.plan.place_of(&route.id) else { continue };
            modes.entry(&service.name).and_modify(|all| *all = all.join(*mode)).or_insert(*mode);
        }
        let sign = |mode: &Mode| match mode {
            Mode::Read => "R",
            Mode::Write => "W",
            Mode::ReadWrite => "RW",
        };
        let mut row = vec![short(usage.table)];
        if services.len() <= 6 {
            row.extend(services.iter().map(|name| modes.get(name).map_or("", sign).to_string()));
        } else {
            let cells: Vec<String> =
                modes.iter().map(|(name, mode)| format!("{name} {}", sign(mode))).collect();
            row.push(cells.join(", "));
        }
        row
    });
    let rows = rows.collect();
    let mut header = vec!["table"];
    if services.len() <= 6 {
        header.extend(&services);
    } else {
        header.push("services");
    }
    table(&header, rows)
}
