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
    let proposal = boundaries::propose(&graph, &app.routes, &app.accesses, &Pins::default());
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
    let metrics = metrics::measure(&graph, &app.accesses, &groups);
    let coupling = crate::coupling::find(&graph, &app.accesses, &groups, &metrics);
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
        findings: &diagnostics.sorted(),
        whys: std::cell::OnceCell::new(),
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
    insta::assert_snapshot!(with(&mut shop(), |report| format!("{}\n{}", mermaid(report), dot(report))));
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
            mermaid(report),
            dot(report),
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
    let chart = with(&mut hostile(), mermaid);
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
