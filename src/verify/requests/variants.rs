//! Forms of a path, a body and headers that are almost right.

use std::collections::BTreeMap;

/// What Axum takes of a body where nothing else is said.
pub(super) const LIMIT: usize = 2 * 1024 * 1024;
pub(super) const JSON: (&str, &str) = ("content-type", "application/json");

type Headers = Vec<(String, String)>;

pub(super) fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect()
}

pub(super) fn is_credential(name: &str) -> bool {
    name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("cookie")
}

/// A path with one of its segments replaced.
fn with(parts: &[&str], at: usize, part: &str) -> String {
    let mut parts = parts.to_vec();
    parts[at] = part;
    parts.join("/")
}

/// What is almost a path: slashes, encodings, case and queries. `example` is the path with values.
pub(super) fn near(path: &str, example: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = example.split('/').collect();
    let mut all: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, target: String| all.push((name.to_string(), target));
    add("as it is", example.to_string());
    if example == "/" {
        add("an empty query", "/?".to_string());
        add("a query", "/?limit=1&q=%20a".to_string());
        return all;
    }
    add("a slash at the end", format!("{example}/"));
    add("two slashes at the end", format!("{example}//"));
    add("two slashes in front", format!("/{example}"));
    for at in 2..parts.len() {
        let (before, after) = parts.split_at(at);
        add("two slashes inside", format!("{}//{}", before.join("/"), after.join("/")));
    }
    for (at, part) in path.split('/').enumerate().filter(|(at, _)| *at < parts.len()) {
        if !part.starts_with('{') {
            continue;
        }
        for (name, value) in [
            ("an encoded slash", "a%2Fb"),
            ("encoded text", "a%20b%2Bc+d"),
            ("accents", "%C5%81%C3%B3d%C5%BA"),
            ("no UTF-8", "%FF%FE"),
            ("an encoded percent sign", "50%25"),
            ("a name of the API", path.split('/').nth(1).unwrap_or_default()),
            ("a number", "7"),
            ("a negative number", "-1"),
        ] {
            if !value.contains('{') && !value.is_empty() {
                add(&format!("{name} for {part}"), with(&parts, at, value));
            }
        }
    }
    for at in (1..parts.len())
        .filter(|at| parts[*at].is_ascii() && !parts[*at].is_empty() && !parts[*at].starts_with('%'))
    {
        let encoded = format!("%{:02x}{}", parts[at].as_bytes()[0], &parts[at][1..]);
        add("an encoded letter", with(&parts, at, &encoded));
    }
    add("one segment more", format!("{example}/extra"));
    add("one encoded segment more", format!("{example}%2Fextra"));
    add("upper case", example.to_uppercase());
    add("a parameter in the path", format!("{example};v=1"));
    add("an empty query", format!("{example}?"));
    add("a query", format!("{example}?limit=1&limit=2&category=&q=%20a+b%2F%3F&flag"));
    add("a query that is no UTF-8", format!("{example}?category=%FF"));
    all
}

/// An empty segment where a route has a parameter.
pub(super) fn empty_segments(path: &str, example: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = example.split('/').collect();
    let parameters =
        path.split('/').enumerate().filter(|(at, part)| part.starts_with('{') && *at < parts.len());
    parameters.map(|(at, part)| (format!("nothing for {part}"), with(&parts, at, ""))).collect()
}

/// Paths that `lambda_http` changes, as a browser would, before the application sees them.
pub(super) fn rewritten(path: &str, example: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut add = |name: String, target: String| all.push((name, target));
    for (name, target) in [
        ("a dot segment in front", format!("/.{example}")),
        ("up and down again", format!("/nowhere/..{example}")),
        ("up at the end", format!("{example}/..")),
        ("an encoded dot segment", format!("/nowhere/%2e%2e{example}")),
        ("an encoded question mark at the end", format!("{example}%3Fa=1")),
        ("an encoded hash at the end", format!("{example}%23a")),
        ("an encoded backslash", format!("{example}%5Cextra")),
        ("an encoded space at the end", format!("{example}%20")),
        ("an encoded tab at the end", format!("{example}%09")),
    ] {
        add(name.to_string(), target);
    }
    let parts: Vec<&str> = example.split('/').collect();
    for (at, part) in
        path.split('/').enumerate().filter(|(at, part)| part.starts_with('{') && *at < parts.len())
    {
        for value in ["x%3F", "x%23", "..", "."] {
            add(format!("`{value}` for {part}"), with(&parts, at, value));
        }
    }
    all
}

/// Bodies with their content types. `good` is one that suits the route.
pub(super) fn bodies(good: &[u8]) -> Vec<(&'static str, Headers, Vec<u8>)> {
    let json = || headers(&[JSON]);
    let of = |kind: &str| headers(&[("content-type", kind)]);
    let padded = |length: usize| {
        let mut body = good.to_vec();
        body.resize(length.max(good.len()), b' ');
        body
    };
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n";
    vec![
        ("no body", json(), Vec::new()),
        ("broken JSON", json(), b"{\"".to_vec()),
        ("another JSON type", json(), b"[]".to_vec()),
        ("null", json(), b"null".to_vec()),
        ("an empty object", json(), b"{}".to_vec()),
        ("something behind the JSON", json(), [good, b" x"].concat()),
        ("no UTF-8", json(), b"{\"name\": \"\xff\"}".to_vec()),
        ("a charset", of("application/json; charset=utf-8"), good.to_vec()),
        ("another JSON content type", of("application/problem+json"), good.to_vec()),
        ("no content type", Headers::new(), good.to_vec()),
        ("text", of("text/plain"), good.to_vec()),
        ("a form", of("application/x-www-form-urlencoded"), b"a=1&b=2".to_vec()),
        ("a form in parts", of("multipart/form-data; boundary=x"), multipart.as_bytes().to_vec()),
        ("an image", of("image/png"), b"\x89PNG\r\n\x1a\n".to_vec()),
        ("as large as allowed", json(), padded(LIMIT)),
        ("one byte too large", json(), padded(LIMIT + 1)),
    ]
}

/// Headers that are unusual or wrong in some way.
pub(super) fn of_headers(identities: &BTreeMap<String, Headers>) -> Vec<(String, Headers)> {
    let mut all: Vec<(String, Headers)> = Vec::new();
    let mut add = |name: String, pairs: &[(&str, &str)]| all.push((name, headers(pairs)));
    add("an origin".into(), &[("origin", "https://elsewhere.example.com")]);
    add("what it accepts".into(), &[("accept", "text/html"), ("accept-language", "pl")]);
    add("encodings and ranges".into(), &[("accept-encoding", "gzip, br"), ("range", "bytes=0-3")]);
    add(
        "conditions".into(),
        &[("if-none-match", "*"), ("if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT")],
    );
    add(
        "a header twice".into(),
        &[("x-twice", "1"), ("X-Twice", "2"), ("x-forwarded-host", "other.example.com")],
    );
    for value in ["", "Bearer", "Bearer ", "Basic YTpi", "bearer unknown", "Bearer unknown", "Bearer a b"] {
        add(format!("authorization `{value}`"), &[("authorization", value)]);
    }
    for value in ["session=", "session=unknown", "a=1; b=2; a=3", "broken"] {
        add(format!("cookie `{value}`"), &[("cookie", value)]);
    }
    for (name, own) in identities {
        for (key, value) in own.iter().filter(|(key, _)| key.eq_ignore_ascii_case("authorization")) {
            let token = value.rsplit(' ').next().unwrap_or_default();
            add(
                format!("the token of {name} as a cookie"),
                &[("cookie", &format!("theme=dark; session={token}"))],
            );
            add(format!("authorization twice, {name} first"), &[(key, value), (key, "Bearer unknown")]);
            add(format!("{name} in another case"), &[(key, &value.to_lowercase())]);
        }
        for (key, value) in own.iter().filter(|(key, _)| key.eq_ignore_ascii_case("cookie")) {
            add(format!("two cookie headers of {name}"), &[("cookie", "theme=dark"), (key, value)]);
        }
    }
    all
}

/// What a browser asks first, with parts missing.
pub(super) fn preflights(methods: &[&str]) -> Vec<(String, Headers)> {
    let origin = ("origin", "https://elsewhere.example.com");
    let mut all = vec![
        ("OPTIONS without an origin".to_string(), Headers::new()),
        ("OPTIONS with an origin only".to_string(), headers(&[origin])),
    ];
    for method in methods.iter().chain(&["PATCH"]) {
        let asked = headers(&[
            origin,
            ("access-control-request-method", method),
            ("access-control-request-headers", "authorization,content-type"),
        ]);
        all.push((format!("a preflight of {method}"), asked));
    }
    all
}
