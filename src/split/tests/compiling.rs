//! Splits of small programs that once did not compile, or compiled with a warning that the program had not.

use super::{check_main, check_main_with, file, split_files};

#[test]
fn a_literal_with_a_rest_needs_every_field() {
    let source = r#"
use axum::{Router, routing::get};
#[derive(Default)]
struct Page { title: String, size: u8 }
async fn a() -> String { let page = Page { title: String::new(), ..Default::default() }; page.title }
async fn b() -> String { Page { title: String::new(), ..Page::default() }.title }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let (split, _) = split_files(&[("src/main.rs", source)]);
    let shared = file(&split, "app-shared", "src/lib.rs");
    assert!(shared.contains("pub struct Page { pub title: String, pub size: u8 }"), "{shared}");
}

#[test]
fn an_import_that_only_removed_code_needed_goes() {
    let source = r#"
use axum::{Router, routing::get};
use std::ops::Add;
use std::sync::Arc;
use tower_http::trace::Unknown;
async fn a() {}
async fn b() -> String { 1u8.add(1).to_string() }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    // `Arc` is used nowhere; `Unknown` may be a trait.
    check_main(
        source,
        "get-a",
        &["#[allow(unused_imports)]\nuse tower_http::trace::Unknown;"],
        &["Add", "Arc"],
    );
    check_main(source, "get-b", &["use std::ops::Add;"], &["Arc"]);
}

/// Handlers in an impl of a trait, beside the routers that name them.
const HANDLERS_OF_A_TRAIT: &str = r#"
use axum::{Router, routing::get};
pub struct Books;
pub trait Shop { fn one() -> impl Future<Output = String>; fn all() -> impl Future<Output = String>; }
impl Shop for Books {
    async fn one() -> String { String::new() }
    async fn all() -> String { scan() }
}
fn scan() -> String { String::new() }
impl Books {
    fn api() -> Router { Router::new().route("/a", get(Self::one)).route("/b", get(Self::all)) }
}
#[tokio::main]
async fn main() { lambda_http::run(Books::api()).await.unwrap(); }
"#;

#[test]
fn a_trait_is_repeated_beside_impls_of_which_functions_keep_different_methods() {
    check_main(
        HANDLERS_OF_A_TRAIT,
        "get-a",
        &["trait Shop { fn one()", "async fn one()"],
        &["fn all()", "scan"],
    );
    check_main(HANDLERS_OF_A_TRAIT, "get-b", &["fn all()", "fn scan()"], &["fn one()"]);
}

#[test]
fn an_impl_has_every_method_that_a_shared_trait_declares() {
    let source = r#"
use axum::{Router, routing::get};
trait Named { fn short(&self) -> String; fn long(&self) -> String; fn kind(&self) -> String { String::new() } }
struct Book;
struct Pen;
impl Named for Book { fn short(&self) -> String { String::new() } fn long(&self) -> String { title() } }
impl Named for Pen { fn short(&self) -> String { String::new() } fn long(&self) -> String { String::new() } }
fn title() -> String { String::new() }
async fn a() -> String { Book.short() }
async fn b() -> String { Pen.long() }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let (split, _) = split_files(&[("src/main.rs", source)]);
    assert!(
        file(&split, "app-shared", "src/lib.rs")
            .contains("fn short(&self) -> String; fn long(&self) -> String;")
    );
    check_main(source, "get-a", &["fn short(", "fn long(&self) -> String { title() }"], &["Pen", "fn kind"]);
    check_main(source, "get-b", &["fn short(", "fn long("], &["Book", "fn kind"]);
}

#[test]
fn main_stays_where_another_function_serves() {
    let source = r#"
use axum::{Router, routing::get};
#[global_allocator]
static GLOBAL: tower::Alloc = tower::Alloc;
async fn a() {}
async fn b() {}
fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for _ in 1..4 { std::thread::spawn(|| other(serve())); }
    runtime.block_on(serve());
}
fn other(f: impl Future<Output = ()>) {}
async fn serve() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let (split, _) = split_files(&[("src/main.rs", source)]);
    let main = file(&split, "get-a", "src/main.rs");
    assert!(main.contains("fn main() {") && main.contains("async fn serve()"), "{main}");
    assert!(main.contains("#[global_allocator]\nstatic GLOBAL"), "{main}");
}

#[test]
fn a_field_whose_readers_are_cut_goes_with_what_made_it() {
    let source = r#"
use axum::{Router, routing::get};
struct Books { router: Router, label: String }
impl Books {
    fn new(label: &str) -> Self { Self { router: Router::new(), label: label.to_string() } }
    fn api(self) -> Router { self.router.route("/a", get(a)) }
    fn log(&self) { println!("{}", self.label) }
}
struct Pens { router: Router }
impl Pens {
    fn new() -> Self { Self { router: Router::new() } }
    fn api(self) -> Router { self.router.route("/b", get(b)) }
}
struct App {
    // Sold by the piece.
    books: Books,
    pens: Pens, // blue
    opened: std::time::Instant,
}
impl App {
    fn new() -> Self {
        let opened = open();
        Self { books: Books::new("x"), pens: Pens::new(), opened }
    }
    fn api(self) -> Router {
        let _ = self.opened;
        Router::new().merge(self.books.api()).merge(self.pens.api())
    }
}
fn open() -> std::time::Instant { println!("open"); std::time::Instant::now() }
async fn a() {}
async fn b() {}
#[tokio::main]
async fn main() { lambda_http::run(App::new().api()).await.unwrap(); }
"#;
    check_main(
        source,
        "get-b",
        &["struct App {\npens: Pens, // blue\nopened", "Self { pens: Pens::new(), opened }"],
        &["ooks", "piece"],
    );
    check_main(
        source,
        "get-a",
        &["struct App {\n// Sold by the piece.\nbooks: Books,\nopened"],
        &["ens", "blue"],
    );
    // What a macro or an effect makes stays, but is not complained of.
    let effect =
        source.replace("pens: Pens::new(), opened", "pens: { println!(\"x\"); Pens::new() }, opened");
    check_main(&effect, "get-a", &["#[allow(dead_code)]\npens: Pens,", "println!"], &[]);
}

#[test]
fn what_an_imported_name_means_may_be_made_by_a_macro() {
    let (split, _) = split_files(&[
        (
            "src/main.rs",
            r#"
mod schema;
mod rows;
use axum::{Router, routing::get};
async fn a() -> String { rows::one() }
async fn b() -> String { rows::two() }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#,
        ),
        (
            "src/rows.rs",
            r"use crate::schema::posts;
use crate::schema::*;
#[derive(tower::Row)]
#[tower(table = posts)]
pub struct Post;
pub fn one() -> String { let _ = Post; String::new() }
pub fn two() -> String { pens::table() }
",
        ),
        (
            "src/schema.rs",
            "tower::table! { posts (id) { id -> u8 } }\ntower::table! { pens (id) { id -> u8 } }\n",
        ),
    ]);
    // Macros of one module that share a word are kept together.
    let schema = file(&split, "app-shared", "src/schema.rs");
    assert!(schema.starts_with("tower::table! { posts"), "{schema}");
    assert!(file(&split, "get-a", "src/rows.rs").contains("use crate::schema::posts;"));
}

#[test]
fn a_part_of_a_tuple_that_only_the_server_used_is_marked_unused() {
    let source = r#"
use axum::{Router, routing::get};
async fn a() {}
async fn open() -> (tokio::net::TcpListener, u16) { todo!() }
#[tokio::main]
async fn main() {
    let (listener, port) = open().await;
    println!("{port}");
    axum::serve(listener, Router::new().route("/a", get(a))).await.unwrap();
}
"#;
    check_main(source, "get-a", &["let (_listener, port) = open().await;"], &[]);
}

#[test]
fn documents_find_what_is_made_beside_handlers() {
    let (split, _) = split_files(&[
        (
            "src/main.rs",
            r#"
mod handlers;
use axum::{Router, routing::get};
async fn docs() {
    #[derive(tower::OpenApi)]
    #[openapi(paths(handlers::a))]
    struct Docs;
    Docs::open()
}
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(handlers::a)).route("/b", get(docs))).await.unwrap(); }
"#,
        ),
        ("src/handlers.rs", "#[utoipa::path(get, path = \"/a\")]\npub async fn a() {}\n"),
    ]);
    assert_eq!(file(&split, "get-b", "src/handlers.rs"), "pub use app_shared::handlers::__path_a;");
}

#[test]
fn an_item_in_a_body_goes_with_what_used_it() {
    let source = r#"
use axum::{Router, routing::get};
async fn a() {}
async fn b() {}
#[tokio::main]
async fn main() {
    struct Docs;
    /// Stays for `a`.
    struct Other;
    let app = Router::new().route("/a", get(|| async { Other; a().await })).route("/b", get(|| async { Docs; b().await }));
    lambda_http::run(app).await.unwrap();
}
"#;
    check_main(source, "get-a", &["/// Stays for `a`.", "struct Other;"], &["Docs"]);
    check_main(source, "get-b", &["struct Docs;"], &["Other"]);
}

#[test]
fn what_a_glob_in_a_body_brings_comes_along() {
    let files = [(
        "src/main.rs",
        r#"
use axum::{Router, routing::get};
mod seek {
    pub enum Seek { Date, Name }
    impl Seek { pub fn key(&self) -> &'static str { "key" } }
    pub enum Other { One }
    pub fn shown(seek: &Seek) -> &'static str { seek.key() }
}
async fn a() -> &'static str {
    use seek::*;
    let seek = Seek::Date;
    shown(&seek)
}
async fn b() -> &'static str { use seek::*; match Other::One { Other::One => "one" } }
async fn c() -> &'static str { use seek::*; shown(&Seek::Name) }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b)).route("/c", get(c))).await.unwrap(); }
"#,
    )];
    let (split, _) = super::split_files(&files);
    let main = file(&split, "get-b", "src/main.rs");
    assert!(main.contains("pub enum Other") && !main.contains("Seek"), "{main}");
    for function in ["get-a", "get-c"] {
        let main = file(&split, function, "src/main.rs");
        assert!(main.contains("pub use app_shared::seek::{Seek, shown};"), "{function}:\n{main}");
        assert!(!main.contains("Other"), "{main}");
    }
}

#[test]
fn a_glob_does_not_bring_what_a_module_imports_for_itself() {
    let main = r#"
use axum::{Router, routing::get};
use model::*;
use crate::kinds::Kind;
mod kinds { pub struct Kind; pub struct Shown; }
mod model {
    use crate::kinds::Kind;
    pub use crate::kinds::Shown;
    pub fn made() -> Kind { Kind }
}
async fn a() { let _ = Kind; }
async fn b() { let _ = Shown; }
async fn c() { use model::*; made(); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b)).route("/c", get(c))).await.unwrap(); }
"#;
    check_main(main, "get-a", &["use crate::kinds::Kind;"], &["model"]);
    check_main(main, "get-b", &["use model::*;", "pub use crate::kinds::Shown;"], &["Kind"]);
    check_main(main, "get-c", &["use model::*;", "pub fn made()"], &["Shown"]);
}

#[test]
fn what_a_glob_in_a_body_brings_hides_what_the_module_imports() {
    let main = r#"
use axum::{Router, routing::get, extract::Query};
mod seek { use diesel::prelude::*; pub struct Query; macro_rules! seek { () => { 1 } } pub fn one() -> u8 { let seek = seek!(); seek } pub fn two() -> u8 { match 1 { 1 => { let seek = three(2); shown(seek)? } _ => 1 } } fn shown(of: u8) -> u8 { of } pub(crate) use seek; }
async fn a() { use seek::*; let _ = Query; two(); }
async fn b(_: Query<String>) { seek::one(); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let dependencies = "diesel = \"2\"\n";
    check_main_with(dependencies, main, "get-a", &["pub struct Query;"], &["extract", "seek!", "use seek;"]);
    check_main_with(
        dependencies,
        main,
        "get-b",
        &["extract::Query", "macro_rules! seek"],
        &["pub struct Query"],
    );
}

#[test]
fn a_method_of_the_program_needs_no_trait_of_another_crate() {
    let main = r#"
use axum::{Router, routing::get};
use diesel_async::RunQueryDsl;
struct Paged;
impl Paged { async fn load(self) -> u8 { 1 } }
struct Own;
impl RunQueryDsl for Own { async fn load(self) -> u8 { 1 } }
async fn a() { Paged.load().await; }
async fn c() { Own.load().await; }
async fn b() { diesel::sql_query("select 1").load().await; }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b)).route("/c", get(c))).await.unwrap(); }
"#;
    let dependencies = "diesel = \"2\"\ndiesel-async = \"0.6\"\n";
    check_main_with(dependencies, main, "get-a", &["Paged.load()"], &["RunQueryDsl"]);
    check_main_with(dependencies, main, "get-b", &["use diesel_async::RunQueryDsl;"], &["Paged"]);
    check_main_with(dependencies, main, "get-c", &["use diesel_async::RunQueryDsl;"], &["Paged"]);
}

#[test]
fn a_deprecated_item_is_exported_again_without_a_warning() {
    let main = r#"
use axum::{Router, routing::get};
mod old { #[deprecated] pub fn shown() {} pub fn other() {} }
#[allow(deprecated)]
async fn a() { old::shown(); old::other(); }
#[allow(deprecated)]
async fn b() { old::shown(); old::other(); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    check_main(main, "get-a", &["#[allow(deprecated)]\npub use app_shared::old::{other, shown};"], &[]);
}

#[test]
fn an_import_of_a_macro_is_not_needed_by_paths_into_its_crate() {
    let source = r#"
use axum::{Router, routing::get};
use anyhow::{Context, anyhow};
async fn a() { fails().unwrap(); }
async fn b() { anyhow!("b"); }
fn fails() -> anyhow::Result<()> { Ok(()) }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    check_main_with("anyhow = \"1\"\n", source, "get-a", &["anyhow::Result<()>"], &["use anyhow"]);
    check_main_with("anyhow = \"1\"\n", source, "get-b", &["use anyhow::{ anyhow};"], &["Context"]);
}

#[test]
fn a_variable_with_the_name_of_a_module_is_no_use_of_it() {
    let source = r#"
use axum::{Router, routing::get};
use crate::docs::pages::{self, Page};
mod docs { pub mod pages { pub struct Page; impl Page { pub fn pair() -> (Page, Page) { (Page, Page) } } pub async fn shown() {} } }
async fn a() { let (page, pages) = Page::pair(); drop((page, pages)); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(pages::shown))).await.unwrap(); }
"#;
    check_main(source, "get-a", &["use crate::docs::pages::{ Page};"], &["self", "shown"]);
    check_main(source, "get-b", &["use crate::docs::pages::{self, };"], &["Page"]);
}

#[test]
fn a_macro_whose_calls_are_elsewhere_goes() {
    let macros = "
pub trait Made { fn made() -> Self; }
macro_rules! metrics {
    ($name:ident) => { pub struct $name; impl Default for $name { fn default() -> Self { use crate::macros::Made; $name::made() } } impl Made for $name { fn made() -> Self { $name } } };
}
macro_rules! shout { ($text:expr) => { concat!($text, \"!\") } }
pub(crate) use {metrics, shout};
";
    let main = r#"
use axum::{Router, routing::get};
mod macros;
mod metrics;
async fn a() { metrics::Counts::default(); }
async fn b() -> &'static str { metrics::Counts::default(); crate::macros::shout!("b") }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let metrics = "use crate::macros::{metrics, Made};\nmetrics!(Counts);\n";
    let (split, _) =
        super::split_files(&[("src/main.rs", main), ("src/macros.rs", macros), ("src/metrics.rs", metrics)]);
    let a = split.crates.iter().find(|krate| krate.name == "get-a").expect("the function");
    assert!(!a.files.contains_key("src/macros.rs"), "{:?}", a.files.keys());
    let text = file(&split, "get-b", "src/macros.rs");
    assert!(text.contains("macro_rules! shout") && text.contains("pub(crate) use { shout};"), "{text}");
    assert!(!text.contains("metrics") && !text.contains("Made"), "{text}");
}

#[test]
fn an_impl_in_a_body_goes_with_its_type() {
    let source = r#"
use axum::{Router, routing::get};
async fn a() {}
async fn b() {}
#[tokio::main]
async fn main() {
    #[derive(OpenApi)]
    #[openapi(modifiers(&SecurityAddon))]
    struct Docs;
    struct SecurityAddon;
    impl Modify for SecurityAddon {
        fn modify(&self) { SecurityAddon.name(); }
    }
    impl SecurityAddon {
        fn name(&self) {}
    }
    let app = Router::new().route("/a", get(a)).route("/b", get(|| async { Docs; b().await }));
    lambda_http::run(app).await.unwrap();
}
"#;
    check_main(source, "get-a", &[], &["Docs", "SecurityAddon", "modify"]);
    check_main(
        source,
        "get-b",
        &["struct Docs;", "struct SecurityAddon;", "impl Modify for", "impl SecurityAddon"],
        &[],
    );
}

#[test]
fn a_dependency_whose_library_has_another_name_comes_along() {
    let source = r#"
use axum::{Router, routing::get};
use tar as other;
use tracing::prelude::*;
async fn a() { tokio_tar::open(); }
async fn b() { other::open(); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let (split, _) = super::split_files_with(
        "astral-tokio-tar = \"1\"\ntar = \"1\"\ntracing = \"1\"\n",
        &[("src/main.rs", source)],
    );
    for (function, has) in [("get-a", true), ("get-b", false)] {
        let krate = split.crates.iter().find(|krate| krate.name == function).expect("the function");
        assert_eq!(krate.dependencies.iter().any(|one| one.key == "astral-tokio-tar"), has, "{function}");
        assert_eq!(krate.dependencies.iter().any(|one| one.key == "tar"), !has, "{function}");
    }
}

#[test]
fn a_name_in_an_attribute_does_not_make_an_import_needed() {
    let source = r#"
use axum::{Router, routing::get};
use diesel::query_builder::Query;
#[derive(Deserialize)]
#[into_params(parameter_in = Query)]
struct Params;
fn cut(query: Query) {}
async fn a(params: Params) {}
async fn b() { cut(todo()) }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let allowed = "#[allow(unused_imports)]\nuse diesel::query_builder::Query;";
    check_main(source, "get-a", &[allowed, "struct Params"], &["fn cut"]);
    check_main(source, "get-b", &["use diesel::query_builder::Query;", "fn cut"], &["allow(unused_imports)"]);
}

#[test]
fn a_parameter_hides_an_item_of_its_name() {
    let source = r#"
use axum::{Router, routing::get};
fn tags() -> u8 { 1 }
fn shown(tags: u8) -> u8 { tags }
async fn a() { shown(2); }
async fn b() { tags(); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    check_main(source, "get-a", &["fn shown"], &["fn tags"]);
}

#[test]
fn a_field_of_the_same_name_in_another_struct_is_another_field() {
    // What calls a macro is repeated in each function.
    let source = r#"
use axum::{Router, routing::get};
macro_rules! all { ($one:expr) => { vec![$one] } }
struct Paged { rows: Vec<u8>, options: u8 }
struct Query { options: u8 }
impl Query { fn load(self) -> Paged { Paged { rows: Vec::from([self.options]), options: self.options } } }
impl Paged { fn next(&self) -> u8 { self.options } fn rows(self) -> Vec<u8> { drop(all!(1)); self.rows } }
async fn a() { Query { options: 1 }.load().rows().len(); }
async fn b() { Query { options: 1 }.load().next(); Query { options: 1 }.load().rows(); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    check_main(source, "get-b", &["rows: Vec<u8>, options: u8 }", "options: self.options }"], &[]);
    check_main(
        source,
        "get-a",
        &["struct Query { options: u8 }", "Vec::from([self.options])"],
        &["options: self.options }"],
    );
}

#[test]
fn an_extern_crate_stays_where_its_macros_are_called() {
    let source = r#"
#[macro_use]
extern crate tracing;
use axum::{Router, routing::get};
async fn a() { info!("a"); }
async fn b(bytes: u8) { let tracing = bytes; println!("{tracing}"); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let (split, _) =
        super::split_files_with("tracing = \"0.1\"\nbytes = \"1\"\n", &[("src/main.rs", source)]);
    for (function, has) in [("get-a", true), ("get-b", false)] {
        let krate = split.crates.iter().find(|krate| krate.name == function).expect("the function");
        assert_eq!(super::file(&split, function, "src/main.rs").contains("extern crate tracing;"), has);
        assert_eq!(krate.dependencies.iter().any(|one| one.key == "tracing"), has, "{function}");
        assert!(!krate.dependencies.iter().any(|one| one.key == "bytes"), "{function}");
    }
}

#[test]
fn a_crate_that_is_imported_as_itself_comes_along_under_its_other_name() {
    let source = r#"
use axum::{Router, routing::get};
use tokio_tar::{self, Archive};
async fn a() { Archive::open(); tokio_tar::close(); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a))).await.unwrap(); }
"#;
    let (split, _) = super::split_files_with("astral-tokio-tar = \"1\"\n", &[("src/main.rs", source)]);
    let krate = split.crates.iter().find(|krate| krate.name == "get-a").expect("the function");
    assert!(krate.dependencies.iter().any(|one| one.key == "astral-tokio-tar"));
}

#[test]
fn a_field_that_shared_code_does_not_read_any_more_is_allowed_to_be_unread() {
    let source = r#"
use axum::{Router, routing::get};
mod db {
    pub struct Db { pool: u8, spare: u8, pub name: u8 }
    impl Db {
        pub fn open() -> Self { Self { pool: 1, spare: 2, name: 3 } }
        pub fn pool(&self) -> u8 { self.pool }
        pub fn drop_spare(&self) -> u8 { self.spare + self.name }
    }
}
async fn a() -> String { db::Db::open().pool().to_string() }
async fn b() -> String { (db::Db::open().pool() + 1).to_string() }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let (split, _) = split_files(&[("src/main.rs", source)]);
    let shared = file(&split, "app-shared", "src/lib.rs");
    assert!(
        shared.contains("pub struct Db { pool: u8, #[allow(dead_code)]\nspare: u8, pub name: u8 }"),
        "{shared}"
    );
}

#[test]
fn an_import_that_only_a_where_clause_needs_stays() {
    let source = r#"
use axum::{Router, routing::get};
mod state { #[derive(Clone)] pub struct Shared; }
mod user {
    use super::state::Shared;
    use axum::extract::{FromRef, FromRequestParts};
    pub struct User;
    impl<S: Send + Sync> FromRequestParts<S> for User where Shared: FromRef<S> {
        type Rejection = ();
        async fn from_request_parts(_: &mut axum::http::request::Parts, _: &S) -> Result<Self, ()> { Ok(User) }
    }
}
async fn a(_: user::User) {}
async fn b() {}
#[tokio::main]
async fn main() {
    let app = Router::new().route("/a", get(a)).route("/b", get(b)).with_state(state::Shared);
    lambda_http::run(app).await.unwrap();
}
"#;
    check_main(source, "get-a", &["use super::state::Shared;"], &[]);
}

#[test]
fn a_shared_item_is_named_under_its_own_condition() {
    let source = r#"
use axum::{Router, routing::get};
pub fn always() -> String { String::new() }
#[cfg(tokio_unstable)]
pub fn sometimes() -> String { String::new() }
async fn a() -> String { #[cfg(tokio_unstable)] sometimes(); always() }
async fn b() -> String { #[cfg(tokio_unstable)] sometimes(); always() }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let named = "pub use app_shared::always;\n#[cfg(tokio_unstable)]\npub use app_shared::sometimes;";
    check_main(source, "get-a", &[named], &[]);
}
