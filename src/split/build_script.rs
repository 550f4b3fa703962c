//! Build scripts: which output crates need the one of their package, and what goes along with it.
//!
//! Input: what an output crate holds. Output: the script, the files that its literals name, and the keys of its dependencies, where kept code
//! asks for what only a script makes: `env!("OUT_DIR")`, a variable that cargo does not set, a macro that includes its output. Source of the
//! rules: The Cargo Book, "Build scripts" and "Environment variables". Deliberately absent: running it, so what it reads by computed paths
//! does not come along.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Contents;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::load::{DependencyKind, Package, PackageId, SourceTree, assets};
use crate::resolve::{Def, Program};
use crate::syntax::ast::{Expr, ExprKind, Lit, MacroCall};
use crate::syntax::{Item, ItemKind, visit};

/// Macros of other crates that include what a build script made.
const INCLUDING: &[&str] =
    &["include_file_descriptor_set", "include_modules", "include_proto", "lalrpop_mod", "shadow"];

/// Names in a script that say when it runs again, or that are the sources themselves.
const NO_INPUT: &[&str] = &["", ".", "Cargo.toml", "build.rs", "src"];

/// A script and what it needs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// Path from the crate's folder -> content.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Keys in `[build-dependencies]`.
    pub(super) dependencies: BTreeSet<String>,
}

/// Whether kept code asks for what only a build script makes.
pub(super) fn is_needed(program: &Program, contents: &Contents) -> bool {
    contents.defs.iter().any(|&id| needs(program.def(id)))
}

/// The build script for a crate with code of a package; `None` where the package has none, kept code needs nothing of it, or it has modules.
pub(super) fn taken(program: &Program, package: PackageId, contents: &Contents) -> Option<Script> {
    if !is_needed(program, contents) {
        return None;
    }
    let package = &program.tree.packages[package];
    let text = program.tree.text_of_package(package, package.build_script.as_ref()?)?;
    let facts = crate::syntax::parse(&text, crate::syntax::Depth::Whole);
    let has_modules = |item: &Item| matches!(&item.kind, ItemKind::Mod(module) if module.items.is_none());
    if facts.error.is_some() || facts.items.iter().any(|item| has_modules(item)) {
        return None;
    }
    let mut script = Script::default();
    for item in &facts.items {
        visit::exprs_of_item(item, &mut |expr| {
            if let ExprKind::Lit(Lit::Str(text)) = &expr.kind {
                script.files.extend(named(&program.tree, package, text));
            }
        });
    }
    script.files.insert("build.rs".to_string(), text.as_bytes().to_vec());
    let builds = package.dependencies.iter().filter(|one| one.kind == DependencyKind::Build);
    script.dependencies.extend(builds.map(|dependency| dependency.key.clone()));
    Some(script)
}

/// The finding for a script that no crate has: a warning where some code asks for what it makes.
pub(super) fn left_out<'c>(
    script: &str,
    crates: impl IntoIterator<Item = &'c Contents>,
    program: &Program,
) -> Diagnostic {
    if crates.into_iter().any(|contents| is_needed(program, contents)) {
        let message = format!("the build script `{script}` cannot be taken along, and kept code needs it");
        let mut finding = Diagnostic::new(Code::BUILD_SCRIPT, message);
        finding.severity = Severity::Warning;
        return finding.help("put it into one file that parses, or copy it to the crates that need it");
    }
    let message = format!("the build script `{script}` was left out: no kept code asks for what it makes");
    let help = "copy it where it does something else, such as linking a library";
    Diagnostic::new(Code::BUILD_SCRIPT, message).help(help)
}

/// The file or folder of the package that a literal of the script names, also behind `cargo:rerun-if-changed=`.
fn named(tree: &SourceTree, package: &Package, text: &str) -> BTreeMap<String, Vec<u8>> {
    let path = text.rsplit_once('=').map_or(text, |(_, path)| path);
    let path = path.trim_start_matches("./").trim_end_matches('/');
    if NO_INPUT.contains(&path)
        || path.starts_with('/')
        || path.contains(['{', '*', '\n'])
        || path.contains("..")
    {
        return BTreeMap::new();
    }
    let found = assets::package_path(tree, package, path).unwrap_or_default();
    found.into_iter().map(|(below, content)| (format!("{path}{below}"), content)).collect()
}

/// Whether a definition asks for what only a build script makes.
fn needs(def: &Def) -> bool {
    let mut found = false;
    let mut each = |expr: &Expr| {
        if let ExprKind::Macro(call) = &expr.kind {
            found |= asks(call);
        }
    };
    match &def.item.kind {
        ItemKind::MacroCall(call) => {
            call.args.iter().for_each(|arg| visit::exprs(&arg.expr, &mut each));
            found |= asks(call);
        }
        _ => visit::exprs_of_item(&def.item, &mut each),
    }
    found
}

/// Whether a macro call among items includes what the build makes: it may define any name.
pub(super) fn may_define(call: &MacroCall) -> bool {
    let mut found = INCLUDING.contains(&call.path.last().ident.name.as_str());
    if call.path.last().ident.name == "include" {
        for arg in &call.args {
            visit::exprs(&arg.expr, &mut |expr| {
                found |= matches!(&expr.kind, ExprKind::Macro(call) if asks(call));
            });
        }
    }
    found
}

fn asks(call: &MacroCall) -> bool {
    match call.path.last().ident.name.as_str() {
        "env" | "option_env" => match call.args.first().map(|arg| &arg.expr.kind) {
            Some(ExprKind::Lit(Lit::Str(variable))) => !is_of_cargo(variable),
            _ => false,
        },
        name => INCLUDING.contains(&name),
    }
}

/// Variables that cargo sets for every crate.
fn is_of_cargo(variable: &str) -> bool {
    variable == "CARGO" || variable.starts_with("CARGO_")
}
