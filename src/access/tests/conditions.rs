//! What the arguments of a request prove beyond its action and resource.

use super::{PRELUDE, detected_program};
use crate::access::Condition;

/// One line per access: `h GetItem T LeadingKeys=USER#*`.
#[track_caller]
fn check(source: &str, expect: &[&str]) {
    let text = format!("{PRELUDE}use aws_sdk_dynamodb::types::*;\n{source}");
    let program = crate::resolve::tests::program(&[("src/main.rs", &text)]);
    let (_, routes, table, _) = detected_program(program);
    let mut lines = Vec::new();
    for (route, accesses) in routes.routes.iter().zip(&table.routes) {
        for access in accesses {
            let all: Vec<String> = access.conditions.iter().map(shown).collect();
            let actions = access.actions.join("+");
            lines.push(format!("{} {actions} {}", route.handler.name, all.join(" ")).trim_end().to_string());
        }
    }
    assert_eq!(lines, expect);
}

fn shown(condition: &Condition) -> String {
    let names = |names: &[crate::access::ResourceName]| {
        names.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")
    };
    match condition {
        Condition::Key { .. } => "unsettled".to_string(),
        Condition::LeadingKeys(values) => format!("LeadingKeys={}", names(values)),
        Condition::Attributes(all) => format!("Attributes={}", all.join("|")),
        Condition::Prefix(values) => format!("Prefix={}", names(values)),
        Condition::EnclosingOperation(operation) => format!("EnclosingOperation={operation}"),
    }
}

#[test]
fn a_key_of_one_attribute_is_the_partition_key() {
    check(
        r#"async fn h1(id: String) { Client::new(&c()).get_item().table_name("t").key("pk", AttributeValue::S(format!("USER#{id}"))).send().await; }
        async fn h2() { Client::new(&c()).delete_item().table_name("t").key("pk", AttributeValue::S("CONFIG".to_string())).send().await; }
        async fn h3(id: String) { Client::new(&c()).get_item().table_name("t").key("pk", AttributeValue::S(id)).send().await; }
        async fn h4() { Client::new(&c()).get_item().table_name("t").key("pk", AttributeValue::N("1".into())).send().await; }
        fn main() {}"#,
        &[
            "h1 dynamodb:GetItem LeadingKeys=USER#*",
            "h2 dynamodb:DeleteItem LeadingKeys=CONFIG",
            "h3 dynamodb:GetItem",
            "h4 dynamodb:GetItem",
        ],
    );
}

#[test]
fn a_query_tells_the_partition_key_of_a_pair() {
    let query = r##"async fn h1(id: String) { Client::new(&c()).query().table_name("t").key_condition_expression("#p = :p AND begins_with(sk, :s)")
            .expression_attribute_names("#p", "pk").expression_attribute_values(":p", AttributeValue::S(format!("USER#{id}")))
            .expression_attribute_values(":s", AttributeValue::S("ORDER#".into())).send().await; }"##;
    let get = r#"async fn h2(id: String) { Client::new(&c()).get_item().table_name("t")
            .key("pk", AttributeValue::S(format!("USER#{id}"))).key("sk", AttributeValue::S("PROFILE".into())).send().await; }"#;
    check(
        &format!("{query} {get} fn main() {{}}"),
        &["h1 dynamodb:Query LeadingKeys=USER#*", "h2 dynamodb:GetItem LeadingKeys=USER#*"],
    );
    // Without the query nothing says which of the two is the partition key.
    check(&format!("{get} fn main() {{}}"), &["h2 dynamodb:GetItem"]);
}

#[test]
fn requests_that_disagree_on_the_partition_key_prove_nothing() {
    check(
        r#"async fn h1() { Client::new(&c()).get_item().table_name("t").key("pk", AttributeValue::S("A".into())).send().await; }
        async fn h2() { Client::new(&c()).get_item().table_name("t").key("id", AttributeValue::S("A".into())).send().await; }
        fn main() {}"#,
        &["h1 dynamodb:GetItem", "h2 dynamodb:GetItem"],
    );
}

#[test]
fn a_key_that_is_not_seen_in_full_proves_nothing() {
    check(
        r#"async fn h1(f: bool) {
            let mut get = Client::new(&c()).get_item().table_name("t").key("pk", AttributeValue::S("A".into()));
            if f { get = get.key("pk", AttributeValue::S("B".into())); }
            get.send().await;
        }
        async fn h2(map: HashMap<String, AttributeValue>) { Client::new(&c()).get_item().table_name("t").set_key(Some(map)).send().await; }
        async fn h3() { Client::new(&c()).get_item().table_name("t").key("pk", AttributeValue::S("A".into())).customize().send().await; }
        async fn h4() { Client::new(&c()).scan().table_name("t").filter_expression("pk = :p").send().await; }
        async fn h5() { Client::new(&c()).query().table_name("t").index_name("i").key_condition_expression("pk = :p")
            .expression_attribute_values(":p", AttributeValue::S("A".into())).send().await; }
        fn main() {}"#,
        &[
            "h1 dynamodb:GetItem",
            "h2 dynamodb:GetItem",
            "h3 dynamodb:GetItem",
            "h4 dynamodb:Scan",
            "h5 dynamodb:Query",
        ],
    );
}

#[test]
fn what_is_changed_in_place_proves_what_is_left_of_it() {
    check(
        r#"fn more(key: &mut HashMap<String, AttributeValue>) { key.insert("sk".into(), AttributeValue::S("x".into())); }
        async fn h1() {
            let mut key = HashMap::from([("pk".to_string(), AttributeValue::S("A".into()))]);
            more(&mut key);
            Client::new(&c()).get_item().table_name("t").set_key(Some(key)).send().await;
        }
        fn suffix(text: &mut String) { text.push('x'); }
        async fn h2() { let mut pk = String::from("A"); suffix(&mut pk); Client::new(&c()).get_item().table_name("t").key("pk", AttributeValue::S(pk)).send().await; }
        async fn h3(n: u32) { let mut pk = String::from("A"); write!(pk, "{n}"); Client::new(&c()).get_item().table_name("t").key("pk", AttributeValue::S(pk)).send().await; }
        async fn h4(n: &str) { let mut pk = String::from("A"); pk += n; Client::new(&c()).get_item().table_name("t").key("pk", AttributeValue::S(pk)).send().await; }
        async fn of(mut pk: String) { pk.push('x'); Client::new(&c()).get_item().table_name("t").key("pk", AttributeValue::S(pk)).send().await; }
        async fn h6() { of("A".into()).await; }
        async fn h5() { Client::new(&c()).get_item().table_name("t").set_key(Some(HashMap::from([("pk".to_string(), AttributeValue::S("A".into()))]))).send().await; }
        fn main() {}"#,
        &[
            "h1 dynamodb:GetItem",
            "h2 dynamodb:GetItem",
            "h3 dynamodb:GetItem",
            "h4 dynamodb:GetItem LeadingKeys=A*",
            "h6 dynamodb:GetItem LeadingKeys=Ax",
            "h5 dynamodb:GetItem LeadingKeys=A",
        ],
    );
}

#[test]
fn a_helper_called_with_two_keys_has_both() {
    check(
        r#"async fn get(kind: &str, id: &str) { Client::new(&c()).get_item().table_name("t").key("pk", AttributeValue::S(format!("{kind}#{id}"))).send().await; }
        async fn h1(id: String) { get("USER", &id).await; get("ORDER", &id).await; }
        async fn h2(id: String, kind: String) { get("USER", &id).await; get(&kind, &id).await; }
        async fn h3(kind: String) { get(&kind, "1").await; Client::new(&c()).put_item().table_name("t").item("pk", AttributeValue::S("LOG".into())).send().await; }
        fn main() {}"#,
        &[
            "h1 dynamodb:GetItem LeadingKeys=ORDER#*|USER#*",
            "h2 dynamodb:GetItem",
            "h3 dynamodb:GetItem",
            "h3 dynamodb:PutItem LeadingKeys=LOG",
        ],
    );
}

#[test]
fn a_projection_names_its_attributes_and_those_of_the_key() {
    check(
        r##"async fn h1() { Client::new(&c()).get_item().table_name("t").key("id", AttributeValue::N("1".into()))
            .projection_expression("#n, address.city").expression_attribute_names("#n", "name").send().await; }
        async fn h2(p: String) { Client::new(&c()).get_item().table_name("t").key("id", AttributeValue::N("1".into())).projection_expression(p).send().await; }
        async fn h3() { Client::new(&c()).get_item().table_name("t").key("id", AttributeValue::N("1".into())).projection_expression("#n").send().await; }
        fn main() {}"##,
        &["h1 dynamodb:GetItem Attributes=address|id|name", "h2 dynamodb:GetItem", "h3 dynamodb:GetItem"],
    );
}

#[test]
fn items_of_a_transaction_are_used_in_it() {
    check(
        r#"async fn h1() { Client::new(&c()).transact_write_items()
            .transact_items(TransactWriteItem::builder().put(Put::builder().table_name("t").build().unwrap()).build())
            .transact_items(TransactWriteItem::builder().condition_check(ConditionCheck::builder().table_name("t").build().unwrap()).build())
            .send().await; }
        async fn h2() { Client::new(&c()).put_item().table_name("t").send().await; }
        fn main() {}"#,
        &[
            "h1 dynamodb:PutItem EnclosingOperation=TransactWriteItems",
            "h1 dynamodb:ConditionCheckItem",
            "h2 dynamodb:PutItem",
        ],
    );
}

#[test]
fn a_list_keeps_to_its_prefix() {
    check(
        r#"fn s3() -> aws_sdk_s3::Client { aws_sdk_s3::Client::new(&c()) }
        async fn h1() { s3().list_objects_v2().bucket("b").prefix("in/").send().await; }
        async fn h2(id: String) { s3().list_objects_v2().bucket("b").prefix(format!("users/{id}/")).into_paginator().send(); }
        async fn h3(p: String) { s3().list_objects_v2().bucket("b").prefix(p).send().await; }
        async fn h4(p: Option<String>) { s3().list_objects_v2().bucket("b").set_prefix(p).send().await; }
        async fn h5() { s3().list_objects_v2().bucket("b").send().await; }
        async fn h6() { s3().head_bucket().bucket("b").send().await; }
        async fn h7() { s3().list_objects_v2().bucket("b").prefix("").send().await; }
        fn main() {}"#,
        &[
            "h1 s3:ListBucket Prefix=in/",
            "h2 s3:ListBucket Prefix=users/*/",
            "h3 s3:ListBucket",
            "h4 s3:ListBucket",
            "h5 s3:ListBucket",
            "h6 s3:ListBucket",
            "h7 s3:ListBucket",
        ],
    );
}
