//! The samples against their own READMEs, which were written by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::program::{repository, run};

/// What a README says of one route.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    handler: String,
    layers: Vec<String>,
    /// Operation and resource, for example `GetItem BOOKS`.
    calls: BTreeSet<String>,
}

#[test]
fn the_bookshop_is_what_its_readme_says() {
    let text = readme("bookshop");
    let mut expected = BTreeMap::new();
    for cells in rows(&text) {
        let mut layers = vec!["TraceLayer".to_string(), "CorsLayer".to_string()];
        layers.extend(names(&cells[2]));
        expected.insert(
            unquoted(&cells[0]),
            Row { handler: unquoted(&cells[1]), layers, calls: calls(&cells[4]) },
        );
    }
    assert_eq!(expected.len(), 28);
    compare(&expected, &found("bookshop"));
}

#[test]
fn the_items_app_is_what_its_readme_says() {
    let text = readme("items");
    let mut expected = BTreeMap::new();
    for cells in rows(&text) {
        let calls = cells[2].split(", ").map(|operation| format!("{operation} ITEMS")).collect();
        expected.insert(unquoted(&cells[0]), Row { handler: unquoted(&cells[1]), layers: Vec::new(), calls });
    }
    assert_eq!(expected.len(), 5);
    compare(&expected, &found("items"));
}

#[track_caller]
fn compare(expected: &BTreeMap<String, Row>, found: &BTreeMap<String, Row>) {
    let mut wrong = Vec::new();
    for id in expected.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        if expected.get(id) != found.get(id) {
            wrong.push(format!("{id}\n  README {:?}\n  report {:?}", expected.get(id), found.get(id)));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn readme(sample: &str) -> String {
    fs::read_to_string(repository().join("samples").join(sample).join("README.md")).expect("a README")
}

/// Cells of the table rows that begin with a route.
fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .filter(|line| line.starts_with("| `") && line.contains(" /"))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_string()).collect())
        .collect()
}

fn unquoted(cell: &str) -> String {
    cell.trim_matches('`').to_string()
}

/// `` `a`, `b` `` as names.
fn names(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(ToString::to_string).collect()
}

/// `SESSIONS GetItem; transaction of ORDERS PutItem and STOCK UpdateItem` as operations on resources.
fn calls(cell: &str) -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    let mut resource = String::new();
    let cell = cell.replace("transaction of ", "").replace(" and ", "; ").replace(['`', ','], "");
    for part in cell.split("; ").filter(|part| *part != "none") {
        for (at, word) in
            part.split(' ').filter(|word| *word != "index" && !word.contains(['*', '-'])).enumerate()
        {
            if at == 0 {
                resource = word.trim_end_matches("_TABLE").to_string();
            } else {
                calls.insert(format!("{word} {resource}"));
            }
        }
    }
    calls
}

/// What `analyze` reports, in the same form.
fn found(sample: &str) -> BTreeMap<String, Row> {
    let run = run(&format!("samples/{sample}"), "analyze", &["--format", "json"], None);
    assert_eq!(run.exit, 0, "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).expect("the report is JSON");
    let routes = report["routes"].as_array().expect("routes");
    let strings = |value: &Value| -> Vec<String> {
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| item.as_str().map(ToString::to_string))
            .collect()
    };
    routes
        .iter()
        .map(|route| {
            let mut calls = BTreeSet::new();
            for access in route["accesses"].as_array().expect("accesses") {
                for resource in strings(&access["resources"]) {
                    let variable = resource.split(['{', '}']).nth(1).unwrap_or(&resource);
                    for action in strings(&access["actions"]) {
                        let operation = action.split(':').next_back().unwrap_or_default();
                        calls.insert(format!("{operation} {}", variable.trim_end_matches("_TABLE")));
                    }
                }
            }
            let handler = route["handler"]["name"].as_str().expect("a name").to_string();
            let row = Row { handler, layers: strings(&route["layers"]), calls };
            (route["id"].as_str().expect("an id").to_string(), row)
        })
        .collect()
}
