//! Programs of several packages, and what macros of other crates define beside the code.

use super::{check_main, check_main_with, file, split_files_with};
use crate::diagnostic::Code;

const API: &str = "[package]\nname = \"shop-api\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nname = \"api\"\n[dependencies]\naxum = \"0.8\"\nstore = { path = \"../store\" }\n";
const STORE: &str = "[package]\nname = \"store\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";

#[test]
fn a_package_that_builds_routers_is_cut_for_each_function_and_others_stay_whole() {
    let (split, diagnostics) = split_files_with(
        "shop-api = { path = \"api\" }\nstore = { path = \"store\" }\n",
        &[
            (
                "src/main.rs",
                "#[tokio::main]\nasync fn main() { lambda_http::run(api::app()).await.unwrap(); }",
            ),
            ("api/Cargo.toml", API),
            (
                "api/src/lib.rs",
                "use axum::{Router, routing::get};\nmod state;\nasync fn a() { state::both() }\nasync fn b() { state::both() }\npub fn app() -> Router { Router::new().route(\"/a\", get(a)).route(\"/b\", get(b)) }",
            ),
            (
                "api/src/state.rs",
                "pub(crate) fn both() { store::Store::read(&Memory); }\nstruct Memory;\nimpl store::Store for Memory { fn read(&self) {} fn write(&self) {} }",
            ),
            ("store/Cargo.toml", STORE),
            ("store/src/lib.rs", "pub trait Store { fn read(&self); fn write(&self); }"),
        ],
    );
    assert!(!diagnostics.sorted().iter().any(|finding| finding.code == Code::CONSTRUCT_NOT_SPLIT));
    assert_eq!(
        file(&split, "get-a-shop-api", "src/lib.rs"),
        "use axum::{Router, routing::get};\nmod state;\nasync fn a() { state::both() }\npub fn app() -> Router { Router::new().route(\"/a\", get(a)) }"
    );
    let own = split.crates.iter().find(|krate| krate.name == "get-a").expect("the function");
    let calls = own.local_dependencies.iter().map(|one| (one.name.as_str(), one.rename.as_deref()));
    assert_eq!(calls.collect::<Vec<_>>(), [("get-a-shop-api", Some("api"))]);
    assert_eq!(
        own.dependencies.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(),
        ["lambda_http", "tokio"]
    );
    // The trait is of a package that stays whole: an impl of it needs all its members.
    assert!(file(&split, "app-shared-shop-api", "src/state.rs").contains("fn write(&self) {}"));
    assert_eq!(split.whole.len(), 1);
}

#[test]
fn what_a_derive_defines_keeps_the_type_and_what_the_derive_needs() {
    let source = r#"
use axum::{Router, routing::get};
mod cake {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, DeriveEntityModel)]
    #[sea_orm(table_name = "cakes")]
    pub struct Model { #[sea_orm(primary_key)] pub id: i32 }
    #[derive(EnumIter)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
mod pie {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, DeriveEntityModel)]
    #[sea_orm(table_name = "pies")]
    pub struct Model { #[sea_orm(primary_key)] pub id: i32 }
    #[derive(EnumIter)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
async fn a() { cake::Entity::find(); }
async fn b() { pie::Entity::find(); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    check_main(
        source,
        "get-a",
        &["cakes", "pub enum Relation {}", "impl ActiveModelBehavior for ActiveModel {}"],
        &["pie"],
    );
}

#[test]
fn a_stub_of_a_documented_route_is_a_plain_one() {
    let source = r#"
use utoipa_axum::{router::OpenApiRouter, routes};
#[utoipa::path(get, path = "/users/{id}")]
async fn read() {}
#[utoipa::path(get, path = "/users/me")]
async fn me() {}
#[utoipa::path(delete, path = "/users/me")]
async fn leave() {}
#[tokio::main]
async fn main() {
    let (router, _) = OpenApiRouter::new().routes(routes!(read)).routes(routes!(me, leave)).split_for_parts();
    lambda_http::run(router).await.unwrap();
}
"#;
    let dependencies = "utoipa = \"5\"\nutoipa-axum = \"0.2\"\n";
    let (split, _) = split_files_with(dependencies, &[("src/main.rs", source)]);
    let read = file(&split, "get-users-id", "src/main.rs");
    assert!(read.contains(".routes(routes!(read))"), "{read}");
    let stub = ".route(\"/users/me\", axum::routing::get(crate::misrouted).delete(crate::misrouted))";
    assert!(read.contains(stub), "{read}");
    assert!(!read.contains("leave"), "{read}");
    // The gateway sends GET alone to this function, and DELETE to the other.
    let me = file(&split, "get-users-me", "src/main.rs");
    assert!(me.contains(".routes(routes!(me))") && !me.contains("leave"), "{me}");
    let leave = file(&split, "delete-users-me", "src/main.rs");
    assert!(leave.contains(".routes(routes!(leave))") && !leave.contains("async fn me"), "{leave}");
    let own = split.crates.iter().find(|krate| krate.name == "get-users-me").expect("the function");
    assert!(own.dependencies.iter().any(|one| one.key == "utoipa"));
}

const DOCUMENTED: &str = r#"
use axum::{Json, Router, routing::get};
use utoipa_axum::{router::OpenApiRouter, routes};
#[utoipa::path(get, path = "/a")]
async fn a() {}
#[utoipa::path(get, path = "/b")]
async fn b() {}
async fn health() {}
fn app() -> Router {
    let (router, api) = OpenApiRouter::new().routes(routes!(a)).nest("/n", OpenApiRouter::new().routes(routes!(b))).split_for_parts();
    let json = api.to_json().unwrap();
    #[cfg(debug_assertions)]
    std::fs::write("openapi.json", &json).unwrap();
    router.route("/openapi.json", get(async move || Json(json))).route("/health", get(health))
}
#[tokio::main]
async fn main() { lambda_http::run(app()).await.unwrap(); }
"#;

#[test]
fn the_function_that_answers_with_the_document_keeps_what_it_lists() {
    let dependencies = "utoipa = \"5\"\nutoipa-axum = \"0.2\"\n";
    let (split, diagnostics) = split_files_with(dependencies, &[("src/main.rs", DOCUMENTED)]);
    let document = file(&split, "get-openapi-json", "src/main.rs");
    assert!(
        document.contains(".routes(routes!(a)).nest(\"/n\", OpenApiRouter::new().routes(routes!(b)))"),
        "{document}"
    );
    let health = file(&split, "get-health", "src/main.rs");
    assert!(!health.contains("routes!"), "{health}");
    let edge = file(&split, "edge", "src/main.rs");
    assert!(edge.contains(".route(\"/a\", axum::routing::get(crate::misrouted))"), "{edge}");
    let found = diagnostics.sorted();
    let said: Vec<&str> = found
        .iter()
        .filter(|finding| finding.code == Code::API_DOCUMENT)
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(
        said,
        ["`get-openapi-json` keeps the handlers of all documented routes: its answers hold the API document"]
    );
}

#[test]
fn what_only_the_edge_answers_may_hold_the_document_too() {
    let source = DOCUMENTED.replace(
        ".route(\"/openapi.json\", get(async move || Json(json)))",
        ".merge(SwaggerUi::new(\"/docs\").url(\"/openapi.json\", json))",
    );
    let dependencies = "utoipa = \"5\"\nutoipa-axum = \"0.2\"\n";
    let (split, _) = split_files_with(dependencies, &[("src/main.rs", &source)]);
    let edge = file(&split, "edge", "src/main.rs");
    assert!(edge.contains(".routes(routes!(a))"), "{edge}");
    assert!(!file(&split, "get-health", "src/main.rs").contains("routes!"));
}

#[test]
fn a_document_that_is_handed_on_is_a_finding() {
    let source = DOCUMENTED.replace("fn app() -> Router {", "fn parts() -> (Router, Json) {").replace(
        "router.route(\"/openapi.json\", get(async move || Json(json))).route(\"/health\", get(health))\n}",
        "(router.route(\"/health\", get(health)), json)\n}\nfn app() -> Router { parts().0 }",
    );
    let dependencies = "utoipa = \"5\"\nutoipa-axum = \"0.2\"\n";
    let (_, diagnostics) = split_files_with(dependencies, &[("src/main.rs", &source)]);
    let found = diagnostics.sorted();
    let finding = found.iter().find(|finding| finding.code == Code::API_DOCUMENT).expect("a finding");
    assert_eq!(finding.message, "`shop::parts` hands on the API document, which is not followed");
}

#[test]
fn a_name_of_the_program_is_not_looked_for_in_globs_of_other_crates() {
    let source = r#"
use axum::{Router, routing::get};
mod service {
    mod query { use other::*; pub struct Query; }
    mod mutation { use other::*; pub struct Mutation; }
    pub use mutation::*;
    pub use query::*;
}
async fn a() { service::Query; }
async fn b() { service::Mutation; }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    check_main(source, "get-a", &["pub use query::*;"], &["mutation"]);
}

#[test]
fn of_two_imports_of_a_name_the_one_that_is_meant_stays() {
    let source = r#"
use axum::{Router, routing::{get, post}};
use entity::post;
mod entity { pub mod post { pub struct Model; } }
async fn a() { post::Model; }
async fn b() {}
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", post(b))).await.unwrap(); }
"#;
    check_main(source, "get-a", &["routing::{get, }", "use entity::post;"], &["b()"]);
    check_main(source, "post-b", &["routing::{ post}"], &["entity"]);
}

#[test]
fn an_extension_trait_of_another_package_that_layers_the_router_comes_along() {
    let (split, _) = split_files_with(
        "shop-api = { path = \"api\", features = [\"web\"] }\n",
        &[
            (
                "src/main.rs",
                "use axum::{Router, routing::get};\nuse api::web::Checked;\nasync fn a() {}\nasync fn b() {}\n#[tokio::main]\nasync fn main() { lambda_http::run(Router::new().route(\"/a\", get(a)).route(\"/b\", get(b)).checked()).await.unwrap(); }",
            ),
            (
                "api/Cargo.toml",
                &format!("{}\n[features]\nweb = []\n", API.replace("store = { path = \"../store\" }\n", "")),
            ),
            (
                "api/src/lib.rs",
                "#[cfg(feature = \"web\")]\npub mod web;\npub fn name() -> String { String::new() }",
            ),
            (
                "api/src/web.rs",
                "use axum::{Router, extract::Request, middleware::Next, response::Response};\nasync fn check(request: Request, next: Next) -> Response { next.run(request).await }\npub trait Checked { fn checked(self) -> Self; }\nimpl<S> Checked for Router<S> where S: Clone { fn checked(self) -> Self { self.layer(axum::middleware::from_fn(check)) } }",
            ),
        ],
    );
    let web = file(&split, "app-shared-shop-api", "src/web.rs");
    assert!(web.contains("async fn check(") && web.contains("impl<S> Checked for Router<S>"), "{web}");
}

#[test]
fn tests_that_need_a_local_package_of_their_own_stay() {
    let tests = |helper: &str| {
        format!(
            "use axum::{{Router, routing::get}};\nasync fn a() {{}}\n#[tokio::main]\nasync fn main() {{ lambda_http::run(Router::new().route(\"/a\", get(a))).await.unwrap(); }}\n#[cfg(test)]\nmod tests {{ use super::a; #[test] fn it() {{ {helper}; a(); }} }}"
        )
    };
    for (helper, moves) in [("helper::open()", false), ("std::mem::drop(1)", true)] {
        let (split, diagnostics) = split_files_with(
            "[dev-dependencies]\nhelper = { path = \"helper\" }\n",
            &[
                ("src/main.rs", &tests(helper)),
                ("helper/Cargo.toml", &STORE.replace("store", "helper")),
                ("helper/src/lib.rs", "pub fn open() {}"),
            ],
        );
        assert_eq!(file(&split, "get-a", "src/main.rs").contains("mod tests"), moves);
        let left = diagnostics.sorted().iter().any(|finding| finding.code == Code::TESTS_LEFT_OUT);
        assert_eq!(left, !moves);
    }
}

#[test]
fn an_impl_lives_where_the_orphan_rule_allows_it() {
    let source = r#"
use axum::{Json, Router, http::StatusCode, routing::get};
enum Error { Gone }
struct Told { message: String }
type Response = (StatusCode, Json<Told>);
impl From<Error> for Response {
    fn from(_: Error) -> Self { (StatusCode::GONE, Json(Told { message: String::new() })) }
}
fn failed() -> Error { Error::Gone }
async fn one() -> Response { failed().into() }
async fn two() -> Response { failed().into() }
async fn other() { failed(); }
#[tokio::main]
async fn main() {
    let app = Router::new().route("/a/1", get(one)).route("/a/2", get(two)).route("/b", get(other));
    lambda_http::run(app).await.unwrap();
}
"#;
    let (split, _) = split_files_with("", &[("src/main.rs", source)]);
    let shared = file(&split, "app-shared", "src/lib.rs");
    for part in ["enum Error", "struct Told", "type Response", "impl From<Error> for Response"] {
        assert!(shared.contains(part), "`{part}` is missing in\n{shared}");
    }
}

#[test]
fn what_macros_of_the_program_write_is_kept() {
    let source = r#"
mod error;
use axum::{Router, routing::get};
use shop_macros::{Told, annotated};
#[annotated]
async fn a() {}
#[derive(Told)]
struct B;
async fn b() { B; }
async fn c() {}
#[tokio::main]
async fn main() {
    let app = Router::new().route("/a", get(a)).route("/b", get(b)).route("/c", get(c));
    lambda_http::run(app).await.unwrap();
}
"#;
    let error = "pub struct Told;\npub struct Other;\n";
    let macros = r"
mod made;
#[proc_macro_attribute]
pub fn annotated(args: TokenStream, input: TokenStream) -> TokenStream { made::with(input) }
#[proc_macro_derive(Told, attributes(told))]
pub fn derive_told(input: TokenStream) -> TokenStream { made::with(input) }
";
    let made = "pub fn with(input: TokenStream) -> TokenStream { quote! { fn told() -> Option<crate::error::Told> { None } } }";
    let (split, _) = split_files_with(
        "shop-macros = { path = \"macros\" }\n",
        &[
            ("src/main.rs", source),
            ("src/error.rs", error),
            (
                "macros/Cargo.toml",
                &format!("{}[lib]\nproc-macro = true\n", STORE.replace("store", "shop-macros")),
            ),
            ("macros/src/lib.rs", macros),
            ("macros/src/made.rs", made),
        ],
    );
    for function in ["get-a", "get-b"] {
        assert_eq!(file(&split, function, "src/error.rs"), "pub use app_shared::error::Told;", "{function}");
    }
    assert_eq!(file(&split, "app-shared", "src/error.rs"), "pub struct Told;");
    assert!(!file(&split, "get-c", "src/main.rs").contains("error"));
}

#[test]
fn a_stub_has_no_documentation() {
    let source = r#"
use aide::axum::{ApiRouter, routing::get_with};
#[annotated]
async fn a() {}
#[annotated]
async fn b() {}
async fn c() {}
#[tokio::main]
async fn main() {
    let app = ApiRouter::new()
        .api_route("/x/{y}", get_with(a, a_operation))
        .api_route("/x/new", get_with(b, b_operation))
        .api_route("/z", get_with(c, c_operation).put_with(b, b_operation))
        .api_route("/x/old", get_with(c, |op| op.summary("c")));
    lambda_http::run(app).await.unwrap();
}
"#;
    let kept = [
        "(\"/x/{y}\", get_with(a, a_operation))",
        "(\"/x/new\", get_with(crate::misrouted, |op| op))",
        "(\"/x/old\", get_with(crate::misrouted, |op| op.summary(\"c\")))",
    ];
    check_main_with("aide = \"0.14\"\n", source, "get-x-y", &kept, &["b_operation"]);
    let put = "(\"/z\", aide::axum::routing::put_with(b, b_operation))";
    check_main_with("aide = \"0.14\"\n", source, "put-z", &[put], &["c_operation"]);
}

#[test]
fn what_aide_registers_begins_with_a_function_of_aide() {
    let source = r#"
use aide::axum::{ApiRouter, routing::get};
async fn a() {}
async fn b() {}
#[tokio::main]
async fn main() {
    let app = ApiRouter::new().api_route("/x", get(a).post(b)).route("/y", axum::routing::get(a).put(b));
    lambda_http::run(app).await.unwrap();
}
"#;
    let dependencies = "aide = \"0.14\"\n";
    check_main_with(dependencies, source, "post-x", &["(\"/x\", aide::axum::routing::post(b))"], &[]);
    check_main_with(dependencies, source, "put-y", &["(\"/y\", axum::routing::put(b))"], &[]);
}

#[test]
fn a_crate_that_only_written_code_names_is_a_dependency() {
    let source = r"
mod pages;
#[tokio::main]
async fn main() { lambda_http::run(pages::router()).await.unwrap(); }
";
    let pages = r#"
use aide::axum::{ApiRouter, routing::get};
async fn a() -> axum::Json<u8> { axum::Json(1) }
async fn b() {}
pub fn router() -> ApiRouter { ApiRouter::new().route("/a", get(a).post(b).into()) }
"#;
    let files = [("src/main.rs", source), ("src/pages.rs", pages)];
    let (split, _) = split_files_with("aide = \"0.14\"\n", &files);
    let pages = file(&split, "post-a", "src/pages.rs");
    assert!(pages.contains("axum::routing::post(b)") && !pages.contains("Json"), "{pages}");
    let krate = split.crates.iter().find(|krate| krate.name == "post-a").expect("the function");
    assert!(krate.dependencies.iter().any(|one| one.key == "axum"), "{:?}", krate.dependencies);
}

#[test]
fn a_package_that_has_axum_through_another_crate_gets_it_for_what_is_written() {
    let manifest = |more: &str| {
        format!(
            "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\naide = \"0.14\"\nlambda_http = \"1\"\ntokio = \"1\"\n{more}"
        )
    };
    let source = r#"
use aide::axum::{ApiRouter, routing::get};
async fn a() {}
async fn b() {}
#[tokio::main]
async fn main() {
    let app = ApiRouter::new().api_route("/x/{y}", get(a)).api_route("/x/new", get(b)).api_route("/z", get(b));
    lambda_http::run(app).await.unwrap();
}
"#;
    let lock = "[[package]]\nname = \"axum\"\nversion = \"0.7.9\"\n";
    let cases = [
        ("", "", "0.8"),
        ("", lock, "0.7.9"),
        ("web = { package = \"axum\", version = \"0.7\" }\n", lock, "0.7"),
    ];
    for (more, lock, version) in cases {
        let manifest = manifest(more);
        let files = [("Cargo.toml", manifest.as_str()), ("Cargo.lock", lock), ("src/main.rs", source)];
        let (split, _) = split_files_with("", &files);
        assert!(file(&split, "get-x-y", "src/main.rs").contains("axum::http::Uri"));
        assert_eq!(split.added["get-x-y"]["axum"], format!("{{ version = \"{version}\" }}"));
        assert!(!split.added.contains_key("get-z"), "{:?}", split.added);
    }
}
