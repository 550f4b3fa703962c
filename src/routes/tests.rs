//! Router-building code as text, and the routes that come out.

use crate::diagnostic::Diagnostics;
use crate::routes::{RouteTable, evaluate};

const USES: &str = "use axum::{Router, routing::{self, get, post, put, delete, patch, any}, middleware, extract::State}; use lambda_http::run;\n";

fn table(source: &str) -> (RouteTable, Diagnostics) {
    let text = format!("{USES}{source}");
    let program = crate::resolve::tests::program(&[("src/main.rs", &text)]);
    let mut diagnostics = Diagnostics::default();
    let table = evaluate(&program, &mut diagnostics);
    (table, diagnostics)
}

/// One line per route: id, handler, layers, condition.
fn shown(table: &RouteTable) -> String {
    let mut out = String::new();
    for route in &table.routes {
        out.push_str(&format!("{} {}", route.id, route.handler.name));
        if !route.layers.is_empty() {
            let names: Vec<&str> = route.layers.iter().map(|layer| layer.name.as_str()).collect();
            out.push_str(&format!(" [{}]", names.join(", ")));
        }
        if let Some(condition) = &route.conditional {
            out.push_str(&format!(" {{{condition}}}"));
        }
        out.push('\n');
    }
    out
}

#[track_caller]
fn check(source: &str, expect: &str) {
    let (table, _) = table(source);
    let expect: String = expect.trim().lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(shown(&table), expect);
}

#[test]
fn a_chain_of_routes() {
    check(
        r#"
        async fn list() {} async fn create() {} async fn one() {}
        #[tokio::main] async fn main() {
            let app = Router::new().route("/items", get(list).post(create)).route("/items/{id}", get(one)).route("/f/{*rest}", any(one));
            run(app).await.unwrap();
        }"#,
        "GET /items list
         POST /items create
         GET /items/{id} one
         ANY /f/{rest+} one",
    );
}
