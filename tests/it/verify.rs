//! `verify` on workspaces that were changed after they were generated: each change is reported, as what it is.

use std::fs;

use crate::program::{repository, run};

/// Generates a sample, replaces one text in one file, and gives what `verify` says of it.
#[track_caller]
fn check(sample: &str, file: &str, from: &str, to: &str, expect: &[&str]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    assert_eq!(run(sample, "generate", &["--quiet"], Some(&out)).exit, 0);
    let path = out.join(file);
    let text = fs::read_to_string(&path).expect("the file was generated");
    assert!(text.contains(from), "{file} does not hold {from:?}:\n{text}");
    fs::write(&path, text.replacen(from, to, 1)).expect("the file can be written");
    let verify = run(sample, "verify", &[], Some(&out));
    assert_eq!(verify.exit, 5, "{}{}", verify.stdout, verify.stderr);
    for line in expect {
        assert!(verify.stdout.contains(line), "{line:?} is not said:\n{}", verify.stdout);
    }
}

const ITEMS: &str = "samples/items";
const GET: &str = "services/items/functions/get-items-id/src/main.rs";
const TEMPLATE: &str = "template.yaml";

#[test]
fn a_route_whose_key_is_gone() {
    let key = "Method: PUT\n            Path: /items/{id}";
    let said = "`PUT /items/{id}` is sent to `edge`, which has 0 handlers for it, not 1";
    check(ITEMS, TEMPLATE, key, &key.replace("/{id}", "/{id}/x"), &[said]);
}

#[test]
fn a_key_that_leads_to_another_function() {
    check(
        ITEMS,
        TEMPLATE,
        "Method: POST\n            Path: /items\n",
        "Method: GET\n            Path: /items\n",
        &["a second key `GET /items` leads to `post-items`", "`POST /items` is sent to `edge`"],
    );
}

#[test]
fn the_code_of_another_function() {
    let code = "CodeUri: services/items/functions/get-items/";
    let other = code.replace("get-items/", "post-items/");
    check(ITEMS, TEMPLATE, code, &other, &["`GET /items` is sent to `get-items`, which has 0 handlers"]);
}

#[test]
fn a_head_key_that_is_gone() {
    let key = "Method: HEAD\n            Path: /items\n";
    let said = "`HEAD /items` is sent to `edge`, not to `get-items`";
    check(ITEMS, TEMPLATE, key, &key.replace("/items", "/other"), &[said]);
}

#[test]
fn a_stub_in_place_of_a_handler() {
    let stub = "get(|| async {})";
    check(ITEMS, GET, "get(get_item)", stub, &["the handler of `GET /items/{id}` in `get-items-id`"]);
}

#[test]
fn a_layer_that_is_added() {
    let layer = "get(get_item)).layer(axum::extract::DefaultBodyLimit::disable()";
    let said = "the layers of `GET /items/{id}` in `get-items-id`: `DefaultBodyLimit`, not ``";
    check(ITEMS, GET, "get(get_item)", layer, &[said]);
}

#[test]
fn a_route_that_the_program_does_not_have() {
    let route = ".route(\"/items/{id}/more\", get(get_item)).route(\"/items/{id}\"";
    let said = "`get-items-id` answers `GET /items/{id}/more`, which the program does not, or keeps";
    check(ITEMS, GET, ".route(\"/items/{id}\"", route, &[said]);
}

#[test]
fn an_action_that_a_role_lacks() {
    let said = "does not allow dynamodb:Scan";
    check(ITEMS, TEMPLATE, "Action: dynamodb:Scan", "Action: dynamodb:Query", &[said]);
}

#[test]
fn an_action_that_nothing_needs() {
    let wide = "Action: [dynamodb:Scan, dynamodb:DeleteItem]";
    check(ITEMS, TEMPLATE, "Action: dynamodb:Scan", wide, &["allows dynamodb:DeleteItem", "beyond"]);
}

#[test]
fn a_variable_that_is_not_set() {
    check(ITEMS, TEMPLATE, "ITEMS_TABLE: !Ref", "OTHER_TABLE: !Ref", &["ITEMS_TABLE", "OTHER_TABLE"]);
}

#[test]
fn another_call_in_a_handler() {
    let store = "crates/items/src/store.rs";
    let said = "`DELETE /items/{id}` in `delete-items-id` lost dynamodb:DeleteItem";
    check(ITEMS, store, ".delete_item()", ".get_item()", &[said, "has dynamodb:GetItem"]);
}

#[test]
fn a_fallback_that_is_gone() {
    let routes = "services/edge/functions/edge/src/routes/mod.rs";
    let said = "`edge` lost the fallback below `/`: `routes::not_found`";
    check("samples/bookshop", routes, ".fallback(not_found)", "", &[said]);
}

#[test]
fn a_crate_that_cannot_be_read() {
    let manifest = "services/items/functions/get-items-id/Cargo.toml";
    check(ITEMS, manifest, "[package]", "[package", &["`get-items-id`: the manifest"]);
}

#[test]
fn a_folder_that_was_not_generated_is_refused() {
    let verify = run(ITEMS, "verify", &[], Some(&repository().join("samples/bookshop")));
    assert_eq!(verify.exit, 2, "{}", verify.stderr);
    assert!(verify.stderr.contains("is no generated workspace"), "{}", verify.stderr);
}
