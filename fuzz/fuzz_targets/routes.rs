//! Any bytes as the main file of an application: reading, resolving names and evaluating routers end without a panic.
//!
//! `mkdir -p fuzz/corpus/routes`, then `RUSTC_BOOTSTRAP=1 cargo fuzz run routes fuzz/corpus/routes samples tests/fixtures --
//! -max_total_time=600`: the samples and fixtures are the first inputs, and only read.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use lith_split::diagnostic::Diagnostics;
use lith_split::load::{Options, load};
use lith_split::{resolve, routes};

const MANIFEST: &str =
    "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\naxum = \"0.8\"\n";

fuzz_target!(|bytes: &[u8]| {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("src")).expect("a folder");
        std::fs::write(folder.path().join("Cargo.toml"), MANIFEST).expect("written");
        folder
    });
    std::fs::write(folder.path().join("src/main.rs"), bytes).expect("written");
    let mut diagnostics = Diagnostics::default();
    let options = Options { manifest_path: Some(folder.path().join("Cargo.toml")), ..Options::default() };
    let Ok(tree) = load(&options, &mut diagnostics) else { return };
    let program = resolve::resolve(tree, &mut diagnostics);
    routes::evaluate(&program, &mut diagnostics);
});
