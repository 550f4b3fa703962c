use std::sync::Arc;

use super::*;
use crate::access::Mode;
use crate::metrics;
use crate::resolve::{DefKind, EdgeKind};
use crate::test_support::{App, groups, table};

fn coupling(app: &mut App, groups: &[Group]) -> Coupling {
    let graph = app.graph();
    let uses = metrics::uses::of_routes(&graph, &app.accesses);
    find(&graph, &uses, &Owners::of(&uses, groups), groups)
}

fn verdict(app: &mut App, groups: &[Group]) -> Verdict {
    let graph = app.graph();
    let uses = metrics::uses::of_routes(&graph, &app.accesses);
    judge(&metrics::measure(&graph, &uses, &Owners::of(&uses, groups), groups))
}

/// `POST /orders` writes ORDERS, and reads USERS by `find_user`; `POST /users` writes USERS.
fn shop() -> App {
    let mut app = App::new();
    let order = app.writes("POST /orders", "ORDERS");
    app.access("GetItem", Mode::Read, &[table("USERS")]);
    let find = app.def(DefKind::Fn, "find_user", "async fn find_user() {}");
    app.refers(order, find, EdgeKind::Call);
    Arc::make_mut(&mut app.accesses.routes[0][1]).via.push("app::find_user".into());
    app.writes("POST /users", "USERS");
    app
}

fn said(tie: &Tie) -> String {
    let data: Vec<String> = tie.data.iter().map(|(data, mode)| format!("{mode} {data}")).collect();
    let kind = tie.kind.as_str();
    format!("{} -> {}: {kind} {} {} = {}", tie.from, tie.to, tie.what, data.join(", "), tie.becomes.as_str())
}

#[test]
fn a_tie_is_the_call_of_what_only_has_to_do_with_the_others_data() {
    let mut app = shop();
    let coupling = coupling(&mut app, &groups(&[("orders", &[0]), ("users", &[1])]));
    let ties: Vec<String> = coupling.ties.iter().map(said).collect();
    assert_eq!(ties, ["orders -> users: call app::find_user read dynamodb:table/${USERS} = API call"]);
    // The edge of the hand-made program lies at its caller.
    assert_eq!(coupling.ties[0].location, app.program.defs[0].location);
    assert_eq!(coupling.ties[0].because, "1 of 1 routes of orders read it, too few for a copy of the data");
    assert!(coupling.cycles.is_empty() && coupling.split_writes.is_empty());
}

#[test]
fn each_function_on_the_way_that_calls_it_is_a_place_of_the_tie() {
    let mut app = shop();
    let order = app.program.defs[0].id;
    let find = app.program.defs.iter().find(|def| def.name == "find_user").unwrap().id;
    let check = app.def(DefKind::Fn, "check", "async fn check() { find_user().await }");
    let unrelated = app.def(DefKind::Fn, "unrelated", "async fn unrelated() { find_user().await }");
    for caller in [check, unrelated] {
        app.refers(caller, find, EdgeKind::Call);
    }
    app.refers(order, check, EdgeKind::Call);
    // What `check` does beside has a way of its own; its call of `find_user` is like the other and has none.
    Arc::make_mut(&mut app.accesses.routes[0][0]).via.push("app::check".into());
    let coupling = coupling(&mut app, &groups(&[("orders", &[0]), ("users", &[1])]));
    let places: Vec<Location> = coupling.ties.iter().map(|tie| tie.location).collect();
    assert_eq!(places, [app.program.defs[0].location, app.program.def(check).location]);
}

#[test]
fn an_access_amid_other_code_is_a_tie_itself() {
    let mut app = shop();
    Arc::make_mut(&mut app.accesses.routes[0][1]).via.pop();
    let coupling = coupling(&mut app, &groups(&[("orders", &[0]), ("users", &[1])]));
    assert_eq!(
        coupling.ties.iter().map(said).collect::<Vec<_>>(),
        ["orders -> users: access app::post__orders read dynamodb:table/${USERS} = API call"]
    );
    assert_eq!(coupling.ties[0].location, app.accesses.routes[0][1].location);
}

#[test]
fn code_of_one_service_has_no_ties() {
    let all = groups(&[("all", &[0, 1])]);
    let coupling = coupling(&mut shop(), &all);
    assert!(coupling.ties.is_empty() && coupling.shared_data.is_empty() && coupling.shared_items.is_empty());
    assert_eq!(verdict(&mut shop(), &all).because, ["all 2 routes are in one service"]);
}

#[test]
fn what_becomes_of_shared_data_depends_on_how_it_is_used() {
    let mut app = App::new();
    app.writes("POST /users", "USERS");
    app.writes("PUT /users", "USERS");
    app.writes("POST /audit", "USERS");
    for id in ["GET /a", "GET /b", "GET /c"] {
        app.reads(id, "USERS");
    }
    app.reads("GET /me", "USERS");
    Arc::make_mut(&mut app.accesses.routes[6][0]).via =
        vec!["app::get__me".into(), "app::User::from_request_parts".into()];
    let of = [("users", &[0, 1][..]), ("audit", &[2]), ("all", &[3, 4, 5]), ("me", &[6])];
    let coupling = coupling(&mut app, &groups(&of));
    let shared = &coupling.shared_data[0];
    assert_eq!(shared.owner.as_deref(), Some("users"));
    let choices: Vec<(&str, Option<(Becomes, &str)>)> = shared
        .users
        .iter()
        .map(|user| {
            (user.service.as_str(), user.choice.as_ref().map(|(becomes, why)| (*becomes, why.as_str())))
        })
        .collect();
    assert_eq!(
        choices,
        [
            ("users", None),
            ("audit", Some((Becomes::Event, "1 of 1 routes of audit only write it: users can do so later"))),
            (
                "all",
                Some((
                    Becomes::Replica,
                    "3 of 3 routes of all read it: with calls all would fail with users"
                ))
            ),
            (
                "me",
                Some((
                    Becomes::Replica,
                    "1 of 1 routes of me read it before the handler: a call would put users before each of them"
                ))
            ),
        ]
    );
}

#[test]
fn what_a_statement_joins_is_a_copy() {
    let mut app = App::new();
    app.writes("POST /users", "USERS");
    app.writes("POST /orders", "ORDERS");
    app.access("Select", Mode::Read, &[table("ORDERS"), table("USERS")]);
    for route in 0..4 {
        app.writes(&format!("POST /orders/{route}"), "ORDERS");
    }
    Arc::make_mut(&mut app.accesses.routes[1][1]).service = "sql".into();
    let coupling = coupling(&mut app, &groups(&[("users", &[0]), ("orders", &[1, 2, 3, 4, 5])]));
    let because = "1 of 5 routes of orders join it with other data in one statement, which calls cannot";
    assert_eq!((coupling.ties[0].becomes, coupling.ties[0].because.as_str()), (Becomes::Replica, because));
}

#[test]
fn a_single_read_before_the_handler_is_no_reason_for_a_copy() {
    let mut app = App::new();
    app.writes("POST /users", "USERS");
    for at in 0..5 {
        app.route(&format!("GET /a/{at}"));
        if at < 2 {
            app.access("GetItem", Mode::Read, &[table("USERS")]);
        }
    }
    Arc::make_mut(&mut app.accesses.routes[1][0]).via.push("app::User::from_request_parts".into());
    let coupling = coupling(&mut app, &groups(&[("users", &[0]), ("a", &[1, 2, 3, 4, 5])]));
    assert_eq!(coupling.ties[0].becomes, Becomes::ApiCall);
}

#[test]
fn a_layer_is_where_the_route_has_it() {
    let mut app = App::new();
    let auth = app.def(DefKind::Fn, "auth", "fn auth() {}");
    app.writes("POST /users", "USERS");
    app.layer("auth", Some(auth));
    app.reads("GET /a", "USERS");
    app.layer("auth", Some(auth));
    Arc::make_mut(&mut app.accesses.routes[1][0]).via = vec!["app::auth".into()];
    let coupling = coupling(&mut app, &groups(&[("users", &[0]), ("a", &[1])]));
    assert_eq!(coupling.ties[0].what, "app::auth");
    assert_eq!(coupling.ties[0].location, app.routes.routes[1].layers[0].location);
}

#[test]
fn the_plan_says_who_owns_and_routes_outside_count_as_the_monolith() {
    let mut app = App::new();
    app.writes("POST /users", "USERS");
    app.reads("GET /a", "USERS");
    let mut said_so = groups(&[("users", &[0]), ("a", &[1])]);
    said_so[1].owns.push("dynamodb:table/${USERS}".into());
    let owned = coupling(&mut app, &said_so);
    assert_eq!((owned.ties[0].from.as_str(), owned.ties[0].to.as_str()), ("users", "a"));
    assert_eq!(owned.ties[0].becomes, Becomes::Event);
    let kept = coupling(&mut app, &groups(&[("a", &[1])]));
    assert_eq!((kept.ties[0].from.as_str(), kept.ties[0].to.as_str()), ("a", "the monolith"));
    assert_eq!(kept.cross_service_calls().count(), 0);
}

#[test]
fn a_request_that_writes_data_of_two_services_is_an_outbox_or_a_saga() {
    let mut app = App::new();
    app.writes("POST /orders", "ORDERS");
    app.access("TransactWriteItems", Mode::Write, &[table("ORDERS"), table("STOCK")]);
    app.writes("PUT /orders", "ORDERS");
    app.access("PutItem", Mode::Write, &[table("STOCK")]);
    app.access("GetItem", Mode::Read, &[table("STOCK")]);
    app.writes("POST /stock", "STOCK");
    app.writes("PUT /stock", "STOCK");
    app.writes("PATCH /stock", "STOCK");
    let coupling = coupling(&mut app, &groups(&[("orders", &[0, 1]), ("stock", &[2, 3, 4])]));
    let writes: Vec<(usize, bool, Becomes)> =
        coupling.split_writes.iter().map(|write| (write.route, write.at_once, write.becomes)).collect();
    assert_eq!(writes, [(0, true, Becomes::Outbox), (1, false, Becomes::Saga)]);
    assert_eq!(coupling.split_writes[0].data[1].1, "stock");
}

#[test]
fn services_that_need_each_other_are_a_circle() {
    let mut app = shop();
    app.access("GetItem", Mode::Read, &[table("ORDERS")]);
    let coupling = coupling(&mut app, &groups(&[("orders", &[0]), ("users", &[1])]));
    assert_eq!(coupling.cycles[0].services, ["orders", "users"]);
    assert!(coupling.cycles[0].is_least && coupling.cycles[0].cuts.len() == 1);
}

#[test]
fn shared_code_goes_into_a_crate_and_state_is_copied() {
    let mut app = App::new();
    let one = app.writes("POST /orders", "ORDERS");
    let other = app.writes("POST /users", "USERS");
    let plain = app.def(DefKind::Fn, "now", "fn now() {}");
    let model = app.def(DefKind::Struct, "Money", "struct Money;");
    let state = app.def(DefKind::Static, "CACHE", "static CACHE: u8 = 0;");
    for from in [one, other] {
        app.refers(from, plain, EdgeKind::Call);
        app.refers(from, model, EdgeKind::Type);
        app.refers(from, state, EdgeKind::Value);
    }
    let coupling = coupling(&mut app, &groups(&[("orders", &[0]), ("users", &[1])]));
    let items: Vec<(ItemKind, &str, Becomes)> =
        coupling.shared_items.iter().map(|item| (item.kind, item.path.as_str(), item.becomes)).collect();
    assert_eq!(
        items,
        [
            (ItemKind::Function, "app::now", Becomes::SharedCrate),
            (ItemKind::Model, "app::Money", Becomes::SharedCrate),
            (ItemKind::State, "app::CACHE", Becomes::Copy),
        ]
    );
}

#[test]
fn the_verdict_names_what_speaks_against_services() {
    let mut app = shop();
    let worth = verdict(&mut app, &groups(&[("orders", &[0]), ("users", &[1])]));
    assert!(worth.is_worth_it, "{worth:?}");
    assert_eq!(worth.because[1], "1 of 2 routes that use data use data of another service");
    let mut app = App::new();
    for at in 0..9 {
        app.writes(&format!("POST /orders/{at}"), "ORDERS");
    }
    app.route("GET /health");
    let lopsided = verdict(&mut app, &groups(&[("orders", &[0, 1, 2, 3, 4, 5, 6, 7, 8]), ("system", &[9])]));
    assert_eq!(lopsided.because, ["9 of 10 routes (90 %) are in orders"]);
    assert!(!lopsided.is_worth_it);
}

#[test]
fn without_data_nothing_speaks_for_services() {
    let mut app = App::new();
    app.route("GET /a");
    app.route("GET /b");
    let verdict = verdict(&mut app, &groups(&[("a", &[0]), ("b", &[1])]));
    assert!(!verdict.is_worth_it);
    assert_eq!(verdict.because.len(), 1, "{verdict:?}");
}
