//! Answers of earlier runs: when they count, and what becomes of a cache that is damaged.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

const MAIN: &str = r#"use axum::{Router, routing::get};

async fn list() -> &'static str { "" }

#[tokio::main]
async fn main() {
    let app = Router::new().route("/items", get(list));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
"#;

/// A program and a cache beside it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir_all(place.path("app/src")).expect("written");
        let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\naxum = \"0.8\"\n";
        fs::write(place.path("app/Cargo.toml"), manifest).expect("written");
        fs::write(place.path("app/src/main.rs"), MAIN).expect("written");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn analyze(&self, arguments: &[&str]) -> String {
        let mut program = Command::cargo_bin("lith-split").expect("the program is built");
        program.env_remove("LITH_SPLIT_NO_CACHE").env("LITH_SPLIT_CACHE_DIR", self.path("cache"));
        program
            .args(["analyze", "--format", "json", "--manifest-path"])
            .arg(self.path("app/Cargo.toml"))
            .args(arguments);
        let output = program.output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn entries(&self) -> Vec<PathBuf> {
        entries(&self.path("cache"))
    }
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// An entry whose answer says something else, with the right sum: who prints that has read the cache.
fn mark(entry: &Path) {
    use sha2::Digest as _;
    let text = fs::read_to_string(entry).expect("an entry");
    let (_, body) = text.split_once('\n').expect("a sum and a body");
    let body = body.replace("/items", "/kept");
    let mut sum = String::new();
    for byte in sha2::Sha256::digest(body.as_bytes()) {
        write!(sum, "{byte:02x}").expect("a string takes all");
    }
    fs::write(entry, format!("{sum}\n{body}")).expect("written");
}

#[test]
fn an_unchanged_program_is_answered_from_the_cache() {
    let place = Place::new();
    let first = place.analyze(&[]);
    let entries = place.entries();
    assert_eq!(entries.len(), 1);
    assert_eq!(place.analyze(&[]), first);
    mark(&entries[0]);
    assert!(place.analyze(&[]).contains("/kept"));
    assert!(!place.analyze(&["--no-cache"]).contains("/kept"));
}

#[test]
fn what_changed_is_analysed_anew() {
    let place = Place::new();
    place.analyze(&[]);
    fs::write(place.path("app/src/main.rs"), MAIN.replace("/items", "/things")).expect("written");
    assert!(place.analyze(&[]).contains("/things"));
    // A module without a file is a finding that depends on more than what was read, so nothing is kept.
    fs::write(place.path("app/src/main.rs"), format!("mod more;\n{MAIN}")).expect("written");
    assert!(place.analyze(&[]).contains("has no file"));
    fs::write(place.path("app/src/more.rs"), "").expect("written");
    assert!(!place.analyze(&[]).contains("has no file"));
    // A file that no module reaches is reported, so a new one counts.
    fs::write(place.path("app/src/unused.rs"), "").expect("written");
    assert!(place.analyze(&[]).contains("unused.rs"));
    // So does a plan.
    let before = place.analyze(&[]);
    fs::write(place.path("app/lith-split.toml"), "version = 1\nname = \"other\"\n").expect("written");
    assert_ne!(place.analyze(&[]), before);
}

#[test]
fn a_damaged_entry_is_as_good_as_none() {
    let place = Place::new();
    let first = place.analyze(&[]);
    let entry = place.entries().remove(0);
    let whole = fs::read(&entry).expect("an entry");
    for damaged in [&b""[..], &whole[..whole.len() / 2], b"\n", b"\xff\xfe\n{}", &whole[1..]] {
        fs::write(&entry, damaged).expect("written");
        assert_eq!(place.analyze(&[]), first);
        assert_eq!(fs::read(&entry).expect("written anew"), whole);
    }
}

#[test]
fn a_cache_never_lies_in_the_program_and_never_fails_a_run() {
    let place = Place::new();
    let inside = place.path("app/cache");
    place.analyze(&["--cache-dir", &inside.to_string_lossy()]);
    assert!(!inside.exists());
    fs::write(place.path("file"), "").expect("written");
    place.analyze(&["--cache-dir", &place.path("file").to_string_lossy()]);
    let none: Vec<PathBuf> = Vec::new();
    assert_eq!(place.entries(), none);
}
