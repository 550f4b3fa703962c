//! `run` with a function that crashes, hangs and worse on demand (`examples/probe.rs`): what clients get, and what is left afterwards.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::program::{example, within};

const TEMPLATE: &str = "
Parameters:
  ItemsTable: {Type: String}
  Level: {Type: String, Default: info}
  MonolithFunctionArn: {Type: String}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
        paths:
          /$default:
            x-amazon-apigateway-any-method:
              x-amazon-apigateway-integration: {uri: !Sub 'arn:aws:x:path/functions/${MonolithFunctionArn}/invocations'}
  ProbeFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: probe}}
    Properties:
      CodeUri: probe/
      Timeout: 5
      MemorySize: 512
      Environment: {Variables: {ITEMS_TABLE: !Ref ItemsTable, LEVEL: !Ref Level}}
      Events:
        Any: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: ANY, Path: '/{name}'}}
        Item: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: '/items/{id}'}}
  OtherFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: other}}
    Properties:
      CodeUri: probe/
      Environment: {Variables: {REFUSES_TO_START: OtherFunction}}
      Events:
        Other: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: /other}}
";

/// A workspace whose functions are the probe, and a run of it.
struct Running {
    child: Child,
    address: String,
    folder: tempfile::TempDir,
    /// What it says beside its results: not in the workspace, whose changes count.
    errors: tempfile::NamedTempFile,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |path: &str| folder.path().join(path);
    for dir in [".lith-split", "probe", "bin"] {
        fs::create_dir(at(dir)).expect("a folder");
    }
    fs::write(at(".lith-split/manifest.json"), "{}").expect("a file");
    fs::write(at("template.yaml"), TEMPLATE).expect("a file");
    let built = example("probe");
    for name in ["probe", "other"] {
        fs::copy(&built, at("bin").join(name)).expect("the example is built");
    }
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lith-split"));
    command.env_clear().env("NO_COLOR", "1").env("HOME", folder);
    command.args(["run", "--port", "0", "--out"]).arg(folder).arg("--bin-dir").arg(folder.join("bin"));
    command.arg("--logs").arg(folder.join("logs")).args(arguments);
    command
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let folder = workspace();
        let command = command(folder.path(), arguments);
        Self::of(command, folder)
    }

    fn of(mut command: Command, folder: tempfile::TempDir) -> Self {
        let errors = tempfile::NamedTempFile::new().expect("a file");
        let out = errors.reopen().expect("the file");
        let mut child = command.stdout(Stdio::piped()).stderr(out).spawn().expect("the program starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut line).expect("its output is text");
        let address = line.trim().strip_prefix("http://").unwrap_or_default().to_string();
        let running = Self { child, address, folder, errors };
        assert!(running.address.starts_with("127.0.0.1:"), "{line}{}", running.stderr());
        running
    }

    fn stderr(&self) -> String {
        fs::read_to_string(self.errors.path()).expect("it is there")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("logs/ProbeFunction.log")
    }

    fn send(&self, request: &str) -> Answer {
        send(&self.address, request, "", "")
    }

    /// Sends the signal and waits until the program has ended.
    fn end(&mut self, signal: &str) -> i32 {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().expect("there is `kill`");
        assert!(sent.success());
        self.child.wait().expect("it is a child").code().expect("it ended by itself")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn send(address: &str, request: &str, headers: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).expect("the program listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time limit");
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .expect("it is read");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, head: head.to_lowercase(), body: body.to_string() }
}

/// Whether a process runs: one that ended and was not asked for its status does not.
fn is_alive(pid: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(pid).join("status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

/// The processes that any thread of a process started.
fn children(id: u32) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).expect("the process runs");
    let lists = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(ToString::to_string).collect::<Vec<_>>()).collect()
}

const VALUES: &[&str] = &["--parameter", "ItemsTable=items"];

#[test]
fn a_request_becomes_an_event_and_its_answer_a_response() {
    let running = Running::start(VALUES);
    let sent = send(&running.address, "GET /items/a%20b?x=1", "X-A: 1\r\nCookie: c=1; d=2\r\n", "");
    assert_eq!(sent.status, 201, "{}", sent.body);
    assert!(sent.head.contains("set-cookie: a=1\r\nset-cookie: b=2"), "{}", sent.head);
    assert!(sent.head.contains(&format!("content-length: {}\r\n", sent.body.len())), "{}", sent.head);
    let event: Value = serde_json::from_str(&sent.body).expect("the probe answers with its event");
    for (place, expect) in [
        ("/routeKey", "GET /items/{id}"),
        ("/pathParameters/id", "a b"),
        ("/rawQueryString", "x=1"),
        ("/headers/x-a", "1"),
        ("/headers/host", &running.address),
        ("/cookies/1", "d=2"),
    ] {
        assert_eq!(event.pointer(place).and_then(Value::as_str), Some(expect), "{place}");
    }
    let head = running.send("HEAD /items");
    assert_eq!((head.status, head.body.as_str()), (201, ""), "{}", head.head);
    assert!(head.head.contains("content-length: 1\r\n"), "{}", head.head);
    let posted = send(&running.address, "POST /items", "Content-Type: text/plain\r\n", "hello");
    assert!(posted.body.contains(r#""body":"hello""#), "{}", posted.body);
    let too_large = "x".repeat(10 * 1024 * 1024 + 1);
    let refused = send(&running.address, "POST /items", "", &too_large);
    assert_eq!((refused.status, refused.body.as_str()), (413, r#"{"message":"Request Entity Too Large"}"#));
}

#[test]
fn a_function_has_what_the_template_and_lambda_give_it_and_nothing_else() {
    let running = Running::start(&["--parameter", "ItemsTable=items", "--endpoint", "http://127.0.0.1:5"]);
    let sent = running.send("GET /environment");
    let found: Vec<(String, String)> = serde_json::from_str(&sent.body).expect("a list");
    let of = |name: &str| found.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    for (name, value) in [
        ("ITEMS_TABLE", "items"),
        ("LEVEL", "info"),
        ("AWS_LAMBDA_FUNCTION_NAME", "ProbeFunction"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "ProbeFunction"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:5"),
    ] {
        assert_eq!(of(name), Some(value), "{name}");
    }
    assert_eq!((of("HOME"), of("NO_COLOR")), (None, None));
}

#[test]
fn a_function_that_fails_answers_500_and_the_run_goes_on() {
    let running = Running::start(VALUES);
    for (path, why) in [
        ("/crash", "it ended (exit status: 3) before it answered"),
        ("/hang", "it did not answer within its time limit of 5 s"),
        ("/garbage", "it returned no JSON"),
        ("/bad-header", "it returned the header `a b: c`"),
        ("/error", r#"it reported an error: {"errorMessage":"it went wrong"}"#),
        ("/large", "it returned more than 6291456 bytes"),
        ("/other", r#"it reported an error: {"errorMessage":"it has no table"}"#),
    ] {
        let sent = running.send(&format!("GET {path}"));
        let expect = (500, r#"{"message":"Internal Server Error"}"#);
        assert_eq!((sent.status, sent.body.as_str()), expect, "{path}");
        let said = format!("did not answer GET {path}: {why}");
        assert!(
            within(5, || running.stderr().contains(&said)),
            "{said:?} is not said:\n{}",
            running.stderr()
        );
        assert_eq!(running.send("GET /pid").status, 200, "after {path}");
    }
}

#[test]
fn a_flooded_log_is_cut_and_the_function_answers() {
    let running = Running::start(&["--parameter", "ItemsTable=items", "--quiet"]);
    // More than its time limit may pass on a machine with much to do.
    let answers: Vec<u16> = (0..3).map(|_| running.send("GET /flood").status).collect();
    assert!(answers.contains(&200), "{answers:?}{}", running.stderr());
    let length = fs::metadata(running.log()).expect("there is a log").len();
    assert!(length > 1024 * 1024 && length < 11 * 1024 * 1024, "{length}");
}

#[test]
fn requests_at_once_are_answered_by_processes_of_their_own() {
    let running = Running::start(VALUES);
    let address = running.address.as_str();
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..4).map(|_| scope.spawn(|| send(address, "GET /slow", "", ""))).collect();
        senders.into_iter().map(|sender| sender.join().expect("it ends")).collect()
    });
    assert!(answers.iter().all(|answer| answer.status == 200));
    let pids: std::collections::BTreeSet<&str> = answers.iter().map(|answer| answer.body.as_str()).collect();
    assert_eq!(pids.len(), 4);
    // One after the other, they are answered by one that is there.
    let first = running.send("GET /pid").body;
    assert_eq!(first, running.send("GET /pid").body);
    assert!(pids.contains(first.as_str()));
}

#[test]
fn a_client_that_goes_away_does_not_end_what_it_asked_for() {
    let running = Running::start(VALUES);
    let pid = running.send("GET /pid").body;
    let mut stream = TcpStream::connect(&running.address).expect("the program listens");
    write!(stream, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").expect("it is read");
    std::thread::sleep(Duration::from_millis(100));
    drop(stream);
    assert!(within(5, || running.stderr().contains("200 GET /slow ProbeFunction")), "{}", running.stderr());
    assert_eq!(running.send("GET /pid").body, pid);
}

#[test]
fn idle_functions_end() {
    let running = Running::start(&["--parameter", "ItemsTable=items", "--idle", "0"]);
    let pid = running.send("GET /pid").body;
    assert!(within(30, || !is_alive(&pid)));
    assert_ne!(running.send("GET /pid").body, pid);
}

#[test]
fn no_process_is_left_after_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let mut running = Running::start(VALUES);
        let idle = running.send("GET /pid").body;
        // One that is being answered when the signal comes.
        let address = running.address.clone();
        let busy = std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).expect("the program listens");
            write!(stream, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").expect("it is read");
            // The end of the connection.
            let _ = stream.read(&mut [0; 1]);
        });
        std::thread::sleep(Duration::from_millis(150));
        let children = children(running.child.id());
        assert!(!children.is_empty());
        assert_eq!(running.end(signal), 0, "{}", running.stderr());
        busy.join().expect("it ends");
        for pid in children.iter().chain([&idle]) {
            assert!(within(5, || !is_alive(pid)), "{pid} is left after {signal}");
        }
    }
}

#[test]
fn what_changes_is_served_and_what_cannot_be_read_is_said() {
    let running = Running::start(&["--parameter", "ItemsTable=items", "--watch"]);
    let at = |path: &str| running.folder.path().join(path);
    let level = || running.send("GET /environment").body.contains(r#"["LEVEL","debug"]"#);
    let pid = running.send("GET /pid").body;
    assert!(!level());
    fs::write(at("template.yaml"), TEMPLATE.replace("Default: info", "Default: debug")).expect("a file");
    assert!(within(30, level), "{}", running.stderr());
    assert!(within(5, || !is_alive(&pid)), "what was before still runs");
    assert!(running.stderr().contains("template.yaml changed"), "{}", running.stderr());

    fs::write(at("template.yaml"), TEMPLATE.replace("Ref ItemsTable", "Ref Nothing")).expect("a file");
    let said = || running.stderr().contains("what was before is still served: the template cannot be run");
    assert!(within(30, said), "{}", running.stderr());
    assert!(level());

    // A program that is built elsewhere.
    let pid = running.send("GET /pid").body;
    fs::write(at("template.yaml"), TEMPLATE).expect("a file");
    assert!(within(30, || running.send("GET /pid").body != pid), "{}", running.stderr());
    let pid = running.send("GET /pid").body;
    fs::copy(at("bin/probe"), at("bin/new")).expect("a copy");
    fs::rename(at("bin/new"), at("bin/probe")).expect("it takes the other's place");
    assert!(within(30, || running.send("GET /pid").body != pid), "{}", running.stderr());
}

/// A function that needs nothing but the standard library, and answers with a text.
const SAYS: &str = r##"
use std::io::{Read as _, Write as _};
fn sent(method: &str, path: &str, body: &str) -> String {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let mut stream = std::net::TcpStream::connect(&api).unwrap();
    let length = body.len();
    write!(stream, "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
fn main() {
    loop {
        let event = sent("GET", "invocation/next", "");
        let id = event.lines().find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: ")).unwrap();
        sent("POST", &format!("invocation/{id}/response"), r#"{"statusCode": 200, "body": "TEXT"}"#);
    }
}
"##;

#[test]
fn what_is_edited_is_built_anew_and_no_compiler_is_left() {
    let folder = workspace();
    let at = |path: &str| folder.path().join(path);
    let says = |text: &str| SAYS.replace("TEXT", text);
    fs::create_dir(at("probe/src")).expect("a folder");
    fs::write(at("Cargo.toml"), "[workspace]\nmembers = [\"probe\"]\nresolver = \"3\"\n").expect("a file");
    let bins = "[[bin]]\nname = \"probe\"\npath = \"src/main.rs\"\n[[bin]]\nname = \"other\"\npath = \"src/main.rs\"\n";
    let manifest = format!("[package]\nname = \"probe\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{bins}");
    fs::write(at("probe/Cargo.toml"), manifest).expect("a file");
    fs::write(at("probe/src/main.rs"), says("first")).expect("a file");
    let mut built = Command::new(assert_cmd::cargo::cargo_bin!("lith-split"));
    // Its own target folder, and no `HOME` of another test.
    built.env("NO_COLOR", "1").env_remove("CARGO_TARGET_DIR").env("RUSTFLAGS", "");
    built
        .args(["run", "--port", "0", "--watch", "--parameter", "ItemsTable=items", "--out"])
        .arg(folder.path());
    built.arg("--logs").arg(at("logs"));
    let mut running = Running::of(built, folder);
    let says_now = |running: &Running, text: &str| running.send("GET /x").body == text;
    assert!(says_now(&running, "first"), "{}", running.stderr());
    let source = running.folder.path().join("probe/src/main.rs");
    fs::write(&source, says("second")).expect("a file");
    assert!(within(120, || says_now(&running, "second")), "{}", running.stderr());
    fs::write(&source, "this is no Rust").expect("a file");
    let said = "what was before is still served: the workspace does not build";
    assert!(within(120, || running.stderr().contains(said)), "{}", running.stderr());
    assert!(says_now(&running, "second"));

    // A build that never ends by itself.
    let script = "fn main() { std::thread::sleep(std::time::Duration::from_secs(600)) }";
    fs::write(running.folder.path().join("probe/build.rs"), script).expect("a file");
    let building = |running: &Running| {
        let all = children(running.child.id());
        all.into_iter().filter(|pid| command_of(pid).contains("cargo")).collect::<Vec<_>>()
    };
    let sleeping = |cargo: &str| cargo.parse().map(children).unwrap_or_default();
    let is_building = || {
        building(&running)
            .iter()
            .any(|cargo| sleeping(cargo).iter().any(|pid| command_of(pid).contains("build-script-build")))
    };
    assert!(within(120, is_building), "{}", running.stderr());
    let cargo = building(&running);
    let left: Vec<String> = cargo.iter().flat_map(|cargo| sleeping(cargo)).chain(cargo.clone()).collect();
    assert_eq!(running.end("-TERM"), 0);
    for pid in left {
        assert!(within(10, || !is_alive(&pid)), "{} is left", command_of(&pid));
    }
}

fn command_of(pid: &str) -> String {
    fs::read_to_string(Path::new("/proc").join(pid).join("cmdline")).unwrap_or_default()
}

#[test]
fn what_stays_in_the_monolith_wants_its_program() {
    let running = Running::start(VALUES);
    let sent = running.send("GET /");
    assert_eq!(sent.status, 502);
    assert!(sent.body.contains("--monolith"), "{}", sent.body);
    drop(running);

    let built = workspace();
    let probe = built.path().join("bin/probe");
    let running =
        Running::start(&["--parameter", "ItemsTable=items", "--monolith", &probe.to_string_lossy()]);
    let sent = running.send("GET /a/b");
    assert_eq!(sent.status, 201);
    assert!(sent.body.contains(r#""routeKey":"$default""#), "{}", sent.body);
}

#[test]
fn a_parameter_without_a_value_is_named() {
    let folder = workspace();
    let said = |arguments: &[&str]| {
        let output = command(folder.path(), arguments).output().expect("the program runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (exit, text) = said(&["--parameter", "Other=1"]);
    assert_eq!(exit, Some(2));
    assert!(text.contains("no template has a parameter `Other`"), "{text}");
    assert!(
        text.contains("`ItemsTable` has no value: give `--parameter ItemsTable=VALUE`, or set ITEMS_TABLE in the environment"),
        "{text}"
    );
    fs::remove_file(folder.path().join("bin/other")).expect("it was there");
    let (exit, text) = said(VALUES);
    assert_eq!(exit, Some(2));
    assert!(text.contains("no program `other` in "), "{text}");
}
