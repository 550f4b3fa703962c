use super::*;

fn krate(name: &str, kind: CrateKind, dir: &str, dependencies: &[&str]) -> CrateSource {
    CrateSource {
        name: name.into(),
        dir: dir.into(),
        package: 0,
        kind,
        files: BTreeMap::new(),
        origins: BTreeMap::new(),
        edition: "2021".into(),
        dependencies: dependencies
            .iter()
            .map(|key| DependencyUse {
                package: 0,
                key: key.trim_start_matches("dev:").into(),
                dev: key.starts_with("dev:"),
            })
            .collect(),
        build_dependencies: BTreeSet::new(),
        lib: None,
        local_dependencies: vec![],
        features: BTreeSet::new(),
        env: BTreeSet::new(),
    }
}

fn function(name: &str, dependencies: &[&str]) -> CrateSource {
    let kind = CrateKind::Function { service: "s".into(), function: name.into() };
    krate(name, kind, &format!("services/s/functions/{name}"), dependencies)
}

fn render(crates: &[CrateSource], source: ManifestSource) -> Result<BTreeMap<String, String>> {
    let whole = BTreeMap::from([("common".to_string(), "crates/common".to_string())]);
    let added = BTreeMap::new();
    manifests(Manifests { crates, sources: &[source], whole: &whole, reached: None, added: &added })
}

#[test]
fn entries_are_copied_once_and_inherited() {
    let mut get = function("get", &["axum", "db", "serde", "dev:insta"]);
    get.local_dependencies.push("app-shared".into());
    let shared = krate("app-shared", CrateKind::Library, "crates/shared", &["serde"]);
    let source = ManifestSource {
        is_apart: false,
        package: r#"
                [package]
                name = "app"
                version.workspace = true
                edition = "2021"
                [dependencies]
                axum = "0.8" # routing
                db = { package = "sqlx", version = "0.8", optional = true, features = ["postgres"] }
                serde = { workspace = true, features = ["rc"] }
                [dev-dependencies]
                insta = { git = "https://example.com/insta", rev = "abc" }
                [features]
                default = ["sql"]
                sql = ["dep:db", "db?/macros"]
                [lints]
                workspace = true
            "#
        .into(),
        workspace: Some(
            r#"
                [workspace]
                members = ["app"]
                resolver = "2"
                package.version = "1.2.3"
                [workspace.dependencies]
                serde = { version = "1", default-features = false, features = ["derive"] }
                [workspace.lints.rust]
                unsafe_code = "forbid"
                [profile.release]
                lto = "thin" # smaller
            "#
            .into(),
        ),
        features: BTreeSet::from(["default".into(), "sql".into()]),
    };
    let texts = render(&[get, shared], source).unwrap();
    assert_eq!(
        texts["Cargo.toml"],
        r#"[workspace]
resolver = "2"
members = [
    "services/s/functions/get",
    "crates/shared",
    "crates/common",
]

[workspace.dependencies]
app-shared = { path = "crates/shared" }
axum = "0.8"
db = { package = "sqlx", version = "0.8", features = ["postgres", "macros"] }
insta = { git = "https://example.com/insta", rev = "abc" }
serde = { version = "1", default-features = false, features = ["derive", "rc"] }

[workspace.lints.rust]
unsafe_code = "forbid"

[profile.release]
lto = "thin"
"#
    );
    assert_eq!(
        texts["services/s/functions/get/Cargo.toml"],
        r#"[package]
name = "get"
version = "1.2.3"
edition = "2021"
publish = false

[[bin]]
name = "get"
path = "src/main.rs"

[dependencies]
app-shared.workspace = true
axum.workspace = true
db.workspace = true
serde.workspace = true

[dev-dependencies]
insta.workspace = true

[lints]
workspace = true
"#
    );
}

#[test]
fn targets_features_and_whole_crates() {
    let mut get = function("get", &["libc", "common"]);
    get.features = BTreeSet::from(["admin".into(), "off".into()]);
    let source = ManifestSource {
        package: r#"
                package = { name = "app", version = "0.1.0", edition = "2024" }
                dependencies.common = { path = "../common" }
                target.'cfg(unix)'.dependencies.libc = "0.2"
                features = { admin = [], off = [] }
            "#
        .into(),
        features: BTreeSet::from(["admin".into()]),
        ..ManifestSource::default()
    };
    let texts = render(&[get], source).unwrap();
    let text = &texts["services/s/functions/get/Cargo.toml"];
    assert!(text.contains("[target.\"cfg(unix)\".dependencies]\nlibc.workspace = true\n"), "{text}");
    assert!(text.contains("[features]\ndefault = [\"admin\"]\nadmin = []\noff = []\n"), "{text}");
    assert!(texts["Cargo.toml"].contains("common = { path = \"crates/common\" }"));
    assert!(texts["Cargo.toml"].contains("resolver = \"3\""));
}

#[test]
fn a_package_of_another_workspace_stays_out_of_the_workspace() {
    let source = |package: &str, is_apart| ManifestSource {
        package: package.into(),
        is_apart,
        ..ManifestSource::default()
    };
    let app = source("[package]\nname = \"app\"\n[dependencies]\ncommon = { path = \"../common\" }\n", false);
    for is_apart in [false, true] {
        let sources = [app.clone(), source("[package]\nname = \"common\"\n", is_apart)];
        let whole = BTreeMap::from([("common".to_string(), "crates/common".to_string())]);
        let crates = [function("get", &["common"])];
        let added = BTreeMap::new();
        let input =
            Manifests { crates: &crates, sources: &sources, whole: &whole, reached: None, added: &added };
        let texts = manifests(input).unwrap();
        let root: DocumentMut = texts["Cargo.toml"].parse().unwrap();
        let listed = |key: &str| {
            root["workspace"].get(key).is_some_and(|list| list.to_string().contains("crates/common"))
        };
        assert_eq!((listed("members"), listed("exclude")), (!is_apart, is_apart));
    }
}

#[test]
fn unknown_dependencies_and_lost_paths_are_errors() {
    let source = |text: &str| ManifestSource { package: text.into(), ..ManifestSource::default() };
    let app = "[package]\nname = \"app\"\n[dependencies]\nlost = { path = \"../lost\" }\n";
    assert!(render(&[function("f", &["missing"])], source(app)).is_err());
    assert!(render(&[function("f", &["lost"])], source(app)).is_err());
    assert!(render(&[function("f", &[])], source("not toml [")).is_err());
}

#[test]
fn debug_builds_are_without_what_was_not_split_for_them() {
    let mut get = function("get", &["axum"]);
    get.files.insert("src/main.rs".into(), b"#[cfg(debug_assertions)] fn fill() {}".to_vec());
    let source = ManifestSource {
        is_apart: false,
        package: "[package]\nname = \"app\"\n[dependencies]\naxum = \"0.8\"\n[profile.dev]\nopt-level = 1\n"
            .into(),
        workspace: None,
        features: BTreeSet::new(),
    };
    let texts = render(&[get], source).unwrap();
    let profile = "[profile.dev]\nopt-level = 1\n# What is on in debug builds only is not part of the split.\ndebug-assertions = false\n";
    assert!(texts["Cargo.toml"].ends_with(profile), "{}", texts["Cargo.toml"]);
}
