//! The model against AWS's documentation: each table names the page and section that says so.

use super::*;
use crate::deployed::{DeployedKey, Leads};

/// Page of the API Gateway developer guide, and section.
const ROUTING: &str = "Create routes for HTTP APIs: Routing API requests";
const VARIABLES: &str = "Create routes for HTTP APIs: Working with path variables";
const DEFAULT: &str = "Create routes for HTTP APIs: Working with the $default route";
const METHODS: &str = "Create routes for HTTP APIs: introduction";
const DECODING: &str = "Create routes for HTTP APIs: note on URL-encoded request parameters";
const QUERIES: &str = "Create routes for HTTP APIs: Working with query string parameters";
/// Nothing says it: what reports of users say most often, and what `Matching` chooses.
const OPEN: &str = "not documented";

/// Keys of one API, and what takes each request: `KEY name=value ..`, or `404`.
struct Table {
    source: &'static str,
    keys: &'static [&'static str],
    matching: Matching,
    cases: &'static [(&'static str, &'static str)],
}

/// The keys of the example, with one more method and `$default`.
const EXAMPLE: &[&str] = &[
    "GET /pets/dog/1",
    "GET /pets/dog/{id}",
    "GET /pets/{proxy+}",
    "ANY /{proxy+}",
    "PUT /pets/dog/{id}",
    "$default",
];

const TABLES: &[Table] = &[
    // The most specific match: a full match of route and method, a match of route and method with a greedy variable, `$default`.
    Table {
        source: ROUTING,
        keys: EXAMPLE,
        matching: Matching::STRICT,
        cases: &[
            ("GET /pets/dog/1", "GET /pets/dog/1"),
            ("GET /pets/dog/2", "GET /pets/dog/{id} id=2"),
            ("GET /pets/cat/1", "GET /pets/{proxy+} proxy=cat/1"),
            ("POST /test/5", "ANY /{proxy+} proxy=test/5"),
            ("GET /pets/dog", "GET /pets/{proxy+} proxy=dog"),
            ("GET /pets", "ANY /{proxy+} proxy=pets"),
            ("PUT /pets/dog/1", "PUT /pets/dog/{id} id=1"),
            ("DELETE /pets/dog/1", "ANY /{proxy+} proxy=pets/dog/1"),
            ("POST /", "$default"),
            ("GET /", "$default"),
        ],
    },
    // A match has to be one of route and method: what Axum answers with 405 may be taken by another route.
    Table {
        source: ROUTING,
        keys: &["GET /users/me", "DELETE /users/{id}", "PUT /users/me/{part}", "ANY /users/{id}/{part}"],
        matching: Matching::STRICT,
        cases: &[
            ("GET /users/me", "GET /users/me"),
            ("DELETE /users/me", "DELETE /users/{id} id=me"),
            ("GET /users/7", "404"),
            ("PUT /users/me/name", "PUT /users/me/{part} part=name"),
            ("GET /users/me/name", "ANY /users/{id}/{part} id=me part=name"),
        ],
    },
    // "If no routes match a request, API Gateway sends the request to the `$default` route"; without one it answers 404.
    Table {
        source: DEFAULT,
        keys: &["GET /a", "POST /a/{b}", "$default"],
        matching: Matching::STRICT,
        cases: &[
            ("POST /a", "$default"),
            ("GET /a/1", "$default"),
            ("GET /b", "$default"),
            ("OPTIONS /a", "$default"),
            ("HEAD /a", "$default"),
            ("PURGE /a", "$default"),
        ],
    },
    Table {
        source: ROUTING,
        keys: &["GET /a", "POST /a/{b}"],
        matching: Matching::STRICT,
        cases: &[
            ("POST /a", "404"),
            ("GET /a/1", "404"),
            ("GET /b", "404"),
            ("OPTIONS /a", "404"),
            ("HEAD /a", "404"),
            ("PURGE /a", "404"),
        ],
    },
    // An API with only a `$default` route gets every path.
    Table {
        source: DEFAULT,
        keys: &["$default"],
        matching: Matching::STRICT,
        cases: &[("GET /store/checkout", "$default"), ("POST /", "$default"), ("HEAD /a//b/", "$default")],
    },
    // A variable takes the whole of one segment.
    Table {
        source: VARIABLES,
        keys: &["GET /pets/{petID}", "GET /pets/{petID}/toys/{toyID}"],
        matching: Matching::STRICT,
        cases: &[
            ("GET /pets/6", "GET /pets/{petID} petID=6"),
            ("GET /pets", "404"),
            ("GET /pets/6/7", "404"),
            ("GET /pets/6/toys/ball", "GET /pets/{petID}/toys/{toyID} petID=6 toyID=ball"),
        ],
    },
    // "A greedy path variable catches all child resources of a route": at least one child, and only at the end.
    Table {
        source: VARIABLES,
        keys: &["GET /files/{path+}", "GET /{proxy+}"],
        matching: Matching::STRICT,
        cases: &[
            ("GET /files/a", "GET /files/{path+} path=a"),
            ("GET /files/a/b/c", "GET /files/{path+} path=a/b/c"),
            ("GET /files", "GET /{proxy+} proxy=files"),
            ("GET /", "404"),
        ],
    },
    // `ANY` matches the methods that have no key.
    Table {
        source: METHODS,
        keys: &["ANY /a", "GET /a", "ANY /b/{c}"],
        matching: Matching::STRICT,
        cases: &[
            ("GET /a", "GET /a"),
            ("POST /a", "ANY /a"),
            ("HEAD /a", "ANY /a"),
            ("FOO /a", "ANY /a"),
            ("DELETE /b/1", "ANY /b/{c} c=1"),
            ("OPTIONS /b/1", "ANY /b/{c} c=1"),
        ],
    },
    // HEAD is a method like any other: a key for GET does not take it.
    Table {
        source: METHODS,
        keys: &["GET /a", "HEAD /a", "GET /b"],
        matching: Matching::STRICT,
        cases: &[("HEAD /a", "HEAD /a"), ("HEAD /b", "404"), ("GET /a", "GET /a")],
    },
    // "API Gateway decodes URL-encoded request parameters before passing them to your backend integration."
    Table {
        source: DECODING,
        keys: EXAMPLE,
        matching: Matching::STRICT,
        cases: &[
            ("GET /pets/dog/a%20b", "GET /pets/dog/{id} id=a b"),
            ("GET /pets/dog/a+b", "GET /pets/dog/{id} id=a+b"),
            ("GET /pets/dog/%C5%82", "GET /pets/dog/{id} id=ł"),
            ("GET /pets/dog/50%25", "GET /pets/dog/{id} id=50%"),
            ("GET /pets/dog/%2541", "GET /pets/dog/{id} id=%41"),
        ],
    },
    // Literals before variables, from the left; a whole key before a greedy one.
    Table {
        source: OPEN,
        keys: &["GET /{a}/x", "GET /u/{b}", "GET /{a}/{b}", "GET /u/x"],
        matching: Matching::STRICT,
        cases: &[
            ("GET /u/x", "GET /u/x"),
            ("GET /u/y", "GET /u/{b} b=y"),
            ("GET /v/x", "GET /{a}/x a=v"),
            ("GET /v/y", "GET /{a}/{b} a=v b=y"),
            ("GET /U/x", "GET /{a}/x a=U"),
            ("GET /u", "404"),
            ("GET /u/x/y", "404"),
        ],
    },
    Table {
        source: OPEN,
        keys: &["GET /u/me/{rest+}", "GET /{a}/{b}/{c}"],
        matching: Matching::STRICT,
        cases: &[
            ("GET /u/me/x", "GET /{a}/{b}/{c} a=u b=me c=x"),
            ("GET /u/me/x/y", "GET /u/me/{rest+} rest=x/y"),
        ],
    },
    // Whether matching sees the path before or after decoding.
    Table {
        source: OPEN,
        keys: EXAMPLE,
        matching: Matching::STRICT,
        cases: &[
            ("GET /pets%2Fdog%2F7", "GET /pets/dog/{id} id=7"),
            ("GET /pets/dog/%31", "GET /pets/dog/1"),
            ("GET /pets/dog/%FF", "GET /pets/dog/{id} id=\u{fffd}"),
            ("GET /pets/dog/%", "GET /pets/dog/{id} id=%"),
            ("GET /pets/dog/%zz", "GET /pets/dog/{id} id=%zz"),
        ],
    },
    Table {
        source: OPEN,
        keys: EXAMPLE,
        matching: Matching::ENCODED,
        cases: &[
            ("GET /pets/dog%2F7", "GET /pets/{proxy+} proxy=dog/7"),
            ("GET /pets/dog/a%2Fb", "GET /pets/dog/{id} id=a/b"),
            ("GET /pets/dog/%31", "GET /pets/dog/{id} id=1"),
            ("GET /pets/dog/%2541", "GET /pets/dog/{id} id=%41"),
        ],
    },
    // Whether a slash at the end counts, and whether an empty segment fills a variable.
    Table {
        source: OPEN,
        keys: EXAMPLE,
        matching: Matching::STRICT,
        cases: &[
            ("GET /pets/dog/1/", "GET /pets/{proxy+} proxy=dog/1/"),
            ("PUT /pets/dog/", "ANY /{proxy+} proxy=pets/dog/"),
            ("GET //", "ANY /{proxy+} proxy=/"),
        ],
    },
    Table {
        source: OPEN,
        keys: &["GET /files/{path+}", "GET /{proxy+}"],
        matching: Matching::STRICT,
        cases: &[
            ("GET /files/", "GET /{proxy+} proxy=files/"),
            ("GET /files//a", "GET /files/{path+} path=/a"),
        ],
    },
    Table {
        source: OPEN,
        keys: EXAMPLE,
        matching: Matching::LENIENT,
        cases: &[
            ("GET /pets/dog/1/", "GET /pets/dog/1"),
            ("GET /pets//1", "GET /pets/{proxy+} proxy=/1"),
            ("PUT /pets/dog//", "PUT /pets/dog/{id} id="),
            ("GET /", "$default"),
        ],
    },
];

fn gateway(keys: &[&str], matching: Matching) -> Gateway {
    let route = |(at, text): (usize, &&str)| {
        let (method, path) =
            text.split_once(' ').map_or(("ANY", None), |(method, path)| (method, Some(path)));
        let key = DeployedKey { method: method.into(), path: path.map(ToString::to_string) };
        Route { key, leads: Leads::Function(at) }
    };
    Gateway::new(keys.iter().enumerate().map(route).collect(), matching)
}

fn shown(gateway: &Gateway, request: &str) -> String {
    let (method, path) = request.split_once(' ').expect("a method and a path");
    let Some(chosen) = gateway.choose(method, path) else { return "404".to_string() };
    let values: Vec<String> =
        chosen.parameters.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    format!("{}{}", chosen.route.key, values.concat())
}

#[test]
fn a_request_is_taken_by_the_key_that_the_documentation_says() {
    for Table { source, keys, matching, cases } in TABLES {
        let forwards = gateway(keys, *matching);
        // Keys have no order of their own.
        let reversed: Vec<&str> = keys.iter().rev().copied().collect();
        let backwards = gateway(&reversed, *matching);
        for (request, expect) in *cases {
            assert_eq!(shown(&forwards, request), *expect, "{request} of {keys:?}: {source}");
            assert_eq!(shown(&backwards, request), *expect, "{request} of {reversed:?}: {source}");
        }
    }
}

/// The query takes no part in it.
#[test]
fn a_query_is_no_part_of_the_path() {
    let request =
        crate::verify::event::Request { target: "/pets?id=4&type=dog".into(), ..Default::default() };
    let gateway = gateway(&["GET /pets"], Matching::STRICT);
    assert_eq!(shown(&gateway, &format!("GET {}", request.path())), "GET /pets", "{QUERIES}");
}
