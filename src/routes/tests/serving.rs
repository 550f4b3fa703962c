//! Which router counts.

use super::{check, check_codes, evaluated, shown};
use crate::routes::{ServedBy, evaluate};

const APP: &str = r#"let app = Router::new().route("/x", get(a));"#;

#[track_caller]
fn check_serving(body: &str, by: &[ServedBy]) {
    let (table, _) = evaluated(&format!("#[tokio::main] async fn main() {{ {APP} {body} }}"));
    assert_eq!(shown(&table), "GET /x a\n", "{body}");
    assert_eq!(table.served_by, by, "{body}");
    assert!(table.entry.is_some());
}

#[test]
fn ways_to_serve() {
    let lambda = &[ServedBy::Lambda];
    let http = &[ServedBy::Http];
    check_serving("run(app).await.unwrap();", lambda);
    check_serving("lambda_http::run_with_streaming_response(app).await;", lambda);
    check_serving(
        "lambda_http::run(tower::ServiceBuilder::new().layer(axum_aws_lambda::LambdaLayer::default()).service(app)).await;",
        lambda,
    );
    check_serving(
        "lambda_http::run(lambda_http::service_fn(|event| async { app.clone().oneshot(event).await })).await;",
        lambda,
    );
    check_serving(
        "lambda_http::run(lambda_http::tower::ServiceExt::map_request(app, |request: lambda_http::Request| request.map(axum::body::Body::new))).await;",
        lambda,
    );
    check_serving(
        "axum::serve(listener, app.into_make_service_with_connect_info::<X>()).with_graceful_shutdown(s()).await;",
        http,
    );
    check_serving("axum::Server::bind(&addr).serve(app.into_make_service()).await;", http);
    check_serving("axum_server::bind_rustls(addr, c).serve(app.into_make_service()).await;", http);
    check_serving("tokio::spawn(async move { axum::serve(listener, app).await });", http);
    check_serving(
        "if lambda { run(app).await; } else { axum::serve(l, app).await; }",
        &[ServedBy::Lambda, ServedBy::Http],
    );
    check_serving(
        "match mode { Mode::Lambda => run(app.into_service()).await, _ => { axum::serve(l, app).await } };",
        &[ServedBy::Lambda, ServedBy::Http],
    );
}

#[test]
fn main_without_async() {
    check(
        r#"fn main() { tokio::runtime::Runtime::new().unwrap().block_on(async { run(Router::new().route("/x", get(a))).await }).unwrap() }"#,
        "GET /x a",
    );
    check(
        r#"mod server { use super::*; pub async fn start(c: Config) { let app = Router::new().route("/x", get(a)); axum::serve(l, app).await; } }
        #[tokio::main] async fn main() { server::start(config()).await; }"#,
        "GET /x a",
    );
    check(
        r#"#[shuttle_runtime::main] async fn main() -> X { Ok(Router::new().route("/x", get(a)).into()) }"#,
        "GET /x a",
    );
}

#[test]
fn routers_that_are_not_served_do_not_count() {
    let source = r#"fn unused() -> Router { Router::new().route("/no", get(a)) }
        #[cfg(test)] mod tests { fn app() -> Router { Router::new().route("/test", get(a)) } }
        #[tokio::main] async fn main() { let other = Router::new().route("/other", get(b)).mystery(); run(Router::new().route("/yes", get(a))).await; }"#;
    check(source, "GET /yes a");
    check_codes(source, &[]);
}

#[test]
fn other_things_called_get_are_no_routes() {
    check_codes(
        r#"#[tokio::main] async fn main() { let map = std::collections::HashMap::new(); map.get("x"); let client = reqwest::Client::new(); client.get("/y").send().await; reqwest::get("/z").await; }"#,
        &["LS0201"],
    );
    check(
        r#"mod m { pub fn get(x: u8) -> u8 { x } } #[tokio::main] async fn main() { use m::get; let y = get(1); run(Router::new().route("/x", post(a))).await; }"#,
        "POST /x a",
    );
}

#[test]
fn lambda_wins_over_other_routers() {
    let source = r#"#[tokio::main] async fn main() { tokio::spawn(async { axum::serve(l, Router::new().route("/metrics", get(b)).route("/m2", get(b))).await });
        run(Router::new().route("/x", get(a))).await; }"#;
    check(source, "GET /x a");
}

#[track_caller]
fn check_library(source: &str, expect: &str) {
    let uses = "use axum::{Router, routing::get}; async fn a() {} async fn b() {}";
    let text = format!("{uses}\n{source}");
    let program = crate::resolve::tests::program(&[("src/lib.rs", &text)]);
    let table = evaluate(&program, &mut crate::diagnostic::Diagnostics::default());
    assert_eq!(shown(&table), expect);
}

#[test]
fn libraries_give_their_root_router() {
    check_library(
        r#"fn users() -> Router { Router::new().route("/users", get(a)) }
        pub fn router(settings: Settings) -> Router { Router::new().merge(users()).route("/", get(b)) }
        #[cfg(test)] mod tests { fn t() { super::router(x); } }"#,
        "GET /users a\nGET / b\n",
    );
    check_library(
        r#"pub struct App { router: Router } impl App { pub fn router(self) -> Result<Router, E> { Ok(Router::new().route("/m", get(a))) } }"#,
        "GET /m a\n",
    );
    check_library(
        r#"pub async fn launch() { let r = router(x).await; axum::serve(l, r.into_make_service()).await; } fn router(s: S) -> Router { Router::new().route("/s", get(a)) }"#,
        "GET /s a\n",
    );
}

#[test]
fn older_versions_write_parameters_with_colons() {
    let manifest = "[package]\nname = \"old\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\naxum = \"0.7\"\nlambda_http = \"0.13\"\n";
    let main = r#"use axum::{Router, routing::get}; async fn a() {} #[tokio::main] async fn main() { lambda_http::run(Router::new().nest("/api/:v", Router::new().route("/u/:id/p/*rest", get(a)))).await; }"#;
    let program = crate::resolve::tests::program(&[("Cargo.toml", manifest), ("src/main.rs", main)]);
    let table = evaluate(&program, &mut crate::diagnostic::Diagnostics::default());
    assert_eq!(shown(&table), "GET /api/{v}/u/{id}/p/{rest+} a\n");
}

#[track_caller]
fn check_library_findings(source: &str, expect: &[&str]) {
    let uses = "use axum::{Router, routing::get}; async fn a() {} async fn b() {}";
    let text = format!("{uses}\n{source}");
    let program = crate::resolve::tests::program(&[("src/lib.rs", &text)]);
    let mut diagnostics = crate::diagnostic::Diagnostics::default();
    let table = evaluate(&program, &mut diagnostics);
    assert_eq!(shown(&table), "");
    let sources = &program.tree.sources;
    let shown = diagnostics
        .sorted()
        .iter()
        .map(|one| {
            let line = one.location.map_or_else(|| "-".to_string(), |at| sources.line(at).to_string());
            format!("{} {line}", one.code.as_str())
        })
        .collect::<Vec<_>>();
    assert_eq!(shown, expect);
}

#[test]
fn a_library_whose_routes_are_not_known_says_where_they_would_be() {
    // What is registered comes from outside, and another function serves what it is given.
    check_library_findings(
        "pub struct Routes { all: Vec<One> } pub struct One { path: String, method: MethodRouter }
        impl Routes { pub fn to_router(&self,
            mut app: Router) -> Router { for one in self.each() {
            app = app.route(&one.path, one.method); } app } fn each(&self) -> Vec<One> { unknown() } }
        pub trait Hooks { fn serve(app: Router) { axum::serve(l, 
            app.into_make_service()); } }",
        &["LS0204 5", "LS0204 5", "LS0204 7"],
    );
    // Nobody hands the router on.
    check_library_findings(
        "pub struct App { router: Router } impl App { pub fn new() -> Self { Self {
            router: Router::new().route(\"/x\", get(a)) } } }",
        &["LS0201 -", "LS0201 3"],
    );
}

#[test]
fn a_function_that_only_names_something_like_a_server_does_not_serve() {
    check_library(
        r#"pub struct Assets; impl Assets { pub fn apply(&self, app: Router) -> Router { let assets = load(); app.route("/assets", get(move || assets.serve())) } }
        pub fn router() -> Router { Router::new().route("/x", get(a)).route("/y", get(b)) }"#,
        "GET /x a\nGET /y b\n",
    );
}

#[test]
fn what_is_not_known_of_other_routers_is_said() {
    let uses = "use axum::{Router, routing::get}; async fn a() {}";
    let source = r#"pub fn known() -> Router { Router::new().route("/x", get(a)) } pub fn open(all: Vec<One>) -> Router { let mut app = Router::new(); for one in all { app = app.route("/y", one.methods); } app }"#;
    let program = crate::resolve::tests::program(&[("src/lib.rs", &format!("{uses}\n{source}"))]);
    let mut diagnostics = crate::diagnostic::Diagnostics::default();
    let table = evaluate(&program, &mut diagnostics);
    assert_eq!(shown(&table), "GET /x a\n");
    let codes: Vec<&str> = diagnostics.sorted().iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["LS0204"]);
}
