//! Running the built program on a crate of this repository, and reading what it wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use assert_cmd::Command;

/// One run: what came out, with paths of this machine taken out.
pub(crate) struct Run {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Relative path -> content.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The program that the example of that name is. It is built first: cargo builds examples for all tests together, but not for one file of them.
pub(crate) fn example(name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let tests = std::env::current_exe().expect("the test knows its file");
    let profile = tests.ancestors().nth(2).expect("a folder of the build");
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if !built.contains(name) {
        let mut cargo = std::process::Command::new(env!("CARGO"));
        cargo.current_dir(repository()).args(["build", "--quiet", "--example", name, "--target-dir"]);
        cargo.arg(profile.parent().expect("a folder for all builds"));
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().expect("cargo runs").success(), "the example `{name}` does not compile");
        built.insert(name.to_string());
    }
    profile.join("examples").join(name)
}

/// Whether something becomes so within some seconds.
#[cfg(target_os = "linux")]
pub(crate) fn within(seconds: u64, is_so: impl Fn() -> bool) -> bool {
    use std::time::{Duration, Instant};

    let begun = Instant::now();
    while !is_so() {
        if begun.elapsed() > Duration::from_secs(seconds) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

/// Runs `lith-split COMMAND --manifest-path FOLDER/Cargo.toml ARGUMENTS`. `out` is shown as `OUT`.
pub(crate) fn run(folder: &str, command: &str, arguments: &[&str], out: Option<&Path>) -> Run {
    let manifest = repository().join(folder).join("Cargo.toml");
    let mut program = Command::cargo_bin("lith-split").expect("the program is built");
    program.env("NO_COLOR", "1").env("LITH_SPLIT_NO_CACHE", "1");
    program.arg(command).arg("--manifest-path").arg(&manifest).args(arguments);
    if let Some(out) = out {
        program.arg("--out").arg(out);
    }
    let output = program.output().expect("the program runs");
    let clean = |bytes: Vec<u8>| {
        let mut text = String::from_utf8(bytes).expect("output is text");
        if let Some(out) = out {
            text = text.replace(&*out.to_string_lossy(), "OUT");
        }
        text.replace(&format!("{}/", repository().to_string_lossy()), "")
    };
    Run {
        exit: output.status.code().expect("the program is not killed"),
        stdout: clean(output.stdout),
        stderr: clean(output.stderr),
    }
}

/// All files under a folder.
pub(crate) fn files(folder: &Path) -> Files {
    fn visit(root: &Path, dir: &Path, files: &mut Files) {
        for entry in fs::read_dir(dir).expect("the folder can be listed") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                visit(root, &path, files);
            } else {
                let name =
                    path.strip_prefix(root).expect("under the folder").to_string_lossy().replace('\\', "/");
                files.insert(name, fs::read(&path).expect("the file can be read"));
            }
        }
    }
    let mut files = Files::new();
    visit(folder, folder, &mut files);
    files
}
