//! Unit tests: where they go, and what comes along for them.

use super::{check_main, check_main_with, file, split_files, split_files_with};
use crate::diagnostic::Code;

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

#[test]
fn helpers_of_tests_come_along_with_them() {
    let main = r#"
use axum::{Router, routing::get};
mod samples;
mod text;
#[cfg(test)]
use mockall::automock;
#[cfg_attr(test, automock)]
trait Store { fn read(&self) -> u8; }
struct Memory;
impl Store for Memory { fn read(&self) -> u8 { double(1) } }
async fn a() -> String { shown(&Memory) }
async fn b() {}
fn shown(store: &dyn Store) -> String { store.read().to_string() }
fn double(x: u8) -> u8 { x * 2 }
fn half(x: u8) -> u8 { x / 2 }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
#[cfg(test)]
const TWO: u8 = 2;
#[cfg(test)]
fn four() -> u8 { TWO + TWO }
#[cfg(test)]
mod doubling {
    use super::{double, half};
    use crate::samples::one;
    #[test]
    fn it_doubles() { assert_eq!((double(one()), half(super::four())), (super::TWO, 2)); }
}
"#;
    let samples = "#[cfg(test)]\npub fn one() -> u8 { 1 }\n#[cfg(test)]\npub fn three() -> u8 { 3 }";
    let dependencies = "[dev-dependencies]\nmockall = \"0.13\"\n";
    let files = [("src/main.rs", main), ("src/samples.rs", samples), ("src/text.rs", "pub fn unused() {}")];
    let (split, diagnostics) = split_files_with(dependencies, &files);
    let text = file(&split, "get-a", "src/main.rs");
    let holds = [
        "#[cfg(test)]\nuse mockall::automock;",
        "mod samples;",
        "#[cfg(test)]\nfn half",
        "#[cfg(test)]\nconst TWO",
        "#[cfg(test)]\nfn four",
        "mod doubling",
    ];
    for piece in holds {
        assert!(text.contains(piece), "`{piece}` is missing in\n{text}");
    }
    assert!(!text.contains("mod text"), "{text}");
    assert_eq!(file(&split, "get-a", "src/samples.rs"), "#[cfg(test)]\npub fn one() -> u8 { 1 }");
    let other = file(&split, "get-b", "src/main.rs");
    assert!(!other.contains("cfg(test)") && !other.contains("samples"), "{other}");
    let left: Vec<String> = diagnostics
        .sorted()
        .into_iter()
        .filter(|finding| finding.code == Code::TESTS_LEFT_OUT)
        .map(|finding| finding.message.clone())
        .collect();
    assert_eq!(
        left,
        ["the tests `three` of `shop::samples` stay in the monolith: no function keeps what they test"]
    );
}

#[test]
fn imports_of_the_module_above_come_along_for_tests() {
    let source = r#"
use axum::{Router, routing::get};
fn limit() -> u8 { 3 }
mod store {
    use super::limit;
    pub fn kind() -> u8 { 1 }
    pub fn unused() -> u8 { limit() }
    #[cfg(test)]
    mod kinds {
        use super::*;
        #[rstest::rstest]
        #[case::least(1)]
        fn it_is_less(#[case] kind: u8) { assert!(super::kind() == kind && kind < limit()); }
    }
}
async fn a() -> String { store::kind().to_string() }
async fn b() {}
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let holds = ["#[cfg(test)]\nfn limit", "#[cfg(test)]\nuse super::limit;", "mod kinds"];
    let dependencies = "[dev-dependencies]\nrstest = \"0.26\"\n";
    check_main_with(dependencies, source, "get-a", &holds, &["unused"]);
}

#[test]
fn tests_of_a_function_name_what_lives_in_a_shared_crate() {
    let main = r#"
use axum::{Router, routing::get};
mod order;
async fn a() -> String { order::total(&order::line()).to_string() }
async fn b() -> String { order::line().show() }
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(a)).route("/b", get(b))).await.unwrap(); }
"#;
    let order = r#"
pub struct Line { price: u8, status: Status }
#[derive(PartialEq)]
enum Status { New }
impl Line { pub fn show(&self) -> String { Self::shown(self.price) } fn shown(price: u8) -> String { price.to_string() } }
pub fn line() -> Line { Line { price: 1, status: Status::New } }
pub fn total(line: &Line) -> u8 { line.price }
#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_total_is_the_price() {
        let status = Status::New;
        let line = Line { price: 2, status };
        assert!(total(&line) == 2 && line.status == Status::New && Line::shown(1) == "1");
    }
}
"#;
    let (split, _) = split_files(&[("src/main.rs", main), ("src/order.rs", order)]);
    let own = file(&split, "get-a", "src/order.rs");
    assert!(own.contains("#[cfg(test)]\npub(crate) use app_shared::order::Status;"), "{own}");
    assert!(own.contains("fn total") && own.contains("mod tests"), "{own}");
    let shared = file(&split, "app-shared", "src/order.rs");
    for piece in ["pub enum Status", "pub price: u8, pub status: Status", "pub fn shown"] {
        assert!(shared.contains(piece), "`{piece}` is missing in\n{shared}");
    }
}

#[test]
fn what_tests_name_in_modules_that_they_import_has_to_be_there() {
    let main = r#"
use axum::{Router, routing::get};
mod all;
#[tokio::main]
async fn main() { lambda_http::run(Router::new().route("/a", get(all::a)).route("/b", get(all::b))).await.unwrap(); }
"#;
    let all = r"
pub async fn a() -> u8 { 1 }
pub async fn b() -> u8 { 2 }
#[cfg(test)]
mod both {
    use crate::all;
    use super::a;
    #[tokio::test]
    async fn they_differ() { assert_ne!(a().await, all::b().await); }
}
";
    let (split, diagnostics) = split_files(&[("src/main.rs", main), ("src/all.rs", all)]);
    assert!(!file(&split, "get-a", "src/all.rs").contains("both"));
    assert!(diagnostics.sorted().iter().any(|finding| finding.code == Code::TESTS_LEFT_OUT));
}
