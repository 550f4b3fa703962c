use std::collections::BTreeSet;

use super::*;
use crate::boundaries::{self, Pins, Proposal};
use crate::diagnostic::{Code, Diagnostic};
use crate::metrics::uses;
use crate::span::SourceId;
use crate::test_support::App;

const SOURCE: SourceId = SourceId(7);

fn shop() -> App {
    let mut app = App::new();
    app.reads("GET /users/{id}", "USERS");
    app.writes("POST /users", "USERS");
    app.reads("GET /orders", "ORDERS");
    app.writes("POST /orders", "ORDERS");
    app
}

fn propose(app: &mut App, pins: &Pins) -> Proposal {
    let graph = app.graph();
    boundaries::propose(&graph, &app.routes, &uses::of_routes(&graph, &app.accesses), pins)
}

fn first(app: &mut App, granularity: Granularity) -> String {
    let proposal = propose(app, &Pins::default());
    fresh(&Settings { name: "shop".into(), granularity }, &proposal, &app.routes)
}

fn read(text: &str) -> PlanFile {
    parse(text, SOURCE).unwrap_or_else(|found| panic!("{found:#?}\n{text}"))
}

/// What a run of `plan` makes of the text.
fn again(app: &mut App, text: &str) -> Update {
    let pins = read(text).pins();
    let proposal = propose(app, &pins);
    update(text, &proposal, &app.routes, None).unwrap()
}

#[track_caller]
fn refused(text: &str, message: &str, marked: &str) {
    let found = parse(text, SOURCE).expect_err("the plan is refused");
    assert_eq!(found[0].message, message);
    assert_eq!(found[0].code, Code::PLAN_INVALID);
    assert_eq!(found[0].location.unwrap().span.slice(text), marked);
}

fn codes(found: &[Diagnostic]) -> Vec<Code> {
    found.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_new_plan_reads_well() {
    let text = first(&mut shop(), Granularity::Route);
    let services = &text[text.find("[services.users]").unwrap()..];
    assert_eq!(
        services,
        r#"[services.users]
owns = ["dynamodb:table/${USERS}"]

[services.users.functions]
# path /users, with 1 other route (4); reads dynamodb:table/${USERS}, which users writes (2)
get-users-id = "GET /users/{id}"
# alone writes dynamodb:table/${USERS}
post-users = "POST /users"

[services.orders]
owns = ["dynamodb:table/${ORDERS}"]

[services.orders.functions]
# path /orders, with 1 other route (4); reads dynamodb:table/${ORDERS}, which orders writes (2)
get-orders = "GET /orders"
# alone writes dynamodb:table/${ORDERS}
post-orders = "POST /orders"
"#
    );
}

#[test]
fn a_new_plan_reads_back_complete_and_valid() {
    let mut app = shop();
    let file = read(&first(&mut app, Granularity::Route));
    assert_eq!(file.plan.name, "shop");
    assert_eq!((file.plan.memory, file.plan.timeout), (256, 10));
    assert_eq!(file.plan.functions().count(), 4);
    assert_eq!(file.plan.place_of("GET /orders").unwrap().1.name, "get-orders");
    assert_eq!(file.plan.services[0].owns, ["dynamodb:table/${USERS}"]);
    let proposal = propose(&mut app, &file.pins());
    assert_eq!(check(&file, &app.routes, &proposal), []);
}

#[test]
fn a_second_run_gives_the_same_bytes() {
    let mut app = shop();
    app.route("TRACE /users");
    for granularity in Granularity::ALL {
        let text = first(&mut app, granularity);
        let second = again(&mut app, &text);
        assert_eq!(second.text, text);
        assert!(second.added.is_empty() && second.vanished.is_empty());
        assert_eq!(read(&text).plan.keep, ["TRACE /users"]);
    }
}

#[test]
fn routes_that_need_one_gateway_key_share_a_function() {
    let mut app = shop();
    app.reads("GET /users/{name}/", "USERS");
    app.reads("GET /orders/", "ORDERS");
    for granularity in Granularity::ALL {
        let text = first(&mut app, granularity);
        let plan = read(&text).plan;
        for (one, other) in [("GET /users/{id}", "GET /users/{name}/"), ("GET /orders", "GET /orders/")] {
            assert_eq!(plan.place_of(one).unwrap().1.name, plan.place_of(other).unwrap().1.name, "{text}");
        }
        assert_eq!(again(&mut app, &text).text, text);
    }
}

#[test]
fn granularity_groups_routes() {
    let mut app = shop();
    for (granularity, functions) in [
        (Granularity::ReadWrite, vec!["users-read", "users-write", "orders-read", "orders-write"]),
        (Granularity::Resource, vec!["users-api", "orders-api"]),
        (Granularity::Service, vec!["users-api", "orders-api"]),
    ] {
        let text = first(&mut app, granularity);
        let file = read(&text);
        let names: Vec<&str> = file.plan.functions().map(|(_, function)| function.name.as_str()).collect();
        assert_eq!(names, functions, "{text}");
    }
}

#[test]
fn edits_comments_and_order_stay_when_routes_come_and_go() {
    let mut app = shop();
    let text = r#"# mine
name = "shop"
keep = ["GET /orders", "GET /gone"] # not yet

[services.orders.functions]
# slow
post-orders = { routes = ["POST /orders"], memory = 512 }

[services.people] # not users
memory = 128
[services.people.functions]
old = "GET /old"
reader = ["GET /users/{user_id}"] # renamed
"#;
    app.reads("GET /users", "USERS");
    let updated = again(&mut app, text);
    assert_eq!(updated.vanished, ["GET /gone", "GET /old"]);
    assert_eq!(updated.renamed, [("GET /users/{user_id}".to_string(), "GET /users/{id}".to_string())]);
    assert_eq!(updated.added, ["POST /users", "GET /users"]);
    assert!(
        updated.text.starts_with("# mine\nname = \"shop\"\nkeep = [\"GET /orders\"] # not yet\n"),
        "{}",
        updated.text
    );
    assert!(updated.text.contains("# slow\npost-orders = { routes = [\"POST /orders\"], memory = 512 }\n"));
    assert!(updated.text.contains("reader = [\"GET /users/{id}\"] # renamed\n"), "{}", updated.text);
    let file = read(&updated.text);
    assert_eq!(file.plan.place_of("POST /orders").unwrap().1.memory, Some(512));
    assert_eq!(file.plan.place_of("GET /users/{id}").unwrap().1.memory, Some(128));
    let second = again(&mut app, &updated.text);
    assert_eq!(second.text, updated.text);
}

#[test]
fn a_new_route_joins_a_renamed_function_of_its_kind() {
    let mut app = shop();
    let text = first(&mut app, Granularity::ReadWrite).replace("users-read", "look-up");
    app.reads("GET /users", "USERS");
    let updated = again(&mut app, &text);
    let file = read(&updated.text);
    assert_eq!(file.plan.place_of("GET /users").unwrap().1.name, "look-up", "{}", updated.text);
}

#[test]
fn regrouping_forms_all_functions_anew() {
    let mut app = shop();
    let text = first(&mut app, Granularity::Route);
    let proposal = propose(&mut app, &read(&text).pins());
    let regroup = Regroup { granularity: Granularity::Service, services: BTreeSet::new() };
    let updated = update(&text, &proposal, &app.routes, Some(&regroup)).unwrap();
    assert_eq!(read(&updated.text).plan.functions().count(), 2, "{}", updated.text);
    assert_eq!(read(&updated.text).granularity, Granularity::Service);
    assert!(updated.added.is_empty());
}

#[test]
fn single_services_can_be_regrouped() {
    let mut app = shop();
    let text = first(&mut app, Granularity::Route);
    let proposal = propose(&mut app, &read(&text).pins());
    let regroup =
        Regroup { granularity: Granularity::Service, services: BTreeSet::from(["orders".to_string()]) };
    let updated = update(&text, &proposal, &app.routes, Some(&regroup)).unwrap();
    let file = read(&updated.text);
    let names: Vec<&str> = file.plan.functions().map(|(_, function)| function.name.as_str()).collect();
    assert_eq!(names, ["get-users-id", "post-users", "orders-api"], "{}", updated.text);
    assert_eq!(file.granularity, Granularity::Route);
    // A route that comes later follows its service's granularity.
    app.reads("GET /orders/{id}", "ORDERS");
    app.reads("GET /users", "USERS");
    let later = again(&mut app, &updated.text);
    let file = read(&later.text);
    assert_eq!(file.plan.place_of("GET /orders/{id}").unwrap().1.name, "orders-api", "{}", later.text);
    assert_eq!(file.plan.place_of("GET /users").unwrap().1.name, "get-users", "{}", later.text);
}

#[test]
fn each_service_has_the_granularity_that_it_says() {
    let mut app = shop();
    for (granularity, functions) in [
        (Granularity::Route, ["get-orders", "post-orders"]),
        (Granularity::ReadWrite, ["orders-read", "orders-write"]),
        (Granularity::Resource, ["orders-api", "orders-api"]),
        (Granularity::Service, ["orders-api", "orders-api"]),
    ] {
        let text = format!(
            "granularity = \"route\"\n[services.orders]\ngranularity = \"{}\"\n[services.users.functions]\n\
             get = \"GET /users/{{id}}\"\npost = \"POST /users\"\n",
            granularity.as_str()
        );
        let file = read(&again(&mut app, &text).text);
        let name = |id| file.plan.place_of(id).unwrap().1.name.clone();
        assert_eq!([name("GET /orders"), name("POST /orders")], functions);
    }
}

#[test]
fn conditions_are_asked_for_at_the_top_of_a_service_or_of_a_function() {
    let text = "conditions = true\n[services.a]\nconditions = false\n[services.a.functions]\nf = \"GET /f\"\n\
                [services.a.functions.g]\nroutes = \"GET /g\"\nconditions = true\n[services.b.functions]\nh = \"GET /h\"";
    let plan = read(text).plan;
    let asked: Vec<Option<bool>> = plan.functions().map(|(_, function)| function.conditions).collect();
    assert!(plan.conditions);
    assert_eq!(asked, [Some(false), Some(true), None]);
    assert!(!read("[services.a.functions]\nf = \"GET /f\"").plan.conditions);
}

#[test]
fn state_is_shaken_unless_the_plan_keeps_it_whole() {
    assert!(!read("[services.a.functions]\nf = \"GET /f\"").plan.whole_state);
    assert!(read("whole_state = true\n[services.a.functions]\nf = \"GET /f\"").plan.whole_state);
    refused("whole_state = 1", "`whole_state` must be `true` or `false`", "1");
}

#[test]
fn the_plan_says_how_many_stacks() {
    for (text, stacks) in
        [("", None), ("stacks = \"one\"", Some(Stacks::One)), ("stacks = \"service\"", Some(Stacks::Service))]
    {
        assert_eq!(read(text).plan.stacks, stacks);
    }
    refused("stacks = 2", "`stacks` must be a string", "stacks");
    refused("stacks = \"two\"", "`stacks` must be one of `one`, `service`", "\"two\"");
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    refused("nam = \"x\"", "the plan has no key `nam`", "nam");
    refused("memory = 64", "`memory` must be a whole number from 128 to 10240", "64");
    refused("timeout = \"3\"", "`timeout` must be a whole number from 1 to 900", "\"3\"");
    refused("architecture = \"arm\"", "`architecture` must be one of `arm64`, `x86_64`", "\"arm\"");
    refused("conditions = \"yes\"", "`conditions` must be `true` or `false`", "\"yes\"");
    refused("keep = [1]", "`keep` lists strings", "1");
    refused("[services.a]\nfunction = 1", "service `a` has no key `function`", "function");
    refused("[services.a.functions]\nf = []", "function `f` has no route", "f");
    refused("version = 2", "plan version 2 is not known; this program reads version 1", "version");
    refused("services = 1", "`services` must be a table", "services");
    assert_eq!(codes(&parse("a = = 1", SOURCE).unwrap_err()), [Code::PLAN_INVALID]);
}

#[test]
fn the_plan_is_checked_against_the_program() {
    let mut app = shop();
    let text = r#"
[services.users.functions]
get-users-id = "GET /users/{id}"
users = "GET /nothing"
[services.other.functions]
post-users = ["POST /users", "GET /users/{id}"]
../evil = "GET /orders"
"#
    .replace("../evil", "\"../evil\"");
    let file = read(&text);
    let proposal = propose(&mut app, &file.pins());
    let found = check(&file, &app.routes, &proposal);
    assert_eq!(
        codes(&found),
        [
            Code::PLAN_INVALID,
            Code::PLAN_INVALID,
            Code::PLAN_UNKNOWN_ROUTE,
            Code::PLAN_INVALID,
            Code::PLAN_MISSING_ROUTE,
        ],
        "{found:#?}"
    );
    assert_eq!(found[2].location.unwrap().span.slice(&text), "\"GET /nothing\"");
}

#[test]
fn writers_that_the_plan_sets_apart_are_reported() {
    let mut app = shop();
    app.writes("PUT /users/{id}", "USERS");
    let text = r#"
[services.a.functions]
x = ["POST /users"]
[services.b.functions]
y = ["PUT /users/{id}", "GET /users/{id}", "GET /orders", "POST /orders"]
"#;
    let file = read(text);
    let proposal = propose(&mut app, &file.pins());
    let found = check(&file, &app.routes, &proposal);
    assert_eq!(codes(&found), [Code::TABLE_WRITERS_APART]);
    assert_eq!(found[0].message, "dynamodb:table/${USERS} is written by services a, b");
}

#[test]
fn hostile_routes_do_not_break_out_of_the_file() {
    let mut app = App::new();
    app.route("GET /a\"\n[services.evil]\nx/{id}");
    let text = first(&mut app, Granularity::Route);
    let file = read(&text);
    assert_eq!(file.plan.services.len(), 1);
    assert_eq!(again(&mut app, &text).text, text);
}
