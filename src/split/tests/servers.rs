//! Lambda entries in the place of servers over HTTP.

use super::{check_main, check_main_with, file, split_files_with};
use crate::diagnostic::Code;

const DEPENDENCIES: &str = "hyper = \"0.14\"\naxum-server = \"0.7\"\nanyhow = \"1\"\n";

/// A program of one route that is served by `serve`, with `more` beside `main`.
fn served(serve: &str, more: &str, ret: &str) -> String {
    format!(
        "use axum::{{Router, routing::get}};\nasync fn a() {{}}\n{more}\n#[tokio::main]\nasync fn main() {ret} {{\nlet app = Router::new().route(\"/a\", get(a));\n{serve}\n}}"
    )
}

#[track_caller]
fn check_served(serve: &str, holds: &[&str], lacks: &[&str]) {
    check_main_with(DEPENDENCIES, &served(serve, "async fn stop() {}", ""), "get-a", holds, lacks);
}

#[test]
fn servers_of_other_crates_get_a_lambda_entry() {
    let entry = "async { lambda_http::run(app).await.map_err(std::io::Error::other) }";
    let gone = &["addr", "Server", "axum_server", "into_make_service", "stop", "SocketAddr"];
    for serve in [
        "let addr = \"0.0.0.0:3000\".parse::<std::net::SocketAddr>().unwrap();\naxum::Server::bind(&addr).serve(app.into_make_service()).await.unwrap();",
        "let addr = std::net::SocketAddr::from(([0, 0, 0, 0], 3000));\nhyper::Server::bind(&addr).http1_only(true).serve(app.into_make_service()).with_graceful_shutdown(stop()).await.expect(\"serves\");",
        "let addr = std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 1);\nlet server = axum::Server::try_bind(&addr).unwrap();\nserver.serve(app.into_make_service_with_connect_info::<std::net::SocketAddr>()).await.unwrap();",
        "let addr = std::net::TcpListener::bind(\"0.0.0.0:80\").unwrap();\naxum::Server::from_tcp(addr).unwrap().serve(app.into_make_service()).await.unwrap();",
        "let addr = std::env::var(\"ADDR\").unwrap_or_else(|_| \"x\".to_string());\naxum_server::bind(addr.parse().unwrap()).serve(app.into_make_service()).await.unwrap();",
        "let addr = axum_server::tls_rustls::RustlsConfig::from_pem_file(\"a\", \"b\").await.unwrap();\naxum_server::bind_rustls(\"0.0.0.0:80\".parse().unwrap(), addr).handle(axum_server::Handle::new()).serve(app.into_make_service()).await.unwrap();",
        "let addr = axum_server::from_tcp(std::net::TcpListener::bind(\"0.0.0.0:80\").unwrap());\naddr.serve(app.into_make_service()).await.unwrap();",
    ] {
        check_served(serve, &[entry], gone);
    }
    check_served(
        "let app = app.into_make_service();\naxum_server::bind(a).serve(app).await.unwrap();",
        &[entry],
        &["into_make_service"],
    );
    check_served(
        "let server = hyper::Server::bind(&a).serve(tower::make::Shared::new(app));\nlet graceful = server.with_graceful_shutdown(stop());\nif let Err(e) = graceful.await { eprintln!(\"{e}\"); }",
        &["let server = async { lambda_http::run(app)", "let graceful = server;"],
        &["Shared", "stop"],
    );
}

#[test]
fn a_service_around_the_router_gets_requests_with_the_body_that_it_takes() {
    let mapped = "lambda_http::run(lambda_http::tower::ServiceExt::map_request(app, |request: lambda_http::Request| request.map(axum::body::Body::new)))";
    let more = "async fn door(request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response { next.run(request).await }";
    for serve in [
        "let door = axum::middleware::from_fn(door);\nlet app = door.layer(app);\naxum::serve(listener, app.into_make_service()).await.unwrap();",
        "let app = axum::middleware::from_fn(door).layer(app);\nlet app = axum::ServiceExt::<axum::extract::Request>::into_make_service(app);\naxum::serve(listener, app).await.unwrap();",
    ] {
        check_main_with(
            "",
            &served(serve, &format!("use tower::Layer;\n{more}"), ""),
            "get-a",
            &[mapped],
            &["into_make"],
        );
    }
    let plain = "lambda_http::run(app)";
    for serve in [
        "let app = app.layer(axum::middleware::from_fn(door));\naxum::serve(listener, app).await.unwrap();",
        "let app = app.clone().with_state(());\naxum::serve(listener, app.into_make_service()).await.unwrap();",
    ] {
        check_main_with("", &served(serve, more, ""), "get-a", &[plain], &["map_request"]);
    }
}

#[test]
fn what_follows_the_server_decides_over_its_error() {
    let serve = "axum::Server::bind(&a()).serve(app.into_make_service()).await";
    let io = "map_err(std::io::Error::other)";
    let hyper = "Ok::<(), hyper::Error>(())";
    for (ending, more, ret, holds) in [
        ("?; Ok(())", "", "-> anyhow::Result<()>", io),
        ("?; Ok(())", "", "-> Result<(), Box<dyn std::error::Error>>", io),
        ("?; Ok(())", "", "-> Result<(), hyper::Error>", hyper),
        ("", "", "-> hyper::Result<()>", hyper),
        (
            "?; Ok(())",
            "struct E; impl From<hyper::Error> for E { fn from(_: hyper::Error) -> E { E } }",
            "-> Result<(), E>",
            hyper,
        ),
        (
            "?; Ok(())",
            "enum E { Io(#[from] std::io::Error), Hyper(#[from] hyper::Error) }",
            "-> Result<(), E>",
            io,
        ),
        (".map_err(|e| anyhow::anyhow!(\"{e}\"))", "", "-> anyhow::Result<()>", io),
        (".context(\"server\")", "", "-> anyhow::Result<()>", io),
        (".unwrap_or_else(|error| panic!(\"{}\", error.to_string()));", "", "", io),
    ] {
        check_main_with(
            DEPENDENCIES,
            &served(&format!("{serve}{ending}"), more, ret),
            "get-a",
            &[holds],
            &["Server"],
        );
    }
    let refused =
        served(&format!("{serve}.map_err(E::Server)"), "enum E { Server(hyper::Error) }", "-> Result<(), E>");
    let (split, diagnostics) = split_files_with(DEPENDENCIES, &[("src/main.rs", &refused)]);
    assert!(file(&split, "get-a", "src/main.rs").contains("axum::Server"));
    assert!(diagnostics.sorted().iter().any(|finding| finding.code == Code::CONSTRUCT_NOT_SPLIT));
}

#[test]
fn a_server_of_another_router_stays_as_it_is() {
    let metrics = "tokio::spawn(metrics());\naxum::serve(listener, app).await.unwrap();";
    let more = "async fn metrics() { let other = Router::new().route(\"/metrics\", get(text)); axum::serve(port, other).await.unwrap() }\nasync fn b() {}\nasync fn text() {}";
    let source = served(metrics, more, "")
        .replace(".route(\"/a\", get(a))", ".route(\"/a\", get(a)).route(\"/b\", get(b))");
    let (split, _) = split_files_with(DEPENDENCIES, &[("src/main.rs", &source)]);
    assert!(file(&split, "get-a", "src/main.rs").contains("lambda_http::run(app)"));
    assert!(file(&split, "app-shared", "src/lib.rs").contains("axum::serve(port, other).await.unwrap()"));
}

#[test]
fn what_an_arm_binds_for_a_listener_alone_is_named_as_unused() {
    let source = r#"
use axum::{Router, routing::get};
enum Socket { Tcp(u16), Named(u16) }
async fn a() {}
async fn b() {}
#[tokio::main]
async fn main() {
    let app = Router::new().route("/a", get(a)).route("/b", get(b));
    match socket() {
        Socket::Tcp(port) => {
            let listener = tokio::net::TcpListener::bind(("0.0.0.0", port)).await.unwrap();
            axum::serve(listener, app).await.unwrap();
        }
        Socket::Named(port) => println!("{port}"),
    }
}
fn socket() -> Socket { Socket::Tcp(1) }
"#;
    check_main(source, "get-a", &["Socket::Tcp(_port) =>", "Socket::Named(port) =>"], &["TcpListener"]);
}
