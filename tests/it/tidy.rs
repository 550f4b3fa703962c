//! Rules of the house that the compiler does not know: direction of uses, confinement, documentation, length.

mod docs;
mod source;

use std::fs;

use source::{SourceFile, files_under, root, sources};

/// Longest file of code. Look for a second noun in a file long before that.
const MAX_LINES: usize = 650;

/// Files that are tables rather than code, with a limit of their own.
const LONGER: &[(&str, usize)] = &[("src/resolve/infer/known.rs", 800)];

/// Which modules may name a crate, `split::glue` for a single file. `main` is the binary's file.
const CRATES: &[(&str, &[&str])] = &[
    ("anyhow", &["aws", "fileset", "plan", "render", "cli", "main"]),
    ("base64", &["verify"]),
    ("cargo_toml", &["load"]),
    ("cfg_expr", &["load"]),
    ("clap", &["cli", "main"]),
    ("comfy_table", &["report"]),
    ("diffy", &["fileset"]),
    ("fastrand", &["verify"]),
    ("flate2", &["fileset"]),
    ("granit_parser", &["deployed"]),
    ("handlebars", &["render", "report"]),
    ("http_body_util", &["verify"]),
    ("hyper", &["verify"]),
    ("hyper_util", &["verify"]),
    ("indexmap", &["ordered"]),
    ("indicatif", &["cli"]),
    ("anstream", &["cli"]),
    ("anstyle", &["cli"]),
    ("annotate_snippets", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("mimalloc", &["main"]),
    ("pathdiff", &["load", "cli"]),
    ("percent_encoding", &["verify", "report::sarif"]),
    ("petgraph", &["graph", "metrics", "coupling", "boundaries", "report"]),
    ("prettyplease", &["split::glue"]),
    // The input is read by `syntax` alone; `split::glue` prints the few lines that the program did not have.
    ("proc_macro2", &["syntax", "split::glue"]),
    ("quote", &["split::glue"]),
    ("rayon", &["stack", "load", "resolve", "access", "render::rustfmt"]),
    ("rustc_hash", &["ordered"]),
    ("rustix", &["fileset", "verify"]),
    ("rustls_native_certs", &["verify::remote"]),
    ("serde", &["access", "fileset", "render", "verify", "report", "cli"]),
    ("serde_json", &["values", "fileset", "render", "verify", "report", "cli"]),
    ("serde_saphyr", &["values", "render", "verify"]),
    ("sha2", &["digest"]),
    ("shlex", &["cli"]),
    ("similar", &["fileset", "report"]),
    ("smallvec", &["syntax"]),
    ("smol_str", &["syntax", "load", "resolve", "values", "routes", "access", "split"]),
    ("sqlparser", &["access"]),
    ("syn", &["syntax", "split::glue"]),
    ("tempfile", &["fileset", "render::rustfmt", "cli"]),
    ("thiserror", &["syntax", "load", "boundaries", "fileset", "verify", "cli"]),
    ("tokio", &["verify"]),
    ("tokio_rustls", &["verify::remote"]),
    ("toml", &["values", "access", "split::templates"]),
    ("toml_edit", &["plan", "render"]),
    ("walkdir", &["load", "verify::watching", "cli::taken"]),
];

/// Which modules may have an effect: the path that names it, and who may. A thread is there for its stack, or to feed a child.
const EFFECTS: &[(&str, &[&str])] = &[
    ("std::env", &["load", "render::rustfmt", "cli", "main"]),
    ("std::fs", &["load", "fileset", "render::rustfmt", "verify", "cli"]),
    ("std::io", &["stack", "load", "fileset", "render::rustfmt", "verify", "cli", "main"]),
    ("std::net", &["verify"]),
    ("std::process", &["render::rustfmt", "verify", "cli", "main"]),
    ("std::thread", &["stack", "render::rustfmt"]),
    ("std::time", &["verify", "cli"]),
];

/// Functions that write files: `fileset` for generated files, `cli` for the plan and a report with a name, `verify::log` for what
/// functions print, `render::rustfmt` for what `rustfmt` reads.
const WRITES: &[&str] = &[
    "copy",
    "create_dir",
    "create_dir_all",
    "hard_link",
    "remove_dir",
    "remove_dir_all",
    "remove_file",
    "rename",
    "set_permissions",
    "write",
    "File",
    "OpenOptions",
];

#[test]
fn modules_use_only_modules_above_them() {
    let order = modules_in_order();
    let place = |module: &str| order.iter().position(|name| name == module);
    let mut wrong = Vec::new();
    for file in code() {
        let Some(own) = file.module.first() else { continue };
        let own_place = place(own).unwrap_or_else(|| panic!("lib.rs does not name `{own}`"));
        for (path, line) in &file.facts.paths {
            let Some(used) = path.get(1).filter(|_| path[0] == "crate") else { continue };
            if place(used).is_some_and(|used_place| used_place > own_place) {
                wrong.push(format!(
                    "{}:{line}: `{own}` uses `{used}`, which stands below it in lib.rs",
                    file.path
                ));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn crates_stay_in_their_modules() {
    let mut wrong = Vec::new();
    for file in code() {
        for (path, line) in &file.facts.paths {
            let Some((_, allowed)) = CRATES.iter().find(|(krate, _)| *krate == path[0]) else { continue };
            if !allowed.contains(&owner(&file).as_str())
                && !allowed.contains(&file.module.join("::").as_str())
            {
                wrong.push(format!("{}:{line}: `{}` belongs to {}", file.path, path[0], allowed.join(", ")));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn every_dependency_has_an_owner_and_is_used() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let manifest: toml_edit::DocumentMut = manifest.parse().expect("TOML");
    let dependencies = manifest["dependencies"].as_table().expect("a table");
    let targets = manifest["target"].as_table().expect("a table").iter();
    let of_targets = targets.filter_map(|(_, target)| target["dependencies"].as_table());
    let all = std::iter::once(dependencies).chain(of_targets).flat_map(|table| table.iter());
    let names: Vec<String> = all.map(|(name, _)| name.replace('-', "_")).collect();
    let sources = sources();
    let mut wrong = Vec::new();
    for name in &names {
        if !CRATES.iter().any(|(krate, _)| krate == name) {
            wrong.push(format!("tests/it/tidy.rs does not say which module owns `{name}`"));
        }
        if !sources.iter().any(|file| file.facts.paths.iter().any(|(path, _)| path[0] == *name)) {
            wrong.push(format!("no code names the dependency `{name}`"));
        }
    }
    for (krate, _) in CRATES {
        if !names.iter().any(|name| name == krate) {
            wrong.push(format!("`{krate}` is no dependency any more; take it out of tests/it/tidy.rs"));
        }
    }
    assert_none(&wrong);
}

#[test]
fn effects_stay_in_their_modules() {
    let mut wrong = Vec::new();
    for file in code() {
        for (path, line) in &file.facts.paths {
            let joined = path.join("::");
            let effect = EFFECTS
                .iter()
                .find(|(effect, _)| joined == *effect || joined.starts_with(&format!("{effect}::")));
            if let Some((effect, allowed)) = effect
                && !may(&file, allowed)
                && !is_harmless(&joined)
            {
                wrong.push(format!("{}:{line}: `{effect}` belongs to {}", file.path, allowed.join(", ")));
            }
            let writes = path.iter().position(|part| part == "fs").and_then(|at| path.get(at + 1));
            if !may(&file, &["fileset", "render::rustfmt", "verify::log", "cli"])
                && writes.is_some_and(|name| WRITES.contains(&name.as_str()))
            {
                wrong.push(format!(
                    "{}:{line}: `{joined}`: only `fileset`, `render::rustfmt`, `verify::log` and `cli` write files",
                    file.path
                ));
            }
        }
    }
    assert_none(&wrong);
}

/// Types that name an effect's module without having the effect.
fn is_harmless(path: &str) -> bool {
    matches!(path, "std::process::ExitCode" | "std::io::Error" | "std::io::ErrorKind" | "std::io::Result")
        || path.starts_with("std::io::ErrorKind::")
}

#[test]
fn every_module_says_what_it_is_for() {
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|file| !file.is_test && file.path != "src/main.rs")
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| format!("{}: does not start with a module doc", file.path))
        .collect();
    assert_none(&wrong);
}

#[test]
fn nothing_is_left_to_do_and_only_the_command_line_prints() {
    let mut wrong = Vec::new();
    for file in code() {
        let own = owner(&file);
        for (name, line) in &file.facts.macros {
            let prints = matches!(name.as_str(), "print" | "println" | "eprint" | "eprintln");
            if matches!(name.as_str(), "todo" | "unimplemented" | "dbg")
                || (prints && own != "cli" && own != "main")
            {
                wrong.push(format!("{}:{line}: `{name}!`", file.path));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn files_are_short() {
    let wrong: Vec<String> = code()
        .iter()
        .map(|file| (&file.path, file.text.lines().count()))
        .filter(|(path, lines)| *lines > max_lines(path))
        .map(|(path, lines)| format!("{path}: {lines} lines, the limit is {}", max_lines(path)))
        .collect();
    assert_none(&wrong);
    let main = fs::read_to_string(root().join("src/main.rs")).expect("main.rs");
    assert!(main.lines().count() <= 40, "main.rs only hands over to the library");
}

fn max_lines(path: &str) -> usize {
    LONGER.iter().find(|(longer, _)| *longer == path).map_or(MAX_LINES, |(_, lines)| *lines)
}

#[test]
fn every_template_and_data_file_is_used() {
    let sources = sources();
    let data = files_under("src", "toml").into_iter().map(|path| {
        // A list of data files names each by its stem.
        let stem = path.rsplit('/').next().and_then(|name| name.strip_suffix(".toml"));
        let name = format!("\"{}\"", stem.expect("a name before its extension"));
        (path, name)
    });
    let templates = files_under("templates", "hbs").into_iter().map(|path| (path.clone(), path));
    let wrong: Vec<String> = templates
        .chain(data)
        .filter(|(_, name)| !sources.iter().any(|file| file.text.contains(name.as_str())))
        .map(|(path, _)| format!("{path}: no source file includes it"))
        .collect();
    assert_none(&wrong);
}

/// The modules that `lib.rs` declares, in its order, those for tests left out.
pub(crate) fn modules_in_order() -> Vec<String> {
    let text = fs::read_to_string(root().join("src/lib.rs")).expect("lib.rs");
    text.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(ToString::to_string)
        .collect()
}

/// Source files without those that only tests see.
fn code() -> Vec<SourceFile> {
    sources().into_iter().filter(|file| !file.is_test).collect()
}

/// The top-level module of a file: `aws` for `src/aws/arn.rs`, `main` for `src/main.rs`.
fn owner(file: &SourceFile) -> String {
    file.module
        .first()
        .cloned()
        .unwrap_or_else(|| if file.path == "src/main.rs" { "main" } else { "lib" }.into())
}

/// Whether a file or its top-level module is among those allowed.
fn may(file: &SourceFile, allowed: &[&str]) -> bool {
    allowed.contains(&owner(file).as_str()) || allowed.contains(&file.module.join("::").as_str())
}

#[track_caller]
pub(crate) fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_table_of_crates_has_each_once() {
    let mut seen = std::collections::BTreeSet::new();
    for (krate, _) in CRATES {
        assert!(seen.insert(krate), "{krate} stands twice in the table");
    }
}
