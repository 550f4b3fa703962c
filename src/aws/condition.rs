//! `access::Condition` -> the lines of a statement's `Condition` block.
//!
//! Input: what the code proves of all requests of a statement. Output: operators, keys and values of IAM. Deliberately absent: whether
//! the code proves it (`access`), and whether the plan asks for it (`template`).
//!
//! Source: DynamoDB developer guide, "Using IAM policy conditions for fine-grained access control" (`LeadingKeys` wants `ForAllValues`;
//! `Attributes` goes with `Select`) and "Using IAM with DynamoDB transactions"; S3 user guide, "Amazon S3 condition key examples"; IAM
//! user guide, "Multivalued context keys": `ForAllValues` is true where the key is absent, which `Null` excludes. Read November 2026.

use std::collections::BTreeMap;

use super::arn::escape;
use super::cfn::CfnValue;
use crate::access::{Condition, Part, ResourceName};

/// One operator on one key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Test {
    /// `ForAllValues:StringLike`.
    pub operator: &'static str,
    /// `dynamodb:LeadingKeys`.
    pub key: &'static str,
    /// Text of a `!Sub`, one of which must hold.
    pub values: Vec<String>,
}

impl Test {
    /// `dynamodb:LeadingKeys like USER#*`; none for what only makes another test strict.
    pub fn text(&self) -> Option<String> {
        let plain = |value: &String| value.replace("${!", "${");
        let values: Vec<String> = self.values.iter().map(plain).collect();
        let text = match (self.operator, self.key) {
            ("Null" | "StringEqualsIfExists", _) => return None,
            (_, "dynamodb:Attributes") => format!("only {}", values.join(", ")),
            (operator, _) if operator.ends_with("Like") => format!("like {}", values.join(" or ")),
            _ => format!("is {}", values.join(" or ")),
        };
        Some(format!("{} {text}", self.key))
    }
}

/// The tests that say the same as the conditions, sorted.
pub(super) fn tests(conditions: &[Condition]) -> Vec<Test> {
    let test = |operator, key, values| Test { operator, key, values };
    let mut all = Vec::new();
    for condition in conditions {
        match condition {
            Condition::Key { .. } => {}
            Condition::LeadingKeys(values) => {
                let operator =
                    if is_exact(values) { "ForAllValues:StringEquals" } else { "ForAllValues:StringLike" };
                all.push(test(operator, "dynamodb:LeadingKeys", texts(values)));
                all.push(test("Null", "dynamodb:LeadingKeys", vec!["false".to_string()]));
            }
            Condition::Attributes(names) => {
                let names = names.iter().map(|name| escape(name)).collect();
                let select = vec!["SPECIFIC_ATTRIBUTES".to_string()];
                all.push(test("ForAllValues:StringEquals", "dynamodb:Attributes", names));
                all.push(test("StringEqualsIfExists", "dynamodb:Select", select));
            }
            Condition::Prefix(values) => {
                let operator = if is_exact(values) { "StringEquals" } else { "StringLike" };
                all.push(test(operator, "s3:prefix", texts(values)));
            }
            Condition::EnclosingOperation(operation) => {
                let key = "dynamodb:EnclosingOperation";
                all.push(test("ForAnyValue:StringEquals", key, vec![operation.clone()]));
            }
        }
    }
    all.sort();
    all
}

fn is_exact(values: &[ResourceName]) -> bool {
    values.iter().flat_map(|value| &value.0).all(|part| matches!(part, Part::Literal(_)))
}

fn texts(values: &[ResourceName]) -> Vec<String> {
    let text = |part: &Part| match part {
        Part::Literal(text) => escape(text),
        _ => "*".to_string(),
    };
    values.iter().map(|value| value.0.iter().map(text).collect()).collect()
}

/// The block of a statement.
pub(super) fn to_cfn(tests: &[Test]) -> CfnValue {
    let value = |text: &String| if text.contains("${") { CfnValue::sub(text) } else { CfnValue::str(text) };
    let mut operators: BTreeMap<&str, Vec<(&str, CfnValue)>> = BTreeMap::new();
    for test in tests {
        let values = match test.values.as_slice() {
            [one] => value(one),
            many => CfnValue::seq(many.iter().map(value)),
        };
        operators.entry(test.operator).or_default().push((test.key, values));
    }
    CfnValue::map(operators.into_iter().map(|(operator, keys)| (operator, CfnValue::map(keys))))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[track_caller]
    fn check(condition: Condition, expect: &[(&str, &str, &str)]) {
        let tests = tests(&[condition]);
        let got: Vec<(&str, &str, String)> =
            tests.iter().map(|test| (test.operator, test.key, test.values.join(" "))).collect();
        let expect: Vec<(&str, &str, String)> =
            expect.iter().map(|(operator, key, values)| (*operator, *key, (*values).to_string())).collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn whole_values_are_equal_and_prefixes_are_like() {
        let user = ResourceName(vec![Part::Literal("USER#".into()), Part::Any]);
        check(
            Condition::LeadingKeys(vec![user]),
            &[
                ("ForAllValues:StringLike", "dynamodb:LeadingKeys", "USER#*"),
                ("Null", "dynamodb:LeadingKeys", "false"),
            ],
        );
        check(
            Condition::Prefix(vec![ResourceName::literal("in/$*")]),
            &[("StringEquals", "s3:prefix", "in/${!$}${!*}")],
        );
        check(
            Condition::EnclosingOperation("TransactWriteItems".into()),
            &[("ForAnyValue:StringEquals", "dynamodb:EnclosingOperation", "TransactWriteItems")],
        );
        check(
            Condition::Attributes(vec!["id".into(), "name".into()]),
            &[
                ("ForAllValues:StringEquals", "dynamodb:Attributes", "id name"),
                ("StringEqualsIfExists", "dynamodb:Select", "SPECIFIC_ATTRIBUTES"),
            ],
        );
    }
}
