//! `verify --lint` with linters that stand for the real ones: what they get, and what is made of how they end.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use assert_cmd::Command;

use crate::program::{repository, run};

const ITEMS: &str = "samples/items";

/// A linter: its name and its script, which finds its arguments in `$*`.
type Linter<'a> = (&'a str, &'a str);

struct Verified {
    exit: i32,
    stdout: String,
    stderr: String,
    /// What the linters were called with, a line each.
    calls: String,
}

/// What `verify --lint` says of a generated workspace where these linters are on the path, and no other program.
fn verify(out: &Path, linters: &[Linter<'_>], arguments: &[&str]) -> Verified {
    let bin = tempfile::tempdir().expect("a temporary folder");
    let calls = bin.path().join("calls");
    for (name, script) in linters {
        let file = bin.path().join(name);
        let called = format!("#!/bin/sh\necho \"{name} $*\" >>'{}'\n{script}\n", calls.display());
        fs::write(&file, called).expect("the linter can be written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("it can be made executable");
    }
    let output = Command::cargo_bin("lith-split")
        .expect("the program is built")
        .env("NO_COLOR", "1")
        .env("LITH_SPLIT_NO_CACHE", "1")
        .env("PATH", bin.path())
        .args(["verify", "--lint", "--manifest-path"])
        .arg(repository().join(ITEMS).join("Cargo.toml"))
        .arg("--out")
        .arg(out)
        .args(arguments)
        .output()
        .expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
    Verified {
        exit: output.status.code().expect("the program is not killed"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        calls: fs::read_to_string(&calls).unwrap_or_default(),
    }
}

fn generated(arguments: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let generate = run(ITEMS, "generate", &[&["--quiet"], arguments].concat(), Some(&out));
    assert_eq!(generate.exit, 0, "{}", generate.stderr);
    folder
}

#[test]
fn a_linter_accepts_complains_fails_or_is_not_there() {
    let folder = generated(&[]);
    let out = folder.path().join("out");
    let said = |linters: &[Linter<'_>]| verify(&out, linters, &[]);

    let both = said(&[("sam", "echo valid"), ("cfn-lint", "exit 2")]);
    assert_eq!(both.exit, 0, "{}{}", both.stdout, both.stderr);
    assert!(
        both.stdout.contains("ok      `sam validate --lint` accepts the templates (1 compared)\n"),
        "{}",
        both.stdout
    );
    assert_eq!(both.calls, "sam validate --lint --template-file template.yaml\n");

    let one = said(&[("cfn-lint", "exit 0")]);
    assert_eq!(one.exit, 0, "{}{}", one.stdout, one.stderr);
    assert!(one.stdout.contains("ok      `cfn-lint` accepts the templates (1 compared)\n"), "{}", one.stdout);
    assert_eq!(one.calls, "cfn-lint --format parseable template.yaml\n");

    // Paths are those of the workspace: the report does not depend on the machine.
    let complaint = "echo \"$PWD/template.yaml:14:5: E3012 no integer\"; echo; echo 'template.yaml:9:1: W1 odd' >&2; exit 6";
    let complains = said(&[("cfn-lint", complaint)]);
    assert_eq!(complains.exit, 5, "{}{}", complains.stdout, complains.stderr);
    let expected = "FAILED  `cfn-lint` accepts the templates (1 compared)\n          template.yaml:14:5: E3012 no integer\n          \
        template.yaml:9:1: W1 odd\n";
    assert!(complains.stdout.contains(expected), "{}", complains.stdout);

    let silent = said(&[("sam", "exit 1")]);
    assert_eq!(silent.exit, 5, "{}{}", silent.stdout, silent.stderr);
    assert!(silent.stdout.contains("`template.yaml`: `sam` ended with 1\n"), "{}", silent.stdout);

    // A linter that could not do its work has not found anything wrong, and nothing right.
    for (name, script) in
        [("sam", "echo 'no such option' >&2; exit 2"), ("cfn-lint", "echo 'no such option' >&2; exit 1")]
    {
        let fails = said(&[(name, script)]);
        assert_eq!(fails.exit, 2, "{}{}", fails.stdout, fails.stderr);
        assert!(
            fails.stderr.contains(&format!("`{name}` did not judge `template.yaml`: it ended with")),
            "{}",
            fails.stderr
        );
        assert!(fails.stderr.contains("no such option"), "{}", fails.stderr);
        assert_eq!(fails.stdout, "");
    }
    let killed = said(&[("sam", "kill -9 $$")]);
    assert_eq!(killed.exit, 2, "{}{}", killed.stdout, killed.stderr);
    assert!(killed.stderr.contains("it ended with a signal"), "{}", killed.stderr);

    // A shim without the program behind it.
    let shim = said(&[("sam", "echo 'sam: command not found' >&2; exit 127"), ("cfn-lint", "exit 0")]);
    assert_eq!(shim.exit, 0, "{}{}", shim.stdout, shim.stderr);
    assert!(shim.stdout.contains("ok      `cfn-lint` accepts"), "{}", shim.stdout);

    let none = said(&[]);
    assert_eq!(none.exit, 2, "{}{}", none.stdout, none.stderr);
    assert!(
        none.stderr.contains("neither `sam` nor `cfn-lint` can be run: install one of them"),
        "{}",
        none.stderr
    );
    assert_eq!(none.stdout, "");

    let json = verify(&out, &[("cfn-lint", complaint)], &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    let check = json["checks"].as_array().and_then(|checks| checks.last()).expect("a check");
    assert_eq!(check["what"], "`cfn-lint` accepts the templates");
    assert_eq!(check["differences"][0], "template.yaml:14:5: E3012 no integer");
}

#[test]
fn nested_stacks_are_judged_too() {
    let plan = tempfile::tempdir().expect("a temporary folder");
    let plan = plan.path().join("lith-split.toml");
    let path = plan.to_str().expect("text");
    assert_eq!(run(ITEMS, "plan", &["--quiet", "--plan", path], None).exit, 0);
    let text = fs::read_to_string(&plan).expect("the plan was written");
    fs::write(&plan, format!("stacks = \"service\"\n{text}")).expect("it can be written");
    let folder = generated(&["--plan", path]);
    let linter = ("sam", "case \"$4\" in stacks/*) echo 'E1 wrong, 3'; exit 1;; esac");
    let verified = verify(&folder.path().join("out"), &[linter], &["--plan", path]);
    assert_eq!(verified.exit, 5, "{}{}", verified.stdout, verified.stderr);
    assert!(verified.stdout.contains("          `stacks/items.yaml`: E1 wrong, 3\n"), "{}", verified.stdout);
    let call = |template| format!("sam validate --lint --template-file {template}\n");
    assert_eq!(verified.calls, call("template.yaml") + &call("stacks/items.yaml"));
}

#[test]
fn without_lint_no_linter_is_asked() {
    let folder = generated(&[]);
    let out = folder.path().join("out");
    let plain = run(ITEMS, "verify", &[], Some(&out));
    assert_eq!(plain.exit, 0, "{}", plain.stderr);
    assert!(!plain.stdout.contains("accepts the templates"), "{}", plain.stdout);
}
