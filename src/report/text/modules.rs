//! Modules and what they need of each other, and functions that nothing leads to, for a terminal.

use std::fmt::Write as _;

use super::super::{Detail, Report, count, plain};
use super::{section, table, wrapped};
use crate::metrics::code::ModuleMetrics;

/// Modules, and unreached functions, that are shown unless all are wanted.
const SHOWN: usize = 25;
/// Modules of a circle that are named.
const NAMED: usize = 8;

pub(super) fn view(out: &mut String, report: &Report<'_>, detail: Detail) {
    let limit = if detail == Detail::Full { usize::MAX } else { SHOWN };
    section(out, "Modules", &modules(report, limit));
    section(out, "Modules that need each other in a circle", &cycles(report, detail));
    section(out, "Functions that `main` does not lead to", &unreached(report, limit));
}

/// Those that have most to do with others first.
fn modules(report: &Report<'_>, limit: usize) -> String {
    let mut modules: Vec<&ModuleMetrics> = report.code().modules.iter().collect();
    modules.sort_by_key(|module| std::cmp::Reverse(module.afferent + module.efferent));
    let row = |module: &&ModuleMetrics| {
        vec![
            plain(&module.path),
            module.functions.to_string(),
            module.types.to_string(),
            module.traits.to_string(),
            module.afferent.to_string(),
            module.efferent.to_string(),
            format!("{:.2}", module.instability),
            format!("{:.2}", module.abstractness),
        ]
    };
    let header = ["module", "functions", "types", "traits", "used by", "uses", "instability", "abstractness"];
    let mut text = table(&header, modules.iter().take(limit).map(row).collect());
    if modules.len() > limit {
        let _ = writeln!(text, "  and {} more (-v, or --format json)", modules.len() - limit);
    }
    text
}

fn cycles(report: &Report<'_>, detail: Detail) -> String {
    let code = report.code();
    let name = |at: usize| plain(&code.modules[at].path);
    let mut out = String::new();
    for cycle in &code.module_cycles {
        let shown = if detail == Detail::Full { cycle.members.len() } else { NAMED };
        let members: Vec<String> = cycle.members.iter().take(shown).map(|&at| name(at)).collect();
        let more = cycle.members.len().saturating_sub(shown);
        let more = if more > 0 { format!(" and {more} more (-v)") } else { String::new() };
        let _ = writeln!(out, "  {}{more}", members.join(", "));
        let least = if cycle.is_least { "the least to cut" } else { "to cut" };
        let _ = writeln!(out, "    {least}:");
        for &(from, to, references) in &cycle.cuts {
            let _ =
                writeln!(out, "      {} -> {} ({})", name(from), name(to), count(references, "reference"));
        }
    }
    wrapped(&out)
}

fn unreached(report: &Report<'_>, limit: usize) -> String {
    let all = &report.code().unreached;
    let rows = all.iter().take(limit).map(|one| {
        let service = one.group.map(|at| plain(&report.metrics.services[at].name));
        vec![
            plain(&one.path),
            service.unwrap_or_else(|| "-".to_string()),
            plain(&report.place(one.location).to_string()),
        ]
    });
    let mut text = table(&["function", "service", "place"], rows.collect());
    if all.len() > limit {
        let _ = writeln!(text, "  and {} more (-v, or --format json)", all.len() - limit);
    }
    text
}
