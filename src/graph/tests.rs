use std::sync::Arc;

use super::*;
use crate::resolve::{DefKind, EdgeKind as Reference};
use crate::test_support::{App, table};

#[test]
fn a_route_reaches_handler_functions_models_and_tables() {
    let mut app = App::new();
    let handler = app.reads("GET /users/{id}", "USERS");
    let find = app.def(DefKind::Fn, "find", "fn find() {}");
    let user = app.def(DefKind::Struct, "User", "struct User;");
    let other = app.def(DefKind::Struct, "Other", "struct Other;");
    app.refers(handler, find, Reference::Call);
    app.refers(find, user, Reference::Type);
    let graph = app.graph();
    let labels: Vec<String> = graph.reached_from(&[0]).into_iter().map(|at| graph.node(at).label()).collect();
    assert_eq!(
        labels,
        ["app::get__users__id_", "app::find", "app::User", "dynamodb:table/${USERS}"],
        "{other:?} is not reached"
    );
}

#[test]
fn modes_of_one_table_are_joined_and_implied_selects_are_not() {
    let mut app = App::new();
    app.reads("PUT /users/{id}", "USERS");
    app.access("PutItem", Mode::Write, &[table("USERS")]);
    app.writes("POST /users", "USERS");
    app.access("Select", Mode::Read, &[table("USERS")]);
    Arc::make_mut(&mut app.accesses.routes[1][1]).implied = true;
    let graph = app.graph();
    assert_eq!(graph.touches(0)[0].mode, Mode::ReadWrite);
    assert_eq!(graph.touches(1)[0].mode, Mode::Write);
    assert_eq!(graph.routes_touching(&table("USERS")), [(0, Mode::ReadWrite), (1, Mode::Write)]);
}

#[test]
fn a_shared_handler_and_layer_stand_once() {
    let mut app = App::new();
    let auth = app.def(DefKind::Fn, "require_auth", "fn require_auth() {}");
    app.route("GET /a");
    app.layer("require_auth", Some(auth));
    let layer = app.routes.routes[0].layers[0].clone();
    app.route("GET /b");
    app.routes.routes[1].layers.push(layer);
    let graph = app.graph();
    let layers = graph.nodes().filter(|(_, node)| matches!(node, Node::Layer(_))).count();
    assert_eq!(layers, 1);
    let auth = graph.nodes().find(|(_, node)| node.label() == "app::require_auth").map(|(at, _)| at);
    let reaching = &graph.reaching()[auth.unwrap().index()];
    assert_eq!((&reaching.routes, &reaching.handling), (&vec![0, 1], &vec![]));
}

#[test]
fn circular_calls_are_found_and_straight_calls_are_not() {
    let mut app = App::new();
    let start = app.route("GET /a");
    let ping = app.def(DefKind::Fn, "ping", "fn ping() {}");
    let reply = app.def(DefKind::Fn, "pong", "fn pong() {}");
    app.refers(start, ping, Reference::Call);
    app.refers(ping, reply, Reference::Call);
    assert!(app.graph().call_cycles().is_empty());
    app.refers(reply, ping, Reference::Call);
    let graph = app.graph();
    let cycles = graph.call_cycles();
    let labels: Vec<String> = cycles[0].iter().map(|&at| graph.node(at).label()).collect();
    assert_eq!(labels, ["app::ping", "app::pong"]);
}
