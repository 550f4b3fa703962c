//! The requests in `requests.json` with what each needs: `tests/e2e/test_iam.py` decided it from AWS's documentation, and compares
//! another decoder with the same file.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Case {
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: String,
    #[serde(default)]
    needs: Vec<Expected>,
    #[serde(default)]
    if_missing: Vec<Expected>,
    #[serde(default)]
    unknown: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Expected {
    action: String,
    resource: String,
    context: BTreeMap<String, Vec<String>>,
}

fn expected(needs: &[Need]) -> Vec<Expected> {
    let each = needs.iter().map(|need| Expected {
        action: need.action.clone(),
        resource: need.resource.clone(),
        context: need.context.clone(),
    });
    each.collect()
}

/// All of them have to be allowed, in no order.
fn sorted(mut needs: Vec<Expected>) -> Vec<Expected> {
    needs.sort();
    needs
}

#[test]
fn requests_need_what_the_documentation_says() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("requests.json")).expect("cases");
    assert!(cases.len() > 90, "{}", cases.len());
    let of = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect()
    };
    let account = Account {
        partition_keys: of(&[("orders", "customer"), ("orders/index/by-day", "day")]),
        aliases: of(&[("alias/covers", "1234")]),
    };
    for case in cases {
        let request = Request {
            method: case.method,
            target: case.target,
            headers: case.headers,
            body: case.body.into_bytes(),
        };
        let decoded = request.signed().ok_or_else(|| "it is not signed".to_string());
        let decoded = decoded.and_then(|signed| decode(&request, &signed, &account));
        let shown = format!("{request:?}");
        match decoded {
            Err(why) => assert!(case.unknown, "{why}: {shown}"),
            Ok(needs) => {
                assert!(!case.unknown, "{needs:?}: {shown}");
                assert_eq!(sorted(expected(&needs.needs)), sorted(case.needs), "{shown}");
                assert_eq!(expected(&needs.if_missing), case.if_missing, "{shown}");
            }
        }
    }
}

#[test]
fn the_signature_says_who_asks() {
    let signed = |header: &str| {
        let headers = BTreeMap::from([("authorization".to_string(), header.to_string())]);
        Request { headers, ..Request::default() }.signed()
    };
    let header =
        "AWS4-HMAC-SHA256 Credential=GetItems/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host";
    let found = signed(header).expect("it is signed");
    assert_eq!(
        (found.principal.as_str(), found.region.as_str(), found.service.as_str()),
        ("GetItems", "eu-west-1", "dynamodb")
    );
    for bad in ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=a/b", "AWS4-HMAC-SHA256 Credential="] {
        assert_eq!(signed(bad), None, "{bad}");
    }
}

/// Nothing that a program sends can end the run.
#[test]
fn broken_requests_are_errors() {
    let account = Account::default();
    for service in [
        "dynamodb",
        "s3",
        "sqs",
        "sns",
        "events",
        "secretsmanager",
        "ssm",
        "kms",
        "lambda",
        "states",
        "ses",
        "",
    ] {
        for operation in [
            "GetItem",
            "BatchGetItem",
            "TransactWriteItems",
            "ExecuteStatement",
            "PutEvents",
            "SendMessage",
            "",
        ] {
            for body in [
                "",
                "{",
                "[]",
                "null",
                r#"{"RequestItems": 1}"#,
                r#"{"TransactItems": [1, {"Put": 2}]}"#,
                r#"{"Statement": "\"ł"}"#,
                "Action=\u{ff}",
            ] {
                for target in ["/", "", "/b/k?delete", "/%FF", "//", "/2015-03-31/functions//invocations"] {
                    let request = Request {
                        method: "POST".into(),
                        target: target.into(),
                        headers: BTreeMap::from([("x-amz-target".to_string(), format!("X.{operation}"))]),
                        body: body.as_bytes().to_vec(),
                    };
                    let signed =
                        Signed { principal: "F".into(), region: "r".into(), service: service.into() };
                    // Whatever comes out, it does not panic.
                    let _ = decode(&request, &signed, &account);
                }
            }
        }
    }
}
