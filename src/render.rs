//! Values -> text: crates, manifests, template and scaffold as one `FileSet`.
//!
//! Templates decide nothing: every decision was made before. Deliberately absent: writing files (`fileset`).

pub mod yaml;
