use std::sync::Arc;

use super::*;
use crate::access::Mode;
use crate::metrics::uses;
use crate::resolve::{DefKind, EdgeKind};
use crate::test_support::{App, table};

mod constraints;
mod stability;

fn proposal(app: &mut App) -> Proposal {
    proposal_with(app, &Pins::default())
}

fn proposal_with(app: &mut App, pins: &Pins) -> Proposal {
    let graph = app.graph();
    propose(&graph, &app.routes, &uses::of_routes(&graph, &app.accesses), pins)
}

/// `service: function, function` per line.
#[track_caller]
fn check(app: &mut App, expected: &[&str]) {
    let proposal = proposal(app);
    let lines: Vec<String> = proposal
        .services
        .iter()
        .map(|service| {
            let functions: Vec<&str> = service.routes.iter().map(|placed| placed.function.as_str()).collect();
            format!("{}: {}", service.name, functions.join(" "))
        })
        .collect();
    assert_eq!(lines, expected);
}

#[test]
fn routes_of_one_path_are_one_service() {
    let mut app = App::new();
    app.reads("GET /items", "ITEMS");
    app.writes("POST /items", "ITEMS");
    app.reads("GET /items/{id}", "ITEMS");
    check(&mut app, &["items: get-items post-items get-items-id"]);
}

#[test]
fn paths_that_name_operations_are_services_of_what_these_are_done_to() {
    let mut app = App::new();
    app.reads("GET /api/getUser", "USERS");
    app.reads("GET /api/listUsers", "USERS");
    app.writes("POST /api/createUser", "USERS");
    app.writes("POST /api/createOrder", "ORDERS");
    app.reads("GET /api/getOrder", "ORDERS");
    app.reads("GET /api/getStats", "ORDERS");
    check(
        &mut app,
        &["user: get-user get-list-users post-create-user", "order: post-create-order get-order get-stats"],
    );
    let mut app = App::new();
    app.writes("POST /rpc/orders.create", "ORDERS");
    app.reads("POST /rpc/orders.list", "ORDERS");
    app.reads("POST /rpc/users.get", "USERS");
    app.writes("POST /rpc/users.create", "USERS");
    check(
        &mut app,
        &["orders: post-orders-create post-orders-list", "users: post-users-get post-users-create"],
    );
}

#[test]
fn all_writers_of_a_table_are_one_service() {
    let mut app = App::new();
    app.writes("POST /orders", "ORDERS");
    app.writes("PUT /orders/{id}", "ORDERS");
    app.writes("POST /admin/cancel", "ORDERS");
    app.reads("GET /admin/settings", "SETTINGS");
    app.writes("PUT /admin/settings", "SETTINGS");
    app.reads("GET /books", "BOOKS");
    app.writes("PUT /books/{id}", "BOOKS");
    check(
        &mut app,
        &[
            "orders: post-orders put-orders-id post-admin-cancel",
            "admin: get-admin-settings put-admin-settings",
            "books: get-books put-books-id",
        ],
    );
    let proposal = proposal(&mut app);
    let why = proposal.placed(2).unwrap().1.placement.why();
    assert_eq!(why, "writes dynamodb:table/${ORDERS}, as do 2 other routes");
    assert_eq!(proposal.services[0].owns, [table("ORDERS")]);
    assert!(proposal.written_apart.is_empty());
}

#[test]
fn tables_of_one_transaction_stay_together() {
    let mut app = App::new();
    app.writes("PUT /books/{id}", "BOOKS");
    app.writes("POST /carts", "CARTS");
    app.writes("DELETE /carts/{id}", "CARTS");
    app.route("POST /carts/checkout");
    app.access("TransactWriteItems", Mode::Write, &[table("CARTS"), table("BOOKS")]);
    app.writes("POST /reviews", "REVIEWS");
    check(
        &mut app,
        &["carts: put-books-id post-carts delete-carts-id post-carts-checkout", "reviews: post-reviews"],
    );
}

#[test]
fn a_table_that_everything_writes_glues_nothing() {
    let mut app = App::new();
    for subject in ["users", "orders", "books"] {
        app.writes(&format!("POST /{subject}"), "SINGLE_TABLE");
        app.reads(&format!("GET /{subject}"), "SINGLE_TABLE");
    }
    let proposal = proposal(&mut app);
    assert_eq!(proposal.services.len(), 3);
    assert_eq!(proposal.written_apart[0].services, ["users", "orders", "books"]);
}

#[test]
fn a_lone_reader_follows_the_table_and_says_the_runner_up() {
    let mut app = App::new();
    app.writes("POST /books", "BOOKS");
    app.reads("GET /books", "BOOKS");
    app.reads("GET /search", "BOOKS");
    check(&mut app, &["books: post-books get-books get-search"]);
    let proposal = proposal(&mut app);
    let placement = &proposal.placed(2).unwrap().1.placement;
    assert_eq!(
        placement.why(),
        "path /search, which reads mostly data of books (4); reads dynamodb:table/${BOOKS}, which books writes (2)"
    );
    assert_eq!(placement.cost, "it would read dynamodb:table/${BOOKS} of books");
}

/// Two routes beside two others, with the modules of their handlers.
fn in_modules(routes: [(&str, &str); 2]) -> App {
    let mut app = App::new();
    app.writes("POST /orders", "ORDERS");
    app.writes("POST /books", "BOOKS");
    for (id, module) in routes {
        app.route(id);
        app.routes.routes.last_mut().unwrap().handler.path = format!("{module}::handle");
    }
    app
}

#[test]
fn two_subjects_without_data_in_one_module_are_one_service() {
    let mut app = in_modules([("GET /echo-twice", "app::echo"), ("GET /echo", "app::echo")]);
    check(&mut app, &["orders: post-orders", "books: post-books", "echo-twice: get-echo-twice get-echo"]);
    let mut app = in_modules([("GET /echo-twice", "app::twice"), ("GET /echo", "app::echo")]);
    check(
        &mut app,
        &["orders: post-orders", "books: post-books", "echo-twice: get-echo-twice", "echo: get-echo"],
    );
}

#[test]
fn a_subject_without_data_follows_the_one_in_its_module_to_the_owner_of_what_that_reads() {
    let mut app = in_modules([("GET /echo", "app::search"), ("GET /search", "app::search")]);
    app.access("GetItem", Mode::Read, &[table("BOOKS")]);
    check(&mut app, &["orders: post-orders", "books: post-books get-echo get-search"]);
}

#[test]
fn a_subject_that_reads_of_several_services_stays_by_itself() {
    let mut app = App::new();
    app.writes("POST /books", "BOOKS");
    app.writes("POST /orders", "ORDERS");
    app.reads("GET /reports/{year}", "BOOKS");
    app.access("GetItem", Mode::Read, &[table("ORDERS")]);
    check(&mut app, &["books: post-books", "orders: post-orders", "reports: get-reports-year"]);
    let placement = proposal(&mut app).placed(2).unwrap().1.placement.clone();
    assert_eq!(placement.runner_up, Some(("books".to_string(), 2)));
    let against: Vec<String> = placement.against.iter().map(Vote::said).collect();
    assert_eq!(
        against,
        [
            "reads dynamodb:table/${BOOKS}, which books writes (2)",
            "reads dynamodb:table/${ORDERS}, which orders writes (2)"
        ]
    );
    assert_eq!(placement.cost, "2 of 8 votes");
}

#[test]
fn what_speaks_for_another_service_is_said_of_writers_too() {
    let mut app = App::new();
    app.writes("POST /orders", "ORDERS");
    app.writes("PUT /orders/{id}", "ORDERS");
    app.writes("POST /admin/cancel", "ORDERS");
    app.writes("POST /admin/settings", "SETTINGS");
    app.writes("PUT /admin/settings", "SETTINGS");
    let placement = proposal(&mut app).placed(2).unwrap().1.placement.clone();
    assert_eq!(placement.why(), "writes dynamodb:table/${ORDERS}, as do 2 other routes");
    assert_eq!(placement.runner_up, Some(("admin".to_string(), 4)));
    assert_eq!(placement.against[0].because, "path /admin, with 2 other routes");
    assert_eq!(placement.cost, "a second service would write dynamodb:table/${ORDERS}");
}

/// What a check of tokens notes in passing.
#[test]
fn what_a_function_writes_that_many_subjects_call_ties_nothing() {
    let mut app = App::new();
    let subjects = ["tokens", "books", "orders", "users", "reviews"];
    for subject in subjects {
        app.writes(&format!("POST /{subject}"), &subject.to_uppercase());
        if subject != "tokens" {
            app.access("UpdateItem", Mode::Write, &[table("TOKENS")]);
            let access = app.accesses.routes.last_mut().unwrap().last_mut().unwrap();
            Arc::make_mut(access).via.push("app::auth::check".into());
        }
    }
    let proposal = proposal(&mut app);
    let names: Vec<&str> = proposal.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, subjects);
    assert_eq!(proposal.written_apart[0].services, subjects);
}

#[test]
fn a_shared_model_votes() {
    let mut app = App::new();
    let create = app.writes("POST /books", "BOOKS");
    app.writes("POST /feed", "FEEDS");
    let feed = app.reads("GET /feed/books", "BOOKS");
    let book = app.def(DefKind::Struct, "Book", "struct Book;");
    let author = app.def(DefKind::Struct, "Author", "struct Author;");
    let cover = app.def(DefKind::Struct, "Cover", "struct Cover;");
    for model in [book, author, cover] {
        app.refers(create, model, EdgeKind::Type);
        app.refers(feed, model, EdgeKind::Type);
    }
    check(&mut app, &["books: post-books get-feed-books", "feed: post-feed"]);
}

#[test]
fn tables_that_a_layer_writes_tie_nothing() {
    let mut app = App::new();
    let audit = app.def(DefKind::Fn, "audit", "fn audit() {}");
    for path in ["POST /users", "POST /books"] {
        app.route(path);
        app.layer("audit", Some(audit));
        app.access("PutItem", Mode::Write, &[table("AUDIT")]);
        Arc::make_mut(&mut app.accesses.routes.last_mut().unwrap()[0]).via = vec!["app::audit".into()];
    }
    check(&mut app, &["users: post-users", "books: post-books"]);
}

#[test]
fn health_checks_go_to_the_system_service() {
    let mut app = App::new();
    app.route("GET /");
    app.route("GET /health");
    app.reads("GET /users", "USERS");
    check(&mut app, &["system: get-root get-health", "users: get-users"]);
}

#[test]
fn a_route_that_is_held_stays_unless_the_plan_places_it() {
    let mut app = App::new();
    app.reads("GET /users", "USERS");
    app.reads("GET /notes", "NOTES");
    let mut pins = Pins::default();
    pins.held.insert(1, "it shares state".to_string());
    let graph = app.graph();
    let kept = propose(&graph, &app.routes, &uses::of_routes(&graph, &app.accesses), &pins).kept;
    assert_eq!(kept, [Kept { route: 1, because: "it shares state".to_string() }]);
    pins.services.insert("GET /notes".to_string(), "notes".to_string());
    assert_eq!(propose(&graph, &app.routes, &uses::of_routes(&graph, &app.accesses), &pins).kept, []);
}

#[test]
fn routes_without_a_gateway_key_stay() {
    let mut app = App::new();
    app.route("GET /images/{name}.png");
    app.route("GET /images/logo.png");
    app.route("GET /{?}");
    let kept: Vec<usize> = proposal(&mut app).kept.iter().map(|kept| kept.route).collect();
    assert_eq!(kept, [0, 2]);
}

#[test]
fn a_route_whose_key_would_take_requests_of_one_that_stays_stays_too() {
    let mut app = App::new();
    for id in ["GET /{name}.css", "GET /{id}", "DELETE /{id}", "GET /new", "POST /pens/", "POST /pens"] {
        app.route(id);
    }
    let mut pins = Pins::default();
    pins.held.insert(4, "it shares state".to_string());
    let graph = app.graph();
    let stays = |pins: &Pins| -> Vec<usize> {
        propose(&graph, &app.routes, &uses::of_routes(&graph, &app.accesses), pins)
            .kept
            .iter()
            .map(|kept| kept.route)
            .collect()
    };
    assert_eq!(stays(&pins), [0, 1, 4, 5]);
    let kept = propose(&graph, &app.routes, &uses::of_routes(&graph, &app.accesses), &pins).kept;
    assert_eq!(kept[1].because, "its key would take requests of `GET /{name}.css`, which stays");
    pins.services.insert("GET /{id}".to_string(), "things".to_string());
    assert_eq!(stays(&pins), [0, 4, 5]);
}

#[test]
fn what_the_plan_says_stands_and_draws_new_writers() {
    let mut app = App::new();
    app.writes("POST /users", "USERS");
    app.writes("PUT /users/{id}", "USERS");
    app.reads("GET /users", "USERS");
    app.writes("POST /orders", "ORDERS");
    let mut pins = Pins::default();
    pins.services.insert("POST /users".into(), "accounts".into());
    pins.kept.insert("POST /orders".into());
    let proposal = proposal_with(&mut app, &pins);
    assert_eq!(proposal.services.len(), 1);
    assert_eq!(proposal.services[0].name, "accounts");
    assert_eq!(proposal.services[0].routes.len(), 3);
    assert_eq!(proposal.kept[0].because, "the plan keeps it");
}

#[test]
fn a_large_application_is_placed_the_same_each_time() {
    let mut app = App::new();
    let model = app.def(DefKind::Struct, "Common", "struct Common;");
    for subject in 0..60 {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            for part in ["", "/{id}", "/{id}/tags"] {
                let id = format!("{method} /subject{subject}{part}");
                let name = format!("h_{subject}_{method}_{}", part.len());
                let def = app.route_with(&id, &name, &format!("fn {name}() {{}}"));
                let mode = if method == "GET" { Mode::Read } else { Mode::Write };
                app.access("Query", mode, &[table(&format!("TABLE_{subject}"))]);
                app.program.edges.push(crate::resolve::CallEdge {
                    from: def,
                    to: model,
                    kind: EdgeKind::Type,
                    location: app.program.def(def).location,
                    certainty: crate::certainty::Certainty::Proved,
                    evidence: crate::resolve::Evidence::Path,
                });
            }
        }
    }
    let first = proposal(&mut app);
    assert_eq!(first.services.len(), 60);
    assert_eq!(proposal(&mut app), first);
}

/// Two halves of 12 routes and a table each, which one route that writes both knots.
fn knotted() -> App {
    let mut app = App::new();
    for (subject, table) in [("books", "BOOKS"), ("members", "MEMBERS")] {
        for part in 0..6 {
            app.writes(&format!("POST /{subject}/p{part}"), table);
            app.reads(&format!("GET /{subject}/p{part}"), table);
        }
    }
    app.writes("POST /desk", "BOOKS");
    app.access("PutItem", Mode::Write, &[table("MEMBERS")]);
    app
}

#[test]
fn a_knot_comes_apart_where_the_fewest_routes_hold_it() {
    let mut app = knotted();
    let first = proposal(&mut app);
    let sizes: Vec<(&str, usize)> =
        first.services.iter().map(|service| (service.name.as_str(), service.routes.len())).collect();
    assert_eq!(sizes, [("books", 12), ("members", 13)]);
    assert_eq!(first.written_apart.len(), 1);
    let desk = &first.placed(24).unwrap().1.placement;
    assert_eq!(desk.runner_up.as_ref().map(|(service, _)| service.as_str()), Some("books"));
    assert_eq!(proposal(&mut app), first);
}

#[test]
fn a_knot_does_not_come_apart_between_routes_of_one_path() {
    let mut app = knotted();
    app.writes("PUT /desk", "BOOKS");
    app.writes("DELETE /desk", "MEMBERS");
    let proposal = proposal(&mut app);
    assert_eq!(proposal.services.len(), 2);
    let service = |route| proposal.placed(route).map(|(service, _)| service.name.as_str());
    assert_eq!([service(24), service(25)], [service(26); 2]);
}

#[test]
fn a_knot_in_a_tenth_of_the_routes_stays() {
    let mut app = knotted();
    for subject in 0..60 {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            app.writes(&format!("{method} /subject{subject}"), &format!("TABLE_{subject}"));
        }
    }
    let proposal = proposal(&mut app);
    assert_eq!(proposal.services.iter().map(|service| service.routes.len()).max(), Some(25));
}

#[test]
fn a_service_that_the_plan_made_is_not_divided() {
    let mut pins = Pins::default();
    pins.services.insert("POST /desk".into(), "library".into());
    let proposal = proposal_with(&mut knotted(), &pins);
    assert_eq!(proposal.services.len(), 1);
}

#[test]
fn one_call_that_changes_two_tables_holds_a_knot() {
    let mut app = knotted();
    app.route("POST /desk/all");
    app.access("TransactWriteItems", Mode::Write, &[table("BOOKS"), table("MEMBERS")]);
    assert_eq!(proposal(&mut app).services.len(), 1);
}

/// The shape of `samples/bookshop`.
#[test]
fn a_shop_falls_into_its_subjects() {
    let mut app = App::new();
    app.route("GET /health");
    for (id, reads, writes) in [
        ("GET /books", "BOOKS", ""),
        ("POST /books", "", "BOOKS"),
        ("GET /books/{id}/stock", "STOCK", ""),
        ("GET /orders", "SESSIONS ORDERS", ""),
        ("POST /orders", "SESSIONS BOOKS", "ORDERS STOCK"),
        ("POST /orders/{id}/cancel", "SESSIONS ORDERS", "ORDERS"),
        ("GET /orders/{id}/invoice", "SESSIONS ORDERS CUSTOMERS", ""),
        ("POST /customers", "", "CUSTOMERS"),
        ("DELETE /customers/me/session", "SESSIONS", "SESSIONS"),
        ("GET /customers/{id}/orders", "SESSIONS ORDERS", ""),
        ("GET /admin/stats", "SESSIONS BOOKS ORDERS", ""),
        ("PUT /admin/stock/{id}", "SESSIONS BOOKS", "STOCK"),
    ] {
        app.route(id);
        for name in reads.split_whitespace() {
            app.access("GetItem", Mode::Read, &[table(name)]);
        }
        let written: Vec<Resource> = writes.split_whitespace().map(table).collect();
        if !written.is_empty() {
            app.access("TransactWriteItems", Mode::Write, &written);
        }
    }
    check(
        &mut app,
        &[
            "system: get-health",
            "books: get-books post-books get-books-id-stock",
            "orders: get-orders post-orders post-orders-id-cancel get-orders-id-invoice get-admin-stats put-admin-stock-id",
            "customers: post-customers delete-customers-me-session get-customers-id-orders",
        ],
    );
}
