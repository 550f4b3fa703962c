//! Small programs: what is found in each, and what looks alike and is not.

use super::*;
use crate::diagnostic::{Diagnostics, Severity};
use crate::resolve::tests::program_with;

const DEPENDENCIES: &str = "sqlx = \"0.8\"\nreqwest = \"0.12\"\ndashmap = \"6\"\nmoka = \"0.12\"\ntower-sessions = \"0.14\"\n\
    tokio-cron-scheduler = \"0.13\"\nhttp-body-util = \"0.1\"\nconfig = \"0.15\"\naws_lambda_events = \"1\"\n";

const USES: &str =
    "#![allow(unused)] use axum::{Router, Json, routing::{get, post}, extract::{State, Request}};\n";

struct Found {
    /// `LS0404 message`, an error with `!` in front, in the order of the text.
    findings: Vec<String>,
    /// Ids of the routes that stay together.
    held: Vec<String>,
}

fn found(source: &str) -> Found {
    let program = program_with(DEPENDENCIES, &[("src/main.rs", &format!("{USES}{source}"))]);
    let mut diagnostics = Diagnostics::default();
    let routes = crate::routes::evaluate(&program, &mut diagnostics);
    let schema = crate::access::schema(&program);
    let accesses = crate::access::detect(&program, &routes, schema, &mut Diagnostics::default());
    assert!(diagnostics.is_empty(), "{:?}", diagnostics.sorted());
    let graph = crate::graph::build(&program, &routes, &accesses);
    let code = Code::of(&graph, &program, &routes);
    let Undecided { held, shared } = code.undecided(&program, &routes).with_data(&graph, &program, &routes);
    diagnostics.extend(code.into_findings(&program, &routes));
    diagnostics.extend(in_graph(&graph, &program));
    diagnostics.extend(shared.into_iter().map(|shared| shared.finding));
    let mut all = diagnostics.sorted();
    all.sort_by_key(|finding| finding.location);
    let shown = |finding: crate::diagnostic::Diagnostic| {
        let mark = if finding.severity == Severity::Error { "!" } else { "" };
        format!("{mark}{} {}", finding.code.as_str(), finding.message)
    };
    Found {
        findings: all.into_iter().map(shown).collect(),
        held: held.into_iter().map(|held| routes.routes[held.route].id.clone()).collect(),
    }
}

/// Checks the findings of a whole program.
#[track_caller]
fn check(source: &str, expected: &[&str]) {
    assert_eq!(found(source).findings, expected, "{source}");
}

/// The same of a program with the route `GET /a` that is handled by `a`, behind Lambda.
#[track_caller]
fn check_handler(source: &str, expected: &[&str]) {
    check(&format!("{source} {}", serving("Router::new().route(\"/a\", get(a))")), expected);
}

fn serving(router: &str) -> String {
    format!("#[tokio::main] async fn main() {{ lambda_http::run({router}).await.unwrap(); }}")
}

#[track_caller]
fn check_held(source: &str, expected: &[&str]) {
    assert_eq!(found(source).held, expected, "{source}");
}

#[test]
fn a_web_socket_is_found_by_what_the_extractor_is() {
    let app = serving("Router::new().route(\"/ws\", get(a)).route(\"/b\", get(b))");
    let told = ["!LS0402 `GET /ws` upgrades to a WebSocket"];
    for handler in [
        "use axum::extract::WebSocketUpgrade; async fn a(up: WebSocketUpgrade) {}",
        "use axum::extract::ws::WebSocketUpgrade as Up; async fn a(up: Up) {}",
        "async fn a(up: Option<axum::extract::ws::WebSocketUpgrade>) {}",
        "struct Live; impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Live { type Rejection = (); \
         async fn from_request_parts(parts: &mut http::request::Parts, state: &S) -> Result<Self, ()> { \
         axum::extract::WebSocketUpgrade::from_request_parts(parts, state).await; Ok(Live) } } async fn a(live: Live) {}",
    ] {
        let source = format!("{handler} async fn b() {{}} {app}");
        check(&source, &told);
        check_held(&source, &["GET /ws"]);
    }
    let closure = "Router::new().route(\"/ws\", get(|up: axum::extract::WebSocketUpgrade| async {}))";
    check(&serving(closure), &told);
    for alike in [
        "struct WebSocketUpgrade; async fn a(x: Json<WebSocketUpgrade>) {}",
        "/// Not a `WebSocketUpgrade`.\nasync fn a() { let text = \"axum::extract::WebSocketUpgrade\"; }",
        "use axum::extract::WebSocketUpgrade; fn unused(up: WebSocketUpgrade) {} async fn a() {}",
    ] {
        check(&format!("{alike} async fn b() {{}} {app}"), &[]);
    }
}

#[test]
fn what_the_gateway_sends_is_found_by_type_and_by_method() {
    let by = |what: &str| format!("LS0407 `shop::a` reads the gateway's `{what}`");
    check_handler(
        "use lambda_http::request::RequestContext; async fn a(x: axum::Extension<RequestContext>) {}",
        &[&by("RequestContext")],
    );
    check_handler(
        "async fn a(x: Request) { x.extensions().get::<aws_lambda_events::apigw::ApiGatewayV2httpRequestContext>(); }",
        &[&by("ApiGatewayV2httpRequestContext")],
    );
    check_handler(
        "use lambda_http::RequestExt; async fn a(x: Request) { x.path_parameters(); }",
        &[&by("path_parameters")],
    );
    check_handler("struct RequestContext; async fn a(x: axum::Extension<RequestContext>) {}", &[]);
    check_handler(
        "use lambda_http::RequestExt; struct Own; impl Own { fn path_parameters(&self) {} } async fn a() { Own.path_parameters(); }",
        &[],
    );
    check_handler("async fn a(x: Request) { x.path_parameters(); }", &[]);
    check_handler("use lambda_http::RequestExt; async fn a(x: Request) { x.lambda_context(); }", &[]);
}

#[test]
fn the_peers_address_is_missed_where_no_lambda_entry_was() {
    let handler = "use axum::extract::ConnectInfo as Peer; async fn a(Peer(peer): Peer<std::net::SocketAddr>) -> String { peer.to_string() }";
    let http = |handler: &str| {
        format!(
            "{handler} #[tokio::main] async fn main() {{ axum::serve(listener(), Router::new().route(\"/a\", get(a))).await.unwrap(); }}"
        )
    };
    check(&http(handler), &["LS0410 `shop::a` asks for the peer's address"]);
    check_handler(handler, &[]);
    check(&http("struct ConnectInfo; async fn a(x: Json<ConnectInfo>) {}"), &[]);
}

#[test]
fn a_stream_is_found_by_what_makes_it() {
    let told = "LS0408 `shop::a` answers with a stream";
    check_handler("use axum::response::sse::Sse as Events; async fn a() -> Events<S> { todo!() }", &[told]);
    check_handler(
        "async fn a() -> impl axum::response::IntoResponse { axum::body::Body::from_stream(s) }",
        &[told],
    );
    check_handler("async fn a() { let body = http_body_util::StreamBody::new(s); }", &[told]);
    check_handler("struct Sse; async fn a() -> Json<Sse> { todo!() }", &[]);
    check_handler("async fn a() -> axum::body::Body { axum::body::Body::from(\"all\") }", &[]);
    // A request to another server.
    check_handler("async fn a() { reqwest::Body::wrap_stream(s); }", &[]);
}

const NOTES: &str = "use std::sync::{Arc, Mutex, RwLock}; #[derive(Clone)] struct AppState { notes: Arc<Mutex<Vec<u8>>>, table: Arc<RwLock<Vec<u8>>>, \
    hits: Arc<std::sync::atomic::AtomicU64>, cache: dashmap::DashMap<u8, u8>, store: moka::future::Cache<u8, u8> }\n";

/// Two handlers on `AppState`: `GET /a` runs `a`, `GET /b` runs `b`; `GET /c` touches nothing.
fn two(a: &str, b: &str) -> String {
    format!(
        "{NOTES} async fn a(State(state): State<AppState>) {{ {a} }} async fn b(State(state): State<AppState>) {{ {b} }} async fn c() {{}} {}",
        serving(
            "Router::new().route(\"/a\", get(a)).route(\"/b\", get(b)).route(\"/c\", get(c)).with_state(state)"
        )
    )
}

#[test]
fn state_that_one_route_changes_and_another_reads_holds_both() {
    for (writes, reads, field) in [
        ("state.notes.lock().unwrap().push(1);", "state.notes.lock().unwrap().len();", "notes"),
        (
            "let mut notes = state.notes.lock().unwrap(); notes.clear();",
            "let notes = state.notes.lock().unwrap();",
            "notes",
        ),
        ("*state.notes.lock().unwrap() = vec![];", "let n = state.notes.lock().unwrap()[0];", "notes"),
        ("state.table.write().unwrap().push(1);", "state.table.read().unwrap().len();", "table"),
        ("state.hits.fetch_add(1, o);", "state.hits.load(o);", "hits"),
        ("state.cache.insert(1, 2);", "state.cache.get(&1);", "cache"),
        ("let cache = &state.cache; cache.remove(&1);", "let all = state.cache.clone(); all.len();", "cache"),
    ] {
        let source = two(writes, reads);
        let told = format!("!LS0404 state `AppState.{field}` is changed by `GET /a` and read by `GET /b`");
        check(&source, &[&told]);
        check_held(&source, &["GET /a", "GET /b"]);
    }
}

#[test]
fn state_is_apart_unless_all_its_routes_are_in_one_function() {
    let finding = Diagnostic::new(crate::diagnostic::Code::SHARED_MUTABLE_STATE, "state");
    let shared = Shared { finding, routes: vec![0, 2] };
    assert!(!shared.is_apart(|_| Some("notes")));
    assert!(shared.is_apart(|route| Some(if route == 0 { "notes" } else { "list" })));
    assert!(shared.is_apart(|_| None), "kept routes are said to be kept");
    assert!(Shared { routes: Vec::new(), ..shared }.is_apart(|_| Some("notes")));
}

#[test]
fn state_that_each_route_changes_itself_is_a_warning() {
    let fill = "if state.cache.get(&1).is_none() { state.cache.insert(1, 2); }";
    let source = two(fill, fill);
    check(&source, &["LS0404 state `AppState.cache` is changed by `GET /a`, `GET /b`"]);
    check_held(&source, &[]);
    let cache = two("state.store.invalidate(&1).await;", "state.store.get(&1).await;");
    check(&cache, &["LS0404 state `AppState.store` is changed by `GET /a`, and 1 other route reads it"]);
    let removed = two("state.store.entry(1).and_compute_with(remove).await;", "state.store.get(&1).await;");
    check(
        &removed,
        &["LS0404 state `AppState.store` may be changed by `GET /a`, and 1 other route reads it"],
    );
    let unknown = two("use_it(state.notes.lock());", "state.notes.lock().unwrap().len();");
    check(
        &unknown,
        &["LS0404 state `AppState.notes` may be changed by `GET /a`, and 1 other route reads it"],
    );
}

#[test]
fn state_that_no_other_route_sees_is_no_finding() {
    // Read only: each function fills it at the start.
    check(&two("state.notes.lock().unwrap().len();", "state.table.read().unwrap().len();"), &[]);
    // Each function fills its cache for itself.
    let fill = "state.store.get_with(1, make()).await;";
    check(&two(fill, fill), &[]);
    let fill = "state.store.entry(1).or_insert_with(make()).await;";
    check(&two(fill, fill), &[]);
    // One route alone.
    check(&two("state.notes.lock().unwrap().push(1);", "state.table.read().unwrap().len();"), &[]);
    // No longer than the request.
    let own = "let own = Mutex::new(1); *own.lock().unwrap() += 1;";
    check(&two(own, own), &[]);
    let inside = "struct Work { done: std::sync::Mutex<u8> } async fn b() { let work = Work { done: m }; *work.done.lock().unwrap() = 1; } \
        async fn a() { let work = Work { done: m }; work.done.lock().unwrap(); }";
    check(&format!("{inside} {}", serving("Router::new().route(\"/a\", get(a)).route(\"/b\", get(b))")), &[]);
}

#[test]
fn statics_are_found_like_state() {
    let app = serving("Router::new().route(\"/a\", get(a)).route(\"/b\", get(b))");
    let source = |item: &str, a: &str, b: &str| {
        format!(
            "use std::sync::{{LazyLock, Mutex}}; use std::sync::atomic::AtomicU64; {item} async fn a() {{ {a} }} async fn b() {{ {b} }} {app}"
        )
    };
    let told = ["!LS0404 static `HITS` is changed by `GET /a` and read by `GET /b`"];
    check(
        &source("static HITS: AtomicU64 = AtomicU64::new(0);", "HITS.store(1, o);", "HITS.load(o);"),
        &told,
    );
    check(
        &source(
            "static HITS: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(make);",
            "HITS.lock().unwrap().push(1);",
            "HITS.lock().unwrap().len();",
        ),
        &told,
    );
    check(
        &source(
            "static HITS: std::sync::OnceLock<moka::future::Cache<u8, u8>> = std::sync::OnceLock::new();",
            "HITS.get_or_init(make).get_with(1, made()).await;",
            "HITS.get_or_init(make).get(&1).await;",
        ),
        &[],
    );
    check(
        &source("static HITS: LazyLock<Vec<u8>> = LazyLock::new(make);", "HITS.len();", "HITS.len();"),
        &[],
    );
    check(
        &source(
            "static HITS: AtomicU64 = AtomicU64::new(0); fn unused() { HITS.store(1, o); }",
            "",
            "HITS.load(o);",
        ),
        &[],
    );
}

#[test]
fn state_behind_a_repository_is_found_through_its_methods() {
    let source = "struct Memory { items: std::sync::RwLock<Vec<u8>> } trait Store { fn put(&self); fn all(&self); } \
         impl Store for Memory { fn put(&self) { self.items.write().unwrap().push(1) } fn all(&self) { self.items.read().unwrap().len(); } } \
         async fn a(State(store): State<std::sync::Arc<dyn Store>>) { store.put() } async fn b(State(store): State<std::sync::Arc<dyn Store>>) { store.all() } \
         #[tokio::main] async fn main() { let store: std::sync::Arc<dyn Store> = std::sync::Arc::new(Memory { items: Default::default() }); \
         lambda_http::run(Router::new().route(\"/a\", get(a)).route(\"/b\", get(b)).with_state(store)).await.unwrap(); }";
    check(source, &["!LS0404 state `Memory.items` is changed by `GET /a` and read by `GET /b`"]);
    check_held(source, &["GET /a", "GET /b"]);
}

#[test]
fn what_a_layer_changes_holds_no_route() {
    let source = format!(
        "static HITS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0); \
         async fn count(request: Request, next: axum::middleware::Next) -> axum::response::Response {{ HITS.fetch_add(1, o); next.run(request).await }} \
         async fn a() {{}} async fn b() {{ HITS.load(o); }} {}",
        serving(
            "Router::new().route(\"/a\", get(a)).layer(axum::middleware::from_fn(count)).route(\"/b\", get(b))"
        )
    );
    check(&source, &["LS0404 static `HITS` is changed by a layer, and 1 other route reads it"]);
    check_held(&source, &[]);
}

#[test]
fn stores_in_memory_of_other_crates_are_found() {
    let main = |store: &str| {
        format!(
            "async fn a() {{}} async fn b() {{}} #[tokio::main] async fn main() {{ {store} lambda_http::run(Router::new().route(\"/a\", get(a)).route(\"/b\", get(b))).await.unwrap(); }}"
        )
    };
    check(
        &main("let store = tower_sessions::MemoryStore::default();"),
        &["LS0404 `MemoryStore` keeps sessions in the process, and each function has its own"],
    );
    check(&main("struct MemoryStore; let store = MemoryStore;"), &[]);
}

#[test]
fn a_detached_task_is_found_and_one_that_is_waited_for_is_not() {
    let told = "LS0403 `shop::a` spawns a task and does not await it";
    for body in [
        "tokio::spawn(async { send().await });",
        "let _ = tokio::spawn(send());",
        "let _task = tokio::task::spawn(send());",
        "drop(tokio::spawn(send()));",
        "use tokio::spawn as go; go(send());",
        "std::thread::spawn(|| send());",
        "tokio::runtime::Handle::current().spawn(send());",
        "if late { tokio::task::spawn_blocking(work); }",
    ] {
        check_handler(&format!("async fn a() {{ {body} }}"), &[told]);
    }
    for body in [
        "tokio::spawn(send()).await;",
        "let task = tokio::spawn(x()); task.await;",
        "let _task = tokio::spawn(x()); _task.await;",
        "/* tokio::spawn(send()); */ command.spawn();",
        "let mut set = tokio::task::JoinSet::new(); set.spawn(x()); set.join_all().await;",
        "fn spawn(x: u8) {} spawn(1);",
    ] {
        check_handler(&format!("async fn a() {{ {body} }}"), &[]);
    }
}

#[test]
fn dependence_on_the_crate_is_found_outside_of_comments() {
    let told = |what: &str| format!("LS0406 `shop::a` uses `{what}`, which differs in another crate");
    check_handler(
        "async fn a() { concat!(module_path!(), env!(\"CARGO_PKG_NAME\")); std::any::type_name::<u8>(); }",
        &[&told("module_path!"), &told("CARGO_PKG_NAME"), &told("type_name")],
    );
    check_handler(
        "async fn a() { \"module_path!\"; env!(\"HOME\"); env!(\"CARGO_PKG_VERSION\"); } // env!(\"CARGO_PKG_NAME\")\n",
        &[],
    );
    check_handler(
        "macro_rules! module_path { () => { 1 } } async fn a() { include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/x\")); }",
        &[],
    );
    let filter = |text: &str| {
        format!(
            "async fn a() {{}} #[tokio::main] async fn main() {{ filter(\"{text}\"); lambda_http::run(Router::new().route(\"/a\", get(a))).await.unwrap(); }}"
        )
    };
    check(
        &filter("info,shop=debug"),
        &["LS0406 `shop::main` uses `shop=..`, which differs in another crate"],
    );
    check(&filter("tower_http=debug"), &[]);
    check(&filter("shop=blue"), &[]);
}

fn with_start(start: &str, more: &str) -> String {
    format!(
        "{more} async fn a() {{}} #[tokio::main] async fn main() {{ {start} lambda_http::run(Router::new().route(\"/a\", get(a))).await.unwrap(); }}"
    )
}

#[test]
fn a_closure_that_is_a_handler_is_no_part_of_the_start() {
    let handler =
        "|| async { tokio::spawn(async { loop {} }); std::fs::read(\"a.txt\"); env!(\"CARGO_PKG_NAME\") }";
    check(
        &serving(&format!("Router::new().route(\"/a\", get({handler}))")),
        &[
            "LS0403 `shop::closure` spawns a task and does not await it",
            "LS0416 `a.txt` is read while the program runs, and is no part of a function's package",
            "LS0406 `shop::closure` uses `CARGO_PKG_NAME`, which differs in another crate",
        ],
    );
}

#[test]
fn a_loop_before_serving_is_found_and_a_single_task_is_not() {
    let told = "!LS0409 `shop::main` starts a loop before serving";
    check(&with_start("tokio::spawn(async { loop { poll().await } });", ""), &[told]);
    let worker =
        "async fn worker() { inner().await } async fn inner() { while let Some(x) = next().await {} }";
    check(&with_start("tokio::spawn(worker());", worker), &[told]);
    check(
        &with_start("let jobs = tokio_cron_scheduler::JobScheduler::new().await;", ""),
        &["!LS0409 `shop::main` starts jobs or a consumer of `tokio_cron_scheduler` before serving"],
    );
    check(&with_start("tokio::spawn(async { warm().await });", ""), &[]);
    check(&with_start("for x in 0..3 { warm(x).await; }", ""), &[]);
    check(&with_start("", "fn unused() { tokio::spawn(async { loop {} }); }"), &[]);
}

#[test]
fn servers_in_threads_are_found_where_there_are_several() {
    let program = |main: &str| {
        format!(
            "async fn a() {{}} async fn serve() {{ axum::serve(listener(), Router::new().route(\"/a\", get(a))).await.unwrap(); }} fn main() {{ {main} }}"
        )
    };
    let told = ["LS0417 `shop::main` starts the server more than once"];
    check(&program("for _ in 1..4 { std::thread::spawn(|| block_on(serve())); } block_on(serve());"), &told);
    check(&program("std::thread::spawn(|| block_on(serve())); block_on(serve());"), &told);
    check(&program("let server = tokio::spawn(serve()); block_on(server);"), &[]);
    check(&program("if both { tokio::spawn(serve()); } else { block_on(serve()); }"), &[]);
    check(&program("loop { block_on(serve()); }"), &[]);
}

#[test]
fn limits_above_those_of_the_way_are_found() {
    let layer = |layer: &str| {
        format!(
            "const MB: usize = 1024 * 1024; async fn a() {{}} {}",
            serving(&format!("Router::new().route(\"/a\", get(a)).layer({layer})"))
        )
    };
    let told = "LS0413 bodies of 52428800 bytes are allowed, and Lambda takes 6291456";
    check(&layer("axum::extract::DefaultBodyLimit::max(50 * MB)"), &[told]);
    check(&layer("tower_http::limit::RequestBodyLimitLayer::new(50 * 1024 * 1024)"), &[told]);
    check(
        &layer("tower_http::timeout::TimeoutLayer::new(std::time::Duration::from_secs(60))"),
        &["LS0413 answers may take 60 seconds, and an HTTP API waits for 30"],
    );
    check(&layer("axum::extract::DefaultBodyLimit::max(5 * MB)"), &[]);
    check(&layer("axum::extract::DefaultBodyLimit::max(size)"), &[]);
    check(&layer("tower_http::timeout::TimeoutLayer::new(std::time::Duration::from_millis(30_000))"), &[]);
}

#[test]
fn files_that_requests_write_are_found() {
    let told = "LS0414 `shop::a` writes to the file system";
    check_handler("async fn a() { tokio::fs::write(\"/tmp/a\", \"x\").await; }", &[told]);
    check_handler("use std::fs; async fn a() { fs::File::create(name()); }", &[told]);
    check_handler("async fn a() { std::fs::read(\"/tmp/a\"); }", &[]);
    check_handler("mod fs { pub fn write() {} } async fn a() { fs::write(); }", &[]);
    check(&with_start("std::fs::write(\"/tmp/a\", \"x\");", ""), &[]);
}

#[test]
fn files_beside_the_program_are_found() {
    let told = |path: &str| {
        format!("LS0416 `{path}` is read while the program runs, and is no part of a function's package")
    };
    check_handler("async fn a() { std::fs::read_to_string(\"motto.txt\"); }", &[&told("motto.txt")]);
    check(&with_start("config::File::with_name(\"config/base\");", ""), &[&told("config/base")]);
    let app =
        "Router::new().route(\"/a\", get(a)).nest_service(\"/s\", tower_http::services::ServeDir::new(ROOT))";
    check(&format!("const ROOT: &str = \"static\"; async fn a() {{}} {}", serving(app)), &[&told("static")]);
    check(
        &with_start("std::fs::read(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/data\"));", ""),
        &[
            &told("$CARGO_MANIFEST_DIR/data"),
            "LS0406 `shop::main` uses `CARGO_MANIFEST_DIR`, which differs in another crate",
        ],
    );
    check_handler("async fn a() { std::fs::read(\"/opt/data\"); std::fs::read(name()); }", &[]);
    check(&with_start("config::File::with_name(\"config/local\").required(false);", ""), &[]);
}

#[test]
fn requests_to_the_own_machine_are_found() {
    let told = "LS0412 `shop::a` calls `localhost`, where a function has no server";
    check_handler(
        "async fn a() { reqwest::Client::new().get(\"http://localhost:3000/b\").send().await; }",
        &[told],
    );
    check_handler(
        "async fn a() { reqwest::Client::new().get(\"https://localhost.example.com/b\").send().await; }",
        &[],
    );
    // A command beside the server.
    check(
        &with_start("if asked { reqwest::Client::new().get(\"http://localhost/b\").send().await; }", ""),
        &[],
    );
}

#[test]
fn the_pool_of_connections_is_found_once() {
    let main = |routes: &str| {
        format!(
            "async fn a() {{}} async fn b() {{}} #[tokio::main] async fn main() {{ let pool = sqlx::postgres::PgPoolOptions::new().max_connections(20).connect(\"x\").await; \
                 lambda_http::run(Router::new(){routes}).await.unwrap(); }}"
        )
    };
    let told = ["LS0415 each instance of each function opens up to 20 database connections"];
    check(&main(".route(\"/a\", get(a)).route(\"/b\", get(b))"), &told);
    check(&main(".route(\"/a\", get(a))"), &[]);
}

#[test]
fn a_layer_around_the_router_holds_what_it_may_lead_elsewhere() {
    let main = |layer: &str| {
        format!(
            "use axum::middleware::{{Next, from_fn}}; async fn a() {{}} async fn b() {{}} \
             async fn rewrite(mut request: Request, next: Next) {{ *request.uri_mut() = new(); next.run(request).await }} \
             async fn look(request: Request, next: Next) {{ next.run(request).await }} \
             #[tokio::main] async fn main() {{ let app = Router::new().route(\"/a\", get(a)).route(\"/b\", get(b)); lambda_http::run({layer}.layer(app)).await.unwrap(); }}"
        )
    };
    let told =
        |name: &str| format!("LS0207 `{name}` around the router runs before routing and may change the path");
    let slashes = main("tower_http::normalize_path::NormalizePathLayer::trim_trailing_slash()");
    check(&slashes, &[&told("NormalizePathLayer")]);
    check_held(&slashes, &["GET /a"]);
    let rewriting = main("from_fn(rewrite)");
    check(&rewriting, &[&told("rewrite")]);
    check_held(&rewriting, &["GET /a", "GET /b"]);
    check(&main("tower_http::trace::TraceLayer::new_for_http()"), &[]);
    check(&main("from_fn(look)"), &[]);
}
