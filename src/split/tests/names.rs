//! Splits of small programs in which a name may mean several things, or what is not known.

use super::{check_main, check_main_with, file, split_files, split_files_with};

#[test]
fn a_method_that_only_shared_code_may_call_by_name_is_allowed_to_have_no_use() {
    let source = r#"
use axum::{Router, routing::get};
struct Page { rows: Vec<u8> }
impl Page {
    fn total(&self) -> usize { self.rows.len() }
    fn last(&self) -> usize { self.rows.len() }
    /// Only named by `start`.
    fn each(&self) -> usize { self.rows.len() }
}
fn told(pages: &foreign::Pages<Page>) -> usize { pages.first().last() }
async fn a() -> String { (Page { rows: Vec::new() }.total() + told(&foreign::pages())).to_string() }
async fn b() {}
fn start() { foreign::rows().each(); }
#[tokio::main]
async fn main() {
    start();
    lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap();
}
"#;
    check_main(
        source,
        "get-a",
        &["#[allow(dead_code)]\n/// Only named by `start`.\nfn each", "fn total", "fn last"],
        &["#[allow(dead_code)]\nfn total", "#[allow(dead_code)]\nfn last"],
    );
}

#[test]
fn a_function_of_what_a_derive_defines_is_kept_where_a_glob_of_another_crate_seems_to_bring_it() {
    let source = r#"
use axum::{Router, routing::get};
mod models {
    pub mod cake {
        use sea_orm::{ActiveValue::Set, entity::prelude::*};
        #[derive(Clone, DeriveEntityModel)]
        #[sea_orm(table_name = "cakes")]
        pub struct Model { #[sea_orm(primary_key)] pub id: i32 }
        impl Entity {
            pub fn fresh() -> Select<Entity> { Self::find() }
            pub fn stale() -> Select<Entity> { Self::find() }
        }
    }
}
use crate::models::cake;
async fn a() { cake::Entity::fresh(); }
async fn b() {}
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    check_main_with("sea-orm = \"1\"\n", source, "get-a", &["fn fresh"], &["fn stale"]);
}

#[test]
fn a_variable_with_the_name_of_a_function_is_no_use_of_it() {
    let source = r#"
mod tokens;
use axum::{Router, routing::get};
#[tokio::main]
async fn main() {
    let app = Router::new().route("/a", get(tokens::a)).route("/b", get(tokens::b)).route("/c", get(tokens::token));
    lambda_http::run(app).await.unwrap();
}
"#;
    let tokens = r"
pub async fn token() -> String { made() }
pub async fn a() -> String { let token = made(); shown(&token) }
pub async fn b() -> String { let token = token().await; shown(&token) }
fn made() -> String { String::new() }
fn shown(token: &str) -> String { token.to_string() }
";
    let (split, _) = split_files(&[("src/main.rs", source), ("src/tokens.rs", tokens)]);
    let head = |function: &str| file(&split, function, "src/tokens.rs");
    assert!(head("get-a").starts_with("pub use app_shared::tokens::{made, shown};"), "{}", head("get-a"));
    assert!(head("get-b").starts_with("pub use app_shared::tokens::{shown, token};"), "{}", head("get-b"));
}

#[test]
fn what_a_template_names_is_kept() {
    let source = r#"
use askama::Template;
use axum::{Router, response::Html, routing::get};
#[derive(Clone, Default)]
struct Page { lines: Vec<String>, host: String }
impl Page {
    pub(crate) fn count(&self) -> usize { self.lines.len() }
    fn address(&self) -> &str { &self.host }
    fn only_b(&self) -> usize { self.lines.len() }
    fn nowhere(&self) -> usize { self.lines.len() }
}
mod filters {
    pub fn loud(text: &str, _: &dyn askama::Values) -> askama::Result<String> { Ok(text.to_uppercase()) }
    pub fn quiet(text: &str, _: &dyn askama::Values) -> askama::Result<String> { Ok(text.to_lowercase()) }
}
#[derive(Template)]
#[template(path = "pages/a.html")]
struct Shown { page: Page }
async fn a() -> Html<String> { Html(Shown { page: Page::default() }.render().unwrap()) }
async fn b() -> String { format!("{}{}", Page::default().only_b(), filters::quiet("", &()).unwrap()) }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let files = [
        ("src/main.rs", source),
        ("templates/pages/a.html", "{% extends \"base.html\" %}{{ page.count() }} nowhere()"),
        (
            "templates/base.html",
            "{% include \"pages/../base.html\" %}{% include \"./pages/a.html\" %}<body class=\"quiet\">{{ page.address()|loud }} {{ page.host }}",
        ),
    ];
    let (split, _) = split_files_with("askama = \"0.14\"\n", &files);
    let (own, shared) = (file(&split, "get-a", "src/main.rs"), file(&split, "app-shared", "src/lib.rs"));
    assert!(own.contains("fn loud") && !own.contains("fn quiet"), "{own}");
    assert!(
        ["pub fn count", "pub fn address", "pub host: String"].iter().all(|kept| shared.contains(kept)),
        "{shared}"
    );
    assert!(!shared.contains("fn nowhere"), "{shared}");
}

#[test]
fn a_trait_of_the_program_is_not_needed_by_functions_of_types_that_do_not_implement_it() {
    let source = r#"
mod store;
use axum::{Router, routing::get};
use store::{Disk, Memory, Store};
async fn a() -> String { Memory::new().read() }
async fn b() -> String { String::new() }
async fn c() -> Vec<u8> { Vec::new() }
async fn d() -> String { Disk::new().0 }
#[tokio::main]
async fn main() {
    let app = Router::new().route("/a", get(a)).route("/b", get(b)).route("/c", get(c)).route("/d", get(d));
    lambda_http::run(app).await.unwrap();
}
"#;
    let store = r"
pub trait Store { fn new() -> Self; fn read(&self) -> String; }
pub struct Memory(String);
impl Store for Memory { fn new() -> Self { Memory(String::from('m')) } fn read(&self) -> String { self.0.clone() } }
impl Store for Vec<u8> { fn new() -> Self { vec![1] } fn read(&self) -> String { String::from('v') } }
pub struct Disk(pub String);
impl Disk { pub fn new() -> Self { Disk(String::from('d')) } }
";
    let (split, _) = split_files(&[("src/main.rs", source), ("src/store.rs", store)]);
    for (function, needs) in [("get-a", true), ("get-b", false), ("get-c", true), ("get-d", false)] {
        let main = file(&split, function, "src/main.rs");
        assert_eq!(main.contains("Store"), needs, "{function}: {main}");
    }
}

#[test]
fn the_trait_of_eyre_stays_for_its_methods() {
    let source = r#"
use axum::{Router, routing::get};
use eyre::{Context, Result};
async fn a() -> String { text().wrap_err("none").unwrap_or_default() }
async fn b() -> String { text().unwrap_or_default() }
fn text() -> Result<String> { Ok(std::env::var("TEXT")?) }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    check_main_with("eyre = \"0.6\"\n", source, "get-a", &["use eyre::{Context"], &[]);
    check_main_with("eyre = \"0.6\"\n", source, "get-b", &[], &["Context"]);
}

#[test]
fn traits_of_sea_orm_stay_for_their_methods_whatever_bounds_elsewhere_name() {
    let source = r#"
use axum::{Router, routing::get};
use sea_orm::{QueryFilter, QueryOrder, QuerySelect};
async fn a() { sea_orm::all().join_rev(1).order_by_asc(2); }
async fn b() { take(sea_orm::all()); }
async fn c() { sea_orm::all().text(); }
fn take<Q: QuerySelect + QueryOrder>(query: Q) where Q: QueryFilter { query.text() }
#[tokio::main]
async fn main() {
    lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b)).route("/c", get(c))).await.unwrap();
}
"#;
    let check = |function, kept: &[&str], gone: &[&str]| {
        check_main_with("sea-orm = \"1\"\n", source, function, kept, gone);
    };
    check("get-a", &["use sea_orm::{ QueryOrder, QuerySelect};"], &[]);
    check("get-b", &["use sea_orm::{QueryFilter, QueryOrder, QuerySelect};"], &[]);
    check("get-c", &[], &["Query"]);
}

#[test]
fn what_a_derive_calls_needs_its_trait() {
    let source = r#"
use axum::{Router, routing::get};
use sea_orm::{EntityTrait, entity::Related};
#[derive(DeriveRelation)]
pub enum Relation {}
fn relation() -> Option<Relation> { None }
fn bound<E: EntityTrait>() {}
async fn a() { relation(); }
async fn b() { bound(); }
async fn c() {}
#[tokio::main]
async fn main() {
    lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b)).route("/c", get(c))).await.unwrap();
}
"#;
    check_main_with("sea-orm = \"1\"\n", source, "get-a", &["use sea_orm::{EntityTrait"], &[]);
    check_main_with("sea-orm = \"1\"\n", source, "get-b", &["use sea_orm::{EntityTrait"], &[]);
    check_main_with("sea-orm = \"1\"\n", source, "get-c", &[], &["EntityTrait"]);
}

#[test]
fn a_trait_without_a_name_stays_for_its_methods_alone() {
    let source = r#"
use axum::{Router, routing::get};
use opentelemetry::trace::TracerProvider as _;
enum Kind { One(u8), None }
fn kind() -> Kind { if std::process::id() == 1 { Kind::None } else { Kind::One(1) } }
async fn a() { match kind() { Kind::One(_) => {} Kind::None => {} } }
async fn b() { foreign::provider().tracer("b"); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let dependencies = "opentelemetry = \"1\"\n";
    check_main_with(dependencies, source, "get-a", &["Kind::One(_)"], &["TracerProvider"]);
    check_main_with(dependencies, source, "get-b", &["TracerProvider as _"], &[]);
}

#[test]
fn a_type_of_the_name_of_an_associated_one_needs_no_trait() {
    let source = r#"
use axum::{Router, routing::get};
use store::Fill;
mod store { pub trait Fill { type ActiveModel; fn fill(self, model: &mut Self::ActiveModel); } }
mod cake {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, DeriveEntityModel)]
    #[sea_orm(table_name = "cakes")]
    pub struct Model { #[sea_orm(primary_key)] pub id: i32 }
}
struct Cream;
impl store::Fill for Cream { type ActiveModel = cake::ActiveModel; fn fill(self, _: &mut cake::ActiveModel) {} }
async fn a() { Cream.fill(&mut foreign::cake()); }
async fn b() { let mut cake: cake::ActiveModel = foreign::cake(); cake.eat(); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let dependencies = "sea-orm = \"1\"\n";
    check_main_with(dependencies, source, "get-a", &["use store::Fill;"], &[]);
    check_main_with(dependencies, source, "get-b", &["cake::ActiveModel"], &["Fill"]);
}

#[test]
fn a_trait_of_the_program_needs_no_derive_of_its_name() {
    let source = r#"
use axum::{Router, routing::get};
use tell::Told;
use told_derive::Told;
mod tell { pub trait Told { fn told(&self) -> String; } }
#[derive(Told)]
struct Derived;
struct Written;
impl Told for Written { fn told(&self) -> String { String::new() } }
async fn a() -> String { Written.told() }
async fn b() -> String { Derived.told() }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let dependencies = "told_derive = \"1\"\n";
    check_main_with(dependencies, source, "get-a", &["use tell::Told;"], &["told_derive"]);
    check_main_with(dependencies, source, "get-b", &["use tell::Told;", "use told_derive::Told;"], &[]);
}

#[test]
fn write_needs_its_trait() {
    let source = r#"
use std::fmt::Write;
use axum::{Router, routing::get};
async fn a() -> String { let mut text = String::new(); write!(text, "{}", 1).unwrap(); text }
async fn b() {}
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    check_main(source, "get-a", &["use std::fmt::Write;"], &[]);
    check_main(source, "get-b", &[], &["Write"]);
}

#[test]
fn a_function_that_an_attribute_names_as_text_is_kept() {
    let source = r#"
use axum::{Router, routing::get};
fn example_url() -> &'static str { "https://example.com" }
fn example_count() -> u8 { 1 }
#[derive(schemars::JsonSchema)]
struct Link { #[schemars(url, example = "example_url")] url: String }
#[derive(schemars::JsonSchema)]
struct Count { #[schema(example = "example_count")] count: u8 }
async fn a() { Link { url: String::new() }; Count { count: 1 }; }
async fn b() {}
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    check_main(source, "get-a", &["fn example_url"], &["fn example_count"]);
}

#[test]
fn a_trait_stays_for_its_methods_where_other_code_names_it() {
    let source = r#"
use std::error::Error as StdError;
use axum::{Router, routing::get};
use figment::providers::{Env, Format, Toml};
use schemars::JsonSchema;
async fn a() { Toml::string("a = 1"); }
async fn b() -> Option<Box<dyn StdError>> { Env::raw(); None }
async fn c() { foreign::failure().source(); String::json_schema(); }
mod named {
    use schemars::JsonSchema;
    #[derive(JsonSchema)]
    pub struct Named;
}
#[tokio::main]
async fn main() {
    let app = Router::new().route("/a", get(a)).route("/b", get(b)).route("/c", get(c));
    lambda_http::run(app).await.unwrap();
}
#[cfg(test)]
mod tests {
    use figment::providers::{Format as _, Toml};
    #[test]
    fn reads() { Toml::string("a = 1"); }
}
"#;
    let dependencies = "figment = \"0.10\"\nschemars = \"0.8\"\n";
    let uses = "#[allow(unused_imports)]\nuse std::error::Error as StdError;";
    check_main_with(dependencies, source, "get-a", &["Format, Toml}"], &["StdError", "Env"]);
    check_main_with(dependencies, source, "get-c", &[uses, "use schemars::JsonSchema;"], &["Toml"]);
    check_main_with(dependencies, source, "get-b", &["use std::error::Error as StdError;"], &["Toml"]);
}

#[test]
fn what_only_looks_like_a_method_of_a_trait_leaves_no_unused_import() {
    let source = r#"
use axum::{Router, routing::get};
use http_body_util::BodyExt as _;
use tracing::Instrument;
#[tracing::instrument]
async fn a() { foreign::result().map_err(drop); }
async fn b() { foreign::future().instrument(foreign::span()).await; }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let dependencies = "http-body-util = \"0.1\"\ntracing = \"0.1\"\n";
    let allowed = "#[allow(unused_imports)]\nuse http_body_util::BodyExt as _;";
    check_main_with(dependencies, source, "get-a", &[allowed], &["Instrument"]);
    check_main_with(dependencies, source, "get-b", &["\nuse tracing::Instrument;"], &["BodyExt"]);
}

#[test]
fn a_trait_of_the_program_may_be_unused_beside_the_derive_of_its_name() {
    let source = r#"
use axum::{Router, routing::get};
use models::Shown;
use shown_derive::Shown;
mod models { pub trait Shown { fn shown(&self) -> u8; } impl Shown for u8 { fn shown(&self) -> u8 { 1 } } }
#[derive(Shown)]
struct Page;
async fn a() { Page; }
async fn b() { 1u8.shown(); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let both = ["#[allow(unused_imports)]\nuse models::Shown;\nuse shown_derive::Shown;"];
    check_main_with("shown_derive = \"1\"\n", source, "get-a", &both, &[]);
    check_main_with(
        "shown_derive = \"1\"\n",
        source,
        "get-b",
        &["use models::Shown;"],
        &["allow(", "shown_derive"],
    );
}

#[test]
fn a_known_trait_stays_for_its_seldom_methods() {
    let source = r#"
use axum::{Router, routing::get};
use bytes::Buf;
use itertools::Itertools;
async fn a() -> String { [1].iter().format_with(",", f).to_string() }
async fn b() -> u64 { foreign::buffer().get_u64_le() }
async fn c() { [1].iter().sorted_unstable_by(f); }
#[tokio::main]
async fn main() {
    let app = Router::new().route("/a", get(a)).route("/b", get(b)).route("/c", get(c));
    lambda_http::run(app).await.unwrap();
}
"#;
    let dependencies = "bytes = \"1\"\nitertools = \"0.14\"\n";
    check_main_with(dependencies, source, "get-a", &["use itertools::Itertools;"], &["bytes"]);
    check_main_with(dependencies, source, "get-b", &["use bytes::Buf;"], &["itertools"]);
    check_main_with(dependencies, source, "get-c", &["use itertools::Itertools;"], &["bytes"]);
}

#[test]
fn templates_lie_where_the_settings_say() {
    let source = r#"
use askama::Template;
use axum::{Router, response::Html, routing::get};
#[derive(Clone, Default)]
struct Page { lines: Vec<String> }
impl Page {
    fn count(&self) -> usize { self.lines.len() }
    fn nowhere(&self) -> usize { self.lines.len() }
}
#[derive(Template)]
#[template(path = "a.html")]
struct Shown { page: Page }
async fn a() -> Html<String> { Html(Shown { page: Page::default() }.render().unwrap()) }
async fn b() {}
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let files = [
        ("src/main.rs", source),
        ("askama.toml", "[general]\ndirs = [\"./mails\", \"pages/web\", \"../outside\"]\n"),
        ("pages/web/a.html", "{% include \"part.html\" %}"),
        ("mails/part.html", "{{ page.count() }}"),
        ("templates/other.html", ""),
    ];
    let (split, diagnostics) = split_files_with("askama = \"0.14\"\n", &files);
    let own = file(&split, "get-a", "src/main.rs");
    assert!(own.contains("fn count") && !own.contains("fn nowhere"), "{own}");
    let said: Vec<String> = diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect();
    assert_eq!(said, ["`../outside` is read while compiling, but was not taken along"]);
}
