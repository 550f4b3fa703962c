//! `verify --run` with functions that crash, hang, answer garbage or flood their logs: each is said, the run goes on, and no process is left
//! when it is over, however it ends.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::answers::{GET_ITEMS, MONOLITH, POST_ITEMS, Split, json_of, text_of, whole};
use crate::program::{example, repository, within};

/// The names of programs that run from a folder.
fn running(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").expect("this is Linux").flatten();
    let programs = processes.filter_map(|process| fs::read_link(process.path().join("exe")).ok());
    let own = programs.filter(|program| program.starts_with(folder));
    own.filter_map(|program| Some(program.file_name()?.to_string_lossy().into_owned())).collect()
}

/// One function answers so; the differences, all of them about its own requests.
#[track_caller]
fn differences(answer: Value, edit: Option<(&str, &str)>) -> Vec<Value> {
    let split = Split::new().with(GET_ITEMS, "GET /items", answer);
    if let Some((from, to)) = edit {
        split.edit("template.yaml", from, to);
    }
    let scenario = json!({"requests": [
        {"method": "GET", "path": "/items"},
        {"method": "POST", "path": "/items", "json": {"id": "sofa"}},
        {"method": "GET", "path": "/items/lamp"},
        {"method": "GET", "path": "/items"},
    ]});
    let file = split.file("requests.json", &scenario.to_string());
    let verified = split.verify(&["--requests", &file, "--only", &file, "--format", "json"]);
    let answers = json_of(&verified)["answers"].clone();
    // Seven: three GETs have a HEAD each.
    assert_eq!(answers["requests"], json!(7), "{}", text_of(&verified));
    assert_eq!(running(split.folder.path()), Vec::<String>::new());
    let found = answers["differences"].as_array().expect("a list").clone();
    for difference in &found {
        assert_eq!(difference["function"], "GetItemsFunction", "{difference}");
        assert_eq!(difference["method"], "GET", "{difference}");
    }
    found
}

#[track_caller]
fn check(answer: Value, edit: Option<(&str, &str)>, cause: &str) {
    let found = differences(answer, edit);
    assert_eq!(found.len(), 2, "{found:?}");
    for difference in found {
        assert_eq!(difference["kind"], "failed", "{difference}");
        assert!(difference["cause"].as_str().is_some_and(|text| text.contains(cause)), "{difference}");
    }
}

#[test]
fn a_function_that_crashes_is_said_and_the_run_goes_on() {
    check(json!({"exits": 3}), None, "it ended (exit status: 3) before it answered");
}

#[test]
fn a_function_that_hangs_is_ended_at_its_limit() {
    check(json!({"hangs": true}), Some(("Timeout: 10", "Timeout: 1")), "within its time limit of 1 s");
}

#[test]
fn a_function_that_answers_garbage_is_said() {
    check(json!({"returns": "<html>"}), None, "it returned no JSON");
    check(json!({"returns": "{\"statusCode\": 42}"}), None, "it returned the status 42");
}

/// What is beyond the limit of a log is dropped, and the answer counts.
#[test]
fn a_function_that_floods_its_log_answers() {
    let mut answer = whole()["GET /items"].clone();
    answer["floods"] = json!(true);
    assert_eq!(differences(answer, None), Vec::<Value>::new());
}

/// Functions that are asked, functions that are idle, and what stands for AWS.
#[test]
fn no_process_is_left_when_a_run_is_interrupted() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let split = Split::new().everywhere("POST /items", &json!({"hangs": true}));
        let stand_in = split.folder.path().join("stand-in");
        fs::copy(example("probe"), &stand_in).expect("the probe is built");
        let scenario = json!({"requests": [
            {"method": "GET", "path": "/items"},
            {"method": "POST", "path": "/items", "json": {}},
        ]});
        let file = split.file("requests.json", &scenario.to_string());
        let aws = format!("{} listen {{port}}", stand_in.display());
        let arguments = split.arguments(&["--requests", &file, "--only", &file, "--aws", &aws]);
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lith-split"));
        command.env("LITH_SPLIT_NO_CACHE", "1").args(["verify", "--manifest-path"]);
        command.arg(repository().join("samples/items/Cargo.toml")).args(arguments);
        command
            .arg("--out")
            .arg(split.folder.path().join("out"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // Both that hang, both that answered before, and one for AWS on each side.
        let all = |name: &str| running(split.folder.path()).iter().filter(|program| *program == name).count();
        let is_hanging =
            || all(POST_ITEMS) == 1 && all(MONOLITH) == 1 && all(GET_ITEMS) == 1 && all("stand-in") == 2;
        if !within(60, is_hanging) {
            // It may have ended.
            let _ = child.kill();
            panic!("{:?}: {}", running(split.folder.path()), said_by(&mut child));
        }
        let sent =
            Command::new("kill").args([signal, &child.id().to_string()]).status().expect("there is `kill`");
        assert!(sent.success());
        assert!(within(30, || ended(&child)), "it does not end after {signal}");
        let said = said_by(&mut child);
        assert!(said.contains("interrupted"), "{signal}: {said}");
        let is_empty = || running(split.folder.path()).is_empty();
        assert!(within(10, is_empty), "after {signal}: {:?}", running(split.folder.path()));
    }
}

/// Whether a process has ended: then it waits for someone to ask how.
fn ended(child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    !status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

/// What it said beside its results until it ended.
fn said_by(child: &mut Child) -> String {
    let mut said = String::new();
    child.stderr.as_mut().expect("it is piped").read_to_string(&mut said).expect("text");
    child.wait().expect("it is a child");
    said
}
