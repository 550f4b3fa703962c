//! The endpoint between a caller and a stand-in that answers 200 to POST and 404 to everything else.

use super::*;

fn headers(caller: &str, service: &str, operation: &str) -> Vec<(&'static str, String)> {
    let scope = format!("{caller}/20260101/eu-west-1/{service}/aws4_request");
    let mut headers =
        vec![("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host"))];
    if !operation.is_empty() {
        headers.push(("x-amz-target", format!("DynamoDB_20120810.{operation}")));
    }
    headers
}

async fn stand_in() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(|request: http::Request<Incoming>| async move {
                let status = if request.method() == "POST" { 200 } else { 404 };
                let target = request.headers().get("x-amz-target").cloned();
                let body = request.into_body().collect().await.expect("a body").to_bytes();
                Ok::<_, Infallible>(plain(status, described(target.as_ref(), &body)))
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    endpoint
}

/// A table, or aliases of keys on two pages.
fn described(target: Option<&http::HeaderValue>, body: &[u8]) -> &'static str {
    if target.is_none_or(|target| target != "TrentService.ListAliases") {
        r#"{"Table": {"KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}]}}"#
    } else if body == br#"{"Marker":"2"}"# {
        r#"{"Aliases": [{"AliasName": "alias/covers", "TargetKeyId": "1234"}], "Truncated": false}"#
    } else {
        r#"{"Aliases": [{"AliasName": "alias/aws/s3"}, {"AliasName": "alias/other", "TargetKeyId": "5678"}], "Truncated": true, "NextMarker": "2"}"#
    }
}

fn permission(action: &str, resource: &str) -> Permission {
    Permission {
        actions: vec![action.into()],
        resources: vec![resource.into()],
        conditions: Vec::new(),
        why: Vec::new(),
        place: String::new(),
    }
}

fn with_role(role: Vec<Permission>, check: &impl AsyncFn(&Guard)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let roles = Roles::from([("Reader".to_string(), role)]);
        let guard = Guard::start(stand_in().await, roles).await.expect("it starts");
        check(&guard).await;
    });
}

async fn status(
    guard: &Guard,
    method: &str,
    target: &str,
    headers: Vec<(&str, String)>,
    body: &str,
) -> (u16, String) {
    let call = client::Call { method, target, headers, body: body.as_bytes().to_vec() };
    let reply = client::send(guard.endpoint(), call).await.expect("an answer");
    (reply.status, String::from_utf8_lossy(&reply.body).into_owned())
}

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/books";
const GET: &str = r#"{"TableName": "books", "Key": {"owner": {"S": "ada"}}}"#;

#[test]
fn what_the_role_allows_passes_and_all_else_is_denied() {
    with_role(vec![permission("dynamodb:GetItem", TABLE)], &async |guard: &Guard| {
        assert_eq!(status(guard, "POST", "/", headers("Reader", "dynamodb", "GetItem"), GET).await.0, 200);
        let (denied, said) =
            status(guard, "POST", "/", headers("Reader", "dynamodb", "DeleteItem"), GET).await;
        assert_eq!(denied, 400);
        assert!(
            said.contains("AccessDeniedException") && said.contains("dynamodb:DeleteItem on resource"),
            "{said}"
        );
        // Another caller may do everything: the program.
        assert_eq!(
            status(guard, "POST", "/", headers("Monolith", "dynamodb", "DeleteItem"), GET).await.0,
            200
        );
        let notes = guard.notes().clone();
        let denial =
            Denial { caller: "Reader".into(), action: "dynamodb:DeleteItem".into(), resource: TABLE.into() };
        assert_eq!(notes.denied, [denial]);
        let callers: Vec<&str> = notes.calls.iter().map(|call| call.caller.as_str()).collect();
        assert_eq!(callers, ["Reader", "Reader", "Monolith"]);
        let used = BTreeSet::from([Atom { statement: 0, action: 0, resource: 0 }]);
        assert_eq!(notes.used, BTreeMap::from([("Reader".to_string(), used)]));
        assert!(notes.unknown.is_empty());
    });
}

/// Without `s3:ListBucket` an object that is not there is not said to be missing.
#[test]
fn what_is_missing_is_told_to_those_who_may_list() {
    let get = permission("s3:GetObject", "arn:aws:s3:::covers/*");
    with_role(vec![get.clone()], &async |guard: &Guard| {
        let (denied, said) = status(guard, "GET", "/covers/none", headers("Reader", "s3", ""), "").await;
        assert!(denied == 403 && said.contains("<Code>AccessDenied</Code>"), "{denied} {said}");
        assert_eq!(guard.notes().denied[0].action, "s3:ListBucket");
    });
    let list = permission("s3:ListBucket", "arn:aws:s3:::covers");
    with_role(vec![get, list], &async |guard: &Guard| {
        assert_eq!(status(guard, "GET", "/covers/none", headers("Reader", "s3", ""), "").await.0, 404);
        assert!(guard.notes().denied.is_empty());
    });
}

#[test]
fn conditions_about_keys_hold_by_the_keys_of_the_table() {
    let mut own = permission("dynamodb:GetItem", TABLE);
    own.conditions.push(crate::deployed::Condition {
        operator: "ForAllValues:StringEquals".into(),
        key: "dynamodb:LeadingKeys".into(),
        values: vec!["ada".into()],
    });
    with_role(vec![own], &async |guard: &Guard| {
        let ask = async |body: &str| {
            status(guard, "POST", "/", headers("Reader", "dynamodb", "GetItem"), body).await.0
        };
        assert_eq!(ask(GET).await, 200);
        assert_eq!(ask(&GET.replace("ada", "bob")).await, 400);
    });
}

/// An alias is authorized as the key that it leads to, which the stand-in knows: on the second page here.
#[test]
fn an_alias_is_authorized_as_its_key() {
    const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234";
    let ask = async |guard: &Guard, body: &str| {
        let mut headers = headers("Reader", "kms", "");
        headers.push(("x-amz-target", "TrentService.Encrypt".to_string()));
        status(guard, "POST", "/", headers, body).await.0
    };
    let mut by_alias = permission("kms:Encrypt", KEY);
    by_alias.conditions.push(crate::deployed::Condition {
        operator: "StringEquals".into(),
        key: "kms:RequestAlias".into(),
        values: vec!["alias/covers".into()],
    });
    for role in [vec![permission("kms:Encrypt", KEY)], vec![by_alias]] {
        with_role(role, &async |guard: &Guard| {
            assert_eq!(ask(guard, r#"{"KeyId": "alias/covers"}"#).await, 200);
            let arn = r#"{"KeyId": "arn:aws:kms:eu-west-1:123456789012:alias/covers"}"#;
            assert_eq!(ask(guard, arn).await, 200);
            assert_eq!(ask(guard, r#"{"KeyId": "alias/other"}"#).await, 400);
            let denied = guard.notes().denied.clone();
            assert_eq!(denied.len(), 1);
            assert!(denied[0].resource.ends_with("key/5678"), "{denied:?}");
            // What the endpoint asks for itself is no call of the function.
            assert_eq!(guard.notes().calls.len(), 3);
            // Nobody knows it: that is said, and passes.
            assert_eq!(ask(guard, r#"{"KeyId": "alias/none"}"#).await, 200);
            let unknown = guard.notes().unknown.iter().cloned().collect::<String>();
            assert!(unknown.contains("the key behind `alias/none` is not known"), "{unknown}");
        });
    }
}

#[test]
fn what_is_not_known_passes_and_is_said() {
    with_role(Vec::new(), &async |guard: &Guard| {
        assert_eq!(
            status(guard, "POST", "/v2/email/outbound-emails", headers("Reader", "ses", ""), "{}").await.0,
            200
        );
        assert_eq!(status(guard, "POST", "/", Vec::new(), "").await.0, 200);
        let unknown: Vec<String> = guard.notes().unknown.iter().cloned().collect();
        assert_eq!(
            unknown,
            [
                "POST /: it is not signed",
                "ses: POST /v2/email/outbound-emails: its permissions are not known here"
            ]
        );
    });
}

#[test]
fn calls_before_the_first_event_are_told_apart() {
    with_role(vec![permission("dynamodb:*", "*")], &async |guard: &Guard| {
        guard.starting.lock().expect("no holder panics").insert("Reader".to_string());
        status(guard, "POST", "/", headers("Reader", "dynamodb", "GetItem"), GET).await;
        guard.starting.lock().expect("no holder panics").clear();
        status(guard, "POST", "/", headers("Reader", "dynamodb", "GetItem"), GET).await;
        let at_start: Vec<bool> = guard.notes().calls.iter().map(|call| call.at_start).collect();
        assert_eq!(at_start, [true, false]);
    });
}

#[test]
fn tables_of_a_request_are_found_wherever_they_stand() {
    let of = |body: &str| {
        let request = Request { body: body.as_bytes().to_vec(), ..Request::default() };
        tables(&request).into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of(r#"{"TableName": "arn:aws:dynamodb:r:1:table/a"}"#), "a");
    assert_eq!(of(r#"{"RequestItems": {"a": [], "b": {}}}"#), "a b");
    assert_eq!(of(r#"{"TransactItems": [{"Put": {"TableName": "a"}}, {"Get": {"TableName": "b"}}]}"#), "a b");
    assert_eq!(of("no"), "");
}
