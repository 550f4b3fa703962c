//! Which functions of a template are made from the analysed program.
//!
//! Input: what each function says of its code, and the program's package and binary. Output: the functions that certainly are.
//!
//! Sources: SAM developer guide, "Building Rust Lambda functions with Cargo Lambda" (`CodeUri`, `BuildProperties`, `Binary`); Cargo
//! Lambda's documentation, "build" (`target/lambda/BINARY/bootstrap`).

use std::path::{Component, Path, PathBuf};

use super::Function;
use crate::load::SourceTree;

/// What a function says of its code.
#[derive(Debug, Default, Clone)]
pub(super) struct Artifact {
    /// Folder or archive, from the template's folder; `None` where it lies elsewhere or is not known.
    pub(super) path: Option<String>,
    /// Name of the binary.
    pub(super) binary: Option<String>,
    pub(super) handler: Option<String>,
    /// `provided.al2023`; `None` where it is not known.
    pub(super) runtime: Option<String>,
    /// An image, whose own variables are not known.
    pub(super) is_image: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    Yes,
    No,
    /// It may be: nothing is said of where the code lies.
    Maybe,
    /// It may be, and so may others.
    Unclear,
}

/// The functions that are made from the program: those that say so, or the only one that does not say where its code is from.
pub(super) fn functions<'s>(
    all: &'s [Function],
    dir: &Path,
    tree: &SourceTree,
    is_named: bool,
) -> Vec<&'s Function> {
    let made: Vec<Made> = all.iter().map(|function| made(&function.artifact, dir, tree)).collect();
    let that = |wanted: Made| {
        let all = all.iter().zip(&made).filter(move |(_, made)| **made == wanted);
        all.map(|(function, _)| function).collect::<Vec<_>>()
    };
    let certain = that(Made::Yes);
    if !certain.is_empty() {
        return certain;
    }
    let maybe = that(Made::Maybe);
    let alone = maybe.len() == 1 && !made.contains(&Made::Unclear);
    // What was found beside a program with other binaries may be about those.
    let is_about_it =
        is_named || tree.packages.first().is_some_and(|package| package.bin_names().count() == 1);
    if alone && is_about_it { maybe } else { Vec::new() }
}

fn made(artifact: &Artifact, dir: &Path, tree: &SourceTree) -> Made {
    let (Some(package), Some(krate)) = (tree.packages.first(), tree.krates.first()) else { return Made::No };
    let own = |name: &str| name.replace('-', "_") == krate.name.as_str().replace('-', "_");
    let names: Vec<&str> = package.bin_names().collect();
    // Managed runtimes of other languages; Rust runs on those that are `provided`.
    if artifact.runtime.as_ref().is_some_and(|runtime| !runtime.starts_with("provided")) {
        return Made::No;
    }
    if artifact.is_image {
        return Made::Unclear;
    }
    let Some(path) = &artifact.path else {
        return match &artifact.binary {
            Some(binary) if own(binary) => Made::Yes,
            Some(_) => Made::No,
            None => Made::Maybe,
        };
    };
    let at = lexical(&dir.join(path));
    if let Some(built) = built_binary(&at) {
        return if own(&built) { Made::Yes } else { Made::No };
    }
    let (is_package, is_around) = (at == package.dir, package.dir.starts_with(&at));
    if !is_around {
        return Made::No;
    }
    match (&artifact.binary, &artifact.handler) {
        (Some(binary), _) if own(binary) => Made::Yes,
        (Some(_), _) => Made::No,
        (None, Some(handler)) if own(handler) => Made::Yes,
        (None, Some(handler)) if names.contains(&handler.as_str()) => Made::No,
        _ if is_package && names.len() <= 1 => Made::Yes,
        _ => Made::Unclear,
    }
}

/// `b` of `target/lambda/b/bootstrap.zip`, where Cargo Lambda puts what it builds.
fn built_binary(path: &Path) -> Option<String> {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    let at = parts.windows(2).rposition(|pair| pair[0] == "target" && pair[1] == "lambda")?;
    let name = parts.get(at + 2)?;
    Some(name.strip_suffix(".zip").unwrap_or(name).to_string())
}

/// A path without `.` and `..`.
fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}
