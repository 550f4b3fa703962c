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

#[test]
fn what_the_plan_demands_is_kept_and_checked() {
    let copy = Copy::of("nested_router");
    copy.does("plan", &[]);
    let plan = copy.text("app/lith-split.toml");
    let demand = |text: &str| {
        let path = copy.path("app/lith-split.toml");
        std::fs::write(path, format!("{plan}\n[boundaries] # ours\n{text}\n"))
            .expect("the plan can be written");
    };
    demand(r#"apart = [["POST /api/users", "GET /api/users/{id}"]]"#);
    let (exit, stdout, stderr) = copy.run("plan", &["--check"]);
    assert_eq!(exit, 1, "{stderr}");
    let message =
        "`GET /api/users/{id}` is in users with `POST /api/users`, from which the plan keeps it apart";
    assert_eq!(stdout, format!("not as demanded     {message}\n"));
    assert!(stderr.contains("[LS0508]") && stderr.contains("--> lith-split.toml:"), "{stderr}");
    assert!(stderr.contains("breaks what it demands"), "{stderr}");
    copy.does("plan", &["--edit", "move GET /api/users/{id} to profiles"]);
    copy.does("plan", &["--check"]);
    assert!(copy.text("app/lith-split.toml").contains("[boundaries] # ours\n"));

    demand("services = 2\nmax_services = 1");
    for command in ["plan", "generate", "analyze"] {
        let (_, stdout, stderr) = copy.run(command, &[]);
        let said = "`services` wants 2 where `max_services` allows 1";
        assert!(stderr.contains(said) || stdout.contains(said), "{command}: {stdout}{stderr}");
    }
    assert_eq!(copy.run("plan", &[]).0, 2);
}
