use serde_json::{Value, json};

use super::*;

fn route(id: &str, table: &str, line: u32) -> Value {
    json!({
        "id": id, "handler": {"path": "shop::list", "file": "src/main.rs", "line": line}, "layers": ["auth"],
        "conditional": null, "service": "users", "function": "list",
        "accesses": [{"service": "dynamodb", "operation": "Scan", "actions": ["dynamodb:Scan"],
            "resources": [format!("dynamodb:table/{table}")], "file": "src/db.rs", "line": 7, "certainty": "proved"}],
    })
}

fn report(routes: &[Value], more: &Value) -> Reading {
    let mut document = json!({"schema_version": 1, "routes": routes});
    for (key, value) in more.as_object().expect("an object") {
        document[key] = value.clone();
    }
    Reading::parse(&document.to_string()).expect("a report")
}

fn between(before: &Reading, after: &Reading) -> Changes {
    Changes::between(before, after, ["main", "the working tree"])
}

fn said(changes: &[Change]) -> Vec<String> {
    let line = |change: &Change| {
        let how = match &change.kind {
            Kind::Changed { from, to } => format!(": {from} -> {to}"),
            _ => String::new(),
        };
        format!("{} {} {}{how}", change.kind.mark(), change.subject, change.what)
    };
    changes.iter().map(line).collect()
}

#[test]
fn lines_that_moved_are_no_change() {
    let changes = between(
        &report(&[route("GET /a", "A", 3)], &json!({})),
        &report(&[route("GET /a", "A", 99)], &json!({})),
    );
    assert!(changes.is_empty());
    assert_eq!(changes.text(), "main -> the working tree\n\nNo difference.\n");
}

#[test]
fn routes_and_what_they_may_do_are_compared() {
    let before = report(&[route("GET /a", "A", 3), route("GET /gone", "A", 4)], &json!({}));
    let mut changed = route("GET /a", "B", 3);
    changed["layers"] = json!([]);
    changed["handler"]["path"] = json!("shop::list_all");
    let after = report(&[changed, route("GET /new", "A", 5)], &json!({}));
    let changes = between(&before, &after);
    assert_eq!(
        said(&changes.routes),
        [
            "~ GET /a handler: shop::list -> shop::list_all",
            "~ GET /a layers: auth -> none",
            "- GET /gone ",
            "+ GET /new "
        ]
    );
    assert_eq!(
        said(&changes.permissions),
        [
            "- GET /a dynamodb:Scan on dynamodb:table/A",
            "+ GET /a dynamodb:Scan on dynamodb:table/B",
            "- GET /gone dynamodb:Scan on dynamodb:table/A",
            "+ GET /new dynamodb:Scan on dynamodb:table/A",
        ]
    );
    let security = changes.of_security();
    assert_eq!(said(&security.routes), ["~ GET /a layers: auth -> none", "- GET /gone ", "+ GET /new "]);
    assert_eq!(security.permissions.len(), 4);
}

#[test]
fn what_became_less_certain_is_a_change_of_the_permission() {
    let mut unsure = route("GET /a", "A", 3);
    unsure["accesses"][0]["certainty"] = json!("inferred");
    let changes = between(&report(&[route("GET /a", "A", 3)], &json!({})), &report(&[unsure], &json!({})));
    assert_eq!(
        said(&changes.permissions),
        [
            "- GET /a dynamodb:Scan on dynamodb:table/A",
            "+ GET /a dynamodb:Scan on dynamodb:table/A (inferred)"
        ]
    );
}

#[test]
fn services_findings_and_metrics_are_compared() {
    let mut moved = route("GET /a", "A", 3);
    moved["service"] = json!("orders");
    moved["function"] = json!("orders-list");
    let finding = |message: &str, line: u32| json!({"code": "LS0301", "severity": "warning", "message": message, "file": "src/a.rs", "line": line});
    let before = report(
        &[route("GET /a", "A", 3)],
        &json!({
            "services": [{"name": "users", "owns": ["A", "B"]}],
            "findings": [finding("same", 1), finding("fixed", 2)],
            "metrics": {"largest_share": 0.5, "services": [{"name": "users", "efferent": 1}, {"name": "gone", "efferent": 1}]},
        }),
    );
    let after = report(
        &[moved],
        &json!({
            "services": [{"name": "users", "owns": ["A"]}, {"name": "orders", "owns": []}],
            "findings": [finding("same", 9), finding("same", 12)],
            "metrics": {"largest_share": 0.25, "services": [{"name": "users", "efferent": 2}]},
        }),
    );
    let changes = between(&before, &after);
    assert_eq!(said(&changes.services), ["+ orders ", "- users owns B", "~ GET /a service: users -> orders"]);
    assert_eq!(said(&changes.findings), ["- LS0301 fixed", "+ LS0301 same"]);
    assert_eq!(
        said(&changes.metrics),
        ["~ largest_share : 0.5 -> 0.25", "~ services.users.efferent : 1 -> 2"]
    );
    assert_eq!(changes.worst_new_finding(), Some(Severity::Warning));
}

#[test]
fn coupling_is_compared_where_both_reports_have_it() {
    let tie = |from: &str, what: &str, line: u32, becomes: &str| {
        json!({"from": from, "to": "users", "kind": "call", "what": what, "file": "src/a.rs", "line": line,
            "data": [{"resource": "dynamodb:table/U", "mode": "read"}], "routes": [], "becomes": becomes, "because": ""})
    };
    let write = json!({"route": "POST /a", "service": "a", "data": [{"resource": "dynamodb:table/U", "owner": "users"}],
        "at_once": false, "file": "src/a.rs", "line": 5, "becomes": "saga", "because": ""});
    let before = report(
        &[],
        &json!({
            "couplings": [tie("a", "find", 1, "API call"), tie("b", "find", 2, "API call"), tie("c", "find", 3, "API call")],
            "split_writes": [], "verdict": {"split": true},
        }),
    );
    let after = report(
        &[],
        &json!({
            "couplings": [tie("a", "find", 9, "API call"), tie("a", "find", 12, "API call"), tie("b", "find", 2, "event"), tie("d", "find", 1, "API call")],
            "split_writes": [write], "verdict": {"split": false},
        }),
    );
    let changes = between(&before, &after);
    let one = "find: read dynamodb:table/U";
    assert_eq!(
        said(&changes.coupling),
        [
            format!("~ a -> users {one}: 1 place, API call -> 2 places, API call"),
            format!("~ b -> users {one}: 1 place, API call -> 1 place, event"),
            format!("- c -> users {one} (1 place, API call)"),
            format!("+ d -> users {one} (1 place, API call)"),
            "+ POST /a writes data of several services: dynamodb:table/U of users (saga)".to_string(),
            "~ splitting into services : worth it -> not worth it".to_string(),
        ]
    );
    assert!(changes.text().contains("\nCoupling\n") && changes.clone().of_security().coupling.is_empty());
    assert!(between(&report(&[], &json!({})), &after).coupling.is_empty());
}

#[test]
fn text_and_markdown_hold_hostile_names() {
    let before = report(&[], &json!({}));
    let after = report(&[route("GET /a|b`\u{1b}[31m", "<b>", 3)], &json!({}));
    let changes = Changes::between(&before, &after, ["a\nb", "|"]);
    assert!(
        !changes.text().contains('\u{1b}') && changes.text().starts_with("a b -> |\n"),
        "{}",
        changes.text()
    );
    let markdown = changes.markdown();
    assert!(!markdown.contains('\u{1b}') && !markdown.contains("<b>"), "{markdown}");
    assert!(markdown.contains("| + | ``GET /a\\|b` [31m`` |  | src/main.rs:3 |"), "{markdown}");
}

#[test]
fn a_long_list_is_cut_in_a_comment_and_whole_in_json() {
    let routes: Vec<Value> = (0..60).map(|at| route(&format!("GET /r{at}"), "A", at)).collect();
    let changes = between(&report(&[], &json!({})), &report(&routes, &json!({})));
    assert!(changes.markdown().contains("and 40 more"));
    let json: Value = serde_json::from_str(&changes.json()).expect("JSON");
    assert_eq!(json["routes"].as_array().map(Vec::len), Some(60));
    assert_eq!(json["routes"][0]["change"], "added");
}

#[test]
fn what_many_routes_share_is_said_once() {
    let routes = |environment: &[&str]| -> Vec<Value> {
        let with = |at: usize| {
            let mut route = route(&format!("GET /r{at}"), "A", 3);
            route["environment"] = json!(environment);
            if at == 4 {
                route["environment"] = json!(["OWN"]);
            }
            route
        };
        (0..6).map(with).collect()
    };
    let changes =
        between(&report(&routes(&["A", "B"]), &json!({})), &report(&routes(&["A", "B", "C"]), &json!({})));
    let text = changes.text();
    assert!(
        text.contains("  ~ 5 routes  environment  +C\n              GET /r0, GET /r1, GET /r2 and 2 more\n"),
        "{text}"
    );
    assert!(changes.markdown().contains("| ~ | 5 routes | environment: `+C` |  |"), "{}", changes.markdown());
    assert_eq!(changes.routes.len(), 5);
}

#[test]
fn the_numbers_of_many_changes_fit_the_terminal() {
    let one = Change::new(Kind::Changed { from: "1".to_string(), to: "2".to_string() }, "GET /a", "layers");
    let all: Vec<Change> = [Kind::Added, Kind::Removed, one.kind.clone()]
        .map(|kind| Change { kind, ..one.clone() })
        .into_iter()
        .cycle()
        .take(36)
        .collect();
    let mut changes = between(&report(&[], &json!({})), &report(&[], &json!({})));
    for section in
        [&mut changes.routes, &mut changes.permissions, &mut changes.services, &mut changes.metrics]
    {
        section.clone_from(&all);
    }
    let text = changes.text();
    let last: Vec<&str> = text.lines().rev().take(2).collect();
    assert!(last[0].ends_with("12 changed.") && last[1].starts_with("12 routes added"), "{text}");
    assert!(last.iter().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn layers_in_another_order_are_shown_whole() {
    let with = |layers: &[&str]| {
        let mut route = route("GET /a", "A", 3);
        route["layers"] = json!(layers);
        report(&[route], &json!({}))
    };
    let text = between(&with(&["auth", "trace"]), &with(&["trace", "auth"])).text();
    assert!(text.contains("auth, trace -> trace, auth"), "{text}");
    let text = between(&with(&["auth", "trace"]), &with(&["auth"])).text();
    assert!(text.contains("layers  -trace"), "{text}");
}

#[test]
fn a_long_line_is_broken_at_a_gap() {
    let name = "a_function_with_a_name";
    let tie = json!({"from": "a-service-with-a-name", "to": "another-one", "what": format!("app::{name}::{name}"),
        "file": "src/a.rs", "line": 3, "data": [{"resource": "dynamodb:table/${A_TABLE}", "mode": "read-write"}], "becomes": "API call"});
    let before = report(&[], &json!({"couplings": []}));
    let text = between(&before, &report(&[], &json!({"couplings": [tie]}))).text();
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert!(text.contains("read-write") && text.contains("(1 place, API call)"), "{text}");
}

#[test]
fn what_is_no_report_is_refused() {
    assert!(Reading::parse("{}").unwrap_err().starts_with("it is no report"));
    let other = r#"{"schema_version": 2, "routes": []}"#;
    assert_eq!(Reading::parse(other).unwrap_err(), "its `schema_version` is 2, which is not understood");
}
