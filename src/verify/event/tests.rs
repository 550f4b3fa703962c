//! Events and answers against AWS's documentation.
//!
//! Source, where nothing else is named: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs", sections "Payload
//! format differences", "Payload format structure" and "Lambda function response format".

use super::super::gateway::{Gateway, Matching};
use super::*;
use crate::deployed::{DeployedKey, Leads, Route};

fn made(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Value {
    let key = DeployedKey { method: "ANY".into(), path: Some("/a/{b}".into()) };
    let gateway = Gateway::new(vec![Route { key, leads: Leads::Function(0) }], Matching::STRICT);
    let request = Request {
        method: method.into(),
        target: target.into(),
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: body.to_vec(),
    };
    let chosen = gateway.choose(method, request.path()).expect("the key takes it");
    event(&request, &chosen, 7)
}

/// Each a place in the event and what stands there ("Payload format structure").
#[test]
fn an_event_has_the_documented_form() {
    let headers =
        [("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1; b=2"), ("cookie", "c=3"), ("User-Agent", "me")];
    let event = made("GET", "/a/c%20d?x=1&x=%20&y&z=a+b", &headers, b"");
    for (place, expect) in [
        ("/version", json!("2.0")),
        ("/routeKey", json!("ANY /a/{b}")),
        ("/requestContext/routeKey", json!("ANY /a/{b}")),
        ("/rawPath", json!("/a/c d")),
        ("/requestContext/http/path", json!("/a/c d")),
        ("/requestContext/http/method", json!("GET")),
        ("/requestContext/http/userAgent", json!("me")),
        ("/requestContext/stage", json!("$default")),
        ("/rawQueryString", json!("x=1&x=%20&y&z=a+b")),
        ("/queryStringParameters", json!({"x": "1, ", "y": "", "z": "a b"})),
        ("/pathParameters", json!({"b": "c d"})),
        ("/headers/x-a", json!("1,2")),
        ("/headers/host", json!(DOMAIN)),
        ("/headers/x-forwarded-proto", json!("https")),
        ("/cookies", json!(["a=1", "b=2", "c=3"])),
        ("/isBase64Encoded", json!(false)),
    ] {
        assert_eq!(event.pointer(place), Some(&expect), "{place}");
    }
    for place in ["/headers/cookie", "/headers/X-A", "/body", "/headers/content-length"] {
        assert_eq!(event.pointer(place), None, "{place}");
    }
    let plain = made("GET", "/a/b", &[], b"");
    for place in ["/cookies", "/queryStringParameters", "/body"] {
        assert_eq!(plain.pointer(place), None, "{place}");
    }
}

/// What the gateway says of itself, whatever the client says.
#[test]
fn the_gateway_sets_headers_of_its_own() {
    let headers = [
        ("Host", "localhost:3000"),
        ("Connection", "keep-alive"),
        ("Content-Length", "1"),
        ("X-Forwarded-For", "10.0.0.1"),
        ("X-Forwarded-Proto", "http"),
    ];
    let event = made("POST", "/a/b", &headers, b"x");
    for (place, expect) in [
        ("/headers/host", "localhost:3000"),
        ("/requestContext/domainName", "localhost"),
        ("/headers/content-length", "1"),
        ("/headers/x-forwarded-for", "10.0.0.1, 192.0.2.1"),
        ("/headers/x-forwarded-proto", "https"),
        ("/headers/x-forwarded-port", "443"),
    ] {
        assert_eq!(event.pointer(place), Some(&json!(expect)), "{place}");
    }
    assert_eq!(event.pointer("/headers/connection"), None);
}

/// "Format 2.0 doesn't have `multiValueHeaders` or `multiValueQueryStringParameters` fields": values are joined by commas. "All cookie
/// headers in the request are combined with commas and added to the `cookies` field." Header names are in lower case.
#[test]
fn what_comes_more_than_once_is_joined() {
    for (headers, target, place, expect) in [
        (vec![("Accept", "a"), ("accept", "b"), ("ACCEPT", "c")], "/a/b", "/headers/accept", json!("a,b,c")),
        (vec![("X", "a, b"), ("x", "c")], "/a/b", "/headers/x", json!("a, b,c")),
        (vec![("Cookie", "a=1")], "/a/b", "/cookies", json!(["a=1"])),
        (vec![("Cookie", "a=1;b=2"), ("Cookie", "c=3")], "/a/b", "/cookies", json!(["a=1", "b=2", "c=3"])),
        (vec![("Cookie", "a=1; a=2")], "/a/b", "/cookies", json!(["a=1", "a=2"])),
        (vec![], "/a/b?p=1&p=2&q=3", "/queryStringParameters", json!({"p": "1,2", "q": "3"})),
        (vec![], "/a/b?p=1&p=2&q=3", "/rawQueryString", json!("p=1&p=2&q=3")),
        (vec![], "/a/b?p=%2C&p=b", "/queryStringParameters/p", json!(",,b")),
        (vec![], "/a/b?p", "/queryStringParameters", json!({"p": ""})),
    ] {
        let event = made("GET", target, &headers, b"");
        assert_eq!(event.pointer(place), Some(&expect), "{headers:?} {target} {place}");
        for missing in ["/multiValueHeaders", "/multiValueQueryStringParameters", "/headers/cookie"] {
            assert_eq!(event.pointer(missing), None, "{headers:?}");
        }
    }
}

/// A stage with the name `$default` is served from the base of the API: nothing of it is in the path. Source: "Stages for HTTP APIs".
#[test]
fn the_default_stage_is_no_part_of_the_path() {
    let event = made("GET", "/a/b", &[], b"");
    let of = |place: &str| event.pointer(place).and_then(Value::as_str);
    assert_eq!((of("/requestContext/stage"), of("/rawPath")), (Some("$default"), Some("/a/b")));
    assert_eq!(of("/requestContext/http/path"), Some("/a/b"));
}

/// "The `cookies` field": each becomes a `set-cookie` of its own. Format 2.0 knows no `multiValueHeaders`, in answers neither.
#[test]
fn an_answer_has_one_value_for_each_header_and_many_cookies() {
    let of = |returned: &str| answer(returned.as_bytes()).unwrap();
    let found = of(
        r#"{"statusCode":200,"headers":{"Set-It":"a"},"multiValueHeaders":{"set-it":["b","c"],"x":["y"]}}"#,
    );
    assert_eq!(found.headers, BTreeMap::from([("set-it".into(), "a".into())]));
    let found = of(r#"{"statusCode":200,"cookies":["a=1; Path=/","b=2; HttpOnly"]}"#);
    assert_eq!(found.cookies, ["a=1; Path=/", "b=2; HttpOnly"]);
    assert_eq!(of(r#"{"statusCode":200}"#).cookies, Vec::<String>::new());
}

/// "To customize the response, your Lambda function should return a response with" `statusCode`; without one the gateway assumes that it
/// succeeded: "`isBase64Encoded` is `false`", "`statusCode` is `200`", "`content-type` is `application/json`", "`body` is the function's
/// response".
#[test]
fn an_answer_without_a_status_is_the_body() {
    for returned in [
        r#"{"message":"hi"}"#,
        r#""hi""#,
        "[1,2]",
        "7",
        "true",
        r#"{"b": 1, "a": 2}"#,
        r#"{"body":"x","isBase64Encoded":true}"#,
    ] {
        let found = answer(returned.as_bytes()).unwrap();
        assert_eq!((found.status, found.headers["content-type"].as_str()), (200, "application/json"));
        assert_eq!(String::from_utf8(found.body).unwrap(), returned);
    }
}

/// An answer says by `isBase64Encoded` that its body is binary ("Lambda function response format").
#[test]
fn a_body_is_decoded_where_the_answer_says_so() {
    for (returned, body) in [
        (r#"{"statusCode":200,"body":"iVBO","isBase64Encoded":true}"#, b"\x89PN".as_slice()),
        (r#"{"statusCode":200,"body":"iVBO","isBase64Encoded":false}"#, b"iVBO"),
        (r#"{"statusCode":200,"body":"iVBO"}"#, b"iVBO"),
        (r#"{"statusCode":200,"body":"","isBase64Encoded":true}"#, b""),
    ] {
        assert_eq!(answer(returned.as_bytes()).unwrap().body, body, "{returned}");
    }
}

#[test]
fn only_text_travels_as_text() {
    for (kind, body, expect, is_encoded) in [
        ("application/json", b"{}".as_slice(), "{}", false),
        ("application/json; charset=utf-8", b"{}", "{}", false),
        ("application/problem+json", b"{}", "{}", false),
        ("TEXT/plain", b"a", "a", false),
        ("image/svg+xml", b"<a/>", "<a/>", false),
        ("image/png", b"\x89", "iQ==", true),
        ("application/x-www-form-urlencoded", b"a=1", "YT0x", true),
        ("application/json", b"\xff", "/w==", true),
        ("", b"a", "YQ==", true),
    ] {
        let event = made("POST", "/a/b", &[("content-type", kind)], body);
        let found = (event["body"].as_str(), event["isBase64Encoded"].as_bool());
        assert_eq!(found, (Some(expect), Some(is_encoded)), "{kind}");
        assert_eq!(event["headers"]["content-length"], json!(body.len().to_string()));
    }
}

#[test]
fn answers_are_what_the_function_returned() {
    let answered = |returned: &str| match answer(returned.as_bytes()) {
        Ok(answer) => (answer.status, String::from_utf8(answer.body).unwrap()),
        Err(why) => (500, why),
    };
    let full = br#"{"statusCode":201,"headers":{"A":"b","N":1},"cookies":["c=1","d=2"],"body":"iQ==","isBase64Encoded":true}"#;
    let found = answer(full).unwrap();
    assert_eq!((found.status, found.body), (201, vec![0x89]));
    assert_eq!(found.cookies, ["c=1", "d=2"]);
    assert_eq!(found.headers, BTreeMap::from([("a".into(), "b".into()), ("n".into(), "1".into())]));
    for (returned, status, body) in [
        (r#"{"statusCode":204}"#, 204, ""),
        (r#"{"statusCode":"404","body":null}"#, 404, ""),
        (r#"{"statusCode":200,"body":"x"}"#, 200, "x"),
        (r#"{"a":1}"#, 200, r#"{"a":1}"#),
        (r#""text""#, 200, r#""text""#),
        (r#"{"statusCode":"x"}"#, 500, r#"it returned the status "x""#),
        (r#"{"statusCode":9}"#, 500, "it returned the status 9"),
        (r#"{"statusCode":70000}"#, 500, "it returned the status 70000"),
        (r#"{"statusCode":101}"#, 500, "it returned the status 101"),
        (r#"{"statusCode":200,"headers":{"a b":"c"}}"#, 500, "it returned the header `a b: c`"),
        (r#"{"statusCode":200,"cookies":["a\nb"]}"#, 500, "it returned the cookie `a\nb`"),
    ] {
        assert_eq!(answered(returned), (status, body.to_string()), "{returned}");
    }
    for (returned, why) in [
        (r#"{"statusCode":200,"body":"!","isBase64Encoded":true}"#, "it returned a body that is no base64"),
        ("not JSON", "it returned no JSON"),
        ("", "it returned no JSON"),
    ] {
        let found = answered(returned);
        assert!(found.0 == 500 && found.1.starts_with(why), "{returned}: {found:?}");
    }
    assert_eq!(answer(br#"{"a":1}"#).unwrap().headers["content-type"], "application/json");
}
