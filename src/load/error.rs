//! Why a program cannot be read at all, each with the next step.

use std::path::PathBuf;

/// Nothing to analyse.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LoadError {
    #[error("there is no manifest at `{}`; give the path of a Cargo.toml with --manifest-path", path.display())]
    NoManifest { path: PathBuf },
    #[error("the manifest `{}` cannot be read: {why}", path.display())]
    InvalidManifest { path: PathBuf, why: String },
    #[error("`{}` is a workspace without a package of its own; choose a member with -p: {}", path.display(), members.join(", "))]
    VirtualWorkspace { path: PathBuf, members: Vec<String> },
    #[error("there is no package `{name}` in this workspace; its members are: {}", members.join(", "))]
    NoSuchPackage { name: String, members: Vec<String> },
    #[error("the package has several binaries; choose one with --bin: {}", bins.join(", "))]
    SeveralBins { bins: Vec<String> },
    #[error("there is no binary `{name}` in this package; it has: {}", if bins.is_empty() { "none".to_string() } else { bins.join(", ") })]
    NoSuchBin { name: String, bins: Vec<String> },
    #[error("the package at `{}` has neither a library nor a binary", path.display())]
    NoTarget { path: PathBuf },
    #[error("there is no feature `{name}` in this package; it has: {}", features.join(", "))]
    NoSuchFeature { name: String, features: Vec<String> },
    #[error("the root file `{}` cannot be read: {why}", path.display())]
    NoRootFile { path: PathBuf, why: String },
}

impl LoadError {
    /// Whether another choice on the command line would help, as opposed to input that cannot be analysed.
    pub fn is_usage(&self) -> bool {
        !matches!(
            self,
            LoadError::InvalidManifest { .. } | LoadError::NoTarget { .. } | LoadError::NoRootFile { .. }
        )
    }
}
