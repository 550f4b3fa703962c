//! Unit tests: where they go, and what comes along for them.

use super::check_main;

#[test]
fn imports_of_tests_may_be_groups_and_stand_in_functions() {
    let source = r#"
use axum::{Router, routing::get};
async fn a() -> u8 { double(1) }
fn double(x: u8) -> u8 { x * 2 }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a))).await.unwrap(); }
#[cfg(test)]
mod doubling {
    use std::{collections::BTreeMap, path::Path};
    #[test]
    fn it_doubles() {
        use super::{double as twice};
        use std::{fmt::Write as _, io::{self, prelude::*}};
        assert_eq!((twice(2), Path::new("a"), BTreeMap::<u8, io::Error>::new().len()), (4, Path::new("a"), 0));
    }
}
"#;
    check_main(source, "get-a", &["mod doubling"], &[]);
}

#[test]
fn what_a_derive_gives_to_a_type_is_known_to_tests() {
    let source = r#"
use axum::{Router, routing::get};
#[derive(Default, PartialEq)]
struct Limit(u8);
async fn a() -> u8 { Limit(1).0 }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a))).await.unwrap(); }
#[cfg(test)]
mod limits {
    use super::*;
    #[test]
    fn it_has_a_default() { assert!(Limit::default() == Limit(0)); }
}
"#;
    check_main(source, "get-a", &["mod limits"], &[]);
}

#[test]
fn members_of_a_trait_that_only_tests_need_come_along_with_those_of_its_impls() {
    let source = r#"
use axum::{Router, routing::get};
trait Store { fn read(&self) -> u8; fn write(&self); fn erase(&self); fn count(&self) -> u8 { 0 } }
struct Memory;
impl Store for Memory { fn read(&self) -> u8 { 1 } fn write(&self) { log() } fn erase(&self) {} fn count(&self) -> u8 { 1 } }
fn log() {}
async fn a() -> String { shown(&Memory) }
async fn b() {}
fn shown(store: &dyn Store) -> String { store.read().to_string() }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
#[cfg(test)]
mod implementing {
    use super::*;
    struct Other;
    impl Store for Other { fn read(&self) -> u8 { 1 } fn write(&self) {} fn erase(&self) {} }
    #[test]
    fn it_reads() { shown(&Other); }
}
#[cfg(test)]
mod counting {
    use super::*;
    #[test]
    fn it_counts() { assert_eq!(Memory.count(), 1); }
}
"#;
    let holds = [
        "trait Store { fn read(&self) -> u8; #[cfg(test)]\nfn write(&self); #[cfg(test)]\nfn erase(&self); #[cfg(test)]\nfn count(&self) -> u8 { 0 } }",
        "fn read(&self) -> u8 { 1 } #[cfg(test)]\nfn write(&self) { log() } #[cfg(test)]\nfn erase(&self) {} #[cfg(test)]\nfn count",
        "#[cfg(test)]\nfn log()",
        "mod implementing",
        "mod counting",
    ];
    check_main(source, "get-a", &holds, &[]);
    check_main(source, "get-b", &[], &["Store", "cfg"]);
}
