//! Routers built by code: functions, branches, loops, structs, traits, texts.

use super::{check, check_codes};

#[track_caller]
fn check_main(body: &str, expect: &str) {
    check(&format!("#[tokio::main] async fn main() -> Result<(), Error> {{ {body} }}"), expect);
}

#[test]
fn locals_shadowing_and_reassignment() {
    check_main(
        r#"let app = Router::new(); let app = app.route("/a", get(a)); let mut other = { let app = Router::new(); app.route("/b", get(b)) };
        other = other.route("/c", get(c)); run(app.merge(other)).await"#,
        "GET /a a
         GET /b b
         GET /c c",
    );
}

#[test]
fn functions_are_entered_with_their_arguments() {
    check(
        r#"fn mount(app: Router, prefix: &str, inner: Router) -> Router { app.nest(prefix, inner) }
        async fn build(path: &'static str) -> anyhow::Result<Router> { let r = load().await?; Ok(Router::new().route(path, get(a))) }
        fn verbs(h: MethodRouter) -> MethodRouter { h.post(b) }
        fn add(app: &mut Router) { *app = std::mem::take(app).route("/mut", get(d)); }
        #[tokio::main] async fn main() -> anyhow::Result<()> {
            let mut app = mount(Router::new(), "/one", build("/x").await?);
            add(&mut app);
            let app = mount(app, "/two", build("/y").await?.route("/z", verbs(get(c))));
            run(app).await }"#,
        "GET /one/x a
         GET /mut d
         GET /two/y a
         GET /two/z c
         POST /two/z b",
    );
}

#[test]
fn associated_functions_generics_and_traits() {
    check(
        r#"struct Users; struct Orders;
        trait Module { const PATH: &'static str; fn routes(&self) -> Router; fn mounted(&self) -> Router { Router::new().nest(Self::PATH, self.routes()) } }
        impl Users { async fn list() {} fn api() -> Router { Router::new().route("/list", get(Self::list)) } }
        impl Module for Users { const PATH: &'static str = "/users"; fn routes(&self) -> Router { Self::api() } }
        impl Module for Orders { const PATH: &'static str = "/orders"; fn routes(&self) -> Router { Router::new().route("/", get(b)) } }
        fn with<M: Module>(app: Router, m: M) -> Router { app.merge(m.mounted()) }
        fn at<M: Module>() -> Router { Router::new().route(M::PATH, post(c)) }
        #[tokio::main] async fn main() {
            let modules: Vec<Box<dyn Module>> = vec![Box::new(Orders)];
            let mut app = with(Router::new(), Users).merge(at::<Users>());
            for m in &modules { app = app.merge(m.mounted()); }
            run(app).await; }"#,
        "GET /users/list list
         POST /users c
         GET /orders b",
    );
}

#[test]
fn trait_objects_lead_to_their_implementations() {
    check(
        r#"trait Module { fn routes(&self) -> Router; } struct Only; impl Module for Only { fn routes(&self) -> Router { Router::new().route("/o", get(a)) } }
        fn build(m: std::sync::Arc<dyn Module>) -> Router { m.routes() }
        #[tokio::main] async fn main() { run(build(unknown())).await; }"#,
        "GET /o a",
    );
}

#[test]
fn extension_traits_on_router() {
    check(
        r#"trait RouterExt { fn health(self) -> Self; fn twice(self) -> Self where Self: Sized { self } }
        impl<S> RouterExt for Router<S> { fn health(self) -> Self { self.route("/health", get(a)) } }
        trait RouteExt { fn guarded(self) -> Self; } impl<S> RouteExt for MethodRouter<S> { fn guarded(self) -> Self { self.layer(middleware::from_fn(auth)) } }
        #[tokio::main] async fn main() { run(Router::new().health().twice().route("/x", get(b).guarded())).await; }"#,
        "GET /health a
         GET /x b [auth]",
    );
}

#[test]
fn builders_and_struct_fields() {
    check(
        r#"struct App { router: Router, name: String } struct Builder { router: Router, prefix: &'static str }
        impl Builder { fn new() -> Self { Self { router: Router::new(), prefix: "/p" } }
            fn users(mut self) -> Self { self.router = self.router.route("/users", get(a)); self }
            fn add(&mut self, path: &str) -> &mut Self { self.router = self.router.clone().route(path, get(b)); self }
            fn build(self) -> App { App { name: x(), router: Router::new().nest(self.prefix, self.router) } } }
        impl App { async fn serve(self) { let App { router, .. } = self; axum::serve(l, router).await; } }
        #[tokio::main] async fn main() { let mut builder = Builder::new().users(); builder.add("/orders"); builder.build().serve().await; }"#,
        "GET /p/users a
         GET /p/orders b",
    );
}

#[test]
fn branches_are_conditional() {
    check_main(
        r#"let mut app = Router::new().route("/a", get(a));
        if debug { app = app.route("/b", get(b)); }
        if let Some(x) = &config.admin { app = app.route("/c", get(c)); } else { app = app.route("/d", get(d)); }
        run(app).await"#,
        "GET /a a
         GET /b b {debug}
         GET /c c {let Some(x) = &config.admin}
         GET /d d {!(let Some(x) = &config.admin)}",
    );
    check_main(
        r#"let api = match mode { Mode::A => Router::new().route("/a", get(a)), Mode::B => Router::new().route("/b", get(b)).layer(Extension(1)), _ => panic!("no") };
        run(Router::new().nest("/api", api)).await"#,
        "GET /api/a a {matches!(mode, Mode::A)}
         GET /api/b b [Extension] {matches!(mode, Mode::B)}",
    );
}

#[test]
fn branches_that_do_not_come_to_an_end_do_not_count() {
    check_main(
        r#"let app = match build() { Ok(_) => Router::new().route("/a", get(a)), Err(e) => return Err(e.into()) };
        let app = if bad { unreachable!() } else { app.route("/b", get(b)) };
        let Some(x) = y else { return Ok(()) };
        if is_lambda() { run(app).await?; return Ok(()); }
        axum::serve(listener, app.into_make_service()).await"#,
        "GET /a a
         GET /b b",
    );
    check(
        r#"fn build(admin: bool) -> Router { let app = Router::new().route("/a", get(a)); if !admin { return app; } app.route("/b", get(b)) }
        #[tokio::main] async fn main() { run(build(x())).await; }"#,
        "GET /a a
         GET /b b {admin}",
    );
}

#[test]
fn the_same_route_of_both_branches_is_unconditional() {
    check_main(
        r#"let app = if x { Router::new().route("/a", get(a)).layer(Extension(1)) } else { Router::new().route("/a", get(a)) }; run(app).await"#,
        "GET /a a [Extension]",
    );
}

#[test]
fn cfg_is_evaluated_where_it_stands() {
    check_main(
        r#"let app = Router::new().route("/a", get(a));
        #[cfg(feature = "off")] let app = app.route("/b", get(b));
        #[cfg(not(feature = "off"))] let app = app.route("/c", get(c));
        let app = if cfg!(feature = "off") { app.route("/d", get(d)) } else { app };
        let app = if cfg!(tokio_unstable) { app.route("/e", get(a)) } else { app };
        run(app).await"#,
        "GET /a a
         GET /c c
         GET /e a {cfg!(tokio_unstable)}",
    );
}

#[test]
fn loops_and_folds_over_known_lists() {
    check(
        r#"const PATHS: &[&str] = &["/a", "/b"]; static TABLE: [(&str, u8); 1] = [("/t", 1)];
        #[tokio::main] async fn main() {
            let mut app = Router::new();
            for path in PATHS { app = app.route(path, get(a)); }
            for (path, _) in TABLE.iter() { app = app.route(path, post(a)); }
            let routes = vec![("/x", get(b)), ("/y", post(c))];
            let app = routes.into_iter().fold(app, |app, (path, methods)| app.route(path, methods));
            let mut parts = Vec::new(); parts.push(Router::new().route("/p", get(d)));
            let app = parts.into_iter().fold(app, Router::merge);
            let mut app = app;
            ["/q"].iter().for_each(|path| { app = std::mem::take(&mut app).route(path, get(d)); });
            run(app).await; }"#,
        "GET /a a
         GET /b a
         POST /t a
         GET /x b
         POST /y c
         GET /p d
         GET /q d",
    );
}

#[test]
fn loops_over_unknown_lists_are_conditional() {
    check_main(
        r#"let mut app = Router::new(); for name in names() { app = app.route(&format!("/n/{name}"), get(a)); } run(app).await"#,
        "GET /n/{?} a {for name in names()}",
    );
}

#[test]
fn options_and_closures() {
    check_main(
        r#"let extra = Some(Router::new().route("/x", get(a))); let none: Option<Router> = None;
        let build = |path: &str| Router::new().route(path, get(b));
        let app = extra.map(|r| r.route("/y", get(c))).unwrap_or_default().merge(build("/z"));
        let app = none.unwrap_or_else(Router::new).merge(app);
        let app: Router = Some(app).ok_or("x")?;
        run(app).await"#,
        "GET /x a
         GET /y c
         GET /z b",
    );
}

#[test]
fn texts_are_followed() {
    check(
        r#"mod paths { pub const BASE: &str = "/base"; pub static ID: &str = "{id}"; } struct T; impl T { const PATH: &'static str = "/assoc"; }
        enum Kind { User, Order } impl Kind { fn path(&self) -> &'static str { match self { Kind::User => "/user", Kind::Order => "/order" } } }
        fn under(p: &str) -> String { format!("{}/{p}", paths::BASE) }
        #[tokio::main] async fn main() {
            let v = 2;
            run(Router::new()
                .route(paths::BASE, get(a))
                .route(&format!("{}/{}", paths::BASE, paths::ID), get(a))
                .route(concat!("/c", "/d"), get(a))
                .route(&under("u"), get(a))
                .route(&("/plus".to_string() + "/x"), get(a))
                .route(T::PATH, get(a))
                .route(&format!("/v{v}/{{id}}"), get(a))
                .route(Kind::Order.path(), get(a))
                .route(String::from("/s").as_str(), get(a))).await; }"#,
        "GET /base a
         GET /base/{id} a
         GET /c/d a
         GET /base/u a
         GET /plus/x a
         GET /assoc a
         GET /v2/{id} a
         GET /order a
         GET /s a",
    );
}

#[test]
fn handlers_are_definitions() {
    check(
        r#"mod h { pub mod users { pub async fn list() {} } pub async fn get() {} } use h::users::list as all;
        struct Api; impl Api { async fn one() {} } fn make() -> impl Fn() { || async {} }
        #[tokio::main] async fn main() { let bound = h::users::list;
            run(Router::new().route("/a", get(all)).route("/b", get(h::get)).route("/c", get(Api::one)).route("/d", get(bound))
                .route("/e", get(|| async { "x" })).route("/f", get(make())).route("/g", get("fixed")).route("/h", get(external::health))
                .route("/i", get({ let s = 1; move || a() }))).await; }"#,
        "GET /a list
         GET /b get
         GET /c one
         GET /d list
         GET /e closure
         GET /f closure
         GET /g constant
         GET /h health
         GET /i closure",
    );
}

#[test]
fn hostile_input_ends() {
    check_codes("fn r() -> Router { r().merge(r()) } fn main() { run(r()); }", &["LS0204", "LS0204"]);
    check_codes(
        "const A: &str = B; const B: &str = A; fn main() { run(Router::new().route(A, get(a))); }",
        &["LS0202"],
    );
    check_codes("fn main() {", &["LS0201"]);
    let routes: Vec<String> = (0..100).map(|at| format!(".route(\"/{at}\", get(a))")).collect();
    let (table, _) = super::evaluated(&format!("fn main() {{ run(Router::new(){}); }}", routes.concat()));
    assert_eq!(table.routes.len(), 100);
    let doubling = |at: usize| {
        format!(
            "fn r{at}() -> Router {{ let r = r{}(); r.clone().nest(\"/a\", r.clone()).nest(\"/b\", r) }}",
            at - 1
        )
    };
    let doubling: Vec<String> = (1..60).map(doubling).collect();
    let first = r#"fn r0() -> Router { Router::new().route("/x", get(a)) }"#;
    let (table, _) = super::evaluated(&format!("{first} {} fn main() {{ run(r59()); }}", doubling.concat()));
    assert!(!table.routes.is_empty());
    // Two of them, made apart, that branches bring together.
    let apart = doubling
        .concat()
        .replace("() -> Router", "<T>(t: T) -> Router")
        .replace("();", "(t);")
        .replace("r0(t)", "r0()");
    let main = "fn main() { let app = if x() { r59(1) } else { r59(2) }; if y() { serve(app) } else { serve(r59(3)) } } fn serve(app: Router) { run(app) }";
    let (table, _) = super::evaluated(&format!("{first} {apart} {main}"));
    assert!(!table.routes.is_empty());
}

#[test]
fn an_optional_prefix_is_a_finding() {
    let source = r#"fn build(path: String) -> Router { let app = Router::new().route("/x", get(a)); let app = if path.is_empty() { app } else { Router::new().nest(&path, app) }; app.layer(Extension(1)) }
        #[tokio::main] async fn main() { run(build(x())).await; }"#;
    check(source, "GET /x a [Extension]");
    check_codes(source, &["LS0202"]);
}

#[test]
fn what_is_known_to_be_absent_does_not_end_the_program() {
    check(
        r#"struct Builder { model: Option<String>, routes: Vec<&'static str> }
        impl Builder { fn new() -> Self { Self { model: None, routes: Vec::new() } }
            fn build(self) -> anyhow::Result<u8> { let model = self.model.clone().context("no model")?; if model.is_empty() { panic!("x") } Ok(1) } }
        #[derive(Parser)] struct Args { port: u16 } impl Args { fn run(self) -> Result<(), E> { axum::serve(l, Router::new().route("/x", get(a))).await } }
        #[tokio::main] async fn main() -> anyhow::Result<()> { let mut builder = Builder::new(); fill(&mut builder.model); builder.build()?; Args::parse().run() }"#,
        "GET /x a",
    );
}

#[test]
fn code_aside_of_routers_is_not_run_to_its_end() {
    let long: Vec<String> = (0..2000).map(|at| format!("let x{at} = other({at});")).collect();
    let source = format!(
        r#"fn aside() -> u8 {{ {} 1 }} #[tokio::main] async fn main() {{ for i in 0..9 {{ aside(); }} run(Router::new().route("/x", get(a))).await; }}"#,
        long.concat()
    );
    check(&source, "GET /x a");
}

#[test]
fn what_a_loop_leaves_at_its_break_counts_after_it() {
    for ready in [
        "for _ in 0..3 { match ready() { Ok(()) => { ok = true; break; } Err(_) => { continue; } } }",
        "while again() { if ready().is_ok() { ok = true; break; } }",
        "loop { if ready().is_ok() { ok = true; break; } }",
        "ready().map(|_| ok = true).ok();",
    ] {
        let source = format!(
            r#"fn ready() -> Result<(), ()> {{ probe() }} #[tokio::main] async fn main() {{ let mut ok = false; {ready} if !ok {{ return; }} run(Router::new().route("/x", get(a))).await; }}"#
        );
        check(&source, "GET /x a");
    }
}

#[test]
fn constants_of_a_type_are_found_through_an_impl_for_all_types() {
    check(
        r#"trait Path { fn path() -> &'static str; } trait Fixed { const PATH: &'static str; }
        impl<T: Fixed> Path for T { fn path() -> &'static str { Self::PATH } }
        struct X; impl Fixed for X { const PATH: &'static str = "/x"; } struct Y; impl Fixed for Y { const PATH: &'static str = "/y"; }
        #[tokio::main] async fn main() { run(Router::new().route(X::path(), get(a)).route(Y::path(), get(b))).await; }"#,
        "GET /x a\nGET /y b",
    );
}

#[test]
fn a_function_of_a_generic_impl_is_evaluated_for_each_type() {
    check(
        r#"trait Auth { fn router(&self) -> Router; } struct Open; struct Closed;
        impl Auth for Open { fn router(&self) -> Router { Router::new() } } impl Auth for Closed { fn router(&self) -> Router { Router::new().route("/y", get(b)) } }
        struct Api<A>(A); impl<A: Auth> Api<A> { fn build(auth: &A) -> Router { Router::new().route("/x", get(a)).merge(auth.router()) } }
        #[tokio::main] async fn main() { run(Router::new().nest("/open", Api::build(&Open)).nest("/closed", Api::build(&Closed))).await; }"#,
        "GET /open/x a\nGET /closed/x a\nGET /closed/y b",
    );
}

#[test]
fn slices_of_texts_are_followed() {
    check(
        r#"const FULL: &str = "/api/x"; #[tokio::main] async fn main() { run(Router::new().nest("/api", Router::new().route(&FULL["/api".len()..], get(a)).route(&FULL[0..4], get(b)))).await; }"#,
        "GET /api/x a\nGET /api/api b",
    );
}

#[test]
fn paths_that_are_not_known_are_routes_of_their_own() {
    let source = "#[tokio::main] async fn main() { let (p, q) = (env(), env()); run(Router::new().route(&p, get(a)).route(&q, get(b))).await; }";
    check(source, "GET /{?} a\nGET /{?} #2 b");
    check(
        "#[tokio::main] async fn main() { let mut app = Router::new(); for methods in [get(a), get(b)] { app = app.route(&env(), methods); } run(app).await; }",
        "GET /{?} a\nGET /{?} #2 b",
    );
    check_codes(source, &["LS0202"]);
}

#[test]
fn local_macros_are_expanded() {
    check(
        r#"macro_rules! add { ($app:ident, $($path:expr => $handler:expr),*) => { $app = $app$(.route($path, get($handler)))*; } }
        macro_rules! crud { ($path:literal, $list:path, $make:path) => { Router::new().route($path, get($list).post($make)) } }
        macro_rules! handlers { ($($name:ident),*) => { $(async fn $name() {})* } }
        handlers!(b, c);
        #[tokio::main] async fn main() { let mut app = Router::new().route("/x", get(a)); add!(app, "/y" => b); run(app.nest("/z", crud!("/w", b, c))).await; }"#,
        "GET /x a\nGET /y b\nGET /z/w b\nPOST /z/w c",
    );
}

#[test]
fn macros_that_are_given_a_router_are_reported() {
    let source = r#"macro_rules! add { ($app:ident) => {}; }
        #[tokio::main] async fn main() { let mut app = Router::new().route("/x", get(a)); add!(app, "/y"); run(app).await; }"#;
    check(source, "GET /x a");
    check_codes(source, &["LS0204"]);
}

#[test]
fn texts_changed_in_place_are_followed() {
    check(
        r#"fn full(base: &str) -> String { let mut path = base.to_string(); if !path.ends_with('/') { path.push('/'); } path.insert(0, '/'); path.push_str("x"); path }
        #[tokio::main] async fn main() { let mut y = full("a"); y.clear(); y.push_str("/y"); run(Router::new().route(&full("a"), get(a)).route(&full("b/"), get(b)).route(&y, get(c))).await; }"#,
        "GET /a/x a\nGET /b/x b\nGET /y c",
    );
    check_main(
        r#"let id = 1; let mut path = String::from("/a"); write!(path, "/b{id}")?; write!(&mut path, "/{{c}}")?; run(Router::new().route(&path, get(a))).await"#,
        "GET /a/b1/{c} a",
    );
    let source = r#"#[tokio::main] async fn main() { let mut path = String::from("/a"); path.truncate(n()); run(Router::new().route(&path, get(a))).await; }"#;
    check_codes(source, &["LS0202"]);
}

#[test]
fn default_values_are_known() {
    check(
        r#"#[derive(Clone, Default)] struct Routes { prefix: Option<String>, list: Vec<One>, on: bool, router: Router } struct One { path: String, method: MethodRouter }
        #[derive(Default)] struct Outer { inner: Routes, own: Own } struct Own(&'static str); impl Default for Own { fn default() -> Self { Own("/own") } }
        impl Routes { fn new() -> Self { Self::default() } fn at(prefix: &str) -> Self { Self { prefix: Some(prefix.into()), ..Default::default() } }
            fn add(mut self, path: &str, method: MethodRouter) -> Self { self.list.push(One { path: path.to_owned(), method }); self }
            fn mount(self, mut app: Router) -> Router { let prefix = self.prefix.clone().unwrap_or_default();
                for one in self.list { let mut path = prefix.clone(); path.push_str(&one.path); app = app.route(&path, one.method); } if self.on { app = app.route("/no", get(d)); } app.merge(self.router) } }
        #[tokio::main] async fn main() { let app = Routes::new().add("/x", get(a)).mount(Router::new()); let app = Routes::at("/p").add("/y", get(b)).mount(app);
            let outer = Outer::default(); run(outer.inner.add("/z", get(c)).mount(app).route(outer.own.0, get(d))).await; }"#,
        "GET /x a\nGET /p/y b\nGET /z c\nGET /own d",
    );
}

#[test]
fn a_branch_with_an_unknown_router_is_a_finding() {
    let source = r#"#[tokio::main] async fn main() { let app = if x() { Router::new().route("/x", get(a)) } else { other::router() }; run(app).await; }"#;
    check(source, "GET /x a {x()}");
    check_codes(source, &["LS0204", "LS0206"]);
}
