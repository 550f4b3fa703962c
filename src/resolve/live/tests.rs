//! What of a dependency is live, by snippets.

use crate::diagnostic::Diagnostics;
use crate::load;
use crate::resolve::{DefKind, Program, resolve};

const MANIFEST: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n\
    common = { path = \"common\" }\n";
const COMMON: &str = "[package]\nname = \"common\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";

fn program(main: &str, common: &str) -> (Program, Vec<String>) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let files = [
        ("Cargo.toml", MANIFEST),
        ("src/main.rs", main),
        ("common/Cargo.toml", COMMON),
        ("common/src/lib.rs", common),
    ];
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("files lie in a folder")).expect("folder");
        std::fs::write(path, text).expect("file");
    }
    let manifest_path = Some(dir.path().join("Cargo.toml"));
    let mut diagnostics = Diagnostics::default();
    let options = load::Options { manifest_path, ..load::Options::default() };
    let tree = load::load(&options, &mut diagnostics).expect("loads");
    let program = resolve(tree, &mut diagnostics);
    (program, diagnostics.sorted().iter().map(|finding| finding.message.clone()).collect())
}

/// The functions of the dependency that are live.
#[track_caller]
fn check(main: &str, common: &str, expect: &[&str]) {
    let (program, findings) = program(main, common);
    assert_eq!(findings, Vec::<String>::new());
    let live = program.live_defs().filter(|def| matches!(def.kind, DefKind::Fn | DefKind::Method));
    let live: Vec<&str> = live.filter_map(|def| def.path.strip_prefix("common::")).collect();
    assert_eq!(live, expect);
}

#[test]
fn a_dependency_is_live_as_far_as_the_package_leads() {
    check(
        "fn main() {} fn unused() { common::used(); }",
        "pub fn used() { helper(); } fn helper() {} pub fn unused() { only_unused(); } fn only_unused() {}",
        &["used", "helper"],
    );
}

#[test]
fn trait_impls_run_without_being_named() {
    check(
        "fn main() { let x: common::Held = common::make(); }",
        "pub struct Held; impl Drop for Held { fn drop(&mut self) { closed(); } } fn closed() {} \
         impl Held { pub fn other(&self) {} } pub fn make() -> Held { Held } \
         pub struct Unused; impl Drop for Unused { fn drop(&mut self) {} }",
        &["Held::drop", "closed", "make"],
    );
}

#[test]
fn calls_through_bounds_lead_to_what_live_code_puts_there() {
    check(
        "fn main() { common::run(&common::A); }",
        "pub trait Job { fn go(&self); } pub struct A; pub struct B; \
         impl Job for A { fn go(&self) { first(); } } impl Job for B { fn go(&self) { second(); } } \
         fn first() {} fn second() {} pub fn run(job: &dyn Job) { job.go(); }",
        &["Job::go", "A::go", "first", "run"],
    );
}

#[test]
fn a_call_of_unknown_target_may_mean_every_method_of_its_name() {
    check(
        "fn main() { foreign::make().start_jobs(); }",
        "pub struct Runner; impl Runner { pub fn start_jobs(&self) { work(); } pub fn stop_jobs(&self) {} } fn work() {}",
        &["Runner::start_jobs", "work"],
    );
}

#[test]
fn a_broken_function_is_a_finding_where_something_leads_to_it() {
    let common = "pub fn whole() {} pub fn broken() { let = ; }";
    let (_, findings) = program("fn main() { common::whole(); }", common);
    assert_eq!(findings, Vec::<String>::new());
    let (read, findings) = program("fn main() { common::broken(); common::whole(); }", common);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].starts_with("`common::broken` does not parse: "), "{}", findings[0]);
    assert!(read.live_defs().any(|def| def.path == "common::whole"));
    let (_, findings) = program("fn main() { common::broken(); }", "pub fn broken(x y) {}");
    assert_eq!(findings.len(), 1);
    assert!(findings[0].starts_with("`common::broken` does not parse: "), "{}", findings[0]);
}
