//! Values -> text: crates, manifests, template and scaffold as one `FileSet`.
//!
//! Templates decide nothing: every decision was made before. Deliberately absent: writing files (`fileset`).

mod event;
pub mod grants;
pub mod lock;
pub mod manifest;
mod migration;
pub mod rustfmt;
mod scaffold;
mod size;
mod whole;
pub mod workspace;
pub mod yaml;

pub use manifest::ManifestSource;
pub use workspace::{RenderInput, workspace};
