//! Settings that code of other crates fills.

use super::{PRELUDE, detected_program, lines};

#[track_caller]
fn check(source: &str, expect: &[&str]) {
    let text = format!("{PRELUDE}{source}");
    let dependencies = "envy = \"0.4\"\nconfig = \"0.15\"\nfigment = \"0.10\"\nclap = \"4\"\n";
    let program = crate::resolve::tests::program_with(dependencies, &[("src/main.rs", &text)]);
    let (_, routes, table, diagnostics) = detected_program(program);
    assert_eq!(lines(&routes, &table, &diagnostics), expect.join("\n"));
}

#[test]
fn defaults_that_are_filled_in_turn_come_to_an_end() {
    check(
        r#"use figment::{Figment, providers::{Env, Serialized}};
        #[derive(serde::Serialize, serde::Deserialize)] struct Settings { table: String, other: String }
        fn load() -> Settings { let settings: Settings = Figment::from(Serialized::defaults(load())).merge(Env::raw().only(&["x"])).extract().unwrap(); settings }
        fn again() -> Settings { let settings: Settings = Figment::from(Serialized::defaults(again())).extract().unwrap(); settings }
        async fn h1() { Client::new(&c()).get_item().table_name(load().table).send().await; }
        async fn h2() { Client::new(&c()).get_item().table_name(again().table).send().await; }
        fn main() {}"#,
        &[
            "h1 GetItem dynamodb:GetItem dynamodb:table/? unknown",
            "h2 GetItem dynamodb:GetItem dynamodb:table/? unknown",
            "LS0301",
            "LS0301",
            "LS0307",
        ],
    );
}

#[test]
fn sources_that_are_not_understood_are_a_finding() {
    check(
        r"#[derive(serde::Deserialize)] struct Settings { table: String }
        fn load() -> Settings { config::Config::builder().add_source(config::Environment::default().keep_prefix(true)).build().unwrap().try_deserialize().unwrap() }
        async fn h() { Client::new(&c()).get_item().table_name(load().table).send().await; }
        fn main() {}",
        &["h GetItem dynamodb:GetItem dynamodb:table/? unknown", "LS0301", "LS0307"],
    );
}

#[test]
fn nested_settings_and_optional_names_have_their_variables() {
    check(
        r#"#[derive(serde::Deserialize)] struct Tables { users: Option<String> }
        #[derive(serde::Deserialize)] struct Settings { #[serde(rename = "tables")] all: Tables, #[serde(flatten)] more: More }
        #[derive(serde::Deserialize)] #[serde(rename_all = "camelCase")] struct More { audit_table: String }
        fn load() -> Settings { config::Config::builder().add_source(config::Environment::with_prefix("app").separator("__")).build().unwrap().try_deserialize().unwrap() }
        async fn h1() { Client::new(&c()).get_item().table_name(load().all.users.unwrap()).send().await; }
        async fn h2() { Client::new(&c()).get_item().table_name(load().more.audit_table).send().await; }
        fn main() {}"#,
        &[
            "h1 GetItem dynamodb:GetItem dynamodb:table/${APP__TABLES__USERS} proved",
            "h2 GetItem dynamodb:GetItem dynamodb:table/${APP__AUDITTABLE} proved",
        ],
    );
}

#[test]
fn extractors_of_the_framework_fill_no_settings() {
    check(
        r"use axum::{extract::FromRequestParts, http::request::Parts, Extension, RequestPartsExt};
        struct Caller(String);
        impl<S: Send + Sync> FromRequestParts<S> for Caller {
            type Rejection = ();
            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ()> {
                let Extension(name) = parts.extract::<Extension<String>>().await.map_err(|_| ())?;
                Ok(Caller(name))
            }
        }
        async fn h(caller: Caller) -> String { caller.0 }
        fn main() {}",
        &[],
    );
}
