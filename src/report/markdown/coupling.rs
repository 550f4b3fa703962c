//! What ties the services: the verdict, and folded lists.

use std::fmt::Write as _;

use super::super::{Report, count, text};
use super::{code, escaped};

/// Lines of a list that are shown; the others are counted.
const SHOWN: usize = 20;

pub(super) fn section(out: &mut String, report: &Report<'_>) {
    let coupling = report.coupling;
    let _ = writeln!(out, "\n## Coupling\n\n{}.", escaped(&text::verdict(report)));
    let ties = coupling.ties.iter().map(|tie| {
        let data: Vec<String> =
            tie.data.iter().map(|(data, mode)| format!("{mode} {}", code(&data.to_string()))).collect();
        format!(
            "| {} → {} | {} {} | {} | {}: {} |",
            escaped(&tie.from),
            escaped(&tie.to),
            code(&tie.what),
            escaped(&report.place(tie.location).to_string()),
            data.join("<br>"),
            tie.becomes.as_str(),
            escaped(&tie.because)
        )
    });
    let heading = format!("Calls into other services ({})", count(coupling.ties.len(), "place"));
    folded(
        out,
        &heading,
        "| Services | Place | Data | Becomes |\n|---|---|---|---|",
        &ties.collect::<Vec<_>>(),
    );
    let shared = coupling.shared_data.iter().map(|shared| {
        let users: Vec<String> = shared
            .users
            .iter()
            .map(|user| {
                let choice = user.choice.as_ref().map(|(becomes, _)| format!(" → {}", becomes.as_str()));
                format!("{} {}{}", escaped(&user.service), user.mode, choice.unwrap_or_default())
            })
            .collect();
        format!(
            "| {} | {} | {} |",
            code(&shared.data.to_string()),
            escaped(shared.owner.as_deref().unwrap_or("")),
            users.join("<br>")
        )
    });
    let heading = format!("Data of several services ({})", coupling.shared_data.len());
    folded(out, &heading, "| Data | Owner | Users |\n|---|---|---|", &shared.collect::<Vec<_>>());
    let writes = coupling.split_writes.iter().map(|write| {
        let data: Vec<String> = write
            .data
            .iter()
            .map(|(data, owner)| format!("{} of {}", code(&data.to_string()), escaped(owner)))
            .collect();
        format!(
            "| {} | {} | {}: {} | {} |",
            code(&report.routes.routes[write.route].id),
            data.join("<br>"),
            write.becomes.as_str(),
            escaped(&write.because),
            escaped(&report.place(write.location).to_string())
        )
    });
    let heading = format!("Requests that write data of several services ({})", coupling.split_writes.len());
    folded(
        out,
        &heading,
        "| Route | Writes | Becomes | Place |\n|---|---|---|---|",
        &writes.collect::<Vec<_>>(),
    );
    for cycle in &coupling.cycles {
        let services = escaped(&cycle.services.join(", "));
        let cuts: Vec<String> = cycle
            .cuts
            .iter()
            .map(|cut| format!("{} -> {} ({})", cut.from, cut.to, count(cut.places, "place")))
            .collect();
        let cuts = escaped(&cuts.join(", "));
        let _ = writeln!(out, "\nNeed each other in a circle: {services}. It is broken by cutting {cuts}.");
    }
}

/// A list behind its heading; nothing where it is empty.
fn folded(out: &mut String, heading: &str, header: &str, rows: &[String]) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n<details><summary>{heading}</summary>\n\n{header}");
    for row in rows.iter().take(SHOWN) {
        let _ = writeln!(out, "{row}");
    }
    if rows.len() > SHOWN {
        let _ = writeln!(out, "\nand {} more", rows.len() - SHOWN);
    }
    let _ = writeln!(out, "\n</details>");
}
