use super::*;
use crate::resolve::{DefKind, EdgeKind};
use crate::test_support::App;

#[track_caller]
fn check(app: &mut App, expected: &[Code]) {
    let graph = app.graph();
    let mut diagnostics = Diagnostics::default();
    find(&graph, &app.program, &app.routes, &app.sources, &mut diagnostics);
    let mut codes: Vec<Code> = diagnostics.sorted().into_iter().map(|finding| finding.code).collect();
    codes.sort();
    assert_eq!(codes, expected, "{:#?}", diagnostics.sorted());
}

fn body(text: &str) -> App {
    let mut app = App::new();
    app.route_with("GET /a", "a", text);
    app
}

#[test]
fn a_web_socket_is_found_by_its_extractor() {
    let mut app = App::new();
    app.route("GET /ws");
    app.routes.routes[0].extractors = vec!["axum::extract::WebSocketUpgrade".into()];
    check(&mut app, &[Code::WEBSOCKET]);
    app.routes.routes[0].extractors = vec!["Json<MyWebSocketUpgradeForm>".into()];
    check(&mut app, &[]);
}

#[test]
fn gateway_context_is_found_by_its_extractor() {
    let mut app = App::new();
    app.route("GET /a");
    app.routes.routes[0].extractors = vec!["Extension<RequestContext>".into()];
    check(&mut app, &[Code::REQUEST_CONTEXT_USE]);
    app.routes.routes[0].extractors = vec!["Extension<Arc<Context>>".into()];
    check(&mut app, &[]);
}

#[test]
fn the_peers_address_is_missed_where_no_lambda_entry_was() {
    let text = "async fn a(ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String { peer.to_string() }";
    check(&mut body(text), &[Code::PEER_ADDRESS]);
    let mut app = body(text);
    app.routes.served_by = vec![ServedBy::Lambda];
    check(&mut app, &[]);
    check(&mut body("async fn a(x: MyConnectInfo) -> String { todo() }"), &[]);
}

#[test]
fn a_stream_is_found_in_the_answer_type_only() {
    check(&mut body("async fn a() -> Sse<impl Stream<Item = Event>> { todo() }"), &[Code::STREAMING]);
    check(&mut body("/// Not an Sse<X>.\nasync fn a(x: Sse) -> Json<Assessment> { Sse::new() }"), &[]);
}

#[test]
fn a_static_that_changes_is_found_and_a_constant_one_is_not() {
    for (text, expected) in [
        ("static HITS: AtomicU64 = AtomicU64::new(0);", &[Code::SHARED_MUTABLE_STATE][..]),
        ("static mut HITS: u64 = 0;", &[Code::SHARED_MUTABLE_STATE]),
        ("static CONFIG: LazyLock<Config> = LazyLock::new(read); // no Mutex", &[]),
    ] {
        let mut app = App::new();
        let handler = app.route("GET /a");
        let hits = app.def(DefKind::Static, "HITS", text);
        app.refers(handler, hits, EdgeKind::Const);
        check(&mut app, expected);
    }
}

#[test]
fn a_static_that_no_route_reaches_is_no_finding() {
    let mut app = App::new();
    app.route("GET /a");
    app.def(DefKind::Static, "HITS", "static HITS: AtomicU64 = AtomicU64::new(0);");
    check(&mut app, &[]);
}

#[test]
fn state_with_a_lock_is_found_and_state_with_a_client_is_not() {
    for (text, expected) in [
        ("struct AppState { cache: Arc<Mutex<Vec<u8>>> }", &[Code::SHARED_MUTABLE_STATE][..]),
        ("struct AppState { client: Client }", &[]),
    ] {
        let mut app = App::new();
        app.route("GET /a");
        app.def(DefKind::Struct, "AppState", text);
        app.routes.routes[0].state = Some("AppState".into());
        check(&mut app, expected);
    }
}

#[test]
fn a_detached_task_is_found_and_an_awaited_one_is_not() {
    check(&mut body("async fn a() { tokio::spawn(async { send().await }); }"), &[Code::DETACHED_SPAWN]);
    check(&mut body("async fn a() { let _ = tokio::spawn(send()); }"), &[Code::DETACHED_SPAWN]);
    check(&mut body("async fn a() { tokio::spawn(send()).await; let t = tokio::spawn(x()); t.await; }"), &[]);
    check(&mut body("async fn a() { /* tokio::spawn(send()); */ command.spawn(); }"), &[]);
}

#[test]
fn dependence_on_the_crate_is_found_outside_of_comments() {
    check(
        &mut body("fn a() -> &'static str { concat!(module_path!(), env!(\"CARGO_PKG_VERSION\")) }"),
        &[Code::CRATE_NAME_DEPENDENCE, Code::CRATE_NAME_DEPENDENCE],
    );
    check(&mut body("fn a() { \"module_path!\"; env!(\"HOME\"); } // env!(\"CARGO_PKG_NAME\")"), &[]);
}

#[test]
fn a_loop_before_serving_is_found_and_a_single_task_is_not() {
    for (text, expected) in [
        (
            "fn main() { tokio::spawn(async { loop { poll().await } }); serve() }",
            &[Code::BACKGROUND_LOOP][..],
        ),
        ("fn main() { tokio::spawn(async { warm().await }); serve() }", &[]),
    ] {
        let mut app = App::new();
        app.route("GET /a");
        let entry = app.def(DefKind::Fn, "main", text);
        app.routes.entry = Some(entry);
        check(&mut app, expected);
    }
}
