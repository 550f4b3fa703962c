//! What policies allow: the cases in `policies.json`, decided from AWS's documentation. `tests/e2e/test_iam.py` runs them too, and
//! `scripts/check_iam.mjs` compares them with an evaluator that others wrote.

use serde_json::Value;

use super::*;

fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    value.as_array().map_or_else(|| vec![text(value)], |values| values.iter().map(text).collect())
}

fn conditions(value: &Value) -> Vec<Condition> {
    let operators = value.as_object().into_iter().flatten();
    let each = operators.flat_map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.map(|(key, values)| Condition {
            operator: operator.clone(),
            key: key.clone(),
            values: texts(values),
        })
    });
    each.collect()
}

fn context(value: &Value) -> BTreeMap<String, Vec<String>> {
    let keys = value.as_object().into_iter().flatten();
    keys.map(|(key, values)| (key.to_lowercase(), texts(values))).collect()
}

fn statement(value: &Value) -> Permission {
    Permission {
        actions: texts(&value["Action"]),
        resources: texts(&value["Resource"]),
        conditions: conditions(&value["Condition"]),
        why: Vec::new(),
        place: String::new(),
    }
}

#[test]
fn policies_allow_what_the_documentation_says() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("policies.json")).expect("cases");
    let mut wrong = Vec::new();
    for case in &cases {
        let text = |key: &str| case[key].as_str().expect("a text").to_string();
        let role: Vec<Permission> =
            case["statements"].as_array().expect("a list").iter().map(statement).collect();
        let need =
            Need { action: text("action"), resource: text("resource"), context: context(&case["context"]) };
        let found = allowing(&role, &need).map(|atoms| !atoms.is_empty());
        // Where nothing is said, nothing may be decided.
        if found.as_ref().ok() != case["allowed"].as_bool().as_ref() {
            wrong.push(format!("{found:?}: {case}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn what_allowed_something_is_told() {
    let role = [
        statement(
            &serde_json::json!({"Action": ["s3:Put*", "s3:GetObject"], "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]}),
        ),
        statement(&serde_json::json!({"Action": "s3:*", "Resource": "*"})),
    ];
    let atoms = allowing(&role, &Need::new("s3:GetObject", "arn:aws:s3:::b/c")).expect("it is known");
    let atom = |statement, action, resource| Atom { statement, action, resource };
    assert_eq!(atoms, [atom(0, 1, 1), atom(1, 0, 0)]);
}
