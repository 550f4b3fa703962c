//! A strangler migration: `generate --only`, and `plan --only`.

use std::collections::BTreeSet;
use std::fs;

use crate::generate::Copy;
use crate::program::run;

/// Ids and functions of the route keys in `template.yaml`'s events, as lines `METHOD PATH`.
fn keys(template: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = template.lines().map(str::trim).collect();
    let value =
        |line: &str, key: &str| line.strip_prefix(key).map(|value| value.trim_matches('"').to_string());
    let pairs = lines
        .windows(2)
        .filter_map(|pair| Some(format!("{} {}", value(pair[0], "Method: ")?, value(pair[1], "Path: ")?)));
    pairs.collect()
}

#[test]
fn a_wave_has_its_service_only_and_the_rest_goes_to_the_monolith() {
    let copy = Copy::of("nested_router");
    copy.does("plan", &[]);
    let services = services(&copy.text("app/lith-split.toml"));
    let [first, second] = &services[..] else { panic!("{services:?}") };
    let (_, _, stderr) = copy.does("generate", &["--only", first, "--out", "../out"]);
    assert!(stderr.contains("1 service,"), "{stderr}");
    let wave = copy.text("out/template.yaml");
    assert!(wave.contains("MonolithFunctionArn"), "{wave}");
    assert!(!copy.path(&format!("out/services/{second}")).exists());
    assert!(!copy.path("out/services/edge").exists());
    let migration = copy.text("out/MIGRATION.md");
    assert!(migration.contains("in this workspace") && migration.contains("| next |"), "{migration}");
    assert!(migration.contains("--only"), "{migration}");

    // The second wave keeps the first, here given as a list.
    copy.does("generate", &["--only", &format!("{first},{second}"), "--out", "../out"]);
    let both = copy.text("out/template.yaml");
    assert!(copy.path(&format!("out/services/{first}")).exists(), "the first wave is gone");
    assert!(keys(&wave).is_subset(&keys(&both)) && keys(&wave).len() < keys(&both).len());
    // Nothing stays, so this is what no `--only` gives.
    let (_, diff, _) = copy.does("generate", &["--out", "../out", "--diff"]);
    assert_eq!(diff, "");
    assert!(copy.path("out/services/edge").exists());

    // The way back.
    copy.does("generate", &["--only", first, "--out", "../out"]);
    assert_eq!(copy.text("out/template.yaml"), wave);
}

/// What a function keeps of the layers around routes that stay needs no permissions: no request reaches it there.
#[test]
fn a_wave_is_verified() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = folder.path().join("plan.toml");
    let named = plan.to_string_lossy().into_owned();
    let bookshop = "samples/bookshop";
    assert_eq!(run(bookshop, "plan", &["--plan", &named], None).exit, 0);
    let text = fs::read_to_string(&plan).expect("a plan");
    let stay = ["GET /books/featured", "PUT /books/{id}"];
    let kept = text.replace("keep = []", &format!("keep = {stay:?}"));
    let is_placed = |line: &&str| !stay.iter().any(|id| line.ends_with(&format!("= {id:?}")));
    let kept: Vec<&str> = kept.lines().filter(is_placed).collect();
    fs::write(&plan, kept.join("\n")).expect("a plan");
    let out = folder.path().join("out");
    let generated = run(bookshop, "generate", &["--plan", &named, "--only", "books,customers"], Some(&out));
    assert_eq!(generated.exit, 0, "{}", generated.stderr);
    let verified = run(bookshop, "verify", &["--plan", &named], Some(&out));
    assert_eq!(verified.exit, 0, "{}{}", verified.stdout, verified.stderr);
    assert!(!verified.stdout.contains("are not compared"), "{}", verified.stdout);
}

#[test]
fn a_service_that_the_plan_does_not_have_is_refused_with_the_near_name() {
    let copy = Copy::of("nested_router");
    let (exit, stdout, stderr) = copy.run("generate", &["--only", "user", "--out", "../out"]);
    assert_eq!((exit, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains("no service `user`; did you mean `users`?"), "{stderr}");
    assert!(!copy.path("out").exists());
    let (exit, _, stderr) = copy.run("plan", &["--only", "user", "--granularity", "service"]);
    assert_eq!(exit, 2, "{stderr}");
    assert!(!copy.path("app/lith-split.toml").exists());
    let (exit, _, stderr) = copy.run("plan", &["--only", "users"]);
    assert_eq!(exit, 2, "{stderr}");
}

#[test]
fn one_service_gets_a_granularity_of_its_own() {
    let copy = Copy::of("nested_router");
    copy.does("plan", &["--granularity", "service", "--only", "users"]);
    let plan = copy.text("app/lith-split.toml");
    assert!(plan.contains("\ngranularity = \"route\"\n"), "{plan}");
    let users = &plan[plan.find("[services.users]").expect("the service")..];
    assert!(users.contains("granularity = \"service\"") && users.contains("users-api = ["), "{plan}");
    copy.does("plan", &[]);
    assert_eq!(copy.text("app/lith-split.toml"), plan);
}

/// Names of the services of a plan.
fn services(plan: &str) -> Vec<String> {
    let headers =
        plan.lines().filter_map(|line| line.strip_prefix("[services.")?.strip_suffix(".functions]"));
    headers.map(ToString::to_string).collect()
}
