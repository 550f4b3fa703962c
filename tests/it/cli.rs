//! The command line as a person meets it: help, messages, exit codes, and what goes to which stream.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

fn lith_split() -> Command {
    let mut command = Command::cargo_bin("lith-split").expect("the program is built");
    command.env("NO_COLOR", "1").env("LITH_SPLIT_NO_CACHE", "1").env_remove("CLICOLOR_FORCE");
    command
}

fn run(arguments: &[&str]) -> Output {
    lith_split().args(arguments).output().expect("the program runs")
}

/// The messages of a run that ends with this exit code and writes nothing to stdout.
#[track_caller]
fn fails(arguments: &[&str], exit: i32) -> String {
    let output = run(arguments);
    let stderr = String::from_utf8(output.stderr).expect("messages are text");
    assert_eq!(output.status.code(), Some(exit), "{stderr}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    stderr
}

#[track_caller]
fn prints(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("results are text")
}

fn package(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    write(folder.path(), "Cargo.toml", manifest);
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn manifest(folder: &tempfile::TempDir) -> String {
    folder.path().join("Cargo.toml").to_str().expect("a path of text").to_string()
}

#[test]
fn help_says_what_there_is() {
    let commands = [
        &["--help"][..],
        &["analyze", "--help"],
        &["plan", "--help"],
        &["generate", "--help"],
        &["diff", "--help"],
        &["explain", "--help"],
    ];
    let pages = commands.map(|command| format!("$ lith-split {}\n{}", command.join(" "), prints(command)));
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn wrong_usage_exits_with_2() {
    fails(&[], 2);
    fails(&["analyse"], 2);
    fails(&["analyze", "--no-such-flag"], 2);
    fails(&["explain"], 2);
    let message = fails(&["analyze", "--format", "json", "--view", "tables"], 2);
    assert_eq!(
        message,
        "error: --view goes with --format text, `--view calls` and `--view iam` with json too\n"
    );
    let message = fails(&["explain", "LS9999"], 2);
    assert_eq!(message, "error: there is no finding code `LS9999`; codes look like LS0301\n");
    let message = fails(&["explain", "nothing", "of", "this"], 2);
    assert!(message.contains("route ID"), "{message}");
}

#[test]
fn an_index_that_is_none_is_refused() {
    let folder = package(&[("src/main.rs", "fn main() {}"), ("x.scip", "{}")]);
    let index = folder.path().join("x.scip");
    let index = index.to_str().expect("a path of text");
    let message = fails(&["analyze", "--manifest-path", &manifest(&folder), "--scip", index], 2);
    assert!(message.ends_with("the file is no SCIP index, or not a whole one\n"), "{message}");
    let message = fails(&["analyze", "--manifest-path", &manifest(&folder), "--scip", "none.scip"], 2);
    assert!(message.contains("cannot read the index `none.scip`"), "{message}");
}

#[test]
fn a_missing_manifest_is_named_with_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Cargo.toml");
    let path = path.to_str().unwrap();
    let message = fails(&["analyze", "--manifest-path", path], 2);
    assert!(message.contains(path) && message.contains("--manifest-path"), "{message}");
}

#[test]
fn two_binaries_need_a_choice() {
    let folder = package(&[("src/bin/api.rs", "fn main() {}"), ("src/bin/worker.rs", "fn main() {}")]);
    let message = fails(&["analyze", "--manifest-path", &manifest(&folder)], 2);
    assert!(message.contains("--bin") && message.contains("api") && message.contains("worker"), "{message}");
}

#[test]
fn a_program_without_a_router_exits_with_3() {
    let folder = package(&[("src/main.rs", "fn main() {}")]);
    for command in ["analyze", "plan", "generate"] {
        let message = fails(&[command, "--manifest-path", &manifest(&folder)], 3);
        assert!(message.contains("no Axum router with routes is served by `shop`"), "{message}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing was written");
}

#[test]
fn a_file_that_does_not_parse_is_shown() {
    let folder = package(&[("src/main.rs", "fn main( {")]);
    let message = fails(&["analyze", "--manifest-path", &manifest(&folder)], 3);
    assert!(message.contains("error[LS0001]") && message.contains("src/main.rs:1"), "{message}");
}

#[test]
fn a_permission_is_explained_by_each_way_to_its_call() {
    let manifest = "samples/bookshop/Cargo.toml";
    let text = prints(&["explain", "policy", "post-orders", "UpdateItem", "--manifest-path", manifest]);
    for line in [
        "post-orders of orders needs UpdateItem\n",
        "  POST /orders\n    -> routes::orders::place_order\n    -> db::orders::OrderStore::place\n",
        "  calls TransactWriteItems at src/db/orders.rs:40\n",
        "  with `&self.stock_table` at src/db/orders.rs:44\n",
        "dynamodb:table/${STOCK_TABLE}: environment variable STOCK_TABLE, read at src/config.rs:25\n",
    ] {
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }
    let text = prints(&["explain", "policy", "edge", "dynamodb:PutItem", "--manifest-path", manifest]);
    assert_eq!(text, "edge does not need dynamodb:PutItem. Its actions: dynamodb:GetItem\n");
    let message =
        fails(&["explain", "policy", "nothing", "dynamodb:PutItem", "--manifest-path", manifest], 2);
    assert!(message.starts_with("error: there is no function `nothing`; the functions are\n"), "{message}");
}

#[test]
fn permissions_are_there_in_json_with_their_totals() {
    let manifest = "samples/bookshop/Cargo.toml";
    let text = prints(&["analyze", "--view", "iam", "--format", "json", "--manifest-path", manifest]);
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let total = &report["total"];
    let sum = |of: fn(&serde_json::Value) -> &serde_json::Value| -> u64 {
        let functions = report["functions"].as_array().expect("functions");
        functions.iter().map(|function| of(&function["atoms"]).as_u64().expect("a number")).sum()
    };
    assert_eq!(total["own"], sum(|atoms| &atoms["own"]));
    assert_eq!(total["sam"], sum(|atoms| &atoms["sam"]["atoms"]));
    assert_eq!(total["own"], 60);
    assert!(total["cdk"].as_u64() > total["own"].as_u64());
    assert_eq!(total["monolith_for_all"], 24 * 29);
}

#[test]
fn every_code_is_explained() {
    for entry in lith_split::diagnostic::catalogue::CATALOGUE {
        let text = prints(&["explain", entry.code.as_str()]);
        assert!(text.starts_with(entry.code.as_str()) && text.lines().count() > 2, "{text}");
    }
}

#[test]
fn completions_and_manual_are_printed() {
    assert!(prints(&["completions", "bash"]).contains("lith-split"));
    assert!(prints(&["man"]).contains(".TH lith-split"));
}

#[test]
fn findings_for_code_scanning_name_files_from_the_current_folder() {
    let folder = package(&[(
        "src/main.rs",
        "// é\nuse axum::{Router, routing::get};\nasync fn h() {}\nasync fn main() { /* é */ serve(Router::new().route(path(), get(h))); }\nfn main2() {}\n",
    )]);
    let name = folder.path().file_name().expect("a name").to_str().expect("text").to_string();
    let run = |format: &str| {
        let mut command = lith_split();
        command.current_dir(folder.path().parent().expect("a folder"));
        let manifest = format!("{name}/Cargo.toml");
        command
            .args(["analyze", "--manifest-path", &manifest, "--format", format])
            .output()
            .expect("the program runs")
    };
    let sarif = run("sarif");
    let log: serde_json::Value = serde_json::from_slice(&sarif.stdout).unwrap_or_default();
    let results = log["runs"][0]["results"].as_array().cloned().unwrap_or_default();
    let github = String::from_utf8(run("github").stdout).expect("text");
    for result in &results {
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            .as_str()
            .unwrap_or_default();
        assert!(uri.starts_with(&format!("{name}/src/")), "{uri}");
        assert!(github.contains(&format!("file={uri},line=")), "{github}");
    }
    assert!(!results.is_empty() && results.len() == github.lines().count(), "{github}");
}
