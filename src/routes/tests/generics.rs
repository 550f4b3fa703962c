//! Values and types that generic code is given: each call leads to the impl of the type that it has there.

use super::{check, check_codes};

const AUTH: &str = r#"
    trait Auth { fn router(&self) -> Router; fn fixed() -> Router where Self: Sized { Router::new() } }
    struct Open { id: u8 } impl Auth for Open { fn router(&self) -> Router { Router::new() } }
    struct Closed(u8); impl Auth for Closed { fn router(&self) -> Router { routes() } fn fixed() -> Router { routes() } }
    fn routes() -> Router { Router::new().route("/closed", get(b)) }
    enum Kind { Open(Open), Closed(Box<Closed>) }
"#;

#[track_caller]
fn check_auth(source: &str, expect: &str) {
    check(&format!("{AUTH}{source}"), expect);
}

#[test]
fn a_derived_builder_keeps_what_it_is_given() {
    let source = r#"
        #[derive(typed_builder::TypedBuilder)] struct Config<A: Auth> { port: u16, auth: A, #[builder(default)] hook: Option<fn(Router) -> Router> }
        fn hook(app: Router) -> Router { app.route("/hook", get(c)) }
        async fn serve<A: Auth>(config: Config<A>) {
            let Config { port, auth, hook } = config;
            let mut app = Router::new().route("/x", get(a)).merge(auth.router());
            if let Some(hook) = hook { app = hook(app); }
            axum::serve(port, app).await; }
        #[tokio::main] async fn main() { let auth = Closed(1); serve(Config::<_>::builder().port(1).auth(auth).hook(Some(hook)).build()).await; }"#;
    check_auth(source, "GET /x a\nGET /closed b\nGET /hook c {let Some(hook) = hook}");
    check_codes(&format!("{AUTH}{source}"), &["LS0206"]);
}

#[test]
fn a_builder_type_that_a_derive_makes_is_followed() {
    check(
        r#"#[derive(Builder)] struct Server { port: u16, router: Router } impl Server { async fn run(self) { axum::serve(self.port, self.router).await; } }
        #[tokio::main] async fn main() { let server = ServerBuilder::default().port(1).router(Router::new().route("/x", get(a))).build().unwrap(); server.run().await; }"#,
        "GET /x a",
    );
}

#[test]
fn a_match_at_run_time_serves_what_each_arm_gives() {
    check_auth(
        r#"fn kind() -> anyhow::Result<Kind> { if x() { Ok(Kind::Closed(Box::new(closed()?))) } else { Ok(Kind::Open(Open { id: 1 })) } }
        async fn start<A: Auth>(auth: A) { match login() { None => serve(auth, false).await, Some(One(x)) => serve(auth, x).await, Some(Two(x)) => serve(auth, x).await } }
        async fn serve<A: Auth>(auth: A, x: bool) { axum::serve(l, Router::new().nest("/api", Router::new().route("/x", get(a)).merge(auth.router()))).await; }
        #[tokio::main] async fn main() { match kind()? { Kind::Open(auth) => start::<_>(auth).await, Kind::Closed(auth) => start(*auth).await } }"#,
        "GET /api/x a\nGET /api/closed b {matches!(kind()?, Kind::Closed(auth))}",
    );
}

#[test]
fn arms_that_give_a_router_by_the_same_text_are_one_router() {
    check_auth(
        r#"fn app<A: Auth>(auth: &A) -> Router { Router::new().route("/x", get(a)).merge(auth.router()).layer(Extension(1)) }
        #[tokio::main] async fn main() { let app = match kind() { Kind::Open(auth) => app(&auth), Kind::Closed(auth) => app(&*auth) }; run(app).await; }"#,
        "GET /x a [Extension]\nGET /closed b [Extension] {matches!(kind(), Kind::Closed(auth))}",
    );
}

#[test]
fn type_parameters_are_known_from_arguments() {
    for serve in [
        "fn app<A: Auth>(auth: Option<std::sync::Arc<A>>) -> Router { A::fixed() } run(app(Some(std::sync::Arc::new(Closed(1)))))",
        "fn app<A: Auth>(held: (u8, Held<A>)) -> Router { A::fixed() } run(app((1, Held { auth: Closed(1) })))",
        "fn app<A: Auth>(held: Vec<A>) -> Router { A::fixed() } run(app(vec![Closed(1)]))",
        "fn app<S, A: Auth>(s: S, auth: A) -> Router { A::fixed() } run(app::<_, _>(1, Closed(1)))",
        "impl<A: Auth> Held<A> { fn app(auth: &A) -> Router { A::fixed() } } run(Held::app(&Closed(1)))",
        "impl<A: Auth> Held<A> { fn app(&self) -> Router { A::fixed() } } run(Held { auth: Closed(1) }.app())",
        "impl<A: Auth> Held<A> { fn new() -> Self { Self { auth: make() } } fn app(self) -> Router { A::fixed() } } run(Held::<Closed>::new().app())",
        "impl<A: Auth> Held<A> { fn app(self) -> Router { Self::inner::<Open>() } fn inner<B: Auth>() -> Router { B::fixed().merge(A::fixed()) } } run(Held { auth: Closed(1) }.app())",
        "trait Has { type Auth: Auth; } struct App; impl Has for App { type Auth = Closed; } fn app<T: Has>(app: T) -> Router { T::Auth::fixed() } run(app(App))",
        "trait Has { type Auth: Auth; fn app(&self) -> Router { <Self::Auth as Auth>::fixed() } } struct App; impl Has for App { type Auth = Closed; } run(App.app())",
        "struct One<A>(A); fn app<A: Auth>(one: One<A>) -> Router { let auth = one.0; auth.router() } run(app(One(Closed(1))))",
        "fn app<A: Auth>(held: Held<A>) -> Router { held.auth.router() } fn make() -> Held<Closed> { load() } run(app(make()))",
    ] {
        check_auth(
            &format!("struct Held<A> {{ auth: A }} #[tokio::main] async fn main() {{ {serve}.await; }}"),
            "GET /closed b",
        );
    }
}

#[test]
fn a_parameter_of_which_only_the_trait_is_known_leads_to_every_impl() {
    for build in [
        "fn app<A: Auth>() -> Router { A::fixed() } run(app())",
        "fn app<A>() -> Router where A: Auth { <A as Auth>::fixed() } run(app())",
        "fn app<A: Auth>(auth: A) -> Router { auth.router() } run(app(load()))",
    ] {
        check_auth(
            &format!("#[tokio::main] async fn main() {{ {build}.await; }}"),
            "GET /closed b {is Closed}",
        );
    }
}

#[test]
fn branches_of_two_types_behind_a_trait_lead_to_both() {
    check_auth(
        r"#[tokio::main] async fn main() { let auth: Box<dyn Auth> = if x() { Box::new(Open { id: 1 }) } else { Box::new(Closed(1)) }; run(auth.router()).await; }",
        "GET /closed b {is Closed}",
    );
}

#[test]
fn a_router_given_to_a_method_of_an_inferred_type_is_followed() {
    check(
        r#"trait Middleware { fn on(&self) -> bool { true } fn apply(&self, app: Router) -> Router; }
        struct Plain; impl Middleware for Plain { fn apply(&self, app: Router) -> Router { app.layer(Extension(1)) } }
        struct Assets; impl Middleware for Assets { fn apply(&self, app: Router) -> Router { app.route("/assets", get(b)) } }
        fn all() -> Vec<Box<dyn Middleware>> { let mut all: Vec<Box<dyn Middleware>> = Vec::new(); if x() { all.push(Box::new(Plain)); } all.push(Box::new(Assets)); sorted(all) }
        #[tokio::main] async fn main() { let mut app = Router::new().route("/x", get(a)); let parts = all().into_iter().filter(|part| part.on()).collect::<Vec<Box<dyn Middleware>>>();
            for part in parts { app = part.apply(app); } run(app).await; }"#,
        "GET /x a [Extension]\nGET /assets b {for part in parts && is Assets}",
    );
}

#[test]
fn an_optional_value_has_the_methods_of_what_it_holds() {
    check(
        r#"struct Config { limit: Option<Limit> } struct Limit { on: bool } impl Limit { fn apply(&self, app: Router) -> Router { app.layer(Extension(1)) } }
        #[tokio::main] async fn main() { let config: Config = load(); let limit = config.limit.clone().unwrap_or_else(|| Limit { on: true }); run(limit.apply(Router::new().route("/x", get(a)))).await; }"#,
        "GET /x a [Extension]",
    );
}
