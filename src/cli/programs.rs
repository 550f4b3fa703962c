//! Programs that run here: what cargo builds of a workspace or a package, or what lies in a folder.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::args::InputArgs;
use super::failure::Failure;
use super::pipeline::Analysis;
use crate::load::KrateKind;

/// What cargo builds of a generated workspace.
const OF_WORKSPACE: [&str; 2] = ["--workspace", "--bins"];

/// Where the programs of functions are.
pub(super) enum Programs {
    In(PathBuf),
    /// By name.
    Built(BTreeMap<String, PathBuf>),
}

impl Programs {
    pub(super) fn of(&self, name: &str) -> anyhow::Result<PathBuf> {
        match self {
            Self::In(dir) => {
                let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
                // As cargo lays them out, and as cargo-lambda does.
                let places = [dir.join(file), dir.join(name).join("bootstrap")];
                let found = places.iter().find(|place| place.is_file());
                let found = found.with_context(|| format!("no program `{name}` in `{}`", dir.display()))?;
                Ok(found.canonicalize()?)
            }
            Self::Built(programs) => {
                programs.get(name).cloned().with_context(|| format!("cargo builds no program `{name}`"))
            }
        }
    }
}

/// Builds a generated workspace; the programs by name.
pub(super) fn workspace(folder: &Path) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    build(folder, &OF_WORKSPACE.map(OsString::from), "the workspace")
}

/// What builds a generated workspace in its folder.
pub(super) fn command_for_workspace() -> Vec<OsString> {
    let arguments = OF_WORKSPACE.map(OsString::from);
    [cargo(), "build".into()].into_iter().chain(arguments).collect()
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Builds the analysed program, and gives the place of its binary. What is built lies in the target folder of the generated workspace,
/// which has the same dependencies; the program's own folder stays as it is.
pub(super) fn program(input: &InputArgs, analysis: &Analysis, workspace: &Path) -> anyhow::Result<PathBuf> {
    let tree = &analysis.program.tree;
    let package = tree.packages.first().context("there is no package")?;
    let binary = tree.krates.iter().find(|krate| krate.kind == KrateKind::Bin);
    let Some(binary) = binary.map(|krate| krate.name.to_string()) else {
        let message = "the package has no binary to run; --monolith gives a program";
        return Err(Failure::input(message).into());
    };
    let is_binary = |name: &str| name.replace('-', "_") == binary.replace('-', "_");
    let name = package.bin_names().find(|name| is_binary(name)).unwrap_or(&binary).to_string();
    let mut arguments: Vec<OsString> = vec!["--locked".into(), "--bin".into(), name.clone().into()];
    if std::env::var_os("CARGO_TARGET_DIR").is_none() {
        arguments.extend(["--target-dir".into(), workspace.join("target").into_os_string()]);
    }
    let features: Vec<&str> = input.features.iter().map(String::as_str).collect();
    if !features.is_empty() {
        arguments.extend(["--features".into(), features.join(",").into()]);
    }
    arguments.extend(input.all_features.then(|| "--all-features".into()));
    arguments.extend(input.no_default_features.then(|| "--no-default-features".into()));
    let built = build(&package.dir, &arguments, "the program in")?;
    built.get(&name).cloned().with_context(|| format!("cargo builds no program `{name}`"))
}

/// Runs `cargo build` in a folder; the programs by name.
fn build(folder: &Path, arguments: &[OsString], what: &str) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let cargo = cargo();
    let output = Command::new(&cargo)
        .args(["build", "--message-format=json-render-diagnostics"])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run `{}`", cargo.display()))?;
    if !output.status.success() {
        return Err(Failure::input(format!("{what} `{}` does not build", folder.display())).into());
    }
    let messages = output.stdout.split(|byte| *byte == b'\n');
    let messages = messages.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    let programs = messages.filter_map(|message| {
        let name = message.pointer("/target/name")?.as_str()?.to_string();
        Some((name, PathBuf::from(message.get("executable")?.as_str()?)))
    });
    Ok(programs.collect())
}
