//! Receivers whose type takes more than one step.

use super::{check, check_edges};
use crate::resolve::EdgeKind::Call;

#[test]
fn a_derived_deref_is_looked_through() {
    let source = "use std::sync::Arc; struct App { n: Name } struct Name; impl Name { fn go(&self) {} } impl App { fn db(&self) {} } \
        #[derive(Clone, derive_more::Deref)] struct State(Arc<App>); \
        #[derive(Deref)] struct Two { a: u8, #[deref] b: App } fn f(s: &State, t: Two) { s.db(); s.n.go(); t.db(); } fn main() {}";
    check(source, "s.db()", "App::db");
    check(source, "s.n.go()", "Name::go");
    check(source, "t.db()", "App::db");
}

#[test]
fn extension_traits_reach_types_of_other_crates() {
    let source = "trait Parts { fn headers(&self); } impl Parts for http::request::Parts { fn headers(&self) {} } \
        impl<B> Parts for http::Request<B> { fn headers(&self) { self.headers() } } \
        trait Log { fn log(&self); } impl<T: Parts> Log for T { fn log(&self) { self.headers(); } } \
        fn f(p: http::request::Parts, r: axum::extract::Request) { p.log(); r.log(); r.headers(); } fn main() {}";
    check(source, "p.log()", "T::log as Log");
    check(source, "r.log()", "T::log as Log");
    // What forwards to itself says that the type has such a method of its own.
    check(source, "r.headers()", "extern Request.headers");
}

#[test]
fn an_extension_in_scope_is_found_behind_calls_of_other_crates() {
    let source = "trait Opt<T> { fn or_missing(self) -> T; } impl<T> Opt<T> for Option<T> { fn or_missing(self) -> T { todo!() } } \
        fn f(c: &reqwest::Client) { c.get_it().ok().or_missing(); } fn main() {}";
    check(source, "c.get_it().ok().or_missing()", "Option::or_missing as Opt ?");
}

#[test]
fn a_trait_function_without_self_is_chosen_by_what_is_wanted() {
    let source = "trait Entry { type V; fn load(v: Self::V) -> Self; } struct A; struct B; \
        impl Entry for A { type V = u8; fn load(v: u8) -> A { A } } impl Entry for B { type V = u8; fn load(v: u8) -> B { B } } \
        impl Entry for tower::Point { type V = u8; fn load(v: u8) -> Self { todo!() } } struct Holds { b: B, p: tower::Point } \
        fn f() -> Holds { Holds { b: Entry::load(1), p: Entry::load(2) } } fn main() {}";
    check(source, "Entry::load(1)", "B::load as Entry");
    check(source, "Entry::load(2)", "Point::load as Entry");
}

#[test]
fn what_other_crates_give_is_no_method_of_the_program_by_its_name_alone() {
    let source = "struct Id; impl Id { fn inscribed(&self) {} } fn f(c: &tower::Table) { c.get(1).inscribed(); } fn main() {}";
    check(source, "c.get(1).inscribed()", "extern Table.get().inscribed");
}

#[test]
fn a_number_is_converted_by_the_program_only_from_its_own_types() {
    let source = "struct Stat; impl From<Stat> for u64 { fn from(s: Stat) -> u64 { 1 } } fn f(c: &ext::Config, s: Stat) { u64::from(c.size()); u64::from(s); } fn main() {}";
    check(source, "u64::from(c.size())", "extern std::u64::from");
    check(source, "u64::from(s)", "u64::from");
}

#[test]
fn wrappers_answer_for_themselves() {
    let source = "use axum::{Json, response::IntoResponse}; struct Ok2; impl IntoResponse for Ok2 { fn into_response(self) { Json(self).into_response() } } fn main() {}";
    check_edges(source, "Ok2::into_response", Call, &[]);
}

#[test]
fn a_closure_that_runs_in_place_gives_what_is_wanted() {
    let source = "struct E; struct X; impl From<X> for E { fn from(x: X) -> E { E } } fn g() -> Result<u8, X> { Err(X) } \
        fn f() -> Result<u8, E> { tokio::task::block_in_place(|| { let n = g()?; Ok(n) }) } fn main() {}";
    check_edges(source, "f", crate::resolve::EdgeKind::Implicit, &["E::from"]);
}

#[test]
fn parsed_arguments_are_of_the_type_that_derives_the_parser() {
    let source = "use clap::Parser; #[derive(Parser)] struct Args; impl Args { fn run(self) {} } fn main() { let args = Args::parse(); args.run(); }";
    check(source, "args.run()", "Args::run");
}

#[test]
fn impls_for_types_that_macros_make_are_no_candidates_for_others() {
    let source = "some::make! { struct Made; } impl Made { fn gather(&self, n: u8) {} } struct P; impl P { fn gather(&self, n: u8) {} } fn f(p: P) { p.gather(1); } fn main() {}";
    check(source, "p.gather(1)", "P::gather");
}

#[test]
fn types_that_macros_make_differ_by_module() {
    let source = "mod cake { use axum::prelude::*; #[derive(Model)] pub struct Model; \
        impl Entity { pub fn owned() { Self::find() } pub fn find() {} pub fn touch(&self) {} } } \
        mod fruit { use axum::prelude::*; #[derive(Model)] pub struct Model; \
        impl Entity { pub fn owned() { Self::find() } pub fn find() {} pub fn touch(&self) {} } } \
        mod all { pub use super::fruit::*; } use cake::Entity as Cake; \
        fn f(c: cake::Entity, o: all::Entity) { Cake::owned(); fruit::Entity::owned(); c.touch(); o.touch(); } fn main() {}";
    check(source, "Cake::owned()", "cake::Entity::owned");
    check(source, "fruit::Entity::owned()", "fruit::Entity::owned");
    check(source, "Self::find()", "cake::Entity::find / fruit::Entity::find");
    check(source, "c.touch()", "cake::Entity::touch");
    check(source, "o.touch()", "fruit::Entity::touch");
}

#[test]
fn what_derives_add_has_the_types_of_its_fields() {
    let repo = "struct Repo; impl Repo { fn find(&self) {} } struct Other; impl Other { fn find(&self) {} }";
    let of = |kind: &str, code: &str, expect: &str| {
        check(&format!("{repo} {kind} fn f(h: &Held, r: Repo) {{ {code} }} fn main() {{}}"), code, expect);
    };
    let getters = "use std::sync::Arc; #[derive(Getters)] struct Held { repo: Arc<Repo> }";
    of(getters, "h.repo().find()", "Repo::find");
    let new = "#[derive(new)] struct Held { repo: Repo } impl Held { fn find(&self) {} }";
    of(new, "Held::new(r).find()", "Held::find");
    let typed = "#[derive(TypedBuilder)] struct Held { repo: Repo } impl Held { fn find(&self) {} }";
    of(typed, "Held::builder().repo(r).build().find()", "Held::find");
    let checked = "use derive_builder::Builder; #[derive(Builder)] struct Held { repo: Repo } impl Held { fn find(&self) {} }";
    of(checked, "HeldBuilder::default().repo(r).build().unwrap().find()", "Held::find");
}

#[test]
fn a_function_made_a_builder_is_called() {
    let held = "struct Held; #[bon] impl Held { #[builder] fn new(n: u8) -> Self { Held } #[builder] fn find(&self, n: u8) {} }";
    let source =
        format!("{held} fn f() {{ Held::builder().n(1).build().find().n(2).call(); }} fn main() {{}}");
    check(&source, "Held::builder()", "Held::new");
    check(&source, "Held::builder().n(1).build().find()", "Held::find");
}

#[test]
fn defaults_of_a_trait_for_all_that_have_another_are_found_on_parameters() {
    let source = "struct User; impl User { fn go(&self) {} } trait Auth: Clone {} \
        trait Ops: Auth { fn user(&self, n: u8) -> User { User } } impl<T> Ops for T where T: Auth {} \
        trait More: Auth { fn other(&self) -> User { User } } impl<T: Auth> More for T {} \
        fn f<A: Auth>(a: A) { a.user(1).go(); a.other().go(); } fn g<A: Auth + Clone>(a: &A) { a.user(2).go(); } fn main() {}";
    check(source, "a.user(1).go()", "User::go");
    check(source, "a.other().go()", "User::go");
    check(source, "a.user(2).go()", "User::go");
}

#[test]
fn results_of_queries_are_results() {
    let source = "use http::QueryResult; struct User; impl User { fn owners(&self) {} fn find() -> QueryResult<User> { q() } } struct O; impl O { fn owners(&self) {} } \
        fn f() -> Result<(), ()> { User::find().context(1)?.owners(); match User::find().optional()? { Some(user) => user.owners(), None => {} } Ok(()) } fn main() {}";
    check(source, "User::find().context(1)?.owners()", "User::owners");
    check(source, "user.owners()", "User::owners");
}

#[test]
fn what_calls_start_from_may_come_out_of_them() {
    let source = "struct User; impl User { fn insert(&self) {} } struct Other; impl Other { fn insert(&self) {} fn get(&self) {} } \
        fn f(u: &http::Rows<User>) { u.first_one().insert(); u.first_one().get(); } fn main() {}";
    check(source, "u.first_one().insert()", "User::insert ?");
    check(source, "u.first_one().get()", "extern Rows<User>.first_one().get");
}
