use super::*;
use crate::boundaries::{self, Pins};
use crate::metrics::uses;
use crate::plan::parse;
use crate::span::SourceId;
use crate::test_support::App;

const PLAN: &str = r#"version = 1
name = "shop"

[budgets]
forbid = ["orders -> users", "* -> admin"] # decided in May

# The shop itself.
[services.orders]
memory = 512

[services.orders.functions]
# Placed by hand.
get-orders = "GET /orders"
both = [
    "POST /orders",
    "GET /users", # not for long
]

[services.users.functions]
post-users = "POST /users"

[services.admin.functions.report]
routes = ["GET /admin"]
timeout = 60
"#;

fn app() -> App {
    let mut app = App::new();
    for id in ["GET /orders", "POST /orders", "GET /users", "POST /users", "GET /admin"] {
        app.route(id);
    }
    app
}

fn edited(text: &str, words: &str, app: &mut App) -> Result<String, String> {
    let mut pins = parse(text, SourceId(1)).expect("a valid plan").pins();
    pins.held = Pins::default().held;
    let graph = app.graph();
    let proposal = boundaries::propose(&graph, &app.routes, &uses::of_routes(&graph, &app.accesses), &pins);
    edit(text, &Edit::parse(words)?, &proposal, &app.routes)
}

fn change(words: &str) -> Result<String, String> {
    edited(PLAN, words, &mut app())
}

/// Services with their functions and routes.
fn placed(text: &str) -> Vec<String> {
    let plan = parse(text, SourceId(1)).unwrap_or_else(|found| panic!("{found:?}\n{text}")).plan;
    let functions = plan.functions();
    functions
        .map(|(service, function)| {
            format!("{}/{}: {}", service.name, function.name, function.routes.join(", "))
        })
        .collect()
}

#[test]
fn a_route_moves_with_its_function_and_its_comment() {
    let text = change("move GET /orders to users").expect("it can be moved");
    assert!(
        text.contains("post-users = \"POST /users\"\n# Placed by hand.\nget-orders = \"GET /orders\"\n"),
        "{text}"
    );
    let text = change("move GET /admin to orders").expect("it can be moved");
    assert!(
        text.contains("[services.orders.functions.report]\nroutes = [\"GET /admin\"]\ntimeout = 60\n"),
        "{text}"
    );
    assert!(!placed(&text).iter().any(|line| line.starts_with("admin/")), "an empty service stays: {text}");
}

#[test]
fn a_route_leaves_a_function_that_has_others() {
    let text = change("move GET /users to users").expect("it can be moved");
    assert_eq!(
        placed(&text),
        [
            "orders/get-orders: GET /orders",
            "orders/both: POST /orders",
            "users/post-users: POST /users",
            "users/get-users: GET /users",
            "admin/report: GET /admin",
        ]
    );
    assert!(text.contains("# The shop itself.\n") && text.contains("# decided in May"), "{text}");
}

#[test]
fn a_route_moves_to_a_service_that_is_new() {
    let text = change("move GET /orders to history").expect("it can be moved");
    assert!(placed(&text).contains(&"history/get-orders: GET /orders".to_string()), "{text}");
}

#[test]
fn a_kept_route_leaves_the_monolith() {
    let kept = PLAN.replace("name = \"shop\"\n", "name = \"shop\"\nkeep = [\"GET /live\"]\n");
    let mut app = app();
    app.route("GET /live");
    let text = edited(&kept, "move GET /live to users", &mut app).expect("it can be moved");
    assert!(placed(&text).contains(&"users/get-live: GET /live".to_string()), "{text}");
    assert!(text.contains("keep = []"), "{text}");
}

#[test]
fn routes_of_one_gateway_key_move_together() {
    let both =
        PLAN.replace("get-orders = \"GET /orders\"", "get-orders = [\"GET /orders\", \"GET /orders/\"]");
    let mut app = app();
    app.route("GET /orders/");
    let text = edited(&both, "move GET /orders to users", &mut app).expect("it can be moved");
    assert!(placed(&text).contains(&"users/get-orders: GET /orders, GET /orders/".to_string()), "{text}");
}

#[test]
fn services_are_merged_with_their_budgets() {
    let text = change("merge orders users").expect("they can be merged");
    assert!(placed(&text).contains(&"orders/post-users: POST /users".to_string()), "{text}");
    assert!(
        text.contains("forbid = [ \"* -> admin\"] # decided in May")
            || text.contains("forbid = [\"* -> admin\"]"),
        "{text}"
    );
}

#[test]
fn a_service_is_split_by_subject() {
    let one = "version = 1\nname = \"shop\"\nkeep = [\"GET /admin\"]\n[services.orders.functions]\na = \"GET /orders\"\nb = \"POST /orders\"\n# Why.\nc = \"GET /users\"\nd = \"POST /users\"\n";
    let text = edited(one, "split orders", &mut app()).expect("it can be split");
    assert_eq!(
        placed(&text),
        ["orders/a: GET /orders", "orders/b: POST /orders", "users/c: GET /users", "users/d: POST /users"]
    );
    assert!(text.contains("# Why.\nc = "), "{text}");
    assert!(change("split users").unwrap_err().starts_with("all routes of users are about one subject"));
}

#[test]
fn a_service_is_renamed_in_its_place() {
    let text = change("rename orders sales").expect("it can be renamed");
    assert_eq!(
        text,
        PLAN.replace("services.orders", "services.sales")
            .replace("\"orders -> users\"", "\"sales -> users\"")
    );
}

#[test]
fn what_cannot_be_done_is_said() {
    for (words, said) in [
        ("move everything", "it is none of `move ROUTE to SERVICE`, `merge A B`, `split A`, `rename A B`"),
        ("move GET /none to users", "the program has no route `GET /none`"),
        ("move GET /orders to orders", "`GET /orders` is already in orders"),
        ("move GET /orders to Orders", "`Orders` cannot be a name"),
        ("move GET /orders to post-users", "the plan already has a `post-users`"),
        ("merge orders none", "the plan has no service `none`; it has orders, users, admin"),
        ("merge orders orders", "a service cannot be merged with itself"),
        ("rename orders users", "the plan already has a `users`"),
        ("split none", "the plan has no service `none`; it has orders, users, admin"),
    ] {
        assert_eq!(change(words).unwrap_err(), said, "{words}");
    }
}
