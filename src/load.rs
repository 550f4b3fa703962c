//! Manifest path -> `SourceTree`: the package, its local path dependencies, and every file that `mod` reaches.
//!
//! Works without compiling, without network and without a lock file. Deliberately absent: names and types (`resolve`).

pub mod sources;

pub use sources::{SourceFile, Sources};
