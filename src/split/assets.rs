//! Files that kept code reads while it compiles: they go where its relative paths still hold.
//!
//! Sources of the rules: `include_str!` is relative to the source file (std); `sqlx::migrate!`, `query_file!` and `include_dir!` are relative to
//! the package (their documentation); Askama's templates lie in `templates/` or where `askama.toml` says (Askama book, "Configuration"), those
//! that other engines read at run time by custom in `templates/`.

use std::collections::BTreeMap;

use super::names::{Contents, Names};
use super::templates;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::load::{ModuleId, Package, PackageId, assets};
use crate::resolve::{DefId, Program};
use crate::span::Location;
use crate::syntax::ast::{Expr, ExprKind, Lit, MacroCall};
use crate::syntax::visit;

/// A file or folder that code names.
struct Wanted {
    /// From the package's folder.
    source: String,
    /// From the output crate's folder.
    target: String,
    /// `None` for what settings name.
    location: Option<Location>,
}

/// Dependencies whose macros read a folder of the package by convention.
const FOLDERS: &[(&str, &[&str])] = &[
    ("askama", &["askama.toml"]),
    ("askama_axum", &["askama.toml"]),
    ("rinja", &["rinja.toml"]),
    ("rinja_axum", &["rinja.toml"]),
    ("tera", &["templates"]),
    ("minijinja", &["templates"]),
    ("handlebars", &["templates"]),
    ("refinery", &["migrations"]),
    ("diesel_migrations", &["migrations"]),
    ("rust-i18n", &["locales"]),
];

/// Of these, the ones whose settings may name folders with templates.
const TEMPLATES: &[&str] = &["askama", "askama_axum", "rinja", "rinja_axum"];

/// The files for one output crate with code of a package: path from its folder -> content. `dir` is the crate's folder in the output,
/// `module_path` gives a module's file in the crate.
pub(super) fn collect(
    names: &Names<'_>,
    package: PackageId,
    dir: &str,
    contents: &Contents,
    module_path: &dyn Fn(ModuleId) -> String,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Vec<u8>> {
    let program = names.program;
    let package = &program.tree.packages[package];
    let mut files = BTreeMap::new();
    for &id in &contents.defs {
        for wanted in named_files(program, package, id, module_path) {
            take(program, package, dir, &wanted, &mut files, diagnostics);
        }
    }
    for (_, key) in &contents.dependencies {
        for (_, paths) in FOLDERS.iter().filter(|(dependency, _)| dependency == key) {
            for path in *paths {
                copy(program, package, path, &mut files);
            }
        }
        if TEMPLATES.contains(&key.as_str()) {
            for path in templates::folders(&program.tree, package) {
                if path.starts_with("..") {
                    let wanted = Wanted { source: path.clone(), target: path, location: None };
                    take(program, package, dir, &wanted, &mut files, diagnostics);
                } else {
                    copy(program, package, &path, &mut files);
                }
            }
        }
    }
    files
}

/// Takes what lies in the package under a path, if anything does.
fn copy(program: &Program, package: &Package, path: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    let found = assets::package_path(&program.tree, package, path).unwrap_or_default();
    files.extend(found.into_iter().map(|(below, content)| (format!("{path}{below}"), content)));
}

fn take(
    program: &Program,
    package: &Package,
    dir: &str,
    wanted: &Wanted,
    files: &mut BTreeMap<String, Vec<u8>>,
    diagnostics: &mut Diagnostics,
) {
    // A place outside the output is nobody's.
    let is_inside = !joined(&format!("{dir}/."), &wanted.target).starts_with("..");
    let found = if is_inside {
        assets::package_path(&program.tree, package, &wanted.source).unwrap_or_default()
    } else {
        BTreeMap::new()
    };
    if found.is_empty() {
        let message = format!("`{}` is read while compiling, but was not taken along", wanted.source);
        diagnostics.push(Diagnostic {
            location: wanted.location,
            ..Diagnostic::new(Code::ASSET_NOT_TAKEN, message)
                .help("only files inside the package or its workspace are taken along; copy it to where the generated crate looks for it")
        });
        return;
    }
    for (below, content) in found {
        files.insert(format!("{}{below}", wanted.target), content);
    }
}

/// Files named by the macros of a definition.
fn named_files(
    program: &Program,
    package: &Package,
    id: DefId,
    module_path: &dyn Fn(ModuleId) -> String,
) -> Vec<Wanted> {
    let def = program.def(id);
    let mut wanted = Vec::new();
    let mut each = |expr: &Expr| {
        if let ExprKind::Macro(call) = &expr.kind
            && let Some((path, from_package)) = file_of(call)
        {
            let own = program.tree.path_in(package, def.location.source);
            let (source, target) = if from_package {
                (path.clone(), path)
            } else {
                (joined(&own, &path), joined(&module_path(def.module), &path))
            };
            let location = Some(Location { source: def.location.source, span: expr.span });
            wanted.push(Wanted { source, target, location });
        }
    };
    visit::exprs_of_item(&def.item, &mut each);
    wanted
}

/// The path that a macro names, and whether it is relative to the package rather than to the source file.
fn file_of(call: &MacroCall) -> Option<(String, bool)> {
    let name = call.path.last().ident.name.as_str();
    let argument = call.args.first().map(|arg| &arg.expr);
    match name {
        "include_str" | "include_bytes" | "include" => match &argument?.kind {
            ExprKind::Lit(Lit::Str(path)) => Some((path.clone(), false)),
            ExprKind::Macro(inner) if inner.path.last().ident.name == "concat" => manifest_dir(inner),
            _ => None,
        },
        "migrate" | "embed_migrations" => match argument.map(|argument| &argument.kind) {
            Some(ExprKind::Lit(Lit::Str(path))) => Some((clean(path), true)),
            None => Some(("migrations".to_string(), true)),
            Some(_) => None,
        },
        "query_file" | "query_file_as" | "query_file_scalar" | "include_dir" => {
            let path = call.args.iter().find_map(|arg| match &arg.expr.kind {
                ExprKind::Lit(Lit::Str(path)) => Some(path),
                _ => None,
            })?;
            Some((clean(path.trim_start_matches("$CARGO_MANIFEST_DIR")), true))
        }
        _ => None,
    }
}

/// `concat!(env!("CARGO_MANIFEST_DIR"), "/path")`.
fn manifest_dir(call: &MacroCall) -> Option<(String, bool)> {
    let [first, second] = call.args.as_slice() else { return None };
    let ExprKind::Macro(env) = &first.expr.kind else { return None };
    let names_dir = env.args.first().is_some_and(
        |arg| matches!(&arg.expr.kind, ExprKind::Lit(Lit::Str(variable)) if variable == "CARGO_MANIFEST_DIR"),
    );
    match &second.expr.kind {
        ExprKind::Lit(Lit::Str(path)) if names_dir => Some((clean(path), true)),
        _ => None,
    }
}

fn clean(path: &str) -> String {
    joined("", path.trim_start_matches('/'))
}

/// A path relative to the folder of a file, without `.` and `..` as far as that goes.
pub(super) fn joined(file: &str, path: &str) -> String {
    let folder = file.rfind('/').map_or("", |at| &file[..at]);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_to_the_folder_of_a_file() {
        for (file, path, expect) in [
            ("src/a/b.rs", "x.txt", "src/a/x.txt"),
            ("src/a/b.rs", "../../x/y.txt", "x/y.txt"),
            ("src/main.rs", "../../x", "../x"),
            ("", "./migrations/", "migrations"),
        ] {
            assert_eq!(joined(file, path), expect);
        }
    }
}
