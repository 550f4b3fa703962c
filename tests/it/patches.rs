//! Packages that `[patch]` puts in the place of published ones.

use std::fs;

use crate::generate::Copy;

impl Copy {
    /// A package beside the program.
    fn package(&self, name: &str, more: &str) {
        let dir = self.path(&format!("patches/{name}"));
        fs::create_dir_all(dir.join("src")).expect("a folder");
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n{more}");
        fs::write(dir.join("Cargo.toml"), manifest).expect("a file");
        fs::write(dir.join("src/lib.rs"), format!("// {name}\n")).expect("a file");
    }
}

#[test]
fn a_patch_by_path_comes_along_with_what_it_depends_on() {
    let copy = Copy::of("nested_router");
    copy.package("tower", "[dependencies]\nlayers = { path = \"../layers\" }\n[dev-dependencies]\nseen = { path = \"../seen\" }\n");
    copy.package("layers", "");
    copy.package("seen", "");
    copy.package("ghost", "");
    copy.append(
        "app/Cargo.toml",
        "\n[patch.crates-io]\ntower = { path = \"../patches/tower\" }\nghost = { path = \"../patches/ghost\" }\n\
         phantom = { git = \"https://example.com/phantom\" }\n\
         [patch.\"https://example.com/tower\"]\ntower = { path = \"../patches/tower\" }\n\
         [patch.\"https://example.com/ghost\"]\nghost = { path = \"../patches/ghost\" }\n",
    );
    let (_, _, stderr) = copy.does("generate", &["--out", "../out"]);
    assert!(!stderr.contains("LS0006"), "{stderr}");
    let manifest = copy.text("out/Cargo.toml");
    // Without a lock file nothing says what is needed.
    for line in [
        "tower = { path = \"crates/tower\" }",
        "ghost = { path = \"crates/ghost\" }",
        "phantom = { git = \"https://example.com/phantom\" }",
    ] {
        assert!(manifest.contains(line), "{manifest}");
    }
    assert!(
        manifest
            .contains("exclude = [\n    \"crates/ghost\",\n    \"crates/layers\",\n    \"crates/tower\",\n]")
    );
    assert_eq!(copy.text("out/crates/tower/src/lib.rs"), "// tower\n");
    assert!(copy.text("out/crates/tower/Cargo.toml").contains("layers = { path = \"../../crates/layers\" }"));
    assert!(!copy.path("out/crates/seen").exists(), "its tests are not built");

    let package = |name: &str, below: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\ndependencies = [{below}]\n\n")
    };
    let lock = [
        "version = 4\n\n".to_string(),
        package("nested-router", "\"axum\", \"ghost\""),
        package("axum", "\"tower\""),
        package("tower", "\"layers\""),
        package("layers", ""),
        package("ghost", ""),
    ];
    copy.append("app/Cargo.toml", "\n[dev-dependencies]\nghost = \"1\"\n");
    fs::write(copy.path("app/Cargo.lock"), lock.concat()).expect("a file");
    copy.does("generate", &["--out", "../out"]);
    let manifest = copy.text("out/Cargo.toml");
    assert!(manifest.contains("tower = { path = \"crates/tower\" }"), "{manifest}");
    assert!(!manifest.contains("ghost") && !manifest.contains("phantom"), "{manifest}");
    assert!(copy.path("out/crates/layers/src/lib.rs").is_file());
    assert!(!copy.path("out/crates/ghost").exists());
}

#[test]
fn a_patch_that_is_not_there_is_a_finding() {
    let copy = Copy::of("nested_router");
    copy.append("app/Cargo.toml", "\n[patch.crates-io]\ntower = { path = \"../patches/tower\" }\n");
    let (_, _, stderr) = copy.does("generate", &["--out", "../out"]);
    assert!(stderr.contains("LS0006") && stderr.contains("the patch of `tower` was left out"), "{stderr}");
    assert!(!copy.text("out/Cargo.toml").contains("tower = "));
}
