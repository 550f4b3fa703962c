//! Where calls lead, by snippets.

use super::*;
use crate::resolve::tests::program;
use crate::resolve::types::TyDisplay;

/// All calls of the program whose text contains `call`, as `callee paths; certainty`.
#[track_caller]
fn check(source: &str, call: &str, expect: &str) {
    let program = program(&[("src/main.rs", source)]);
    let mut found = Vec::new();
    for def in &program.defs {
        let Some(body) = program.body(def.id) else { continue };
        for site in &body.calls {
            if site.span.slice(source) == call {
                found.push((site.span, show(&program, site)));
            }
        }
    }
    found.sort();
    let shown: Vec<String> = found.into_iter().map(|(_, shown)| shown).collect();
    assert_eq!(shown.join(" / "), expect);
}

fn show(program: &Program, site: &CallSite) -> String {
    let mut callees: Vec<String> = site
        .callees
        .iter()
        .map(|callee| match callee {
            Callee::Def { def, .. } => {
                let def = program.def(*def);
                let of_trait = def.parent.and_then(|parent| program.impl_of(parent)?.trait_.as_ref()?.def());
                let of_trait = of_trait.map_or(String::new(), |id| format!(" as {}", program.def(id).name));
                format!("{}{of_trait}", def.path.trim_start_matches("shop::"))
            }
            Callee::External(path) => format!("extern {path}"),
            Callee::ExternalMethod { receiver, method } => {
                format!("extern {}.{method}", TyDisplay(program, receiver))
            }
            Callee::Unresolved { why } => why.as_str().to_string(),
        })
        .collect();
    callees.sort();
    let mark = match site.certainty {
        Certainty::Proved => "",
        Certainty::Inferred => " ?",
        Certainty::Unknown => " ??",
    };
    format!("{}{mark}", callees.join(", "))
}

/// Targets of the edges of one kind that start at a function.
#[track_caller]
fn check_edges(source: &str, from: &str, kind: crate::resolve::EdgeKind, expect: &[&str]) {
    let program = program(&[("src/main.rs", source)]);
    let mut found: Vec<&str> = program
        .edges
        .iter()
        .filter(|edge| edge.kind == kind && program.def(edge.from).path == format!("shop::{from}"))
        .map(|edge| program.def(edge.to).path.trim_start_matches("shop::"))
        .collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, expect);
}

mod implicit;
mod receivers;

const REPO: &str = "use std::sync::Arc; struct Client; impl Client { fn find(&self) -> Option<User> { None } } \
    struct User { name: String } impl User { fn greet(&self) {} } struct Other; impl Other { fn greet(&self) {} fn find(&self) {} } ";

#[test]
fn receivers_are_typed_by_parameters_locals_and_fields() {
    check(&format!("{REPO} fn main() {{}} fn f(c: &Client) {{ c.find(); }}"), "c.find()", "Client::find");
    check(&format!("{REPO} fn main() {{ let c = Client; c.find(); }}"), "c.find()", "Client::find");
    check(
        &format!(
            "{REPO} struct S {{ c: Arc<Client> }} impl S {{ fn f(&self) {{ self.c.find(); }} }} fn main() {{}}"
        ),
        "self.c.find()",
        "Client::find",
    );
}

#[test]
fn options_and_question_marks_are_looked_through() {
    check(
        &format!("{REPO} fn f(c: Client) -> Option<()> {{ c.find()?.greet(); None }} fn main() {{}}"),
        "c.find()?.greet()",
        "User::greet",
    );
    check(
        &format!("{REPO} fn f(c: Client) {{ if let Some(u) = c.find() {{ u.greet(); }} }} fn main() {{}}"),
        "u.greet()",
        "User::greet",
    );
    check(
        &format!(
            "{REPO} fn f(c: Client) {{ let Some(u) = c.find() else {{ return }}; u.greet(); }} fn main() {{}}"
        ),
        "u.greet()",
        "User::greet",
    );
    check(
        &format!("{REPO} fn f(c: Client) {{ c.find().map(|u| u.greet()); }} fn main() {{}}"),
        "u.greet()",
        "User::greet",
    );
    check(
        &format!(
            "{REPO} fn f(us: Vec<User>) {{ for u in us.iter().filter(|u| true) {{ u.greet(); }} }} fn main() {{}}"
        ),
        "u.greet()",
        "User::greet",
    );
}

#[test]
fn extractors_give_what_they_wrap() {
    let source = "use axum::{Extension, extract::State}; use std::sync::Arc; #[derive(Clone)] struct App { repo: Arc<Repo<u8>> } struct Repo<T> { t: T } impl<T> Repo<T> { async fn one(&self) -> Result<T, ()> { todo!() } } async fn h(State(app): State<App>, Extension(r): Extension<Arc<Repo<String>>>) { app.repo.one().await; r.one().await; } fn main() {}";
    check(source, "app.repo.one()", "Repo::one");
    check(source, "r.one()", "Repo::one");
}

#[test]
fn dyn_calls_lead_to_the_impl_that_is_put_there() {
    let source = "use std::sync::Arc; trait Store { fn put(&self); } struct A; struct B; impl Store for A { fn put(&self) {} } impl Store for B { fn put(&self) {} } struct S { store: Arc<dyn Store> } fn f(s: &S) { s.store.put(); } fn main() { let s = S { store: Arc::new(A) }; let b = B; f(&s); }";
    check(source, "s.store.put()", "A::put as Store");
}

#[test]
fn every_branch_may_put_another_type_behind_a_trait() {
    let source = "trait Store { fn put(&self); } struct A; struct B; struct C; impl Store for A { fn put(&self) {} } impl Store for B { fn put(&self) {} } impl Store for C { fn put(&self) {} } fn make(n: u8) -> Box<dyn Store> { match n { 0 => Box::new(A), _ => if n > 1 { Box::new(B) } else { Box::new(A) } } } fn main() { let c = C; make(1).put(); }";
    check(source, "make(1).put()", "A::put as Store, B::put as Store ?");
}

#[test]
fn generic_calls_lead_to_the_impls_of_the_bound() {
    let source = "trait Store { fn put(&self); } struct A; struct B; impl Store for A { fn put(&self) {} } impl Store for B { fn put(&self) {} } fn f<S: Store>(s: S) { s.put(); } fn main() { f(A); f(B); }";
    check(source, "s.put()", "A::put as Store, B::put as Store ?");
}

#[test]
fn trait_impls_defaults_and_extensions() {
    let source = "trait Hi { fn hi(&self) {} fn ho(&self); } struct A; impl Hi for A { fn ho(&self) {} } impl Hi for String { fn ho(&self) {} } fn main() { let a = A; a.hi(); a.ho(); let s = String::new(); s.ho(); }";
    check(source, "a.hi()", "Hi::hi");
    check(source, "a.ho()", "A::ho as Hi");
    check(source, "s.ho()", "String::ho as Hi");
}

#[test]
fn from_impls_are_told_apart_by_the_argument() {
    let source = "struct E; struct A; struct B; impl From<A> for E { fn from(a: A) -> E { E } } impl From<B> for E { fn from(b: B) -> E { E } } fn g() -> Result<(), B> { Ok(()) } fn f() -> Result<(), E> { g()?; Ok(()) } fn main() { E::from(A); }";
    check(source, "E::from(A)", "E::from");
    check_edges(source, "f", crate::resolve::EdgeKind::Implicit, &["E::from"]);
}

#[test]
fn builder_chains_of_other_crates_stay_visible() {
    let source = "async fn f(c: &aws_sdk_dynamodb::Client) { c.get_item().table_name(\"x\").send().await; } fn main() {}";
    check(source, "c.get_item()", "extern Client.get_item");
    check(source, "c.get_item().table_name(\"x\")", "extern Client.get_item().table_name");
}

#[test]
fn a_method_of_another_type_is_no_candidate() {
    check(
        &format!("{REPO} fn f(v: &str) {{ v.find('x'); }} fn main() {{}}"),
        "v.find('x')",
        "extern str.find",
    );
    check(&format!("{REPO} fn f(v: &Other) {{ v.greet(); }} fn main() {{}}"), "v.greet()", "Other::greet");
}

#[test]
fn a_method_of_a_reference_to_what_is_not_known_leads_nowhere() {
    let two = "struct A; struct B; impl A { fn list(&self) {} } impl B { fn list(&self) {} }";
    let expect = "receiver of unknown type ??";
    check(&format!("{two} fn f(v: &Missing) {{ v.list(); }} fn main() {{}}"), "v.list()", expect);
    check(
        &format!("{two} fn f(v: &std::sync::Arc<Missing>) {{ v.list(); }} fn main() {{}}"),
        "v.list()",
        expect,
    );
}

#[test]
fn handlers_bring_their_extractors_and_responses() {
    let source = "use axum::{Router, routing::get, response::IntoResponse, extract::FromRequestParts}; struct Auth; impl<S> FromRequestParts<S> for Auth { async fn from_request_parts() {} } struct E; impl IntoResponse for E { fn into_response(self) {} } async fn h(a: Auth) -> Result<String, E> { todo!() } fn main() { Router::new().route(\"/\", get(h)); }";
    check_edges(
        source,
        "h",
        crate::resolve::EdgeKind::Implicit,
        &["Auth::from_request_parts", "E::into_response"],
    );
    check_edges(source, "main", crate::resolve::EdgeKind::Value, &["h"]);
}

#[test]
fn errors_that_become_values_keep_their_type() {
    let source = "struct E; impl From<std::io::Error> for E { fn from(e: std::io::Error) -> E { E } } fn f(r: &serde_json::Value) -> Result<(), E> { r.get(\"x\").and_then(|v| v.as_str()).ok_or_else(|| E)?; Ok(()) } fn main() {}";
    check_edges(source, "f", crate::resolve::EdgeKind::Implicit, &[]);
}

#[test]
fn functions_named_in_attribute_strings_are_called() {
    let source = "#[derive(serde::Deserialize)] struct A { #[serde(default = \"one\")] x: u8 } fn one() -> u8 { 1 } fn two() {} fn main() {}";
    check_edges(source, "A", crate::resolve::EdgeKind::Implicit, &["one"]);
}

#[test]
fn aliases_of_pointers_keep_their_functions() {
    let source = "type Shared<T> = std::sync::Arc<T>; struct A; impl A { fn go(&self) {} } fn main() { let a = Shared::new(A); a.go(); }";
    check(source, "Shared::new(A)", "extern std::sync::Arc::new");
    check(source, "a.go()", "A::go");
}

#[test]
fn a_function_passed_to_an_iterator_is_no_handler() {
    let source = "use axum::response::IntoResponse; struct E; impl IntoResponse for E { fn into_response(self) {} } fn conv(x: u8) -> Result<u8, E> { Ok(x) } fn main() { let v: Vec<u8> = Vec::new(); v.into_iter().map(conv); }";
    check_edges(source, "conv", crate::resolve::EdgeKind::Implicit, &[]);
}

#[test]
fn deep_and_long_code_ends() {
    let source = format!(
        "fn main() {{ let x = String::new(){}; {}1{}; }}",
        ".trim()".repeat(100),
        "(".repeat(100),
        ")".repeat(100)
    );
    program(&[("src/main.rs", &source)]);
}
