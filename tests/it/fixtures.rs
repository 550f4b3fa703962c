//! Every fixture and sample through every stage: snapshots of what is said, and rules that hold for all of them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{Files, Run, files, repository, run};

/// Longest snapshot: what is longer is not read by anyone who reviews it.
const MAX_LINES: usize = 200;

/// Fixtures that show something in the view `iam`.
const PERMISSIONS: &[&str] =
    &["key_conditions", "table_from_env", "trait_object_repository", "two_tables_one_repository"];

/// One test per fixture, and the list that is compared with the folder.
macro_rules! fixtures {
    ($($name:ident),* $(,)?) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                Fixture::of(stringify!($name)).check();
            }
        )*
    };
}

fixtures! {
    axum_06_paths,
    broken_file,
    build_script,
    closures,
    conditional_route,
    included_file,
    key_conditions,
    lib_and_bin,
    local_macros,
    merged_layer_404,
    missing_module,
    nested_router,
    no_router,
    route_in_feature,
    routers_in_another_package,
    serve_only,
    shared_state,
    sql_not_understood,
    sql_without_migrations,
    static_before_param,
    table_from_env,
    template_beside,
    template_folders,
    trait_object_repository,
    two_binaries,
    two_tables_one_repository,
    workspace_path_dependency,
    wrapped_router,
}

#[test]
fn every_fixture_is_listed_and_says_what_it_shows() {
    let folder = repository().join("tests/fixtures");
    let mut found: Vec<String> = fs::read_dir(&folder)
        .expect("the fixtures can be listed")
        .map(|entry| entry.expect("an entry can be read").file_name().to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, NAMES, "the list in tests/it/fixtures.rs and tests/fixtures differ");
    for name in NAMES {
        let manifest = fs::read_to_string(folder.join(name).join("Cargo.toml")).expect("a manifest");
        let manifest: toml_edit::DocumentMut = manifest.parse().expect("TOML");
        let description = manifest["package"].get("description").and_then(|item| item.as_str());
        assert!(description.is_some_and(|text| text.ends_with('.')), "{name} has no description");
    }
}

#[test]
fn the_samples_keep_the_rules() {
    for sample in ["samples/items", "samples/bookshop", "samples/library"] {
        Fixture { folder: sample.to_string(), name: sample.replace('/', "_") }.keeps_the_rules();
    }
}

struct Fixture {
    folder: String,
    name: String,
}

impl Fixture {
    fn of(name: &str) -> Self {
        Self { folder: format!("tests/fixtures/{name}"), name: name.to_string() }
    }

    fn check(&self) {
        let analyze = run(&self.folder, "analyze", &[], None);
        let plan = run(&self.folder, "plan", &["--dry-run"], None);
        let mut said = String::new();
        for (command, run) in [("analyze", &analyze), ("plan --dry-run", &plan)] {
            write!(said, "$ lith-split {command}\n{}", shown(run)).expect("a string can be written to");
        }
        self.snapshot("report", &said);
        let json = run(&self.folder, "analyze", &["--format", "json"], None);
        if json.exit == 0 {
            self.snapshot("facts", &facts(&parse_json(&json.stdout)));
        }
        if PERMISSIONS.contains(&self.name.as_str()) {
            self.snapshot("iam", &shown(&run(&self.folder, "analyze", &["--view", "iam"], None)));
        }
        if let Some((generated, said)) = self.keeps_the_rules() {
            let mut listing = said;
            for name in generated.keys() {
                writeln!(listing, "{name}").expect("a string can be written to");
            }
            self.snapshot("files", &listing);
            self.snapshot("code", &code(&generated));
        } else {
            let stale = repository().join("tests/it/snapshots").join(&self.name).join("code.snap");
            assert!(
                !stale.exists(),
                "nothing is generated from {} any more: remove its snapshots",
                self.name
            );
        }
    }

    /// What must hold whatever the crate is. Gives the generated files and what was said, where there are any.
    fn keeps_the_rules(&self) -> Option<(Files, String)> {
        let source = repository().join(&self.folder);
        let before = without_target(files(&source));
        let json = run(&self.folder, "analyze", &["--format", "json"], None);
        assert_eq!(
            json.stdout,
            run(&self.folder, "analyze", &["--format", "json"], None).stdout,
            "two reports"
        );
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        let generate = run(&self.folder, "generate", &[], Some(&first));
        let again = run(&self.folder, "generate", &[], Some(&second));
        assert_eq!(generate.exit, again.exit);
        assert!(without_target(files(&source)) == before, "the source was written to");
        if generate.exit != 0 {
            assert!(!first.exists(), "{} left files behind: {}", self.name, generate.stderr);
            return None;
        }
        let generated = files(&first);
        assert!(generated == files(&second), "two runs of {} differ", self.name);
        for (name, content) in &generated {
            // A file of the program moves as it is, whatever it is.
            if !before.values().any(|original| original == content) {
                is_well_formed(name, content);
            }
            let text = String::from_utf8_lossy(content);
            for path in [&repository(), folder.path()] {
                assert!(!text.contains(&*path.to_string_lossy()), "{name} names a folder of this machine");
            }
        }
        each_route_has_its_function(&parse_json(&json.stdout), &generated);
        let verify = run(&self.folder, "verify", &[], Some(&first));
        assert_eq!(verify.exit, 0, "{}: {}{}", self.name, verify.stdout, verify.stderr);
        Some((generated, shown(&generate)))
    }

    fn snapshot(&self, what: &str, text: &str) {
        let lines = text.lines().count();
        assert!(lines < MAX_LINES, "the snapshot `{what}` of {} has {lines} lines", self.name);
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_snapshot_path(format!("snapshots/{}", self.name));
        settings.bind(|| insta::assert_snapshot!(what, text));
    }
}

fn without_target(mut files: Files) -> Files {
    files.retain(|name, _| !name.starts_with("target/"));
    files
}

/// A run as a reader of the terminal sees it.
fn shown(run: &Run) -> String {
    let mut text = run.stdout.clone();
    if !run.stderr.is_empty() {
        write!(text, "-- messages\n{}", run.stderr).expect("a string can be written to");
    }
    writeln!(text, "-- exit code {}", run.exit).expect("a string can be written to");
    text
}

fn parse_json(text: &str) -> Value {
    serde_json::from_str(text).expect("the report is JSON")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or("-")
}

fn list(value: &Value) -> String {
    let items = value.as_array().into_iter().flatten();
    items.map(|item| item.as_str().unwrap_or("-")).collect::<Vec<_>>().join(", ")
}

/// The parts of the JSON report that the text report shortens: one line for each fact.
fn facts(report: &Value) -> String {
    assert_eq!(report["schema_version"], 1);
    let mut lines = String::new();
    let mut line = |text: String| writeln!(lines, "{}", text.trim_end()).expect("a string can be written to");
    for route in report["routes"].as_array().expect("routes") {
        let handler = &route["handler"];
        line(format!(
            "{} -> {} {}:{} in {}/{}",
            text(route, "id"),
            text(handler, "path"),
            text(handler, "file"),
            handler["line"],
            text(route, "service"),
            text(route, "function"),
        ));
        if route["layers"] != Value::Array(Vec::new()) {
            line(format!("    layers {}", list(&route["layers"])));
        }
        if let Some(condition) = route["conditional"].as_str() {
            line(format!("    if {condition}"));
        }
        for access in route["accesses"].as_array().expect("accesses") {
            line(format!(
                "    {} {} {} {}:{} via {}",
                text(access, "certainty"),
                list(&access["actions"]),
                list(&access["resources"]),
                text(access, "file"),
                access["line"],
                list(&access["via"]),
            ));
        }
    }
    for fallback in report["fallbacks"].as_array().into_iter().flatten() {
        line(format!("fallback `{}` -> {}", text(fallback, "prefix"), text(&fallback["handler"], "path")));
    }
    lines
}

/// Generated Rust, each file under its name.
fn code(generated: &Files) -> String {
    let mut text = String::new();
    for (name, content) in
        generated.iter().filter(|(name, _)| Path::new(name).extension().is_some_and(|e| e == "rs"))
    {
        write!(text, "=== {name}\n{}", String::from_utf8_lossy(content)).expect("a string can be written to");
    }
    text
}

fn is_well_formed(name: &str, content: &[u8]) {
    let Ok(text) = std::str::from_utf8(content) else { return };
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    match extension {
        Some("rs") => {
            if let Err(error) = syn::parse_file(text) {
                panic!("{name} does not parse: {error}\n{text}");
            }
        }
        Some("toml" | "lock") => {
            if let Err(error) = text.parse::<toml_edit::DocumentMut>() {
                panic!("{name} does not parse: {error}\n{text}");
            }
        }
        Some("json") => {
            parse_json(text);
        }
        Some("yaml" | "yml") => {
            if let Err(error) = serde_saphyr::from_str::<Value>(text) {
                panic!("{name} does not parse: {error}\n{text}");
            }
        }
        _ => {}
    }
}

/// A route's function is a crate of its service and has a key in the template.
fn each_route_has_its_function(report: &Value, generated: &Files) {
    let template = String::from_utf8_lossy(&generated["template.yaml"]);
    for route in report["routes"].as_array().expect("routes") {
        let (Some(service), Some(function)) = (route["service"].as_str(), route["function"].as_str()) else {
            continue;
        };
        let manifest = format!("services/{service}/functions/{function}/Cargo.toml");
        assert!(generated.contains_key(&manifest), "{} has no crate {manifest}", route["id"]);
        assert!(template.contains(function), "{} has no function in the template", route["id"]);
    }
}
