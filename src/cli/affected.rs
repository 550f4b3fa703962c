//! Which functions a change affects: what a deployment has to build anew.
//!
//! Input: the analysis of two states. Output: the functions whose crate, with all crates of the program that it is built from, or whose role,
//! routes or settings differ. Both are split as `generate` splits them, so this is no guess by file names. Of the lock file counts what its
//! dependencies lead to; the toolchain counts for every function. Deliberately absent: which features of a dependency are on.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::pipeline::{self, Analysis};
use super::taken::package_names;
use crate::aws::FunctionModel;
use crate::diagnostic::Diagnostics;
use crate::digest::hex;
use crate::load::{self, PackageId, assets};
use crate::render::lock::Locked;
use crate::report::plain;
use crate::split::{CrateKind, CrateSource, SplitProgram};
use crate::words::count;

/// Files that decide how every function is built.
const BUILD_FILES: &[&str] = &["rust-toolchain.toml", "rust-toolchain", ".cargo/config.toml"];

/// What a function is made of, as hashes: equal where nothing changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Print {
    service: String,
    parts: BTreeMap<&'static str, String>,
}

/// All functions of one state, by name.
pub(super) struct Prints(BTreeMap<String, Print>);

/// A function that has to be deployed again.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Affected {
    function: String,
    service: String,
    /// `new`, `gone`, or what changed: `code`, `dependencies`, `permissions`, `routes`, `settings`.
    because: Vec<&'static str>,
}

impl Prints {
    /// Splits the program, and takes the hashes.
    ///
    /// # Errors
    /// Where a file that is taken over cannot be read.
    pub(super) fn of(analysis: &Analysis) -> anyhow::Result<Self> {
        let mut diagnostics = Diagnostics::default();
        let (split, template) = pipeline::divided(analysis, &analysis.plan.plan, &mut diagnostics);
        let mut tools = assets::tool_files(&analysis.program.tree)?;
        let lock = tools.remove("Cargo.lock");
        let lock = lock.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let locked = Locked::parse(&lock);
        tools.retain(|name, _| BUILD_FILES.contains(&name.as_str()));
        let tools = hash(&tools);
        let patched: Vec<(String, String)> = load::patched(&analysis.program.tree, &mut diagnostics)
            .into_iter()
            .map(|package| Ok((package.name.clone(), hash(&assets::package_files(&package)?))))
            .collect::<anyhow::Result<_>>()?;
        let print = |model: &FunctionModel| {
            let crates = closure(&split, &model.name);
            let (packages, whole) = whole(analysis, &split, &crates)?;
            let names = package_names(&analysis.program, &split, &crates, &packages, false);
            let below = match &locked {
                Some(locked) => format!("{:?}", locked.below(&names)),
                None => lock.to_string(),
            };
            let reached = locked.as_ref().map(|locked| locked.reached(&names));
            let is_reached = |name: &str| reached.as_ref().is_none_or(|reached| reached.contains(name));
            let patched: Vec<_> = patched.iter().filter(|(name, _)| is_reached(name)).collect();
            let dependencies: BTreeSet<String> =
                crates.iter().flat_map(|krate| dependencies(analysis, krate)).collect();
            let code: Vec<_> = crates
                .iter()
                .map(|krate| (&krate.dir, &krate.edition, &krate.features, hash(&krate.files)))
                .collect();
            let statements = model.managed.iter().map(|managed| &managed.policy).chain([&model.policy]);
            let permissions: Vec<_> = statements
                .flat_map(|policy| &policy.statements)
                .map(|statement| (&statement.actions, &statement.resources, &statement.conditions))
                .collect();
            let grants: Vec<_> = model.grants.all.iter().map(|grant| format!("{grant:?}")).collect();
            let settings = (
                model.memory.unwrap_or(template.memory),
                model.timeout.unwrap_or(template.timeout),
                template.architecture,
                &model.environment,
                &model.database_user,
            );
            let parts = [
                ("code", hex(format!("{code:?}{whole:?}").as_bytes())),
                ("dependencies", hex(format!("{dependencies:?}{below}{patched:?}{tools}").as_bytes())),
                ("permissions", hex(format!("{permissions:?}{grants:?}").as_bytes())),
                ("routes", hex(format!("{:?}{:?}", model.keys, model.routes).as_bytes())),
                ("settings", hex(format!("{settings:?}").as_bytes())),
            ];
            Ok((model.name.clone(), Print { service: model.service.clone(), parts: parts.into() }))
        };
        Ok(Self(template.functions.iter().map(print).collect::<anyhow::Result<_>>()?))
    }

    /// What has to be deployed again to get from here to there.
    pub(super) fn affected(&self, after: &Prints) -> Vec<Affected> {
        let names: BTreeSet<&String> = self.0.keys().chain(after.0.keys()).collect();
        let mut found = Vec::new();
        for name in names {
            let (service, because) = match (self.0.get(name), after.0.get(name)) {
                (None, Some(new)) => (&new.service, vec!["new"]),
                (Some(old), None) => (&old.service, vec!["gone"]),
                (Some(old), Some(new)) => {
                    let differs = |(what, hash): (&&'static str, &String)| {
                        (old.parts.get(*what) != Some(hash)).then_some(*what)
                    };
                    (&new.service, new.parts.iter().filter_map(differs).collect())
                }
                (None, None) => continue,
            };
            if !because.is_empty() {
                found.push(Affected { function: name.clone(), service: service.clone(), because });
            }
        }
        found
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The functions with what changed, one a line, and how many they are.
pub(super) fn text(affected: &[Affected], all: usize) -> String {
    let width = affected.iter().map(|one| one.function.chars().count()).max().unwrap_or(0);
    let line = |one: &Affected| format!("{:<width$}  {}\n", plain(&one.function), one.because.join(", "));
    let lines: String = affected.iter().map(line).collect();
    format!("{lines}{} of {} affected.\n", affected.len(), count(all, "function"))
}

/// The same for programs.
pub(super) fn json(affected: &[Affected]) -> String {
    let mut text = serde_json::to_string_pretty(affected).expect("text can be written as JSON");
    text.push('\n');
    text
}

/// The crates that a function's binary is built from, its own first.
fn closure<'a>(split: &'a SplitProgram, function: &str) -> Vec<&'a CrateSource> {
    let by_name = |name: &str| split.crates.iter().find(|krate| krate.name == name);
    let own = split
        .crates
        .iter()
        .find(|krate| matches!(&krate.kind, CrateKind::Function { function: own, .. } if own == function));
    let mut found: Vec<&CrateSource> = own.into_iter().collect();
    let mut at = 0;
    while at < found.len() {
        for used in &found[at].local_dependencies {
            if let Some(krate) = by_name(&used.name)
                && !found.iter().any(|known| std::ptr::eq(*known, krate))
            {
                found.push(krate);
            }
        }
        at += 1;
    }
    found
}

/// Local packages that are copied as they are and that the crates lead to; names and hashes of their files.
fn whole(
    analysis: &Analysis,
    split: &SplitProgram,
    crates: &[&CrateSource],
) -> anyhow::Result<(Vec<PackageId>, BTreeMap<String, String>)> {
    let packages = &analysis.program.tree.packages;
    let direct = crates.iter().flat_map(|krate| &krate.dependencies);
    let mut queue: Vec<usize> = direct
        .filter_map(|used| packages[used.package].dependencies.iter().find(|one| one.key == used.key)?.local)
        .collect();
    let (mut found, mut hashes) = (Vec::new(), BTreeMap::new());
    while let Some(at) = queue.pop() {
        let package = &packages[at];
        if split.whole.contains(&at) && !found.contains(&at) {
            found.push(at);
            hashes.insert(package.name.clone(), hash(&assets::package_files(package)?));
            queue.extend(package.dependencies.iter().filter_map(|one| one.local));
        }
    }
    Ok((found, hashes))
}

/// The entries of the manifests that a crate's dependencies are.
fn dependencies(analysis: &Analysis, krate: &CrateSource) -> Vec<String> {
    let packages = &analysis.program.tree.packages;
    let used = krate.dependencies.iter().filter(|used| !used.dev);
    let entries =
        used.filter_map(|used| packages[used.package].dependencies.iter().find(|one| one.key == used.key));
    entries.map(|entry| format!("{entry:?}")).chain(krate.build_dependencies.iter().cloned()).collect()
}

/// A hash of files by path.
fn hash(files: &BTreeMap<String, Vec<u8>>) -> String {
    let lines: Vec<String> =
        files.iter().map(|(path, content)| format!("{path:?} {}", hex(content))).collect();
    hex(lines.join("\n").as_bytes())
}
