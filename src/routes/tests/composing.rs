//! What Axum's own calls do.

use super::{check, check_app, check_codes, evaluated};
use crate::diagnostic::Diagnostics;
use crate::routes::OpKind;

#[test]
fn a_chain_of_routes() {
    check_app(
        r#"Router::new().route("/items", get(a).post(b)).route("/items/{id}", get(c)).route("/f/{*rest}", any(d))"#,
        "GET /items a
         POST /items b
         GET /items/{id} c
         ANY /f/{rest+} d",
    );
}

#[test]
fn method_filters_and_services() {
    check_app(
        r#"Router::<()>::default()
            .route("/x", on(MethodFilter::GET.or(MethodFilter::POST), a).on(MethodFilter::DELETE, b))
            .route("/y", on(MethodFilter::PUT | MethodFilter::PATCH, c))
            .route("/z", MethodRouter::new().get(a).put_service(S).merge(post(b)))
            .route("/w", axum::routing::get_service(tower_http::services::ServeFile::new("x")))
            .route("/v", routing::any_service(S))
            .route_service("/u", tower_http::services::ServeFile::new("x"))"#,
        "GET /x a
         POST /x a
         DELETE /x b
         PUT /y c
         PATCH /y c
         GET /z a
         PUT /z S
         POST /z b
         GET /w ServeFile
         ANY /v S
         ANY /u ServeFile",
    );
}

#[test]
fn prefixes_are_joined_as_axum_joins_them() {
    check_app(
        r#"Router::new()
            .nest("/api", Router::new().route("/", get(a)).route("/x", get(b)).nest("/v1", Router::new().route("/y/{id}", get(c))))
            .nest("/t/", Router::new().route("/z", get(d)))
            .merge(Router::new().route("/m", post(a)))
            .nest_service("/s", Router::new().route("/in", get(b)))
            .nest_service("/files", tower_http::services::ServeDir::new("assets"))"#,
        "GET /api a
         GET /api/x b
         GET /api/v1/y/{id} c
         GET /t/z d
         POST /m a
         GET /s/in b
         service /files ServeDir::new",
    );
}

#[test]
fn layers_wrap_what_was_registered_before_them() {
    check_app(
        r#"Router::new()
            .route("/a", get(a))
            .layer(tower_http::trace::TraceLayer::new_for_http().make_span_with(x))
            .route("/b", get(b).layer(Extension(1)).post(c))
            .route_layer(middleware::from_fn(auth))
            .layer(tower_http::cors::CorsLayer::permissive())
            .route("/c", get(c.layer(axum::extract::DefaultBodyLimit::max(9))))
            .fallback(d)"#,
        r#"GET /a a [CorsLayer, auth, TraceLayer]
         GET /b b [CorsLayer, auth, Extension]
         POST /b c [CorsLayer, auth]
         GET /c c [DefaultBodyLimit]
         404 "" d"#,
    );
}

#[test]
fn a_service_builder_runs_from_the_outside_in() {
    check(
        r#"
        struct AuthLayer; impl AuthLayer { fn new() -> Self { AuthLayer } }
        fn trace() -> tower_http::trace::TraceLayer { tower_http::trace::TraceLayer::new_for_http() }
        #[tokio::main] async fn main() {
            let cors = tower_http::cors::CorsLayer::new().allow_origin(tower_http::cors::Any);
            let stack = tower::ServiceBuilder::new().layer(trace()).layer(cors).timeout(t).option_layer(None::<AuthLayer>);
            let app = Router::new().route("/", get(a)).layer(stack).layer(AuthLayer::new())
                .layer((Extension(1), middleware::map_response(b)));
            axum::serve(listener, app.layer(axum::middleware::from_fn_with_state(1, auth))).await.unwrap();
        }"#,
        "GET / a [auth, Extension, b, AuthLayer, TraceLayer, CorsLayer, TimeoutLayer]",
    );
}

#[test]
fn fallbacks_and_their_layers() {
    check_app(
        r#"Router::new()
            .nest("/api", Router::new().route("/x", get(a)).fallback(b))
            .fallback(c)
            .method_not_allowed_fallback(d)
            .route_layer(middleware::from_fn(auth))
            .layer(Extension(1))"#,
        r#"GET /api/x a [Extension, auth]
         404 "/api" b [Extension]
         404 "" c [Extension]
         405 "" d [Extension]"#,
    );
    check_app(r#"Router::new().route("/x", get(a)).fallback(c).reset_fallback()"#, "GET /x a");
}

#[test]
fn state_does_not_hide_routes() {
    let (table, _) = evaluated(
        r#"struct AppState; async fn h(State(s): State<AppState>, Path(id): Path<String>) {}
        fn router() -> Router<AppState> { Router::new().route("/{id}", get(h)) }
        #[tokio::main] async fn main() { run(router().with_state(AppState)).await; }"#,
    );
    assert_eq!(table.routes[0].state.as_deref(), Some("AppState"));
    assert_eq!(table.routes[0].extractors, ["State<AppState>", "Path<String>"]);
}

#[test]
fn spans_of_calls_are_exact() {
    let source = r#"fn api() -> Router { Router::new().route("/x", get(a).post(b)) }
        #[tokio::main] async fn main() { run(Router::new().nest("/api", api()).layer(Extension(1))).await; }"#;
    let program = super::program(source);
    let table = crate::routes::evaluate(&program, &mut crate::diagnostic::Diagnostics::default());
    let text = |at| program.tree.sources.text(at).to_string();
    let router = table.router.expect("a router");
    assert_eq!(text(router.origin), "Router::new()");
    assert_eq!(text(router.ops[0].call), r#".nest("/api", api())"#);
    assert_eq!(text(router.ops[1].call), ".layer(Extension(1))");
    let OpKind::Nest { inner, .. } = &router.ops[0].kind else { panic!("a nest") };
    assert_eq!(text(inner.ops[0].call), r#".route("/x", get(a).post(b))"#);
    let OpKind::Route { methods, pattern, .. } = &inner.ops[0].kind else { panic!("a route") };
    assert_eq!(pattern, "/x");
    assert_eq!((text(methods[0].call), methods[0].is_head), ("get(a)".to_string(), true));
    assert_eq!((text(methods[1].call), methods[1].is_head), (".post(b)".to_string(), false));
    assert_eq!(text(methods[1].handler.expr), "b");
    assert_eq!(text(methods[1].handler.location), "b");
    assert_eq!(table.routes[methods[1].route].id, "POST /api/x");
}

#[test]
fn unknown_methods_do_not_cut_the_chain() {
    let source = r#"#[tokio::main] async fn main() { run(Router::new().route("/x", get(a)).mystery().route("/y", get(b))).await; }"#;
    check(
        source,
        "GET /x a
         GET /y b",
    );
    check_codes(source, &["LS0203"]);
}

#[test]
fn unknown_parts_are_findings() {
    check_codes(
        r#"#[tokio::main] async fn main() { let p = std::env::var("P").unwrap();
            run(Router::new().route(&p, get(a)).merge(other::router()).route("/x", get(nowhere)).route("/y", made())).await; }"#,
        &["LS0202", "LS0204", "LS0204", "LS0205"],
    );
}

#[test]
fn layers_around_the_whole_router_are_kept_apart() {
    for serve in [
        "axum::serve(listener, axum::ServiceExt::<axum::extract::Request>::into_make_service(app)).await;",
        "run(lambda_http::tower::ServiceExt::map_request(app, |request: lambda_http::Request| request.map(axum::body::Body::new))).await;",
    ] {
        let source = format!(
            r#"#[tokio::main] async fn main() {{
            let app = Router::new().route("/x", get(a));
            let app = tower_http::normalize_path::NormalizePathLayer::trim_trailing_slash().layer(app);
            {serve} }}"#
        );
        check(&source, "GET /x a");
        let (table, _) = evaluated(&source);
        let names: Vec<&str> =
            table.wrapped.iter().flat_map(|one| &one.layers).map(|layer| layer.name.as_str()).collect();
        assert_eq!(names, ["NormalizePathLayer"], "{serve}");
    }
}

#[test]
fn documentation_pages_are_services() {
    check_app(
        r#"Router::new().route("/x", get(a)).merge(utoipa_swagger_ui::SwaggerUi::new("/docs").url("/o.json", x))"#,
        "GET /x a
         service /docs SwaggerUi::new",
    );
}

#[test]
fn open_api_routers() {
    check(
        r#"#[utoipa::path(get, path = "/pets", responses((status = 200, body = x)))] async fn list() {}
        #[utoipa::path(post, path = "/pets", tag = "path = no")] async fn create() {}
        #[tokio::main] async fn main() {
            let (router, api) = utoipa_axum::router::OpenApiRouter::with_openapi(x).routes(utoipa_axum::routes!(list, create)).split_for_parts();
            run(router).await; }"#,
        "GET /pets list
         POST /pets create",
    );
    check(
        r#"#[tokio::main] async fn main() {
            let app = aide::axum::ApiRouter::new().api_route("/x", aide::axum::routing::get_with(a, |op| op).post(b)).nest_api_service("/n", aide::axum::ApiRouter::new().route("/y", get(c)));
            run(app.finish_api(&mut api)).await; }"#,
        "GET /x a
         POST /x b
         GET /n/y c",
    );
    check(
        r#"#[derive(TypedPath)] #[typed_path("/users/{id}")] struct UserPath { id: u32 }
        async fn show(path: UserPath) {}
        #[tokio::main] async fn main() { run(Router::new().typed_get(show)).await; }"#,
        "GET /users/{id} show",
    );
}

#[test]
fn a_page_of_documentation_answers_get() {
    let source = r#"#[tokio::main] async fn main() {
        let page = aide::scalar::Scalar::new("/openapi.json").with_title("Docs");
        run(aide::axum::ApiRouter::new().route("/docs", page.axum_route())).await; }"#;
    let files = [("src/main.rs", &*format!("{}{source}", super::USES))];
    let program = crate::resolve::tests::program_with("aide = \"0.14\"\n", &files);
    let table = crate::routes::evaluate(&program, &mut Diagnostics::default());
    assert_eq!(super::shown(&table), "GET /docs Scalar\n");
}

#[test]
fn a_path_that_this_version_of_axum_refuses_is_a_finding() {
    let main = |app: &str| format!("#[tokio::main] async fn main() {{ run({app}).await.unwrap(); }}");
    let one = r#"Router::new().route("/:a/x", get(a)).nest("/n", Router::new().route("/*b", get(b)))"#;
    check_codes(&main(one), &["LS0209", "LS0209"]);
    let (_, diagnostics) = evaluated(&main(one));
    let helps: Vec<_> = diagnostics.sorted().iter().map(|one| one.help.clone().unwrap_or_default()).collect();
    assert_eq!(helps, ["write `/{a}/x`", "write `/{*b}`"]);
    check_codes(&main(&format!("{one}.without_v07_checks()")), &[]);
    check_codes(&main(r#"Router::new().route("/{a}/x:y", get(a))"#), &[]);
}
