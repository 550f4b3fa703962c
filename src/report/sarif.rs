//! Findings for code scanning: SARIF 2.1.0.
//!
//! Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; paths are relative to the folder of the run, as GitHub
//! wants them.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::Report;
use crate::diagnostic::{Code, Diagnostic, Severity};

/// What may not stand in the path of a relative reference (RFC 3986, section 3.3); a colon is encoded too, since it may look like a scheme.
const NOT_IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// The findings as one document. `folder` is the way from the folder of the run to the package, empty where they are the same.
pub fn sarif(report: &Report<'_>, folder: &str) -> String {
    let codes: BTreeSet<Code> = report.findings.iter().map(|finding| finding.code).collect();
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "lith-split",
                    version: env!("CARGO_PKG_VERSION"),
                    rules: codes.iter().map(|code| rule(*code)).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results: report
                .findings
                .iter()
                .map(|finding| {
                    result(report, finding, folder, codes.iter().position(|code| *code == finding.code))
                })
                .collect(),
        }],
    };
    let mut text = serde_json::to_string_pretty(&log).expect("text and numbers can be written as JSON");
    text.push('\n');
    text
}

fn rule(code: Code) -> Rule {
    let entry = code.entry();
    Rule {
        id: code.as_str(),
        short_description: Text { text: entry.title().to_string() },
        help: Help { text: entry.text().to_string(), markdown: entry.text().to_string() },
        default_configuration: Configuration { level: level(entry.severity) },
    }
}

fn result<'a>(
    report: &Report<'_>,
    finding: &'a Diagnostic,
    folder: &str,
    rule: Option<usize>,
) -> SarifResult<'a> {
    let message = match &finding.help {
        Some(help) => format!("{}. Help: {help}", finding.message),
        None => finding.message.clone(),
    };
    let location = finding.location.map(|location| {
        let place = report.place(location);
        SarifLocation {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation {
                    uri: utf8_percent_encode(&joined(folder, &place.file), NOT_IN_PATHS).to_string(),
                },
                region: Region { start_line: place.line, start_column: report.character(location) },
            },
        }
    });
    SarifResult {
        rule_id: finding.code.as_str(),
        rule_index: rule,
        level: level(finding.severity),
        message: Text { text: message },
        locations: location.into_iter().collect(),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A path below a folder, with `..` worked out.
pub(super) fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')).filter(|part| !matches!(*part, "" | ".")) {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<SarifResult<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text,
    help: Help,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: Vec<SarifLocation>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifLocation {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
}
