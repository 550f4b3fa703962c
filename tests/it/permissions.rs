//! The crates of `tests/permissions`: what each of their routes needs, as AWS's documentation says it, against what the program finds.
//!
//! `atoms.toml` beside each manifest was written from the documentation and from the code's meaning, not from a report.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::program::{repository, run};

/// One test per crate, and the list that is compared with the folder.
macro_rules! permissions {
    ($($name:ident),* $(,)?) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*
    };
}

permissions! {
    batches,
    behind_traits,
    builder_changed_and_sent_later,
    builder_setters,
    closure_handlers,
    compile_time_env,
    config_by_hand,
    config_clap,
    config_crate,
    config_envy,
    config_figment,
    config_file_at_startup,
    config_file_included,
    const_and_static_names,
    derived_functions,
    diesel_dsl,
    diesel_raw_sql,
    dynamodb_plain_calls,
    entity_constants,
    enum_store,
    env_with_default,
    event_buses,
    extractors,
    format_and_concat,
    function_pointers,
    generic_state,
    index_by_branch,
    kms_keys,
    lambda_and_workflows,
    lazy_statics,
    local_macros,
    made_elsewhere,
    middleware,
    modyne_entities,
    name_chosen_by_branch,
    name_from_method,
    name_from_request,
    names_through_arguments,
    never_sent,
    optional_name,
    other_ways_to_send,
    paginators,
    partiql_batches,
    partiql_statement,
    path_dependency,
    presigned_urls,
    queue_found_by_name,
    rds_data_api,
    renamed_clients,
    s3_arguments,
    s3_copy_and_multipart,
    s3_customer_key,
    s3_keys,
    s3_listing,
    s3_missing_key,
    same_named_methods,
    schedules,
    sea_orm_entities,
    sea_orm_statements,
    secret_for_the_pool,
    secrets,
    services_over_instances,
    sns_topics,
    spawned_tasks,
    sqlx_macros,
    sqlx_query_builder,
    sqlx_repositories,
    sqlx_strings,
    sqlx_writes,
    sqs_queues,
    ssm_parameters,
    startup_calls,
    streams_and_mail,
    substates_of_one_type,
    tokio_postgres_statements,
    tower_service,
    trait_object_and_double,
    transactions,
    unreachable_code,
    variable_name_in_const,
    wrapped_clients,
}

/// `atoms.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// The pages that the decisions rest on.
    source: Vec<String>,
    /// By `METHOD /path`: each route of the program, those that need nothing too.
    routes: BTreeMap<String, Needs>,
}

#[derive(Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Needs {
    /// `service:Action on resource`.
    #[serde(default)]
    atoms: BTreeSet<String>,
    /// `Verb table`, followed by ` (implied)` where the database wants it for a write.
    #[serde(default)]
    sql: BTreeSet<String>,
    /// `service:Action at file:line`: calls of which something cannot be known. Each has a finding there or at an argument.
    #[serde(default)]
    unknown: BTreeSet<String>,
}

#[test]
fn every_crate_is_listed_and_says_what_it_shows() {
    let mut found: Vec<String> = fs::read_dir(folder())
        .expect("the crates can be listed")
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, NAMES, "the list in tests/it/permissions.rs and tests/permissions differ");
    for name in NAMES {
        let manifest = fs::read_to_string(folder().join(name).join("Cargo.toml")).expect("a manifest");
        let manifest: toml_edit::DocumentMut = manifest.parse().expect("TOML");
        let description = manifest["package"].get("description").and_then(|item| item.as_str());
        assert!(description.is_some_and(|text| text.ends_with('.')), "{name} has no description");
        let expected = expected(name);
        assert!(!expected.source.is_empty(), "{name} names no source");
        let mut needs = expected.routes.values();
        let first = needs.next().expect("a route");
        assert!(needs.any(|other| other != first), "{name} is passed by giving all to each route");
    }
}

fn folder() -> PathBuf {
    repository().join("tests/permissions")
}

fn expected(name: &str) -> Expected {
    let text = fs::read_to_string(folder().join(name).join("atoms.toml")).expect("atoms.toml can be read");
    toml::from_str(&text).unwrap_or_else(|error| panic!("tests/permissions/{name}/atoms.toml: {error}"))
}

fn check(name: &str) {
    let expected = expected(name).routes;
    let run = run(&format!("tests/permissions/{name}"), "analyze", &["--format", "json"], None);
    assert_eq!(run.exit, 0, "{name}: {}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).expect("the report is JSON");
    let found = needs(&report);
    let mut wrong = String::new();
    for route in expected.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        let said = match (expected.get(route), found.get(route)) {
            (Some(_), None) => "    the route is missing\n".to_string(),
            (None, Some(_)) => "    the program has no such route\n".to_string(),
            (Some(expected), Some(found)) => difference(expected, found),
            (None, None) => String::new(),
        };
        if !said.is_empty() {
            write!(wrong, "{route}\n{said}").expect("a string can be written to");
        }
    }
    assert!(wrong.is_empty(), "\n{name}: what is needed and what is found differ\n{wrong}");
}

fn difference(expected: &Needs, found: &Needs) -> String {
    let mut said = String::new();
    for (expected, found) in
        [(&expected.atoms, &found.atoms), (&expected.sql, &found.sql), (&expected.unknown, &found.unknown)]
    {
        for missing in expected.difference(found) {
            writeln!(said, "    missing  {missing}").expect("a string can be written to");
        }
        for excess in found.difference(expected) {
            writeln!(said, "    excess   {excess}").expect("a string can be written to");
        }
    }
    said
}

/// What a report says of each route.
fn needs(report: &Value) -> BTreeMap<String, Needs> {
    let mut routes = BTreeMap::new();
    for route in list(&report["routes"]) {
        let mut needs = Needs::default();
        for access in list(&route["accesses"]) {
            add(&mut needs, access, list(&report["findings"]));
        }
        // A table that is read for itself needs no other reason to be read.
        let sql = needs.sql.clone();
        needs.sql.retain(|entry| entry.strip_suffix(" (implied)").is_none_or(|plain| !sql.contains(plain)));
        let id = route["id"].as_str().expect("a route has an id").to_string();
        assert!(routes.insert(id, needs).is_none(), "a route stands twice in the report");
    }
    routes
}

fn add(needs: &mut Needs, access: &Value, findings: &[Value]) {
    let resources = texts(&access["resources"]);
    let actions = texts(&access["actions"]);
    let unknown = access["certainty"] == "unknown" || resources.iter().any(|resource| resource.contains('?'));
    for resource in &resources {
        if let Some(table) = resource.strip_prefix("sql:table/") {
            let implied = if access["implied"] == true { " (implied)" } else { "" };
            // Locking rows wants the right to update them.
            let verb = access["operation"].as_str().expect("an operation").replace("LockRows", "Update");
            needs.sql.insert(format!("{verb} {table}{implied}"));
        } else {
            needs.atoms.extend(actions.iter().map(|action| format!("{action} on {resource}")));
        }
    }
    if unknown || resources.is_empty() {
        let said = findings.iter().any(|finding| is_about(finding, access));
        let silent = if said { "" } else { " without a finding" };
        let (file, line) = (access["file"].as_str().unwrap_or("-"), &access["line"]);
        let what = if actions.is_empty() { texts(&access["operation"]) } else { actions };
        needs.unknown.extend(what.iter().map(|action| format!("{action} at {file}:{line}{silent}")));
    }
}

/// Whether a finding names the call, at its line or at that of one of its arguments.
fn is_about(finding: &Value, access: &Value) -> bool {
    const LONGEST_CALL: u64 = 15;
    let line = |value: &Value| value["line"].as_u64().unwrap_or_default();
    let operation = format!("`{}`", access["operation"].as_str().unwrap_or_default());
    finding["file"] == access["file"]
        && (line(access)..=line(access) + LONGEST_CALL).contains(&line(finding))
        && finding["message"].as_str().is_some_and(|message| message.contains(&operation))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        _ => list(value).iter().filter_map(Value::as_str).collect(),
    }
}
