//! Generating again after the program, the plan or the output changed.

use std::fs;

use crate::generate::Copy;
use crate::program::files;

/// A route more in `users.rs`, and one less.
fn change_the_program(copy: &Copy) {
    let users = copy.text("app/src/users.rs");
    let users =
        users.replace(".delete(remove)", ".put(replace)").replace("async fn remove(", "async fn replace(");
    fs::write(copy.path("app/src/users.rs"), users).expect("a file");
}

#[test]
fn edits_are_put_together_with_what_changed_in_the_program() {
    let copy = Copy::of("nested_router");
    copy.does("generate", &["--out", "../out"]);
    let main = "out/services/users/functions/get-users-id/src/users.rs";
    let mine = copy.text(main).replace("// The comment moves with the function.", "// Mine.");
    assert!(mine.contains("// Mine."), "{mine}");
    fs::write(copy.path(main), mine).expect("a file");
    copy.append("out/Makefile", "\nours:\n\techo ours\n");
    let template = copy
        .text("out/template.yaml")
        .replace("      Description: GET /\n", "      Description: GET /\n      Timeout: 3\n");
    assert!(template.contains("Timeout: 3\n"), "{template}");
    fs::write(copy.path("out/template.yaml"), template).expect("a file");
    change_the_program(&copy);

    let before = files(&copy.path("out"));
    let (_, listed, said) = copy.does("generate", &["--out", "../out", "--dry-run"]);
    assert!(listed.contains("m template.yaml\n") && !listed.contains("Makefile"), "{listed}");
    let (_, shown, _) = copy.does("generate", &["--out", "../out", "--diff"]);
    assert!(shown.contains("+++ b/template.yaml") && !shown.contains("Timeout: 3\n-"), "{shown}");
    assert!(files(&copy.path("out")) == before, "a dry run wrote");

    let (_, _, stderr) = copy.does("generate", &["--out", "../out"]);
    for line in [
        "merged   template.yaml: your edits and what changed",
        "kept     Makefile: edited, and generated as before",
        "new      function put-users-id",
        "gone     function delete-users-id",
        "new      route PUT /api/users/{id}",
        "gone     route DELETE /api/users/{id}",
    ] {
        assert!(stderr.contains(line) && said.contains(line), "{line} is not in {stderr} or {said}");
    }
    let template = copy.text("out/template.yaml");
    assert!(template.contains("Timeout: 3\n") && template.contains("PUT /api/users/{id}"), "{template}");
    assert!(copy.text("out/Makefile").ends_with("ours:\n\techo ours\n"));
    assert!(copy.text(main).contains("// Mine."));
    let second = files(&copy.path("out"));
    copy.does("generate", &["--out", "../out"]);
    assert!(files(&copy.path("out")) == second);
}

#[test]
fn edits_that_collide_are_refused_and_shown_three_ways() {
    let copy = Copy::of("nested_router");
    copy.does("generate", &["--out", "../out"]);
    let template = copy.text("out/template.yaml").replace("one API, 5 functions", "my API, 5 functions");
    assert!(template.contains("my API"), "{template}");
    fs::write(copy.path("out/template.yaml"), template).expect("a file");
    fs::write(copy.path("out/NOTES.md"), "mine").expect("a file");
    let before = files(&copy.path("out"));
    copy.does("plan", &["--granularity", "service"]);
    let (exit, stdout, stderr) = copy.run("generate", &["--out", "../out"]);
    assert_eq!((exit, stdout.as_str()), (4, ""), "{stderr}");
    let collision = "<<<<<<< yours\nDescription: \"nested-router: my API, 5 functions\"\n||||||| generated before\n\
                     Description: \"nested-router: one API, 5 functions\"\n=======\n\
                     Description: \"nested-router: one API, 3 functions\"\n>>>>>>> generated now\n";
    assert!(stderr.contains(collision) && !stderr.contains("samconfig.toml"), "{stderr}");
    for arguments in [["--out", "../out", "--dry-run"], ["--out", "../out", "--diff"]] {
        let (exit, stdout, _) = copy.run("generate", &arguments);
        assert_eq!(exit, 4);
        assert!(stdout.contains("! template.yaml\n") || stdout.contains(collision), "{stdout}");
    }
    assert!(files(&copy.path("out")) == before);
    copy.does("generate", &["--out", "../out", "--force"]);
    assert!(copy.text("out/template.yaml").contains("one API, 3 functions"));
    assert_eq!(copy.text("out/NOTES.md"), "mine");
}

#[test]
fn an_edited_file_of_a_function_that_is_gone_stays_and_is_named() {
    let copy = Copy::of("nested_router");
    copy.does("generate", &["--out", "../out"]);
    let gone = "services/users/functions/delete-users-id/src/users.rs";
    copy.append(&format!("out/{gone}"), "\n// Mine.\n");
    change_the_program(&copy);
    let (_, _, stderr) = copy.does("generate", &["--out", "../out"]);
    assert!(stderr.contains(&format!("left     {gone}: edited, and no longer generated")), "{stderr}");
    assert!(copy.text(&format!("out/{gone}")).ends_with("// Mine.\n"));
    assert!(!copy.path("out/services/users/functions/delete-users-id/Cargo.toml").exists());
}
