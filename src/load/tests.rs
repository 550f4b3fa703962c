use std::fs;
use std::path::Path;

use super::*;

/// Writes a package into a fresh folder and loads it.
fn load_files(files: &[(&str, &str)], options: Options) -> (Result<SourceTree, LoadError>, Diagnostics) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("files lie in a folder")).expect("folder");
        fs::write(path, text).expect("file");
    }
    let mut diagnostics = Diagnostics::default();
    let manifest = options.manifest_path.clone().unwrap_or_else(|| Path::new("Cargo.toml").to_path_buf());
    let options = Options { manifest_path: Some(dir.path().join(manifest)), ..options };
    (load(&options, &mut diagnostics), diagnostics)
}

const MANIFEST: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";

fn module_paths(tree: &SourceTree) -> Vec<String> {
    (0..tree.modules.len()).map(|at| tree.module_path(ModuleId(at as u32))).collect()
}

fn codes(diagnostics: &Diagnostics) -> Vec<&'static str> {
    diagnostics.sorted().iter().map(|diagnostic| diagnostic.code.as_str()).collect()
}

#[test]
fn modules_follow_files_folders_paths_and_inline_blocks() {
    let (tree, diagnostics) = load_files(
        &[
            ("Cargo.toml", MANIFEST),
            (
                "src/main.rs",
                "mod a; mod b; #[path = \"other/place.rs\"] mod c; mod d { mod e; } fn main() {}",
            ),
            ("src/a.rs", "mod f;"),
            ("src/a/f.rs", ""),
            ("src/b/mod.rs", "mod g;"),
            ("src/b/g.rs", ""),
            ("src/other/place.rs", ""),
            ("src/d/e.rs", ""),
        ],
        Options::default(),
    );
    let tree = tree.expect("loads");
    let mut paths = module_paths(&tree);
    paths.sort();
    assert_eq!(
        paths,
        ["shop", "shop::a", "shop::a::f", "shop::b", "shop::b::g", "shop::c", "shop::d", "shop::d::e"]
    );
    assert!(diagnostics.is_empty());
}

#[test]
fn a_file_of_two_packages_is_read_for_the_analysed_one_and_a_broken_one_is_named_each_time() {
    let dependency = "[dependencies]\nstock = { path = \"stock\" }\n";
    let stock = "[package]\nname = \"stock\"\nversion = \"0.1.0\"\n";
    let files = [
        ("Cargo.toml", &*format!("{MANIFEST}{dependency}[features]\ndefault = [\"on\"]\non = []\n")),
        ("src/main.rs", "mod a; #[path = \"latin.rs\"] mod l; #[path = \"latin.rs\"] mod m; fn main() {}"),
        ("src/a.rs", "mod b;"),
        ("src/a/b.rs", "#[path = \"../../stock/src/both.rs\"] mod both;"),
        ("stock/Cargo.toml", stock),
        ("stock/src/lib.rs", "mod both;"),
        ("stock/src/both.rs", "#[cfg(feature = \"on\")] mod inner { pub fn f() { g() } }"),
    ];
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("files lie in a folder")).expect("folder");
        fs::write(path, text).expect("file");
    }
    fs::write(dir.path().join("src/latin.rs"), b"// \xe4").expect("file");
    let mut diagnostics = Diagnostics::default();
    let options = Options { manifest_path: Some(dir.path().join("Cargo.toml")), ..Options::default() };
    let tree = load(&options, &mut diagnostics).expect("loads");
    let mut paths = module_paths(&tree);
    paths.sort();
    let expected = ["shop", "shop::a", "shop::a::b", "shop::a::b::both", "shop::a::b::both::inner", "stock"];
    assert_eq!(paths[..6], expected);
    assert_eq!(paths[6..], ["stock::both"], "the feature is off there");
    assert_eq!(codes(&diagnostics), ["LS0003", "LS0003"]);
    let both = tree.modules.iter().find(|module| module.name == "both").expect("it is a module");
    assert_eq!(tree.facts(both.source).depth, crate::syntax::Depth::Whole);
}

#[test]
fn a_missing_module_and_a_broken_file_do_not_hide_the_rest() {
    let (tree, diagnostics) = load_files(
        &[
            ("Cargo.toml", MANIFEST),
            ("src/main.rs", "mod gone; mod broken; mod fine; fn main() {}"),
            ("src/broken.rs", "fn ( {"),
            ("src/fine.rs", "pub fn ok() {}"),
        ],
        Options::default(),
    );
    let tree = tree.expect("loads");
    assert_eq!(module_paths(&tree), ["shop", "shop::broken", "shop::fine"]);
    assert_eq!(codes(&diagnostics), ["LS0002", "LS0001"]);
}

#[test]
fn a_module_cycle_ends() {
    let (tree, diagnostics) = load_files(
        &[("Cargo.toml", MANIFEST), ("src/main.rs", "#[path = \"main.rs\"] mod again; fn main() {}")],
        Options::default(),
    );
    assert_eq!(module_paths(&tree.expect("loads")), ["shop"]);
    assert_eq!(codes(&diagnostics), ["LS0004"]);
}

#[test]
fn cfg_of_features_and_tests_switches_items() {
    let manifest = format!("{MANIFEST}[features]\ndefault = [\"a\"]\na = [\"b\"]\nb = []\nc = []\n");
    let source = "#[cfg(feature = \"b\")] fn b() {} #[cfg(feature = \"c\")] fn c() {} #[cfg(test)] mod tests {} fn main() {}";
    let names = |options: Options| {
        let (tree, _) = load_files(&[("Cargo.toml", &manifest), ("src/main.rs", source)], options);
        let tree = tree.expect("loads");
        let root = tree.module(ModuleId(0));
        assert_eq!(root.test_items.len(), 1);
        root.items.iter().map(|item| item.name.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(Options::default()), ["b", "main"]);
    assert_eq!(names(Options { no_default_features: true, ..Options::default() }), ["main"]);
    assert_eq!(names(Options { features: vec!["c".into()], ..Options::default() }), ["b", "c", "main"]);
    assert_eq!(names(Options { all_features: true, ..Options::default() }), ["b", "c", "main"]);
}

#[test]
fn local_path_dependencies_are_part_of_the_program() {
    let files = [
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"crates/*\"]\n[workspace.dependencies]\ncommon = { path = \"crates/common\" }\n",
        ),
        ("crates/api/Cargo.toml", &format!("{MANIFEST}[dependencies]\ncommon = {{ workspace = true }}\n")),
        ("crates/api/src/main.rs", "fn main() {}"),
        ("crates/api/src/lib.rs", ""),
        ("crates/common/Cargo.toml", "[package]\nname = \"common\"\nversion = \"0.1.0\"\n"),
        ("crates/common/src/lib.rs", "pub mod db;"),
        ("crates/common/src/db.rs", ""),
    ];
    let (tree, diagnostics) =
        load_files(&files, Options { package: Some("shop".into()), ..Options::default() });
    let tree = tree.expect("loads");
    let krates: Vec<&str> = tree.krates.iter().map(|krate| krate.name.as_str()).collect();
    assert_eq!(krates, ["shop", "shop", "common"]);
    assert_eq!(tree.packages[0].dependencies[0].local, Some(1));
    assert_eq!(tree.sources.iter().last().expect("files").1.path, "../common/src/db.rs");
    assert!(diagnostics.is_empty());
    let (error, _) = load_files(&files, Options::default());
    assert!(
        matches!(error, Err(LoadError::VirtualWorkspace { members, .. }) if members == ["common", "shop"])
    );
}

#[test]
fn several_binaries_need_a_choice() {
    let files =
        [("Cargo.toml", MANIFEST), ("src/bin/a.rs", "fn main() {}"), ("src/bin/b.rs", "fn main() {}")];
    let (error, _) = load_files(&files, Options::default());
    assert!(matches!(error, Err(LoadError::SeveralBins { bins }) if bins == ["a", "b"]));
    let (tree, _) = load_files(&files, Options { bin: Some("b".into()), ..Options::default() });
    assert_eq!(tree.expect("loads").krates[0].name, "b");
    let (error, _) = load_files(&files, Options { bin: Some("c".into()), ..Options::default() });
    assert!(matches!(error, Err(LoadError::NoSuchBin { .. })));
}

#[test]
fn no_manifest_and_no_target_are_errors_with_a_next_step() {
    let (error, _) = load_files(&[], Options::default());
    assert!(error.expect_err("nothing there").to_string().contains("--manifest-path"));
    let (error, _) = load_files(&[("Cargo.toml", MANIFEST)], Options::default());
    assert!(matches!(error, Err(LoadError::NoTarget { .. })));
    let (error, _) = load_files(&[("Cargo.toml", "not toml [")], Options::default());
    assert!(matches!(error, Err(LoadError::InvalidManifest { .. })));
}

#[test]
fn files_of_modules_that_are_off_are_not_called_unreached() {
    let files = [
        ("Cargo.toml", MANIFEST),
        (
            "src/main.rs",
            "#[cfg(feature = \"off\")] mod a; #[cfg(test)] #[path = \"a_test.rs\"] mod t; fn main() {}",
        ),
        ("src/a.rs", "mod b;"),
        ("src/a/b.rs", ""),
        ("src/a_test.rs", ""),
    ];
    let (_, diagnostics) = load_files(&files, Options::default());
    assert!(diagnostics.is_empty(), "{:?}", codes(&diagnostics));
    let files = [("Cargo.toml", MANIFEST), ("src/main.rs", "fn main() {}"), ("src/a.rs", "")];
    let (_, diagnostics) = load_files(&files, Options::default());
    assert_eq!(codes(&diagnostics), ["LS0005"]);
}
