//! The tables that are printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use lith_split::boundaries::cluster::{Limits, Solution, Weights, solve};

use crate::functionalities::{Functionalities, mojofm};
use crate::graph::Graph;
use crate::published::{Published, measure, real};

/// Published partitions of an application, each with ours at its number of groups and its balance.
pub(crate) fn classes(name: &str, folder: &Path, out: Option<&Path>) -> anyhow::Result<String> {
    let mut text = format!(
        "\n{name}: Mono2Micro's partition, and ours from pairs alone at its K, largest share and NED\n\
         {:>4} {:>10} {:>5} {:>6} {:>5} {:>7} {:>7} {:>6} {:>6} {:>7} {:>7} {:>6}\n",
        "asked", "", "K", "share", "NED", "ICP log", "ICP raw", "SM", "IFN", "BCP set", "BCP frq", "purity"
    );
    let (mut cases, mut won) = (0, 0);
    for asked in [5, 7, 9, 11, 13] {
        let file = folder.join(format!("partitions/Mono2Micro/vertical_cluster_assignment_{asked}.json"));
        let partition: BTreeMap<String, i64> = crate::read(&file)?;
        let graph = Graph::read(folder, &partition)?;
        let theirs_groups = numbered(partition.values());
        let theirs = measure(&graph, &theirs_groups);
        line(&mut text, asked, "Mono2Micro", &theirs);
        let limits = Limits {
            groups: Some(theirs.groups),
            largest: Some(whole(theirs.largest_share * real(partition.len()))),
            uneven: Some(whole(theirs.ned * real(partition.len()))),
        };
        for own_tables in [false, true] {
            if own_tables && graph.tables.is_empty() {
                continue;
            }
            let mut limits = limits;
            if own_tables && asked >= 7 {
                // The goal for tables that one group owns: no more than 35 % in one group.
                limits.largest = limits.largest.min(Some(whole(0.35 * real(partition.len()))));
            }
            let solution = solve(&graph.problem(limits, own_tables), Weights::default())?;
            let ours = measure(&graph, &solution.group);
            line(&mut text, asked, if own_tables { "own tables" } else { "ours" }, &ours);
            let verdict = compared(&theirs, &ours);
            if !own_tables {
                cases += 1;
                won += usize::from(verdict.is_empty());
            }
            if !verdict.is_empty() {
                writeln!(text, "           {verdict}")?;
            }
            bound(&mut text, &solution)?;
            if let Some(out) = out {
                let suffix = if own_tables { "-tables" } else { "" };
                write(&out.join(format!("{name}-{asked}{suffix}.json")), &graph.classes, &solution.group)?;
            }
        }
    }
    writeln!(text, "  no worse anywhere and better in four: {won} of {cases}")?;
    Ok(text)
}

fn line(text: &mut String, asked: usize, who: &str, of: &Published) {
    let purity = of.purity.map_or_else(String::new, |purity| format!("{purity:.3}"));
    let _ = writeln!(
        text,
        "{asked:>4} {who:>10} {:>5} {:>6.3} {:>5.3} {:>7.3} {:>7.3} {:>6.3} {:>6.2} {:>7.3} {:>7.3} {purity:>6}",
        of.groups,
        of.largest_share,
        of.ned,
        of.icp_log,
        of.icp_raw,
        of.sm,
        of.ifn,
        of.bcp_set,
        of.bcp_frequency
    );
}

/// What is worse than theirs, at three digits; nothing where all is as good and four measures are better.
fn compared(theirs: &Published, ours: &Published) -> String {
    let digits = |value: f64| (value * 1000.0).round();
    let measures = [
        ("ICP log", theirs.icp_log, ours.icp_log),
        ("ICP raw", theirs.icp_raw, ours.icp_raw),
        ("SM", -theirs.sm, -ours.sm),
        ("IFN", theirs.ifn, ours.ifn),
        ("BCP set", theirs.bcp_set, ours.bcp_set),
        ("BCP frequency", theirs.bcp_frequency, ours.bcp_frequency),
    ];
    let limits = [("NED", theirs.ned, ours.ned), ("share", theirs.largest_share, ours.largest_share)];
    let worse: Vec<&str> = measures
        .iter()
        .chain(&limits)
        .filter(|(_, theirs, ours)| digits(*ours) > digits(*theirs))
        .map(|(name, ..)| *name)
        .collect();
    let better = measures.iter().filter(|(_, theirs, ours)| digits(*ours) < digits(*theirs)).count();
    match (worse.is_empty(), better, theirs.groups == ours.groups) {
        (_, _, false) => "not as many groups".to_string(),
        (true, 4.., _) => String::new(),
        (true, ..) => format!("better in {better} only"),
        (false, ..) => format!("worse: {}", worse.join(", ")),
    }
}

fn bound(text: &mut String, solution: &Solution) -> anyhow::Result<()> {
    if let Some(bound) = solution.bound {
        writeln!(
            text,
            "           best score there is {:.4}, ours is {:.4} above it",
            bound.score, bound.gap
        )?;
    }
    Ok(())
}

/// The decomposition that an expert made of entities, and ours from accesses at its number of groups and its largest share.
pub(crate) fn entities(name: &str, accesses: &Path, out: Option<&Path>) -> anyhow::Result<String> {
    let expert = accesses.with_file_name(format!("{name}Expert.json"));
    let functionalities = Functionalities::read(accesses, &expert)?;
    let theirs = &functionalities.expert;
    let groups = theirs.iter().max().map_or(0, |most| most + 1);
    let largest =
        (0..groups).map(|at| theirs.iter().filter(|group| **group == at).count()).max().unwrap_or(0);
    let limits = Limits { groups: Some(groups), largest: Some(u32::try_from(largest)?), uneven: None };
    let solution = solve(&functionalities.problem(limits), Weights::default())?;
    let ours = solution.group;
    let mut text = format!(
        "\n{name}: {} functionalities, {} entities; the expert's groups, and ours at their number and largest share\n\
         {:>10} {:>3} {:>6} {:>7} {:>13} {:>13}\n",
        functionalities.list.len(),
        functionalities.entities.len(),
        "",
        "K",
        "share",
        "MoJoFM",
        "in several",
        "write several"
    );
    for (who, group) in [("expert", theirs), ("ours", &ours)] {
        let (across, writing) = functionalities.split(group);
        let used = group.iter().collect::<std::collections::BTreeSet<_>>().len();
        let most = (0..=used).map(|at| group.iter().filter(|group| **group == at).count()).max().unwrap_or(0);
        writeln!(
            text,
            "{who:>10} {used:>3} {:>6.3} {:>7.1} {:>11.1} % {:>11.1} %",
            real(most) / real(group.len()),
            mojofm(group, theirs),
            100.0 * across,
            100.0 * writing
        )?;
    }
    if let Some(out) = out {
        write(&out.join(format!("{name}.json")), &functionalities.entities, &ours)?;
    }
    Ok(text)
}

/// Groups numbered from 0 in the order of their first members.
pub(crate) fn numbered<'a>(groups: impl Iterator<Item = &'a i64>) -> Vec<usize> {
    let mut number: BTreeMap<i64, usize> = BTreeMap::new();
    groups
        .map(|group| {
            let next = number.len();
            *number.entry(*group).or_insert(next)
        })
        .collect()
}

#[expect(clippy::cast_sign_loss, reason = "shares are not negative")]
fn whole(value: f64) -> u32 {
    (value + 1e-9).floor() as u32
}

fn write(path: &Path, names: &[String], group: &[usize]) -> anyhow::Result<()> {
    let partition: BTreeMap<&String, usize> = names.iter().zip(group.iter().copied()).collect();
    std::fs::write(path, serde_json::to_string_pretty(&partition)? + "\n")?;
    Ok(())
}
