use super::*;
use crate::boundaries::{self, Pins};
use crate::diagnostic::{Code as Finding, Diagnostics};
use crate::metrics::{self, Group};
use crate::plan::{Granularity, Settings};
use crate::span::SourceId;
use crate::test_support::{App, table};

fn shop() -> App {
    let mut app = App::new();
    app.route_with(
        "GET /users/{id}",
        "get_user",
        "/// Reads the fn of a user.\n#[axum::debug_handler]\nasync fn get_user() {}",
    );
    app.access("GetItem", Mode::Read, &[table("USERS")]);
    app.layer("require_auth", None);
    app.layer("TraceLayer", None);
    app.writes("POST /users", "USERS");
    app.reads("GET /orders", "ORDERS");
    app.access("GetItem", Mode::Read, &[table("USERS")]);
    app.writes("POST /orders", "ORDERS");
    app
}

fn with<T>(app: &mut App, body: impl FnOnce(&Report<'_>) -> T) -> T {
    let graph = app.graph();
    let uses = metrics::uses::of_routes(&graph, &app.accesses);
    let proposal = boundaries::propose(&graph, &app.routes, &uses, &Pins::default());
    let settings = Settings { name: "shop".into(), granularity: Granularity::Route };
    let text = crate::plan::fresh(&settings, &proposal, &app.routes);
    let plan = crate::plan::parse(&text, SourceId(9)).expect("a new plan is valid").plan;
    let groups: Vec<Group> = proposal
        .services
        .iter()
        .map(|service| Group {
            name: service.name.clone(),
            routes: service.routes.iter().map(|placed| placed.route).collect(),
            owns: service.owns.iter().map(ToString::to_string).collect(),
        })
        .collect();
    let owners = metrics::Owners::of(&uses, &groups);
    let metrics = metrics::measure(&graph, &uses, &owners, &groups);
    let coupling = crate::coupling::find(&graph, &uses, &owners, &groups);
    let mut diagnostics = Diagnostics::default();
    diagnostics.push(
        Diagnostic::new(Finding::RESOURCE_UNKNOWN, "the table of `GetItem` is not known")
            .at(app.routes.routes[0].handler.location)
            .help("name it by an environment variable"),
    );
    let package = Package { name: "shop".into(), version: "1.2.3".into(), axum: Some("0.8".into()) };
    body(&Report {
        package: &package,
        program: &app.program,
        sources: &app.sources,
        routes: &app.routes,
        accesses: &app.accesses,
        graph: &graph,
        proposal: &proposal,
        plan: &plan,
        metrics: &metrics,
        coupling: &coupling,
        verdict: &crate::coupling::judge(&metrics),
        groups: &groups,
        findings: &diagnostics.sorted(),
        whys: std::sync::OnceLock::new(),
        code: std::sync::OnceLock::new(),
    })
}

/// An application whose names try to break out of every format.
fn hostile() -> App {
    let mut app = App::new();
    let evil = "a\"];|`<script>alert(1)</script>`\\ \u{1b}[31m\n## x\r\n$$ #quot; end";
    app.route(&format!("GET /{evil}/{{id}}"));
    app.access("GetItem", Mode::Read, &[table(evil)]);
    app.layer(evil, None);
    app
}

#[test]
fn the_text_report() {
    insta::assert_snapshot!(with(&mut shop(), |report| text(report, None, Detail::Short)));
}

#[test]
fn the_views_of_the_text_report() {
    let views = [View::Routes, View::Tables, View::Coupling, View::Iam, View::Graph];
    let texts = views.map(|view| with(&mut shop(), |report| text(report, Some(view), Detail::Short)));
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn the_json_report() {
    insta::assert_snapshot!(with(&mut shop(), json));
}

#[test]
fn the_markdown_report() {
    insta::assert_snapshot!(with(&mut shop(), markdown));
}

#[test]
fn the_charts() {
    insta::assert_snapshot!(with(&mut shop(), |report| format!(
        "{}\n{}",
        mermaid(report, false),
        dot(report, false)
    )));
}

/// The shop with so many routes that not all can be drawn.
fn large() -> App {
    let mut app = shop();
    for at in 0..8 {
        app.reads(&format!("GET /orders/part{at}"), "ORDERS");
        app.reads(&format!("GET /users/part{at}"), "USERS");
    }
    app
}

#[test]
fn charts_that_cannot_be_read_show_services() {
    with(&mut large(), |report| {
        let chart = mermaid(report, false);
        assert!(chart.contains("[\"users<br>10 routes\"]") && !chart.contains("part1"), "{chart}");
        let chart = dot(report, false);
        assert!(chart.contains("label = \"orders (10 routes)\"") && !chart.contains("part1"), "{chart}");
        for whole in [mermaid(report, true), dot(report, true)] {
            assert!(whole.contains("GET /users/part7"), "{whole}");
        }
    });
}

#[track_caller]
fn part_of(app: &mut App, query: &Query) -> String {
    with(app, |report| {
        let part = select(report, query).unwrap();
        let text = text_part(report, query, &part);
        text.lines().skip(2).flat_map(|line| [line, "\n"]).collect()
    })
}

#[test]
fn what_is_around_a_node_and_what_leads_to_it() {
    let around = part_of(&mut shop(), &Query::Focus("get_user".into()));
    assert_eq!(
        around,
        "Around get_user\n\n  GET /users/{id}\n    handled by app::get_user src/main.rs:4\n* app::get_user\n    \
         reads dynamodb:table/${USERS} src/main.rs:3\n\n  3 nodes, of these 1 route; * is what was asked for\n"
    );
    let before = part_of(&mut shop(), &Query::Reaches("USERS".into()));
    assert!(before.contains("* dynamodb:table/${USERS}") && before.contains("of these 3 routes"), "{before}");
    assert!(!before.contains("POST /orders"), "{before}");
    let service = part_of(&mut shop(), &Query::Focus("orders".into()));
    assert!(service.contains("* GET /orders") && service.contains("* POST /orders"), "{service}");
}

#[test]
fn the_way_from_one_node_to_another() {
    let way = |from: &str, to: &str| part_of(&mut shop(), &Query::Path(from.into(), to.into()));
    assert_eq!(
        way("GET /orders", "${USERS}"),
        "From GET /orders to ${USERS}\n\n  GET /orders\n    handled by app::get__orders src/main.rs:10\n    reads dynamodb:table/${USERS} src/main.rs:9\n"
    );
    assert!(way("POST /orders", "USERS").contains("nothing leads from POST /orders to USERS"));
    let refused = with(&mut shop(), |report| select(report, &Query::Focus("nowhere".into())).unwrap_err());
    assert!(refused.starts_with("nothing in the graph is called `nowhere`"), "{refused}");
}

#[test]
fn parts_are_drawn_and_written_as_json() {
    with(&mut large(), |report| {
        let part = select(report, &Query::Reaches("USERS".into())).unwrap();
        let chart = dot_part(report, &part, false);
        assert!(chart.contains("dynamodb:table/${USERS}\", style = bold"), "{chart}");
        assert!(chart.contains("label = \"users (10 routes)\""), "{chart}");
        let chart = mermaid_part(report, &part, true);
        assert!(chart.contains("([\"GET /users/part7\"])"), "{chart}");
        let json: serde_json::Value = serde_json::from_str(&json_part(report, &part)).unwrap();
        assert_eq!(json["nodes"].as_array().unwrap().iter().filter(|node| node["named"] == true).count(), 1);
        assert!(json["edges"][0]["file"] == "src/main.rs");
    });
}

#[test]
fn the_text_fits_100_columns_whatever_the_names() {
    let mut app = shop();
    let long = "very-long-segment-of-a-path-".repeat(8);
    app.reads(&format!("GET /{long}/{{id}}"), &long.to_uppercase());
    app.layer(&"Layer".repeat(40), None);
    for view in [
        None,
        Some(View::Routes),
        Some(View::Tables),
        Some(View::Coupling),
        Some(View::Iam),
        Some(View::Graph),
    ] {
        let text = with(&mut app, |report| text(report, view, Detail::Full));
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
        }
    }
}

#[test]
fn no_control_character_reaches_the_output() {
    let outputs = with(&mut hostile(), |report| {
        [
            text(report, None, Detail::Short),
            text(report, Some(View::Graph), Detail::Short),
            markdown(report),
            mermaid(report, false),
            dot(report, false),
        ]
    });
    for output in outputs {
        assert!(!output.contains(['\u{1b}', '\r']), "{output:?}");
        assert!(!output.contains("\n## x"), "{output}");
    }
}

#[test]
fn names_do_not_break_out_of_markdown() {
    let output = with(&mut hostile(), markdown);
    // Whatever is not inside a code span is escaped.
    for line in output.lines().filter(|line| !line.starts_with('|')) {
        assert!(!line.contains("<script>"), "{line}");
    }
    assert_eq!(markdown::code("a`b|c"), "``a`b\\|c``");
    assert_eq!(markdown::code("`a"), "`` `a ``");
    assert_eq!(markdown::escaped("<b> *x* [y](z)"), "&lt;b&gt; \\*x\\* \\[y\\](z)");
}

#[test]
fn names_do_not_break_out_of_charts() {
    assert_eq!(mermaid::label("a\"]<b>#"), "a#quot;]#lt;b#gt;#35;");
    assert_eq!(dot::quoted("a\"\\\n"), "\"a\\\"\\\\ \"");
    let chart = with(&mut hostile(), |report| mermaid(report, false));
    assert!(!chart.contains("<script"), "{chart}");
}

#[test]
fn json_holds_any_name() {
    let output = with(&mut hostile(), json);
    let value: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!(value["schema_version"], 1);
    assert!(value["routes"][0]["layers"][0].as_str().unwrap().contains('\u{1b}'));
}

#[test]
fn findings_are_there_for_code_scanning() {
    let text = with(&mut shop(), |report| sarif(report, "crates/api"));
    let log: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let run = &log["runs"][0];
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], run["tool"]["driver"]["rules"][0]["id"]);
    assert_eq!(result["level"], "error");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "crates/api/src/main.rs");
    assert!(place["region"]["startLine"].as_u64() >= Some(1), "{text}");
    assert_eq!(sarif::joined("a/b", "../../c/d.rs"), "c/d.rs");
    assert_eq!(sarif::joined("", "../x.rs"), "../x.rs");
}

#[test]
fn findings_are_annotations_of_one_line() {
    let text = with(&mut shop(), |report| github(report, ""));
    assert!(text.starts_with("::error title=LS0301,file=src/main.rs,line="), "{text}");
    assert!(text.ends_with("is not known%0Ahelp: name it by an environment variable\n"), "{text}");
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn an_application_without_routes_has_a_report() {
    let output = with(&mut shop(), |report| text(report, None, Detail::Short));
    assert!(output.contains("4 routes in 2 services"));
}
