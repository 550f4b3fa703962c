//! Cargo manifests of the generated workspace.
//!
//! Input: the output crates and the texts of the program's manifests. Output: text for each `Cargo.toml`. Versions, features, git sources,
//! renames, profiles, patches and lints stay what they were; inheritance from the old workspace is resolved, and every dependency is
//! named once, in `[workspace.dependencies]`. Deliberately absent: choosing or updating versions.
//!
//! Source of the rules: the Cargo book, "Workspaces" and "Specifying Dependencies".

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

use super::whole;
use crate::split::{CrateKind, CrateSource, DependencyUse};

/// What one package of the program says of itself.
#[derive(Debug, Clone, Default)]
pub struct ManifestSource {
    /// Text of its `Cargo.toml`.
    pub package: String,
    /// Text of its workspace root's `Cargo.toml`, where there is a workspace.
    pub workspace: Option<String>,
    /// Whether that is another workspace than the program's: what is built and tested with the program has no part of it.
    pub is_apart: bool,
    /// Package features that are on.
    pub features: BTreeSet<String>,
}

/// Everything that manifests are made from.
#[derive(Debug, Clone, Copy)]
pub struct Manifests<'a> {
    /// The output crates, in the order of the members list.
    pub crates: &'a [CrateSource],
    /// By the index in `DependencyUse::package`; the first is the analysed package.
    pub sources: &'a [ManifestSource],
    /// Path dependencies that are kept whole: package name -> folder in the output.
    pub whole: &'a BTreeMap<String, String>,
    /// Names of packages that the output leads to, of which it may need patches; `None` where that is not known.
    pub reached: Option<&'a BTreeSet<String>>,
    /// Further dependencies that generated code needs: crate -> key -> TOML value.
    pub added: &'a BTreeMap<String, BTreeMap<String, String>>,
}

/// Path -> text of the root manifest, of every crate's, and of every package that is kept whole.
pub fn manifests(input: Manifests<'_>) -> Result<BTreeMap<String, String>> {
    let sources: Vec<Source> = input.sources.iter().map(Source::parse).collect::<Result<_>>()?;
    let Some(first) = sources.first() else { bail!("there is no manifest of the analysed package") };
    let mut hoisted: BTreeMap<String, InlineTable> = BTreeMap::new();
    for krate in input.crates.iter().filter(|krate| krate.kind == CrateKind::Library) {
        hoisted.insert(krate.name.clone(), entry([("path", krate.dir.as_str().into())]));
    }
    let mut texts = BTreeMap::new();
    let mut apart = BTreeSet::new();
    for krate in input.crates {
        let text = crate_manifest(krate, &input, &sources, &mut hoisted)
            .with_context(|| format!("cannot write the manifest of `{}`", krate.name))?;
        texts.insert(format!("{}/Cargo.toml", krate.dir), text);
    }
    for (source, parsed) in input.sources.iter().zip(&sources).skip(1) {
        let Some(name) = parsed.package_key("name") else { continue };
        if let Some(dir) = name.as_str().and_then(|name| input.whole.get(name)) {
            let text = whole::manifest(&source.package, source.workspace.as_deref(), dir, input.whole)?;
            texts.insert(format!("{dir}/Cargo.toml"), text);
            if source.is_apart {
                apart.insert(dir.as_str());
            }
        }
    }
    texts.insert("Cargo.toml".to_string(), root_manifest(&input, first, &hoisted, &apart));
    Ok(texts)
}

/// A dependency as it is to be written.
struct Found {
    /// The `[target.'cfg(..)']` that it stood under.
    target: Option<String>,
    entry: InlineTable,
}

/// A parsed package manifest.
struct Source {
    package: DocumentMut,
    workspace: Option<DocumentMut>,
    features: BTreeSet<String>,
}

impl Source {
    fn parse(source: &ManifestSource) -> Result<Self> {
        Ok(Self {
            package: source.package.parse().context("a Cargo.toml of the program does not parse")?,
            workspace: source
                .workspace
                .as_ref()
                .map(|text| text.parse().context("the workspace's Cargo.toml does not parse"))
                .transpose()?,
            features: source.features.clone(),
        })
    }

    /// A key of `[package]`, inherited where it says so.
    fn package_key(&self, key: &str) -> Option<Value> {
        let own = self.package.get("package")?.get(key)?;
        if inherits(own) {
            return self.workspace_table("package")?.get(key)?.as_value().map(plain);
        }
        own.as_value().map(plain)
    }

    fn workspace_table(&self, key: &str) -> Option<&Item> {
        let workspace = self.workspace.as_ref().unwrap_or(&self.package);
        workspace.get("workspace")?.get(key)
    }

    /// A top-level table that counts only in the root manifest, such as `profile`.
    fn root_table(&self, key: &str) -> Option<&Item> {
        self.workspace.as_ref().unwrap_or(&self.package).get(key)
    }

    /// Finds a dependency and resolves its inheritance and the features that are on for it.
    fn dependency(&self, key: &str, dev: bool) -> Option<Found> {
        let tables: &[&str] =
            if dev { &["dev-dependencies", "dependencies"] } else { &["dependencies", "dev-dependencies"] };
        self.found(tables, key)
    }

    /// The same in the first of these tables that has it.
    fn found(&self, tables: &[&str], key: &str) -> Option<Found> {
        tables.iter().find_map(|table| {
            let plain = self.package.get(table).and_then(|table| table.get(key)).map(|item| (None, item));
            let targets = self.package.get("target").and_then(Item::as_table_like);
            let (target, item) = plain.or_else(|| {
                targets?.iter().find_map(|(target, tables)| {
                    Some((Some(target.to_string()), tables.get(table)?.get(key)?))
                })
            })?;
            Some(Found { target, entry: self.resolved(key, item) })
        })
    }

    fn resolved(&self, key: &str, item: &Item) -> InlineTable {
        let own = as_entry(item);
        let mut resolved = own.clone();
        if inherits(item) {
            let base = self.workspace_table("dependencies").and_then(|table| table.get(key));
            resolved = base.map(as_entry).unwrap_or_default();
            for name in feature_names(&own) {
                add_feature(&mut resolved, &name);
            }
            // A member may turn default features on that the workspace has off, not the other way round.
            if own.get("default-features").and_then(Value::as_bool) == Some(true) {
                resolved.remove("default-features");
            }
        }
        // Code that is kept needs the dependency, and a workspace entry cannot be optional.
        resolved.remove("optional");
        for name in self.forwarded(key) {
            add_feature(&mut resolved, &name);
        }
        resolved
    }

    /// Features of a dependency that features of the package turn on: `key/name`, `key?/name`.
    fn forwarded(&self, key: &str) -> Vec<String> {
        let Some(table) = self.package.get("features").and_then(Item::as_table_like) else { return vec![] };
        let mut names = Vec::new();
        for feature in &self.features {
            let entries = table.get(feature).and_then(Item::as_array);
            for entry in entries.into_iter().flatten().filter_map(Value::as_str) {
                if let Some((dependency, name)) = entry.split_once('/')
                    && dependency.strip_suffix('?').unwrap_or(dependency) == key
                {
                    names.push(name.to_string());
                }
            }
        }
        names
    }
}

fn crate_manifest(
    krate: &CrateSource,
    input: &Manifests<'_>,
    sources: &[Source],
    hoisted: &mut BTreeMap<String, InlineTable>,
) -> Result<String> {
    let own = sources.get(krate.package).context("a crate is of no known package")?;
    let mut document = DocumentMut::new();
    let mut package = Table::new();
    package.insert("name", value(&krate.name));
    package.insert("version", Item::Value(own.package_key("version").unwrap_or_else(|| "0.1.0".into())));
    package.insert("edition", value(&krate.edition));
    for key in ["rust-version", "license", "authors"] {
        if let Some(found) = own.package_key(key) {
            package.insert(key, Item::Value(found));
        }
    }
    package.insert("publish", value(false));
    document.insert("package", Item::Table(package));
    if let Some(name) = &krate.lib
        && *name != krate.name.replace('-', "_")
    {
        let mut lib = Table::new();
        lib.insert("name", value(name));
        lib.insert("path", value("src/lib.rs"));
        document.insert("lib", Item::Table(lib));
    }
    if let CrateKind::Function { function, .. } = &krate.kind {
        let mut bin = Table::new();
        bin.insert("name", value(function));
        bin.insert("path", value("src/main.rs"));
        let mut bins = ArrayOfTables::new();
        bins.push(bin);
        document.insert("bin", Item::ArrayOfTables(bins));
    }
    if !krate.features.is_empty() {
        document.insert("features", Item::Table(features(krate, own)));
    }
    let mut tables = Tables::default();
    for used in sorted(&krate.dependencies) {
        let source =
            sources.get(used.package).with_context(|| format!("`{}` is of no known package", used.key))?;
        let found = source
            .dependency(&used.key, used.dev)
            .with_context(|| format!("`{}` is no dependency in the program's manifest", used.key))?;
        let entry = in_output(&used.key, found.entry, input)?;
        tables.add(used.dev, found.target, &used.key, member_entry(&used.key, entry, hoisted, &krate.dir));
    }
    for key in &krate.build_dependencies {
        let found = own
            .found(&["build-dependencies"], key)
            .with_context(|| format!("`{key}` is no build dependency in the program's manifest"))?;
        let entry = in_output(key, found.entry, input)?;
        tables.build.insert(key.clone(), member_entry(key, entry, hoisted, &krate.dir));
    }
    for (key, text) in input.added.get(&krate.name).into_iter().flatten() {
        let entry = as_entry(&Item::Value(text.parse().context("a further dependency is no TOML value")?));
        tables.add(false, None, key, member_entry(key, entry, hoisted, &krate.dir));
    }
    for local in &krate.local_dependencies {
        let (key, entry) = match &local.rename {
            None => (&local.name, inherited()),
            Some(rename) => {
                let dir = input
                    .crates
                    .iter()
                    .find(|other| other.name == local.name)
                    .map(|other| other.dir.as_str());
                let path = relative(&krate.dir, dir.unwrap_or(&local.name));
                (rename, entry([("package", local.name.as_str().into()), ("path", path.into())]))
            }
        };
        tables.add(false, None, key, entry);
    }
    tables.write(&mut document);
    if lints(own).is_some() && lints(&sources[0]).is_some() {
        let mut table = Table::new();
        table.insert("workspace", value(true));
        document.insert("lints", Item::Table(table));
    }
    Ok(document.to_string())
}

/// A folder of the output as seen from another one.
fn relative(from: &str, to: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[common..].iter().map(|_| "..");
    up.chain(to[common..].iter().copied()).collect::<Vec<_>>().join("/")
}

fn sorted(dependencies: &[DependencyUse]) -> BTreeSet<&DependencyUse> {
    // A dependency that the code needs anyway is not repeated for its tests.
    let normal: BTreeSet<&str> =
        dependencies.iter().filter(|used| !used.dev).map(|used| used.key.as_str()).collect();
    dependencies.iter().filter(|used| !used.dev || !normal.contains(used.key.as_str())).collect()
}

/// The features that kept code tests, with those on that were on. What they turned on in dependencies is written there.
fn features(krate: &CrateSource, own: &Source) -> Table {
    let mut table = Table::new();
    let mut on: Array =
        krate.features.iter().filter(|name| own.features.contains(*name) && *name != "default").collect();
    on.fmt();
    table.insert("default", value(on));
    for name in krate.features.iter().filter(|name| *name != "default") {
        table.insert(name, value(Array::new()));
    }
    table
}

/// The dependency with its path, if it has one, as seen from the output's root.
fn in_output(key: &str, mut entry: InlineTable, input: &Manifests<'_>) -> Result<InlineTable> {
    if entry.contains_key("path") {
        let package = entry.get("package").and_then(Value::as_str).unwrap_or(key).to_string();
        let Some(dir) = input.whole.get(&package) else {
            bail!("the local package `{package}` is used as a whole, but it was not copied");
        };
        entry.insert("path", dir.as_str().into());
    }
    Ok(entry)
}

/// `{ workspace = true }`, or the entry itself where another package uses the key for something else.
fn member_entry(
    key: &str,
    entry: InlineTable,
    hoisted: &mut BTreeMap<String, InlineTable>,
    dir: &str,
) -> InlineTable {
    let known = hoisted.entry(key.to_string()).or_insert_with(|| entry.clone());
    let sorted = |entry: &InlineTable| {
        entry
            .iter()
            .map(|(key, found)| (key.to_string(), found.to_string().trim().to_string()))
            .collect::<BTreeMap<_, _>>()
    };
    if sorted(known) == sorted(&entry) {
        return inherited();
    }
    let mut entry = entry;
    if let Some(path) = entry.get("path").and_then(Value::as_str) {
        let up = "../".repeat(dir.split('/').count());
        let path = format!("{up}{path}");
        entry.insert("path", path.into());
    }
    entry
}

/// The dependency tables of one manifest.
#[derive(Default)]
struct Tables {
    normal: BTreeMap<String, InlineTable>,
    dev: BTreeMap<String, InlineTable>,
    build: BTreeMap<String, InlineTable>,
    targets: BTreeMap<String, BTreeMap<String, InlineTable>>,
}

impl Tables {
    fn add(&mut self, dev: bool, target: Option<String>, key: &str, entry: InlineTable) {
        let table = match target {
            _ if dev => &mut self.dev,
            Some(target) => self.targets.entry(target).or_default(),
            None => &mut self.normal,
        };
        table.insert(key.to_string(), entry);
    }

    fn write(self, document: &mut DocumentMut) {
        for (name, entries) in [
            ("dependencies", self.normal),
            ("dev-dependencies", self.dev),
            ("build-dependencies", self.build),
        ] {
            if !entries.is_empty() {
                document.insert(name, Item::Table(dependency_table(entries)));
            }
        }
        if !self.targets.is_empty() {
            let mut targets = Table::new();
            targets.set_implicit(true);
            for (target, entries) in self.targets {
                let mut table = Table::new();
                table.set_implicit(true);
                table.insert("dependencies", Item::Table(dependency_table(entries)));
                targets.insert(&target, Item::Table(table));
            }
            document.insert("target", Item::Table(targets));
        }
    }
}

fn dependency_table(entries: BTreeMap<String, InlineTable>) -> Table {
    let mut table = Table::new();
    for (key, entry) in entries {
        if entry.len() == 1 && entry.get("workspace").is_some() {
            let mut dotted = Table::new();
            dotted.set_dotted(true);
            dotted.insert("workspace", value(true));
            table.insert(&key, Item::Table(dotted));
        } else {
            table.insert(&key, short(entry));
        }
    }
    table
}

/// `"1.0"` instead of `{ version = "1.0" }`.
fn short(mut entry: InlineTable) -> Item {
    if entry.len() == 1
        && let Some(version) = entry.get("version").map(plain)
    {
        return Item::Value(version);
    }
    entry.fmt();
    value(entry)
}

/// A table that only holds others.
fn implicit() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

/// Whether code says what is different in debug builds.
fn names_debug_assertions(input: &Manifests<'_>) -> bool {
    let mut texts = input.crates.iter().flat_map(|krate| krate.files.values());
    texts.any(|text| std::str::from_utf8(text).is_ok_and(|text| text.contains("debug_assertions")))
}

fn root_manifest(
    input: &Manifests<'_>,
    first: &Source,
    hoisted: &BTreeMap<String, InlineTable>,
    apart: &BTreeSet<&str>,
) -> String {
    let mut document = DocumentMut::new();
    let mut workspace = Table::new();
    workspace.insert("resolver", Item::Value(resolver(first)));
    let whole = input.whole.values().map(String::as_str).filter(|dir| !apart.contains(dir));
    let members = input.crates.iter().map(|krate| krate.dir.as_str()).chain(whole);
    workspace.insert("members", value(lines(members)));
    // Cargo would take a path below the root for a member.
    if !apart.is_empty() {
        workspace.insert("exclude", value(lines(apart.iter().copied())));
    }
    if !hoisted.is_empty() {
        workspace.insert("dependencies", Item::Table(dependency_table(hoisted.clone())));
    }
    if let Some(lints) = lints(first) {
        workspace.insert("lints", tidied(lints));
    }
    document.insert("workspace", Item::Table(workspace));
    if let Some(profile) = first.root_table("profile") {
        document.insert("profile", tidied(profile));
    }
    if names_debug_assertions(input) {
        // What is on in debug builds only was not split, and what names it would not compile there.
        let profiles = document.entry("profile").or_insert_with(implicit);
        profiles.as_table_like_mut().into_iter().for_each(|profiles| {
            let dev = profiles.entry("dev").or_insert_with(|| Item::Table(Table::new()));
            dev.as_table_like_mut().into_iter().for_each(|dev| {
                dev.insert("debug-assertions", value(false));
                if let Some(mut key) = dev.key_mut("debug-assertions") {
                    key.leaf_decor_mut()
                        .set_prefix("# What is on in debug builds only is not part of the split.\n");
                }
            });
        });
    }
    if let Some(mut patch) = first.root_table("patch").map(tidied) {
        patches(&mut patch, input);
        if patch.as_table_like().is_none_or(|table| !table.is_empty()) {
            document.insert("patch", patch);
        }
    }
    document.to_string()
}

/// A list with a line for each text.
fn lines<'a>(texts: impl Iterator<Item = &'a str>) -> Array {
    let mut array = Array::new();
    for text in texts {
        let mut line = Value::from(text);
        line.decor_mut().set_prefix("\n    ");
        array.push_formatted(line);
    }
    array.set_trailing("\n");
    array.set_trailing_comma(true);
    array
}

/// The `[lints]` of the analysed package, or its workspace's where it inherits them.
fn lints(first: &Source) -> Option<&Item> {
    let own = first.package.get("lints")?;
    if inherits(own) { first.workspace_table("lints") } else { Some(own) }
}

/// What Cargo would take: as written, or by the edition of the root package.
fn resolver(first: &Source) -> Value {
    let written = first.workspace_table("resolver").and_then(Item::as_value).map(plain);
    written.or_else(|| first.package_key("resolver")).unwrap_or_else(|| {
        let edition = first.package_key("edition");
        match edition.as_ref().and_then(Value::as_str) {
            Some("2024") => "3".into(),
            Some("2021") => "2".into(),
            _ => "1".into(),
        }
    })
}

/// Patches by path point to the folder in the output. Those of packages that it does not lead to, of which cargo would say so, are left out,
/// and one that could not be read.
fn patches(patch: &mut Item, input: &Manifests<'_>) {
    let Some(registries) = patch.as_table_like_mut() else { return };
    let mut empty = Vec::new();
    for (name, registry) in registries.iter_mut() {
        let Some(registry) = registry.as_table_like_mut() else { continue };
        let mut gone = Vec::new();
        for (key, item) in registry.iter_mut() {
            let package = item.get("package").and_then(Item::as_str).unwrap_or(key.get()).to_string();
            let is_reached = input.reached.is_none_or(|reached| reached.contains(&package));
            let krate = || input.crates.iter().find(|krate| krate.name == package).map(|krate| &krate.dir);
            let place = input.whole.get(&package).or_else(krate);
            match (item.as_table_like_mut().filter(|entry| entry.contains_key("path")), place) {
                (None, _) if is_reached => {}
                (Some(entry), Some(dir)) if is_reached => drop(entry.insert("path", value(dir))),
                _ => gone.push(key.get().to_string()),
            }
        }
        for key in gone {
            registry.remove(&key);
        }
        if registry.is_empty() {
            empty.push(name.get().to_string());
        }
    }
    for name in empty {
        registries.remove(&name);
    }
}

/// A table or value without the comments and blank lines around it.
fn tidied(item: &Item) -> Item {
    match item {
        Item::Table(table) => {
            let mut out = Table::new();
            out.set_implicit(table.iter().all(|(_, item)| item.is_table()));
            for (key, item) in table {
                out.insert(key, tidied(item));
            }
            Item::Table(out)
        }
        Item::Value(found) => Item::Value(plain(found)),
        other => other.clone(),
    }
}

pub(super) fn inherits(item: &Item) -> bool {
    item.get("workspace").and_then(Item::as_bool) == Some(true)
}

fn inherited() -> InlineTable {
    entry([("workspace", true.into())])
}

fn entry<const N: usize>(pairs: [(&str, Value); N]) -> InlineTable {
    pairs.into_iter().collect()
}

/// A dependency entry in its long form, without the formatting of its place.
pub(super) fn as_entry(item: &Item) -> InlineTable {
    if let Some(version) = item.as_str() {
        return entry([("version", version.into())]);
    }
    let mut out = InlineTable::new();
    for (key, item) in item.as_table_like().into_iter().flat_map(|table| table.iter()) {
        if let Ok(found) = item.clone().into_value() {
            out.insert(key, plain(&found));
        }
    }
    out
}

/// A value without comments and line breaks.
fn plain(found: &Value) -> Value {
    match found {
        Value::Array(array) => {
            let mut array: Array = array.iter().map(plain).collect();
            array.fmt();
            Value::Array(array)
        }
        Value::InlineTable(table) => {
            let mut table: InlineTable = table.iter().map(|(key, found)| (key, plain(found))).collect();
            table.fmt();
            Value::InlineTable(table)
        }
        other => {
            let mut other = other.clone();
            other.decor_mut().clear();
            other
        }
    }
}

pub(super) fn feature_names(entry: &InlineTable) -> Vec<String> {
    let names = entry.get("features").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_string).collect()
}

pub(super) fn add_feature(entry: &mut InlineTable, name: &str) {
    let mut names = feature_names(entry);
    if !names.iter().any(|known| known == name) {
        names.push(name.to_string());
        let mut array: Array = names.iter().collect();
        array.fmt();
        entry.insert("features", Value::Array(array));
    }
}

#[cfg(test)]
mod tests;
