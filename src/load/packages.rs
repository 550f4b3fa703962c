//! Manifests: the chosen package, its target, and the local packages that it depends on, each with the features that are on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cargo_toml::{Dependency as TomlDependency, DepsSet, Manifest};

use super::manifests::Manifests;
use super::path::normal;
use super::tree::TargetFile;
use super::{Dependency, DependencyKind, LoadError, Options, Package, PackageId, Workspace};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::stack::{beside, each_reached, free};

/// The packages of the program and which target of the first one is analysed.
pub(super) struct Packages {
    pub(super) all: Vec<Package>,
    /// Position in the first package's `bins`; `None` for its library.
    pub(super) bin: Option<usize>,
    pub(super) workspace: Option<Workspace>,
}

/// The packages of a program by its manifest, which may be that of a workspace.
pub(super) fn read(
    manifest: &Path,
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Result<Packages, LoadError> {
    let read = Manifests::default();
    let manifest_path = choose_member(manifest, options, &read)?;
    let (manifest, text) = read.complete(&manifest_path)?;
    let root_dir = parent(&manifest_path);

    let mut all = vec![package(&manifest, text, &root_dir)?];
    check_features(&manifest, options)?;
    let chosen = chosen_features(&manifest, options);
    all[0].features = closure(&manifest, chosen);
    let bin = choose_bin(&manifest, &all[0], options)?;

    let (mut ahead, workspace) =
        beside(|| read_ahead(&manifest, &all[0], &read), || read.workspace_around(&root_dir));
    let mut known: BTreeMap<PathBuf, PackageId> = BTreeMap::from([(root_dir.clone(), 0)]);
    let mut manifests = vec![manifest];
    let mut queue = VecDeque::from([0]);
    while let Some(id) = queue.pop_front() {
        for at in 0..all[id].dependencies.len() {
            let Some(path) = local_path(&manifests[id], &all[id], at) else { continue };
            if all[id].dependencies[at].kind == DependencyKind::Dev || !is_on(&all[id], at) {
                continue;
            }
            let dir = normal(&all[id].dir.join(&path));
            let is_new = !known.contains_key(&dir);
            let local = if let Some(&local) = known.get(&dir) {
                local
            } else {
                match ahead.remove(&dir).unwrap_or_else(|| read_local(&dir, &read)) {
                    Ok((manifest, package)) => {
                        all.push(package);
                        manifests.push(manifest);
                        known.insert(dir, all.len() - 1);
                        all.len() - 1
                    }
                    Err(error) => {
                        let key = &all[id].dependencies[at].key;
                        diagnostics.push(Diagnostic::new(
                            Code::DEPENDENCY_NOT_READ,
                            format!("the local dependency `{key}` was left out: {error}"),
                        ));
                        continue;
                    }
                }
            };
            all[id].dependencies[at].local = Some(local);
            let dependency = all[id].dependencies[at].clone();
            let mut wanted: BTreeSet<String> = dependency.features.into_iter().collect();
            if dependency.default_features {
                wanted.insert("default".to_string());
            }
            wanted.extend(forwarded(&manifests[id], &all[id].features, &all[id].dependencies[at].key));
            let before = all[local].features.len();
            all[local].features.extend(closure(&manifests[local], wanted));
            // Features only grow, so this ends; a package is looked at again when more of them are on.
            if is_new || all[local].features.len() > before {
                queue.push_back(local);
            }
        }
    }
    free((manifests, read));
    Ok(Packages { all, bin, workspace })
}

pub(super) type Local = Result<(Manifest, Package), LoadError>;

/// The local packages to which a package may lead, by folder: whatever features are on, so that they can be read on all cores.
fn read_ahead(manifest: &Manifest, package: &Package, manifests: &Manifests) -> BTreeMap<PathBuf, Local> {
    let reached: Mutex<BTreeSet<PathBuf>> = Mutex::default();
    let new = |mut dirs: Vec<PathBuf>| {
        dirs.retain(|dir| reached.lock().unwrap_or_else(PoisonError::into_inner).insert(dir.clone()));
        dirs
    };
    let one = |dir: PathBuf| {
        let local = read_local(&dir, manifests);
        let next = local.as_ref().map(|(manifest, package)| new(local_dirs(manifest, package)));
        let next = next.unwrap_or_default();
        ((dir, local), next)
    };
    each_reached(new(local_dirs(manifest, package)), one).into_iter().collect()
}

/// Folders of a package's local dependencies.
pub(super) fn local_dirs(manifest: &Manifest, package: &Package) -> Vec<PathBuf> {
    let is_built = |at: &usize| package.dependencies[*at].kind != DependencyKind::Dev;
    let paths =
        (0..package.dependencies.len()).filter(is_built).filter_map(|at| local_path(manifest, package, at));
    paths.map(|path| normal(&package.dir.join(path))).collect()
}

pub(super) fn read_local(dir: &Path, manifests: &Manifests) -> Local {
    let (manifest, text) = manifests.complete(&dir.join("Cargo.toml"))?;
    let package = package(&manifest, text, dir)?;
    Ok((manifest, package))
}

/// The manifest named by the options, or the nearest one from the current folder upwards.
pub(super) fn find_manifest(options: &Options) -> Result<PathBuf, LoadError> {
    let no_manifest = |path: &Path| LoadError::NoManifest { path: path.to_path_buf() };
    if let Some(path) = &options.manifest_path {
        let path = if path.is_dir() { path.join("Cargo.toml") } else { path.clone() };
        return path.canonicalize().map_err(|_| no_manifest(&path));
    }
    let here = std::env::current_dir().map_err(|_| no_manifest(Path::new(".")))?;
    here.ancestors()
        .map(|dir| dir.join("Cargo.toml"))
        .find(|path| path.is_file())
        .ok_or_else(|| no_manifest(&here.join("Cargo.toml")))
}

/// For a workspace root: the member that `-p` names, or the root's own package.
fn choose_member(manifest_path: &Path, options: &Options, read: &Manifests) -> Result<PathBuf, LoadError> {
    let written = read.written(manifest_path)?;
    let (manifest, _) = &*written;
    let own = manifest.package.as_ref().map(|package| package.name.clone());
    if own.is_some() && (options.package.is_none() || options.package == own) {
        return Ok(manifest_path.to_path_buf());
    }
    let (root, workspace) = match &manifest.workspace {
        Some(workspace) => (parent(manifest_path), workspace.clone()),
        None => {
            let found = read.workspace_around(&parent(manifest_path)).and_then(|found| {
                let root = read.written(&found.dir.join("Cargo.toml")).ok()?;
                Some((found.dir, root.0.workspace.clone()?))
            });
            found.ok_or_else(|| LoadError::NoSuchPackage {
                name: options.package.clone().unwrap_or_default(),
                members: own.clone().into_iter().collect(),
            })?
        }
    };
    let mut members: Vec<(String, PathBuf)> = Vec::new();
    for pattern in &workspace.members {
        for dir in expand(&root, pattern) {
            let path = dir.join("Cargo.toml");
            let member = read.written(&path).ok();
            if let Some(package) = member.as_ref().and_then(|member| member.0.package.as_ref()) {
                members.push((package.name.clone(), path));
            }
        }
    }
    members.sort();
    let names = || members.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    match &options.package {
        Some(name) => members
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, path)| path.clone())
            .ok_or_else(|| LoadError::NoSuchPackage { name: name.clone(), members: names() }),
        None => match members.as_slice() {
            [(_, only)] => Ok(only.clone()),
            _ => Err(LoadError::VirtualWorkspace { path: manifest_path.to_path_buf(), members: names() }),
        },
    }
}

/// Folders that a `members` pattern names: `*` stands for one folder name, or a part of it.
fn expand(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut dirs = vec![root.to_path_buf()];
    for part in pattern.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if !part.contains('*') {
            dirs.iter_mut().for_each(|dir| dir.push(part));
            continue;
        }
        let (before, after) = part.split_once('*').expect("the part holds a star");
        let mut next = Vec::new();
        for dir in dirs {
            let entries = std::fs::read_dir(&dir).into_iter().flatten().flatten();
            for entry in entries.filter(|entry| entry.path().is_dir()) {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.len() >= before.len() + after.len()
                    && name.starts_with(before)
                    && name.ends_with(after)
                {
                    next.push(entry.path());
                }
            }
        }
        next.sort();
        dirs = next;
    }
    dirs.into_iter().map(|dir| normal(&dir)).collect()
}

fn package(manifest: &Manifest, text: String, dir: &Path) -> Result<Package, LoadError> {
    let no_target = || LoadError::NoTarget { path: dir.join("Cargo.toml") };
    let package = manifest.package.as_ref().ok_or_else(no_target)?;
    let version = package.version.get().map_or_else(|_| "0.0.0".to_string(), ToString::to_string);
    let edition = package.edition.get().map_or(2015, |edition| *edition as u32);
    let lib = manifest.lib.as_ref().and_then(|lib| {
        let name = lib.name.clone().unwrap_or_else(|| package.name.clone()).replace('-', "_");
        let path = lib.path.clone().unwrap_or_else(|| "src/lib.rs".to_string());
        dir.join(&path).is_file().then_some(TargetFile { name, path })
    });
    let bins = manifest
        .bin
        .iter()
        .map(|bin| {
            let name = bin.name.clone().unwrap_or_else(|| package.name.clone());
            let path = bin.path.clone().unwrap_or_else(|| default_bin_path(dir, &name, &package.name));
            TargetFile { name, path }
        })
        .collect();
    let build_script = match &package.build {
        Some(cargo_toml::OptionalFile::Path(path)) => Some(path.to_string_lossy().into_owned()),
        Some(cargo_toml::OptionalFile::Flag(false)) => None,
        _ => dir.join("build.rs").is_file().then(|| "build.rs".to_string()),
    };
    let mut dependencies = dependencies(&manifest.dependencies, DependencyKind::Normal);
    for (target, tables) in &manifest.target {
        let inside = target.strip_prefix("cfg(").and_then(|rest| rest.strip_suffix(')'));
        let attr = inside.map(|inside| crate::syntax::Attr {
            path: "cfg".into(),
            args: format!("({inside})"),
            span: crate::span::Span::default(),
        });
        let off = attr
            .is_some_and(|attr| super::cfg::verdict(&[attr], &BTreeSet::new()) == super::cfg::Verdict::Off);
        if !off {
            dependencies.extend(self::dependencies(&tables.dependencies, DependencyKind::Normal));
        }
    }
    dependencies.extend(self::dependencies(&manifest.build_dependencies, DependencyKind::Build));
    dependencies.extend(self::dependencies(&manifest.dev_dependencies, DependencyKind::Dev));
    Ok(Package {
        name: package.name.clone(),
        version,
        edition: edition.to_string(),
        dir: dir.to_path_buf(),
        manifest_text: text,
        features: BTreeSet::new(),
        dependencies,
        lib,
        bins,
        build_script,
    })
}

fn default_bin_path(dir: &Path, name: &str, package: &str) -> String {
    let candidates = [format!("src/bin/{name}.rs"), format!("src/bin/{name}/main.rs")];
    candidates
        .into_iter()
        .find(|path| dir.join(path).is_file() && name != package)
        .unwrap_or_else(|| "src/main.rs".to_string())
}

fn dependencies(set: &DepsSet, kind: DependencyKind) -> Vec<Dependency> {
    set.iter()
        .map(|(key, dependency)| {
            let detail = dependency.detail();
            Dependency {
                key: key.clone(),
                package: dependency.package().unwrap_or(key).to_string(),
                kind,
                optional: dependency.optional(),
                features: dependency.req_features().to_vec(),
                default_features: detail.is_none_or(|detail| detail.default_features),
                version: dependency.try_req().ok().map(ToString::to_string),
                by_path: detail.is_some_and(|detail| detail.path.is_some()),
                local: None,
            }
        })
        .collect()
}

/// The `path` of a dependency, from the package's folder. Paths inherited from the workspace are already made relative by the reader.
fn local_path(manifest: &Manifest, package: &Package, at: usize) -> Option<String> {
    let dependency = &package.dependencies[at];
    let find = |set: &DepsSet| match set.get(&dependency.key) {
        Some(TomlDependency::Detailed(detail)) => detail.path.clone(),
        _ => None,
    };
    match dependency.kind {
        DependencyKind::Normal => find(&manifest.dependencies)
            .or_else(|| manifest.target.values().find_map(|tables| find(&tables.dependencies))),
        DependencyKind::Build => None,
        DependencyKind::Dev => find(&manifest.dev_dependencies),
    }
}

/// Whether an optional dependency is switched on by a feature.
fn is_on(package: &Package, at: usize) -> bool {
    let dependency = &package.dependencies[at];
    !dependency.optional
        || package.features.contains(&dependency.key)
        || package.features.contains(&format!("dep:{}", dependency.key))
}

fn check_features(manifest: &Manifest, options: &Options) -> Result<(), LoadError> {
    let optional = |name: &str| manifest.dependencies.get(name).is_some_and(TomlDependency::optional);
    for name in
        options.features.iter().flat_map(|list| list.split([',', ' '])).filter(|name| !name.is_empty())
    {
        if !manifest.features.contains_key(name)
            && !optional(name)
            && name != "default"
            && !name.contains('/')
        {
            let features = manifest.features.keys().cloned().collect();
            return Err(LoadError::NoSuchFeature { name: name.to_string(), features });
        }
    }
    Ok(())
}

fn chosen_features(manifest: &Manifest, options: &Options) -> BTreeSet<String> {
    if options.all_features {
        let optional =
            manifest.dependencies.iter().filter(|(_, dependency)| dependency.optional()).map(|(key, _)| key);
        return manifest.features.keys().chain(optional).cloned().collect();
    }
    let mut chosen: BTreeSet<String> = options
        .features
        .iter()
        .flat_map(|list| list.split([',', ' ']))
        .filter(|name| !name.is_empty())
        .map(str::to_string)
        .collect();
    if !options.no_default_features {
        chosen.insert("default".to_string());
    }
    chosen
}

/// Everything that the chosen features switch on, transitively; `dep:x` and `x/y` entries stay in the set as they are.
fn closure(manifest: &Manifest, chosen: BTreeSet<String>) -> BTreeSet<String> {
    let mut on = BTreeSet::new();
    let mut queue: Vec<String> = chosen.into_iter().collect();
    while let Some(name) = queue.pop() {
        if !on.insert(name.clone()) {
            continue;
        }
        if let Some((dependency, _)) = name.split_once('/')
            && !dependency.ends_with('?')
        {
            queue.push(dependency.to_string());
        }
        queue.extend(manifest.features.get(&name).into_iter().flatten().cloned());
    }
    on
}

/// Features that the package's own features forward to a dependency (`dep/feature`).
fn forwarded(manifest: &Manifest, on: &BTreeSet<String>, key: &str) -> Vec<String> {
    let lists = on.iter().filter_map(|feature| manifest.features.get(feature)).flatten();
    lists
        .chain(on.iter())
        .filter_map(|entry| {
            let (dependency, feature) = entry.split_once('/')?;
            (dependency.trim_end_matches('?') == key).then(|| feature.to_string())
        })
        .collect()
}

fn choose_bin(manifest: &Manifest, package: &Package, options: &Options) -> Result<Option<usize>, LoadError> {
    let names = || package.bins.iter().map(|bin| bin.name.clone()).collect::<Vec<_>>();
    if let Some(name) = &options.bin {
        let at = package.bins.iter().position(|bin| &bin.name == name);
        return at.map(Some).ok_or_else(|| LoadError::NoSuchBin { name: name.clone(), bins: names() });
    }
    let default_run = manifest.package.as_ref().and_then(|package| package.default_run.as_ref());
    match package.bins.len() {
        0 if package.lib.is_some() => Ok(None),
        0 => Err(LoadError::NoTarget { path: package.dir.join("Cargo.toml") }),
        1 => Ok(Some(0)),
        _ => match default_run.and_then(|run| package.bins.iter().position(|bin| &bin.name == run)) {
            Some(at) => Ok(Some(at)),
            None => Err(LoadError::SeveralBins { bins: names() }),
        },
    }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}
