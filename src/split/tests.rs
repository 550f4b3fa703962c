//! Whole splits of small programs: one function per route, services by the first path segment.

mod compiling;
mod names;
mod packages;
mod servers;
mod state;
mod unit_tests;

use super::*;
use crate::plan::{Function, Service};
use crate::resolve::tests::program_with;

/// Splits a program; functions are called `get-x`, services after the first path segment.
fn split_files(files: &[(&str, &str)]) -> (SplitProgram, Diagnostics) {
    split_files_with("", files)
}

/// The same with more dependencies, as lines of the manifest.
fn split_files_with(dependencies: &str, files: &[(&str, &str)]) -> (SplitProgram, Diagnostics) {
    split_planned(dependencies, files, Plan::default())
}

/// The same with what the plan says beside its functions.
fn split_planned(dependencies: &str, files: &[(&str, &str)], settings: Plan) -> (SplitProgram, Diagnostics) {
    let program = program_with(dependencies, files);
    let mut diagnostics = Diagnostics::default();
    let table = crate::routes::evaluate(&program, &mut diagnostics);
    let mut services: BTreeMap<String, Vec<Function>> = BTreeMap::new();
    for route in &table.routes {
        let words: Vec<String> = route
            .id
            .to_lowercase()
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_string)
            .collect();
        let service = words.get(1).cloned().unwrap_or_else(|| "root".to_string());
        let function = Function {
            name: words.join("-"),
            routes: vec![route.id.clone()],
            memory: None,
            timeout: None,
            conditions: None,
        };
        services.entry(service).or_default().push(function);
    }
    let services =
        services.into_iter().map(|(name, functions)| Service { name, functions, owns: Vec::new() }).collect();
    let plan = Plan { name: "app".to_string(), services, ..settings };
    let schema = crate::access::schema(&program);
    let accesses = crate::access::detect(&program, &table, schema, &mut Diagnostics::default());
    let split = split(&program, &table, &accesses, &plan, &mut diagnostics);
    for krate in &split.crates {
        for (path, text) in &krate.files {
            let text = String::from_utf8(text.clone()).expect("text");
            assert_eq!(
                crate::syntax::parse(&text.as_str().into(), crate::syntax::Depth::Whole).error,
                None,
                "{}/{path}:\n{text}",
                krate.dir
            );
        }
    }
    (split, diagnostics)
}

/// The file of a crate without blank space at line ends and empty lines.
#[track_caller]
fn file(split: &SplitProgram, krate: &str, path: &str) -> String {
    let krate = split.crates.iter().find(|one| one.name == krate).unwrap_or_else(|| {
        panic!("no crate {krate} among {:?}", split.crates.iter().map(|one| &one.name).collect::<Vec<_>>())
    });
    let text = krate
        .files
        .get(path)
        .unwrap_or_else(|| panic!("no file {path} in {:?}", krate.files.keys().collect::<Vec<_>>()));
    let text = String::from_utf8(text.clone()).expect("text");
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What a function's `main.rs` holds and what it does not.
#[track_caller]
fn check_main(source: &str, function: &str, holds: &[&str], lacks: &[&str]) {
    check_main_with("", source, function, holds, lacks);
}

/// The same with more dependencies.
#[track_caller]
fn check_main_with(dependencies: &str, source: &str, function: &str, holds: &[&str], lacks: &[&str]) {
    let (split, _) = split_files_with(dependencies, &[("src/main.rs", source)]);
    let text = file(&split, function, "src/main.rs");
    for piece in holds {
        assert!(text.contains(piece), "`{piece}` is missing in\n{text}");
    }
    for piece in lacks {
        assert!(!text.contains(piece), "`{piece}` is left in\n{text}");
    }
}

/// Names of the variables that a function gets.
#[track_caller]
fn check_env(source: &str, expect: &[(&str, &[&str])]) {
    let (split, _) = split_files(&[("src/main.rs", source)]);
    for (function, names) in expect {
        let krate = split.crates.iter().find(|krate| krate.name == *function).expect("a crate of that name");
        assert_eq!(krate.env.iter().map(String::as_str).collect::<Vec<_>>(), *names, "{function}");
    }
}

/// A function that reads variables for others, with handlers that ask it.
const SETTINGS: &str = r#"
use axum::{Router, extract::Path, routing::get};
fn setting(key: &str) -> String { std::env::var(key).unwrap_or_default() }
async fn a() -> String { setting("GREETING") }
async fn b() -> String { setting("SIGNING_SECRET") }
#[tokio::main]
async fn main() {
    let title = setting("TITLE");
    let app = Router::new().route("/a", get(a)).route("/b", get(b)).route("/c", get(c));
    lambda_http::run(app).await.unwrap();
}
"#;

#[test]
fn a_function_gets_the_variables_that_its_own_code_asks_a_helper_for() {
    check_env(
        &format!("{SETTINGS} async fn c() {{}}"),
        &[
            ("get-a", &["GREETING", "TITLE"]),
            ("get-b", &["SIGNING_SECRET", "TITLE"]),
            ("get-c", &["TITLE"]),
            ("edge", &["TITLE"]),
        ],
    );
}

#[test]
fn where_a_helper_is_asked_for_what_is_not_known_every_function_with_it_gets_all() {
    check_env(
        &format!("{SETTINGS} async fn c(Path(key): Path<String>) -> String {{ setting(&key) }}"),
        &[
            ("get-a", &["GREETING", "SIGNING_SECRET", "TITLE"]),
            ("get-c", &["GREETING", "SIGNING_SECRET", "TITLE"]),
        ],
    );
}

const CRUD: &str = r#"
use axum::{Router, routing::{get, post}};
/// Lists.
async fn list() -> &'static str { helper() }
// Creates.
async fn create() -> String { String::new() }
async fn one() {}
async fn featured() {}
fn helper() -> &'static str { "x" }
#[tokio::main]
async fn main() {
    let app = Router::new()
        .route("/books", get(list).post(create))
        .route("/books/featured", post(featured))
        .route("/books/{id}", get(one));
    lambda_http::run(app).await.unwrap();
}
"#;

#[test]
fn a_function_keeps_its_own_route_and_loses_the_others() {
    check_main(
        CRUD,
        "get-books",
        &["/// Lists.\nasync fn list()", "fn helper()", ".route(\"/books\", get(list))"],
        &["create", "one", "featured", "misrouted", "post"],
    );
}

#[test]
fn the_head_of_a_chain_is_replaced_by_the_kept_method() {
    check_main(
        CRUD,
        "post-books",
        &["// Creates.\nasync fn create()", "axum::routing::post(create)"],
        &["get(", "helper", "Lists"],
    );
}

#[test]
fn a_shadowing_sibling_stays_as_a_stub() {
    check_main(
        CRUD,
        "get-books-id",
        &[".route(\"/books/featured\", post(crate::misrouted))", "get(one)", "async fn misrouted("],
        &["async fn featured", "\"/books\""],
    );
}

#[test]
fn the_edge_has_every_route_as_a_stub() {
    check_main(
        CRUD,
        "edge",
        &["get(crate::misrouted).post(crate::misrouted)", "/books/{id}", "/books/featured"],
        &["async fn list", "async fn one", "helper"],
    );
}

#[test]
fn what_may_come_through_the_default_key_has_its_handler_there() {
    let source = CRUD.replace("/books/featured", "/books/{name}.json").replace("\"/books\"", "\"/books/\"");
    check_main(
        &source,
        "edge",
        &["get(list).post(create)", "post(featured)", "get(crate::misrouted)"],
        &["async fn one"],
    );
}

#[test]
fn routers_layers_and_bindings_of_other_routes_leave_no_trace() {
    let source = r#"
use axum::{Router, routing::get, middleware::{self, from_fn}};
async fn a() {}
async fn b() {}
async fn door(request: axum::extract::Request, next: middleware::Next) -> axum::response::Response { next.run(request).await }
fn admin() -> Router { Router::new().route("/b", get(b)).route_layer(from_fn(door)) }
#[tokio::main]
async fn main() {
    let inner = admin();
    let mut app = Router::new().route("/a", get(a));
    app = app.nest("/admin", inner);
    let app = app.route("/c", get(a));
    lambda_http::run(app).await.unwrap();
}
"#;
    check_main(
        source,
        "get-a",
        &["let app ="],
        &["admin", "door", "inner", "middleware", "mut", "app = app", "/c"],
    );
    check_main(
        source,
        "get-admin-b",
        &["let inner = admin();", "app = app.nest", "route_layer(from_fn(door))"],
        &["get(a)", "async fn a"],
    );
}

#[test]
fn a_merged_router_stays_where_its_layered_fallback_is_the_404() {
    let source = r#"
use axum::{Router, routing::get, middleware::from_fn};
async fn a() {}
async fn b() {}
async fn door(request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response { next.run(request).await }
fn inner() -> Router { Router::new().route("/b", get(b)).layer(from_fn(door)) }
#[tokio::main]
async fn main() {
    lambda_http::run(Router::new().route("/a", get(a)).merge(inner())).await.unwrap();
}
"#;
    check_main(source, "get-a", &[".merge(inner())", ".layer(from_fn(door))"], &["/b", "async fn b"]);
    let without_layer = source.replace(".layer(from_fn(door))", "");
    check_main(&without_layer, "get-a", &[], &["merge", "inner"]);
}

const SHARED: &[(&str, &str)] = &[
    (
        "src/main.rs",
        r#"
mod models;
mod routes;
use axum::{Router, routing::get};
#[tokio::main]
async fn main() {
    let app = Router::new()
        .route("/books", get(routes::books::list))
        .route("/books/{id}", get(routes::books::one))
        .route("/orders", get(routes::orders::list));
    lambda_http::run(app).await.unwrap();
}
"#,
    ),
    ("src/routes.rs", "//! All routes.\npub mod books;\npub mod orders;\n"),
    (
        "src/routes/books.rs",
        r#"use crate::models::{Book, Price, Shelf};
pub async fn list() -> String { shelf().label() + &only_here() }
pub async fn one() -> String { shelf().label() + Book::new().title() }
fn shelf() -> Shelf { Shelf { row: 1 } }
fn only_here() -> String { format!("{:?}", Price(1)) }
"#,
    ),
    (
        "src/routes/orders.rs",
        "use crate::models::Book;\npub async fn list() -> String { Book::new().title().to_string() }\n",
    ),
    (
        "src/models.rs",
        r"// Things that are sold.
/// A book.
pub struct Book { title: String }
impl Book {
    pub fn new() -> Self { Book { title: String::new() } }
    /// Its title.
    pub(crate) fn title(&self) -> &str { &self.title }
    // Nobody calls this.
    pub fn unused(&self) {}
}
pub struct Shelf { pub row: u8 }
impl Shelf { pub fn label(&self) -> String { self.row.to_string() } }
#[derive(Debug)]
pub struct Price(pub u8);
",
    ),
];

#[test]
fn items_go_where_their_users_are() {
    let (split, _) = split_files(SHARED);
    // `Book` is used in two services, `Shelf` and `shelf` in one, `Price` by one function.
    assert_eq!(
        file(&split, "app-shared", "src/models.rs"),
        "// Things that are sold.\n/// A book.\npub struct Book { title: String }\nimpl Book {\npub fn new() -> Self { Book { title: String::new() } }\n/// Its title.\npub fn title(&self) -> &str { &self.title }\n}"
    );
    assert_eq!(
        file(&split, "app-books", "src/models.rs"),
        "pub struct Shelf { pub row: u8 }\nimpl Shelf { pub fn label(&self) -> String { self.row.to_string() } }"
    );
    assert_eq!(
        file(&split, "app-books", "src/routes/books.rs"),
        "use crate::models::{  Shelf};\npub fn shelf() -> Shelf { Shelf { row: 1 } }"
    );
    let list = file(&split, "get-books", "src/routes/books.rs");
    assert!(list.contains("pub use app_books::routes::books::shelf;"), "{list}");
    assert!(
        list.contains("use crate::models::{ Price };") || list.contains("use crate::models::{ Price, };"),
        "{list}"
    );
    assert_eq!(file(&split, "get-orders", "src/models.rs"), "pub use app_shared::models::Book;");
    let one = split.crates.iter().find(|krate| krate.name == "get-books-id").expect("the function");
    let names: Vec<&str> = one.local_dependencies.iter().map(|local| local.name.as_str()).collect();
    assert_eq!(names, ["app-books", "app-shared"]);
}

#[test]
fn an_impl_lives_with_the_least_shared_part_of_its_header() {
    let (split, _) = split_files(&[(
        "src/main.rs",
        r#"
use axum::{Router, routing::get};
pub struct Error(String);
pub struct Local;
impl From<Local> for Error { fn from(_: Local) -> Self { Error(String::new()) } }
impl axum::response::IntoResponse for Error { fn into_response(self) -> axum::response::Response { self.0.into_response() } }
async fn a() -> Result<(), Error> { Err(Local)? }
async fn b() -> Result<(), Error> { Err(Error(String::new())) }
#[tokio::main]
async fn main() {
    lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap();
}
"#,
    )]);
    let own = file(&split, "get-a", "src/main.rs");
    assert!(own.contains("impl From<Local> for Error"), "{own}");
    let shared = file(&split, "app-shared", "src/lib.rs");
    assert!(shared.contains("IntoResponse for Error") && !shared.contains("Local"), "{shared}");
    // The tuple field is private and used in another crate now.
    assert!(shared.contains("pub struct Error(pub String);"), "{shared}");
}

#[test]
fn trait_methods_and_impls_that_nothing_calls_are_cut() {
    let source = r#"
use axum::{Router, routing::get};
use std::sync::Arc;
trait Store: Send + Sync { fn one(&self) -> u8; fn all(&self) -> u8; }
struct Disk;
impl Store for Disk { fn one(&self) -> u8 { read() } fn all(&self) -> u8 { scan() } }
fn read() -> u8 { 1 }
fn scan() -> u8 { 2 }
async fn a() -> String { let store: Arc<dyn Store> = Arc::new(Disk); store.one().to_string() }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a))).await.unwrap(); }
"#;
    check_main(source, "get-a", &["fn one(&self) -> u8;", "fn read()"], &["fn all", "scan"]);
}

#[test]
fn a_bound_keeps_the_method_that_is_called_through_it() {
    let source = r#"
use axum::{Router, routing::get};
use std::collections::HashMap;
trait Named { fn name(&self) -> String; }
struct Book;
impl Named for Book { fn name(&self) -> String { title() } }
fn title() -> String { String::new() }
fn show<T: Named>(row: HashMap<String, String>) -> String {
    match serde::read::<HashMap<String, String>, T>(row) { Ok(item) => item.name(), Err(_) => String::new() }
}
async fn a() -> String { show::<Book>(HashMap::new()) }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a))).await.unwrap(); }
"#;
    check_main(source, "get-a", &["fn name(&self) -> String;", "fn title()"], &[]);
}

#[test]
fn unit_tests_go_with_the_code_that_they_test() {
    let source = r#"
use axum::{Router, routing::get};
async fn a() -> u8 { double(1) }
async fn b() {}
fn double(x: u8) -> u8 { x * 2 }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
#[cfg(test)]
mod doubling {
    use super::*;
    #[test]
    fn it_doubles() { assert_eq!(double(2), 4); }
}
"#;
    check_main(source, "get-a", &["mod doubling"], &[]);
    check_main(source, "get-b", &[], &["doubling"]);
    // A test of both functions' code fits in neither crate.
    let both = source.replace("assert_eq!(double(2), 4);", "let _ = (a(), b());");
    let (split, diagnostics) = split_files(&[("src/main.rs", &both)]);
    assert!(!file(&split, "get-a", "src/main.rs").contains("doubling"));
    assert!(diagnostics.sorted().iter().any(|finding| finding.code == Code::TESTS_LEFT_OUT));
}

#[test]
fn what_only_tests_need_comes_along_for_them() {
    let source = r#"
use axum::{Router, routing::get};
use std::collections::{BTreeMap, BTreeSet};
#[derive(Debug)]
struct Scope(String);
#[derive(PartialEq)]
struct Known(u8);
impl Scope {
    fn has(&self, name: &str) -> bool { self.0 == name }
    fn any() -> Self { Self(STAR.to_string()) }
    fn unused(&self) {}
}
trait Wide { fn wide(self) -> Self; }
impl Wide for Scope { fn wide(self) -> Self { if lost(&self.0) { Self::any() } else { self } } }
const STAR: &str = "*";
fn lost(text: &str) -> bool { BTreeSet::from([text]).is_empty() }
fn never() {}
async fn a() -> String { Scope("x".to_string()).has("y").to_string() }
async fn b() { BTreeMap::<u8, u8>::new(); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn it_has() { assert!(Scope::any().wide().has("x") && Known(1) == Known(1) && Scope::any().has("*") && BTreeMap::<u8, u8>::new().is_empty()); }
}
"#;
    let holds = [
        "#[cfg(test)]\nuse std::collections::BTreeMap;\n#[cfg(test)]\nuse std::collections::BTreeSet;",
        "#[cfg(test)]\nfn any()",
        "#[cfg(test)]\ntrait Wide { fn wide(self) -> Self; }\n#[cfg(test)]\nimpl Wide for Scope { fn wide",
        "#[cfg(test)]\n#[derive(PartialEq)]\nstruct Known",
        "#[cfg(test)]\nconst STAR",
        "#[cfg(test)]\nfn lost",
        "mod tests {",
    ];
    check_main(source, "get-a", &holds, &["unused", "never"]);
    check_main(source, "get-b", &["use std::collections::{BTreeMap, };"], &["tests", "Scope", "cfg"]);
}

#[test]
fn tests_may_import_and_mock() {
    let source = r#"
use axum::{Router, routing::get};
#[cfg_attr(test, mockall::automock)]
trait Store { fn read(&self) -> u8; fn write(&self); }
struct Memory;
impl Store for Memory { fn read(&self) -> u8 { 1 } fn write(&self) {} }
async fn a() { shown(&Memory); }
async fn b() {}
fn shown(store: &dyn Store) -> String { store.read().to_string() }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
#[cfg(test)]
mod reading {
    use super::{MockStore, shown};
    use claims::assert_ok;
    use http::HeaderMap;
    #[test]
    fn it_reads() {
        let mut store = MockStore::new();
        store.expect_read().returning(|| 2);
        assert_ok!(str::parse::<u8>(&shown(&store)));
        HeaderMap::<u8>::new();
    }
}
#[cfg(test)]
mod writing {
    use super::*;
    #[test]
    fn it_writes() { MockStore::new().expect_write(); }
}
#[cfg(test)]
mod implementing {
    use super::*;
    struct Other;
    impl Store for Other { fn read(&self) -> u8 { 1 } fn write(&self) {} }
    #[test]
    fn it_reads() { shown(&Other); }
}
"#;
    let dependencies = "[dev-dependencies]\nclaims = \"0.8\"\nmockall = \"0.13\"\n";
    let (split, diagnostics) = split_files_with(dependencies, &[("src/main.rs", source)]);
    let text = file(&split, "get-a", "src/main.rs");
    assert!(
        ["mod reading", "mod writing", "mod implementing"].iter().all(|piece| text.contains(piece)),
        "{text}"
    );
    assert_eq!(text.matches("#[cfg(test)]\nfn write").count(), 2, "{text}");
    let krate = split.crates.iter().find(|krate| krate.name == "get-a").expect("the function");
    let dev: BTreeSet<&str> =
        krate.dependencies.iter().filter(|used| used.dev).map(|used| used.key.as_str()).collect();
    assert_eq!(dev, BTreeSet::from(["claims", "http", "mockall"]));
    assert!(diagnostics.sorted().iter().all(|finding| finding.code != Code::TESTS_LEFT_OUT));
}

#[test]
fn tests_of_what_is_repeated_go_to_one_function() {
    let source = r#"
use axum::{Router, routing::get};
async fn a() {}
async fn b() {}
struct App { name: String }
impl App {
    fn new(name: &str) -> Self { Self { name: shown(name) } }
    fn router(&self) -> Router { Router::new().route("/a", get(a)).route("/b", get(b)) }
    fn label(&self) -> String { shown(&self.name) }
}
fn shown(name: &str) -> String { name.to_string() }
#[tokio::main]
async fn main() {
    let app = App::new("x");
    app.label();
    lambda_http::run(app.router()).await.unwrap();
}
#[cfg(test)]
mod labels {
    use super::*;
    #[test]
    fn it_is_shown() { assert_eq!(App::new("y").label(), "y"); }
}
#[cfg(test)]
mod whole {
    #[test]
    fn it_routes() { let _ = super::App::new("x").router(); }
}
"#;
    let (split, diagnostics) = split_files(&[("src/main.rs", source)]);
    let having = |name: &str| {
        let mains = split.crates.iter().filter_map(|krate| krate.files.get("src/main.rs"));
        mains.filter(|text| String::from_utf8_lossy(text).contains(&format!("mod {name}"))).count()
    };
    assert_eq!((having("labels"), having("whole")), (1, 0), "{:?}", diagnostics.sorted());
    let left: Vec<Diagnostic> =
        diagnostics.sorted().into_iter().filter(|finding| finding.code == Code::TESTS_LEFT_OUT).collect();
    assert_eq!(left.len(), 1);
    assert!(
        left[0].message.ends_with("`shop::App::router` leads to what this function has in part"),
        "{}",
        left[0].message
    );
}

#[test]
fn a_server_over_http_gets_a_lambda_entry() {
    let source = r#"
use axum::{Router, routing::get};
async fn a() {}
#[tokio::main]
async fn main() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await.unwrap();
    let app = Router::new().route("/a", get(a));
    axum::serve(listener, app.into_make_service()).await.unwrap();
}
"#;
    check_main(
        source,
        "get-a",
        &["async { lambda_http::run(app).await.map_err(std::io::Error::other) }.await.unwrap();"],
        &["listener", "axum::serve", "into_make_service"],
    );
}

#[test]
fn main_stays_where_another_function_serves() {
    let source = r#"
use axum::{Router, routing::get};
async fn a() {}
async fn start(port: u16) {
    let listener = tokio::net::TcpListener::bind(("0.0.0.0", port)).await.unwrap();
    axum::serve(listener, Router::new().route("/a", get(a))).await.unwrap();
}
#[tokio::main]
async fn main() { start(3000).await; }
"#;
    check_main(
        source,
        "get-a",
        &["async fn main() { start(3000).await; }", "lambda_http::run"],
        &["listener"],
    );
}

#[test]
fn a_library_of_the_package_stays_a_library() {
    let (split, _) = split_files(&[
        (
            "src/main.rs",
            "use shop::routes; use axum::{Router, routing::get};\n#[tokio::main]\nasync fn main() { lambda_http::run(Router::new().route(\"/a\", get(routes::a)).route(\"/b\", get(routes::b))).await.unwrap(); }",
        ),
        ("src/lib.rs", "pub mod routes;\n"),
        ("src/routes.rs", "pub async fn a() { both() }\npub async fn b() { both() }\nfn both() {}\n"),
    ]);
    let own = split.crates.iter().find(|krate| krate.name == "get-a").expect("the function");
    assert_eq!(own.lib.as_deref(), Some("shop"));
    assert_eq!(
        file(&split, "get-a", "src/routes.rs"),
        "pub use app_shared::routes::both;\npub async fn a() { both() }"
    );
    assert_eq!(file(&split, "app-shared", "src/routes.rs"), "pub fn both() {}");
}

#[test]
fn a_library_without_a_binary_is_a_finding() {
    let (split, diagnostics) = split_files(&[(
        "src/lib.rs",
        "use axum::{Router, routing::get};\nasync fn a() {}\npub fn app() -> Router { Router::new().route(\"/a\", get(a)) }",
    )]);
    assert!(split.crates.is_empty());
    assert!(diagnostics.sorted().iter().any(|finding| finding.code == Code::CONSTRUCT_NOT_SPLIT));
}

#[test]
fn groups_of_imports_stay_apart_where_the_first_of_a_group_goes() {
    let source = "\
use axum::Router;
use axum::routing::get;

use crate::b::two;
use crate::one::One;

mod b;
mod one;

async fn a() -> One { One }
async fn b() -> u8 { two() }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route(\"/a\", get(a)).route(\"/b\", get(b))).await.unwrap(); }";
    let files = [
        ("src/main.rs", source),
        ("src/b.rs", "pub fn two() -> u8 { 2 }"),
        ("src/one.rs", "pub struct One;"),
    ];
    let (split, _) = split_files(&files);
    let main = String::from_utf8(split.crates[0].files["src/main.rs"].clone()).unwrap();
    assert!(main.contains("use axum::routing::get;\n\nuse crate::one::One;\n\nmod one;"), "{main}");
}
