//! Router-building code as text, and the routes that come out.

mod composing;
mod dispatch;
mod generics;
mod language;
mod serving;

use crate::diagnostic::Diagnostics;
use crate::resolve::Program;
use crate::routes::{RouteTable, evaluate};

const USES: &str = "#![allow(unused)] use axum::{Router, routing::{self, get, post, put, delete, patch, any, on, MethodFilter, MethodRouter}, middleware, Extension, extract::{State, Path}}; use lambda_http::run;\n\
async fn a() {} async fn b() {} async fn c() {} async fn d() {} async fn auth() {}\n";

fn program(source: &str) -> Program {
    let text = format!("{USES}{source}");
    crate::resolve::tests::program(&[("src/main.rs", &text)])
}

fn evaluated(source: &str) -> (RouteTable, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let table = evaluate(&program(source), &mut diagnostics);
    (table, diagnostics)
}

/// One line per route: id, handler, layers, condition. Then fallbacks and mounted services.
fn shown(table: &RouteTable) -> String {
    let names = |layers: &[crate::routes::LayerUse]| match layers {
        [] => String::new(),
        layers => {
            format!(" [{}]", layers.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>().join(", "))
        }
    };
    let condition = |condition: &Option<String>| {
        condition.as_ref().map_or_else(String::new, |condition| format!(" {{{condition}}}"))
    };
    let routes = table.routes.iter().map(|route| {
        format!(
            "{} {}{}{}\n",
            route.id,
            route.handler.name,
            names(&route.layers),
            condition(&route.conditional)
        )
    });
    let fallbacks = table.fallbacks.iter().map(|fallback| {
        let kind = if fallback.method_not_allowed { "405" } else { "404" };
        format!("{kind} {:?} {}{}\n", fallback.prefix, fallback.handler.name, names(&fallback.layers))
    });
    let services = table
        .services_mounted
        .iter()
        .map(|service| format!("service {} {}{}\n", service.path, service.service, names(&service.layers)));
    routes.chain(fallbacks).chain(services).collect()
}

/// Lines of a test's expectation, without their indentation.
fn lines(expect: &str) -> String {
    expect.trim().lines().flat_map(|line| [line.trim(), "\n"]).collect()
}

#[track_caller]
fn check(source: &str, expect: &str) {
    let (table, _) = evaluated(source);
    assert_eq!(shown(&table), lines(expect));
}

/// The served router's expression, in a `main` that runs it on Lambda.
#[track_caller]
fn check_app(app: &str, expect: &str) {
    check(&format!("#[tokio::main] async fn main() {{ run({app}).await.unwrap(); }}"), expect);
}

/// Codes of the findings.
#[track_caller]
fn check_codes(source: &str, expect: &[&str]) {
    let (_, diagnostics) = evaluated(source);
    let codes: Vec<&str> = diagnostics.sorted().iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, expect);
}
