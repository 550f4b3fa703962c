use super::*;
use crate::boundaries::{self, Proposal};
use crate::metrics::uses;
use crate::plan::{parse, update};
use crate::span::SourceId;
use crate::test_support::App;

const SOURCE: SourceId = SourceId(1);

fn text(boundaries: &str, services: &str) -> String {
    format!("version = 1\nname = \"shop\"\n\n[boundaries]\n{boundaries}\n{services}")
}

/// Each message with what it points at.
fn said(found: Vec<Diagnostic>, text: &str) -> Vec<(&'static str, String, String)> {
    let said = |finding: Diagnostic| {
        let place = finding.location.expect("a place").span.slice(text).to_string();
        (finding.code.as_str(), finding.message, place)
    };
    found.into_iter().map(said).collect()
}

#[track_caller]
fn refused(boundaries: &str, message: &str, marked: &str) {
    let text = text(boundaries, "");
    let found = said(parse(&text, SOURCE).expect_err("it is refused"), &text);
    assert_eq!(found, [("LS0503", message.to_string(), marked.to_string())]);
}

/// Three subjects, each with two routes and a table of its own.
fn shop() -> App {
    let mut app = App::new();
    for subject in ["books", "orders", "users"] {
        app.reads(&format!("GET /{subject}"), &subject.to_uppercase());
        app.writes(&format!("POST /{subject}"), &subject.to_uppercase());
    }
    app
}

/// What `plan` makes of the text, and what it finds.
fn planned(app: &mut App, text: &str) -> (String, Proposal, Vec<(&'static str, String, String)>) {
    let file = parse(text, SOURCE).unwrap_or_else(|found| panic!("{found:#?}"));
    let graph = app.graph();
    let uses = uses::of_routes(&graph, &app.accesses);
    let proposal = boundaries::propose(&graph, &app.routes, &uses, &file.pins());
    let updated = update(text, &proposal, &app.routes, None).expect("a valid plan").text;
    let plan = parse(&updated, SOURCE).expect("a valid plan").plan;
    let found = said(check_constraints(&file, &plan, &app.routes), text);
    (updated, proposal, found)
}

/// `service: routes` per line of a plan that `plan` writes anew, which keeps to all that is demanded and stays as it is.
#[track_caller]
fn check(boundaries: &str, expected: &[&str]) {
    let mut app = shop();
    let (updated, _, found) = planned(&mut app, &text(boundaries, ""));
    assert_eq!(found, []);
    let plan = parse(&updated, SOURCE).expect("a valid plan").plan;
    let line = |service: &Service| {
        let routes: Vec<&str> =
            service.functions.iter().flat_map(|function| &function.routes).map(String::as_str).collect();
        format!("{}: {}", service.name, routes.join(", "))
    };
    assert_eq!(plan.services.iter().map(line).collect::<Vec<_>>(), expected);
    assert_eq!(planned(&mut app, &updated).0, updated);
}

const BOOKS: &str = "books: GET /books, POST /books";
const ORDERS: &str = "orders: GET /orders, POST /orders";
const USERS: &str = "users: GET /users, POST /users";

#[test]
fn without_demands_nothing_changes() {
    check("", &[BOOKS, ORDERS, USERS]);
    check("max_services = 3\nservices = 3\nmax_routes = 2", &[BOOKS, ORDERS, USERS]);
}

#[test]
fn routes_are_kept_together() {
    check(
        r#"together = [["POST /users", "POST /orders"]]"#,
        &[BOOKS, "orders: GET /orders, POST /orders, GET /users, POST /users"],
    );
    check(
        r#"together = [["GET /users", "GET /orders"]]"#,
        &[BOOKS, "orders: GET /orders, POST /orders, GET /users", "users: POST /users"],
    );
}

#[test]
fn routes_are_kept_apart_even_where_both_write_one_table() {
    let mut app = App::new();
    app.writes("POST /books", "BOOKS");
    app.writes("PUT /books", "BOOKS");
    let demanded = text(r#"apart = [["POST /books", "PUT /books"]]"#, "");
    let (updated, proposal, found) = planned(&mut app, &demanded);
    assert_eq!(found, [], "{updated}");
    assert_eq!(proposal.services.len(), 2, "{updated}");
    assert_eq!(proposal.written_apart.len(), 1);
    assert_eq!(proposal.placed(1).unwrap().1.placement.why(), "the plan keeps it apart from POST /books");
}

#[test]
fn as_many_services_are_made_as_the_plan_wants() {
    check("services = 2", &["books: GET /books, POST /books, GET /orders, POST /orders", USERS]);
    check(
        "max_services = 1",
        &["books: GET /books, POST /books, GET /orders, POST /orders, GET /users, POST /users"],
    );
    let mut app = shop();
    let (updated, proposal, found) = planned(&mut app, &text("services = 5", ""));
    assert_eq!((proposal.services.len(), found.len()), (5, 0), "{updated}");
}

#[test]
fn no_service_has_more_routes_than_the_plan_allows() {
    let mut app = shop();
    let (updated, proposal, found) = planned(&mut app, &text("max_routes = 1", ""));
    assert_eq!((proposal.services.len(), found.len()), (6, 0), "{updated}");
    // Merging obeys it too.
    check(
        "max_routes = 4\nmax_services = 2",
        &["books: GET /books, POST /books, GET /orders, POST /orders", USERS],
    );
}

#[test]
fn new_routes_keep_to_the_plan_and_placed_ones_stay() {
    let placed = "[services.books.functions]\nbooks = [\"GET /books\", \"POST /books\"]\n\
                  [services.rest.functions]\nrest = [\"GET /orders\", \"POST /orders\", \"GET /users\"]\n";
    for (demand, service) in [
        ("", "rest"),
        (r#"together = [["POST /users", "GET /books"]]"#, "books"),
        (r#"apart = [["POST /users", "GET /orders"]]"#, "users"),
        ("max_routes = 3", "users"),
        ("max_services = 2", "rest"),
        ("max_routes = 3\nmax_services = 2", "books"),
    ] {
        let (updated, _, found) = planned(&mut shop(), &text(demand, placed));
        assert_eq!(found, [], "{demand}: {updated}");
        let plan = parse(&updated, SOURCE).expect("a valid plan").plan;
        assert_eq!(plan.place_of("POST /users").unwrap().0.name, service, "{demand}");
    }
}

#[test]
fn placed_routes_that_break_a_demand_are_found_at_their_line() {
    let placed = "[services.a.functions]\nx = [\"GET /books\", \"POST /books\", \"GET /orders\"]\n\
                  [services.b.functions]\ny = [\"POST /orders\", \"GET /users\", \"POST /users\"]\n";
    let demands = r#"
together = [["GET /orders", "POST /orders", "POST /users"]]
apart = [["GET /books", "POST /books"]]
services = 3"#;
    let text = text(demands, placed);
    let (updated, _, found) = planned(&mut shop(), &text);
    assert_eq!(updated.matches(".functions]").count(), 2);
    let expected = [
        (
            "LS0508",
            "`GET /orders` is in a, and `POST /orders`, with which the plan keeps it together, in b",
            "\"GET /orders\"",
        ),
        (
            "LS0508",
            "`POST /books` is in a with `GET /books`, from which the plan keeps it apart",
            "\"POST /books\"",
        ),
        ("LS0509", "there are 2 services where the plan wants 3", "services"),
    ];
    assert_eq!(found, expected.map(|(code, message, place)| (code, message.to_string(), place.to_string())));
    let services = text.find("[services.a").expect("it is there");
    let file = parse(&text, SOURCE).expect("a valid plan");
    let plan = &file.plan;
    let places = check_constraints(&file, plan, &shop().routes);
    assert!(places[..2].iter().all(|finding| finding.location.unwrap().span.start as usize > services));
}

#[test]
fn placed_services_over_a_limit_are_found() {
    let placed = "[services.a.functions]\nx = [\"GET /books\", \"POST /books\", \"GET /orders\"]\n\
                  [services.b.functions]\ny = [\"POST /orders\", \"GET /users\", \"POST /users\"]\n";
    let (_, _, found) = planned(&mut shop(), &text("max_routes = 2\nmax_services = 1", placed));
    let expected = [
        ("LS0509", "1 service of at most 2 routes cannot hold the 6 routes of the program", "max_routes"),
        ("LS0509", "there are 2 services where the plan allows 1", "max_services"),
        ("LS0509", "a has 3 routes where the plan allows 2", "a"),
        ("LS0509", "b has 3 routes where the plan allows 2", "b"),
    ];
    assert_eq!(found, expected.map(|(code, message, place)| (code, message.to_string(), place.to_string())));
}

#[test]
fn a_kept_route_is_with_no_other() {
    let demands = r#"together = [["GET /books", "POST /books"]]"#;
    let placed = "[services.a.functions]\nx = \"POST /books\"\n";
    let text = text(demands, placed).replace("[boundaries]", "keep = [\"GET /books\"]\n[boundaries]");
    let (_, _, found) = planned(&mut shop(), &text);
    let message =
        "`POST /books` is in a, and `GET /books`, with which the plan keeps it together, in the monolith";
    assert_eq!(found, [("LS0508", message.to_string(), "\"POST /books\"".to_string())]);
}

#[test]
fn demands_that_no_program_can_meet_are_refused_with_their_place() {
    refused(
        r#"together = [["GET /a", "GET /b"], ["GET /b", "GET /c"]]
apart = [["GET /c", "GET /a"]]"#,
        "`apart` keeps `GET /a` from `GET /c`, which `together` holds in one service",
        "\"GET /a\"",
    );
    refused(r#"apart = [["GET /a", "GET /a"]]"#, "`apart` lists `GET /a` twice in one set", "\"GET /a\"");
    refused("services = 4\nmax_services = 3", "`services` wants 4 where `max_services` allows 3", "services");
    refused(
        "max_services = 2\napart = [[\"GET /a\", \"GET /b\", \"GET /c\"]]",
        "3 routes cannot be apart in 2 services",
        "\"GET /a\"",
    );
    refused(
        "max_routes = 2\ntogether = [[\"GET /a\", \"GET /b\"], [\"GET /b\", \"GET /c\"]]",
        "`together` holds 3 routes in one service where `max_routes` allows 2",
        "\"GET /a\"",
    );
}

#[test]
fn what_is_no_demand_is_refused() {
    refused("max_route = 2", "`boundaries` has no key `max_route`", "max_route");
    refused("services = 0", "`services` must be a whole number from 1 to 4294967295", "0");
    refused("max_routes = \"5\"", "`max_routes` must be a whole number from 1 to 4294967295", "\"5\"");
    refused("together = \"GET /a\"", "`together` must be a list of sets of routes", "\"GET /a\"");
    refused(
        "apart = [\"GET /a\"]",
        "`apart` lists sets of routes, such as [\"GET /a\", \"GET /b\"]",
        "\"GET /a\"",
    );
    refused("apart = [[\"GET /a\", 1]]", "`apart` lists strings", "1");
    refused("together = [[\"GET /a\"]]", "a set of `together` has at least two routes", "[\"GET /a\"]");
}

#[test]
fn demands_on_routes_that_the_program_does_not_have_are_found() {
    let text = text(r#"apart = [["GET /books", "GET /boks"]]"#, "");
    let (updated, _, found) = planned(&mut shop(), &text);
    let expected =
        ("LS0501", "the program has no route `GET /boks`".to_string(), "\"GET /boks\"".to_string());
    assert_eq!(found, [expected]);
    assert!(updated.contains("GET /boks"), "what may be misspelt is not taken out");
}

#[test]
fn demands_that_the_program_is_too_large_for_are_found() {
    let (_, _, found) = planned(&mut shop(), &text("max_services = 2\nmax_routes = 2", ""));
    assert_eq!(found[0].1, "2 services of at most 2 routes cannot hold the 6 routes of the program");
    assert_eq!((found[0].0, found[0].2.as_str()), ("LS0509", "max_routes"));
}

#[test]
fn demands_keep_up_with_the_program() {
    let placed = "[services.a.functions]\nx = [\"GET /books\", \"GET /gone\", \"GET /old/{b}\"]\n";
    let demands = r#"together = [["GET /books", "POST /books"]] # both
apart = [
    # never
    ["GET /gone", "GET /orders", "GET /users"],
    ["GET /gone", "GET /orders"],
    ["GET /old/{b}", "GET /orders"],
]"#;
    let mut app = shop();
    app.route("GET /old/{id}");
    let (updated, _, found) = planned(&mut app, &text(demands, placed));
    let expected = r#"together = [["GET /books", "POST /books"]] # both
apart = [
    # never
    ["GET /orders", "GET /users"],
    ["GET /old/{id}", "GET /orders"],
]"#;
    assert!(updated.contains(expected), "{updated}");
    assert!(found.iter().all(|(code, ..)| *code == "LS0501"), "{found:?}");
    assert_eq!(planned(&mut app, &updated), (updated.clone(), planned(&mut app, &updated).1, vec![]));
}
