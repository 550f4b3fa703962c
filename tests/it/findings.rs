//! The pages of the findings: each has its sections, and its example raises the finding.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use lith_split::diagnostic::Code;
use lith_split::diagnostic::catalogue::{CATALOGUE, Entry};

use crate::program::repository;

/// Findings that no files of a page raise, and the test that does.
const WITHOUT_FILES: &[(&str, &str, &str)] = &[
    ("LS0003", "tests/it/hostile.rs", "bytes_that_are_no_text_are_a_finding"),
    (
        "LS0305",
        "src/access/tests.rs",
        "more_answers_than_can_be_told_apart_are_a_finding_and_no_request_is_lost",
    ),
    ("LS0603", "tests/it/findings.rs", "without_rustfmt_the_files_are_not_formatted"),
    ("LS0606", "src/aws/limits.rs", "a_large_application_in_one_template_is_reported_not_refused"),
];

/// What an example has that shows no manifest.
const MANIFEST: &str = r#"[package]
name = "shop"
version = "0.1.0"
edition = "2024"

[dependencies]
aws-config = "1"
aws-sdk-dynamodb = "1"
axum = { version = "0.8", features = ["ws"] }
futures-util = "0.3"
lambda_http = "1"
other-crate = "1"
reqwest = "0.12"
sqlx = { version = "0.8", features = ["postgres"] }
tokio = { version = "1", features = ["full"] }
tower = "0.5"
tower-http = { version = "0.6", features = ["full"] }
"#;

/// What an example has that shows only `app`.
const MAIN: &str = "
#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda_http::run(app()).await
}
";

#[test]
fn each_page_has_its_sections() {
    for Entry { code, page, .. } in CATALOGUE {
        let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let expected = ["Why it matters", "Example", "What to do", "See also"];
        assert!(
            headings == expected || headings == expected[..3],
            "{} has the sections {headings:?}",
            code.as_str()
        );
        assert!(page.ends_with('\n') && !page.contains("\n\n\n"), "{} has stray lines", code.as_str());
    }
}

#[test]
fn each_page_has_a_code() {
    let folder = repository().join("docs/findings");
    for entry in fs::read_dir(folder).expect("the pages can be listed") {
        let name = entry.expect("an entry can be read").file_name().to_string_lossy().into_owned();
        let code = name.trim_end_matches(".md");
        assert!(CATALOGUE.iter().any(|entry| entry.code.as_str() == code), "`{code}` is no code");
    }
}

#[test]
fn each_example_raises_its_finding() {
    let mut wrong = Vec::new();
    for Entry { code, page, .. } in CATALOGUE {
        let code = code.as_str();
        let example = example(page);
        if let Some((_, file, test)) = WITHOUT_FILES.iter().find(|(listed, ..)| *listed == code) {
            let text = fs::read_to_string(repository().join(file)).expect("the file of a test can be read");
            assert!(example.is_empty(), "{code} has an example and is listed as having none");
            assert!(text.contains(&format!("fn {test}()")), "{file} has no test `{test}` for {code}");
        } else if example.is_empty() {
            wrong.push(format!("{code} has no example"));
        } else if let Err(said) = raises(code, &example) {
            wrong.push(format!("{code} is not raised by its example:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The files that the section `Example` shows, by path: what stands behind the language of a fence, else the main file.
fn example(page: &str) -> BTreeMap<String, String> {
    let section = page.split("\n## ").find(|section| section.starts_with("Example\n")).unwrap_or_default();
    let mut files = BTreeMap::new();
    for fence in section.split("\n```").skip(1).step_by(2) {
        let (language, text) = fence.split_once('\n').unwrap_or((fence, ""));
        let path = language.split_once(' ').map_or("src/main.rs", |(_, path)| path);
        files.insert(path.to_string(), format!("{text}\n"));
    }
    files
}

#[test]
fn without_rustfmt_the_files_are_not_formatted() {
    let folder = package(&example(Code::TRAILING_SLASH.entry().page));
    let mut program = lith_split(folder.path(), &["generate", "--dry-run"]);
    let output = program.env("PATH", "").output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("[LS0603]"), "{said}");
}

#[test]
fn state_whose_routes_the_plan_puts_into_one_function_is_no_finding() {
    let mut files = example(Code::SHARED_MUTABLE_STATE.entry().page);
    let plan = "version = 1\nname = \"shop\"\nkeep = []\n[services.notes.functions]\nall-notes = [\"GET /notes\", \"POST /notes\"]\n";
    files.insert("lith-split.toml".to_string(), plan.to_string());
    let folder = package(&files);
    let output =
        lith_split(folder.path(), &["generate", "--dry-run", "-v"]).output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("LS0404"), "{said}");
}

#[test]
fn a_program_whose_routes_all_stay_is_not_generated() {
    let folder = package(&example(Code::SHARED_MUTABLE_STATE.entry().page));
    let output = lith_split(folder.path(), &["generate", "--dry-run"]).output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("keeps every route in the monolith"), "{said}");
}

/// Whether `analyze` or `generate` says the finding of a package with these files; what they say where they do not.
fn raises(code: &str, example: &BTreeMap<String, String>) -> Result<(), String> {
    let folder = package(example);
    let mark = format!("[{code}]");
    let mut said = String::new();
    for arguments in [&["analyze", "-v"][..], &["generate", "-v", "--dry-run"]] {
        let output = lith_split(folder.path(), arguments).output().expect("the program runs");
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        if said.contains(&mark) {
            return Ok(());
        }
    }
    Err(said)
}

/// A package with the files of an example, and what the example does not show.
fn package(example: &BTreeMap<String, String>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut files = example.clone();
    files.entry("Cargo.toml".to_string()).or_insert_with(|| MANIFEST.to_string());
    let main = files.get_mut("src/main.rs").expect("an example shows the main file");
    if !main.contains("fn main()") {
        main.push_str(MAIN);
    }
    for (path, text) in &files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
        fs::write(path, text).expect("a file can be written");
    }
    folder
}

fn lith_split(folder: &Path, arguments: &[&str]) -> Command {
    let mut program = Command::cargo_bin("lith-split").expect("the program is built");
    program.env("NO_COLOR", "1").env("LITH_SPLIT_NO_CACHE", "1").current_dir(folder).args(arguments);
    program
}
