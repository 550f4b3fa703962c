//! Manifest path -> `SourceTree`: the package, its local path dependencies, and every file that `mod` reaches.
//!
//! Input: a manifest path, a target choice and features, as cargo has them. Output: parsed files, packages, crates and modules.
//! Works without compiling, without network and without a lock file. Reading the user's files happens only here.
//! Deliberately absent: names and types (`resolve`).

mod ahead;
pub mod assets;
mod cfg;
mod error;
mod expand;
mod inputs;
mod manifests;
mod modules;
mod off;
mod outline;
mod packages;
mod patches;
mod path;
pub mod sources;
mod templates;
mod texts;
mod tree;

use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostics;
use crate::stack::{beside, on_all_cores};
use modules::Listed;

pub use cfg::is_on;
pub use error::LoadError;
pub use inputs::Inputs;
pub use manifests::workspace_of;
pub use patches::patched;
pub use sources::{Expansion, ExpansionKind, SourceFile, Sources};
pub use templates::Template;
pub use tree::{
    Dependency, DependencyKind, Krate, KrateId, KrateKind, Module, ModuleId, Package, PackageId, SourceTree,
    Workspace,
};

/// What to read, with cargo's meaning of each choice.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Path of `Cargo.toml`; the one of the current folder or its parents where `None`.
    pub manifest_path: Option<PathBuf>,
    /// Member of a workspace.
    pub package: Option<String>,
    /// Binary target of the package.
    pub bin: Option<String>,
    pub features: Vec<String>,
    pub all_features: bool,
    pub no_default_features: bool,
}

/// Reads the program.
///
/// # Errors
/// `LoadError` where there is nothing to analyse: no manifest, no such target, or several binaries and no choice.
/// Problems in single files are diagnostics, and the rest is read all the same.
pub fn load(options: &Options, diagnostics: &mut Diagnostics) -> Result<SourceTree, LoadError> {
    // Parsing recurses into the input, which the stack of an ordinary thread does not hold.
    on_all_cores(|| {
        let manifest = packages::find_manifest(options)?;
        // Mostly that of the analysed package; listing it meanwhile costs nothing.
        let folder = manifest.parent().unwrap_or(Path::new("")).join("src");
        let (packages, listed) =
            beside(|| packages::read(&manifest, options, diagnostics), || Listed::of(folder));
        modules::read(packages?, listed, diagnostics)
    })
}

#[cfg(test)]
mod tests;
