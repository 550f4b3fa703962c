//! `diff` over the revisions of a repository.

use std::fs;
use std::path::Path;
use std::process::Command as Process;

use assert_cmd::Command;

const MANIFEST: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\naxum = \"0.8\"\naws-sdk-dynamodb = \"1\"\ntokio = \"1\"\n";

/// A program whose one route does `operation`, behind `layer`.
fn program(operation: &str, layer: &str) -> String {
    format!(
        "use aws_sdk_dynamodb::Client;\nuse axum::extract::State;\nuse axum::routing::get;\nuse axum::{{Router, middleware}};\n\
         async fn auth(request: axum::extract::Request, next: middleware::Next) -> axum::response::Response {{ next.run(request).await }}\n\
         async fn list(State(db): State<Client>) {{ let _ = db.{operation}().table_name(\"items\").send().await; }}\n\
         #[tokio::main]\nasync fn main() {{\n    let db = Client::new(&aws_config::load_from_env().await);\n    \
         let app = Router::new().route(\"/items\", get(list)){layer}.with_state(db);\n    \
         axum::serve(tokio::net::TcpListener::bind(\"0.0.0.0:80\").await.unwrap(), app).await.unwrap();\n}}\n"
    )
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Process::new("git");
    git.arg("-C")
        .arg(folder)
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
        .args(arguments);
    let output = git.env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE").output().expect("git runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A repository with the program in a folder: `v1` scans, `v2` queries without the layer; the files put.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let write = |text: &str| {
        fs::create_dir_all(root.join("api/src")).expect("a folder");
        fs::write(root.join("api/src/main.rs"), text).expect("a file");
    };
    git(root, &["init", "--quiet"]);
    write(&program("scan", ".layer(middleware::from_fn(auth))"));
    fs::write(root.join("api/Cargo.toml"), MANIFEST).expect("a file");
    git(root, &["add", "."]);
    git(root, &["commit", "--quiet", "-m", "one"]);
    git(root, &["tag", "v1"]);
    write(&program("query", ""));
    git(root, &["commit", "--quiet", "-a", "-m", "two"]);
    git(root, &["tag", "v2"]);
    write(&program("put_item", ""));
    folder
}

/// Output and exit code of `diff` in a folder.
fn diff(folder: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let mut program = Command::cargo_bin("lith-split").expect("the program is built");
    let output = program
        .current_dir(folder)
        .env("LITH_SPLIT_NO_CACHE", "1")
        .arg("diff")
        .args(arguments)
        .output()
        .expect("the program runs");
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (text, output.status.code())
}

#[test]
fn revisions_are_compared_without_touching_the_repository() {
    let folder = repository();
    let api = folder.path().join("api");
    // Something is about to be committed: the index is somebody's work.
    fs::write(folder.path().join("staged"), "x").expect("a file");
    git(folder.path(), &["add", "staged"]);
    let before =
        (git(folder.path(), &["status", "--porcelain"]), git(folder.path(), &["ls-files", "--stage"]));
    let (text, exit) = diff(&api, &["v1..v2"]);
    assert_eq!(exit, Some(0), "{text}");
    assert!(text.starts_with("v1 -> v2\n"), "{text}");
    for line in [
        "~ GET /items  layers  -auth  src/main.rs:6",
        "- GET /items  dynamodb:Scan on dynamodb:table/items",
        "+ GET /items  dynamodb:Query on dynamodb:table/items",
    ] {
        assert!(text.contains(line), "`{line}` is missing in\n{text}");
    }
    assert_eq!(
        before,
        (git(folder.path(), &["status", "--porcelain"]), git(folder.path(), &["ls-files", "--stage"]))
    );
    let (text, _) = diff(&api, &[]);
    assert!(
        text.starts_with("HEAD -> working tree\n") && text.contains("+ GET /items  dynamodb:PutItem"),
        "{text}"
    );
    let (text, _) = diff(folder.path(), &["v1...", "--manifest-path", "api/Cargo.toml", "--security-only"]);
    assert!(text.contains("dynamodb:Query") && !text.contains("\nFindings"), "{text}");
}

#[test]
fn exit_codes_say_whether_something_differs() {
    let folder = repository();
    let api = folder.path().join("api");
    assert_eq!(diff(&api, &["v1..v1", "--exit-code"]).1, Some(0));
    let (text, exit) = diff(&api, &["v1..v2", "--exit-code", "--format", "json"]);
    assert_eq!(exit, Some(1), "{text}");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["permissions"][0]["change"], "added");
    for (arguments, says) in [
        (&["nowhere"][..], "there is no revision `nowhere`"),
        (&["--baseline", "src/main.rs"][..], "it is no report of `analyze --format json`"),
        (&["v1...nowhere"][..], "have no commit in common"),
    ] {
        let (text, exit) = diff(&api, arguments);
        assert!(exit == Some(2) && text.contains(says), "{exit:?} {text}");
    }
    let (text, exit) = diff(&api, &["v1..v2", "--manifest-path", "../other/Cargo.toml"]);
    assert!(exit != Some(0) && exit != Some(70), "{exit:?} {text}");
}

#[test]
fn a_report_that_was_kept_is_a_baseline() {
    let folder = repository();
    let api = folder.path().join("api");
    let mut program = Command::cargo_bin("lith-split").expect("the program is built");
    program
        .current_dir(&api)
        .args(["analyze", "--no-cache", "--format", "json", "-o", "report.json"])
        .assert()
        .success();
    assert!(diff(&api, &["--baseline", "report.json"]).0.contains("No difference."));
    fs::write(api.join("src/main.rs"), program_with_error()).expect("a file");
    let (text, exit) = diff(&api, &["--baseline", "report.json", "--fail-on", "error"]);
    assert_eq!(exit, Some(1), "{text}");
    assert!(text.contains("+ LS0"), "{text}");
}

/// A program that reads a table of which nobody knows the name.
fn program_with_error() -> String {
    self::program("scan", "").replace("\"items\"", "std::fs::read_to_string(\"name\").unwrap()")
}

#[test]
fn functions_that_have_to_be_deployed_again_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let write = |one: &str, helper: &str, more: &str| {
        fs::create_dir_all(root.join("src")).expect("a folder");
        let text = format!(
            "use aws_sdk_dynamodb::Client;\nuse axum::extract::State;\nuse axum::routing::get;\nuse axum::Router;\n\
             async fn one(State(db): State<Client>) {{ {one} }}\nasync fn two() -> &'static str {{ helper() }}\n\
             async fn three() -> &'static str {{ helper() }}\nasync fn four() {{}}\nfn helper() -> &'static str {{ \"{helper}\" }}\n\
             #[tokio::main]\nasync fn main() {{\n    let db = Client::new(&aws_config::load_from_env().await);\n    \
             let app = Router::new().route(\"/one\", get(one)).route(\"/two\", get(two)).route(\"/three\", get(three)){more}.with_state(db);\n    \
             lambda_http::run(app).await.unwrap();\n}}\n"
        );
        fs::write(root.join("src/main.rs"), text).expect("a file");
    };
    let manifest = format!("{MANIFEST}lambda_http = \"1\"\naws-config = \"1\"\nuuid = \"1\"\n");
    fs::write(root.join("Cargo.toml"), &manifest).expect("a file");
    let scan = "let _ = db.scan().table_name(\"items\").send().await; let _ = uuid::Uuid::nil();";
    write(scan, "text", "");
    let lock = |getrandom: &str| {
        let package = |name: &str, version: &str, below: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\ndependencies = [{below}]\n\n")
        };
        let uuid = package("uuid", "1.0.0", "\"getrandom\"");
        let text = [uuid, package("getrandom", getrandom, ""), package("axum", "0.8.0", "")].concat();
        fs::write(root.join("Cargo.lock"), format!("version = 4\n\n{text}")).expect("a file");
    };
    lock("0.1.0");
    git(root, &["init", "--quiet"]);
    git(root, &["add", "."]);
    git(root, &["commit", "--quiet", "-m", "one"]);
    let affected = |expected: &[&str]| {
        let (text, exit) = diff(root, &["--affected"]);
        assert_eq!(exit, Some(0), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines, expected, "{text}");
    };
    affected(&["0 of 4 functions affected."]);
    write(&scan.replace("items", "things"), "text", "");
    affected(&["get-one  code, permissions", "1 of 4 functions affected."]);
    write(scan, "another text", "");
    affected(&["get-three  code", "get-two    code", "2 of 4 functions affected."]);
    write(scan, "text", ".route(\"/four\", get(four))");
    affected(&["edge      code", "get-four  new", "2 of 5 functions affected."]);
    write(scan, "text", "");
    lock("0.2.0");
    affected(&["get-one  dependencies", "1 of 4 functions affected."]);
    lock("0.1.0");
    fs::write(root.join("clippy.toml"), "").expect("a file");
    affected(&["0 of 4 functions affected."]);
    fs::write(root.join("Cargo.toml"), manifest.replace("tokio = \"1\"", "tokio = \"1.40\""))
        .expect("a file");
    let (text, exit) = diff(root, &["--affected", "--format", "json", "--exit-code"]);
    assert_eq!(exit, Some(1), "{text}");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(4), "{text}");
    assert_eq!(json[1]["function"], "get-one");
    assert_eq!(json[1]["because"], serde_json::json!(["dependencies"]));
}
