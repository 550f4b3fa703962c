//! State that functions do not read.

use super::{check_main, file, split_files, split_planned};
use crate::diagnostic::Code;
use crate::plan::Plan;

/// A program with two handlers: `a` reads the field `db` of the state, `b` does not.
fn with_state(main: &str, more: &str) -> String {
    format!(
        r#"
use axum::{{Router, routing::get, extract::State}};
use std::sync::Arc;
#[derive(Clone)]
pub struct AppState {{
    // The store.
    pub db: Arc<Store>, // of all
    pub name: String,
}}
pub struct Store {{ client: aws_sdk_s3::Client, table: String }}
impl Store {{ pub fn new(client: aws_sdk_s3::Client, table: String) -> Self {{ Store {{ client, table }} }} }}
async fn a(State(state): State<AppState>) -> String {{ state.db.client.clone(); state.db.table.clone() }}
async fn b(State(state): State<AppState>) -> String {{ state.name }}
{more}
#[tokio::main]
async fn main() {{
    {main}
    lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b)).with_state(state)).await.unwrap();
}}
"#
    )
}

#[test]
fn state_that_nothing_reads_goes_with_what_made_it() {
    let source = with_state(
        r#"let sdk = aws_config::load_from_env().await;
    let table = std::env::var("TABLE").expect("TABLE is set");
    let client = aws_sdk_s3::Client::new(&sdk);
    let state = build(client, table, "x".to_string());"#,
        "fn build(client: aws_sdk_s3::Client, table: String, name: String) -> AppState { AppState { db: Arc::new(Store::new(client, table)), name } }",
    );
    check_main(&source, "get-a", &["TABLE", "pub db: Arc<Store>", "load_from_env"], &["name", "b("]);
    check_main(
        &source,
        "get-b",
        &[
            "pub struct AppState {\npub name: String,\n}",
            "let state = build(\"x\".to_string());",
            "fn build(name: String) -> AppState { AppState { name } }",
        ],
        &["TABLE", "Store", "aws", "sdk", "Arc"],
    );
    check_main(&source, "edge", &["AppState { }", "build()"], &["TABLE", "Store", "name:"]);
}

#[test]
fn state_stays_where_making_it_may_have_an_effect() {
    let connect = "let db = Arc::new(connect().await); let state = AppState { db, name: String::new() };";
    for body in
        ["tokio::spawn(async {}); todo()", "println!(); todo()", "let s = other(); s.send().await; todo()"]
    {
        let more = format!("async fn connect() -> Store {{ {body} }}");
        check_main(
            &with_state(connect, &more),
            "get-b",
            &["let _db = Arc::new(connect().await);"],
            &["pub db"],
        );
    }
    // A pattern, and a literal that a request makes.
    for more in [
        "fn show(state: &AppState) { let AppState { db, .. } = state; } fn other() { show(&state()); }",
        "fn other() -> AppState { AppState { db: todo(), name: String::new() } }",
    ] {
        let source = with_state("let state = AppState { db: Arc::new(todo()), name: String::new() };", more)
            .replace("state.name }", "other(); state.name }");
        check_main(&source, "get-b", &["AppState { db:", "pub db"], &[]);
    }
    let (_, diagnostics) = split_files(&[(
        "src/main.rs",
        &with_state(connect, "async fn connect() -> Store { println!(); todo() }"),
    )]);
    assert!(diagnostics.sorted().iter().any(|finding| finding.code == Code::STATE_KEPT));
}

const STATE: &str = "let state = AppState { db: Arc::new(todo()), name: String::new() };";

#[test]
fn a_parameter_that_says_a_type_stays() {
    let source = with_state(
        r#"let state = build("t", "x".to_string());"#,
        "fn client() -> aws_sdk_s3::Client { loop {} }\nfn build<T: Into<String>>(table: T, name: String) -> AppState { AppState { db: Arc::new(Store::new(aws_sdk_s3::Client::from_conf(aws_sdk_s3::Config::builder().build()), table.into())), name } }",
    );
    check_main(
        &source,
        "get-b",
        &[
            "build<T: Into<String>>(_table: T, name: String) -> AppState { AppState { name } }",
            "build(\"t\",",
        ],
        &["Store"],
    );
}

#[test]
fn what_a_shared_trait_may_call_reads_its_fields() {
    let source = r#"
use axum::{Router, routing::get, extract::State};
use std::sync::Arc;
pub trait Notes: Send + Sync { fn find(&self) -> String; fn count(&self) -> u32; }
pub struct Table { name: String, size: u32 }
impl Notes for Table { fn find(&self) -> String { self.name.clone() } fn count(&self) -> u32 { self.size } }
async fn a(State(notes): State<Arc<dyn Notes>>) -> String { notes.find() }
async fn b(State(notes): State<Arc<dyn Notes>>) -> String { notes.count().to_string() }
#[tokio::main]
async fn main() {
    let notes: Arc<dyn Notes> = Arc::new(Table { name: String::new(), size: 1 });
    lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b)).with_state(notes)).await.unwrap();
}
"#;
    let (split, _) = split_files(&[("src/main.rs", source)]);
    let shared = file(&split, "app-shared", "src/lib.rs");
    assert!(shared.contains("pub struct Table { pub name: String, pub size: u32 }"), "{shared}");
}

#[test]
fn a_struct_stays_beside_its_shared_trait() {
    let source = r#"
use axum::{Router, routing::get, extract::State};
use std::sync::Arc;
pub trait Notes: Send + Sync { fn find(&self) -> String; fn count(&self) -> u32; }
pub struct Table { name: String, size: u32, label: String }
impl Table { fn label(&self) -> String { self.label.clone() } }
impl Notes for Table { fn find(&self) -> String { self.name.clone() } fn count(&self) -> u32 { self.size } }
async fn a(State(notes): State<Arc<Table>>) -> String { Notes::find(&*notes) + &notes.label() }
async fn b(State(notes): State<Arc<Table>>) -> String { Notes::count(&*notes).to_string() }
#[tokio::main]
async fn main() {
    let notes = Arc::new(Table { name: String::new(), size: 1, label: String::new() });
    lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b)).with_state(notes)).await.unwrap();
}
"#;
    let (split, _) = split_files(&[("src/main.rs", source)]);
    let shared = file(&split, "app-shared", "src/lib.rs");
    assert!(
        shared.contains("fn find(&self) -> String {") && shared.contains("fn count(&self) -> u32 {"),
        "{shared}"
    );
    assert!(shared.contains("pub struct Table"), "{shared}");
}

#[test]
fn whole_state_keeps_every_field() {
    let source = with_state(STATE, "fn todo() -> Store { loop {} }");
    let settings = Plan { whole_state: true, ..Plan::default() };
    let (split, _) = split_planned("", &[("src/main.rs", &source)], settings);
    assert!(
        file(&split, "app-shared", "src/lib.rs").contains("pub db: Arc<Store>, // of all\npub name: String,")
    );
}

#[test]
fn much_shared_code_is_not_copied_for_a_field() {
    let source = with_state(
        "let state = AppState { db: Arc::new(Store::new(client(), String::new())), name: String::new() };",
        "fn client() -> aws_sdk_s3::Client { loop {} }\nfn both(state: &AppState) -> u32 { LONG }",
    );
    let source = source
        .replace("state.name }", "both(&state); state.name }")
        .replace("state.db.client", "both(&state); state.db.client");
    // A function in a shared crate that names the state: little or much of it.
    check_main(&source.replace("LONG", "1"), "get-a", &["fn both", "pub db: Arc<Store>"], &["pub name"]);
    let long = source.replace("LONG", &format!("1{}", " + 1".repeat(1000)));
    let (split, _) = split_files(&[("src/main.rs", &long)]);
    let shared = file(&split, "app-shared", "src/lib.rs");
    assert!(shared.contains("fn both") && shared.contains("pub name: String"), "{shared}");
}

#[test]
fn what_left_the_shared_crates_with_other_state_is_shaken_too() {
    // `Store` is too long to be copied, but only `a` has it as soon as the others have lost `db`.
    let source = with_state(
        r#"let sdk = aws_config::load_from_env().await;
    let client = aws_sdk_s3::Client::new(&sdk);
    let store = Store::new(client, "t".to_string(), "unread".to_string());
    let state = AppState { db: Arc::new(store), name: "x".to_string() };"#,
        "",
    );
    let source = source
        .replace("table: String }", "table: String, extra: String }")
        .replace("table: String)", "table: String, extra: String)")
        .replace("Store { client, table }", "Store { client, table, extra }")
        .replace(
            "} }\nasync fn a",
            &format!("}}\npub fn long(&self) -> u32 {{ 1{} }} }}\nasync fn a", " + 1".repeat(1000)),
        )
        .replace("state.db.client.clone();", "state.db.client.clone(); state.db.long();");
    check_main(&source, "get-a", &["fn long", "pub db: Arc<Store>"], &["extra:", "unread", "pub name"]);
    check_main(&source, "get-b", &["pub name"], &["Store"]);
}

#[test]
fn a_field_that_a_pattern_takes_from_another_struct_is_another_field() {
    let source = r#"
use axum::{Router, routing::get};
macro_rules! all { ($one:expr) => { vec![$one] } }
struct Paged { rows: Vec<u8>, options: u8 }
struct Query { options: u8 }
impl Query {
    fn load(self) -> Paged { let Self { options } = self; Paged { rows: Vec::from([options]), options } }
}
impl Paged {
    fn next(&self) -> u8 { let Paged { options, .. } = self; *options }
    fn rows(self) -> Vec<u8> { drop(all!(1)); self.rows }
}
async fn a() { Query { options: 1 }.load().rows().len(); }
async fn b() { Query { options: 1 }.load().next(); Query { options: 1 }.load().rows(); }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    check_main(source, "get-b", &["rows: Vec<u8>, options: u8 }", "Vec::from([options]), options }"], &[]);
    check_main(
        source,
        "get-a",
        &["struct Query { options: u8 }", "let Self { options }"],
        &["[options]), options"],
    );
}
