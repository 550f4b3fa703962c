//! The documentation against the code: names that exist, links that lead somewhere, a section for each finding.

use std::fmt::Write as _;
use std::fs;

use lith_split::diagnostic::catalogue::CATALOGUE;

use super::source::{files_under, root};
use super::{assert_none, modules_in_order};

const FINDINGS: &str = "docs/findings.md";

/// What codes are about, by their start.
const GROUPS: &[(&str, &str)] = &[
    ("LS00", "Reading the input"),
    ("LS01", "Names and types"),
    ("LS02", "Routes"),
    ("LS03", "Accesses and permissions"),
    ("LS04", "Hazards of splitting"),
    ("LS05", "The plan"),
    ("LS06", "Generating"),
    ("LS07", "What is deployed"),
];

#[test]
fn documents_name_only_files_that_exist() {
    let mut wrong = Vec::new();
    for (document, text) in documents() {
        let folder = root().join(&document);
        let folder = folder.parent().expect("a document lies in a folder");
        for (number, line) in text.lines().enumerate() {
            let links = links(line).into_iter().map(|target| (folder.join(&target), target));
            let names = code_spans(line).into_iter().filter(|name| is_repository_path(name));
            let names = names.map(|name| (root().join(name.trim_end_matches('/')), name));
            for (path, name) in links.chain(names) {
                if !path.exists() {
                    wrong.push(format!("{document}:{}: `{name}` does not exist", number + 1));
                }
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn documents_name_only_modules_that_exist() {
    let modules = modules_in_order();
    let mut wrong = Vec::new();
    for (document, text) in documents() {
        for (number, line) in text.lines().enumerate() {
            for name in code_spans(line) {
                let Some((first, second)) = name.split_once("::") else { continue };
                if !modules.iter().any(|module| module == first) || !is_module_name(second) {
                    continue;
                }
                let file = root().join("src").join(first).join(second);
                if !file.is_dir() && !file.with_extension("rs").is_file() {
                    wrong.push(format!("{document}:{}: there is no module `{name}`", number + 1));
                }
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn the_code_map_lists_the_modules_in_order() {
    let text = fs::read_to_string(root().join("docs/architecture.md")).expect("docs/architecture.md");
    let mut listed = Vec::new();
    let rows = text.lines().skip_while(|line| !line.starts_with("| module |"));
    for row in rows.skip(2).take_while(|line| line.starts_with('|')) {
        let cell = row.split('|').nth(1).expect("a first cell");
        listed.extend(code_spans(cell));
    }
    assert_eq!(listed, modules_in_order(), "the code map of docs/architecture.md and src/lib.rs differ");
}

#[test]
fn each_finding_is_documented() {
    let expected = findings();
    let path = root().join(FINDINGS);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).expect("the document can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{FINDINGS} is not what src/diagnostic/catalogue.rs says; \
         `UPDATE_DOCS=1 cargo test --test it each_finding_is_documented` writes it"
    );
}

/// The text of `docs/findings.md`.
fn findings() -> String {
    let mut text = String::from(
        "# Findings\n\nA finding has a code, a place and, where there is one, the next step. Each code has a page; `lith-split explain CODE`\n\
         prints it. An error means that the output would be wrong or incomplete without a person's decision.\n\n\
         The examples on the pages are whole programs. One that has no `main` serves its `app` by `lambda_http::run`; one without\n\
         manifest depends on what it uses. A test runs `analyze` and `generate` on each and looks for the code.\n",
    );
    let mut group = "";
    for entry in CATALOGUE {
        let code = entry.code.as_str();
        if code[..4] != *group {
            group = &code[..4];
            let (_, title) =
                GROUPS.iter().find(|(start, _)| *start == group).expect("a title for each group");
            write!(text, "\n## {title}\n\n| code | severity | what |\n| --- | --- | --- |\n")
                .expect("a string can be written to");
        }
        writeln!(text, "| [{code}](findings/{code}.md) | {} | {} |", entry.severity, entry.title())
            .expect("a string can be written to");
    }
    text
}

/// The documents of the repository with their texts.
fn documents() -> Vec<(String, String)> {
    let mut names = vec!["README.md".to_string(), "CONTRIBUTING.md".to_string(), "CHANGELOG.md".to_string()];
    names.extend(files_under("docs", "md"));
    names
        .into_iter()
        .map(|name| {
            let text =
                fs::read_to_string(root().join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, text)
        })
        .collect()
}

/// `x` of each `` `x` `` in a line.
fn code_spans(line: &str) -> Vec<String> {
    line.split('`').skip(1).step_by(2).map(ToString::to_string).collect()
}

/// Relative targets of the Markdown links in a line.
fn links(line: &str) -> Vec<String> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .map(ToString::to_string)
        .collect()
}

/// Whether a name in code style is meant as a place in this repository.
fn is_repository_path(name: &str) -> bool {
    let folders = ["src/", "tests/", "docs/", "samples/", "templates/", ".ci/"];
    folders.iter().any(|folder| name.starts_with(folder)) && !name.contains([' ', '<', '*', '{'])
}

fn is_module_name(name: &str) -> bool {
    name.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_')
}
