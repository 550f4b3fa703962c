//! What was read: packages, crates, modules and files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::Sources;
use super::path::normal;
use super::texts::Texts;
use crate::span::{Location, SourceId};
use crate::syntax::{FileFacts, Item, Name};

/// Number of a package in `SourceTree::packages`; 0 is the analysed one.
pub type PackageId = usize;

/// Number of a crate in `SourceTree::krates`; 0 is the analysed target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KrateId(pub u32);

/// Number of a module in `SourceTree::modules`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(pub u32);

/// The program as read: nothing is resolved yet.
#[derive(Debug, Default)]
pub struct SourceTree {
    pub sources: Sources,
    /// By `SourceId`.
    pub facts: Vec<FileFacts>,
    pub packages: Vec<Package>,
    pub krates: Vec<Krate>,
    /// Parents before children.
    pub modules: Vec<Module>,
    pub workspace: Option<Workspace>,
    /// Files beside the sources that were read so far.
    pub(super) texts: Texts,
    /// Files that `include!` names: by the file of the call, and the path as written.
    pub(super) included: BTreeMap<(SourceId, String), SourceId>,
}

/// The cargo workspace around the analysed package.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub dir: PathBuf,
    pub manifest_text: String,
}

/// A package of the program: the analysed one or a local path dependency.
#[derive(Debug, Clone)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// `2015`, `2018`, `2021` or `2024`.
    pub edition: String,
    pub dir: PathBuf,
    pub manifest_text: String,
    /// Features that are on.
    pub features: BTreeSet<String>,
    /// Normal, build and development dependencies, sorted by kind and key.
    pub dependencies: Vec<Dependency>,
    pub(super) lib: Option<TargetFile>,
    pub(super) bins: Vec<TargetFile>,
    /// A build script, relative to `dir`.
    pub build_script: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct TargetFile {
    /// Code name for a library (`my_crate`), binary name otherwise.
    pub(super) name: String,
    /// Relative to the package.
    pub(super) path: String,
}

impl Package {
    /// Name of the library in code, where there is one.
    pub fn lib_name(&self) -> Option<&str> {
        self.lib.as_ref().map(|lib| lib.name.as_str())
    }

    /// Path of the library's root file from the package's folder.
    pub fn lib_path(&self) -> Option<&str> {
        self.lib.as_ref().map(|lib| lib.path.as_str())
    }

    /// Names of its binaries.
    pub fn bin_names(&self) -> impl Iterator<Item = &str> {
        self.bins.iter().map(|bin| bin.name.as_str())
    }

    /// Whether a key stands among the development dependencies alone.
    pub fn is_for_tests(&self, key: &str) -> bool {
        let mut all = self.dependencies.iter().filter(|dependency| dependency.key == key).peekable();
        all.peek().is_some() && all.all(|dependency| dependency.kind == DependencyKind::Dev)
    }

    /// The dependency whose crate is called so in code.
    pub fn dependency(&self, code_name: &str) -> Option<&Dependency> {
        self.dependencies.iter().find(|dependency| dependency.is_called(code_name))
    }
}

/// One entry of a dependency table.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// Key in the table.
    pub key: String,
    /// Name of the package, which differs from the key where it is renamed.
    pub package: String,
    pub kind: DependencyKind,
    pub optional: bool,
    pub features: Vec<String>,
    pub default_features: bool,
    /// Version requirement as written, for example `0.8.1`.
    pub version: Option<String>,
    /// Whether it is a folder beside the package.
    pub by_path: bool,
    /// The package of the program, for local path dependencies; none for those that only tests need.
    pub local: Option<PackageId>,
}

impl Dependency {
    /// Whether the crate has that name in code.
    pub fn is_called(&self, code_name: &str) -> bool {
        let key = self.key.bytes().map(|byte| if byte == b'-' { b'_' } else { byte });
        key.eq(code_name.bytes())
    }

    /// Name of the crate in code: the key with `_` for `-`.
    pub fn code_name(&self) -> String {
        self.key.replace('-', "_")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DependencyKind {
    Normal,
    Build,
    Dev,
}

/// A crate: one target of a package.
#[derive(Debug, Clone)]
pub struct Krate {
    pub package: PackageId,
    /// Name in code.
    pub name: Name,
    pub kind: KrateKind,
    pub root: ModuleId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KrateKind {
    Bin,
    Lib,
}

/// A module: a file, or an inline `mod name { .. }`.
#[derive(Debug, Clone)]
pub struct Module {
    pub krate: KrateId,
    pub parent: Option<ModuleId>,
    /// Empty for a crate root.
    pub name: Name,
    pub source: SourceId,
    /// Items that are on for the chosen features and target.
    pub items: Arc<[Arc<Item>]>,
    /// Items behind `cfg(test)`.
    pub test_items: Arc<[Arc<Item>]>,
    /// The `mod` item in the parent; `None` for a crate root.
    pub declaration: Option<Location>,
    /// Whether the module stands inside its parent's file.
    pub inline: bool,
    pub children: Vec<ModuleId>,
}

impl SourceTree {
    /// The dependencies of all packages of the program.
    pub fn dependencies(&self) -> impl Iterator<Item = &Dependency> {
        self.packages.iter().flat_map(|package| &package.dependencies)
    }

    /// Path of a source file from the folder of a package, with `/`.
    pub fn path_in(&self, package: &Package, source: SourceId) -> String {
        let shown = &self.sources.get(source).path;
        let Some(first) = self.packages.first().filter(|first| first.dir != package.dir) else {
            return shown.clone();
        };
        let path = normal(&first.dir.join(shown));
        let relative = pathdiff::diff_paths(&path, &package.dir).unwrap_or(path);
        relative.to_string_lossy().replace('\\', "/")
    }

    pub fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.0 as usize]
    }

    pub fn krate(&self, id: KrateId) -> &Krate {
        &self.krates[id.0 as usize]
    }

    pub fn facts(&self, source: SourceId) -> &FileFacts {
        &self.facts[source.0 as usize]
    }

    /// The package that holds a module.
    pub fn package_of(&self, module: ModuleId) -> &Package {
        &self.packages[self.krate(self.module(module).krate).package]
    }

    /// `shop::handlers::users`: the crate's name and the names of the modules.
    pub fn module_path(&self, id: ModuleId) -> String {
        let module = self.module(id);
        match module.parent {
            Some(parent) => format!("{}::{}", self.module_path(parent), module.name),
            None => self.krate(module.krate).name.to_string(),
        }
    }
}
