//! Helpers to resolve a program given as text, and tests of names.

use super::*;
use crate::load::{self, ModuleId};

/// Loads and resolves files given as text; `Cargo.toml` is written where it is not among them.
pub(crate) fn program(files: &[(&str, &str)]) -> Program {
    program_with("", files)
}

/// The same with more dependencies, as lines of the manifest.
pub(crate) fn program_with(dependencies: &str, files: &[(&str, &str)]) -> Program {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\naxum = \"0.8\"\nlambda_http = \"1\"\naws-sdk-dynamodb = \"1\"\naws-sdk-s3 = \"1\"\naws-sdk-sqs = \"1\"\naws-config = \"1\"\ntower-http = \"0.6\"\ntower = \"0.5\"\ntokio = \"1\"\nserde = \"1\"\nhttp = \"1\"\nderive_builder = \"0.20\"\n";
    std::fs::write(dir.path().join("Cargo.toml"), format!("{manifest}{dependencies}")).expect("manifest");
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("files lie in a folder")).expect("folder");
        std::fs::write(path, text).expect("file");
    }
    let mut diagnostics = Diagnostics::default();
    let options =
        load::Options { manifest_path: Some(dir.path().join("Cargo.toml")), ..load::Options::default() };
    let tree = load::load(&options, &mut diagnostics).expect("loads");
    // Files that code names are read when it is looked at, and the folder is gone by then.
    tree.sql();
    for (path, _) in files {
        tree.text_of_package(&tree.packages[0], path);
    }
    resolve(tree, &mut diagnostics)
}

/// What a path in the root module (or in the module of that name) resolves to.
#[track_caller]
fn check(files: &[(&str, &str)], module: &str, path: &str, expect: &str) {
    let program = program(files);
    let module = (0..program.tree.modules.len())
        .map(|at| ModuleId(at as u32))
        .find(|&id| program.tree.module_path(id) == module)
        .expect("the module exists");
    let names: Vec<crate::syntax::Name> = path.split("::").map(crate::syntax::Name::new).collect();
    let shown = [Namespace::Values, Namespace::Types]
        .into_iter()
        .find_map(|namespace| program.resolve_names(&names, namespace, module, None))
        .map_or_else(|| "unresolved".to_string(), |res| show(&program, &res));
    assert_eq!(shown, expect);
}

fn show(program: &Program, res: &Res) -> String {
    match res {
        Res::Def(id) => program.def(*id).path.clone(),
        Res::Module(id) => format!("mod {}", program.tree.module_path(*id)),
        Res::External(path) => format!("extern {path}"),
    }
}

const TWO: &[(&str, &str)] = &[
    (
        "src/main.rs",
        "mod a; use a::{f as g, Thing, inner::*}; use axum::routing::{get, post as p}; use aws_sdk_dynamodb as ddb; fn main() {}",
    ),
    (
        "src/a.rs",
        "pub mod inner { pub fn deep() {} pub use super::Thing as Same; } pub fn f() {} pub struct Thing; impl Thing { pub const N: u8 = 1; pub fn new() -> Self { Thing } } pub enum E { A, B(u8) } pub use E::*; trait T { fn d() {} } impl T for Thing {}",
    ),
];

#[test]
fn a_name_of_the_program_wins_over_one_that_a_foreign_glob_may_bring() {
    let files = &[
        ("src/main.rs", "mod update; use update::authenticate; fn main() {}"),
        ("src/update.rs", "use axum::prelude::*; pub fn authenticate() {}"),
    ];
    check(files, "shop", "authenticate", "shop::update::authenticate");
}

#[test]
fn a_glob_of_the_parent_brings_the_module_itself() {
    let files = &[("src/main.rs", "mod r { use super::*; pub fn f() {} } fn main() {}")];
    check(files, "shop::r", "r::f", "shop::r::f");
}

#[test]
fn names_follow_renames_globs_and_re_exports() {
    check(TWO, "shop", "g", "shop::a::f");
    check(TWO, "shop", "deep", "shop::a::inner::deep");
    check(TWO, "shop", "Same", "shop::a::Thing");
    check(TWO, "shop", "a::B", "shop::a::E::B");
    check(TWO, "shop", "crate::a::inner::Same", "shop::a::Thing");
    check(TWO, "shop::a::inner", "super::f", "shop::a::f");
    check(TWO, "shop", "f", "unresolved");
}

#[test]
fn associated_items_are_found_in_impls_and_traits() {
    check(TWO, "shop", "Thing::new", "shop::a::Thing::new");
    check(TWO, "shop", "Thing::N", "shop::a::Thing::N");
    check(TWO, "shop", "Thing::d", "shop::a::T::d");
}

#[test]
fn external_paths_are_full_and_by_package_name() {
    check(TWO, "shop", "get", "extern axum::routing::get");
    check(TWO, "shop", "p", "extern axum::routing::post");
    check(TWO, "shop", "ddb::Client", "extern aws_sdk_dynamodb::Client");
    check(TWO, "shop", "std::env::var", "extern std::env::var");
    check(TWO, "shop", "String::new", "extern std::string::String::new");
    check(TWO, "shop", "nowhere::x", "unresolved");
}

#[test]
fn a_local_function_shadows_an_imported_one_of_a_glob() {
    let files = [("src/main.rs", "use axum::routing::*; fn get() {} fn main() {}")];
    check(&files, "shop", "get", "shop::get");
    check(&files, "shop", "post", "extern axum::routing::post");
}

#[test]
fn the_binary_knows_its_library_by_name() {
    let files = [
        ("src/main.rs", "use shop::db::Repo; fn main() {}"),
        ("src/lib.rs", "pub mod db;"),
        ("src/db.rs", "pub struct Repo;"),
    ];
    check(&files, "shop", "Repo", "shop::db::Repo");
}

#[test]
fn cyclic_imports_end() {
    let files = [
        ("src/main.rs", "mod a; mod b; use a::*; fn main() {}"),
        ("src/a.rs", "pub use crate::b::*; pub fn x() {}"),
        ("src/b.rs", "pub use crate::a::*; pub fn y() {}"),
    ];
    check(&files, "shop", "y", "shop::b::y");
    check(&files, "shop::b", "x", "shop::a::x");
}

#[test]
fn types_are_lowered_with_arguments_and_self() {
    let program = program(&[(
        "src/main.rs",
        "use std::sync::Arc; struct Repo<T> { x: T } type Shared = Arc<Repo<u8>>; impl<T> Repo<T> { fn me(self: Shared) -> Option<Self> { None } } fn main() {}",
    )]);
    let me = program.defs.iter().find(|def| def.name == "me").expect("me");
    let context = types::TypeContext { module: me.module, owner: Some(me.id) };
    let func = program.func(me.id).expect("a function");
    let ret = program.lower_type(func.sig().ret.as_ref().expect("a return type"), context);
    assert_eq!(types::TyDisplay(&program, &ret).to_string(), "Option<Repo<T>>");
    let receiver =
        func.sig().receiver.as_ref().and_then(|receiver| receiver.ty.as_ref()).expect("a receiver type");
    assert_eq!(
        types::TyDisplay(&program, &program.lower_type(receiver, context)).to_string(),
        "Arc<Repo<u8>>"
    );
}
