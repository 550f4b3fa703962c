//! A program that is too large for one template.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use assert_cmd::Command;

const SUBJECTS: usize = 10;
/// The first subject has more routes than one stack holds.
const LARGE: usize = 75;
const ROUTES: usize = 300;

/// Writes an application of 300 routes over ten tables, and gives the ids of its routes.
fn application(folder: &Path) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut main = String::from(
        "use axum::Router;\nuse axum::routing::{get, post};\nuse aws_sdk_dynamodb::Client;\n\n#[derive(Clone)]\npub struct App { pub db: Client }\n\n",
    );
    let mut router = String::new();
    for subject in 0..SUBJECTS {
        let routes = if subject == 0 { LARGE } else { (ROUTES - LARGE) / (SUBJECTS - 1) };
        let _ = writeln!(main, "mod s{subject};");
        let mut module = format!(
            "//! Subject {subject}.\n\nuse axum::extract::{{Path, State}};\nuse axum::Json;\nuse crate::App;\n\n\
             fn table() -> String {{ std::env::var(\"TABLE_{subject}\").expect(\"TABLE_{subject}\") }}\n\n"
        );
        for route in 0..routes {
            let (method, path, operation, extractor) = match route % 2 {
                0 => ("GET", format!("/s{subject}/r{route}/{{id}}"), "scan", "Path(_id): Path<String>, "),
                _ => ("POST", format!("/s{subject}/r{route}"), "put_item", ""),
            };
            let function = method.to_lowercase();
            let _ = write!(
                module,
                "/// Route {route}.\npub async fn h{route}({extractor}State(app): State<App>) -> Json<String> {{\n    \
                 let _ = app.db.{operation}().table_name(table()).send().await;\n    Json(format!(\"{route}\"))\n}}\n\n"
            );
            let _ = writeln!(router, "        .route({path:?}, {function}(s{subject}::h{route}))");
            ids.insert(format!("{method} {path}"));
        }
        fs::create_dir_all(folder.join("src")).expect("a folder");
        fs::write(folder.join(format!("src/s{subject}.rs")), module).expect("a file");
    }
    let _ = write!(
        main,
        "\n#[tokio::main]\nasync fn main() -> Result<(), lambda_http::Error> {{\n    let config = aws_config::load_from_env().await;\n    \
         let app = App {{ db: Client::new(&config) }};\n    let router = Router::new()\n{router}        .with_state(app);\n    \
         lambda_http::run(router).await\n}}\n"
    );
    fs::write(folder.join("src/main.rs"), main).expect("a file");
    let manifest = "[package]\nname = \"large\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\naxum = \"0.8\"\n\
         aws-config = \"1\"\naws-sdk-dynamodb = \"1\"\nlambda_http = \"1\"\ntokio = { version = \"1\", features = [\"macros\"] }\n";
    fs::write(folder.join("Cargo.toml"), manifest).expect("a file");
    ids
}

#[test]
fn three_hundred_routes_come_out_in_stacks_within_the_limits() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Where the result is to be looked at with AWS's own tools.
    let folder = std::env::var("LITH_SPLIT_SCALE").map_or(folder.path().to_path_buf(), Into::into);
    let ids = application(&folder.join("app"));
    assert_eq!(ids.len(), ROUTES);
    let run = Command::cargo_bin("lith-split")
        .expect("the program is built")
        .env("LITH_SPLIT_NO_CACHE", "1")
        .current_dir(folder.join("app"))
        .args(["generate", "--out", "../out"])
        .output()
        .expect("the program runs");
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{stderr}");
    let out = folder.join("out");

    let mut templates = BTreeMap::new();
    templates.insert("template.yaml".to_string(), read(&out.join("template.yaml")));
    for entry in fs::read_dir(out.join("stacks")).expect("stacks") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        templates.insert(format!("stacks/{name}"), read(&path));
    }
    let root = &templates["template.yaml"];
    let nested: BTreeSet<String> = values(root, "TemplateURL: ").collect();
    let others: BTreeSet<String> =
        templates.keys().filter(|name| *name != "template.yaml").cloned().collect();
    assert_eq!(nested, others, "each stack is in the root template");
    assert!(others.len() > SUBJECTS, "the large subject is divided: {others:?}");

    let mut keys = Vec::new();
    let mut binaries = BTreeSet::new();
    for (name, template) in &templates {
        assert!(template.len() < 1_000_000, "{name} has {} bytes", template.len());
        let resources = template.lines().filter(|line| line.starts_with("    Type: AWS::")).count();
        assert!(resources < 500, "{name} has {resources} resources");
        keys.extend(values(template, "RouteKey: "));
        for binary in values(template, "Binary: ") {
            assert!(binaries.insert(binary.clone()), "two functions run {binary}");
        }
        for code in values(template, "CodeUri: ") {
            let from = out.join(name).parent().expect("a folder").to_path_buf();
            assert!(from.join(&code).join("Cargo.toml").is_file(), "{name}: {code}");
        }
    }
    assert_eq!(binaries.len(), ROUTES + 1);
    let once: BTreeSet<String> = keys.iter().cloned().collect();
    assert_eq!(once.len(), keys.len(), "a route key stands in two stacks");
    let heads = ids.iter().filter_map(|id| Some(format!("HEAD {}", id.strip_prefix("GET ")?)));
    let expected: BTreeSet<String> =
        ids.iter().cloned().chain(heads).chain(["$default".to_string()]).collect();
    assert_eq!(once, expected);

    let members = read(&out.join("Cargo.toml"));
    assert_eq!(members.matches("/functions/").count(), ROUTES + 1);
    let makefile = read(&out.join("Makefile"));
    assert_eq!(makefile.matches("cargo lambda build").count(), 1);
    assert!(makefile.contains("CARGO_TARGET_DIR"), "{makefile}");
    assert!(read(&out.join("samconfig.toml")).contains("CAPABILITY_AUTO_EXPAND"));
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands behind a key, on whatever line, without quotes.
fn values<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = String> + 'a {
    text.lines().filter_map(move |line| Some(line.trim().strip_prefix(key)?.trim_matches('"').to_string()))
}
