//! What runs without being named.

use super::check_edges;
use crate::resolve::EdgeKind::{Call, Implicit};
use crate::resolve::tests::program;

#[test]
fn operators_are_the_functions_of_their_impls() {
    let source = "use std::ops::{Add, AddAssign, Index}; struct M(u8); struct S; impl S { fn s(&self) {} } \
        impl Add for M { type Output = S; fn add(self, o: M) -> S { S } } \
        impl AddAssign<u8> for M { fn add_assign(&mut self, o: u8) {} } \
        impl PartialEq for M { fn eq(&self, o: &M) -> bool { true } } \
        impl Index<u8> for M { type Output = S; fn index(&self, i: u8) -> &S { todo!() } } \
        fn sum(a: M, b: M) { (a + b).s(); } fn more(mut a: M, n: u8) { a += n; } \
        fn same(a: &M, b: &M) -> bool { a != b } fn at(a: &M) { a[1].s(); } fn main() {}";
    check_edges(source, "sum", Implicit, &["M::add"]);
    check_edges(source, "sum", Call, &["S::s"]);
    check_edges(source, "more", Implicit, &["M::add_assign"]);
    check_edges(source, "same", Implicit, &["M::eq"]);
    check_edges(source, "at", Implicit, &["M::index"]);
    check_edges(source, "at", Call, &["S::s"]);
}

#[test]
fn loops_over_types_of_the_program_run_their_iterator() {
    let source = "struct L; struct U; impl U { fn u(&self) {} } impl Iterator for L { type Item = U; fn next(&mut self) -> Option<U> { None } } \
        fn f(l: L) { for u in l { u.u(); } } fn main() {}";
    check_edges(source, "f", Implicit, &["L::next"]);
    check_edges(source, "f", Call, &["U::u"]);
}

#[test]
fn texts_name_the_locals_that_they_format() {
    let source = "use std::fmt; struct Id; impl fmt::Display for Id { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { todo!() } } \
        struct Key; impl fmt::Debug for Key { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { todo!() } } \
        fn shown(id: Id) { println!(\"{id} {{key}}\"); } fn debugged(key: Key) { println!(\"{key:?}\"); } \
        fn given(id: Id, key: Key) { println!(\"{1} {:?}\", key, id); } fn named(id: Id) { format!(\"{x}\", x = id); } \
        fn escaped(id: Id) { println!(\"{{id}}\"); } fn main() {}";
    check_edges(source, "shown", Implicit, &["Id::fmt"]);
    check_edges(source, "debugged", Implicit, &["Key::fmt"]);
    check_edges(source, "given", Implicit, &["Id::fmt", "Key::fmt"]);
    check_edges(source, "named", Implicit, &["Id::fmt"]);
    check_edges(source, "escaped", Implicit, &[]);
}

#[test]
fn fallible_conversions_run_the_impl_of_what_they_give() {
    let source = "struct Id; impl std::str::FromStr for Id { type Err = (); fn from_str(s: &str) -> Result<Id, ()> { Err(()) } } \
        impl TryFrom<u8> for Id { type Error = (); fn try_from(n: u8) -> Result<Id, ()> { Err(()) } } \
        fn parsed(s: &str) { s.parse::<Id>(); } fn tried(n: u8) -> Result<Id, ()> { n.try_into() } fn main() {}";
    check_edges(source, "parsed", Implicit, &["Id::from_str"]);
    check_edges(source, "tried", Implicit, &["Id::try_from"]);
}

#[test]
fn errors_become_boxed_traits_of_the_program() {
    let source = "trait AppError {} type Boxed = Box<dyn AppError>; struct A; \
        impl From<A> for Boxed { fn from(a: A) -> Boxed { todo!() } } impl<E: std::error::Error> From<E> for Boxed { fn from(e: E) -> Boxed { todo!() } } \
        fn g() -> Result<(), A> { Ok(()) } fn f() -> Result<(), Boxed> { g()?; Ok(()) } fn main() {}";
    check_edges(source, "f", Implicit, &["Boxed::from"]);
}

#[test]
fn errors_of_queries_are_known_by_the_trait_in_scope() {
    let source = "use diesel_async::RunQueryDsl; struct E; impl From<diesel::result::Error> for E { fn from(e: diesel::result::Error) -> E { E } } \
        impl From<diesel::ConnectionError> for E { fn from(e: diesel::ConnectionError) -> E { E } } \
        async fn f(c: &mut u8) -> Result<(), E> { users::table.load(c).await?; Ok(()) } fn main() {}";
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\ndiesel = \"2\"\ndiesel-async = \"0.5\"\n";
    let program = program(&[("Cargo.toml", manifest), ("src/main.rs", source)]);
    let implicit = program.edges.iter().filter(|edge| edge.kind == Implicit);
    let run: Vec<&str> =
        implicit.map(|edge| program.tree.sources.text(program.def(edge.to).location)).collect();
    assert_eq!(run, ["fn from(e: diesel::result::Error) -> E { E }"]);
}

#[test]
fn a_value_is_dropped_where_it_is_held_and_not_where_it_is_made() {
    let source = "struct G; impl G { fn new() -> Self { G } } impl Drop for G { fn drop(&mut self) {} } \
        fn made() -> Option<G> { let g = G::new(); Some(g) } fn held() { let g = made(); } fn lent(g: &G) {} fn main() {}";
    check_edges(source, "made", Implicit, &[]);
    check_edges(source, "G::new", Implicit, &[]);
    check_edges(source, "held", Implicit, &["G::drop"]);
    check_edges(source, "lent", Implicit, &[]);
}

#[test]
fn a_type_of_the_program_becomes_one_of_another_crate() {
    let source = "struct Stat; impl From<Stat> for u64 { fn from(s: Stat) -> u64 { 1 } } fn key(s: Stat) -> u64 { s.into() } fn main() {}";
    check_edges(source, "key", Implicit, &["u64::from"]);
}

#[test]
fn a_trait_function_that_is_passed_on_is_that_of_the_value() {
    let source = "use axum::response::IntoResponse; struct E; impl IntoResponse for E { fn into_response(self) {} } fn g() -> Result<u8, E> { Err(E) } \
        fn f() { g().map_err(IntoResponse::into_response); } fn main() {}";
    check_edges(source, "f", Implicit, &["E::into_response"]);
}
