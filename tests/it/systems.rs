//! `verify --url A --url B` with two servers of this process: which requests they get, and what is said of their answers.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring};

use crate::program::{Run, run};

const ITEMS: &str = "samples/items";

/// What a server got: `GET /items`.
type Got = Arc<Mutex<Vec<String>>>;
/// Head without its last line break, and body; nothing to close the connection.
type Answer = Option<(String, String)>;

struct Server {
    url: String,
    got: Got,
    /// In PEM, where it speaks TLS.
    certificate: String,
}

/// What is asked of a server: method, target, body.
struct Asked {
    method: String,
    target: String,
    body: String,
    /// Of this server.
    number: usize,
}

impl Server {
    /// Ends with the test's process.
    fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::new(None, answer)
    }

    fn with_tls(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let own = rcgen::generate_simple_self_signed(["localhost".to_string()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .expect("a certificate and its key");
        Self { certificate: own.cert.pem(), ..Self::new(Some(Arc::new(config)), answer) }
    }

    fn new(
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let got = Got::default();
        let (answer, noted) = (Arc::new(answer), got.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, noted, tls) = (answer.clone(), noted.clone(), tls.clone());
                std::thread::spawn(move || match tls {
                    Some(config) => {
                        let connection = ServerConnection::new(config).expect("a connection");
                        converse(StreamOwned::new(connection, stream), &noted, &*answer);
                    }
                    None => converse::<TcpStream>(stream, &noted, &*answer),
                });
            }
        });
        Self { url: format!("{scheme}://localhost:{port}"), got, certificate: String::new() }
    }

    fn methods(&self) -> BTreeSet<String> {
        let got = self.got.lock().expect("no holder panics");
        got.iter().filter_map(|request| request.split(' ').next()).map(str::to_string).collect()
    }
}

/// Answers one request after the other on a connection.
fn converse<S: Read + Write>(stream: S, noted: &Got, answer: &dyn Fn(&Asked) -> Answer) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            // The other end may go away, or refuse the certificate.
            if !stream.read_line(&mut line).is_ok_and(|read| read > 0) {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            lines.push(line.trim().to_string());
        }
        let length = lines
            .iter()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(str::to_string));
        let mut body = vec![0; length.map_or(0, |length| length.trim().parse().expect("a length"))];
        stream.read_exact(&mut body).expect("a body");
        let mut first = lines[0].split(' ');
        let (method, target) = (first.next().expect("a method"), first.next().expect("a target"));
        let number = {
            let mut noted = noted.lock().expect("no holder panics");
            noted.push(format!("{method} {target}"));
            noted.len()
        };
        let body = String::from_utf8_lossy(&body).into_owned();
        let asked = Asked { method: method.to_string(), target: target.to_string(), body, number };
        let Some((head, body)) = answer(&asked) else { return };
        let sent = if method == "HEAD" { "" } else { &body };
        let whole = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{sent}", body.len());
        if stream.get_mut().write_all(whole.as_bytes()).and_then(|()| stream.get_mut().flush()).is_err() {
            return;
        }
    }
}

/// What a system answers that has one item. Others do not answer each request.
#[allow(clippy::unnecessary_wraps)]
fn items(asked: &Asked) -> Answer {
    let path = asked.target.split('?').next().unwrap_or_default();
    let (head, body) = match (asked.method.as_str(), path) {
        ("GET" | "HEAD", "/items") => ("200 OK\r\ncontent-type: application/json", r#"[{"id":"lamp"}]"#),
        ("GET" | "HEAD", "/items/lamp") => ("200 OK\r\ncontent-type: application/json", r#"{"id":"lamp"}"#),
        ("POST", "/items") => ("201 Created\r\ncontent-type: application/json", r#"{"id":"lamp"}"#),
        _ => ("404 Not Found", ""),
    };
    Some((head.to_string(), body.to_string()))
}

fn verify(systems: [&Server; 2], arguments: &[&str]) -> Run {
    let [one, other] = systems.map(|system| system.url.as_str());
    let all = ["--url", one, "--url", other].into_iter().chain(arguments.iter().copied());
    run(ITEMS, "verify", &all.collect::<Vec<_>>(), None)
}

fn answers(run: &Run) -> Value {
    let evidence: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}{}", run.stdout, run.stderr));
    evidence["answers"].clone()
}

#[test]
fn only_what_is_safe_is_sent_and_what_is_not_compared_is_said() {
    let of_infrastructure = |asked: &Asked| {
        let (head, body) = items(asked)?;
        let number = asked.number;
        Some((
            format!("{head}\r\napigw-requestid: {number}\r\ndate: {number}\r\nX-Amz-Cf-Id: {number}"),
            body,
        ))
    };
    let (one, other) = (Server::start(items), Server::start(of_infrastructure));
    let verified = verify([&one, &other], &["--format", "json"]);
    let found = answers(&verified);
    assert_eq!((verified.exit, &found["different"]), (0, &json!(0)), "{found}");
    assert!(found["requests"].as_u64() > Some(100), "{found}");
    assert_eq!(found["systems"], json!([one.url, other.url]));
    for server in [&one, &other] {
        let safe = ["GET", "HEAD", "OPTIONS"].map(str::to_string);
        assert_eq!(server.methods(), BTreeSet::from(safe));
    }
    let said = found["not_compared"].to_string();
    for words in ["apigw-requestid", "calls of AWS", "nothing is emptied", "--all-methods"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let text = verify([&one, &other], &["--only", "methods of /items"]).stdout;
    assert!(
        text.contains(&format!("    systems  {}, and {} compared with it\n", one.url, other.url)),
        "{text}"
    );
}

#[test]
fn other_answers_are_differences() {
    let gateway = |message: &str| format!(r#"{{"message":"{message}"}}"#);
    for (kind, head, body) in [
        ("status", "401 Unauthorized", "no".to_string()),
        ("header", "200 OK\r\ncontent-type: text/plain", r#"[{"id":"lamp"}]"#.to_string()),
        ("body", "200 OK\r\ncontent-type: application/json", "[]".to_string()),
        ("no-key", "404 Not Found\r\ncontent-type: application/json", gateway("Not Found")),
        ("failed", "500 Error\r\ncontent-type: application/json", gateway("Internal Server Error")),
    ] {
        let other = Server::start(move |asked| match (asked.method.as_str(), asked.target.as_str()) {
            ("GET", "/items") => Some((head.to_string(), body.clone())),
            _ => items(asked),
        });
        let verified =
            verify([&Server::start(items), &other], &["--format", "json", "--only", "methods of /items"]);
        let found = answers(&verified);
        let first = &found["differences"][0];
        assert_eq!(
            (verified.exit, &first["kind"], &first["target"]),
            (5, &json!(kind), &json!("/items")),
            "{found}"
        );
        assert_eq!(first["function"], json!(other.url));
        let curl = first["curl"].as_str().expect("a text");
        assert!(curl.ends_with(&format!("'{}/items'", other.url)), "{curl}");
    }
}

/// A system that closes its connections is asked on new ones; one that never answers ends the run.
#[test]
fn a_system_that_does_not_answer() {
    let first_only = Server::start(|asked| if asked.target == "/items" { None } else { items(asked) });
    let group = ["--format", "json", "--only", "paths near /items"];
    let verified = verify([&Server::start(items), &first_only], &group);
    let found = answers(&verified);
    let failed = found["differences"].as_array().expect("a list").iter();
    let failed: Vec<&Value> = failed.filter(|one| one["kind"] == "failed").collect();
    assert!(!failed.is_empty() && verified.exit == 5, "{found}");
    assert!(failed[0]["cause"].as_str().is_some_and(|cause| cause.contains("gave no answer")), "{found}");

    let silent = Server::start(|_| None);
    let verified = verify([&Server::start(items), &silent], &group);
    assert_eq!(verified.exit, 2, "{}{}", verified.stdout, verified.stderr);
    assert!(verified.stderr.contains("5 requests one after the other had no answer"), "{}", verified.stderr);
}

#[test]
fn what_changes_something_is_sent_when_it_is_wanted() {
    let (one, other) = (Server::start(items), Server::start(items));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("requests.json");
    let scenario = json!({"requests": [
        {"method": "POST", "path": "/items", "json": {}, "save": {"id": "/id"}},
        {"method": "GET", "path": "/items/${id}"},
    ]});
    std::fs::write(&file, scenario.to_string()).expect("a file");
    let file = file.to_string_lossy().into_owned();
    let arguments = ["--requests", &file, "--only", &file, "--format", "json"];
    let verified = verify([&one, &other], &arguments);
    let skipped = answers(&verified)["skipped"].clone();
    assert!(skipped[0].as_str().is_some_and(|why| why.contains("wants `id`")), "{skipped}");
    assert!(other.got.lock().expect("no holder panics").is_empty());

    let verified = verify([&one, &other], &[&arguments[..], &["--all-methods"]].concat());
    assert_eq!(verified.exit, 0, "{}{}", verified.stdout, verified.stderr);
    let got = other.got.lock().expect("no holder panics").clone();
    assert_eq!(got, ["POST /items", "GET /items/lamp", "HEAD /items/lamp"]);
}

#[test]
fn what_a_system_answers_otherwise_each_time_has_to_be_declared() {
    let counting = |asked: &Asked| {
        let (head, _) = items(asked)?;
        Some((head, format!(r#"{{"at":{}}}"#, asked.number)))
    };
    let (one, other) = (Server::start(counting), Server::start(counting));
    // Both would count alike.
    other.got.lock().expect("no holder panics").push("GET /".to_string());
    let arguments = ["--format", "json", "--only", "methods of /items"];
    let found = answers(&verify([&one, &other], &arguments));
    let cause = found["differences"][0]["cause"].as_str().expect("a text");
    assert!(cause.contains("--volatile 'json:/at'"), "{cause}");
    assert_eq!(found["differences"][0]["kind"], "volatile");
    let verified = verify([&one, &other], &[&arguments[..], &["--volatile", "json:/at"]].concat());
    assert_eq!(verified.exit, 0, "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn systems_are_reached_by_tls_and_below_a_path() {
    let below = |asked: &Asked| {
        let target = asked.target.strip_prefix("/prod").expect("all is below it").to_string();
        items(&Asked { method: asked.method.clone(), target, body: asked.body.clone(), number: asked.number })
    };
    let (one, other) = (Server::with_tls(items), Server::start(below));
    let below =
        Server { url: format!("{}/prod/", other.url), got: other.got.clone(), certificate: String::new() };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &one.certificate).expect("a file");
    let file = file.to_string_lossy().into_owned();
    let group = ["--only", "methods of /items", "--format", "json"];
    let verified = verify([&one, &below], &[&group[..], &["--ca", &file]].concat());
    assert_eq!(verified.exit, 0, "{}{}", verified.stdout, verified.stderr);
    assert!(answers(&verified)["requests"].as_u64() > Some(10));
    // Nobody vouches for it.
    let verified = verify([&one, &below], &group);
    assert_eq!(verified.exit, 2, "{}", verified.stdout);
    assert!(verified.stderr.contains("certificate"), "{}", verified.stderr);
}

#[test]
fn what_is_no_pair_of_systems_is_refused() {
    let said = |arguments: &[&str]| {
        let verified = run(ITEMS, "verify", arguments, None);
        assert_eq!(verified.exit, 2, "{}{}", verified.stdout, verified.stderr);
        verified.stderr
    };
    assert!(said(&["--url", "http://localhost:1"]).contains("wants two addresses"));
    let two = ["--url", "http://localhost:1", "--url", "http://localhost:1"];
    assert!(said(&two).contains("http://localhost:1: it cannot be reached"));
    assert!(said(&[&two[..], &["--run"]].concat()).contains("cannot be used with"));
    assert!(said(&[&two[..], &["--ca", "/no/such/file"]].concat()).contains("cannot read"));
    assert!(said(&["--url", "localhost"]).contains("does not start with"));
    assert!(said(&["--all-methods"]).contains("--url"));
}
