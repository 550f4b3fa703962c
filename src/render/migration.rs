//! What `MIGRATION.md` says: findings to review, waves, and the commands of the next wave and of the way back.
//!
//! Input: what the workspace is made from. Output: a view of strings that are quoted for Markdown. Deliberately absent: the order of the
//! waves (`plan`).

use std::collections::BTreeSet;

use super::scaffold::{FindingView, MigrationView, WaveView, code, prose};
use super::workspace::{RenderInput, grant_views, has_script, list};
use crate::aws::Template;
use crate::aws::template::DefaultRoute;
use crate::plan::{SharedTable, Wave};

pub(super) fn migration(input: &RenderInput<'_>, template: &Template) -> MigrationView {
    let findings = input.diagnostics.sorted().into_iter().map(|finding| FindingView {
        code: code(finding.code.as_str()),
        place: finding.location.map_or_else(String::new, |location| {
            code(&format!("{}:{}", input.sources.path(location), input.sources.line(location)))
        }),
        message: prose(&finding.message),
    });
    let unknown = template.parameters.iter().filter(|parameter| parameter.variable.is_none());
    let here: BTreeSet<&str> = input.plan.services.iter().map(|service| service.name.as_str()).collect();
    let (moved, to_come): (Vec<&Wave>, Vec<&Wave>) =
        input.waves.iter().partition(|wave| here.contains(wave.service.as_str()));
    let in_waves: BTreeSet<&String> = input.waves.iter().flat_map(|wave| &wave.routes).collect();
    let waves = input.waves.iter().enumerate().map(|(at, wave)| WaveView {
        number: at + 1,
        service: prose(&wave.service),
        routes: list(wave.routes.iter().map(String::as_str)),
        why: why(&wave.shared),
        state: if here.contains(wave.service.as_str()) {
            "in this workspace"
        } else if to_come.first().is_some_and(|next| next.service == wave.service) {
            "next"
        } else {
            "stays for now"
        }
        .to_string(),
    });
    let only = |waves: &[&Wave]| {
        let names: Vec<&str> = waves.iter().map(|wave| wave.service.as_str()).collect();
        names.join(",")
    };
    MigrationView {
        name: prose(&template.name),
        findings: findings.collect(),
        unknown: unknown
            .map(|parameter| format!("{}: {}", code(&parameter.name), prose(&parameter.description)))
            .collect(),
        grants: !has_script(template) && !grant_views(template).is_empty(),
        script: has_script(template),
        stack: template.name.clone(),
        monolith: match &template.default_route {
            DefaultRoute::Edge => None,
            DefaultRoute::Monolith { parameter, .. } => Some(code(parameter)),
        },
        keep: input.plan.keep.iter().filter(|id| !in_waves.contains(id)).map(|id| code(id)).collect(),
        waves: waves.collect(),
        whole: to_come.is_empty(),
        first: match input.waves {
            [first, _, ..] => Some(only(&[first])),
            _ => None,
        },
        next_service: to_come.first().map(|next| prose(&next.service)),
        next: to_come.first().map(|next| only(&[&moved[..], &[*next]].concat())),
        back: match &moved[..] {
            [rest @ .., _] if !rest.is_empty() => Some(only(rest)),
            _ => None,
        },
    }
}

/// What a service shares, as the reason for its place.
fn why(shared: &[SharedTable]) -> String {
    if shared.is_empty() {
        return "shares no table with another service".to_string();
    }
    let each = |table: &SharedTable| {
        let written = if table.is_written { "" } else { " (nobody writes it)" };
        format!("{} with {}{written}", code(&table.table), prose(&table.others.join(", ")))
    };
    format!("shares {}", shared.iter().map(each).collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_names_tables_and_services() {
        assert_eq!(why(&[]), "shares no table with another service");
        let shared = |table: &str, is_written| SharedTable {
            table: table.into(),
            others: vec!["orders".into(), "a_b".into()],
            is_written,
        };
        assert_eq!(
            why(&[shared("sql:table/t", true), shared("sql:table/u", false)]),
            "shares `sql:table/t` with orders, a\\_b; `sql:table/u` with orders, a\\_b (nobody writes it)"
        );
    }
}
