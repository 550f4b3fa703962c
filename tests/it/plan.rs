//! `plan --check`, `plan --what-if` and `plan --edit`.

use crate::generate::Copy;

#[test]
fn a_plan_that_the_program_left_behind_is_found() {
    let copy = Copy::of("nested_router");
    let (exit, _, stderr) = copy.run("plan", &["--check"]);
    assert_eq!(exit, 2, "{stderr}");
    assert!(stderr.contains("there is no plan file"), "{stderr}");
    copy.does("plan", &[]);
    copy.does("plan", &["--check"]);
    let plan = copy.text("app/lith-split.toml");
    let main = copy.text("app/src/main.rs");
    std::fs::write(
        copy.path("app/src/main.rs"),
        main.replace("route(\"/\", get(root)).nest", "route(\"/new\", get(root)).nest"),
    )
    .expect("the file can be written");
    let (exit, stdout, stderr) = copy.run("plan", &["--check"]);
    assert_eq!(exit, 1, "{stderr}");
    assert_eq!(stdout, "not in the plan     GET /new\nnot in the program  GET /\n");
    assert_eq!(copy.text("app/lith-split.toml"), plan);
    copy.does("plan", &[]);
    copy.does("plan", &["--check"]);
}

#[test]
fn what_an_edit_would_change_is_shown_and_then_done() {
    let copy = Copy::of("nested_router");
    copy.does("plan", &[]);
    let plan = copy.text("app/lith-split.toml");
    let words = "move GET /api/users/{id} to profiles";
    let (_, stdout, _) = copy.does("plan", &["--what-if", words]);
    assert!(stdout.contains("the plan as it is -> edited"), "{stdout}");
    assert!(stdout.contains("+ profiles") && stdout.contains("users -> profiles"), "{stdout}");
    assert!(stdout.lines().all(|line| line.chars().count() <= 100), "{stdout}");
    assert_eq!(copy.text("app/lith-split.toml"), plan, "--what-if writes");

    copy.does("plan", &["--edit", words]);
    let edited = copy.text("app/lith-split.toml");
    assert!(edited.contains("[services.profiles.functions]"), "{edited}");
    copy.does("plan", &["--check"]);
    copy.does("plan", &["--edit", "merge users profiles"]);
    copy.does("plan", &["--check"]);
    assert!(!copy.text("app/lith-split.toml").contains("profiles"));

    let (exit, _, stderr) = copy.run("plan", &["--what-if", "merge users nobody"]);
    assert_eq!(exit, 2);
    assert!(stderr.contains("the plan has no service `nobody`"), "{stderr}");
    let (exit, _, stderr) = copy.run("plan", &["--edit", "shuffle"]);
    assert_eq!(exit, 2);
    assert!(stderr.contains("move ROUTE to SERVICE"), "{stderr}");
}
