//! What `plan` and `generate` write, and what they refuse to write over.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use tempfile::TempDir;

use crate::program::{files, repository};

/// A copy of a fixture, so that a plan can be written beside its manifest.
pub(crate) struct Copy {
    folder: TempDir,
}

/// Exit code, stdout, stderr.
pub(crate) type Outcome = (i32, String, String);

impl Copy {
    pub(crate) fn of(fixture: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let copy = Self { folder };
        for (name, content) in files(&repository().join("tests/fixtures").join(fixture)) {
            let path = copy.path(&format!("app/{name}"));
            fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
            fs::write(path, content).expect("a file");
        }
        copy
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn run(&self, command: &str, arguments: &[&str]) -> Outcome {
        let mut program = Command::cargo_bin("lith-split").expect("the program is built");
        program.env("NO_COLOR", "1").env("LITH_SPLIT_NO_CACHE", "1");
        program.current_dir(self.path("app")).arg(command).args(arguments);
        let output = program.output().expect("the program runs");
        let text = |bytes| String::from_utf8(bytes).expect("output is text");
        (output.status.code().expect("not killed"), text(output.stdout), text(output.stderr))
    }

    /// A run that succeeds.
    #[track_caller]
    pub(crate) fn does(&self, command: &str, arguments: &[&str]) -> Outcome {
        let outcome = self.run(command, arguments);
        assert_eq!(outcome.0, 0, "{}", outcome.2);
        outcome
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn append(&self, name: &str, text: &str) {
        let whole = self.text(name) + text;
        fs::write(self.path(name), whole).expect("the file can be written");
    }
}

#[test]
fn a_dry_run_writes_nothing() {
    let copy = Copy::of("nested_router");
    let before = files(copy.folder.path());
    let (_, listed, _) = copy.does("generate", &["--dry-run"]);
    assert!(listed.contains("+ template.yaml\n"), "{listed}");
    let (_, plan, _) = copy.does("plan", &["--dry-run"]);
    assert!(plan.contains("get-users-id = \"GET /api/users/{id}\""), "{plan}");
    let (_, diff, _) = copy.does("generate", &["--diff"]);
    assert!(diff.contains("+++ b/template.yaml"), "{diff}");
    // What is cut from a file of the program is shown against it.
    assert!(listed.contains("get-users-id/src/users.rs  from src/users.rs\n"), "{listed}");
    let copied = "copy from src/users.rs (";
    assert!(diff.contains(copied) && diff.contains("\n--- a/src/users.rs\n"), "{diff}");
    assert!(files(copy.folder.path()) == before);
}

#[test]
fn the_workspace_lies_beside_the_package() {
    let copy = Copy::of("nested_router");
    let before = files(&copy.path("app"));
    let (_, stdout, stderr) = copy.does("generate", &[]);
    assert_eq!(stdout, "");
    assert!(stderr.contains("nested-router-split: 2 services, 4 functions"), "{stderr}");
    assert!(copy.path("nested-router-split/template.yaml").is_file());
    assert!(files(&copy.path("app")) == before, "the program itself was written to");
}

#[test]
fn generating_again_changes_nothing() {
    let copy = Copy::of("table_from_env");
    copy.does("generate", &["--out", "../out"]);
    let first = files(&copy.path("out"));
    let (_, diff, _) = copy.does("generate", &["--out", "../out", "--diff"]);
    assert_eq!(diff, "");
    copy.does("generate", &["--out", "../out"]);
    assert!(files(&copy.path("out")) == first);
}

#[test]
fn a_folder_of_someone_else_is_refused() {
    let copy = Copy::of("nested_router");
    fs::create_dir(copy.path("out")).expect("a folder");
    fs::write(copy.path("out/thesis.txt"), "years").expect("a file");
    let (exit, _, stderr) = copy.run("generate", &["--out", "../out"]);
    assert_eq!(exit, 4, "{stderr}");
    assert!(stderr.contains("was not generated"), "{stderr}");
    let (exit, _, stderr) = copy.run("generate", &["--out", "."]);
    assert_eq!(exit, 4, "{stderr}");
    assert!(stderr.contains("holds the program itself"), "{stderr}");
    assert_eq!(files(&copy.path("out")).len(), 1);
}

#[test]
fn a_plan_keeps_what_a_person_wrote() {
    let copy = Copy::of("nested_router");
    copy.does("plan", &[]);
    let plan = copy.text("app/lith-split.toml").replace("memory = 256", "memory = 512  # we measured");
    fs::write(copy.path("app/lith-split.toml"), &plan).expect("the plan can be written");
    copy.does("plan", &[]);
    assert_eq!(copy.text("app/lith-split.toml"), plan);
    copy.does("generate", &["--out", "../out"]);
    assert!(copy.text("out/template.yaml").contains("MemorySize: 512"));
}

#[test]
fn a_plan_that_does_not_fit_is_refused_with_the_next_step() {
    let copy = Copy::of("nested_router");
    copy.does("plan", &[]);
    let plan = copy.text("app/lith-split.toml");
    let gone = plan.replace("GET /api/users/{id}", "GET /api/people/{id}");
    fs::write(copy.path("app/lith-split.toml"), gone).expect("the plan can be written");
    let (exit, stdout, stderr) = copy.run("generate", &["--out", "../out"]);
    assert_eq!((exit, stdout.as_str()), (2, ""), "{stderr}");
    for expected in ["LS0501", "LS0502", "lith-split.toml:", "`lith-split plan` updates it"] {
        assert!(stderr.contains(expected), "{expected} is not in {stderr}");
    }
    assert!(!copy.path("out").exists());
    copy.does("plan", &[]);
    copy.does("generate", &["--out", "../out"]);
}

#[test]
fn a_plan_with_a_misspelt_key_is_not_written_over() {
    let copy = Copy::of("nested_router");
    fs::write(copy.path("app/lith-split.toml"), "version = 1\nmemroy = 512\n")
        .expect("the plan can be written");
    for command in ["plan", "generate"] {
        let (exit, _, stderr) = copy.run(command, &[]);
        assert_eq!(exit, 2, "{stderr}");
        assert!(stderr.contains("memroy"), "{stderr}");
    }
    assert_eq!(copy.text("app/lith-split.toml"), "version = 1\nmemroy = 512\n");
}

#[test]
fn a_finding_can_fail_the_run() {
    let copy = Copy::of("missing_module");
    assert_eq!(copy.run("analyze", &[]).0, 0);
    assert_eq!(copy.run("analyze", &["--fail-on", "error"]).0, 1);
    let whole = Copy::of("nested_router");
    assert_eq!(whole.run("analyze", &["--fail-on", "note"]).0, 0);
}
