//! `verify --run` with programs that answer what a file says (`examples/probe.rs`): each way in which a split may answer otherwise is
//! reported as what it is.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};

use serde_json::{Value, json};

use crate::program::{Run, example, run};

const ITEMS: &str = "samples/items";

/// The requests that have a target among them: those of its methods.
fn group_of(target: &str) -> &'static str {
    match target {
        "/items" => "methods of /items",
        _ => "paths that no route has",
    }
}

/// A split of a sample, whose programs are probes.
pub(crate) struct Split {
    pub(crate) folder: tempfile::TempDir,
    answers: BTreeMap<&'static str, Value>,
}

/// What the program answers, and each function but for stubs.
pub(crate) fn whole() -> Value {
    let json = json!({ "content-type": "application/json" });
    json!({
        "GET /items": {"statusCode": 200, "headers": json, "cookies": ["seen=1; Path=/"], "body": r#"[{"id": "lamp"}]"#},
        "HEAD /items": {"statusCode": 200, "headers": json},
        "POST /items": {"statusCode": 201, "headers": json, "body": r#"{"id": "sofa"}"#, "limit": 2_097_152},
        "GET /items/lamp": {"statusCode": 200, "headers": json, "body": r#"{"id": "lamp", "quantity": 1}"#},
        "*": {"statusCode": 404, "headers": {"allow": "GET,HEAD"}, "body": ""},
    })
}

pub(crate) const MONOLITH: &str = "items";
pub(crate) const GET_ITEMS: &str = "get-items";
pub(crate) const POST_ITEMS: &str = "post-items";
pub(crate) const GET_ITEM: &str = "get-items-id";

impl Split {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let out = folder.path().join("out");
        assert_eq!(run(ITEMS, "generate", &["--quiet"], Some(&out)).exit, 0);
        fs::create_dir(folder.path().join("bin")).expect("a new folder");
        let names = [MONOLITH, GET_ITEMS, POST_ITEMS, GET_ITEM, "put-items-id", "delete-items-id", "edge"];
        Self { folder, answers: names.into_iter().map(|name| (name, whole())).collect() }
    }

    /// One function answers otherwise.
    pub(crate) fn with(mut self, function: &'static str, request: &str, answer: Value) -> Self {
        self.answers.get_mut(function).expect("a function of the sample")[request] = answer;
        self
    }

    /// The program and all functions.
    pub(crate) fn everywhere(mut self, request: &str, answer: &Value) -> Self {
        self.answers.values_mut().for_each(|answers| answers[request] = answer.clone());
        self
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a file can be written");
        path.to_string_lossy().into_owned()
    }

    pub(crate) fn verify(&self, arguments: &[&str]) -> Run {
        let all = self.arguments(arguments);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        run(ITEMS, "verify", &all, Some(&self.folder.path().join("out")))
    }

    /// Puts the programs in their place; what to run both with.
    pub(crate) fn arguments(&self, arguments: &[&str]) -> Vec<String> {
        let bin = self.folder.path().join("bin");
        for (name, answers) in &self.answers {
            let program = bin.join(name);
            if !program.exists() {
                fs::copy(example("probe"), &program).expect("the probe is built");
            }
            fs::write(program.with_extension("json"), answers.to_string()).expect("a file can be written");
        }
        let (bin, monolith) = (bin.to_string_lossy(), bin.join(MONOLITH).to_string_lossy().into_owned());
        let logs = self.folder.path().join("logs").to_string_lossy().into_owned();
        let fixed = ["--run", "--bin-dir", &bin, "--monolith", &monolith, "--logs", &logs];
        let fixed = fixed.into_iter().chain(["--parameter", "ItemsTable=items"]);
        fixed.chain(arguments.iter().copied()).map(str::to_string).collect()
    }

    /// What the JSON says of the first difference that has a certain cause: `kind`, and the parts that differ.
    #[track_caller]
    fn check(&self, kind: &str, target: &str, parts: &[&str], cause: &str) {
        let verified = self.verify(&["--format", "json", "--only", group_of(target)]);
        assert_eq!(verified.exit, 5, "{}{}", verified.stdout, verified.stderr);
        let evidence: Value = serde_json::from_str(&verified.stdout).expect("JSON");
        let found = evidence["answers"]["differences"].as_array().expect("a list");
        let found =
            found.iter().find(|difference| difference["kind"] == kind && difference["target"] == target);
        let found = found.unwrap_or_else(|| panic!("no {kind} at {target}: {}", evidence["answers"]));
        let own: Vec<&str> = found["parts"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|part| part["what"].as_str())
            .collect();
        assert_eq!(own, parts, "{found}");
        assert!(found["cause"].as_str().expect("a text").contains(cause), "{found}");
    }
}

pub(crate) fn text_of(run: &Run) -> String {
    format!("{}{}", run.stdout, run.stderr)
}

#[test]
fn the_same_answers_are_the_same() {
    let verified = Split::new().verify(&[]);
    assert_eq!(verified.exit, 0, "{}", text_of(&verified));
    assert!(verified.stdout.contains("ok      answers are the same: "), "{}", verified.stdout);
    assert!(verified.stdout.contains(" 0 different\n"), "{}", verified.stdout);
    // The probe has no items of these.
    assert!(verified.stdout.contains("    no success with  PUT /items/{id}\n"), "{}", verified.stdout);
}

#[test]
fn evidence_is_written_to_files() {
    let split = Split::new().with(GET_ITEMS, "GET /items", json!({"statusCode": 401}));
    let [page, document] = ["evidence.html", "evidence.json"].map(|name| split.folder.path().join(name));
    let arguments = [&page, &document].map(|file| file.to_string_lossy().into_owned());
    let verified = split.verify(&[
        "--format",
        "json",
        "--only",
        "methods of /items",
        "--report",
        &arguments[0],
        "--report",
        &arguments[1],
    ]);
    assert_eq!(verified.exit, 5, "{}", text_of(&verified));
    assert_eq!(fs::read_to_string(document).expect("it is written"), verified.stdout);
    let page = fs::read_to_string(page).expect("it is written");
    assert!(page.contains("<h1>items 0.1.0: <span class=\"bad\">differs</span></h1>"), "{page}");
    assert!(page.contains("who may ask"), "{page}");
    let evidence = json_of(&verified);
    assert_eq!(evidence["workspace"].as_str().map(str::len), Some(64));
    let groups = evidence["answers"]["groups"].as_array().expect("a list");
    let sent: u64 = groups.iter().filter_map(|group| group["requests"].as_u64()).sum();
    assert_eq!(Some(sent), evidence["answers"]["requests"].as_u64());
}

#[test]
fn another_status() {
    let split = Split::new().with(GET_ITEMS, "GET /items", json!({"statusCode": 401}));
    split.check("status", "/items", &["status", "header content-type", "cookies", "body"], "who may ask");
    let split = Split::new().with(GET_ITEMS, "GET /items", json!({"statusCode": 404}));
    split.check("status", "/items", &["status", "header content-type", "cookies", "body"], "knows no route");
}

#[test]
fn a_header_that_is_lost_or_new_or_changed() {
    let mut answer = whole()["HEAD /items"].clone();
    answer["headers"] = json!({});
    let split = Split::new().with(GET_ITEMS, "HEAD /items", answer.clone());
    split.check("header", "/items", &["header content-type"], "lost what sets the header content-type");
    answer["headers"] = json!({"content-type": "application/json", "x-more": "1"});
    let split = Split::new().with(GET_ITEMS, "HEAD /items", answer.clone());
    split.check("header", "/items", &["header x-more"], "something more that sets the header x-more");
    answer["headers"] = json!({"content-type": "text/plain"});
    let split = Split::new().with(GET_ITEMS, "HEAD /items", answer);
    split.check("header", "/items", &["header content-type"], "the order of the layers");
}

#[test]
fn methods_that_a_function_does_not_know() {
    let answer = json!({"statusCode": 404, "headers": {"allow": "GET"}, "body": ""});
    let split = Split::new().with("edge", "*", answer);
    split.check("header", "/nowhere", &["header allow"], "does not know all methods of the path");
}

#[test]
fn a_cookie_that_is_lost() {
    let mut answer = whole()["GET /items"].clone();
    answer["cookies"] = json!([]);
    let split = Split::new().with(GET_ITEMS, "GET /items", answer);
    split.check("header", "/items", &["cookies"], "lost what sets the cookies");
}

#[test]
fn another_body() {
    let mut answer = whole()["GET /items/lamp"].clone();
    answer["body"] = json!(r#"{"id": "lamp", "quantity": 2}"#);
    let split = Split::new().with(GET_ITEM, "GET /items/lamp", answer);
    let file = split
        .file("requests.json", r#"{"requests": [{"name": "one", "method": "GET", "path": "/items/lamp"}]}"#);
    let verified = split.verify(&["--requests", &file, "--only", &file]);
    assert_eq!(verified.exit, 5, "{}", text_of(&verified));
    for line in [
        "  request       GET /items/lamp\n",
        "  answered by   GetItemsIdFunction, by the key `GET /items/{id}`\n",
        "-   \"quantity\": 1\n",
        "+   \"quantity\": 2\n",
        "  again         curl --include --path-as-is 'http://127.0.0.1:3000/items/lamp'\n",
    ] {
        assert!(verified.stdout.contains(line), "{line:?} is not said:\n{}", verified.stdout);
    }
}

#[test]
fn a_smaller_limit_for_bodies() {
    let mut answer = whole()["POST /items"].clone();
    answer["limit"] = json!(1000);
    let split = Split::new().with(POST_ITEMS, "POST /items", answer);
    let verified = split.verify(&["--format", "json", "--only", "bodies of /items"]);
    let found = json_of(&verified)["answers"]["differences"].clone();
    let found = found.as_array().expect("a list").iter().find(|found| found["step"] == "as large as allowed");
    let cause = found.expect("it is refused")["cause"].as_str().expect("a text");
    assert!(cause.contains("the limit for bodies"), "{cause}");
}

/// A single group has the same requests as in a whole run: examples are taken from all that is given.
#[test]
fn a_group_alone_is_made_from_the_same_examples() {
    let mut answer = whole()["POST /items"].clone();
    answer["limit"] = json!(1000);
    let split = Split::new().with(POST_ITEMS, "POST /items", answer);
    let scenario = json!({
        "identities": {"ada": {"authorization": "Bearer ada-1"}},
        "requests": [{"name": "create", "method": "POST", "path": "/items", "as": "ada", "json": {"id": "sofa"}}],
    });
    let file = split.file("requests.json", &scenario.to_string());
    let verified = split.verify(&["--format", "json", "--requests", &file, "--only", "bodies of /items"]);
    let answers = json_of(&verified)["answers"].clone();
    let curl = answers["differences"][0]["curl"].as_str().expect("a text");
    assert!(curl.contains("authorization: Bearer ada-1"), "{curl}");
    let groups: Vec<&str> =
        answers["groups"].as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(groups, ["bodies of /items", "bodies of /items/{id}"]);
}

#[test]
fn a_stub_that_answers() {
    let stub = json!({"statusCode": 500, "prints": "misrouted: GET /items belongs to another function"});
    let split = Split::new().with(GET_ITEMS, "GET /items", stub.clone());
    split.check(
        "misrouted",
        "/items",
        &["status", "header content-type", "cookies", "body"],
        "has a stub for `GET /items`",
    );
    // Also where the program fails in the same way.
    let split = Split::new().everywhere("GET /items", &json!({"statusCode": 500})).with(
        GET_ITEMS,
        "GET /items",
        stub,
    );
    let verified = split.verify(&["--only", "methods of /items"]);
    assert_eq!(verified.exit, 5, "{}", text_of(&verified));
    assert!(verified.stdout.contains("0 different\n"), "{}", verified.stdout);
    assert!(
        verified.stdout.contains("GetItemsFunction: misrouted: GET /items belongs"),
        "{}",
        verified.stdout
    );
}

#[test]
fn a_function_that_crashes() {
    let crash = json!({"exits": 3, "prints": "thread 'main' panicked at src/main.rs:7:5:"});
    let split = Split::new().with(GET_ITEMS, "GET /items", crash);
    let parts = ["status", "cookies", "body"];
    split.check(
        "failed",
        "/items",
        &parts,
        "it ended (exit status: 3) before it answered; it thread 'main' panicked at",
    );
    let no_variable = json!({"exits": 1, "prints": "Error: environment variable not found"});
    let split = Split::new().with(GET_ITEMS, "GET /items", no_variable);
    split.check("failed", "/items", &parts, "a variable is missing");
}

#[test]
fn a_key_that_leads_nowhere() {
    let split = Split::new();
    let template = split.folder.path().join("out/template.yaml");
    let text = fs::read_to_string(&template).expect("a template");
    // Without `$default`, what no key takes is answered by the gateway.
    let start = text.find("          /$default:").expect("the template has one");
    let end = text[start..].find("\n\n").expect("it ends") + start;
    let without = format!("{}          {{}}{}", &text[..start], &text[end..]);
    fs::write(&template, without).expect("a file can be written");
    split.check(
        "no-key",
        "/nowhere",
        &["header allow", "header content-type", "body"],
        "no key of the gateway",
    );
}

#[test]
fn what_the_program_answers_otherwise_each_time_has_to_be_declared() {
    let answer =
        json!({"statusCode": 200, "headers": {"x-process": "1"}, "body": r#"{"items": [{"id": "{pid}"}]}"#});
    let split = Split::new().everywhere("GET /items", &answer);
    split.check("volatile", "/items", &["body"], "--volatile 'json:/items/*/id'");
    let verified = split.verify(&["--only", "methods of /items", "--volatile", "json:/items/*/id"]);
    assert_eq!(verified.exit, 0, "{}", text_of(&verified));
    assert!(verified.stdout.contains("may differ  json:/items/*/id"), "{}", verified.stdout);
}

/// What one answer gave is sent with the next request, on each side its own.
#[test]
fn values_are_carried_from_answers_to_requests() {
    let created = json!({"statusCode": 201, "headers": {"location": "/items/number-{pid}"}, "body": r#"{"id": "number-{pid}"}"#});
    let split = Split::new().everywhere("POST /items", &created);
    let scenario = r#"{"volatile": ["json:/id"], "requests": [
        {"name": "create", "method": "POST", "path": "/items", "json": {}, "save": {"id": "/id"}},
        {"name": "read", "method": "GET", "path": "/items/${id}", "headers": {"x-id": "${id}"}},
        {"name": "lost", "method": "GET", "path": "/items/${other}"}
    ]}"#;
    let file = split.file("requests.json", scenario);
    let verified = split.verify(&["--requests", &file, "--only", &file, "--format", "json"]);
    let evidence: Value = serde_json::from_str(&verified.stdout).expect("JSON");
    assert_eq!(verified.exit, 0, "{}{}", evidence["answers"], verified.stderr);
    let skipped = &evidence["answers"]["skipped"];
    assert!(
        skipped[0].as_str().is_some_and(|why| why.ends_with("wants `other`, which no answer gave")),
        "{skipped}"
    );
}

/// Memory that routes shared in one process: only requests in a certain order show it, and of these only the ones that it takes are kept.
#[test]
fn a_random_sequence_shows_state_that_is_shared_and_is_made_short() {
    let mut answer = whole()["GET /items"].clone();
    answer["body"] = json!("{posts}");
    let split = Split::new().everywhere("GET /items", &answer);
    let scenario = json!({"requests": [
        {"name": "list", "method": "GET", "path": "/items"},
        {"name": "read", "method": "GET", "path": "/items/lamp"},
        {"name": "create", "method": "POST", "path": "/items", "json": {"id": "sofa"}, "save": {"id": "/id"}},
        {"name": "read what is new", "method": "GET", "path": "/items/${id}"},
    ]});
    let file = split.file("requests.json", &scenario.to_string());
    // In the order of the file nothing is seen.
    let arguments = ["--requests", &file, "--format", "json"];
    let verified = split.verify(&[&arguments[..], &["--only", &file]].concat());
    assert_eq!(verified.exit, 0, "{}", text_of(&verified));

    let random =
        [&arguments[..], &["--only", "sequence ", "--sequences", "6", "--sequence-seed", "3"]].concat();
    let verified = split.verify(&random);
    assert_eq!(verified.exit, 5, "{}", text_of(&verified));
    let answers = json_of(&verified)["answers"].clone();
    let found = &answers["sequences"][0];
    assert_eq!((&found["requests"], &found["is_minimal"]), (&json!(2), &json!(true)), "{found}");
    assert!(found["from"].as_u64() >= Some(20), "{found}");
    let of = |at: usize| {
        let request = &found["scenario"]["requests"][at];
        (request["method"].as_str().expect("a method").to_string(), request["path"].clone())
    };
    assert_eq!(of(0), ("POST".to_string(), json!("/items")));
    assert_eq!(of(1).1, json!("/items"));
    let difference = &answers["differences"][0];
    assert_eq!(difference["kind"], "body", "{difference}");
    assert!(difference["cause"].as_str().is_some_and(|cause| cause.contains("state that was shared")));
    assert_eq!(difference["group"], found["name"]);

    // The same seed finds the same; the file that is shown fails by itself.
    assert_eq!(split.verify(&random).stdout, verified.stdout);
    let kept = split.file("kept.json", &found["scenario"].to_string());
    let verified = split.verify(&["--requests", &kept, "--only", &kept, "--format", "json"]);
    assert_eq!(
        (verified.exit, &json_of(&verified)["answers"]["different"]),
        (5, &json!(1)),
        "{}",
        verified.stdout
    );
    // As text, it is there to be copied.
    let name = found["name"].as_str().expect("a name");
    let text = split
        .verify(&["--requests", &file, "--only", name, "--sequences", "6", "--sequence-seed", "3"])
        .stdout;
    assert!(text.contains(&format!("  {name}: 2 of its ")), "{text}");
    assert!(text.contains("      \"requests\": ["), "{text}");
}

/// Numbers are there, and count what was sent; how large they are says nothing.
#[test]
fn load_is_measured_for_each_function_and_the_program() {
    let split = Split::new();
    let scenario = json!({"requests": [
        {"method": "POST", "path": "/items", "json": {"id": "sofa"}, "save": {"id": "/id"}},
        {"method": "GET", "path": "/items"},
        {"method": "DELETE", "path": "/items/${id}"},
    ]});
    let file = split.file("requests.json", &scenario.to_string());
    let arguments = ["--requests", &file, "--only", &file, "--load", "6", "--at-once", "3"];
    let verified = split.verify(&[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(verified.exit, 0, "{}", text_of(&verified));
    let load = json_of(&verified)["answers"]["load"].clone();
    assert_eq!((&load["rounds"], &load["at_once"]), (&json!(6), &json!(3)));
    // Four a round, with the HEAD of the GET.
    assert_eq!(
        (&load["monolith"]["requests"], &load["monolith"]["failed"]),
        (&json!(24), &json!(0)),
        "{load}"
    );
    let functions = load["functions"].as_array().expect("a list");
    let of =
        |name: &str| functions.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{load}"));
    for (name, requests) in [("PostItemsFunction", 6), ("GetItemsFunction", 12), ("DeleteItemsIdFunction", 6)]
    {
        let function = of(name);
        assert_eq!(function["requests"], json!(requests), "{load}");
        assert_eq!(function["monolith"]["requests"], json!(requests), "{load}");
        assert!(function["starts"].as_u64().is_some_and(|starts| (1..=3).contains(&starts)), "{load}");
        assert!(function["p95_micros"].as_u64() >= function["median_micros"].as_u64(), "{load}");
        #[cfg(target_os = "linux")]
        assert!(function["memory_kb"].as_u64() > Some(100), "{load}");
    }
    let text = split.verify(&arguments).stdout;
    assert!(text.contains("Each file of requests 6 times, 3 at once"), "{text}");
    assert!(text.lines().any(|line| line.trim().starts_with("GetItemsFunction")), "{text}");
}

#[test]
fn recorded_traffic_and_documents_are_sent() {
    let split = Split::new();
    let har = json!({"log": {"entries": [{"request": {
        "method": "GET", "url": "https://api.example.com/items/lamp?x=1", "headers": [{"name": ":authority", "value": "a"}]
    }}]}});
    let lines = "{\"method\": \"POST\", \"path\": \"/items\", \"json\": {\"id\": \"sofa\"}}\n\n\
        {\"version\": \"2.0\", \"rawPath\": \"/items/lamp\", \"rawQueryString\": \"\", \"headers\": {}, \
        \"requestContext\": {\"http\": {\"method\": \"GET\"}}}\n";
    let document = "
openapi: 3.0.0
paths:
  /items/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string, example: lamp}}]
  /items:
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}}
components:
  schemas:
    Item: {type: object, properties: {id: {type: string}, quantity: {type: integer}}}
";
    let files = [
        ("--requests", split.file("traffic.har", &har.to_string())),
        ("--requests", split.file("traffic.jsonl", lines)),
        ("--openapi", split.file("openapi.yaml", document)),
    ];
    for (flag, file) in &files {
        let verified = split.verify(&[flag, file, "--only", file, "--format", "json"]);
        assert_eq!(verified.exit, 0, "{}", text_of(&verified));
        let evidence = json_of(&verified);
        assert!(evidence["answers"]["requests"].as_u64() > Some(0), "{file}");
        // Now it is known how an item is asked for.
        let without = evidence["answers"]["without_success"].to_string();
        assert!(!without.contains("\"GET /items/{id}\""), "{file}: {without}");
    }
}

pub(crate) fn json_of(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).expect("JSON")
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let split = Split::new();
    let said = |arguments: &[&str]| {
        let verified = split.verify(arguments);
        assert_eq!(verified.exit, 2, "{}", text_of(&verified));
        verified.stderr
    };
    for (text, why) in [
        (r#"{"requests": [{"method": "GET"}]}"#, "missing field `path`"),
        (r#"{"requests": [{"method": "GET", "path": "items"}]}"#, "does not start with `/`"),
        (r#"{"requests": [{"method": "GET", "path": "/", "as": "ada"}]}"#, "no identity `ada`"),
        (r#"{"requests": [{"method": "GET", "path": "/", "json": 1, "body": ""}]}"#, "more than one of"),
        (
            r#"{"requests": [{"method": "GET", "path": "/", "save": {"id": "id"}}]}"#,
            "is no place in an answer",
        ),
        (r#"{"requests": [], "request": 1}"#, "unknown field `request`"),
        (r#"{"volatile": ["id"]}"#, "nothing that may differ"),
        (r#"{"log": {}}"#, "`log` has no `entries`"),
        ("", "it holds no request"),
        ("{\"method\": \"GET\"}\n", "line 1"),
        ("GET /items\n", "line 1: it is no JSON"),
    ] {
        let file = split.file("requests", text);
        let found = said(&["--requests", &file]);
        assert!(found.contains(why), "{text}: {found}");
    }
    let document = split.file("openapi", "openapi: 3.0.0");
    assert!(said(&["--openapi", &document]).contains("it has no `paths`"));
    assert!(said(&["--endpoint", "http://127.0.0.1:1"]).contains("two different addresses"));
    assert!(said(&["--aws", "moto_server"]).contains("put `{port}` in it"));
    assert!(said(&["--aws", "/no/such/program {port}"]).contains("cannot be started"));
    assert!(said(&["--aws", "false {port}"]).contains("ended (exit status: 1)"));
    let seed = split.file("seed.json", "{}");
    assert!(said(&["--seed", &seed]).contains("there is nothing to fill"));
}

/// Something that answers each request to AWS with an empty object; ends with the test's process.
fn stand_in() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer_empty(&stream));
        }
    });
    format!("http://{address}")
}

fn answer_empty(mut stream: &std::net::TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    reader.read_exact(&mut vec![0; length]).expect("a body");
    // The other end may be gone.
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
}

/// What a function calls on one of its requests.
fn calling(calls: Value) -> Value {
    let mut answer = whole()["GET /items"].clone();
    answer["calls"] = calls;
    answer
}

fn scan() -> Value {
    json!([["Scan", {"TableName": "items"}]])
}

impl Split {
    /// With something that stands for AWS on both sides.
    fn verify_with_aws(&self, arguments: &[&str]) -> (i32, Value) {
        let (one, other) = (stand_in(), stand_in());
        let all =
            ["--endpoint", &one, "--endpoint", &other, "--format", "json", "--only", "methods of /items"];
        let all: Vec<&str> = all.into_iter().chain(arguments.iter().copied()).collect();
        let verified = self.verify(&all);
        assert!(verified.exit == 0 || verified.exit == 5, "{}", text_of(&verified));
        (verified.exit, json_of(&verified)["answers"].clone())
    }

    #[track_caller]
    fn check_with_aws(&self, kind: &str, parts: &[&str], cause: &str) -> Value {
        let (exit, answers) = self.verify_with_aws(&[]);
        assert_eq!(exit, 5, "{answers}");
        let found = answers["differences"].as_array().expect("a list");
        let found = found.iter().find(|difference| difference["kind"] == kind);
        let found = found.unwrap_or_else(|| panic!("no {kind}: {answers}"));
        let own = found["parts"].as_array().expect("a list").iter();
        let own: Vec<&str> = own.filter_map(|part| part["what"].as_str()).collect();
        assert_eq!(own, parts, "{found}");
        assert!(found["cause"].as_str().expect("a text").contains(cause), "{found}");
        answers
    }

    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.folder.path().join("out").join(file);
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.contains(from), "{from:?} is not in {file}:\n{text}");
        fs::write(&path, text.replacen(from, to, 1)).expect("a file can be written");
    }
}

#[test]
fn what_the_role_allows_is_used_and_all_else_is_said() {
    let split = Split::new().everywhere("GET /items", &calling(scan()));
    let (exit, answers) = split.verify_with_aws(&[]);
    assert_eq!(exit, 0, "{answers}");
    assert_eq!((&answers["granted"], &answers["denied"]), (&json!(6), &json!([])));
    assert!(answers["calls"].as_u64() > Some(1), "{answers}");
    let unused = answers["unused"].as_array().expect("a list");
    let of = |action: &str| unused.iter().find(|one| one["action"] == action);
    assert!(of("dynamodb:Scan").is_none(), "{answers}");
    let put = of("dynamodb:PutItem").expect("nothing was put");
    assert_eq!(put["function"], "PostItemsFunction");
    assert!(
        put["why"][0].as_str().is_some_and(|why| why.starts_with("why: POST /items: src/store.rs:")),
        "{put}"
    );
    assert!(put["place"].as_str().is_some_and(|place| place.starts_with("template.yaml:")), "{put}");
}

#[test]
fn an_action_that_the_role_lacks_is_denied() {
    let split = Split::new().everywhere("GET /items", &calling(scan()));
    split.edit("template.yaml", "Action: dynamodb:Scan", "Action: dynamodb:Query");
    let parts = ["status", "header content-type", "cookies", "body"];
    let said =
        "`GetItemsFunction` may not do dynamodb:Scan on arn:aws:dynamodb:us-east-1:123456789012:table/items";
    let answers = split.check_with_aws("denied", &parts, said);
    assert!(
        answers["denied"][0].as_str().is_some_and(|denied| denied.ends_with("for GET /items")),
        "{answers}"
    );
}

#[test]
fn another_resource_in_a_role_is_denied() {
    let split = Split::new().everywhere("GET /items", &calling(scan()));
    split.edit("template.yaml", "table/${ItemsTable}", "table/other");
    split.check_with_aws("denied", &["status", "header content-type", "cookies", "body"], "dynamodb:Scan");
}

/// A denial counts also where the answer hides it.
#[test]
fn a_denial_that_changes_no_answer_is_a_failure() {
    let answer = json!({"statusCode": 500, "body": "Scan failed", "calls": scan()});
    let split = Split::new().everywhere("GET /items", &answer);
    split.edit("template.yaml", "Action: dynamodb:Scan", "Action: dynamodb:Query");
    let (exit, answers) = split.verify_with_aws(&[]);
    assert_eq!((exit, &answers["different"]), (5, &json!(0)), "{answers}");
    assert!(!answers["denied"].as_array().expect("a list").is_empty());
}

#[test]
fn another_call_with_the_same_answer_is_a_difference() {
    let twice = json!([["Scan", {"TableName": "items"}], ["PutItem", {"TableName": "items", "Item": {"id": {"S": "a"}}}]]);
    let split =
        Split::new().everywhere("GET /items", &calling(scan())).with(GET_ITEMS, "GET /items", calling(twice));
    split.edit("template.yaml", "Action: dynamodb:Scan", "Action: [dynamodb:Scan, dynamodb:PutItem]");
    split.check_with_aws("calls", &["calls"], "does something else");
}

#[test]
fn the_order_of_writes_counts_and_that_of_reads_does_not() {
    let put = |id: &str| json!(["PutItem", {"TableName": "items", "Item": {"id": {"S": id}}}]);
    let get = |id: &str| json!(["GetItem", {"TableName": "items", "Key": {"id": {"S": id}}}]);
    let both = "Action: [dynamodb:Scan, dynamodb:PutItem, dynamodb:GetItem]";
    let of = |first: [Value; 2], second: [Value; 2]| {
        let split = Split::new().everywhere("GET /items", &calling(json!(first)));
        let split = split.with(GET_ITEMS, "GET /items", calling(json!(second)));
        split.edit("template.yaml", "Action: dynamodb:Scan", both);
        split
    };
    let parts = ["calls"];
    of([put("a"), put("b")], [put("b"), put("a")]).check_with_aws("calls", &parts, "does something else");
    let (_, answers) = of([get("a"), get("b")], [get("b"), get("a")]).verify_with_aws(&[]);
    assert_eq!((&answers["different"], &answers["open"]), (&json!(0), &json!([])), "{answers}");
    // What is read once more may have been kept in memory before.
    let (_, answers) = of([get("a"), put("b")], [get("a"), put("b")])
        .with(GET_ITEMS, "GET /items", calling(json!([get("a"), get("c"), put("b")])))
        .verify_with_aws(&[]);
    assert_eq!(answers["different"], json!(0), "{answers}");
    assert!(
        answers["open"][0]["cause"].as_str().is_some_and(|cause| cause.contains("reads at AWS")),
        "{answers}"
    );
}

#[test]
fn parameters_that_differ_each_time_have_to_be_declared() {
    let put = json!([["PutItem", {"TableName": "items", "Item": {"id": {"S": "a"}, "at": {"S": "{pid}"}}}]]);
    let split = Split::new().everywhere("POST /items", &{
        let mut answer = whole()["POST /items"].clone();
        answer["calls"] = put;
        answer
    });
    split.check_with_aws("volatile", &["calls"], "--volatile 'call:/Item/at/S'");
    let (exit, answers) = split.verify_with_aws(&["--volatile", "call:/Item/at/S"]);
    assert_eq!(exit, 0, "{answers}");
}

/// What a function keeps in memory shows in later answers, so processes and data stay where only reads differ.
#[test]
fn reads_that_differ_start_nothing_anew() {
    let answer =
        |calls: Value| json!({"statusCode": 200, "body": r#"{"id": "number-{pid}"}"#, "calls": calls});
    let get = json!(["GetItem", {"TableName": "items", "Key": {"id": {"S": "a"}}}]);
    let split = Split::new().everywhere("GET /items", &answer(scan())).with(
        GET_ITEMS,
        "GET /items",
        answer(json!([scan()[0], get])),
    );
    split.edit("template.yaml", "Action: dynamodb:Scan", "Action: [dynamodb:Scan, dynamodb:GetItem]");
    let scenario = r#"{"requests": [
        {"name": "first", "method": "GET", "path": "/items", "save": {"id": "/id"}},
        {"name": "again", "method": "GET", "path": "/items"}
    ]}"#;
    let file = split.file("requests.json", scenario);
    let (_, answers) = split.verify_with_aws(&["--requests", &file, "--only", &file]);
    let of = |list: &str| {
        let all = answers[list].as_array().expect("a list").iter();
        all.filter(|found| found["group"] == json!(file)).count()
    };
    assert_eq!((of("differences"), of("open")), (0, 2), "{answers}");
}
